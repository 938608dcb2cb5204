import assert from "node:assert/strict";
import { test } from "node:test";
import { findRun, keepSurface, projectRow, readAxes, readTraces } from "../../optviz/views/drawing/plotly.js";

const linear = (offset, length, low, high) => ({
  _id: "x", _offset: offset, _length: length,
  d2l: Number,
  l2p: (value) => ((value - low) / (high - low)) * length,
  p2d: (pixel) => low + (pixel / length) * (high - low),
});
const figure = (extra = {}) => ({ _fullLayout: { xaxis: linear(50, 200, 0, 10), yaxis: linear(20, 100, 5, 0), xaxis2: linear(300, 50, 0, 1), yaxis2: linear(0, 50, 0, 1), ...extra } });

test("an axis goes from value to pixel and back", () => {
  const { xaxis, yaxis } = readAxes(figure());
  assert.equal(xaxis.toPixel(5), 150);
  assert.equal(xaxis.toValue(150), 5);
  assert.equal(xaxis.scale, 20);
  assert.ok(yaxis.scale < 0);
  assert.equal(xaxis.clamp(1000), 250);
  assert.ok(xaxis.holds(250) && !xaxis.holds(252) && !xaxis.holds(NaN));
});

test("no axes before the figure is drawn", () => {
  assert.equal(readAxes(null), null);
  assert.equal(readAxes({}), null);
  assert.equal(readAxes({ _fullLayout: {} }), null);
});

test("only visible traces of runs are read, each with its own axes", () => {
  const div = figure();
  div._fullData = [
    { meta: { run: 0 }, visible: true }, { meta: { run: 1 }, visible: "legendonly" },
    { visible: true }, { meta: { run: 2 }, visible: true, xaxis: "x2", yaxis: "y2" },
  ];
  assert.deepEqual(readTraces(div).map(({ run, xaxis }) => [run, xaxis.start]), [[0, 50], [2, 300]]);
});

test("a node stands for the run of its trace", () => {
  assert.equal(findRun({ __data__: [{ trace: { meta: { run: 3 } } }] }), 3);
  assert.equal(findRun({}), undefined);
});

test("a row of a scene is projected to the pixel where the camera sees it", () => {
  const one = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], half = one.map((v, i) => (i === 15 ? 2 : v));
  const axis = { d2l: Number };
  const scene = {
    glplot: { cameraParams: { model: one, view: one, projection: half } },
    fullSceneLayout: { xaxis: axis, yaxis: axis, zaxis: axis, domain: { x: [0, 1], y: [0, 1] } },
    fullLayout: { _size: { l: 10, t: 20, w: 100, h: 200 } }, dataScale: [1, 1, 1],
  };
  const trace = { x: [0, 1], y: [0, 1], z: [0, 0] };
  assert.deepEqual(projectRow(figure({ scene: { _scene: scene } }), trace, 0), [60, 120]);
  assert.deepEqual(projectRow(figure({ scene: { _scene: scene } }), trace, 1), [85, 70]);
  assert.equal(projectRow(figure({ scene: { _scene: {} } }), trace, 0), null);
});

test("the surface's layer is put back once, also where the whole figure was taken away", () => {
  let changed = null, prepended = 0;
  globalThis.MutationObserver = class {
    constructor(act) { changed = act; }
    observe() {}
    disconnect() { changed = null; }
  };
  const around = { isConnected: false, prepend(node) { prepended++; node.parentNode = around; } };
  const layer = { isConnected: false, parentNode: around };
  const release = keepSurface({ querySelector: () => layer });
  layer.parentNode = null; // plotly takes it away
  for (let i = 0; i < 3; i++) changed(); // each time that it is put back is a change as well
  assert.equal(prepended, 1);
  release();
  assert.equal(changed, null);
});
