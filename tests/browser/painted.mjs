/* Draws the same data with plotly and with the painters, and tells how far they are apart. */
import { CAMERA, watchTurning } from "/optviz/views/drawing/canvas/camera.js";
import { paintFigure } from "/optviz/views/drawing/canvas/figure.js";
import { paintMap } from "/optviz/views/drawing/canvas/map.js";
import { paintScene } from "/optviz/views/drawing/canvas/scene.js";
import { readColor } from "/optviz/views/drawing/canvas/raster.js";
import { projectRow, readCamera, readFrame } from "/optviz/views/drawing/plotly.js";
import { transformLoss } from "/optviz/views/drawing/scale.js";
import { drawTraceMarks } from "/optviz/views/drawing/overlay.js";

const make = (name, width, height) => {
  const node = document.createElement(name);
  Object.assign(node, name === "canvas" ? { width, height } : {});
  node.style.cssText = `display: block; width: ${width}px; height: ${height}px`;
  document.body.append(node);
  return node;
};

/* A pen that also writes down the middle of each text; parts of a line that follow one another are one. */
function openPen(canvas) {
  const pen = canvas.getContext("2d", { willReadFrequently: true }), write = pen.fillText.bind(pen);
  let last = { text: "", left: 0, right: NaN, y: 0 };
  pen.texts = [];
  pen.fillText = (text, x, y) => {
    const size = pen.measureText(text), isNext = last.y === y && Math.abs(last.right - x) < 0.01;
    last = { text: isNext ? last.text + text : text, left: isNext ? last.left : x, right: x + size.width, y };
    const middle = new DOMPoint((last.left + last.right) / 2, y - (size.fontBoundingBoxAscent - size.fontBoundingBoxDescent) / 2);
    const at = middle.matrixTransform(pen.getTransform());
    if (isNext) pen.texts.pop();
    pen.texts.push([last.text.trim(), at.x, at.y]);
    write(text, x, y);
  };
  return pen;
}

async function drawPlotly(figure, template, width, height) {
  const div = make("div", width, height);
  await Plotly.newPlot(div, structuredClone(figure.data), { ...structuredClone(figure.layout), template }, { displayModeBar: false, responsive: false });
  const box = div.getBoundingClientRect(), { places, paper, bar } = readFrame(div), inner = div._fullLayout;
  const texts = [...div.querySelectorAll("text")].filter((node) => !node.closest(".legend") && node.textContent.trim()).flatMap((node) => {
    const parts = node.querySelectorAll("tspan.line").length ? [...node.querySelectorAll("tspan.line")] : [node];
    return parts.map((part) => {
      const size = node.getBoundingClientRect();
      return { text: part.textContent.trim(), x: size.left + size.width / 2 - box.left, y: size.top + size.height / 2 - box.top, isBlock: parts.length > 1 };
    });
  });
  return { div, box, places, paper, bar, texts, inner };
}

/* Texts of plotly's that are painted nowhere within `room` pixels. */
const findMissing = (texts, painted, room) => texts.filter(({ text, x, y, isBlock }) => !painted.some(([other, left, top]) => other === text && Math.abs(left - x) <= room && (isBlock || Math.abs(top - y) <= room)));

