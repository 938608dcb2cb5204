import assert from "node:assert/strict";
import { test } from "node:test";
import { findFault } from "../../apps/optviz_app/assets/pages/surfaces/compare.js";
import { readNumbers, setNumber } from "../../apps/optviz_app/assets/pages/surfaces/edits.js";

/* ---- runs made here against those of the server ---- */
const makeRun = (change = {}) => ({ label: "SGD lr=0.1", step: [0, 1, 2, 3], x: [1, 2, 3, 4], y: [0, 0, 0, 0], losses: [9, 4, 1, 0.5], ...change });
const compare = (mine, theirs) => findFault([makeRun(mine)], [makeRun(theirs)]);

test("equal runs have no fault, nor has a last digit", () => {
  assert.equal(compare({}, {}), "");
  assert.equal(compare({ x: [1, 2 + 4e-16, 3, 4] }, {}), "");
  assert.equal(compare({ x: [1, NaN, 3, 4] }, { x: [1, NaN, 3, 1e40 * Infinity] }), "");
});

test("a last digit of what has fallen to nothing is none of what began large", () => {
  assert.equal(compare({ y: [0, 4, 1e-17, 3e-17] }, { y: [0, 4, 2e-17, 1e-17] }), "");
});

test("a difference that grows from a last digit is a chaotic path", () => {
  const grown = Array.from({ length: 12 }, (_, i) => 1 + 3e-16 * 500 ** i), flat = grown.map(() => 1);
  const [steps, zeros] = [grown.map((_, i) => i), grown.map(() => 0)];
  const make = (x) => [makeRun({ step: steps, x, y: zeros, losses: zeros })];
  assert.equal(findFault(make(grown), make(flat)), "");
});

test("a difference that is there at once is a fault, at its step", () => {
  assert.equal(compare({ y: [0, 0, 1e-9, 1e-9] }, {}), "SGD lr=0.1 at step 2");
  assert.equal(compare({ losses: [9, 4, 1, 0.500001] }, {}), "SGD lr=0.1 at step 3");
  assert.equal(compare({ x: [1.001, 2, 3, 4] }, {}), "SGD lr=0.1 at step 0");
});

test("another label, end or number of runs is a fault", () => {
  assert.match(compare({ label: "SGD lr=0.2" }, {}), /is called/);
  assert.match(compare({ x: [1], y: [0], losses: [9] }, {}), /another step/);
  assert.match(findFault([makeRun()], []), /1 runs and not 0/);
});

/* ---- numbers by their controls ---- */
const DOMAIN = { low: 0, lowOpen: true, high: null, highOpen: true, isWhole: false };
const makeRule = () => ({
  module: "a", on: true, settings: { lr: 0.1, beta1: 0.9, damped: false }, domain: { lr: DOMAIN, beta1: { ...DOMAIN, lowOpen: false, high: 1 } },
  structural: ["damped", "beta1"], decay: { kind: "wd", value: 0.1 },
  schedule: { name: "step", module: "s", settings: { every: 10, factor: 0.5, steps: null }, domain: { every: { ...DOMAIN, isWhole: true } } },
});
const makeExperiment = (more = {}) => ({
  problem: { module: "p", parameters: { a: 2 } }, start: [0, 0], also: [], steps: 100, noise: 0, seed: 0, samples: null, rules: [makeRule()],
  forks: [{ optimizer: 1, step: 20, rule: makeRule() }], pins: [], target: null, limits: { steps: 20000 }, ...more,
});
const card = (role, field, owner = "surfaces") => ({ role, field, owner, card: 0 });

test("every kind of number is set where its control says", () => {
  const experiment = makeExperiment();
  const given = [
    [card("hyper", "lr"), 0.3, () => experiment.rules[0].settings.lr], [card("hyper", "lr", "forks"), 0.4, () => experiment.forks[0].rule.settings.lr],
    [card("wd", ""), 0.2, () => experiment.rules[0].decay.value], [card("setting", "every"), 7, () => experiment.rules[0].schedule.settings.every],
    [{ role: "parameter", name: "a", log: 0 }, -3, () => experiment.problem.parameters.a],
    ["start-x", 1.5, () => experiment.start[0]], ["start-y", -2, () => experiment.start[1]], ["steps", 50, () => experiment.steps],
  ];
  for (const [id, value, read] of given) {
    const before = readNumbers(experiment);
    assert.equal(setNumber(experiment, id, value), true, JSON.stringify(id));
    assert.equal(read(), value);
    assert.notEqual(readNumbers(experiment), before);
  }
  assert.equal(setNumber(experiment, "start", [3, 4]), true);
  assert.deepEqual(experiment.start, [3, 4]);
});

test("what is refused, needs another module or is unknown is left to the server", () => {
  const experiment = makeExperiment(), before = readNumbers(experiment);
  const refused = [
    [card("hyper", "lr"), 0], [card("hyper", "lr"), -1], [card("hyper", "lr"), NaN], [card("hyper", "lr"), Infinity], [card("hyper", "beta1"), 1], [card("hyper", "beta1"), 0],
    [card("hyper", "damped"), 1], [card("hyper", "eps"), 1], [card("wd", ""), -1], [card("setting", "every"), 2.5], [card("setting", "steps"), 5],
    [{ role: "parameter", name: "b", log: 0 }, 1], ["steps", 0], ["steps", 10.5], ["steps", 20], ["steps", 20001], ["noise", 1], ["seed", 4], ["also", 1],
    [{ role: "rule", owner: "surfaces", card: 0, field: "" }, 1], [{ ...card("hyper", "lr"), card: 9 }, 0.1],
  ];
  for (const [id, value] of refused) assert.equal(setNumber(experiment, id, value), false, JSON.stringify([id, value]));
  assert.equal(readNumbers(experiment), before);
});

test("noise may change where there is some, and steps as far as there is noise for them", () => {
  const experiment = makeExperiment({ noise: 0.5, samples: { address: "/noise/0.f8", steps: 120 } });
  assert.equal(setNumber(experiment, "noise", 2), true);
  assert.equal(setNumber(experiment, "noise", 0), false);
  assert.equal(setNumber(experiment, "steps", 120), true);
  assert.equal(setNumber(experiment, "steps", 121), false);
});
