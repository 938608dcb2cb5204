/* A question: the reader chooses, the run is shown, and what it did is told. */
import { make, makeButton, makeId } from "../elements.js";
import { makeParagraph, makeText, readText } from "./prose.js";

const RIGHT = "Your prediction was right.";
const WRONG = "Your prediction was different; here is what happened:";
const WATCH = "Watch what happens …";
const NOTHING = "Choose one of the answers first.";

/* `act` is told the number of the choice. Returns {node, watch, tell}: the first while the run is shown,
   the second with {choice, held} once it is over; `held` says for each choice whether it holds. */
export function makeQuestion({ ask, choices, explain }, terms, act) {
  const name = makeId(), asked = make("legend", {}), status = make("div", { class: "verdict", role: "status", tabindex: -1 });
  asked.append(make("span", { class: "hidden" }, "Question: "), ...makeText(ask, { terms }));
  const inputs = choices.map((each, i) => make("input", { type: "radio", name, value: i, required: true }));
  const marks = choices.map(() => make("span", { class: "mark" }));
  const labels = choices.map(({ text }, i) => make("label", { class: "prediction" }, inputs[i], make("span", {}, ...makeText(text, { terms })), marks[i]));
  const submit = makeButton("Show the run", { type: "submit", class: "button primary" });
  const form = make("form", { class: "question", novalidate: true }, make("fieldset", {}, asked, ...labels), submit, status);
  const close = () => {
    submit.hidden = true;
    for (const input of inputs) input.disabled = true;
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const choice = inputs.findIndex(({ checked }) => checked);
    if (choice < 0) status.textContent = NOTHING;
    else act(choice);
  });
  return {
    node: form,
    watch() {
      close();
      status.textContent = WATCH;
      status.focus({ preventScroll: true });
    },
    tell({ choice, held }) {
      close();
      inputs[choice].checked = true;
      const right = held.indexOf(true), isRight = held[choice];
      marks[choice].textContent = isRight ? "✓ your prediction" : "your prediction";
      if (!isRight && right >= 0) marks[right].textContent = "✓ what happened";
      labels.forEach((label, i) => label.classList.toggle("held", held[i]));
      const verdict = make("p", {}, make("strong", {}, isRight ? RIGHT : WRONG), ...(isRight || right < 0 ? [] : [` ${readText(choices[right].text)}`]));
      status.replaceChildren(verdict, makeParagraph(explain, terms));
      const panel = form.closest(".lesson-panel"); // scrolls by itself where it is too long
      if (panel) panel.scrollTop = panel.scrollHeight;
    },
  };
}
