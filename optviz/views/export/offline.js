/* The page of a comparison in one file: draws its figures once, then moves dots on canvases above
   them, so that scrubbing redraws no figure and asks nobody for anything. */
import { findRow, spellNumber, unpackColumn } from "../drawing/columns.js";
import { drawCasings, dressCasings } from "../drawing/paths.js";
import { drawMarks, openCanvas } from "../drawing/overlay.js";
import { isDrawn } from "../drawing/plotly.js";

const page = JSON.parse(document.getElementById("page-data").textContent);
const slider = document.getElementById("step"), readout = document.getElementById("readout");
const button = document.getElementById("play");
const places = Array.from(document.querySelectorAll(".pictures > div"));
const cells = Array.from(document.querySelectorAll("td[data-run]"));
const runs = page.runs.map((run) => ({ ...run, step: unpackColumn(run.step), loss: unpackColumn(run.loss) }));
const WHOLE_RUN_MS = 10000;

/* ---- the figures, in the scheme of the system unless the file names one ---- */
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const config = { displaylogo: false, responsive: true, showSendToCloud: false, modeBarButtonsToRemove: ["select2d", "lasso2d"] };

/* The traces with the edges of their paths, which the file does not hold a second time. */
function addCasings(data) {
  const isLine = ({ type, meta }) => type === "scatter" && meta?.run !== undefined && !meta.part;
  const lines = data.filter(isLine).map((line) => ({ ...line, x: unpackColumn(line.x), y: unpackColumn(line.y) }));
  const first = data.findIndex(isLine);
  return [...data.slice(0, first), ...drawCasings(lines), ...data.slice(first)];
}

function drawFigures() {
  const scheme = document.documentElement.dataset.scheme || (dark.matches ? "dark" : "light");
  for (const div of places) {
    const { data, layout } = page.figures[div.id], template = page.templates[scheme];
    const all = div.id === "contour" ? addCasings(data) : data;
    Plotly.react(div, dressCasings(all, template.layout.plot_bgcolor), { ...layout, template }, config);
  }
  redraw();
}

/* ---- the step ---- */
let isAsked = false;
function redraw() {
  if (!isAsked) requestAnimationFrame(showStep);
  isAsked = true;
}

function showStep() {
  const step = Number(slider.value), rows = runs.map((run) => findRow(run.step, step));
  isAsked = false;
  readout.value = String(step);
  slider.setAttribute("aria-valuetext", `step ${step}`);
  for (const cell of cells) {
    const place = rows[cell.dataset.run], loss = place && runs[cell.dataset.run].loss[place.row];
    cell.textContent = place ? spellNumber(loss) : "not yet";
  }
  // A long record holds some steps only: the dots stay on those.
  const stepOf = (run) => (rows[run] ? runs[run].step[rows[run].row] : step);
  for (const div of places.filter(isDrawn)) {
    const hasCursor = div.dataset.over === "steps";
    drawMarks(div, openCanvas(div, redraw), { runs, stepOf, at: step, hasCursor, radius: 6.5 });
  }
}

function setStep(step) {
  slider.value = String(Math.max(0, Math.min(Number(slider.max), step)));
  redraw();
}

/* ---- time ---- */
let playing = null;
function label(isPlaying) {
  button.textContent = isPlaying ? "Pause" : "Play";
  button.setAttribute("aria-pressed", String(isPlaying));
}

function stop() {
  playing = null;
  label(false);
}

function play() {
  const last = Number(slider.max), from = Number(slider.value) >= last ? 0 : Number(slider.value);
  const began = performance.now(), me = (playing = {});
  label(true);
  requestAnimationFrame(function tick(now) {
    if (playing !== me) return;
    const step = from + ((now - began) / WHOLE_RUN_MS) * last;
    setStep(Math.floor(step));
    if (step >= last) stop();
    else requestAnimationFrame(tick);
  });
}

const toggle = () => (playing ? stop() : play());
const KEYS = {
  " ": toggle,
  ArrowLeft: () => setStep(Number(slider.value) - 1),
  ArrowRight: () => setStep(Number(slider.value) + 1),
  Home: () => setStep(0),
  End: () => setStep(Number(slider.max)),
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target === button) return;
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  if (event.key !== " ") stop();
  act();
});
slider.addEventListener("input", () => {
  stop();
  redraw();
});
button.addEventListener("click", toggle);
dark.addEventListener("change", drawFigures);
window.addEventListener("resize", redraw);
drawFigures();