/* Points along plotly's lines where the canvas has no line within a pixel; another run's may lie over it. */
function findUnpainted({ div, box }, axes, pen) {
  const missed = [], lines = [...div.querySelectorAll(".scatterlayer path.js-line")];
  const colors = lines.map((path) => getComputedStyle(path).stroke.match(/\d+/g).map(Number));
  for (const path of lines.filter((each) => getComputedStyle(each).strokeDasharray === "none")) {
    let group = path;
    while (!/^x\d*y\d*$/.test(group.classList[0])) group = group.parentNode;
    const [xaxis, yaxis] = group.classList[0].match(/[xy]\d*/g).map((id) => axes[id]), whole = path.getTotalLength(), place = path.getScreenCTM();
    for (let i = 1; i < 60; i++) {
      const point = path.getPointAtLength((whole * i) / 60).matrixTransform(place), [x, y] = [point.x - box.left, point.y - box.top];
      if (x < xaxis.start + 2 || x > xaxis.end - 2 || y < yaxis.start + 2 || y > yaxis.end - 2) continue;
      const data = pen.getImageData(Math.floor(x) - 1, Math.floor(y) - 1, 3, 3).data;
      const isNear = (at) => colors.some((color) => color.every((each, k) => Math.abs(each - data[at + k]) <= 60));
      if (!Array.from({ length: 9 }, (_, k) => 4 * k).some(isNear)) missed.push([x, y]);
    }
  }
  return missed;
}

/* Compare the painted figure of some parts with plotly's. */
export async function compareParts({ parts, template, theme, width, height }) {
  const drawn = await drawPlotly(parts, template, width, height), canvas = make("canvas", width, height), pen = openPen(canvas);
  const picture = paintFigure(pen, parts, { places: drawn.places, width, height, theme });
  const ranges = Object.values(picture.axes).map(({ id, range }) => [id, range, drawn.inner[`${id[0]}axis${id.slice(1)}`].range]);
  const wrong = ranges.filter(([, ours, theirs]) => ours.some((each, i) => Math.abs(each - theirs[i]) > 1e-3 * Math.abs(theirs[1] - theirs[0])));
  const found = { texts: drawn.texts.length, ranges: wrong, missing: findMissing(drawn.texts, pen.texts, 1.01), lines: findUnpainted(drawn, picture.axes, pen) };
  const own = openPen(make("canvas", width, height));
  paintFigure(own, parts, { width, height, theme });
  found.outside = own.texts.filter(([, x, y]) => x < 0 || x > width || y < 0 || y > height);
  return found;
}

/* Compare the painted map with plotly's: its texts, its colors and where its lines run. */
export async function compareMap({ figure, grid, scale, template, theme, width, height }) {
  const drawn = await drawPlotly(figure, template, width, height), canvas = make("canvas", width, height), pen = openPen(canvas);
  const map = { grid, scale, traces: [], width, height, title: grid.name, hasBar: true, hasLabels: false, paper: drawn.paper, bar: drawn.bar };
  const picture = paintMap(pen, map, drawn.places, { ...theme, lines: "transparent" }), { x, y } = picture.axes;
  const image = new Image();
  image.src = drawn.div.querySelector(".heatmaplayer image, .contourlayer image, .hm image").href.baseVal;
  await image.decode();
  const other = make("canvas", Math.round(x.length), Math.round(y.length)).getContext("2d", { willReadFrequently: true });
  other.drawImage(image, 0, 0, other.canvas.width, other.canvas.height);
  const off = [];
  for (let i = 0.5; i < 20; i++) for (let j = 0.5; j < 20; j++) {
    const [dx, dy] = [(i * x.length) / 20, (j * y.length) / 20].map(Math.floor);
    const ours = pen.getImageData(x.start + dx, y.start + dy, 1, 1).data;
    const theirs = other.getImageData(dx - 1, dy - 1, 3, 3).data; // the pixel and those around it
    if (theirs[4 * 4 + 3] !== 255 && ours[3] === 255) continue;
    off.push(Math.max(...[0, 1, 2].map((k) => {
      const near = Array.from({ length: 9 }, (_, at) => theirs[4 * at + k]);
      return Math.max(0, Math.min(...near) - ours[k], ours[k] - Math.max(...near));
    })));
  }
  paintMap(pen, map, drawn.places, { ...theme, lines: "#ff0000" }); // the lines alone are red
  const missed = [];
  for (const path of drawn.div.querySelectorAll(".contourlevel path")) {
    const whole = path.getTotalLength(), place = path.getScreenCTM();
    for (let at = 5; at < whole; at += 25) {
      const point = path.getPointAtLength(at).matrixTransform(place), [px, py] = [point.x - drawn.box.left, point.y - drawn.box.top];
      if (!(px > x.start + 2 && px < x.end - 2 && py > y.start + 2 && py < y.end - 2)) continue;
      const data = pen.getImageData(Math.floor(px) - 1, Math.floor(py) - 1, 3, 3).data;
      let red = -Infinity;
      for (let i = 0; i < data.length; i += 4) red = Math.max(red, data[i] - data[i + 1]);
      if (red < 40) missed.push([px, py]);
    }
  }
  return { off: Math.max(...off), count: off.length, missed, paths: drawn.div.querySelectorAll(".contourlevel path").length, missing: findMissing(drawn.texts, pen.texts, 2) };
}

