import assert from "node:assert/strict";
import { test } from "node:test";
import { nameKey, readKeymap } from "../../apps/optviz_app/assets/common/keymap.js";
import { compareCells, readCell, roundToUnit, shorten, spell } from "../../optviz/views/drawing/numbers.js";
import { formatLosses } from "../../optviz/views/drawing/result_table.js";
import { PATIENCE, askPatiently, readRest } from "../../apps/optviz_app/assets/common/patience.js";
import { Past, addStep, findQuery, readQuery, writeSearch } from "../../apps/optviz_app/assets/common/query.js";
import { findNearestRow, measureToPiece } from "../../optviz/views/drawing/nearest.js";

test("numbers are shortened with a true minus", () => {
  assert.equal(shorten(-0.123456789), "−0.123457");
  assert.equal(shorten(1.5e-7), "1.5000e−7");
  assert.equal(shorten(123456789), "1.2346e8");
  assert.equal(shorten(0), "0");
});

test("a slider tells as many digits as it can be set to", () => {
  assert.equal(spell(0.012345, true), "0.012");
  assert.equal(spell(0.90009, false), "0.9001");
  assert.equal(roundToUnit(1.23456, 0.02), 1.23);
  assert.equal(roundToUnit(1234.5, 30), 1235);
});

test("cells are ordered with what is missing last either way and numbers before texts", () => {
  const cells = ["–", "b", "1,200", "not finite", "−3 (best −9)", "a"].map(readCell);
  const sort = (down) => [...cells].sort((a, b) => compareCells(a, b, down));
  assert.deepEqual(sort(false), [-3, 1200, "a", "b", null, null]);
  assert.deepEqual(sort(true), [1200, -3, "b", "a", null, null]);
});

test("final and best loss share a cell, which tells the best one where it is another", () => {
  assert.equal(formatLosses({ "final loss": 0.5, "best loss": 0.5 }), "0.5");
  assert.equal(formatLosses({ "final loss": 0.5, "best loss": 0.25 }), "0.5 (best 0.25)");
  assert.equal(formatLosses({ "final loss": null, "best loss": null }), "–");
});

test("keys are named as the table of keys names them", () => {
  const name = (key, held = {}) => nameKey({ key, ...held });
  assert.equal(name(" "), "Space");
  assert.equal(name("?", { shiftKey: true }), "?");
  assert.equal(name("E", { shiftKey: true }), "Shift+e");
  assert.equal(name("Z", { ctrlKey: true, shiftKey: true }), "Ctrl+Shift+z");
  assert.equal(name("z", { metaKey: true }), "Ctrl+z");
  assert.equal(name("ArrowLeft", { shiftKey: true }), "Shift+ArrowLeft");
  assert.equal(readKeymap('[{"key": "Space", "press": "play"}]').get("Space"), "play");
});

test("the step is in a link unless the runs end there", () => {
  assert.equal(addStep("problem=booth&at=7", 3, 40), "problem=booth&at=3");
  assert.equal(addStep("problem=booth&at=7", 40, 40), "problem=booth");
  assert.equal(addStep("", 0, 40), "at=0");
  assert.equal(writeSearch(""), "");
  assert.equal(writeSearch("a=1"), "?a=1");
  assert.equal(readQuery("?a=1"), "a=1");
  assert.equal(readQuery(null), "");
});

test("undo and redo walk along what was shown, and another query forgets what was undone", () => {
  const past = new Past();
  assert.equal(past.look(0), undefined);
  for (const query of ["a", "b", "b", "c"]) past.visit(query);
  assert.deepEqual([past.look(-2), past.look(-1), past.look(0), past.look(1)], ["a", "b", "c", undefined]);
  past.visit("b");
  assert.deepEqual([past.look(0), past.look(1)], ["b", "c"]);
  past.visit("d");
  assert.deepEqual(past.queries, ["a", "b", "d"]);
  assert.equal(past.look(1), undefined);
});

test("the query of an answer is found, and none where the answer has none", () => {
  assert.equal(findQuery('{"multi":true,"response":{"surfaces-query":{"data":"rule=sgd:lr=0.1&f=\\"x\\\\"},"race":{"data":{}}}}'), 'rule=sgd:lr=0.1&f="x\\');
  assert.equal(findQuery('{"response": {"workbook-query": {"data": "tab=adam"}}}'), "tab=adam");
  assert.equal(findQuery('{"response":{"surfaces-query":{"data":""}}}'), "");
  assert.equal(findQuery('{"response":{"race":{"data":{"query":"rule=sgd"}}}}'), undefined);
  assert.equal(findQuery(""), undefined);
});

test("undo and redo pressed together lead where they lead one by one", () => {
  const past = new Past();
  for (const query of ["a", "b", "c"]) past.visit(query);
  assert.deepEqual([1, -1, -1, -1, 1].map((by) => past.go(by)), [undefined, "b", "a", undefined, "b"]);
  past.visit("b");
  assert.deepEqual([past.place, past.aim, past.look(1)], [1, null, "c"]);
  past.visit("d");
  assert.deepEqual([past.look(-1), past.look(0), past.look(1)], ["b", "d", undefined]);
});

test("presses of undo count from where the ones before lead, though nothing is shown yet", () => {
  const past = new Past();
  for (const query of ["a", "b", "c", "d", "e"]) past.visit(query);
  assert.deepEqual([past.go(-1), past.go(-1), past.go(-1), past.go(-1), past.go(-1)], ["d", "c", "b", "a", undefined]);
  past.visit("c"); // a page on the way is shown late
  assert.deepEqual([past.look(0), past.look(-1)], ["a", undefined]);
  past.visit("a");
  assert.deepEqual([past.place, past.aim, past.look(1)], [0, null, "b"]);
  assert.deepEqual([past.go(1), past.go(1), past.go(-1)], ["b", "c", "b"]);
  past.visit("f"); // an edit after all
  assert.deepEqual(past.queries, ["a", "f"]);
});

test("the nearest row of a line is the nearer end of its nearest piece", () => {
  assert.equal(measureToPiece([5, 3], [0, 0], [10, 0]), 3);
  assert.equal(measureToPiece([-4, 3], [0, 0], [10, 0]), 5);
  assert.equal(measureToPiece([3, 4], [0, 0], [0, 0]), 5);
  assert.deepEqual(findNearestRow([[0, 0], [10, 0], [10, 10]], [9, 1]), { far: 1, row: 1 });
  assert.deepEqual(findNearestRow([[0, 0]], [3, 4]), { far: 5, row: 0 });
  assert.equal(findNearestRow([], [0, 0]).far, Infinity);
});

const busy = { status: 503, headers: new Headers({ "Retry-After": "2" }) }, fine = { status: 200, headers: new Headers() };

test("a busy server is asked again after a rest, and its answer is returned", async () => {
  const answers = [busy, busy, fine], rests = [];
  const answer = await askPatiently(async () => answers.shift(), async (rest) => { rests.push(rest); });
  assert.equal(answer, fine);
  assert.equal(rests.length, 2);
  for (const rest of rests) assert.ok(rest >= 1500 && rest <= 2500);
});

test("a server that stays busy is given up, and other refusals at once", async () => {
  let asked = 0;
  assert.equal(await askPatiently(async () => { asked += 1; return busy; }, async () => {}), busy);
  assert.equal(asked, PATIENCE);
  assert.equal(readRest({ status: 503, headers: new Headers() }), 0);
  assert.equal(readRest({ status: 429, headers: new Headers({ "Retry-After": "2" }) }), 0);
});
