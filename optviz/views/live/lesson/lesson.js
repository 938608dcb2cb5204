/* A lesson: its parts in order, each with what it shows. A question is asked before its run is shown,
   and answered by the run. */
import { findStorage, openAnswers } from "./answers.js";
import { openExhibit } from "./exhibit.js";
import { judge } from "./judge.js";
import { makePanel } from "./panel.js";
import { makeQuestion } from "./question.js";

/* `address` has {read() -> {part, layout}, write({part, layout}, isNew), link(part)}. Returns {show,
   turn, setScheme, setLayout, read}. */
export function openLesson(place, data, { modules, address, scheme, onPart, onChange, share = null }) {
  const { lesson } = data, count = lesson.steps.length + 1;
  const choices = Object.fromEntries(lesson.steps.map(({ question }, i) => [i + 1, question?.choices.length]));
  const answers = openAnswers(findStorage(), lesson.key, choices);
  const first = address.read(), now = { part: 0, question: null, pending: null, base: null };
  const isAnswered = (part) => answers.get(part) !== null;
  const acts = {
    turn: (by) => show(now.part + by),
    open: (part) => show(part),
    restart: () => {
      answers.clear();
      show(1);
    },
    reset: () => showShown("start"),
  };
  const panel = makePanel(lesson, { acts, link: address.link, next: data.next, lessons: data.lessons });
  const exhibit = openExhibit(place, data, { modules, head: panel.node, layout: first.layout, scheme, onTurn: acts.turn, onChange: hear, share });

  /* Show a part; without `isFirst` the focus goes to its heading, and the address says it. */
  function show(wanted, { isFirst = false, isBack = false } = {}) {
    const part = Math.min(Math.max(wanted, 1), count);
    if (part === now.part) return;
    Object.assign(now, { part, question: null, pending: null });
    if (part === count) showEnd();
    else showStep(part);
    if (!isBack) address.write({ part, layout: exhibit.layout }, !isFirst);
    onPart({ part, count, title: part === count ? "What you learned" : lesson.steps[part - 1].title });
    if (isFirst) return;
    panel.heading.focus({ preventScroll: true });
    panel.node.firstChild.scrollIntoView({ block: "nearest" });
  }

  function showStep(part) {
    const { question } = lesson.steps[part - 1], isAsking = Boolean(question) && !isAnswered(part);
    now.question = question && makeQuestion(question, lesson.terms, answer);
    panel.showStep(part, { question: now.question?.node ?? null, isAsking, isAnswered });
    if (question && !isAsking) now.pending = { choice: answers.get(part).choice, isTold: true };
    showShown(isAsking || !question ? "start" : "end");
  }

  function showEnd() {
    panel.showEnd({ answers, isAnswered });
    if (now.shown) return;
    const last = lesson.steps.at(-1);
    now.shown = last.question?.shown ?? last.shown;
    open(now.shown, "end", last.highlight);
  }

  /* What the part shows now: before its question is answered, the run of the step, or none. */
  function showShown(from) {
    const step = lesson.steps[Math.min(now.part, count - 1) - 1], { question } = step;
    const isAsking = question && !isAnswered(now.part) && now.part < count, isHidden = Boolean(isAsking && question.isHidden);
    place.classList.toggle("asking", isHidden);
    now.shown = question && !isAsking ? question.shown : step.shown;
    if (isHidden && !now.shown.picture) open({ query: now.shown.bare }, "still", []);
    else open(now.shown, isHidden ? "still" : from, step.highlight);
  }

  function open(shown, from, highlight) {
    now.base = null;
    panel.setChanged(false);
    exhibit.show(shown, from, highlight.filter((each) => each.startsWith("slider ")).map((each) => each.slice("slider ".length)));
    exhibit.highlight(highlight);
  }

  function answer(choice) {
    const { question, highlight } = lesson.steps[now.part - 1];
    place.classList.remove("asking");
    now.pending = { choice, isTold: false };
    now.question.watch();
    now.shown = question.shown;
    open(question.shown, "start", highlight);
  }

  /* After each drawing: the first of an answer judges it; once the run rests, it is told. */
  function hear({ isPlaying, read, query, layout }) {
    const plain = query.replace(/(^|&)at=\d+/, ""), { pending, question } = now;
    now.base ??= plain;
    panel.setChanged(plain !== now.base);
    onChange({ query, layout });
    if (layout !== now.layout) {
      now.layout = layout;
      address.write({ part: now.part, layout }, false);
    }
    if (!pending) return;
    pending.held ??= judge(lesson.steps[now.part - 1].question.choices, read);
    if (isPlaying) return;
    now.pending = null;
    if (!pending.isTold) answers.set(now.part, { choice: pending.choice, isRight: pending.held[pending.choice] });
    question.tell(pending);
    panel.setAsking(now.part, false);
    panel.setParts(now.part, isAnswered);
  }

  show(first.part, { isFirst: true });
  return {
    turn: acts.turn,
    show,
    setScheme: exhibit.setScheme,
    setLayout: exhibit.setLayout,
    read: () => ({ part: now.part, layout: exhibit.layout, isPicture: exhibit.isPicture }),
  };
}
