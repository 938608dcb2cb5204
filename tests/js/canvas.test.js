import assert from "node:assert/strict";
import { test } from "node:test";
import { makeAxis } from "../../optviz/views/drawing/canvas/axis.js";
import { CAMERA, makeProjection, shapeBox, standBack, turnCamera, zoomCamera } from "../../optviz/views/drawing/canvas/camera.js";
import { paintFigure } from "../../optviz/views/drawing/canvas/figure.js";
import { readLoss } from "../../optviz/views/drawing/canvas/heights.js";
import { traceIsolines } from "../../optviz/views/drawing/canvas/isolines.js";
import { layOut, makeAxes } from "../../optviz/views/drawing/canvas/layout.js";
import { fitPlaces, hasEqualScales } from "../../optviz/views/drawing/equal.js";
import { fillMesh, makeMesh } from "../../optviz/views/drawing/canvas/mesh.js";
import { findNearest } from "../../optviz/views/drawing/canvas/nearest.js";
import { fillRaster, makeTable, toPixel, readColor } from "../../optviz/views/drawing/canvas/raster.js";
import { fitText, parseText } from "../../optviz/views/drawing/canvas/text.js";
import { chooseTicks, formatGeneral } from "../../optviz/views/drawing/canvas/ticks.js";
import { tracePath } from "../../optviz/views/drawing/canvas/traces.js";

const THEME = { page: "#ffffff", text: "#212529", faint: "#dee2e6", lines: "#345", ridges: "#8a9bb0", losses: ["#ffffff", "#b0c0d2"], font: "sans-serif" };
const near = (actual, wanted, room = 1e-9) => assert.ok(Math.abs(actual - wanted) <= room, `${actual} is not ${wanted}`);
const write = (axis, about) => chooseTicks(makeAxis({ start: 0, ...axis }), about).map(({ text }) => text).join(" ");

/* A pen that writes down what it is told. */
function makePen() {
  const calls = [], known = { canvas: {}, calls };
  const answer = { measureText: (text) => ({ width: 8 * text.length }), getTransform: () => ({ a: 1 }) };
  return new Proxy(known, {
    get: (_, name) => known[name] ?? ((...given) => { calls.push([name, ...given]); return answer[name]?.(...given); }),
    set: (_, name, value) => { known[name] = value; return true; },
  });
}
const readPath = (columns, xaxis, yaxis, shape) => {
  const pen = makePen();
  tracePath(pen, columns, xaxis, yaxis, shape);
  return pen.calls.map(([name, ...at]) => `${name === "moveTo" ? "M" : "L"}${at.map((each) => Math.round(each)).join()}`).join(" ");
};
const X = makeAxis({ id: "x", start: 50, length: 100, range: [0, 10] }), Y = makeAxis({ id: "y", start: 0, length: 100, range: [0, 10] });

test("an axis goes from value to pixel and back, linear and logarithmic", () => {
  const up = makeAxis({ id: "y", start: 20, length: 100, range: [-2, 3], isLog: true });
  near(up.toPixel(1000), 20);
  near(up.toPixel(0.01), 120);
  near(up.toValue(up.toPixel(7)), 7);
  assert.ok(Number.isNaN(up.toPixel(0)) && Number.isNaN(up.toPixel(-1)) && Number.isNaN(X.toPixel(null)));
  assert.deepEqual([X.toPixel(5), X.toValue(100), X.scale, X.end, X.clamp(1000)], [100, 5, 10, 150, 150]);
  assert.ok(X.holds(150) && !X.holds(152) && !X.holds(NaN) && Y.scale < 0);
});

