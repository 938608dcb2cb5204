/* Lines and marks of traces on a canvas, as plotly draws them. */
import { unpackColumn } from "../columns.js";
import { toPower } from "./axis.js";

const FAR = 1e4; // pixels beyond which a line is cut: browsers misplace what is farther

const NEAR = 0.2; // pixels: what is nearer to the last point is that point
const SHARP = 2; // plotly's limit of corners

const DASHES = {
  solid: () => [], dot: (w) => [w, w], dash: (w) => [3 * w, 3 * w], longdash: (w) => [5 * w, 5 * w],
  dashdot: (w) => [3 * w, w, w, w], longdashdot: (w) => [5 * w, 2 * w, w, 2 * w],
};

/* False for a trace that is taken out by hand or by the figure. */
export const isShown = ({ visible = true }) => visible === true;

const unpacked = new WeakMap();

/* The columns x and y of a trace as arrays of numbers, whatever they are packed in. */
export function readColumns(trace) {
  return [trace.x, trace.y].map(readColumn);
}

function readColumn(column) {
  if (!column || column.bdata === undefined) return column || [];
  if (!unpacked.has(column)) unpacked.set(column, unpackColumn(column));
  return unpacked.get(column);
}

/* The lengths of dashes and gaps of a line, by plotly's name of it. */
export const listDashes = ({ dash = "solid", width = 2 }) => (DASHES[dash] || DASHES.solid)(Math.max(width, 3));

/* Put the line through points into the pen's path. A gap, NaN or null, breaks it; `shape` "hv" holds
   each value until the next one. Points of one pixel column are joined to their lowest and highest. */
export function tracePath(pen, [xs, ys], xaxis, yaxis, shape) {
  const walk = startWalk(pen, xs.length > 4 * xaxis.length && shape !== "hv");
  let last = NaN;
  for (let row = 0; row < xs.length; row++) {
    const x = xaxis.toPixel(xs[row]), y = toPixelBelow(yaxis, ys[row]);
    if (shape === "hv" && x === x && last === last) walk.go(x, last);
    walk.go(x, y);
    last = x === x ? y : NaN;
  }
  walk.end();
}

/* On a log axis a line falls out of the picture where its value is 0 or less. */
function toPixelBelow(axis, value) {
  if (!axis.isLog || !(value <= 0) || value === null) return axis.toPixel(value);
  return axis.place((axis.range[0] + axis.range[1]) / 2 - 10 * Math.abs(axis.range[1] - axis.range[0]));
}

/* A walk along the points of a line: `isThick` where there are many more points than pixels. */
function startWalk(pen, isThick) {
  let fromX = NaN, fromY = NaN, column = NaN, low = 0, high = 0, isBegun = false;
  const line = (x, y) => {
    if (isBegun && Math.abs(x - fromX) + Math.abs(y - fromY) < NEAR) return;
    if (!isBegun) pen.moveTo(x, y);
    else if (isNear(x, y) && isNear(fromX, fromY)) pen.lineTo(x, y);
    else drawPart(pen, fromX, fromY, x, y);
    fromX = x;
    fromY = y;
    isBegun = true;
  };
  const flush = () => {
    if (column !== column) return;
    const lastY = column.y;
    if (low < lastY) line(column.x, low);
    if (high > lastY) line(column.x, high);
    line(column.x, lastY);
    column = NaN;
  };
  const go = (x, y) => {
    if (!(x === x && y === y)) {
      flush();
      isBegun = false;
    } else if (!isThick) {
      line(x, y);
    } else if (column === column && Math.round(x) === Math.round(column.x)) {
      low = Math.min(low, y);
      high = Math.max(high, y);
      column.y = y;
    } else {
      flush();
      line(x, y);
      [column, low, high] = [{ x, y }, y, y];
    }
  };
  return { go, end: flush };
}

const isNear = (x, y) => Math.abs(x) < FAR && Math.abs(y) < FAR;

/* The part of a line that lies near the figure. */
function drawPart(pen, x0, y0, x1, y1) {
  const [dx, dy] = [x1 - x0, y1 - y0];
  let from = 0, to = 1;
  for (const [step, room] of [[-dx, x0 + FAR], [dx, FAR - x0], [-dy, y0 + FAR], [dy, FAR - y0]]) {
    if (step === 0 && room < 0) to = -1;
    if (step < 0) from = Math.max(from, room / step);
    if (step > 0) to = Math.min(to, room / step);
  }
  const cut = (value) => Math.min(Math.max(value, -FAR), FAR);
  if (from > to) {
    pen.moveTo(cut(x1), cut(y1));
    return;
  }
  if (from > 0) pen.moveTo(x0 + from * dx, y0 + from * dy);
  pen.lineTo(x0 + to * dx, y0 + to * dy);
}

/* Draw a trace, its line and its marks, within its axes. */
export function drawTrace(pen, trace, xaxis, yaxis) {
  const columns = readColumns(trace), mode = trace.mode || "lines";
  pen.globalAlpha = trace.opacity ?? 1;
  if (mode.includes("lines") && columns[0].length > 1) strokeLine(pen, columns, xaxis, yaxis, trace.line || {});
  if (mode.includes("markers")) drawMarkers(pen, columns, xaxis, yaxis, trace.marker || {});
  pen.globalAlpha = 1;
}

