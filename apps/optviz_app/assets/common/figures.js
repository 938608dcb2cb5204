/* Figures: in the colors of the page's scheme, drawn whole only where that is needed, and on paper. */
import { dressCasings } from "../views/drawing/paths.js";
import { keepSurface, readSize } from "../views/drawing/plotly.js";
import { announceDrawn, isVisible, noUpdate, setData } from "./dom.js";

/* ---- the color scheme ---- */
export const readScheme = () =>
  document.documentElement.getAttribute("data-mantine-color-scheme") === "dark" ? "dark" : "light";
new MutationObserver(() => {
  if (window.dash_clientside.set_props) setData("scheme-now", readScheme());
}).observe(document.documentElement, { attributeFilter: ["data-mantine-color-scheme"] });

/* Make one figure of a part that stays, the traces that change and the template of the scheme. */
export function makeFigure(still, data, templates) {
  const template = templates[readScheme()], all = [...(still.data || []), ...data];
  return { data: dressCasings(all, template.layout.plot_bgcolor), layout: { ...still.layout, template } };
}

/* The figure of a dcc.Graph, which has no part that stays. */
export const themeFigure = (still, _scheme, templates) => (still ? makeFigure(still, [], templates) : noUpdate());

/* ---- drawing ---- */
const drawn = {};

/* Find the place of a figure, once the page and plotly are there. */
function findPlace(id) {
  const div = document.querySelector(`#${id} > div`);
  if (!window.Plotly || !div) return null;
  if (!div.optvizConfig) {
    div.optvizConfig = JSON.parse(div.parentElement.dataset.config);
    sizes.observe(div);
  }
  return div;
}

const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const size = readSize(target);
    const fits = !size || (target.clientWidth === size.width && target.clientHeight === size.height);
    if (!fits && target.offsetParent) window.Plotly.Plots.resize(target);
  }
});

/* Draw a figure; false before plotly has come. Where only the numbers of the same lines changed,
   they move without the rest being drawn again: `still` names what stays. */
function drawFigure(id, figure, still) {
  const div = findPlace(id), scheme = readScheme(), before = drawn[id];
  if (!div) return false;
  const stays = still && before && before.div === div && before.still === still && before.scheme === scheme;
  clearTimeout(div.optvizLegend);
  const done = stays && haveSameLines(before.data, figure.data)
    ? moveLines(div, before.data, figure)
    : window.Plotly.react(div, figure.data, figure.layout, div.optvizConfig);
  drawn[id] = { div, still, scheme, data: figure.data };
  Promise.resolve(done).then(() => announceDrawn(id));
  return true;
}

const readLook = (trace) => JSON.stringify([trace.type, trace.line, trace.marker, trace.mode, trace.meta]);
const haveSameLines = (a, b) =>
  a.length === b.length && b.every((trace, i) => trace === a[i] || readLook(trace) === readLook(a[i]));

const isSameColumn = (a, b) => a === b || Boolean(a && b && a.bdata !== undefined && a.bdata === b.bdata);

const LEGEND_MS = 150; // the legend follows once the hand is still
function moveLines(div, before, { data: after }) {
  const moved = [...after.keys()].filter((i) => !["x", "y"].every((name) => isSameColumn(after[i][name], before[i][name])));
  const data = moved.map((i) => ({ x: after[i].x, y: after[i].y }));
  const options = { mode: "immediate", transition: { duration: 0 }, frame: { duration: 0, redraw: false } };
  const release = keepSurface(div);
  const done = moved.length ? window.Plotly.animate(div, { data, traces: moved }, options) : Promise.resolve();
  div.optvizLegend = setTimeout(() => renameLines(div, after), LEGEND_MS);
  return done.then(release);
}

function renameLines(div, after) {
  const named = [...after.keys()].filter((i) => div.data && after[i].name !== (div.data[i] || {}).name);
  if (div.isConnected && named.length) window.Plotly.restyle(div, { name: named.map((i) => after[i].name) }, named);
}

/* Draw figures, [id, figure, what stays of it]; before plotly has come, try again at the next frame. */
let waits = null;
export function drawFigures(figures, done = () => {}) {
  clearTimeout(waits);
  const missing = figures.filter((each) => !drawFigure(...each));
  if (missing.length) waits = setTimeout(() => drawFigures(missing, done), 16);
  else done();
}

/* ---- paper: a figure keeps the size at which it was drawn, made small enough for a page ---- */
const PAPER = 680; // pixels that fit between the margins of A4 or letter

window.addEventListener("beforeprint", () => {
  for (const figure of [...document.querySelectorAll("[role=figure]")].filter(isVisible)) {
    const { offsetWidth: width, offsetHeight: height } = figure;
    figure.style.setProperty("width", `${width}px`, "important");
    figure.style.setProperty("height", `${height}px`, "important");
    figure.style.setProperty("zoom", Math.min(1, PAPER / width));
  }
});
window.addEventListener("afterprint", () => {
  for (const figure of document.querySelectorAll("[role=figure]")) {
    for (const name of ["width", "height", "zoom"]) figure.style.removeProperty(name);
  }
});