test("ticks and their texts are plotly's", () => {
  const cases = [ // as plotly 4.1 wrote them
    [{ id: "x", length: 591, range: [0, 500] }, {}, "0 100 200 300 400 500"],
    [{ id: "x", length: 590, range: [0, 20000] }, {}, "0 5k 10k 15k 20k"],
    [{ id: "x", length: 533, range: [-5, 5] }, {}, "−4 −2 0 2 4"],
    [{ id: "y", length: 124.6, range: [-132.04, 139.66] }, { tickformat: "~g", nticks: 5 }, "−100 0 100"],
    [{ id: "y", length: 257, range: [0, 0.010526] }, { tickformat: "~g" }, "0 0.002 0.004 0.006 0.008 0.01"],
    [{ id: "y", length: 256, range: [-30.457, 3.4877], isLog: true }, { tickformat: "~g", dtick: 4 }, "1e−28 1e−24 1e−20 1e−16 1e−12 1e−8 0.0001 1"],
    [{ id: "y", length: 124.6, range: [2.1777, 4.4682], isLog: true }, { tickformat: "~g", nticks: 5 }, "200 500 1000 2000 5000 10000 20000"],
    [{ id: "y", length: 124.6, range: [-1.368, 3.5824], isLog: true }, { tickformat: "~g", nticks: 5 }, "0.1 1 10 100 1000"],
    [{ id: "y", length: 300, range: [0.1, 0.6], isLog: true }, { tickformat: "~g" }, "1.5 2 2.5 3 3.5"],
    [{ id: "y", length: 200, range: [0, 1] }, { tickvals: [-3, 0, 1], ticktext: ["a", "b", "c"] }, "b c"],
  ];
  for (const [axis, about, texts] of cases) assert.equal(write(axis, about), texts);
  assert.equal(write({ id: "x", length: 400, range: [0, 3e-7] }), "0 50n 100n 150n 200n 250n 300n");
});

test("a number is written as d3 writes ~g", () => {
  const cases = [[0, "0"], [100000, "100000"], [1e6, "1e+6"], [1e-5, "0.00001"], [1e-7, "1e−7"], [-1.5, "−1.5"], [0.30000000000000004, "0.3"], [1234567, "1.23457e+6"]];
  for (const [value, text] of cases) assert.equal(formatGeneral(value), text);
});

test("panels stand in their grid where plotly sets them, and lines keep off the ends of their axis", () => {
  const layout = { grid: { rows: 3, columns: 2, ygap: 0.35, xgap: 0.1 }, xaxis: {}, yaxis: {}, xaxis4: { matches: "x" }, yaxis4: {} };
  const parts = { data: [{ x: [1, 500], y: [0, 9], xaxis: "x4", yaxis: "y4" }, { x: [0, 3], y: [5, 5] }], layout };
  const { places, paper } = layOut(parts, 700, 700, { theme: THEME });
  near(places.x4.start - paper.left, (paper.width * 1) / 1.9);
  near(places.x4.length, (paper.width * 0.9) / 1.9);
  near(places.y4.start - paper.top, paper.height / 2.65);
  const axes = makeAxes(parts, places);
  assert.deepEqual(axes.x.range, [0, 500]); // of all that match
  assert.deepEqual([axes.y4.range, axes.y.range], [[-0.5, 9.5], [4, 6]]);
  const toZero = { data: [{ x: [0, 1], y: [2, 19] }], layout: { yaxis: { rangemode: "tozero" } } };
  assert.deepEqual(makeAxes(toZero, layOut(toZero, 400, 300, { theme: THEME }).places).y.range, [0, 20]);
});

test("a line has gaps, holds its values, and is cut far from the picture", () => {
  assert.equal(readPath([[0, 1, 2, 3], [0, 1, NaN, 3]], X, Y), "M50,100 L60,90 M80,70");
  assert.equal(readPath([[0, 5], [0, 5]], X, Y, "hv"), "M50,100 L100,100 L100,50");
  assert.equal(readPath([[0, 10], [0, 1e30]], X, Y), "M50,100 L50,-10000");
  const log = makeAxis({ id: "y", start: 0, length: 100, range: [0, 2], isLog: true });
  assert.equal(readPath([[0, 1, 2], [1, 0, 100]], X, log), "M50,100 L60,1050 L70,0"); // 0 falls out below
  const many = Array.from({ length: 5000 }, (_, i) => i / 500), waves = many.map((_, i) => (i % 2 ? 10 : 0));
  const path = readPath([many, waves], X, Y);
  assert.ok(path.split(" ").length < 500 && path.includes(",0") && path.includes(",100"));
});

