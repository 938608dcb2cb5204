import assert from "node:assert/strict";
import { test } from "node:test";
import { countLate, findRow, findTraceRow, spellNumber, unpackColumn } from "../../optviz/views/drawing/columns.js";

const pack = (array) => Buffer.from(array.buffer).toString("base64");

test("a typed-array spec is unpacked in its own type", () => {
  const spec = { dtype: "f8", bdata: pack(Float64Array.of(1.5, NaN, -2)) };
  assert.deepEqual(unpackColumn(spec), Float64Array.of(1.5, NaN, -2));
  assert.deepEqual(unpackColumn({ dtype: "i4", bdata: pack(Int32Array.of(7, -7)) }), Int32Array.of(7, -7));
});

test("what is no spec stays as it is, and nothing is an empty column", () => {
  const plain = [1, 2];
  assert.equal(unpackColumn(plain), plain);
  assert.deepEqual(unpackColumn(undefined), []);
});

test("a run stands at its last row that is not later", () => {
  const steps = [10, 11, 12];
  assert.equal(findRow(steps, 9.9), null);
  assert.deepEqual(findRow(steps, 10), { row: 0, part: 0 });
  assert.deepEqual(findRow(steps, 11.25), { row: 1, part: 0.25 });
  assert.deepEqual(findRow(steps, 99), { row: 2, part: 0 });
  assert.equal(findRow([], 0), null);
});

test("a thinned run is on its way from one row that it has to the next", () => {
  assert.deepEqual(findRow([0, 4, 8, 9], 6), { row: 1, part: 0.5 });
  assert.deepEqual(findRow([0, 4, 8, 9], 8), { row: 2, part: 0 });
});

test("a trace with a row fewer has no first or no last step", () => {
  const run = { step: [0, 1, 2, 3] }, late = { x: [1, 2, 3] }, early = { x: [0, 1, 2] };
  assert.equal(countLate(late, run), 1);
  assert.equal(countLate(early, run), 0);
  assert.equal(findTraceRow(late, run, 0), null);
  assert.equal(findTraceRow(late, run, 1).row, 0);
  assert.equal(findTraceRow(early, run, 2).row, 2);
  assert.equal(findTraceRow(early, run, 3), null);
  assert.equal(findTraceRow({ x: [3] }, run, 3), null); // an end mark is no path
});

test("numbers are spelled as Python spells them", () => {
  const cases = JSON.parse(process.env.OPTVIZ_SPELLED || "[]");
  for (const [value, digits, text] of cases) assert.equal(spellNumber(value, digits), text);
  assert.equal(spellNumber(-0.000022868), "−2.2868e−5");
  assert.equal(spellNumber(NaN), "not finite");
});
