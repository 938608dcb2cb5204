/* The loss at every step, or the distance to a minimum: the same data and layout as loss_curves.py. */
import { describeEnd } from "../../javascript/summary.js";
import { formatGeneral, roundEven } from "../../javascript/text.js";
import { findExits, findRange, findWild, keepPositive, needsLogAxis, padRange, writeExits } from "./frames.js";
import { GRAY, buildEmptyParts, drawOverSteps, keepDrawable, keepFinite } from "./panels.js";

const AXES = { steps: "step", evaluations: "gradient evaluations (one a step)" };

/* The loss curves of runs: on a log axis by `log`, where it is null by what they span. */
export function buildLossParts(runs, { log = null, against = "steps", target = null } = {}) {
  const parts = buildCurveParts(runs, runs.map((run) => keepFinite(run.losses)), "loss", "Loss", log, target);
  parts.layout.xaxis = { title: { text: AXES[against] } };
  return parts;
}

/* The distance of each run to the nearest known minimum. */
export function buildDistanceParts(runs, minima) {
  if (!minima.length) {
    return buildEmptyParts("Distance to the minimum", "No minimum of this surface is known, so there is no distance to show.");
  }
  const where = minima.length > 1 ? "the nearest minimum" : "the minimum";
  return buildCurveParts(runs, runs.map((run) => measureDistances(run, minima)), "distance", `Distance to ${where}`);
}

/* The least distance of each point to some others; NaN where one is not finite. */
function measureDistances({ x, y }, minima) {
  return x.map((_, i) => {
    let least = Infinity;
    for (const [a, b] of minima) {
      const [dx, dy] = [x[i] - a, y[i] - b], apart = Math.sqrt(dx * dx + dy * dy);
      if (!Number.isFinite(apart)) return NaN;
      if (apart < least) least = apart;
    }
    return least;
  });
}

function buildCurveParts(runs, values, what, title, log = null, target = null) {
  const { curves, axis, notes } = frameCurves(runs, values, what, log, target);
  const [low, high] = axis.type === "log" ? axis.range.map((end) => 10 ** end) : axis.range;
  const levels = target !== null && low <= target && target <= high ? [target] : [];
  return {
    data: runs.map((run, place) => drawOverSteps(run, place, run.step, curves[place], what)),
    layout: {
      title: { text: title }, xaxis: { title: { text: "step" } }, yaxis: axis, showlegend: true,
      uirevision: `${what} ${axis.type ?? ""}`,
      shapes: levels.map((each) => makeLevel(each, `target ${formatGeneral(each, 4)}`, meetsNote(each, axis, notes))),
      annotations: notes,
    },
  };
}

/* What is drawn of some curves, the axis that frames them, and a note where one leaves. */
function frameCurves(runs, curves, what, log, target) {
  const isLog = log === null ? needsLogAxis(curves) : log && curves.some((curve) => curve.some((each) => each > 0));
  const drawn = isLog ? curves.map(keepPositive) : curves, own = drawn.map((each) => [each]);
  let [low, high] = findRange(runs, own, findWild(runs, curves.map((each) => [each])));
  if (target !== null && (isLog ? target > 0 : Math.abs(target - low) <= 3 * (high - low))) {
    [low, high] = [Math.min(low, target), Math.max(high, target)];
  }
  const exits = findExits(runs, own, low, high), seen = new Set(exits.map(({ place }) => place));
  const ended = runs.flatMap((run, place) => (!seen.has(place) && describeEnd(run) ? [{ place, isDown: false, remark: describeEnd(run) }] : []));
  const notes = writeExits(runs, [...exits, ...ended].sort((a, b) => a.place - b.place), { xref: "paper", yref: "paper" });
  if (isLog) return { curves: drawn, axis: makeLogAxis(low, high, what, curves), notes };
  const axis = { title: { text: what }, range: padRange(low, high, false), tickformat: "~g" };
  return { curves: curves.map((curve) => keepDrawable(curve, high - low || 1)), axis, notes };
}

function makeLogAxis(low, high, what, curves) {
  const has = (test) => curves.some((curve) => curve.some(test));
  const gaps = has((each) => each < 0) ? ", without values below 0" : has((each) => each === 0) ? ", without 0" : "";
  const span = Math.log10(high) - Math.log10(low);
  return {
    title: { text: `${what} (log scale${gaps})` }, type: "log", range: padRange(low, high, true),
    tickformat: "~g", ...(span < 0.5 ? { nticks: 5 } : { dtick: span < 2.5 ? "D2" : Math.max(1, roundEven(span / 8)) }),
  };
}

/* True where the name of a level at the right would stand behind a note there. */
function meetsNote(level, { range: [low, high], type }, notes) {
  const share = ((type === "log" ? Math.log10(level) : level) - low) / (high - low);
  return notes.some(({ y, text }) => Math.abs(y - share) < 0.12 * (text.split("<br>").length + 1));
}

/* A dotted line across the frame, with its name at the right or left. */
const makeLevel = (y, text, isLeft) => ({
  type: "line", xref: "paper", x0: 0, x1: 1, y0: y, y1: y,
  line: { color: GRAY, dash: "dot", width: 1.5 },
  label: { text, textposition: isLeft ? "start" : "end", font: { size: 12 } },
});
