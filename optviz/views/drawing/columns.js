/* Numbers as the server packs them, and the place of a run at a step. Touches no page. */
import { formatGeneral, polish } from "../../javascript/text.js";

const ARRAYS = { f8: Float64Array, f4: Float32Array, i4: Int32Array, i2: Int16Array, u1: Uint8Array, i1: Int8Array, u2: Uint16Array, u4: Uint32Array };

/* Unpack a typed-array spec, {dtype, bdata}; anything else is an array already. */
export function unpackColumn(spec) {
  if (!spec || spec.bdata === undefined) return spec || [];
  const bytes = Uint8Array.from(atob(spec.bdata), (letter) => letter.charCodeAt(0));
  return new ARRAYS[spec.dtype](bytes.buffer);
}

/* Find where a run stands: its last row that is not later than a step, and which part of the way to
   the next row is done. Null before its first row. */
export function findRow(steps, at) {
  if (!steps.length || at < steps[0]) return null;
  let low = 0, high = steps.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (steps[middle] <= at) low = middle;
    else high = middle - 1;
  }
  const part = low + 1 < steps.length ? (at - steps[low]) / (steps[low + 1] - steps[low]) : 0;
  return { row: low, part };
}

/* A trace with a row fewer than its run has no first step (what a rule remembers) or no last one
   (what is used for a step); this counts the rows that it begins late. */
export const countLate = (trace, run) => (trace.x.length < run.step.length && trace.x[0] > run.step[0] ? 1 : 0);

/* Find where a trace stands at a step; null where it has no such row. */
export function findTraceRow(trace, run, at) {
  const place = findRow(run.step, at), missing = run.step.length - trace.x.length;
  if (!place || missing < 0 || missing > 1) return null;
  const row = place.row - countLate(trace, run);
  return row < 0 || row >= trace.x.length ? null : { row, part: place.part };
}

/* A number of a table, as `spell_number` of scale.py does: 2.2868e−5, −0.5. */
export function spellNumber(value, digits = 5) {
  return Number.isFinite(value) ? polish(formatGeneral(value || 0, digits)) : "not finite";
}
