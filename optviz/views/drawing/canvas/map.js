/* The losses as a map on a canvas: colors and lines of equal loss, color bar, axes, and on them the
   paths with their starts, forks and ends, and the minima. What plotly draws of views/contours.py. */
import { drawInside, paintFigure } from "./figure.js";
import { readHeights } from "./heights.js";
import { traceIsolines } from "./isolines.js";
import { SIZE, BIG } from "./layout.js";
import { fillRaster, makeTable, mixColors } from "./raster.js";
import { drawText, drawUpward, makeMeasure } from "./text.js";

const OUTLINE = "#212529", WHITE = "#ffffff";
const BAR = { gap: 10, width: 12, pad: 10, texts: 7.1 }; // of the color bar, from plotly
const FAR = 1e6; // window widths beyond which an end has no mark
export const UNTITLED = 12; // the margin above a picture without a title
export const NARROW = 500; // below it, there is no room for a color bar

/* Paint a map. `map` is {grid, scale, runs, minima, width, height, title, overlays, ranges, hasBar,
   hasLegend, until}: grid and scale as heights.js reads them, `overlays` further traces below the
   paths. `places` are plotly's, or null for a layout of its own. Returns what paintFigure does. */
export function paintMap(pen, map, places, theme) {
  const { grid, scale, width, height } = map, hasBar = map.hasBar ?? width >= NARROW;
  const ticks = hasBar ? scale.ticks : null, measure = makeMeasure(pen, theme);
  const roomRight = hasBar ? barWidth(ticks, measure) + 0.02 * width : 0;
  const parts = { data: [...(map.overlays || []), ...buildTraces(map)], layout: buildLayout(map) };
  const options = { places, width, height, theme, ranges: map.ranges, until: map.until, roomRight };
  const drawUnder = (axes) => drawInside(pen, [axes.x, axes.y], () => drawLosses(pen, map, axes, theme));
  const picture = paintFigure(pen, parts, { ...options, drawUnder, hasLegend: map.hasLegend ?? true, hasTitle: map.hasTitle });
  if (hasBar) drawBar(pen, scale, picture.axes, theme, measure);
  return { ...picture, grid };
}

function buildLayout({ grid, title = grid.name, hasTitle = true }) {
  const axis = (column, name) => ({ title: { text: name }, range: [column[0], column.at(-1)], showgrid: false });
  return { title: { text: title }, margin: hasTitle ? {} : { t: UNTITLED }, xaxis: axis(grid.x, grid.names[0]), yaxis: axis(grid.y, grid.names[1]), showlegend: true };
}

/* ---- paths and marks ---- */
export function buildTraces({ grid, runs = [], minima = grid.minima }) {
  const lines = runs.map((run, place) => ({ x: run.x, y: run.y, mode: "lines", name: run.label, showlegend: false, meta: { run: place }, line: { color: run.color, dash: run.dash, width: 2.5 * (run.weight ?? 1) } }));
  const first = (run) => [run.x[0], run.y[0]], isFork = (run) => run.step[0] > 0;
  return [
    ...lines,
    ...buildMarks("start", "starts", "circle", 10, runs.filter((run) => !isFork(run)).map(first)),
    ...buildMarks("fork", "forks", "triangle-up", 11, runs.filter(isFork).map(first)),
    ...buildMarks("minimum", "minima", "star", 16, minima || []),
    ...runs.map((run, place) => buildEnd(run, place, grid)),
  ];
}

function buildMarks(one, many, symbol, size, points) {
  const different = [...new Map(points.map((point) => [point.join(), point])).values()];
  if (!different.length) return [];
  const marker = { symbol, size, color: WHITE, line: { color: OUTLINE, width: 1.5 } };
  return [{ x: different.map(([x]) => x), y: different.map(([, y]) => y), mode: "markers", name: different.length > 1 ? many : one, legendrank: 1001, marker }];
}

/* The row of a run's last point that is finite. */
export function findEnd({ x, y }) {
  let row = x.length - 1;
  while (row > 0 && !(Number.isFinite(x[row]) && Number.isFinite(y[row]))) row--;
  return row;
}

function buildEnd(run, place, { x, y }) {
  const row = findEnd(run), away = Math.max(...[[run.x[row], x], [run.y[row], y]].map(([value, column]) => {
    const [low, high] = [column[0], column.at(-1)];
    return Math.abs(value - (low + high) / 2) / (high - low);
  }));
  const ended = run.isFinished === false ? String(run.ended).split(":")[0] : "", remark = ended || (away > 0.5 ? "ends off the chart" : "");
  const shown = away < FAR ? [[run.x[row]], [run.y[row]]] : [[], []], weight = run.weight ?? 1;
  return {
    x: shown[0], y: shown[1], mode: "lines+markers", name: remark ? `${run.label} (${remark})` : run.label,
    showlegend: !run.isExtraStart, meta: { run: place, part: "end" },
    line: { color: run.color, dash: run.dash, width: 2.5 * weight },
    marker: { symbol: run.symbol, color: run.color, size: weight === 1 ? 11 : 8, line: { color: WHITE, width: 1.5 } },
  };
}

/* ---- the losses ---- */
const images = new WeakMap(); // the last image of each canvas
const isolines = new WeakMap(); // the lines of each grid

function drawLosses(pen, { grid, scale }, { x, y }, theme) {
  const ratio = pen.getTransform().a || 1, frame = [x, y].map(({ start, end }) => [Math.round(start * ratio), Math.round(end * ratio)]);
  const [width, height] = frame.map(([from, to]) => Math.max(to - from, 1));
  const key = JSON.stringify([frame, ratio, x.range, y.range, theme.losses, theme.lines, scale.low, scale.high, scale.log, scale.offset]);
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
  strokeSegments(pen, readLines(grid, heights, scale), toPixel(across), toPixel(up), { color: theme.lines, width: Math.min(0.7 * ratio, 1) }); // a browser draws lines of a pixel ten times as fast
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
export const barWidth = ({ ticktext }, measure) => BAR.gap + BAR.width + BAR.texts + Math.max(0, ...ticktext.map((text) => measure(text, SIZE))) + 24;

export function drawBar(pen, { low, high, ticks, title, lines }, { x, y }, theme, measure) {
  const left = Math.round(x.end + 0.02 * x.length + BAR.gap), [top, bottom] = [y.start + BAR.pad, y.end - BAR.pad];
  const fill = pen.createLinearGradient(0, bottom, 0, top), count = theme.losses.length - 1;
  theme.losses.forEach((_, i) => fill.addColorStop(i / count, `rgb(${mixColors(theme.losses, i / count).join()})`));
  pen.fillStyle = fill;
  pen.fillRect(left, top, BAR.width, bottom - top);
  pen.fillStyle = theme.lines;
  for (let value = lines.start; value <= lines.end + lines.size / 2; value += lines.size) {
    pen.fillRect(left, bottom - ((value - low) / (high - low)) * (bottom - top) - 0.35, BAR.width, 0.7);
  }
  const middle = (top + bottom) / 2, reach = measure(title, BIG) / 2 + SIZE / 2;
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
