/* The losses as a landscape on a canvas, with the paths on it at the height of their losses: what
   plotly draws of views/surfaces.py. It is turned by hand: see camera.js. */
import { EDGE, drawRuns } from "../paths.js";
import { transformLoss } from "../scale.js";
import { makeAxis } from "./axis.js";
import { CAMERA, makeProjection, shapeBox } from "./camera.js";
import { drawScaffold, listEnds } from "./scaffold.js";
import { paintFigure } from "./figure.js";
import { readHeights } from "./heights.js";
import { barWidth, drawBar, makeCanvas, NARROW, UNTITLED } from "./map.js";
import { fillMesh, makeMesh } from "./mesh.js";
import { makeMeasure } from "./text.js";
import { drawSymbol, listDashes } from "./traces.js";

const HIDDEN = 0.28; // strength of what stands behind a hill
const SINK = 0.985; // a path may lie so much behind the surface: between its points the mesh is flat
const MINIMUM = "diamond", FORK = "square";
const MOST_PIXELS = 1.5e6;

/* Paint a landscape. `scene` is {grid, scale, runs, camera, width, height, title, hasBar, hasLegend,
   hasTitle, paper, box, isEqual}: `paper` is the rectangle of plotly's scene and `box` the half sides of
   its box, to be painted in its geometry; else `isEqual` asks for sides as those of the window. Returns what paintFigure does, with `locate(x, y, loss)`: the pixel of a point and whether
   it is seen, [x, y, isSeen]. The traces returned are in pixels, for dots and hover. */
export function paintScene(pen, scene, theme) {
  const { grid, scale, runs = [], width, height } = scene, hasBar = scene.hasBar ?? width >= NARROW;
  const measure = makeMeasure(pen, theme), roomRight = hasBar ? barWidth(scale.ticks, measure) + 0.02 * width : 0;
  const entries = drawRuns(grid, runs).filter(({ meta }) => meta?.part !== "casing").map((trace) => ({ ...trace, x: [], y: [], marker: toSolid(trace) })); // for the legend
  const hidden = { visible: false }, title = { text: scene.title ?? grid.name };
  const margin = scene.hasTitle === false ? { t: UNTITLED } : {}, layout = { title, margin, xaxis: hidden, yaxis: hidden, showlegend: true };
  let drawn;
  const { paper } = scene, side = (start, length) => ({ start, length });
  const places = paper && { x: side(paper.left, paper.width), y: side(paper.top, paper.height) };
  const drawUnder = ({ x, y }) => {
    const frame = { left: x.start, top: y.start, width: x.length, height: y.length + (paper ? 0 : 16) };
    drawn = drawLandscape(pen, scene, frame, theme);
  };
  const picture = paintFigure(pen, { data: entries, layout }, { ...scene, places, theme, roomRight, drawUnder });
  const { x, y } = picture.axes;
  if (hasBar) drawBar(pen, { ...scale, lines: null }, { x, y: { start: y.start + 0.15 * y.length, end: y.end - 0.15 * y.length } }, theme, measure);
  const xaxis = makeAxis({ id: "x", start: 0, length: width, range: [0, width] });
  const yaxis = makeAxis({ id: "y", start: 0, length: height, range: [height, 0] });
  const traces = drawn.lines.map((points, run) => {
    const [left, top] = [0, 1].map((side) => points.map((point) => point[side]));
    return { trace: { x: left, y: top, meta: { run } }, run, xaxis, yaxis };
  });
  return { ...picture, axes: { x: xaxis, y: yaxis }, traces, locate: drawn.locate };
}

/* The marks of places, which are plotly's solid ones. */
const toSolid = ({ meta, marker }) => (meta ? marker : { ...marker, symbol: { star: MINIMUM, "triangle-up": FORK }[marker.symbol] || marker.symbol });

function drawLandscape(pen, { grid, scale, runs = [], camera = CAMERA, isEqual, ...scene }, frame, theme) {
  const [wide, deep] = [grid.x, grid.y].map((column) => column.at(-1) - column[0]);
  const box = scene.box ?? shapeBox(frame, isEqual ? wide / deep : null);
  const { project, eye } = makeProjection(camera, box, frame), toBox = makeToBox(grid, scale, box);
  const drawTexts = drawScaffold(pen, { grid, scale, project, eye, box }, theme);
  const isSeen = drawSurface(pen, { grid, scale, project, frame, box }, theme);
  drawTexts();
  const locate = (x, y, loss) => {
    const [left, top, near] = project(...toBox(x, y, transformLoss(scale, loss)));
    return [left, top, isSeen(left, top, near)];
  };
  const lines = runs.map((run) => Array.from(run.x, (x, row) => locate(x, run.y[row], run.losses[row])));
  const looks = runs.map((run) => ({ ...run, width: 3 * (run.weight ?? 1) }));
  lines.forEach((points, run) => drawEdge(pen, points, looks[run], theme)); // first all, so that none cuts through another
  lines.forEach((points, run) => drawPath(pen, points, looks[run]));
  drawPlaces(pen, { runs, lines, grid }, locate);
  return { lines, locate };
}

