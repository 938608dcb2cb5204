/* The traces of a map but for its surface: paths, their ends, starts, forks and minima, as paths.py
   and contours.py make them. */
import { describeOutcome } from "../../javascript/summary.js";
import { drawLine, keepDrawable, keepFinite } from "./panels.js";

const PLURAL = { start: "starts", fork: "forks", minimum: "minima" };
const FAR = 1e6; // window widths beyond which browsers misplace marks

export const EDGE = 1.25; // pixels of a path's edge in the page's color

/* The traces of runs on a grid: paths on their edges, starts and forks, minima, and the ends above all. */
export function drawRuns({ window, minima, names }, runs, { hover = false } = {}) {
  const lines = runs.map((run, place) => ({ ...drawPath(run, names, hover), meta: { run: place } }));
  const ends = runs.map((run, place) => ({ ...drawEnd(run, window, hover), meta: { run: place, part: "end" } }));
  const stars = minima.length ? [drawMarks("minimum", minima, "star", 16)] : [];
  return [...drawCasings(lines), ...lines, ...markOrigins(runs), ...stars, ...ends];
}

/* What lies below all lines and is wider: one trace for the lines of each width. `dressCasings` gives it
   the color of the page, so that each line has an edge on any surface and none cuts through another's. */
export function drawCasings(lines) {
  const widths = [...new Set(lines.map(({ line }) => line.width))].sort((a, b) => a - b);
  return widths.map((width) => {
    const found = lines.filter(({ line }) => line.width === width);
    const [x, y] = ["x", "y"].map((name) => joinColumns(found.map((each) => each[name])));
    return { type: "scatter", x, y, mode: "lines", line: { width: width + 2 * EDGE }, opacity: 1, hoverinfo: "skip", showlegend: false, meta: { part: "casing" } };
  });
}

function joinColumns(columns) {
  const out = new Float64Array(columns.reduce((sum, { length }) => sum + length + 1, 0)).fill(NaN);
  let at = 0;
  for (const column of columns) {
    out.set(column, at);
    at += column.length + 1;
  }
  return out;
}

/* The traces, those below the paths in the color of the page. */
export const dressCasings = (data, color) => data.map((trace) => {
  if (trace.meta?.part !== "casing") return trace;
  const { line, marker } = trace;
  return { ...trace, line: { ...line, color }, ...(marker && { marker: { ...marker, color, line: { ...marker.line, color } } }) };
});

/* The line through the points of a run; with `hover` a point tells step, params and loss. */
export function drawPath(run, [first, second], hover = false) {
  const line = { ...drawLine(run, keepDrawable(run.x), keepDrawable(run.y), 2.5), showlegend: false };
  if (!hover) return { ...line, hoverinfo: "skip" };
  const losses = keepFinite(run.losses);
  return {
    ...line,
    customdata: Array.from(run.step, (step, i) => [step, losses[i]]),
    hovertemplate: `step %{customdata[0]}<br>${first} %{x:.5g}<br>${second} %{y:.5g}`
      + "<br>loss %{customdata[1]:.5g}<extra>%{fullData.name}</extra>",
  };
}

/* A mark at the last point; its legend entry tells whether it is off the chart. */
export function drawEnd(run, window, hover = false) {
  const last = findEnd(run);
  const away = Math.max(...window.map(([low, high], i) => Math.abs(last[i] - (low + high) / 2) / (high - low)));
  const [x, y] = away < FAR ? last : [NaN, NaN], outcome = describeOutcome(run, window);
  const remark = /^(diverged|stopped)/.test(outcome) ? outcome : away <= 0.5 ? "" : "ends off the chart";
  return {
    ...drawLine(run, [x], [y], 2.5),
    mode: "lines+markers",
    marker: { color: run.color, symbol: run.symbol, size: run.weight === 1 ? 11 : 8, line: { color: "#ffffff", width: 1.5 } },
    name: remark ? `${run.label} (${remark})` : run.label,
    hoverinfo: hover ? "name" : "skip",
  };
}

/* The last point of a run that is finite; the first where none is. */
function findEnd({ x, y }) {
  for (let row = x.length - 1; row >= 0; row--) {
    if (Number.isFinite(x[row]) && Number.isFinite(y[row])) return [x[row], y[row]];
  }
  return [...keepFinite([x[0], y[0]])];
}

/* A circle at each start and a triangle at each fork, each point marked once. */
export function markOrigins(runs) {
  const starts = runs.filter(({ step }) => step[0] === 0), forks = runs.filter(({ step }) => step[0] > 0);
  return [
    ...(starts.length ? [drawMarks("start", joinPoints(starts), "circle", 10)] : []),
    ...(forks.length ? [drawMarks("fork", joinPoints(forks), "triangle-up", 11)] : []),
  ];
}

/* The different first points, in order of x and y, with gaps for what is not finite. */
function joinPoints(runs) {
  const points = runs.map(({ x, y }) => [...keepDrawable([x[0], y[0]])]);
  const compare = (a, b) => Number.isNaN(a) - Number.isNaN(b) || (a < b ? -1 : Number(a > b));
  points.sort(([a, b], [c, d]) => compare(a, c) || compare(b, d));
  return points.filter(([x, y], i) => !(i && x === points[i - 1][0] && y === points[i - 1][1]));
}

/* The same mark at each of some points. */
export const drawMarks = (name, points, symbol, size) => ({
  type: "scatter", x: points.map(([x]) => x), y: points.map(([, y]) => y), mode: "markers",
  marker: { color: "#ffffff", symbol, size, line: { color: "#212529", width: 1.5 } },
  name: points.length === 1 ? name : PLURAL[name], legendrank: 1001, hoverinfo: "skip",
});
