import assert from "node:assert/strict";
import { test } from "node:test";
import { findEnds, openCurves, orderCoarsely, signCurve } from "../../optviz/javascript/rates.js";
import { findDot, frameLosses, placeLoss, spellLoss } from "../../optviz/views/drawing/rate_curves.js";

/* A bowl x^2 + y^2, of which the steps are counted, and gradient descent. */
function makeCase(rules = 1) {
  const counts = { grads: 0 };
  const modules = {
    bowl: {
      parameters: {}, value: (x, y) => x * x + y * y,
      grad: (x, y) => { counts.grads += 1; return [x * x + y * y, 2 * x, 2 * y]; },
    },
    sgd: { settings: { lr: 0.1 }, init: () => ({}), update: (params, grad, _, { lr }) => { for (let i = 0; i < 2; i++) params[i] -= lr * grad[i]; } },
  };
  const rule = { on: true, module: "sgd", kind: "sgd", settings: { lr: 0.1 }, rates: [1e-5, 1], decay: null, schedule: null, maximize: false };
  const problem = { module: "bowl", parameters: {}, home: [1, 1], window: [[-2, 2], [-2, 2]], starts: [], isTyped: false };
  const experiment = { problem, steps: 20, noise: 0, seed: 0, samples: null, start: [1, 1], rules: Array.from({ length: rules }, () => rule) };
  return { counts, modules, experiment };
}

const setLr = (experiment, place, lr) => ({
  ...experiment, rules: experiment.rules.map((rule, i) => (i === place ? { ...rule, settings: { ...rule.settings, lr } } : rule)),
});

test("every eighth rate comes first, then those between, each once", () => {
  const order = orderCoarsely(49);
  assert.deepEqual(order.slice(0, 7), [0, 8, 16, 24, 32, 40, 48]);
  assert.deepEqual([...order].sort((a, b) => a - b), [...Array(49).keys()]);
});

test("nothing is measured again while a hand moves a learning rate", () => {
  const { counts, modules, experiment } = makeCase(), curves = openCurves();
  curves.set(experiment, modules);
  while (!curves.work(Infinity));
  const before = counts.grads, points = curves.read()[0].points;
  assert.ok(before > 49 * 19);
  for (const lr of [0.2, 0.001, 0.9]) {
    curves.set(setLr(experiment, 0, lr), modules);
    assert.ok(curves.work(Infinity));
  }
  assert.equal(counts.grads, before);
  assert.equal(curves.read()[0].points, points);
});

test("only the optimizer that changes is measured again, and the others stay", () => {
  const { modules, experiment } = makeCase(3), curves = openCurves();
  curves.set(experiment, modules);
  while (!curves.work(Infinity));
  const before = curves.read().map(({ points }) => points);
  const changed = { ...experiment, rules: experiment.rules.map((rule, i) => (i === 1 ? { ...rule, decay: { kind: "l2", value: 0.1 } } : rule)) };
  curves.set(changed, modules);
  assert.equal(curves.isDone, false);
  while (!curves.work(Infinity));
  const after = curves.read().map(({ points }) => points);
  assert.deepEqual(after.map((each, i) => each === before[i]), [true, false, true]);
});

test("the work ends when its time is over, and the old curve is seen until the new one has a shape", () => {
  let now = 0;
  const { modules, experiment } = makeCase(2), curves = openCurves(() => (now += 0.05));
  curves.set(experiment, modules);
  while (!curves.work(Infinity));
  const old = curves.read()[0].points;
  curves.set({ ...experiment, start: [0.5, 0.5] }, modules);
  assert.equal(curves.work(now + 0.5), false);
  assert.deepEqual(curves.read().map(({ isStale, points }) => [isStale, points.length > 40]), [[true, true], [true, true]]);
  assert.equal(curves.read()[0].points, old);
  curves.work(now + 4);
  const { isStale, points } = curves.read()[0];
  assert.equal(isStale, false);
  assert.ok(points.length >= 7 && points.length < 49, "a coarse curve");
  curves.set({ ...experiment, start: [0.25, 0.5] }, modules); // cancels what was under way
  while (!curves.work(Infinity));
  assert.ok(curves.read().every((each) => !each.isStale && each.points.length >= 49 && each.first === 0.3125));
});

