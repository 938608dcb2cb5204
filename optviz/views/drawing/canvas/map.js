/* The losses as a map on a canvas: colors and lines of equal loss, color bar, axes, and on them the
   paths with their starts, forks and ends, and the minima. What plotly draws of views/contours.py. */
import { dressCasings, drawRuns } from "../paths.js";
import { findRatio } from "../equal.js";
import { drawInside, paintFigure } from "./figure.js";
import { readHeights } from "./heights.js";
import { traceIsolines } from "./isolines.js";
import { chooseLabels } from "./labels.js";
import { SIZE, BIG } from "./layout.js";
import { fillRaster, makeTable, mixColors } from "./raster.js";
import { drawText, drawUpward, makeMeasure } from "./text.js";

const BAR = { gap: 10, width: 12, pad: 10, texts: 7.1 }; // of the color bar, from plotly
export const UNTITLED = 12; // the margin above a picture without a title
export const NARROW = 500; // below it, there is no room for a color bar

/* Paint a map. `map` is {grid, scale, runs, traces, overlays, width, height, title, ranges, hasBar,
   hasLegend, hasTitle, hasLabels, isEqual, bar, paper, until}: grid and scale as grid.js and scale.js make them; `traces` those on the
   surface, by default of the runs and the grid's minima; `overlays` more of them, below. `isEqual` asks for equal scales. `places` are
   plotly's, with its `paper`, and `bar` that of its color bar, or null for a layout of its own. Returns what paintFigure does. */
export function paintMap(pen, map, places, theme) {
  const { grid, scale, width } = map, hasBar = map.hasBar ?? width >= NARROW, measure = makeMeasure(pen, theme);
  const roomRight = hasBar ? barWidth(scale.ticks, measure) + 0.02 * width : 0;
  const data = dressCasings([...(map.overlays || []), ...(map.traces || drawRuns(grid, map.runs))], theme.page);
  const ratio = map.isEqual ? findRatio([grid.x, grid.y].map((column) => [column[0], column.at(-1)])) : null;
  const drawUnder = (axes) => drawInside(pen, [axes.x, axes.y], () => {
    drawLosses(pen, map, axes, theme);
    if (map.hasLabels ?? (map.hasBar !== false && width >= 400)) writeLosses(pen, map, axes, theme);
  });
  const picture = paintFigure(pen, { data, layout: buildLayout(map) }, { ...map, places, theme, roomRight, ratio, drawUnder });
  if (hasBar) drawBar(pen, scale, picture.axes, theme, measure, map.bar);
  return { ...picture, grid };
}

function buildLayout({ grid, title = grid.name, hasTitle = true }) {
  const axis = (column, name) => ({ title: { text: name }, range: [column[0], column.at(-1)], showgrid: false });
  return { title: { text: title }, margin: hasTitle ? {} : { t: UNTITLED }, xaxis: axis(grid.x, grid.names[0]), yaxis: axis(grid.y, grid.names[1]), showlegend: true };
}

/* ---- the losses ---- */
const images = new WeakMap(); // the last image of each canvas
const isolines = new WeakMap(); // the lines of each grid

function drawLosses(pen, { grid, scale }, { x, y }, theme) {
  const ratio = pen.getTransform().a || 1;
  const frame = [x, y].map(({ start, end }) => [Math.round(start * ratio), Math.round(end * ratio)]);
  const [width, height] = frame.map(([from, to]) => Math.max(to - from, 1));
  const { low, high, log, offset } = scale;
  const key = JSON.stringify([frame, ratio, x.range, y.range, theme.losses, theme.lines, low, high, log, offset]);
  let image = images.get(pen.canvas);
  if (!image || image.grid !== grid || image.key !== key) {
    image = { grid, key, canvas: image?.canvas || makeCanvas(pen), data: image?.data };
    drawImage(image, { width, height, ratio, left: frame[0][0], top: frame[1][0], x, y }, { grid, scale }, theme);
    images.set(pen.canvas, image);
  }
  pen.drawImage(image.canvas, 0, 0, width, height, frame[0][0] / ratio, frame[1][0] / ratio, width / ratio, height / ratio);
}

export function makeCanvas({ canvas }) {
  return canvas.ownerDocument ? canvas.ownerDocument.createElement("canvas") : new OffscreenCanvas(1, 1);
}

