/* The panels beside the cards: the surface with its parameters, and the run. */
import { readCount, readFinite, setNoise, setParameter, setStart, setSteps, setTarget } from "./edits.js";
import { make, makeButton } from "./elements.js";
import { makeField, makeLabelled, makeSlider } from "./fields.js";
import { readNoise } from "./link.js";

export const makeSection = (title, ...children) => make("section", { class: "part" }, make("h2", { class: "section" }, title), ...children);

/* The formula, the note, and a slider for each parameter. */
export function makeSurfacePanel(page, problem) {
  const rows = Object.entries(problem.ranges).map(([name, [, low, high]]) => {
    const log = low > 0 && high >= 100 * low, step = (log ? Math.log10(high / low) : high - low) / 200;
    const label = make("div", { class: "hyper-label" }, make("span", {}, name));
    const take = (value) => page.edit((experiment) => setParameter(experiment, name, value), `parameter ${name}`);
    return [name, makeSlider(label, `parameter ${name}`, { low, high, log, step, read: readFinite(name), take })];
  });
  const minima = problem.minima.map(([x, y]) => `(${Number(x.toPrecision(5))}, ${Number(y.toPrecision(5))})`).join(", ");
  const words = [problem.note, minima && `${problem.minima.length === 1 ? "Minimum" : "Minima"} at ${minima}.`, problem.source && `Source: ${problem.source}.`];
  const formula = make("p", { class: "formula" }, `f(x, y) = ${problem.formula.replaceAll("**", "^")}`);
  return {
    node: makeSection("Surface", formula, make("p", { class: "note" }, words.filter(Boolean).join(" ")), ...rows.map(([, { node }]) => node)),
    set: ({ problem: now }) => rows.forEach(([name, row]) => row.set(now.parameters[name])),
  };
}

const HINT = "Press the surface to set the start, or drag the start marker; double-click the marker to reset it.";

/* Start, steps, noise and target. */
export function makeRunPanel(page) {
  const edit = (key, change) => (value) => page.edit((experiment) => change(experiment, value), key);
  const starts = [0, 1].map((i) => makeField(`start ${"xy"[i]}`, {
    read: readFinite("start", 1e12),
    take: edit(`start ${i}`, (experiment, value) => setStart(experiment, experiment.start.map((each, k) => (k === i ? value : each)))),
  }));
  const steps = makeField("steps", { read: (text) => page.checkSteps(readCount("steps", page.limits.steps)(text)), take: edit("steps", (experiment, value) => setSteps(experiment, value, page.limits)) });
  const noise = makeField("gradient noise (standard deviation)", { read: (text) => page.checkNoise(readNoise(text)), take: edit("noise", setNoise) });
  const read = (text) => (text.trim() ? readFinite("target")(text) : null), write = (value) => (value === null ? "" : String(value));
  const target = makeField("target loss (empty: chosen by the page)", { read, write, placeholder: "auto", take: edit("target", setTarget) });
  const fields = [
    makeLabelled("start x", starts[0]), makeLabelled("start y", starts[1]), makeLabelled("steps", steps),
    makeLabelled("gradient noise", noise, "standard deviation"), makeLabelled("target loss", target, "empty: 99 % of the way from the start down"),
    makeButton("Reset start", { class: "button tall-button" }, () => page.edit((experiment) => setStart(experiment, experiment.problem.home), null)),
  ];
  return {
    node: makeSection("Run", make("div", { class: "fields" }, ...fields), make("p", { class: "note" }, HINT)),
    set(experiment) {
      experiment.start.forEach((value, i) => starts[i].set(value));
      steps.set(experiment.steps);
      noise.set(experiment.noise);
      target.set(experiment.target);
    },
  };
}