test("an optimizer that is off, or whose rule has no lr, has no curve", () => {
  const { modules, experiment } = makeCase(2), curves = openCurves();
  const [first, second] = experiment.rules;
  curves.set({ ...experiment, rules: [{ ...first, on: false }, { ...second, rates: null, settings: {} }] }, modules);
  assert.ok(curves.work(Infinity));
  assert.deepEqual(curves.read(), []);
});

test("where no module knows a derivative the curve has gaps and says so", () => {
  const { modules, experiment } = makeCase(), curves = openCurves(), { grad } = modules.bowl;
  modules.bowl.grad = (x, y) => (Math.abs(x) < 0.5 ? null : grad(x, y));
  curves.set(experiment, modules);
  while (!curves.work(Infinity));
  const [{ isKnown, points }] = curves.read();
  assert.equal(isKnown, false);
  assert.ok(Number.isNaN(points.at(-20).final) && Number.isFinite(points[0].final));
});

test("the rates go on to the power of ten beyond one that is set outside the slider", () => {
  const { experiment } = makeCase(), ends = (lr) => findEnds(setLr(experiment, 0, lr).rules[0]);
  assert.deepEqual(ends(0.5), [1e-5, 1]);
  assert.deepEqual(ends(30), [1e-5, 100]);
  assert.deepEqual(ends(2e-7).map((each) => Number(each.toPrecision(6))), [1e-7, 1]);
  assert.notEqual(signCurve(experiment, experiment.rules[0]), signCurve(experiment, setLr(experiment, 0, 30).rules[0]));
});

const makeCurve = (final, first = 2) => ({ first, final, best: final, own: { final: final[0], best: final[0] }, ends: [1e-5, 1], rates: [1e-5, 1], lr: 0.1 });

test("what diverged stands in a band at the top, each curve at a height of its own", () => {
  const curves = [makeCurve([1e-8, Infinity]), makeCurve([1, 1e30])], frame = frameLosses(curves, "final", null);
  assert.equal(frame.log, true);
  const heights = curves.map((_, i) => Math.log10(placeLoss([Infinity, 1e30][i], i, 2, frame)));
  assert.ok(heights[0] !== heights[1] && heights.every((each) => each > Math.log10(frame.most) && each < frame.range[1]));
  assert.equal(placeLoss(3, 0, 2, frame), 3);
  assert.ok(Number.isNaN(placeLoss(NaN, 0, 2, frame)));
});

test("a loss that falls for ever leaves the picture, and the others keep theirs", () => {
  const frame = frameLosses([makeCurve([1, -3, -5, -1e30, Infinity])], "final", null);
  assert.equal(frame.log, false);
  assert.ok(frame.range[0] > -100 && frame.range[0] < -5, String(frame.range));
});

test("a dot out of sight stands at the edge of the frame", () => {
  const axis = (start, end, toPixel) => ({ start, end, toPixel, clamp: (at) => Math.min(Math.max(at, start), end) });
  const x = axis(0, 100, (lr) => 100 + 20 * Math.log10(lr)), y = axis(0, 50, (loss) => (loss > 0 ? 25 - 5 * Math.log10(loss) : NaN));
  const curves = [makeCurve([1e-40])], picture = { drawn: { axes: { x, y }, frame: frameLosses(curves, "final", null) }, shown: curves, now: {} };
  assert.deepEqual(findDot(picture, curves[0]), [80, 50]);
  assert.deepEqual(findDot(picture, { ...curves[0], lr: 0, own: { final: 0 } }), [0, 50]);
});

test("a loss is told, or why there is none", () => {
  const told = [0.0123456, 1e30, Infinity, NaN].map((loss) => spellLoss(loss, { most: 20 }));
  assert.deepEqual(told, ["0.01235", "1e30, off the chart", "diverged", "no derivative on the way"]);
});
