/* The cells of the result table as text, as result_table.py writes them. */
import { spellNumber } from "./columns.js";

const COUNT = "steps to target"; // the one column of whole numbers

/* A value of a column as text; a dash where there is none. */
export function formatCell(value, column = "") {
  if (value === null) return "–";
  if (typeof value !== "number") return String(value);
  return column === COUNT ? value.toLocaleString("en-US") : spellNumber(value);
}
