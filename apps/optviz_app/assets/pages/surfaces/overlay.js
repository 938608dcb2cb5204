/* What moves with the step on this page: dots, cursor lines and arrows on a canvas above each graph. */
import { drawArrows } from "../../views/drawing/arrows.js";
import { findRow, findTraceRow } from "../../views/drawing/columns.js";
import { drawNames, frameNames, nameCurves, readLine } from "../../views/drawing/names.js";
import { drawHead, drawMarks, drawTraceMarks, findPoint, isInside, openCanvas } from "../../views/drawing/overlay.js";
import { findGraph, isDrawn, projectRow, readAxes, readTraces } from "../../views/drawing/plotly.js";
import { readScheme } from "../../common/figures.js";
import { drawStart, placeTarget } from "./drag.js";
import { findPainted, inks } from "./layers.js";
import { applyLinks, isChosen, readAlpha, readStep } from "./linked.js";
import { onPaint, redraw, shown } from "./race.js";

const GRAPHS = { contour: drawContour, landscape: drawLandscape, losses: drawLosses, curves: drawCurves };

onPaint(() => {
  for (const [id, draw] of Object.entries(GRAPHS)) {
    const div = findGraph(id);
    if (isDrawn(div) && div.offsetParent) draw(div, openCanvas(div, refresh), findPainted(id));
  }
});

function refresh() {
  redraw();
  applyLinks();
  placeTarget();
}

/* ---- curves over the steps ---- */
function drawCurves(div, pen, painted) {
  const marks = { runs: shown.runs, stepOf: readStep, alphaOf: readAlpha, at: shown.at, hasCursor: true };
  if (painted) drawTraceMarks(painted.traces, pen, { ...marks, ink: inks[readScheme()].text });
  else drawMarks(div, pen, marks);
}

function drawLosses(div, pen, painted) {
  const lines = painted ? painted.traces : readTraces(div);
  nameCurves(pen, lines.filter(({ run }) => isBright(run)), shown.runs, { theme: inks[readScheme()], target: shown.race?.target });
  drawCurves(div, pen, painted);
}

const isBright = (run) => shown.runs[run] && readAlpha(run) === 1;

/* ---- the surface from above ---- */
function drawContour(div, pen) {
  const axes = readAxes(div);
  if (!axes) return;
  const { xaxis, yaxis } = axes;
  pen.save();
  pen.beginPath();
  pen.rect(xaxis.start, yaxis.start, xaxis.length, yaxis.length);
  pen.clip();
  const named = shown.runs.filter((run, index) => isBright(index) && !run.isExtraStart).map((run) => readLine({ trace: run, xaxis, yaxis }, run));
  drawNames(pen, named.filter(Boolean), { area: frameNames(xaxis, yaxis), theme: inks[readScheme()] });
  shown.runs.forEach((run, index) => {
    const place = findRow(run.step, readStep(index)), alpha = readAlpha(index);
    const point = place && findPoint({ trace: run, ...axes }, place);
    if (!point || !point.every(isFinite)) return;
    if (shown.words.includes("arrows") && alpha === 1) drawArrows(pen, { ...run, grad: run.readGrad(), average: run.readAverage?.() }, place.row, axes);
    if (isInside(xaxis, yaxis, point)) drawHead(pen, point, run, alpha, isChosen(index) ? 9 : undefined);
  });
  drawStart(pen, axes);
  pen.restore();
}

/* ---- the landscape: its dots are projected, as moving a mark in it takes longer than a frame ---- */
function drawLandscape(div, pen, painted) {
  if (painted) return drawPainted(pen, painted);
  for (const { trace, run } of readTraces(div).filter((each) => shown.runs[each.run] && each.trace.x.length > 1)) {
    const place = findTraceRow(trace, shown.runs[run], readStep(run));
    const point = place && projectRow(div, trace, place.row);
    if (point && point.every(isFinite)) drawHead(pen, point, shown.runs[run], readAlpha(run), 5.5);
  }
}

function drawPainted(pen, { locate }) {
  shown.runs.forEach((run, index) => {
    const place = findRow(run.step, readStep(index));
    const [x, y] = place ? locate(run.x[place.row], run.y[place.row], run.losses[place.row]) : [NaN, NaN];
    if (isFinite(x) && isFinite(y)) drawHead(pen, [x, y], run, readAlpha(index), 5.5);
  });
}
