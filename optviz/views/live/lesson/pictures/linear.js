/* Two by two matrices, as [[a, b], [c, d]], and the curves that they make. Pure. */

export const multiply = ([[a, b], [c, d]], [[e, f], [g, h]]) => [[a * e + b * g, a * f + b * h], [c * e + d * g, c * f + d * h]];
export const apply = ([[a, b], [c, d]], [x, y]) => [a * x + b * y, c * x + d * y];
export const transpose = ([[a, b], [c, d]]) => [[a, c], [b, d]];
export const findDeterminant = ([[a, b], [c, d]]) => a * d - b * c;

/* The singular values, the larger first. */
export function findSingularValues(matrix) {
  const [[a, b], [c, d]] = matrix;
  const sum = Math.hypot(a + d, b - c), difference = Math.hypot(a - d, b + c);
  const large = (sum + difference) / 2;
  return [large, large > 0 ? Math.abs(findDeterminant(matrix)) / large : 0];
}

/* Eigenvalues of a symmetric matrix, rising, and their directions of length 1. */
export function findEigen([[a, b], [, d]]) {
  const middle = (a + d) / 2, reach = Math.hypot((a - d) / 2, b), angle = Math.atan2(2 * b, a - d) / 2;
  const large = [Math.cos(angle), Math.sin(angle)];
  return { values: [middle - reach, middle + reach], vectors: [[-large[1], large[0]], large] };
}

const SINGULAR = 1e-12; // a share of the largest eigenvalue that counts as 0

/* The x with matrix * x = right, of a symmetric matrix; null where there is none. */
export function solve(matrix, right) {
  const { values } = findEigen(matrix), sizes = values.map(Math.abs);
  if (!(Math.min(...sizes) > SINGULAR * Math.max(...sizes))) return null;
  const [[a, b], [c, d]] = matrix, area = findDeterminant(matrix);
  return [(d * right[0] - b * right[1]) / area, (a * right[1] - c * right[0]) / area];
}

/* The points of a circle, closed, as columns. */
export function makeCircle([x, y], radius, count = 96) {
  const angles = Array.from({ length: count + 1 }, (_, i) => (2 * Math.PI * i) / count);
  return [angles.map((angle) => x + radius * Math.cos(angle)), angles.map((angle) => y + radius * Math.sin(angle))];
}

/* Columns of points through a function of a point. */
export function mapPoints([xs, ys], change) {
  const points = xs.map((x, i) => change([x, ys[i]]));
  return [points.map(([x]) => x), points.map(([, y]) => y)];
}
