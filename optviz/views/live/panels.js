/* The panels beside the cards: the surface with its parameters, and the run. */
import { changeProblem, readCount, readFinite, readStarts, setAlso, setNoise, setParameter, setStart, setSteps, setTarget } from "./edits.js";
import { make, makeButton, makeSelect } from "./elements.js";
import { makeField, makeLabelled, makeSlider } from "./fields.js";
import { readNoise } from "./link.js";
import { formatNumber } from "./spelling.js";

export const makeSection = (title, ...children) => make("section", { class: "part" }, make("h2", { class: "section" }, title), ...children);

const TYPED = ""; // the choice of a surface that stands for a typed formula

/* The choice of a surface, its formula, which may be typed, the note, and a slider for each parameter. */
export function makeSurfacePanel(page) {
  const { problem: made } = page.made.experiment;
  const take = (problem) => {
    const { experiment, left } = changeProblem(page.store.now.experiment, problem, page.modules[problem.module]);
    page.edit(() => experiment, "formula");
    page.say(left);
  };
  const own = made.isTyped ? [[made.name, made.formula]] : [];
  const choice = makeSelect("surface", [[TYPED, "A formula of your own"], ...own], (name) => take(page.readProblem(name)), {}, groupSurfaces(page.data.surfaces));
  choice.node.options[0].disabled = true;
  const field = makeField("formula in x and y", {
    read: (text) => (text.trim() === page.store.now.experiment.problem.formula ? page.store.now.experiment.problem : page.readProblem(text)),
    write: ({ formula }) => formula, take, isLate: true, inputmode: "text", autocapitalize: "off", maxlength: 500,
  });
  const note = make("p", { class: "note" }), place = make("div", {});
  let shown = null, rows = [];
  return {
    node: makeSection("Surface", choice.node, makeLabelled("f(x, y) = (other letters become parameters)", field), note, place),
    set({ problem }) {
      field.set(problem);
      choice.set(problem.isTyped && problem.name !== made.name ? TYPED : problem.name);
      if (shown !== problem.module) {
        shown = problem.module;
        note.textContent = writeNote(problem);
        rows = Object.entries(problem.ranges).map(([name, range]) => [name, makeParameter(page, name, range)]);
        place.replaceChildren(...rows.map(([, { node }]) => node));
      }
      for (const [name, row] of rows) row.set(problem.parameters[name]);
    },
  };
}

/* The surfaces by their groups, each as its name and its title. */
function groupSurfaces(surfaces) {
  const groups = {};
  for (const [name, { group, title }] of Object.entries(surfaces)) (groups[group] ||= []).push([name, title]);
  return Object.entries(groups);
}

export function makeParameter(page, name, [, low, high]) {
  const log = low > 0 && high >= 100 * low, step = (log ? Math.log10(high / low) : high - low) / 200;
  const label = make("div", { class: "hyper-label" }, make("span", {}, name));
  const take = (value) => page.edit((experiment) => setParameter(experiment, name, value), `parameter ${name}`);
  const slider = makeSlider(label, `parameter ${name}`, { low, high, log, step, read: readFinite(name), take });
  slider.node.dataset.part = `slider ${name}`;
  return slider;
}

function writeNote({ note, minima, source, isTyped }) {
  const points = minima.map(([x, y]) => `(${Number(x.toPrecision(5))}, ${Number(y.toPrecision(5))})`).join(", ");
  const words = [note, points && `${minima.length === 1 ? "Minimum" : "Minima"} at ${points}.`, !isTyped && source && `Source: ${source}.`];
  return words.filter(Boolean).join(" ");
}

const HINT = "Press the surface to set the start, or drag the start marker; double-click the marker to reset it.";

/* Start, steps, noise and target. */
export function makeRunPanel(page) {
  const edit = (key, change) => (value) => page.edit((experiment) => change(experiment, value), key);
  const starts = [0, 1].map((i) => makeField(`start ${"xy"[i]}`, {
    read: readFinite("start", 1e12),
    take: edit(`start ${i}`, (experiment, value) => setStart(experiment, page.findStart(experiment).map((each, k) => (k === i ? value : each)))),
  }));
  const steps = makeField("steps", { read: (text) => page.checkSteps(readCount("steps", page.limits.steps)(text)), take: edit("steps", (experiment, value) => setSteps(experiment, value, page.limits)) });
  const noise = makeField("gradient noise (standard deviation)", { read: (text) => page.checkNoise(readNoise(text)), take: edit("noise", setNoise) });
  const read = (text) => (text.trim() ? readFinite("target")(text) : null), write = (value) => (value === null ? "" : String(value));
  const target = makeField("target loss (empty: chosen by the page)", { read, write, placeholder: "auto", take: edit("target", setTarget) });
  const also = makeField("more starting points", { read: readStarts(page.limits.also), write: (points) => points.map((each) => each.map(formatNumber).join(",")).join("; "), inputmode: "text", placeholder: "1,2; -1,0", take: edit("also", (experiment, value) => setAlso(experiment, value, page.limits)) });
  const fields = [
    makeLabelled("start x", starts[0]), makeLabelled("start y", starts[1]), makeLabelled("steps", steps),
    makeLabelled("gradient noise", noise, "standard deviation"), makeLabelled("target loss", target, "empty: 99 % of the way from the start down"),
    makeButton("Reset start", { class: "button tall-button" }, () => page.edit((experiment) => setStart(experiment, experiment.problem.home), null)),
  ];
  return {
    node: makeSection("Run", make("div", { class: "fields" }, ...fields), makeLabelled("more starting points", also), make("p", { class: "note" }, HINT)),
    set(experiment) {
      page.findStart(experiment).forEach((value, i) => starts[i].set(value));
      steps.set(experiment.steps);
      noise.set(experiment.noise);
      target.set(experiment.target);
      also.set(experiment.also);
    },
  };
}
