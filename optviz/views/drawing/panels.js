/* Quantities over the steps as plain data: the line of a run, and plots in rows and columns; the
   same as panels.py and theme.py make. Typed arrays stand for numpy's. */

export const GRAY = "#868e96"; // lines beside the data

/* The values with gaps (NaN) for those that are not finite; the very column where all are. */
export const keepFinite = (values) => keepBelow(values, Infinity);

/* The values with gaps for those beyond 1e30 spans, which no browser draws. */
export const keepDrawable = (values, span = 1) => keepBelow(values, 1e30 * span);

function keepBelow(values, limit) {
  let out = values;
  for (let i = 0; i < values.length; i++) {
    if (Math.abs(values[i]) < limit) continue;
    if (out === values) out = Float64Array.from(values);
    out[i] = NaN;
  }
  return out;
}

/* A line of a run with its entry in the legend; that of a pinned run is thinner. */
export function drawLine(run, x, y, width) {
  return {
    type: "scatter", x, y, mode: "lines",
    line: { color: run.color, dash: run.dash, width: width * run.weight },
    name: run.label, legendgroup: run.legendGroup, showlegend: !run.isExtraStart,
  };
}

/* The line of one quantity of a run over its steps. */
export function drawOverSteps(run, place, step, values, what) {
  const hovertemplate = `step %{x}<br>${what} %{y:.5g}<extra>%{fullData.name}</extra>`;
  return { ...drawLine(run, step, values, 2), meta: { run: place }, hovertemplate };
}

/* The axes that a trace of a plot is drawn on, rows and columns counted from 0. */
export function nameAxes(row, column, columns) {
  const number = nameNumber(row * columns + column + 1);
  return { xaxis: `x${number}`, yaxis: `y${number}` };
}

/* What plotly appends to the name of an axis: nothing, 2, 3, ... */
export const nameNumber = (number) => (number === 1 ? "" : String(number));

/* The layout of plots over the steps: a row for each y axis, a column for each head. Plots of a row
   share their y axis, and all share the steps. */
export function layOutPanels(rows, heads) {
  const [high, wide] = [rows.length, heads.length];
  const layout = { grid: { rows: high, columns: wide, pattern: "independent", xgap: 0.1, ygap: 0.12 } };
  rows.forEach((axis, row) => {
    for (let column = 0; column < wide; column++) {
      const number = nameNumber(row * wide + column + 1), isLast = row === high - 1;
      layout[`xaxis${number}`] = {
        ...(number && { matches: "x" }), showticklabels: isLast, title: { text: isLast ? "step" : "" },
      };
      layout[`yaxis${number}`] = {
        ...axis, ...(column && { matches: `y${nameNumber(row * wide + 1)}` }),
        showticklabels: column === 0, title: column === 0 ? axis.title : { text: "" },
      };
    }
  });
  const above = { x: 0.5, y: 1, yref: "y domain", yanchor: "bottom", showarrow: false };
  const annotations = heads.map((text, i) => ({ ...above, text, xref: `x${nameNumber(i + 1)} domain` }));
  return { ...layout, annotations, height: 160 + 180 * high, showlegend: true };
}

/* The data and layout of a picture with nothing to draw, which says why. */
export function buildEmptyParts(title, words) {
  const note = { text: wrap(words, 48).join("<br>"), font: { size: 14 }, showarrow: false };
  Object.assign(note, { x: 0.5, y: 0.5, xref: "paper", yref: "paper" });
  const axes = { xaxis: { visible: false }, yaxis: { visible: false } };
  return { data: [], layout: { title: { text: title }, annotations: [note], ...axes, uirevision: `no ${title}` } };
}

/* Words in lines of at most so many characters. */
function wrap(words, most) {
  const lines = [""];
  for (const word of words.split(" ")) {
    const line = lines.at(-1);
    if (line && line.length + 1 + word.length > most) lines.push(word);
    else lines[lines.length - 1] = line ? `${line} ${word}` : word;
  }
  return lines;
}
