/* What moves with the step on this page: dots, cursor lines and arrows on a canvas above each graph. */
import { findRow, findTraceRow } from "../../drawing/columns.js";
import { drawDot, drawMarks, findPoint, isInside, openCanvas } from "../../drawing/overlay.js";
import { findGraph, isDrawn, projectRow, readAxes, readTraces } from "../../drawing/plotly.js";
import { drawStart, placeTarget } from "./drag.js";
import { applyLinks, readAlpha, readStep } from "./linked.js";
import { onPaint, redraw, shown } from "./race.js";

const GRAPHS = { contour: drawContour, landscape: drawLandscape, losses: drawCurves, curves: drawCurves };
const REACH = 46; // pixels: the length of an arrow that only shows a direction
const FAR = 1e5; // pixels beyond which no arrow ends
const GRADIENT = { dash: [], width: 2 }, AVERAGE = { dash: [5, 3], width: 2 }, STEP = { dash: [], width: 3.5 };

onPaint(() => {
  for (const [id, draw] of Object.entries(GRAPHS)) {
    const div = findGraph(id);
    if (isDrawn(div) && div.offsetParent) draw(div, openCanvas(div, refresh));
  }
});

function refresh() {
  redraw();
  applyLinks();
  placeTarget();
}

/* ---- curves over the steps ---- */
function drawCurves(div, pen) {
  drawMarks(div, pen, { runs: shown.runs, stepOf: readStep, alphaOf: readAlpha, at: shown.at, hasCursor: true });
}

/* ---- the surface from above ---- */
function drawContour(div, pen) {
  const axes = readAxes(div);
  if (!axes) return;
  const { xaxis, yaxis } = axes;
  pen.save();
  pen.beginPath();
  pen.rect(xaxis.start, yaxis.start, xaxis.length, yaxis.length);
  pen.clip();
  shown.runs.forEach((run, index) => {
    const place = findRow(run.step, readStep(index)), alpha = readAlpha(index);
    const point = place && findPoint({ trace: run, ...axes }, place);
    if (!point || !point.every(isFinite)) return;
    if (shown.words.includes("arrows") && alpha === 1) drawArrows(pen, run, place.row, axes);
    if (isInside(xaxis, yaxis, point)) drawDot(pen, point, run.color, alpha);
  });
  drawStart(pen, axes);
  pen.restore();
}

/* The step is drawn as long as it is; gradient and average are often far too short or long for
   the picture, so they only point. */
function drawArrows(pen, run, row, { xaxis, yaxis }) {
  if (row + 1 >= run.x.length) return;
  const [from, end] = [row, row + 1].map((i) => [xaxis.toPixel(run.x[i]), yaxis.toPixel(run.y[i])]);
  const to = end.map((each) => Math.min(Math.max(each, -FAR), FAR));
  const point = ([gx, gy]) => {
    const x = -gx[row] * xaxis.scale, y = -gy[row] * yaxis.scale, length = Math.hypot(x, y);
    return length > 0 && isFinite(length) ? [from[0] + (REACH * x) / length, from[1] + (REACH * y) / length] : from;
  };
  const arrows = [{ to: point(run.readGrad()), look: GRADIENT }];
  if (run.readAverage) arrows.push({ to: point(run.readAverage()), look: AVERAGE });
  if (to.every(isFinite)) arrows.push({ to, look: STEP });
  const long = arrows.filter((each) => Math.hypot(each.to[0] - from[0], each.to[1] - from[1]) > 0.5);
  for (const [ink, edge] of [["#fff", 2.5], [run.color, 0]]) { // first all edges, so that none cuts through another
    pen.strokeStyle = pen.fillStyle = ink;
    for (const each of long) drawArrow(pen, from, each, edge);
  }
  pen.setLineDash([]);
}

function drawArrow(pen, from, { to, look }, edge) {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]], length = Math.hypot(dx, dy);
  const head = Math.min(4 + 2 * look.width, length), [ux, uy] = [dx / length, dy / length];
  const neck = [to[0] - ux * head, to[1] - uy * head];
  pen.lineWidth = look.width + edge;
  pen.setLineDash(edge ? [] : look.dash);
  pen.beginPath();
  pen.moveTo(...from);
  pen.lineTo(...neck);
  pen.stroke();
  pen.setLineDash([]);
  pen.beginPath();
  pen.moveTo(...to);
  pen.lineTo(neck[0] - uy * head * 0.45, neck[1] + ux * head * 0.45);
  pen.lineTo(neck[0] + uy * head * 0.45, neck[1] - ux * head * 0.45);
  pen.closePath();
  pen.lineWidth = edge;
  if (edge) pen.stroke();
  pen.fill();
}

/* ---- the landscape: its dots are projected, as moving a mark in it takes longer than a frame ---- */
function drawLandscape(div, pen) {
  for (const { trace, run } of readTraces(div).filter((each) => shown.runs[each.run] && each.trace.x.length > 1)) {
    const place = findTraceRow(trace, shown.runs[run], readStep(run));
    const point = place && projectRow(div, trace, place.row);
    if (point && point.every(isFinite)) drawDot(pen, point, shown.runs[run].color, readAlpha(run), 5.5);
  }
}
