/* What is nearest to the pointer on a painted figure: the point of a run, for a tooltip. Pure. */
import { findRow, unpackColumn } from "../columns.js";
import { readColumns } from "./traces.js";

/* The point of a run nearest to a pixel of a painted figure, at most `reach` pixels away, or null:
   {run, row, step, x, y, label, color, distance, pixel, trace}. `x` and `y` are the trace's own values
   (for curves step and value, on a map the parameters); `row` is the run's. With `isAcross` only the
   distance along x chooses the row, as where a cursor line reads every curve. */
export function findNearest({ traces }, x, y, { runs = [], reach = 24, isAcross = false, isShown = () => true } = {}) {
  let best = null;
  for (const { trace, run, xaxis, yaxis } of traces) {
    if (trace.meta.part || !isShown(run) || !xaxis.holds(x) || !yaxis.holds(y)) continue;
    const found = findInTrace(readColumns(trace), xaxis, yaxis, x, y, isAcross);
    if (found && found.distance <= reach && !(best && best.distance <= found.distance)) best = { ...found, run, trace };
  }
  return best && describePoint(best, runs[best.run]);
}

function findInTrace([xs, ys], xaxis, yaxis, x, y, isAcross) {
  let at = -1, least = Infinity;
  for (let row = 0; row < xs.length; row++) {
    const dx = xaxis.toPixel(xs[row]) - x, dy = yaxis.toPixel(ys[row]) - y, size = isAcross ? Math.abs(dx) * 1e4 + Math.abs(dy) : dx * dx + dy * dy;
    if (size < least) [least, at] = [size, row];
  }
  if (at < 0) return null;
  const pixel = [xaxis.toPixel(xs[at]), yaxis.toPixel(ys[at])];
  return { at, x: xs[at], y: ys[at], pixel, distance: Math.hypot(pixel[0] - x, isAcross ? 0 : pixel[1] - y) };
}

/* A trace may lack its run's first or last row: its step tells which row of the run a point is. */
function describePoint({ at, trace, run, ...point }, about) {
  const steps = about ? unpackColumn(about.step) : [], size = readColumns(trace)[0].length;
  const row = size === steps.length || !steps.length ? at : findRow(steps, point.x)?.row ?? at;
  return { ...point, run, row, step: steps[row] ?? point.x, label: about?.label ?? trace.name, color: about?.color ?? trace.line?.color, trace };
}