/* Points of plotly's landscape and of one painted in its frame, with its camera. */
export async function compareScene({ figure, grid, scale, template, theme, width, height }) {
  const { div } = await drawPlotly(figure, template, width, height), pen = openPen(make("canvas", width, height));
  while (!projectRow(div, figure.data[0], 0)) await new Promise(requestAnimationFrame);
  const { eye, center } = readCamera(div), [x, y, z] = ["x", "y", "z"].map((name) => eye[name] - center[name]), distance = Math.hypot(x, y, z);
  const camera = { turn: Math.atan2(y, x), tilt: Math.asin(z / distance), zoom: 1, distance, center: [center.x, center.y, center.z] };
  const { locate } = paintScene(pen, { ...readFrame(div), grid, scale, runs: [], camera }, theme), size = grid.x.length;
  return [0, size - 1, size * size - size, size * size - 1, (size * size - 1) / 2].map((at) => {
    const [left, front, loss] = [grid.x[at % size], grid.y[Math.floor(at / size)], grid.loss[at]];
    return [projectRow(div, { x: [left], y: [front], z: [transformLoss(scale, loss)] }, 0), locate(left, front, loss).slice(0, 2)];
  });
}

/* Paint a landscape, turn it by hand and by keys, and mark a step on it. */
export function openScene({ grid, scale, run, theme, width, height }) {
  const canvas = make("canvas", width, height), pen = openPen(canvas), seen = { camera: CAMERA, picture: null };
  canvas.id = "landscape";
  canvas.tabIndex = 0;
  const paint = () => {
    seen.picture = paintScene(pen, { grid, scale, runs: [run], camera: seen.camera, width, height }, theme);
    drawTraceMarks(seen.picture.traces, pen, { runs: [run], stepOf: () => 2, at: 2, ink: theme.text });
  };
  watchTurning(canvas, () => seen.camera, (camera) => { seen.camera = camera; paint(); });
  paint();
  const readPixel = ([x, y]) => [...pen.getImageData(Math.round(x), Math.round(y), 1, 1).data].slice(0, 3);
  const color = readColor(run.color);
  window.readScene = () => {
    const dot = readPixel(seen.picture.locate(run.x[2], run.y[2], run.losses[2]));
    return { camera: seen.camera, texts: pen.texts.splice(0).map(([text]) => text), isMarked: Math.max(...dot.map((each, i) => Math.abs(each - color[i]))) < 30 };
  };
}

/* The colors of a quarter and of three quarters of the way across a map. */
export function readSides({ grid, scale, theme, width, height }) {
  const pen = openPen(make("canvas", width, height)), map = { grid: { ...grid, loss: Float64Array.from(grid.loss, (each) => each ?? NaN) }, scale, traces: [], width, height };
  const { axes: { x, y } } = paintMap(pen, map, null, theme);
  paintScene(openPen(make("canvas", width, height)), { ...map, runs: [] }, theme);
  return [0.25, 0.75].map((share) => [...pen.getImageData(x.start + share * x.length, y.start + y.length / 2, 1, 1).data].slice(0, 3));
}
