/* A lesson's texts as elements: pieces [kind, words, term] of optviz/lessons/prose.py. */
import { make } from "../elements.js";

const TAGS = { strong: "strong", code: "code" };

/* The parts of a text; a term of the glossary is a button that explains itself below `place`. */
export const makeText = (pieces, { terms, place = null }) => pieces.map(([kind, words, term]) => {
  if (kind === "term" && place) return makeTerm(words, terms[term], place);
  return TAGS[kind] ? make(TAGS[kind], {}, words) : words;
});

export const readText = (pieces) => pieces.map(([, words]) => words).join("");

function makeTerm(words, says, place) {
  const note = make("p", { class: "term-note", role: "note", hidden: true }, make("strong", {}, `${words}: `), says);
  const button = make("button", { type: "button", class: "term", "aria-expanded": "false" }, words);
  button.addEventListener("click", () => {
    note.hidden = !note.hidden;
    button.setAttribute("aria-expanded", String(!note.hidden));
    if (!note.isConnected) place.after(note);
  });
  return button;
}

/* A paragraph of a text. */
export function makeParagraph(pieces, terms, attributes = {}) {
  const node = make("p", attributes);
  node.append(...makeText(pieces, { terms, place: node }));
  return node;
}
