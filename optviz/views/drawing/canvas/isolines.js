/* Lines of equal height through a grid of numbers, by marching squares. Pure.
   A grid here is {values, columns, rows}: rows of numbers, the lowest row first, NaN in gaps. */

/* The two edges that a line crosses in a cell, by which corners are above it (1: left below, 2: right
   below, 4: right above, 8: left above). Edges: 0 below, 1 right, 2 above, 3 left. */
const CROSSED = [[], [3, 0], [0, 1], [3, 1], [1, 2], [3, 0, 1, 2], [0, 2], [3, 2], [2, 3], [0, 2], [0, 1, 2, 3], [1, 2], [1, 3], [0, 1], [0, 3], []];
const SADDLE = { 5: [3, 2, 0, 1], 10: [0, 3, 1, 2] }; // where the cell's middle is above the line

/* The segments of the lines at start, start + size, ..., end: a flat list of x0, y0, x1, y1, ... in
   columns and rows. */
export function traceIsolines({ values, columns, rows }, { start, end, size }) {
  let out = new Float32Array(1 << 14), length = 0;
  const last = Math.round((end - start) / size), corners = new Float64Array(4);
  const cross = (edge, level, column, row) => {
    const [from, to] = [corners[edge], corners[(edge + 1) % 4]], part = (level - from) / (to - from);
    out[length++] = column + (edge === 0 ? part : edge === 1 ? 1 : edge === 2 ? 1 - part : 0);
    out[length++] = row + (edge === 1 ? part : edge === 2 ? 1 : edge === 3 ? 1 - part : 0);
  };
  for (let row = 0; row + 1 < rows; row++) {
    for (let column = 0, at = row * columns; column + 1 < columns; column++, at++) {
      const a = values[at], b = values[at + 1], c = values[at + columns + 1], d = values[at + columns];
      const sum = a + b + c + d;
      if (!(sum - sum === 0)) continue; // a gap
      const low = Math.max(Math.ceil((Math.min(a, b, c, d) - start) / size), 0);
      const high = Math.min(Math.floor((Math.max(a, b, c, d) - start) / size), last);
      if (low > high) continue;
      corners[0] = a, corners[1] = b, corners[2] = c, corners[3] = d;
      for (let k = low; k <= high; k++) {
        const level = start + k * size;
        const above = (a >= level) + 2 * (b >= level) + 4 * (c >= level) + 8 * (d >= level);
        const edges = SADDLE[above] && sum / 4 >= level ? SADDLE[above] : CROSSED[above];
        if (length + 8 > out.length) out = grow(out);
        for (const edge of edges) cross(edge, level, column, row);
      }
    }
  }
  return out.subarray(0, length);
}

function grow(array) {
  const out = new Float32Array(2 * array.length);
  out.set(array);
  return out;
}
