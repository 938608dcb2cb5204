/* The losses of a surface over a window, as landscapes/grid.py computes them. */

/* Losses on size x size points: x and y are the columns' and rows' places, loss[row * size + column]
   is the loss. `surface` is an emitted module; `minima` are those known, of which those in the window
   are kept. `log` says whether the losses above `floor` span decades. */
export function makeGrid(surface, parameters, window, size, minima = []) {
  const [x, y] = window.map(([low, high]) => spread(low, high, size)), loss = new Float64Array(size * size);
  for (let row = 0, i = 0; row < size; row++) {
    for (let column = 0; column < size; column++, i++) loss[i] = surface.value(x[column], y[row], parameters);
  }
  const isInside = (point) => point.every((each, i) => window[i][0] <= each && each <= window[i][1]);
  const near = minima.filter(isInside), floor = findFloor(loss, near.map(([a, b]) => surface.value(a, b, parameters)));
  return { x, y, loss, size, window, names: ["x", "y"], minima: near, log: spansDecades(loss, floor), floor };
}

/* As numpy.linspace. */
function spread(low, high, count) {
  const step = (high - low) / (count - 1);
  return Float64Array.from({ length: count }, (_, i) => (i === count - 1 ? high : i * step + low));
}

/* The loss above which a logarithm is taken: the lowest where that of a minimum is known or losses
   are negative, else 0. */
function findFloor(loss, known) {
  const finite = known.filter(Number.isFinite);
  let lowest = Math.min(...finite);
  for (let i = 0; i < loss.length; i++) if (loss[i] < lowest && loss[i] > -Infinity) lowest = loss[i];
  if (lowest === Infinity) return 0;
  return finite.length ? lowest : Math.min(lowest, 0);
}

/* True where the losses above the floor span a factor of 200, but for a hundredth at either end. */
function spansDecades(loss, floor) {
  const above = takeAbove(loss, floor, 0, Infinity);
  return above.length > 0 && quantile(above, 0.99) >= 200 * quantile(above, 0.01);
}

/* How far the losses lie above a floor, of those between two ends. */
export function takeAbove(loss, floor, low, high) {
  const above = new Float64Array(loss.length);
  let count = 0;
  for (let i = 0; i < loss.length; i++) {
    const each = loss[i] - floor;
    if (each > low && each < high) above[count++] = each;
  }
  return above.subarray(0, count);
}

/* As numpy.quantile; the values are put in another order. */
export function quantile(values, part) {
  const place = part * (values.length - 1), below = Math.floor(place), rest = place - below;
  const low = select(values, below);
  if (below + 1 >= values.length) return low;
  let high = Infinity;
  for (let i = below + 1; i < values.length; i++) if (values[i] < high) high = values[i];
  return rest >= 0.5 ? high - (high - low) * (1 - rest) : low + (high - low) * rest;
}

/* The k-th lowest value, by Hoare's selection: none before it is larger, none behind it smaller. */
function select(values, k) {
  for (let low = 0, high = values.length - 1; low < high;) {
    const pivot = values[(low + high) >> 1];
    let i = low, j = high;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i <= j) {
        const swapped = values[i];
        values[i++] = values[j];
        values[j--] = swapped;
      }
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else break;
  }
  return values[k];
}
