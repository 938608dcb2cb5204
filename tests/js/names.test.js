import assert from "node:assert/strict";
import { test } from "node:test";
import { makeAxis } from "../../optviz/views/drawing/canvas/axis.js";
import { drawNames, nameCurves, shortenLabels } from "../../optviz/views/drawing/names.js";

const THEME = { page: "#ffffff", text: "#212529", font: "sans-serif" };
const AREA = { left: 0, top: 0, right: 400, bottom: 200 };
const LOOK = { color: "#405df8", symbol: "circle" };
const line = (label, ...points) => ({ label, ...LOOK, points, end: points.at(-1) });
const overlap = (one, other) => one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;

/* A pen of letters 7 pixels wide, which writes down the texts. */
function makePen() {
  const texts = [];
  return new Proxy({ texts, measureText: (text) => ({ width: 7 * text.length }), fillText: (text) => texts.push(text) }, {
    get: (known, name) => known[name] ?? (() => {}),
  });
}

test("a run is named by as many words as tell it from the others", () => {
  assert.deepEqual(shortenLabels(["SGD lr=0.1", "Adam lr=0.1"]), ["SGD", "Adam"]);
  assert.deepEqual(shortenLabels(["SGD lr=0.1 l2=1", "SGD lr=0.2", "Adam lr=1 wd=2"]), ["SGD lr=0.1", "SGD lr=0.2", "Adam"]);
  assert.deepEqual(shortenLabels(["SGD lr=0.1 l2=1", "SGD lr=0.1 l2=2"]), ["SGD lr=0.1 l2=1", "SGD lr=0.1 l2=2"]);
});

test("names stand in the picture, clear of each other, of ends and of what is to be avoided", () => {
  const avoid = [{ left: 290, top: 80, right: 400, bottom: 110 }], pen = makePen();
  const lines = [line("SGD lr=1", [0, 20], [400, 100]), line("Adam lr=1", [0, 30], [400, 104]), line("RMSProp lr=1", [0, 40], [399, 190])];
  const boxes = drawNames(pen, lines, { area: AREA, theme: THEME, avoid });
  assert.deepEqual(pen.texts, ["SGD", "Adam", "RMSProp"]);
  for (const [i, box] of boxes.entries()) {
    assert.ok(box.left >= 0 && box.top >= 0 && box.right <= 400 && box.bottom <= 200);
    for (const other of [...boxes.slice(i + 1), ...avoid]) assert.ok(!overlap(box, other));
  }
});

test("a name without room is left out, and so is that of a line that ends elsewhere", () => {
  const crowd = Array.from({ length: 4000 }, (_, i) => [(i % 80) * 5, Math.floor(i / 80) * 4]), pen = makePen();
  drawNames(pen, [line("SGD lr=1", ...crowd, [200, 100])], { area: AREA, theme: THEME });
  drawNames(pen, [line("Adam lr=1", [0, 0], [500, 100])], { area: AREA, theme: THEME });
  assert.deepEqual(pen.texts, []);
});

test("a curve's name is clear of the target and ends with its last finite value", () => {
  const xaxis = makeAxis({ id: "x", start: 0, length: 400, range: [0, 3] }), yaxis = makeAxis({ id: "y", start: 0, length: 200, range: [0, 10] });
  const trace = { x: [0, 1, 2, 3], y: [9, 7, 5, NaN] }, runs = [{ label: "SGD lr=1", ...LOOK }];
  const [box] = nameCurves(makePen(), [{ run: 0, trace, xaxis, yaxis }], runs, { theme: THEME, target: 5 });
  assert.ok(Math.abs(box.left - 400 * 2 / 3) < 60, `${box.left}`);
  const later = nameCurves(makePen(), [{ run: 0, trace: { x: [0, 3], y: [9, 5.2] }, xaxis, yaxis }], runs, { theme: THEME, target: 5 });
  assert.ok(later[0].bottom <= 80 || later[0].top >= 102 || later[0].right <= 290, JSON.stringify(later));
});
