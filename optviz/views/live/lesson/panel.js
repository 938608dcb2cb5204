/* The text of a lesson's part, its question, and the way on. */
import { make, makeButton, setText } from "../elements.js";
import { makeParagraph, makeText } from "./prose.js";

/* `acts` are {turn, open, restart, reset}; `list` is [{title, isAnswered}] of all parts, the last of which
   is the end; `link(part)` is the address of a part. */
export function makePanel(lesson, { acts, link, next, lessons }) {
  const head = make("div", { class: "lesson-text" }), tail = make("div", { class: "lesson-tail" });
  const node = make("section", { class: "lesson-panel", "aria-label": "lesson" }, head, tail);
  const count = lesson.steps.length + 1;
  const where = make("p", { class: "lesson-where" }), bar = make("progress", { max: count, "aria-label": "progress of the lesson" });
  const parts = make("ol", {}), list = make("details", { class: "lesson-parts" }, make("summary", {}, "Parts"), parts);
  const back = makeButton("Back", { class: "button", title: "the part before (b)" }, () => acts.turn(-1));
  const on = makeButton("Next", { class: "button primary", title: "the next part (n)" }, () => acts.turn(1));
  const reset = makeButton("Back to the lesson's settings", { class: "button", hidden: true }, () => acts.reset());
  const heading = make("h2", { tabindex: -1 });
  const top = make("div", { class: "lesson-top" }, make("div", { class: "lesson-progress" }, where, bar), list);
  const way = make("div", { class: "lesson-way" }, back, on);

  const setWay = (part, isAsking) => {
    back.disabled = part === 1;
    on.hidden = part === count;
    setText(on, part === count - 1 ? "Finish" : isAsking ? "Skip" : "Next");
    on.classList.toggle("primary", !isAsking);
  };
  const setParts = (part, isAnswered) => {
    setText(where, `${lesson.title}: ${part} of ${count}`);
    bar.value = part;
    const titles = [...lesson.steps.map(({ title }) => title), "What you learned"];
    parts.replaceChildren(...titles.map((title, i) => {
      const item = make("a", { href: link(i + 1), "aria-current": i + 1 === part && "step" }, title, isAnswered(i + 1) ? " ✓" : null);
      item.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
        event.preventDefault();
        list.open = false;
        acts.open(i + 1);
      });
      return make("li", {}, item);
    }));
  };
  return {
    node, heading,
    /* Show a part with its question (an element, or null) and what of it is answered. */
    showStep(part, { question, isAsking, isAnswered }) {
      const { title, text, elsewhere } = lesson.steps[part - 1];
      setText(heading, title);
      head.replaceChildren(top, heading, makeParagraph(text, lesson.terms));
      tail.replaceChildren(...[question, elsewhere && makeElsewhere(elsewhere, link), reset, way].filter(Boolean));
      setParts(part, isAnswered);
      setWay(part, isAsking);
    },
    showEnd({ answers, isAnswered }) {
      setText(heading, "What you learned");
      head.replaceChildren(top, heading, ...makeLearned(lesson), ...makeScore(lesson, answers));
      const again = makeButton("Start again", { class: "button", title: "forget the answers, and begin at the first part" }, () => acts.restart());
      const follows = next && make("a", { class: "button primary", href: next.href }, `Next lesson: ${next.title}`);
      const all = lessons && make("a", { class: "button", href: lessons }, "All lessons");
      tail.replaceChildren(...[follows, again, all, reset, way].filter(Boolean));
      setParts(count, isAnswered);
      setWay(count, false);
    },
    setAsking: (part, isAsking) => setWay(part, isAsking),
    setChanged: (isChanged) => { reset.hidden = !isChanged; },
    setParts,
  };
}

const makeElsewhere = ({ text, link: href }, link) => make("p", { class: "elsewhere" }, make("a", { href: link.page(href) }, text));

const makeLearned = ({ learned, terms }) => (learned.length ? [make("ul", { class: "learned" }, ...learned.map((each) => make("li", {}, ...makeText(each, { terms }))))] : []);

/* How many predictions were right, and which. */
function makeScore({ steps }, answers) {
  const asked = steps.flatMap(({ question, title }, i) => (question ? [{ title, answer: answers.get(i + 1) }] : []));
  const given = asked.filter(({ answer }) => answer), right = given.filter(({ answer }) => answer.isRight);
  const words = given.length ? `${right.length} of your ${given.length} predictions ${right.length === 1 ? "was" : "were"} right.` : "You made no prediction: go back and guess before the run shows the answer.";
  const list = make("ul", { class: "score" }, ...asked.map(({ title, answer }) => make("li", {}, `${title}: ${answer ? (answer.isRight ? "right ✓" : "different") : "skipped"}`)));
  return [make("p", {}, make("strong", {}, words)), list];
}
