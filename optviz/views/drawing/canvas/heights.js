/* The heights of a grid of losses, as a map colors them and a landscape stands. Pure.
   A grid is {x, y, loss, names, minima, name}: loss a flat list, a row for each y, or a list of rows.
   A scale is {log, offset, low, high, title, lines, ticks}, as Scale of scale.py says. */

const known = new WeakMap();

/* The height of a loss; NaN, a gap, where it is not finite. */
export function toHeight(loss, { log, offset, low }) {
  if (loss === null || !Number.isFinite(loss)) return NaN;
  return log ? Math.log10(Math.max(loss - offset, 10 ** low)) : loss;
}

/* {values, columns, rows} of a grid in a scale, found once for a grid. */
export function readHeights(grid, scale) {
  const key = `${scale.log} ${scale.offset} ${scale.low}`, found = known.get(grid);
  if (found?.key === key) return found.heights;
  const losses = readLosses(grid), { log, offset } = scale, floor = 10 ** scale.low, values = new Float64Array(losses.length);
  for (let i = 0; i < values.length; i++) {
    const loss = losses[i] ?? NaN;
    values[i] = loss - loss !== 0 ? NaN : log ? Math.log10(Math.max(loss - offset, floor)) : loss;
  }
  const heights = { values, columns: grid.x.length, rows: grid.y.length };
  known.set(grid, { key, heights });
  return heights;
}

const readLosses = ({ loss }) => (Array.isArray(loss) || ArrayBuffer.isView(loss[0])) && loss[0]?.length !== undefined ? loss.flatMap((row) => [...row]) : loss;

/* The loss at a point, between the four grid points around it; NaN outside and in gaps. */
export function readLoss(grid, x, y) {
  const losses = readLosses(grid), place = (column, value) => ((value - column[0]) / (column.at(-1) - column[0])) * (column.length - 1);
  const [across, up] = [place(grid.x, x), place(grid.y, y)], { length: columns } = grid.x, { length: rows } = grid.y;
  if (!(across >= 0 && across <= columns - 1 && up >= 0 && up <= rows - 1)) return NaN;
  const [column, row] = [Math.min(Math.floor(across), columns - 2), Math.min(Math.floor(up), rows - 2)];
  const at = row * columns + column, mix = (from, to, part) => from + part * (to - from);
  return mix(mix(losses[at], losses[at + 1], across - column), mix(losses[at + columns], losses[at + columns + 1], across - column), up - row);
}
