/* A bench for rules: all are fed the same gradients, and the size of their steps is drawn. */
import { paintFigure } from "../../../drawing/canvas/figure.js";
import { formatGeneral } from "../../../../javascript/text.js";
import { drawHead } from "../../../drawing/overlay.js";
import { make, makeSelect } from "../../elements.js";
import { makeSlider } from "../../fields.js";
import { readNumber } from "../../spelling.js";
import { feed, findSteady, makeGradients, measureBench, nameSteady } from "./bench_numbers.js";
import { openBoard } from "./board.js";

export { measureBench };
const SLIDERS = {
  size: { title: "size of the gradient", low: 1e-4, high: 1e4, log: true },
  lr: { title: "lr of all", low: 1e-4, high: 1, log: true },
  beta1: { title: "beta1: memory of gradients", low: 0, high: 0.99 },
  beta2: { title: "beta2: memory of squares", low: 0, high: 0.9999 },
};
const SMALL = 1e-12; // steps below it are as good as none: the axis does not reach there
const spell = (value) => (Number.isFinite(value) ? formatGeneral(value, 3) : "–");

export function mountBench(element, data, options) {
  const { modules } = options, now = { ...data, kind: data.gradients[0], rules: data.rules.map((rule) => ({ ...rule, settings: { ...rule.settings } })) };
  let made = feedAll(now, modules);
  const update = (change) => {
    Object.assign(now, change);
    made = feedAll(now, modules);
    board.refresh();
  };
  const board = openBoard(element, options, {
    name: "bench", label: "Size of the steps that each rule makes of the same gradients", steps: data.steps,
    figures: [{ name: "wide", label: "Size of each rule's steps over the steps, and the gradient above", paint: (pen, size, theme, at) => paint(pen, size, theme, at, made) }],
    controls: [makeKind(now, update), ...data.sliders.map((name) => makeSetting(name, now, update))],
    numbers: (at) => listNumbers(made, at),
    tell: (at) => tell(made, at),
  });
  return { ...board, read: () => measureBench(data, modules) };
}

/* The gradients, and of each rule the sizes of its steps and their theory; with noise also how far it
   has moved a step, on average, one way: of single noisy steps there is no theory. */
function feedAll(now, modules) {
  const gradients = makeGradients(now.kind, now), isNoisy = now.kind === "noisy";
  const lines = now.rules.map((rule) => {
    const steps = feed(modules[rule.module], rule.settings, gradients), steady = findSteady(rule, now.kind, now);
    const known = isNoisy ? { steady: steady.fill(NaN), formula: "", drift: averageSteps(steps) } : { steady, formula: nameSteady(rule, now.kind) };
    return { ...rule, sizes: steps.map(Math.abs), ...known };
  });
  return { ...now, gradients, lines };
}

function averageSteps(steps) {
  let sum = 0;
  return steps.map((step, i) => Math.abs((sum += step)) / (i + 1));
}

function makeKind(now, update) {
  const options = Object.fromEntries(now.gradients.map((kind) => [kind, `${kind}: ${now.words[kind]}`]));
  const select = makeSelect("gradients", options, (kind) => update({ kind }));
  select.set(now.kind);
  return make("label", { class: "field" }, make("span", { "aria-hidden": "true" }, "Gradients"), select.node);
}

function makeSetting(name, now, update) {
  const { title, low, high, log = false } = SLIDERS[name], holders = now.rules.filter(({ settings }) => name in settings);
  const read = (text) => {
    const value = readNumber(name, text);
    if (!(value >= low && value <= high)) throw new Error(`${name} must lie between ${low} and ${high}, got ${text}`);
    return value;
  };
  const take = (value) => {
    if (name === "size") update({ size: value });
    else {
      for (const { settings } of holders) settings[name] = value;
      update({});
    }
  };
  const slider = makeSlider(make("span", { class: "hyper-label" }, title), title, { low, high, log, read, take });
  slider.set(name === "size" ? now.size : holders[0]?.settings[name] ?? low);
  return slider.node;
}

/* ---- drawing ---- */
function paint(pen, { width, height }, theme, at, made) {
  const parts = buildParts(made, at, theme, { isNarrow: width < 500, isLow: height < 330 }), picture = paintFigure(pen, parts, { width, height, theme, hasLegend: true });
  const row = Math.floor(at) - 1, { x, y } = picture.axes;
  if (row >= 0) {
    made.lines.forEach(({ sizes, drift = sizes, look }, i) => {
      const point = [x.toPixel(row + 1), y.toPixel(drift[row])];
      if (point.every(Number.isFinite) && y.holds(point[1])) drawHead(pen, point, look, 1, 6.5 + (made.lines.length - 1 - i));
    });
  }
  return picture;
}

