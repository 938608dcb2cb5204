/* A plane on a canvas with equal scales: lines, arrows and dots in the units of its axes. */
import { paintFigure } from "../../../drawing/canvas/figure.js";
import { layOut, makeAxes } from "../../../drawing/canvas/layout.js";

export const line = ([x, y], color, { width = 2, dash = "solid", opacity = 1, name = null } = {}) =>
  ({ type: "scatter", mode: "lines", x, y, opacity, line: { color, width, dash }, ...(name ? { name, showlegend: true } : { showlegend: false }) });
export const arrow = ([x0, y0], [x1, y1], color, { width = 3, head = 11, name = null } = {}) =>
  ({ type: "scatter", mode: "lines+markers", x: [x0, x1], y: [y0, y1], line: { color, width }, marker: { symbol: "arrow", size: [0, head], color }, ...(name ? { name, showlegend: true } : { showlegend: false }) });
export const dots = ([x, y], color, { size = 9, symbol = "circle", edge = null, name = null } = {}) =>
  ({ type: "scatter", mode: "markers", x, y, marker: { color, size, symbol, line: edge ? { color: edge, width: 1.5 } : {} }, ...(name ? { name, showlegend: true } : { showlegend: false }) });
export const note = ([x, y], text, { size = 13, xanchor = "left", yanchor = "bottom", yshift = 0 } = {}) =>
  ({ x, y, text, showarrow: false, font: { size }, xanchor, yanchor, yshift });

/* The layout of a plane over a window, with the names of its axes and a title above it. */
export const makeLayout = (window, names, { title = "", annotations = [], hasLegend = false } = {}) => ({
  title: { text: title }, margin: title ? { t: 36 } : { t: 12 }, annotations, showlegend: hasLegend,
  xaxis: { title: { text: names[0] }, range: window[0], showgrid: false },
  yaxis: { title: { text: names[1] }, range: window[1], showgrid: false },
});

/* Ranges around those of a layout in which a unit has the same length both ways. */
export function equalize(parts, { width, height, theme, pen }) {
  const { places } = layOut(parts, width, height, { theme, pen }), { x, y } = makeAxes(parts, places);
  const unit = Math.min(...[x, y].map(({ length, range: [low, high] }) => length / (high - low)));
  return Object.fromEntries([x, y].map(({ id, length, range: [low, high] }) => {
    const middle = (low + high) / 2, reach = length / unit / 2;
    return [id, [middle - reach, middle + reach]];
  }));
}

/* Paint a plane of some traces with equal scales. */
export function paintPlane(pen, parts, { width, height, theme }) {
  return paintFigure(pen, parts, { width, height, theme, ranges: equalize(parts, { width, height, theme, pen }), hasLegend: parts.layout.showlegend });
}