test("a figure is painted in plotly's geometry, without what is plotly's to draw", () => {
  const note = { text: '<span style="color:#f00">▲</span> A: off', x: 3, y: 1, yref: "paper", xanchor: "left", yanchor: "top" };
  const layout = { title: { text: "Loss" }, xaxis: { title: { text: "step" } }, yaxis: { range: [0, 10], tickformat: "~g" }, showlegend: true, annotations: [note], shapes: [{ xref: "paper", x0: 0, x1: 1, y0: 5, y1: 5, line: { width: 1 }, label: { text: "target" } }] };
  const data = [{ x: [0, 250, 500], y: [1, 2, 3], name: "Adam", meta: { run: 0 }, line: { color: "#00f", width: 2 } }, { x: [0], y: [1], visible: "legendonly", meta: { run: 1 } }];
  const pen = makePen(), places = { x: { start: 85, length: 591 }, y: { start: 48, length: 256 } };
  const picture = paintFigure(pen, { data, layout }, { places, width: 700, height: 420, theme: THEME });
  const texts = Object.fromEntries(pen.calls.filter(([name]) => name === "fillText").map(([, text, x, y]) => [text, [x, y]]));
  texts["100"].forEach((each, i) => near(each, [203.2 - 12, 325.6][i])); // measured in plotly's figure
  assert.deepEqual([texts.Loss, texts.target[1], texts["▲"][0]], [[85, 12 + 0.7 * 16], 48 + 128 - 5, picture.axes.x.toPixel(3) + 2]);
  assert.equal(texts.Adam, undefined);
  assert.deepEqual(picture.traces.map(({ run }) => run), [0]);
  const own = makePen();
  assert.equal(paintFigure(own, { data, layout }, { width: 390, height: 300, theme: THEME }).legend.length, 1);
  assert.ok(own.calls.some(([name, text]) => name === "fillText" && text === "Adam"));
});

test("marked texts are told apart", () => {
  assert.deepEqual(parseText('a<br><span style="color:#f00">▲</span> b &lt; c'), [[{ text: "a", color: undefined }], [{ text: "▲", color: "#f00" }, { text: " b < c", color: undefined }]]);
  assert.equal(fitText("a long title", 60, 10, (text, size) => 0.6 * size * text.length), "a long ti…".slice(0, 9).trimEnd() + "…");
});

const makeHeights = (size, of) => ({ columns: size, rows: size, values: Float64Array.from({ length: size * size }, (_, i) => of((i % size) / (size - 1), Math.floor(i / size) / (size - 1))) });

test("lines of equal height run where the height is", () => {
  const heights = makeHeights(81, (x, y) => Math.hypot(x - 0.5, y - 0.5)), found = traceIsolines(heights, { start: 0.2, end: 0.4, size: 0.2 });
  let length = 0;
  for (let i = 0; i < found.length; i += 4) {
    const [x0, y0, x1, y1] = Array.from(found.subarray(i, i + 4), (each) => each / 80), far = Math.hypot(x0 - 0.5, y0 - 0.5);
    assert.ok(Math.min(Math.abs(far - 0.2), Math.abs(far - 0.4)) < 1e-3);
    length += Math.hypot(x1 - x0, y1 - y0);
  }
  near(length, 2 * Math.PI * 0.6, 0.01);
  heights.values.fill(NaN, 0, 41 * 81); // all below the middle
  assert.ok(traceIsolines(heights, { start: 0.2, end: 0.4, size: 0.2 }).every((each, i) => i % 2 === 0 || each >= 41));
  assert.equal(traceIsolines(makeHeights(5, () => 1), { start: 0, end: 3, size: 1 }).length, 0);
  for (const above of Array.from({ length: 16 }, (_, i) => i)) { // a line enters a cell and leaves it
    const corners = [0, 1, 3, 2].map((bit) => (above >> bit) & 1);
    const cell = traceIsolines({ columns: 2, rows: 2, values: corners }, { start: 0.5, end: 0.5, size: 1 });
    assert.equal(cell.length, above === 0 || above === 15 ? 0 : above === 5 || above === 10 ? 8 : 4);
    assert.ok(cell.every((each) => each >= 0 && each <= 1));
  }
});