function buildParts({ lines, gradients, steps, kind }, at, theme, { isNarrow, isLow }) {
  const shown = Math.floor(at), count = Array.from({ length: steps }, (_, i) => i + 1), range = findRange(lines);
  const theory = lines.map(({ steady, look }) => ({ type: "scatter", mode: "lines", x: count, y: fill(steady), line: { color: look.color, width: 1.5, dash: "dot" }, showlegend: false }));
  const width = (i) => 2.5 + 1.2 * (lines.length - 1 - i); // lines that lie on each other are all seen
  const draw = (values, look, more) => ({ type: "scatter", mode: kind === "sparse" ? "lines+markers" : "lines", x: count.slice(0, shown), y: Array.from(values.subarray(0, shown), drop), line: { color: look.color, dash: look.dash, ...more }, marker: { color: look.color, symbol: look.symbol, size: 5 + more.width }, showlegend: false });
  const data = [
    ...(shown ? theory : []),
    ...lines.flatMap(({ drift, sizes, look }) => (drift ? [{ ...draw(sizes, look, { width: 1 }), opacity: 0.3 }] : [])),
    ...lines.map(({ label, look, sizes, drift }, i) => ({ ...draw(drift ?? sizes, look, { width: width(i) }), name: drift ? `${label}, average so far` : label, showlegend: true })),
    { type: "scatter", mode: "lines", xaxis: "x2", yaxis: "y2", x: count, y: gradients, line: { color: theme.text, width: 1.5, shape: "hv" }, showlegend: false },
  ];
  const across = { range: [1, steps], showgrid: false };
  return {
    data: shown && kind !== "noisy" ? [...data, { type: "scatter", mode: "lines", x: [], y: [], line: { color: theme.text, dash: "dot", width: 1.5 }, name: "theory", showlegend: true }] : data,
    layout: {
      margin: { t: 14 }, showlegend: true, annotations: shown && !isNarrow ? nameTheory(lines, steps) : [],
      xaxis: { ...across, title: { text: "step" } }, yaxis: { domain: [0, 0.68], type: "log", range, tickformat: "~g", title: { text: isLow ? "step size" : "size of the step" } },
      xaxis2: { ...across, showticklabels: false }, yaxis2: { domain: [0.76, 1], nticks: 3, tickformat: "~g", title: { text: isLow ? "grad" : "gradient" } },
    },
  };
}

/* The formulas of the settled sizes, each above its line; rules that share one stand together. */
function nameTheory(lines, steps) {
  const groups = new Map();
  for (const { name, formula, steady } of lines) {
    const size = fill(steady).at(-1), key = `${formula} ${size}`;
    if (formula && size > SMALL) groups.set(key, { size, formula, names: [...groups.get(key)?.names ?? [], name] });
  }
  return [...groups.values()].map(({ size, formula, names }) => ({ x: 0.55 * steps, y: Math.log10(size), yshift: 4, xanchor: "left", yanchor: "bottom", text: `${[...new Set(names)].join(", ")}: ${formula}`, font: { size: 12 } }));
}

const drop = (size) => (size > SMALL ? size : NaN); // on a log axis there is no place for 0

/* Where only every few steps have a theory, it is held in between. */
function fill(steady) {
  let last = NaN;
  return Array.from(steady, (each) => (Number.isFinite(each) ? (last = each) : last));
}

/* The powers of ten around all steps and their theory. */
function findRange(lines) {
  const all = lines.flatMap(({ sizes, steady }) => [...sizes, ...steady]).filter((each) => each > SMALL && Number.isFinite(each));
  if (!all.length) return [-3, 0];
  const low = Math.log10(all.reduce((a, b) => Math.min(a, b))), high = Math.log10(all.reduce((a, b) => Math.max(a, b)));
  const room = Math.max(0.08 * (high - low), 0.15);
  return [low - room, high + room];
}

/* ---- words ---- */

/* The row that the numbers tell: the step shown, of sparse gradients the last one that had one. */
function findRow({ steps, kind, gradients }, at) {
  const row = Math.min(Math.max(Math.floor(at), 1), steps) - 1;
  return kind === "sparse" ? gradients.subarray(0, row + 1).findLastIndex((each) => each !== 0) : row;
}

function listNumbers(made, at) {
  const row = findRow(made, at);
  return made.lines.map(({ label, sizes, drift, steady, formula, look }) => {
    const more = drift ? `; ${spell(drift[row])} on average, one way` : formula ? `; theory ${formula} = ${spell(fill(steady)[row])}` : "";
    return [label, `${spell(sizes[row])}${more}`, look.color];
  });
}

function tell(made, at) {
  const row = findRow(made, at), isNoisy = made.kind === "noisy";
  const parts = made.lines.map(({ label, sizes, drift }) => `${label}: ${spell((drift ?? sizes)[row])}`);
  return `${isNoisy ? "Average of the steps up to" : "Size of"} step ${row + 1}: ${parts.join("; ")}.`;
}