/* From parameters and height to the box around 0; NaN outside the window. */
function makeToBox({ x, y }, { low, high }, box) {
  const ends = listEnds({ low, high });
  const share = (value, from, to, half) => {
    const part = (value - from) / (to - from);
    return part >= 0 && part <= 1 ? (2 * part - 1) * half : NaN;
  };
  return (left, front, height) => [
    share(left, x[0], x.at(-1), box[0]), share(front, y[0], y.at(-1), box[1]),
    share(Math.min(Math.max(height, low), high), ...ends, box[2]),
  ];
}

/* ---- the surface ---- */
const meshes = new WeakMap(), images = new WeakMap();

function readMesh(grid, scale, box) {
  const heights = readHeights(grid, scale), key = `${scale.low} ${scale.high} ${box}`, known = meshes.get(heights);
  if (known?.key === key) return known.mesh;
  const mesh = makeMesh(heights, scale, box);
  meshes.set(heights, { key, mesh });
  return mesh;
}

/* Draw the surface; returns a function that says whether a pixel of some nearness is seen before it. */
function drawSurface(pen, { grid, scale, project, frame, box }, theme) {
  const wanted = pen.getTransform().a || 1, { left, top } = frame;
  const ratio = Math.min(wanted, Math.sqrt(MOST_PIXELS / (frame.width * frame.height)));
  const image = readImage(pen, Math.round(frame.width * ratio), Math.round(frame.height * ratio)), { width, height } = image;
  const share = (value) => (value - scale.low) / (scale.high - scale.low);
  const lines = { start: share(scale.lines.start), end: share(scale.lines.end), size: scale.lines.size / (scale.high - scale.low) };
  const toImage = (x, y, z) => { const [px, py, near] = project(x, y, z); return [(px - left) * ratio, (py - top) * ratio, near]; };
  fillMesh(image, readMesh(grid, scale, box), toImage, theme, lines);
  image.pen.putImageData(image.data, 0, 0);
  pen.drawImage(image.canvas, 0, 0, width, height, left, top, width / ratio, height / ratio);
  return (px, py, near) => {
    const [column, row] = [Math.floor((px - left) * ratio), Math.floor((py - top) * ratio)];
    return !(column >= 0 && column < width && row >= 0 && row < height) || near >= SINK * image.nearness[row * width + column];
  };
}

function readImage(pen, width, height) {
  let image = images.get(pen.canvas);
  if (image?.width === width && image.height === height) return image;
  const canvas = image?.canvas || makeCanvas(pen);
  [canvas.width, canvas.height] = [width, height];
  const inner = canvas.getContext("2d"), data = inner.createImageData(width, height);
  image = { canvas, width, height, pen: inner, data, pixels: data.data, nearness: new Float32Array(width * height) };
  images.set(pen.canvas, image);
  return image;
}

/* ---- what stands on it ---- */
/* Draw the edge of a path in the color of the page, where it is seen. */
function drawEdge(pen, points, { width }, theme) {
  pen.beginPath();
  walkPath(pen, points, true);
  [pen.strokeStyle, pen.lineWidth, pen.lineJoin] = [theme.page, width + 2 * EDGE, "round"];
  pen.stroke();
}

/* Draw a path: strong where it is seen, faint where it runs behind a hill. */
function drawPath(pen, points, line) {
  pen.strokeStyle = line.color;
  pen.lineJoin = "round";
  pen.setLineDash(listDashes(line));
  for (const wanted of [false, true]) {
    pen.beginPath();
    walkPath(pen, points, wanted);
    pen.globalAlpha = wanted ? 1 : HIDDEN;
    pen.lineWidth = wanted ? line.width : 0.6 * line.width;
    pen.stroke();
  }
  pen.setLineDash([]);
  pen.globalAlpha = 1;
}

/* The parts of a path that are seen, or those that are not; it changes halfway between two points. */
function walkPath(pen, points, wanted) {
  let isDown = false;
  for (let row = 0; row < points.length; row++) {
    const [x, y, isSeen] = points[row], [lastX, lastY] = points[row - 1] || [];
    if (!(x - x === 0)) {
      isDown = false;
      continue;
    }
    const isNext = lastX - lastX === 0, middle = [(x + lastX) / 2, (y + lastY) / 2];
    if (isSeen !== wanted) {
      if (isDown) pen.lineTo(...middle);
      isDown = false;
      continue;
    }
    if (!isDown) pen.moveTo(...(isNext ? middle : [x, y]));
    pen.lineTo(x, y);
    isDown = true;
  }
}

/* The minima, the starts, and the ends above all. */
function drawPlaces(pen, { runs, lines, grid }, locate) {
  const white = { color: "#ffffff", line: { color: "#212529", width: 1.5 } };
  for (const [x, y] of grid.minima) drawMark(pen, locate(x, y, grid.floor), { ...white, symbol: MINIMUM, size: 10 });
  runs.forEach(({ step }, run) => drawMark(pen, lines[run][0], { ...white, symbol: step[0] > 0 ? FORK : "circle", size: 10 }));
  runs.forEach(({ x, y, symbol, color }, run) => {
    const end = lines[run].findLast((_, row) => Number.isFinite(x[row]) && Number.isFinite(y[row]));
    if (end) drawMark(pen, end, { symbol, color, size: 11, line: { color: "#ffffff", width: 1.5 } });
  });
}

function drawMark(pen, [x, y, isSeen], mark) {
  if (Number.isFinite(x)) drawSymbol(pen, [x, y], { ...mark, opacity: isSeen ? 1 : HIDDEN + 0.2 });
}