function drawImage(image, { width, height, ratio, left, top, x, y }, { grid, scale }, theme) {
  const heights = readHeights(grid, scale), { canvas } = image, pen = canvas.getContext("2d");
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  if (image.data?.width !== width || image.data?.height !== height) image.data = pen.createImageData(width, height);
  // Where pixels lie among the grid's points, which are evenly spaced.
  const locate = (axis, column, first, count) => {
    const toPlace = (pixel) => ((axis.toValue(pixel / ratio) - column[0]) / (column.at(-1) - column[0])) * (column.length - 1);
    const from = toPlace(first + 0.5);
    return { from, step: (toPlace(first + count - 0.5) - from) / Math.max(count - 1, 1) };
  };
  const [across, up] = [locate(x, grid.x, left, width), locate(y, grid.y, top, height)];
  fillRaster(new Uint32Array(image.data.data.buffer), width, height, heights, across, up, makeTable(theme.losses), scale);
  pen.putImageData(image.data, 0, 0);
  const toPixel = ({ from, step }) => [1 / step, 0.5 - from / step];
  const line = { color: theme.lines, width: Math.min(0.7 * ratio, 1) }; // thicker ones cost ten times the time
  strokeSegments(pen, readLines(grid, heights, scale), toPixel(across), toPixel(up), line);
}

/* Losses on some of the lines, below the paths. */
function writeLosses(pen, { grid, scale, runs }, { x, y }, theme) {
  const place = (axis, column, share) => axis.toPixel(column[0] + share * (column.at(-1) - column[0]));
  for (const label of chooseLabels(grid, scale, runs?.map((run) => [run.x[0], run.y[0]]))) {
    drawText(pen, label.text, [place(x, grid.x, label.x), place(y, grid.y, label.y) + 4], { size: 11, theme, align: 0, hasHalo: true });
  }
}

/* The lines of a grid, found once. */
function readLines(grid, heights, scale) {
  const key = JSON.stringify([scale.lines, scale.log, scale.offset]);
  let known = isolines.get(grid);
  if (known?.key !== key) isolines.set(grid, (known = { key, segments: traceIsolines(heights, scale.lines) }));
  return known.segments;
}

function strokeSegments(pen, segments, [scaleX, fromX], [scaleY, fromY], { color, width }) {
  pen.beginPath();
  for (let i = 0; i < segments.length; i += 4) {
    pen.moveTo(fromX + scaleX * segments[i], fromY + scaleY * segments[i + 1]);
    pen.lineTo(fromX + scaleX * segments[i + 2], fromY + scaleY * segments[i + 3]);
  }
  pen.strokeStyle = color;
  pen.lineWidth = width;
  pen.stroke();
}

/* ---- the color bar ---- */
export const barWidth = ({ ticktext }, measure) => BAR.gap + BAR.width + BAR.texts + 24
  + Math.max(0, ...ticktext.map((text) => measure(text, SIZE)));

export function drawBar(pen, { low, high, ticks, title, lines }, { x, y }, theme, measure, place = null) {
  const [top, bottom] = place ? [place.top, place.bottom] : [y.start + BAR.pad, y.end - BAR.pad];
  const left = place ? place.left : Math.round(x.end + 0.02 * x.length + BAR.gap);
  const fill = pen.createLinearGradient(0, bottom, 0, top), count = theme.losses.length - 1;
  theme.losses.forEach((_, i) => fill.addColorStop(i / count, `rgb(${mixColors(theme.losses, i / count).join()})`));
  pen.fillStyle = fill;
  pen.fillRect(left, top, BAR.width, bottom - top);
  pen.fillStyle = theme.lines;
  for (let i = 0; lines && i <= Math.round((lines.end - lines.start) / lines.size); i++) {
    const value = lines.start + i * lines.size;
    pen.fillRect(left, bottom - ((value - low) / (high - low)) * (bottom - top) - 0.35, BAR.width, 0.7);
  }
  const middle = (top + bottom) / 2, reach = measure(title, BIG) / 2 + SIZE / 2 + 2;
  let side = left + BAR.width + 26;
  ticks.tickvals.forEach((value, i) => {
    const place = bottom - ((value - low) / (high - low)) * (bottom - top), from = left + BAR.width + BAR.texts;
    if (!(place >= top - 1 && place <= bottom + 1)) return;
    pen.fillStyle = theme.faint;
    pen.fillRect(left + BAR.width, Math.round(place - 0.5), 5, 1);
    drawText(pen, ticks.ticktext[i], [from, place + 0.35 * SIZE], { size: SIZE, theme });
    if (Math.abs(place - middle) < reach) side = Math.max(side, from + measure(ticks.ticktext[i], SIZE) + 2);
  });
  if (measure(title, BIG) < bottom - top + 2 * BAR.pad) drawUpward(pen, title, [side + 15, middle], { size: BIG, theme });
}
