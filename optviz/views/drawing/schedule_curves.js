/* The learning rate that each run used at each step: the same data and layout as schedule_curves.py. */
import { roundEven } from "../../javascript/text.js";
import { drawOverSteps, keepFinite } from "./panels.js";

export function buildScheduleParts(runs) {
  const data = runs.map((run, place) => holdSteps(drawOverSteps(run, place, run.step.subarray(0, -1), keepFinite(run.lr), "lr")));
  const tops = data.map(({ y }) => y.reduce((top, each) => (each > top ? each : top), -Infinity)).filter(Number.isFinite);
  const low = Math.min(...tops), isLog = tops.length > 0 && Math.max(...tops) >= 30 * low && low > 0;
  const axis = isLog ? { type: "log", dtick: Math.max(1, roundEven(countDecades(data) / 8)) } : { rangemode: "tozero" };
  const words = isLog ? "learning rate (log scale)" : "learning rate", title = "Learning rate";
  return {
    data,
    layout: {
      title: { text: title }, xaxis: { title: { text: "step" } },
      yaxis: { title: { text: words }, tickformat: "~g", ...axis }, showlegend: true, uirevision: title,
    },
  };
}

/* How many powers of ten the positive values of some curves span. */
function countDecades(data) {
  let low = Infinity, high = 0;
  for (const { y } of data) for (const each of y) if (each > 0) [low, high] = [Math.min(low, each), Math.max(high, each)];
  return Math.log10(high) - Math.log10(low);
}

/* A curve whose every value holds for the whole of its step. */
const holdSteps = (trace) => ({
  ...trace, line: { ...trace.line, shape: "hv" }, hovertemplate: "step %{x}<br>%{y:.5g}<extra>%{fullData.name}</extra>",
});
