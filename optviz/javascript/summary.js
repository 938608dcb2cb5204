/* How runs ended, as optviz.runs.comparison tells it. A problem has a window and its minima. */
import { roundEven } from "./text.js";

/* The outcome of the fork of a run that ended before the step at which it would be left. */
export const NOT_BEGUN = "not begun";

/* A run's losses, steps to the target, distance to the nearest minimum, outcome. A fork that has not
   begun has no number: null. */
export function summarizeRun({ window, minima }, run, target) {
  const { losses, step } = run, last = losses.length - 1, outcome = describeOutcome(run, window);
  if (outcome === NOT_BEGUN) return { "final loss": null, "best loss": null, "steps to target": null, "distance to minimum": null, outcome };
  let reached = losses.findIndex((loss) => loss <= target);
  // It started at the target and left it at once.
  if (reached === 0 && last > 0 && !(losses[1] <= target)) reached = losses.findIndex((loss, i) => i > 0 && loss <= target);
  const distances = minima.map(([x, y]) => measure(run.x[last] - x, run.y[last] - y));
  return {
    "final loss": losses[last],
    "best loss": findLowestLoss(run),
    "steps to target": reached < 0 ? null : step[reached],
    "distance to minimum": distances.length ? least(distances) : null,
    outcome,
  };
}

/* The loss at 99 % of the way from the start down to the lowest known loss. `known` are the losses
   of the minima, `home` that of the problem's own start. */
export function findDefaultTarget(runs, window, known, home) {
  const first = runs.length ? runs[0].losses[0] : home;
  let lows = known.filter(Number.isFinite);
  if (!lows.length) {
    lows = runs.filter((run) => !describeOutcome(run, window).startsWith("diverged")).map(findLowestLoss);
  }
  const low = least(lows.length ? lows : [first]), way = first - low;
  return low + 0.01 * (0 > way ? 0 : way);
}

/* The lowest finite loss of a run; NaN where it has none. */
export function findLowestLoss({ losses }) {
  let low = Infinity;
  for (const loss of losses) if (loss < low && loss > -Infinity) low = loss;
  return low === Infinity ? NaN : low;
}

/* How a run ended, in words, judged by its last tenth of steps: see describe_outcome in Python. */
export function describeOutcome(run, window) {
  if (!run.isFinished) return describeEnd(run);
  const { step, x, y, losses } = run, last = step.length - 1;
  const size = Math.max(...window.map(([low, high]) => high - low));
  const far = findFar(run, 1000 * size);
  if (far >= 0) return `diverged at step ${step[far]}`;
  const tenth = Math.max(1, roundEven(0.1 * step[last])), from = step.findIndex((each) => each >= step[last] - tenth);
  if (Math.max(spread(x, from), spread(y, from)) <= 1e-4 * size) return hasSmallGradient(run) ? "converged" : "hardly moving";
  if (findMedian(losses.slice(from)) > findLargest(losses.filter((_, i) => step[i] <= step[0] + tenth))) return "growing";
  let way = 0;
  for (let i = from + 1; i <= last; i++) way += measure(x[i] - x[i - 1], y[i] - y[i - 1]);
  return measure(x[last] - x[from], y[last] - y[from]) > 0.5 * way ? "still moving" : "oscillating";
}

/* A remark for a run that stopped before its last step, "" for others. */
export const describeEnd = ({ isFinished, ended }) => (isFinished ? "" : ended.split(":")[0]);

/* True unless the last gradient is above a hundredth of the largest one. One with noise is never
   small: then True. */
export function hasSmallGradient({ gradX, gradY, isNoisy }) {
  if (isNoisy || !gradX.length) return true;
  let most = 0, size = 0;
  for (let i = 0; i < gradX.length; i++) {
    size = measure(gradX[i], gradY[i]);
    if (!(size <= most)) most = size;
  }
  return size <= 0.01 * most;
}

/* The row of the first point that is farther from the start than a distance; -1 where none is. */
function findFar({ x, y }, distance) {
  for (let i = 0; i < x.length; i++) {
    if (Math.abs(x[i] - x[0]) > distance || Math.abs(y[i] - y[0]) > distance) return i;
  }
  return -1;
}

function spread(values, from) {
  let low = values[from], high = low;
  for (let i = from + 1; i < values.length; i++) {
    if (values[i] < low) low = values[i];
    else if (values[i] > high) high = values[i];
  }
  return high - low;
}

/* The largest value; NaN where there is one. */
function findLargest(values) {
  let most = -Infinity;
  for (const each of values) if (!(each <= most)) most = each;
  return values.some(Number.isNaN) ? NaN : most;
}

/* The median; NaN where a value is none. */
function findMedian(values) {
  if (values.some(Number.isNaN)) return NaN;
  const sorted = values.sort(), half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

const least = (values) => values.reduce((low, each) => (each < low ? each : low));
const measure = (x, y) => Math.sqrt(x * x + y * y);