test("pixels have the color of the number between the grid's points; gaps stay clear", () => {
  const heights = { columns: 3, rows: 2, values: [0, 1, NaN, 0, 1, 1] }, pixels = new Uint32Array(8), table = makeTable(THEME.losses);
  fillRaster(pixels, 4, 2, heights, { from: 0, step: 0.45 }, { from: 0.5, step: 2 }, table, { low: 0, high: 1 });
  assert.deepEqual([table[0], table.at(-1)], [toPixel([255, 255, 255]), toPixel(readColor("#b0c0d2"))]);
  assert.deepEqual([...pixels.subarray(0, 3)], [0, 460, 921].map((shade) => table[shade]));
  assert.equal(pixels[3], 0); // beside a gap
  assert.ok(pixels.slice(4).every((each) => each === 0)); // outside
});

test("a map with equal scales has the ratio of its window, in the middle of its rectangle", () => {
  const places = { x: { start: 50, length: 800 }, y: { start: 20, length: 300 } };
  assert.deepEqual(fitPlaces(places, 2), { x: { start: 150, length: 600 }, y: { start: 20, length: 300 } });
  assert.deepEqual(fitPlaces(places, 4), { x: { start: 50, length: 800 }, y: { start: 70, length: 200 } });
  const parts = { data: [], layout: { xaxis: { range: [0, 4] }, yaxis: { range: [0, 2] } } }, { places: { x, y } } = layOut(parts, 900, 400, { theme: THEME, ratio: 2 });
  near(x.length / 4, y.length / 2);
  assert.deepEqual([[0, 1], [0, 0.4], [0, 9]].map((side) => hasEqualScales([side, [0, 1]])), [true, false, false]);
  assert.ok(hasEqualScales([[0, 9], [0, 1]], ["equal"]) && !hasEqualScales([[0, 1], [0, 1]], ["stretched"]));
});

const BOX = shapeBox({ width: 400, height: 400 });

test("the box of a landscape with its labels fills a picture of any shape and is not cropped, also when it is turned", () => {
  const room = { beside: 54, above: 10, below: 50 };
  for (const [width, height] of [[1000, 470], [700, 450], [460, 400], [374, 300], [374, 480], [1400, 520]]) {
    const frame = { left: 0, top: 0, width, height }, box = shapeBox(frame);
    const measure = (camera) => {
      const { project } = makeProjection(camera, box, frame), signs = [-1, 1];
      const corners = signs.flatMap((x) => signs.flatMap((y) => signs.map((z) => project(x * box[0], y * box[1], z * box[2]))));
      const [xs, ys] = [0, 1].map((i) => corners.map((corner) => corner[i]));
      return [Math.min(...xs), width - Math.max(...xs), Math.min(...ys), height - Math.max(...ys)];
    };
    for (let turn = 0; turn < 7; turn += 0.3) {
      const [left, right, top, bottom] = measure({ ...CAMERA, turn });
      assert.ok(left >= room.beside - 1e-6 && right >= room.beside - 1e-6 && top >= room.above - 1e-6 && bottom >= room.below - 1e-6, `${width} ${turn}`);
    }
    const [left, right, top, bottom] = measure(CAMERA), wide = width - left - right, tall = height - top - bottom;
assert.ok(Math.min(left - room.beside, right - room.beside, top - room.above, bottom - room.below) < 1, `${width} ${height}`);
    assert.ok(wide * tall > 0.34 * width * height, `${width} ${height}: ${(wide * tall) / width / height}`);
  }
});

