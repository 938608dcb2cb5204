/* A canvas above a figure: dots and cursor lines move there with the step, so that no figure is
   drawn again. The app's pages and the page in one file draw with it. */
import { drawSymbol } from "./canvas/traces.js";
import { findTraceRow } from "./columns.js";
import { readSize, readTraces } from "./plotly.js";

/* Clear the canvas above a figure and return its pen. A figure that is zoomed, resized or drawn in
   other colors calls for a new one, by `redraw`. */
export function openCanvas(div, redraw) {
  const canvas = div.querySelector("canvas.scrub") || addCanvas(div, redraw), { width, height } = readSize(div);
  const ratio = fitCanvas(canvas, width, height);
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  return pen;
}

/* Give a canvas a size in CSS pixels; returns how many of its own make one. */
export function fitCanvas(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1, [across, down] = [width * ratio, height * ratio].map(Math.round);
  if (canvas.width !== across || canvas.height !== down) {
    Object.assign(canvas, { width: across, height: down });
    Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  }
  return ratio;
}

function addCanvas(div, redraw) {
  const canvas = document.createElement("canvas");
  canvas.className = "scrub";
  canvas.setAttribute("aria-hidden", "true");
  div.appendChild(canvas);
  for (const event of ["plotly_afterplot", "plotly_relayouting"]) div.on(event, redraw);
  redraw();
  return canvas;
}

/* Draw the head of a run: its mark, as in the legend, in a white and a dark ring; `alpha` below 1 has
   no rings. */
export function drawHead(pen, at, { color, symbol = "circle" }, alpha = 1, radius = 6.5) {
  const size = 2 * (radius - 0.5);
  pen.globalAlpha = alpha;
  if (alpha === 1) {
    for (const [width, fill] of [[6, "#111"], [4, "#fff"]]) drawSymbol(pen, at, { symbol, size, color: fill, line: { color: fill, width } });
  }
  drawSymbol(pen, at, { symbol, size, color });
  pen.globalAlpha = 1;
}

/* The pixel of a line (a trace and its axes) at a row, or on the way to the next one. */
export function findPoint({ trace, xaxis, yaxis }, { row, part }) {
  return [[xaxis, trace.x], [yaxis, trace.y]].map(([axis, column]) => {
    const from = axis.toPixel(column[row]), to = part > 0 ? axis.toPixel(column[row + 1]) : from;
    return isFinite(to) ? from + part * (to - from) : from;
  });
}

export const isInside = (xaxis, yaxis, [x, y]) => xaxis.holds(x) && yaxis.holds(y); // false for NaN

/* Draw the marks of a drawn figure of plotly's, see `drawTraceMarks`. */
export function drawMarks(div, pen, marks) {
  drawTraceMarks(readTraces(div), pen, { ink: getComputedStyle(div).color, ...marks });
}

/* Draw a dot on each line of a run, given the lines with their axes, and with `hasCursor` the line of
   the step through it. `stepOf` and `alphaOf` say for a run's place at which step and how strongly it
   is drawn. */
export function drawTraceMarks(lines, pen, { runs, stepOf, alphaOf = () => 1, at, hasCursor, ink, radius = 4.5 }) {
  const traces = lines.filter(({ run }) => runs[run]).map((each) => {
    const place = findTraceRow(each.trace, runs[each.run], stepOf(each.run));
    return { ...each, point: place && findPoint(each, place) };
  });
  if (hasCursor) drawCursors(pen, ink, traces.filter(({ run, point }) => point && at <= runs[run].step.at(-1)));
  for (const { run, point, xaxis, yaxis } of traces) {
    if (point && isInside(xaxis, yaxis, point)) drawHead(pen, point, runs[run], alphaOf(run), radius);
  }
}

/* One line for all runs that stand at the same step of the same frame. */
function drawCursors(pen, ink, traces) {
  const lines = new Map();
  for (const { point: [x], xaxis, yaxis } of traces) {
    if (xaxis.holds(x)) lines.set(`${Math.round(x)} ${xaxis.id} ${yaxis.id}`, { x: Math.round(x) + 0.5, yaxis });
  }
  pen.strokeStyle = ink;
  pen.lineWidth = 1;
  for (const { x, yaxis } of lines.values()) {
    pen.beginPath();
    pen.moveTo(x, yaxis.start);
    pen.lineTo(x, yaxis.end);
    pen.stroke();
  }
}
