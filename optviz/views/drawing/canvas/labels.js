/* The losses that are written on a few lines of a map, as views/drawing/labels.py chooses them. Pure. */
import { formatNumber } from "../scale.js";
import { readHeights } from "./heights.js";

const MOST = 7, ROWS = 16; // lines with a label, and rows of the grid that are searched
const EDGE = 0.08, APART = 0.12, ENOUGH = 0.3; // shares of the picture's sides

/* [{x, y, text}] with places as shares of the grid's sides, far from each other, minima and the points `avoid`. */
export function chooseLabels(grid, scale, avoid = []) {
  const { log, offset, lines: { start, end, size } } = scale, share = (column, each) => (each - column[0]) / (column.at(-1) - column[0]);
  const heights = readHeights(grid, scale), taken = [...grid.minima, ...avoid].map(([x, y]) => ({ x: share(grid.x, x), y: share(grid.y, y) }));
  const every = Math.ceil((Math.round((end - start) / size) + 1) / MOST), out = [];
  for (let k = Math.round(start / size); k <= Math.round(end / size); k++) {
    if (k % every) continue;
    const level = k * size, place = findPlace(heights, level, taken);
    if (place) taken.push(place), out.push({ ...place, text: writeLevel(log ? offset + 10 ** level : level, log ? level : Math.log10(size)) });
  }
  return out;
}

function writeLevel(loss, power) {
  const digits = Math.floor(Math.log10(Math.abs(loss) || 1) + 1e-9) + 1;
  return formatNumber(loss, power, digits === 3 || digits === 4 ? digits : 2);
}

/* Where a line crosses one of the rows farthest from the places of others; null where it is near one everywhere. */
function findPlace({ values, columns, rows }, level, others) {
  let best = null, most = APART ** 2;
  for (let j = 2; j < ROWS - 1; j++) {
    const row = Math.floor((j * (rows - 1)) / ROWS), y = row / (rows - 1);
    for (let at = Math.ceil(EDGE * (columns - 1)); at < (1 - EDGE) * (columns - 1) - 1; at++) {
      const a = values[row * columns + at], b = values[row * columns + at + 1];
      if (!(a - b) || a < level === b < level) continue;
      const x = (at + (level - a) / (b - a)) / (columns - 1);
      const away = others.reduce((least, each) => Math.min(least, (each.x - x) ** 2 + (each.y - y) ** 2), ENOUGH ** 2);
      if (away > most + 1e-9) [best, most] = [{ x, y }, away];
    }
  }
  return best;
}
