/* Numbers as texts, and texts as numbers. Touches no page. */

/* Six digits to read, with a true minus. */
export function shorten(value) {
  const size = Math.abs(value);
  const far = size >= 1e7 || (size > 0 && size < 1e-4);
  const text = far ? value.toExponential(4).replace("e+", "e") : String(Number(value.toPrecision(6)));
  return text.replaceAll("-", "−");
}

/* As many digits as a slider tells. */
export const spell = (value, log) => String(Number(value.toPrecision(log ? 2 : 4)));

/* As many digits as a pixel tells that is `unit` wide. */
export function roundToUnit(value, unit) {
  const digits = Math.max(0, Math.ceil(-Math.log10(Math.abs(unit))));
  return Number(value.toFixed(Math.min(digits, 12)));
}

/* What the text of a cell is sorted by: a number, a text, or null for what is missing. */
export function readCell(text) {
  if (text === "" || text === "–" || text === "not finite") return null;
  const number = Number(text.replace(/ \(best .*\)$/, "").replaceAll(",", "").replaceAll("−", "-"));
  return isNaN(number) ? text : number;
}

/* Order two of them: missing last either way, numbers before texts. */
export function compareCells(a, b, down) {
  if (a === null || b === null) return (a === null) - (b === null);
  const kinds = (typeof a === "string") - (typeof b === "string");
  if (kinds) return kinds;
  return (down ? -1 : 1) * (typeof a === "number" ? a - b : a.localeCompare(b));
}
