/* L2 regularization and decoupled weight decay on a bowl: the minimum of the loss, that of loss and
   penalty together, and where the runs end. */
import { formatGeneral } from "../../../../javascript/text.js";
import { run } from "../../../../javascript/run.js";
import { findRow } from "../../../drawing/columns.js";
import { make } from "../../elements.js";
import { makeSlider } from "../../fields.js";
import { readNumber } from "../../spelling.js";
import { openBoard } from "./board.js";
import { drawLevels, makeGround } from "./ground.js";
import { apply, makeCircle, multiply, solve, transpose } from "./linear.js";
import { dots, line } from "./plane.js";

const PULLED = "#d6336c", PENALTY = "#868e96", LOWEST = 0.01;
const spell = (value) => (Number.isFinite(value) ? formatGeneral(Number(value.toFixed(4)), 4).replaceAll("-", "−") : "–");
const measureGap = ([a, b], [c, d]) => Math.hypot(a - c, b - d);

/* The minimum of loss and L2 penalty together: (H + wd)^-1 H center. */
export function findPulled({ curvatures: [a, b], rotation, center }, wd) {
  const axes = [[Math.cos(rotation), Math.sin(rotation)], [-Math.sin(rotation), Math.cos(rotation)]];
  const hess = multiply(transpose(axes), multiply([[a, 0], [0, b]], axes));
  return solve([[hess[0][0] + wd, hess[0][1]], [hess[1][0], hess[1][1] + wd]], apply(hess, center));
}

/* The runs of all rules with a weight decay, from a start. */
export function makeRuns(data, modules, { wd, start }) {
  const surface = modules[data.module];
  return data.rules.map((rule) => {
    const made = run({ surface, rule: modules[rule.module], parameters: data.parameters, settings: { ...rule.settings, wd }, steps: data.steps, start });
    return { ...rule, ...made, end: [made.x.at(-1), made.y.at(-1)] };
  });
}

export function measureDecay(data, modules) {
  const pulled = findPulled(data, data.wd), out = { "pulled x": pulled[0], "pulled y": pulled[1] }, ends = makeRuns(data, modules, data).map(({ end }) => end);
  ends.forEach((end, i) => {
    [out[`x ${i + 1}`], out[`y ${i + 1}`]] = end;
    out[`pulled gap ${i + 1}`] = measureGap(end, pulled);
    out[`own gap ${i + 1}`] = measureGap(end, data.center);
  });
  for (let i = 0; 2 * i < ends.length; i++) out[`apart ${i + 1}`] = measureGap(ends[2 * i], ends[2 * i + 1]);
  return out;
}

export function mountDecay(element, data, options) {
  const { modules } = options, now = { wd: data.wd, start: data.start }, ground = makeGround(modules[data.module], { window: data.window });
  const makeAll = () => ({ ...now, data, surface: modules[data.module], pulled: findPulled(data, now.wd), runs: makeRuns(data, modules, now) });
  let made = makeAll();
  const update = (change) => {
    Object.assign(now, change);
    made = makeAll();
    board.refresh();
  };
  const board = openBoard(element, options, {
    name: "decay", label: "L2 and decoupled weight decay on a bowl", steps: data.steps, controls: [makeDecay(now, data, update)],
    figures: [{ name: "plane", label: "The loss from above, the penalty's circles, the minimum of both together, and the runs", paint: (pen, size, theme, at) => ground(pen, size, theme, data.parameters, (ranges) => draw(made, ranges, at, theme)) }],
    numbers: (at) => listNumbers(made, at), tell: () => tell(made),
    knobs: [{ figure: 0, name: "start", read: () => now.start, take: (start) => update({ start }) }],
  });
  return { ...board, read: () => measureDecay(data, modules) };
}

