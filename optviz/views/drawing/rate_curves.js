/* The final or the best loss against the learning rate: the same data and layout as
   views/learning_rates.py. */
import { spellNumber } from "./columns.js";
import { GRAY } from "./panels.js";

const DEPTH = 1e-16; // of the first loss, below which losses leave the picture
const WORST = 10; // times the first loss, above which they are off the chart
const BAND = 0.14; // the share of the frame for what is off the chart
const NAMED = 4; // edges that have room for their names

/* Curves are {label, color, dash, weight, rates, final, best, first, ends, edge}: `ends` of its slider.
   On a log axis by `log`, where it is null by what they span. */
export function buildRateCurveParts(curves, { best = false, log = null } = {}) {
  const what = best ? "best" : "final", frame = frameLosses(curves, what, log);
  const lines = curves.map((curve, place) => ({
    type: "scatter", x: curve.rates, y: curve[what].map((each) => placeLoss(each, place, curves.length, frame)), mode: "lines",
    line: { color: curve.color, dash: curve.dash, width: 2 * curve.weight }, name: curve.label, meta: { run: place },
  }));
  const range = spanRates(curves), edges = listEdges(curves, range);
  const isOff = curves.some((curve) => curve[what].some((each) => isOffChart(each, frame)));
  return {
    data: lines,
    layout: {
      title: { text: `${best ? "Best" : "Final"} loss against the learning rate` },
      xaxis: { title: { text: "learning rate (log scale)" }, type: "log", range, tickformat: "~g", dtick: 1 },
      yaxis: { title: { text: `${what} loss${frame.log ? " (log scale)" : ""}` }, ...(frame.log ? { type: "log" } : {}), range: frame.range, tickformat: "~g" },
      showlegend: true, uirevision: `${what} ${frame.log}`,
      shapes: [...edges.map(drawEdge), ...(isOff ? [drawLimit(frame)] : [])],
      annotations: [...(edges.length <= NAMED ? edges.map(nameEdge) : []), ...(isOff ? [nameLimit(frame)] : [])],
    },
  };
}

/* Where a loss of a curve is drawn: what is off the chart stands in a band above it, each curve at a
   height of its own; a gap, NaN, where there is none. */
export function placeLoss(loss, place, count, frame) {
  if (!isOffChart(loss, frame)) return loss;
  const [low, top] = frame.range, at = top - BAND * (top - low) * (0.85 - (0.7 * (place + 0.5)) / count);
  return frame.log ? 10 ** at : at;
}

export const isOffChart = (loss, { most }) => loss > most;

/* The frame of the losses of some curves: {log, range, most}, the range in the axis's own units. What
   is above `most` is off the chart. */
export function frameLosses(curves, what, log) {
  const first = curves.length ? curves[0].first : 1, all = curves.flatMap((curve) => curve[what]).filter(Number.isFinite);
  const seen = all.filter((each) => each <= WORST * Math.abs(first)), least = Math.min(first, ...seen);
  const isLog = log === null ? least >= 0 && seen.length > 0 && first > 0 && Math.min(first, ...seen.filter((each) => each > 0)) * 100 <= first : log && first > 0;
  return isLog ? frameLog(first, seen) : frameLinear(first, seen);
}

function frameLog(first, seen) {
  const least = Math.min(first, ...seen.filter((each) => each > 0)), most = WORST * first;
  const low = Math.log10(Math.max(least, DEPTH * first)), high = Math.log10(most), pad = 0.04 * (high - low);
  return { log: true, most, range: [low - pad, high + (BAND * (high - low + pad)) / (1 - BAND)] };
}

/* Losses far below the others, as of a run that falls for ever, leave the picture. */
function frameLinear(first, seen) {
  const falls = seen.map((each) => first - each).filter((each) => each > 0).sort((a, b) => a - b);
  const usual = falls[falls.length >> 1] ?? 0, deepest = falls.at(-1) ?? 0;
  const fall = (deepest > 100 * usual ? 4 * usual : deepest) || Math.abs(first) || 1;
  const [low, most] = [first - fall, first + 0.25 * fall], pad = 0.04 * (most - low);
  return { log: false, most, range: [low - pad, most + (BAND * (most - low + pad)) / (1 - BAND)] };
}

/* The range of the axis of learning rates, in powers of ten. */
function spanRates(curves) {
  const low = Math.log10(Math.min(...curves.map(({ ends }) => ends[0]))), high = Math.log10(Math.max(...curves.map(({ ends }) => ends[1])));
  return curves.length ? [low - 0.02 * (high - low), high + 0.02 * (high - low)] : [-5, 0];
}

/* The edges within the range of the axis, each rate once. */
function listEdges(curves, [low, high]) {
  const edges = [];
  for (const { edge, color } of curves) {
    const at = edge ? Math.log10(edge.rate) : NaN;
    if (at >= low && at <= high && !edges.some(({ rate }) => Math.abs(rate - edge.rate) <= 1e-9 * rate)) edges.push({ ...edge, color });
  }
  return edges;
}

/* A line at the largest stable rate. */
const drawEdge = ({ rate, color, isLocal }) => ({
  type: "line", x0: rate, x1: rate, yref: "paper", y0: 0, y1: 1, line: { color, dash: isLocal ? "dot" : "dash", width: 1.5 },
});

const nameEdge = ({ rate, color, isLocal }, place) => ({
  x: Math.log10(rate), y: 1, yref: "paper", xanchor: "center", yanchor: "bottom", yshift: 14 * (place % 2),
  text: `<span style="color:${color}">▾</span> ${isLocal ? "edge at the minimum" : "edge"} ${spellNumber(rate, 3)}`,
  font: { size: 12 }, showarrow: false,
});

const drawLimit = ({ most }) => ({ type: "line", xref: "paper", x0: 0, x1: 1, y0: most, y1: most, line: { color: GRAY, dash: "dot", width: 1 } });

const nameLimit = ({ most, log }) => ({
  x: 0, xref: "paper", xanchor: "left", y: log ? Math.log10(most) : most, yanchor: "bottom", text: "▲ off the chart", font: { size: 12 }, showarrow: false,
});

/* The pixel of the dot of a curve, at the edge of the frame where it is out of sight. */
export function findDot({ drawn: { axes: { x, y }, frame }, shown, now: { best } }, curve) {
  const loss = curve.own[best ? "best" : "final"], at = y.toPixel(placeLoss(loss, shown.indexOf(curve), shown.length, frame));
  const across = curve.lr > 0 ? x.toPixel(curve.lr) : x.start;
  return [x.clamp(across), Number.isFinite(at) ? y.clamp(at) : Number.isNaN(loss) ? y.start : y.end];
}

/* What a loss is called in a frame: a number, off the chart where it is, or why there is none. */
export function spellLoss(loss, frame) {
  if (!Number.isFinite(loss)) return Number.isNaN(loss) ? "no derivative on the way" : "diverged";
  return `${spellNumber(loss, 4)}${isOffChart(loss, frame) ? ", off the chart" : ""}`;
}
