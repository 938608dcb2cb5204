/* What is nearest to the pointer on a painted figure: the point of a run, for a tooltip. Pure. */
import { findRow, unpackColumn } from "../columns.js";
import { findNearestRow } from "../nearest.js";
import { readColumns } from "./traces.js";

/* The run whose line passes nearest to a pixel of a painted figure, at most `reach` pixels away, and
   the nearer point of that piece of it; or null:
   {run, row, step, x, y, label, color, distance, pixel, trace}. `x` and `y` are the trace's own values
   (for curves step and value, on a map the parameters); `row` is the run's. */
export function findNearest({ traces }, x, y, { runs = [], reach = 24, isShown = () => true } = {}) {
  let best = null;
  for (const { trace, run, xaxis, yaxis } of traces) {
    if (trace.meta.part || !isShown(run) || !xaxis.holds(x) || !yaxis.holds(y)) continue;
    const found = findInTrace(readColumns(trace), xaxis, yaxis, x, y);
    if (found.distance <= reach && !(best && best.distance <= found.distance)) best = { ...found, run, trace };
  }
  return best && describePoint(best, runs[best.run]);
}

function findInTrace([xs, ys], xaxis, yaxis, x, y) {
  const points = Array.from(xs, (each, row) => [xaxis.toPixel(each), yaxis.toPixel(ys[row])]);
  const { far, row } = findNearestRow(points, [x, y]);
  return { at: row, x: xs[row], y: ys[row], pixel: points[row], distance: far };
}

/* A trace may lack its run's first or last row: its step tells which row of the run a point is. */
function describePoint({ at, trace, run, ...point }, about) {
  const steps = about ? unpackColumn(about.step) : [], size = readColumns(trace)[0].length;
  const row = size === steps.length || !steps.length ? at : findRow(steps, point.x)?.row ?? at;
  return { ...point, run, row, step: steps[row] ?? point.x, label: about?.label ?? trace.name, color: about?.color ?? trace.line?.color, trace };
}
