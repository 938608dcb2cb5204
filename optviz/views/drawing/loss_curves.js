/* The loss at every step, or the distance to a minimum: the same data and layout as loss_curves.py. */
import { describeEnd } from "../../javascript/summary.js";
import { formatGeneral, roundEven } from "../../javascript/text.js";
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
      shapes: levels.map((each) => makeLevel(each, `target ${formatGeneral(each, 4)}`)),
      annotations: notes,
    },
  };
}

/* What is drawn of some curves, the axis that frames them, and a note where one leaves. */
function frameCurves(runs, curves, what, log, target) {
  const isLog = log === null ? needsLogAxis(curves) : log && curves.some((curve) => curve.some((each) => each > 0));
  const drawn = isLog ? curves.map(keepPositive) : curves;
  let [low, high] = findRange(drawn, findWild(runs, curves));
  if (target !== null && (isLog ? target > 0 : Math.abs(target - low) <= 3 * (high - low))) {
    [low, high] = [Math.min(low, target), Math.max(high, target)];
  }
  const notes = noteExits(runs, drawn, low, high);
  if (isLog) return { curves: drawn, axis: makeLogAxis(low, high, what, curves), notes };
  const pad = 0.04 * (high - low) || 0.5;
  const axis = { title: { text: what }, range: [low - pad, high + pad], tickformat: "~g" };
  return { curves: curves.map((curve) => keepDrawable(curve, high - low || 1)), axis, notes };
}

const keepPositive = (curve) => (curve.every((each) => each > 0) ? curve : curve.map((each) => (each > 0 ? each : NaN)));

function makeLogAxis(low, high, what, curves) {
  const has = (test) => curves.some((curve) => curve.some(test));
  const gaps = has((each) => each < 0) ? ", without values below 0" : has((each) => each === 0) ? ", without 0" : "";
  const ends = [Math.log10(low), Math.log10(high)], span = ends[1] - ends[0], pad = 0.04 * span || 0.5;
  return {
    title: { text: `${what} (log scale${gaps})` }, type: "log", range: [ends[0] - pad, ends[1] + pad],
    tickformat: "~g", dtick: span < 2.5 ? "D2" : Math.max(1, roundEven(span / 8)),
  };
}

/* True where no value is negative and they span two decades. */
export function needsLogAxis(curves) {
  let low = Infinity, high = -Infinity;
  for (const curve of curves) {
    for (let i = 0; i < curve.length; i++) {
      const each = curve[i];
      if (each < 0) return false;
      if (each > 0) {
        if (each < low) low = each;
        if (each > high) high = each;
      }
    }
  }
  return high >= 100 * low;
}

/* Which runs would flatten the others: diverged, or spread 1,000 times as wide. */
function findWild(runs, curves) {
  // Halves, as the distance between two finite losses may be infinite.
  const spreads = curves.map((curve) => {
    const [low, high] = findEnds(curve);
    return low <= high ? high / 2 - low / 2 : 0;
  });
  const usual = [...spreads].sort((a, b) => a - b)[Math.floor((spreads.length - 1) / 2)] ?? 0;
  return runs.map((run, i) => describeEnd(run) !== "" || (spreads[i] / 1000 > usual && usual > 0));
}

/* The lowest and highest finite value of a curve. */
function findEnds(curve) {
  let low = Infinity, high = -Infinity;
  for (let i = 0; i < curve.length; i++) {
    const each = curve[i];
    if (each < low && each > -Infinity) low = each;
    if (each > high && each < Infinity) high = each;
  }
  return [low, high];
}

/* The lowest and highest value in the frame: of all runs but the wild, and the starts; where all are
   wild, ten times the start at most. */
function findRange(curves, wild) {
  const tame = curves.filter((_, i) => !wild[i]);
  const merge = (parts) => parts.map(findEnds).reduce(([a, b], [c, d]) => [Math.min(a, c), Math.max(b, d)], [Infinity, -Infinity]);
  const [low, high] = merge([...tame, ...curves.map((curve) => curve.subarray(0, 1))]);
  if (low > high) return [0.1, 1];
  if (tame.length) return [low, high];
  const [least, most] = merge(curves);
  return [Math.max(least, low - 9 * Math.abs(low)), Math.min(most, high + 9 * Math.abs(high))];
}

/* A dotted line across the frame, with its name. */
const makeLevel = (y, text) => ({
  type: "line", xref: "paper", x0: 0, x1: 1, y0: y, y1: y,
  line: { color: GRAY, dash: "dot", width: 1.5 },
  label: { text, textposition: "end", font: { size: 12 } },
});

/* Words at the edge of the frame where a run leaves it, or stops being finite. */
function noteExits(runs, curves, low, high) {
  return runs.flatMap((run, i) => {
    const curve = curves[i], ended = describeEnd(run), outside = curve.findIndex((each) => each > high || each < low);
    if (!ended && outside < 0) return [];
    const place = outside < 0 ? curve.length - 1 : outside, isDown = outside >= 0 && curve[place] < low;
    return [{
      x: run.step[outside < 0 ? place : Math.max(place - 1, 0)],
      y: isDown ? 0 : 1, yref: "paper", yanchor: isDown ? "bottom" : "top",
      xanchor: place < 0.6 * curve.length ? "left" : "right",
      text: `<span style="color:${run.color}">${isDown ? "▼" : "▲"}</span> ${run.label}: ${ended || "off the chart"}`,
      showarrow: false,
    }];
  });
}
