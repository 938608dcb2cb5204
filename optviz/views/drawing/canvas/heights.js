/* The heights of a grid of losses, as a map colors them and a landscape stands, and the loss at a
   point. Pure. Grids and scales are those of grid.js and scale.js. */
import { transformGrid } from "../scale.js";

const known = new WeakMap();

/* {values, columns, rows} of a grid in a scale, found once for a grid. */
export function readHeights(grid, scale) {
  const key = `${scale.log} ${scale.offset} ${scale.low}`, found = known.get(grid);
  if (found?.key === key) return found.heights;
  const heights = { values: transformGrid(scale, grid.loss), columns: grid.x.length, rows: grid.y.length };
  known.set(grid, { key, heights });
  return heights;
}

/* The loss at a point, between the four grid points around it; NaN outside and in gaps. */
export function readLoss({ x: columns, y: rows, loss }, x, y) {
  const place = (column, value) => ((value - column[0]) / (column.at(-1) - column[0])) * (column.length - 1);
  const [across, up] = [place(columns, x), place(rows, y)];
  if (!(across >= 0 && across <= columns.length - 1 && up >= 0 && up <= rows.length - 1)) return NaN;
  const [column, row] = [Math.min(Math.floor(across), columns.length - 2), Math.min(Math.floor(up), rows.length - 2)];
  const at = row * columns.length + column, mix = (from, to, part) => from + part * (to - from);
  const [below, above] = [at, at + columns.length].map((each) => mix(loss[each], loss[each + 1], across - column));
  return mix(below, above, up - row);
}
