/* The memory of a rule and the effective learning rate: the same data and layout as
   parameter_curves.py. */
import { framePanel, needsLogAxis, writeExits } from "./frames.js";
import { buildEmptyParts, drawOverSteps, keepDrawable, keepFinite, layOutPanels, nameAxes, nameNumber } from "./panels.js";

const WORDS = {
  grad_avg: "average gradient",
  sqr_avg: "average square",
  sqr_sum: "sum of squares",
  sqr_max: "largest average square",
  sqr_step_avg: "average squared step",
  move_avg: "average move",
};

/* The state of runs: a row of plots for each column, one plot a parameter. */
export function buildStateParts(runs) {
  const columns = listColumns(runs);
  if (!columns.length) return buildEmptyParts("Memory", "SGD has no memory to show.");
  const { names } = runs[0], words = columns.map((each) => WORDS[each] ?? each);
  const isHigh = columns.length > 2; // rows too low for a title along their axis
  const frames = columns.map((column) => framePanel(runs, new Map(runs.flatMap(({ state }, place) => (state[column] ? [[place, state[column].map(keepFinite)]] : [])))));
  const axes = columns.map((column, row) => ({ ...makeAxis(isHigh ? "" : column), ...frames[row].axis }));
  const panels = layOutPanels(axes, names);
  if (isHigh) {
    panels.grid.ygap = 0.35;
    const heads = panels.annotations.map((each) => ({ ...each, yshift: 14 }));
    panels.annotations = [...heads, ...words.map((each, row) => headRow(each, row * names.length + 1))];
  }
  panels.annotations = [...panels.annotations, ...frames.flatMap(({ exits }, row) => writeExits(runs, exits, nameDomain((row + 1) * names.length)))];
  const title = { text: isHigh ? "Memory" : `Memory: ${words.join(", ")}`, font: { size: 14 }, x: 0.02, xref: "container" };
  return {
    data: columns.flatMap((column, row) => drawRow(runs, frames[row].curves, column, names, row)),
    layout: { ...panels, title, uirevision: "averages", margin: { t: 76 } },
  };
}

/* The heading above a row of plots, at the left of its first one. */
function headRow(text, number) {
  const place = nameNumber(number);
  return {
    x: 0, xref: `x${place} domain`, xanchor: "left", y: 1, yref: `y${place} domain`, yanchor: "bottom",
    text, font: { size: 11 }, showarrow: false,
  };
}

/* The curves of one column of the runs that keep it, a plot a parameter. */
function drawRow(runs, curves, column, names, row) {
  return [...curves].flatMap(([place, values]) => {
    const run = runs[place], isFirst = column === listColumns([run])[0] && !run.isExtraStart;
    return names.map((name, i) => ({
      ...drawOverSteps(run, place, run.step.subarray(1), values[i], `${column} ${name}`),
      showlegend: isFirst && i === 0,
      ...nameAxes(row, i, names.length),
    }));
  });
}

/* The axes of a plot as the place of a note: shares of its width and height. */
const nameDomain = (number) => ({ xref: `x${nameNumber(number)} domain`, yref: `y${nameNumber(number)} domain` });

/* The columns that hold one value a parameter, in the order first met. */
function listColumns(runs) {
  const names = runs.flatMap(({ state }) => Object.keys(state).filter((name) => Array.isArray(state[name])));
  return [...new Set(names)];
}

/* The effective learning rate of each coordinate at each step: |change| / |gradient|. */
export function buildRateParts(runs) {
  if (!runs.length) return buildEmptyParts("Effective learning rate", "No runs yet.");
  const { names } = runs[0], ratios = runs.map((run) => measureRates(run).map((each) => keepDrawable(each)));
  const log = needsLogAxis(ratios.flat());
  const frames = names.map((_, row) => framePanel(runs, new Map(ratios.map((columns, place) => [place, [columns[row]]])), log));
  const data = names.flatMap((name, row) => runs.map((run, place) => ({
    ...drawOverSteps(run, place, run.step.subarray(0, -1), frames[row].curves.get(place)[0], `|Δ${name}| / |gradient|`),
    showlegend: row === 0 && !run.isExtraStart,
    ...nameAxes(row, 0, 1),
  })));
  const axes = names.map((name, row) => ({ ...makeAxis(`|Δ${name}| / |∂loss/∂${name}|`), ...(log || frames[row].exits.length ? frames[row].axis : { rangemode: "tozero" }) }));
  const panels = layOutPanels(axes, [""]), title = { text: "Effective learning rate: |change| / |gradient|" };
  panels.annotations = [...panels.annotations, ...frames.flatMap(({ exits }, row) => writeExits(runs, exits, nameDomain(row + 1)))];
  return { data, layout: { ...panels, title, uirevision: "effective rates" } };
}

/* |change of the parameter| / |gradient| of each step, a column a parameter. */
const measureRates = ({ x, y, gradX, gradY }) => [[x, gradX], [y, gradY]].map(
  ([path, grad]) => grad.map((each, i) => Math.abs(path[i + 1] - path[i]) / Math.abs(each)),
);

/* The vertical axis of a row of plots. */
const makeAxis = (words) => ({ title: { text: words }, tickformat: "~g", nticks: 5 });