function makeDecay({ wd }, { highest }, update) {
  const read = (text) => {
    const value = readNumber("wd", text);
    if (!(value >= 0 && value <= highest)) throw new Error(`wd must lie between 0 and ${highest}, got ${text}`);
    return value;
  };
  const slider = makeSlider(make("span", { class: "hyper-label" }, "weight decay wd of all runs"), "wd", { low: LOWEST, high: highest, log: true, read, take: (value) => update({ wd: value }) });
  slider.set(wd);
  return slider.node;
}

/* ---- drawing ---- */
function draw(made, ranges, at, theme) {
  const { data: { center, parameters, highest, ...data }, surface, wd, pulled, runs, start } = made, traces = [], annotations = [{ at: center, text: "minimum of the loss" }];
  const radii = [0.5, 1, 1.5, 2], total = (x, y) => surface.value(x, y, parameters) + (wd / 2) * (x * x + y * y), least = total(...pulled);
  for (const radius of radii) traces.push(line(makeCircle([0, 0], radius), PENALTY, { width: 1.2, dash: "dot" }));
  traces.push(dots([[center[0]], [center[1]]], theme.text, { symbol: "star", size: 11 }));
  if (at > 0) {
    const all = [0, ...Array.from({ length: 60 }, (_, i) => LOWEST * (100 * highest / LOWEST) ** (i / 59))].map((each) => findPulled({ ...data, center }, each));
    traces.push(drawLevels(ranges, total, [0.1, 0.5, 1.5].map((each) => least + each), PULLED, { width: 1.5 }), line([all.map(([x]) => x), all.map(([, y]) => y)], PULLED, { width: 1.5, dash: "dash" }));
    if (wd > 0) traces.push(drawBox(1 / wd, theme.text));
    for (const each of runs) traces.push(...drawRun(each, at));
    traces.push(dots([[pulled[0]], [pulled[1]]], PULLED, { symbol: "diamond", size: 12, edge: theme.page }));
    annotations.push({ at: pulled, text: "minimum with L2", isBelow: true });
  }
  traces.push(dots([[start[0]], [start[1]]], theme.text, { size: 9, edge: theme.page }));
  return { data: traces, annotations };
}

/* The square |x|, |y| <= 1/wd, within which decoupled Adam ends. */
const drawBox = (reach, color) => line([[-reach, reach, reach, -reach, -reach], [-reach, -reach, reach, reach, -reach]], color, { width: 1, dash: "longdash" });

function drawRun({ x, y, step, look, decay }, at) {
  const { row } = findRow(step, at) ?? { row: step.length - 1 }, columns = [x.subarray(0, row + 1), y.subarray(0, row + 1)];
  const isL2 = decay === "l2";
  return [line(columns, look.color, { width: isL2 ? 4 : 2, dash: isL2 ? "solid" : "dash" }), dots([[x[row]], [y[row]]], look.color, { size: isL2 ? 13 : 9, symbol: isL2 ? "circle" : "square", edge: "#ffffff" })];
}

/* ---- words ---- */
const spellPoint = (point) => `(${point.map(spell).join(", ")})`;

function listNumbers({ data: { center }, pulled, runs, wd }, at) {
  const row = ({ step }) => findRow(step, at)?.row ?? step.length - 1;
  return [
    ["minimum of the loss", spellPoint(center)], ["minimum with the L2 penalty", spellPoint(pulled), PULLED], ["decoupled Adam's square, 1/wd", wd > 0 ? spell(1 / wd) : "–"],
    ...runs.map((each) => [each.label, spellPoint([each.x[row(each)], each.y[row(each)]]), each.look.color]),
  ];
}

const NEAR = 0.02;

function tell({ pulled, runs }) {
  const isThere = ({ end }) => measureGap(end, pulled) < NEAR, there = runs.filter(isThere).map(({ label }) => label);
  const parts = there.length ? [`At the minimum with L2 end: ${there.join("; ")}.`] : [];
  for (const { label, end } of runs.filter((each) => !isThere(each))) parts.push(`${label} ends at ${spellPoint(end)}, ${spell(measureGap(end, pulled))} away from it.`);
  return parts.join(" ");
}