test("a camera is turned round to where it was, and never below the ground", () => {
  const frame = { left: 0, top: 0, width: 400, height: 400 }, { project, eye } = makeProjection(CAMERA, BOX, frame);
  const [, , middle] = standBack(CAMERA, BOX, frame).center;
  near(project(0, 0, middle)[0], 200);
  near(project(0, 0, middle)[1], 200);
  assert.ok(project(eye[0], eye[1], 0)[2] > project(-eye[0], -eye[1], 0)[2]);
  assert.ok(project(0, 0, BOX[2])[1] < project(0, 0, -BOX[2])[1]);
  const round = turnCamera(CAMERA, (2 * Math.PI) / 0.008, 0), again = makeProjection(round, BOX, frame).project(0.3, 0.2, 0.1);
  project(0.3, 0.2, 0.1).forEach((each, i) => near(again[i], each, 1e-6));
  assert.ok(turnCamera(CAMERA, 0, -1e5).tilt > 0 && turnCamera(CAMERA, 0, 1e5).tilt < Math.PI / 2 && zoomCamera(CAMERA, 1e9).zoom < 10);
});

test("what stands behind a hill is less near than the hill before it", () => {
  const heights = makeHeights(41, (x, y) => Math.exp(-(((y - 0.5) / 0.1) ** 2))), mesh = makeMesh(heights, { low: 0, high: 1 }, BOX);
  const [width, height] = [200, 160], image = { width, height, pixels: new Uint8ClampedArray(4 * width * height), nearness: new Float32Array(width * height) };
  const { project } = makeProjection({ turn: -Math.PI / 2, tilt: 0.2, zoom: 1 }, BOX, { left: 0, top: 0, width, height });
  fillMesh(image, mesh, project, THEME, { start: 0, end: 1, size: 0.25 });
  const isSeen = (point) => { const [x, y, nearness] = project(...point); return nearness >= 0.985 * image.nearness[Math.floor(y) * width + Math.floor(x)]; };
  assert.ok(isSeen([0, -0.4, -BOX[2]]) && isSeen([0, 0, BOX[2]]) && !isSeen([0, 0.3, -BOX[2]]));
  assert.equal(image.pixels[4 * (Math.floor(project(0, -0.3, -BOX[2])[1]) * width + 100) + 3], 255);
  mesh.value.fill(NaN);
  fillMesh(image, mesh, project, THEME, { start: 0, end: 1, size: 0.25 });
  assert.ok(image.pixels.every((each) => each === 0));
});

test("the nearest point of a run is found with its step, past gaps and on columns that begin late", () => {
  const runs = [{ step: [0, 1, 2, 3], label: "Adam", color: "#00f" }, { step: [0, 1, 2], label: "SGD", color: "#f00" }];
  const lines = [[{ x: [0, 1, 2, 3], y: [0, NaN, 8, 8] }, 0], [{ x: [1, 2], y: [5, 5] }, 1]];
  const traces = lines.map(([columns, run]) => ({ trace: { ...columns, meta: { run } }, run, xaxis: X, yaxis: Y }));
  const find = (x, y, about) => findNearest({ traces }, x, y, { runs, ...about });
  assert.deepEqual((({ run, row, step, y, label }) => ({ run, row, step, y, label }))(find(69, 52)), { run: 1, row: 2, step: 2, y: 5, label: "SGD" });
  assert.equal(find(71, 25).run, 0);
  assert.equal(find(140, 50), null);
  assert.equal(find(52, 60, { reach: 5 }), null);
  const long = { trace: { x: [0, 10], y: [0, 10], meta: { run: 0 } }, run: 0, xaxis: X, yaxis: Y };
  assert.equal(findNearest({ traces: [long] }, 103, 46).row, 1); // far from both points, near the line
  assert.equal(findNearest({ traces: [{ ...long, trace: { x: [], y: [], meta: {} } }] }, 101, 52), null);
  assert.equal(find(69, 52, { isShown: (run) => run === 0, reach: 40 }).run, 0);
});

test("a loss is read between the grid's points", () => {
  const grid = { x: [0, 2], y: [0, 1], loss: [0, 2, 4, 6] };
  assert.deepEqual([readLoss(grid, 1, 0.5), readLoss(grid, 2, 1), readLoss(grid, 0, 0)], [3, 6, 0]);
  assert.ok(Number.isNaN(readLoss(grid, 3, 0)) && Number.isNaN(readLoss({ ...grid, loss: [0, NaN, 4, 6] }, 1, 0.5)));
});