export function strokeLine(pen, columns, xaxis, yaxis, line) {
  pen.beginPath();
  tracePath(pen, columns, xaxis, yaxis, line.shape);
  pen.strokeStyle = line.color;
  pen.lineWidth = line.width ?? 2;
  pen.lineJoin = "miter";
  pen.miterLimit = SHARP;
  pen.setLineDash(listDashes(line));
  pen.stroke();
  pen.setLineDash([]);
}

function drawMarkers(pen, [xs, ys], xaxis, yaxis, marker) {
  if (marker.symbol === "arrow") return drawHeads(pen, [xs, ys], xaxis, yaxis, marker);
  for (let row = 0; row < xs.length; row++) {
    const point = [xaxis.toPixel(xs[row]), yaxis.toPixel(ys[row])];
    if (isNear(...point)) drawSymbol(pen, point, marker);
  }
}

/* The heads of arrows, each turned as the piece of the line before it; a size of 0 has none. */
function drawHeads(pen, [xs, ys], xaxis, yaxis, { size, color, line }) {
  pen.fillStyle = color;
  pen.beginPath();
  for (let row = 1; row < xs.length; row++) {
    const long = readColumn(size)[row], [x, y] = [xaxis.toPixel(xs[row]), yaxis.toPixel(ys[row])];
    const [dx, dy] = [x - xaxis.toPixel(xs[row - 1]), y - yaxis.toPixel(ys[row - 1])], far = Math.hypot(dx, dy);
    if (!long || !(far > 0) || !isNear(x, y)) continue;
    const [ux, uy] = [(dx / far) * long, (dy / far) * long];
    pen.moveTo(x, y);
    pen.lineTo(x - ux - uy / 2, y - uy + ux / 2);
    pen.lineTo(x - ux + uy / 2, y - uy - ux / 2);
  }
  pen.fill();
  if (!line?.width) return;
  pen.closePath();
  [pen.strokeStyle, pen.lineWidth] = [line.color, line.width];
  pen.stroke();
}

const polygon = (count, turn, radius = () => 1) => Array.from({ length: count }, (_, i) => {
  const angle = turn + (2 * Math.PI * i) / count;
  return [radius(i) * Math.cos(angle), radius(i) * Math.sin(angle)];
});
const turned = (points, angle) => points.map(([x, y]) => [x * Math.cos(angle) - y * Math.sin(angle), x * Math.sin(angle) + y * Math.cos(angle)]);
const arms = (r, t) => [[r, -t], [t, -t], [t, -r], [-t, -r], [-t, -t], [-r, -t], [-r, t], [-t, t], [-t, r], [t, r], [t, t], [r, t]];
const triangle = (up) => [[-2 / Math.sqrt(3), up * 0.5], [2 / Math.sqrt(3), up * 0.5], [0, -up]];

/* Plotly's symbols at a radius of 1; the circle has none. */
const SYMBOLS = {
  square: [[1, 1], [-1, 1], [-1, -1], [1, -1]],
  diamond: [[1.3, 0], [0, 1.3], [-1.3, 0], [0, -1.3]],
  cross: arms(1.2, 0.4),
  x: turned(arms(1.2, 0.4), Math.PI / 4),
  "triangle-up": triangle(1),
  "triangle-down": triangle(-1),
  pentagon: polygon(5, -Math.PI / 2),
  star: polygon(10, -Math.PI / 2, (i) => 1.4 * (i % 2 ? 0.381966 : 1)),
};

/* Draw a mark: {symbol, size, color, line: {color, width}}, its size as plotly means it. */
export function drawSymbol(pen, [x, y], { symbol = "circle", size = 6, color, line = {}, opacity = 1 }) {
  const radius = size / 2, before = pen.globalAlpha;
  pen.globalAlpha = before * opacity;
  pen.beginPath();
  if (SYMBOLS[symbol]) SYMBOLS[symbol].forEach(([dx, dy]) => pen.lineTo(x + radius * dx, y + radius * dy));
  else pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.closePath();
  pen.fillStyle = color;
  pen.fill();
  if (line.width) {
    pen.lineWidth = line.width;
    pen.lineJoin = "miter";
    pen.strokeStyle = line.color;
    pen.stroke();
  }
  pen.globalAlpha = before;
}

/* The lowest and highest value of a column in an axis's own units; null without any. */
export function findExtent(column, isLog) {
  const kept = extents[Number(isLog)];
  if (!kept.has(column)) kept.set(column, measureExtent(column, isLog));
  return kept.get(column);
}

const extents = [new WeakMap(), new WeakMap()]; // linear, log; plots that share an axis ask for the same

function measureExtent(column, isLog) {
  let low = Infinity, high = -Infinity;
  for (const each of column) {
    const value = isLog ? toPower(each) : each ?? NaN;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return Number.isFinite(low) && Number.isFinite(high) ? [low, high] : null;
}
