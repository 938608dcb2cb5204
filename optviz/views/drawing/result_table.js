/* The cells of the result table as text, as result_table.py writes them. */
import { NOT_BEGUN } from "../../javascript/summary.js";
import { findRow, spellNumber } from "./columns.js";

const COUNT = "steps to target"; // the one column of whole numbers

/* A value of a column as text; a dash where there is none. */
export function formatCell(value, column = "") {
  if (value === null) return "–";
  if (typeof value !== "number") return String(value);
  return column === COUNT ? value.toLocaleString("en-US") : spellNumber(value);
}

/* The final loss of a row, and its best one where that is another. */
export function formatLosses(cells) {
  const [final, best] = ["final loss", "best loss"].map((name) => formatCell(cells[name]));
  return final === best ? final : `${final} (best ${best})`;
}

/* The loss of a run at a step as a number; null before its first one, and of a fork that has not begun. */
export function findLoss({ step, ended }, losses, at) {
  const found = ended.startsWith(NOT_BEGUN) ? null : findRow(step, at);
  return found && losses[found.row];
}
