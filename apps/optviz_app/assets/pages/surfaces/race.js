/* The race that is shown, and the step it is shown at: the one place that says what the pictures
   show, and what has to be painted when the step moves. */
import { unpackColumn } from "../../views/drawing/columns.js";
import { onDrawn } from "../../common/dom.js";

export const shown = { race: null, runs: [], steps: 1, at: 0, words: [] };

/* A race has come. Its runs are unpacked once: a slider asks for the same ones again and again. */
export function takeRace(race) {
  const isKnown = shown.race && shown.race.key === race.key;
  shown.race = race;
  shown.steps = race.steps;
  if (!isKnown) shown.runs = (race.runs || []).map(unpackRun);
}

function unpackRun(run) {
  const [x, y, loss] = [run.x, run.y, run.loss].map(unpackColumn);
  const average = (run.state || {}).grad_avg;
  const step = Float64Array.from(x, (_, row) => (run.first || 0) + row);
  return { ...run, x, y, loss, step, readGrad: unpackLater([run.gx, run.gy]), readAverage: average && unpackLater(average) };
}

function unpackLater(specs) {
  let found = null;
  return () => (found = found || specs.map(unpackColumn));
}

/* ---- painting: at most once a frame, and the latest step only ---- */
const painters = [];
let isAsked = false;

export const onPaint = (painter) => painters.push(painter);
export const paint = () => { if (shown.race) painters.forEach((painter) => painter(Math.floor(shown.at))); };

export function redraw() {
  if (isAsked) return;
  isAsked = true;
  requestAnimationFrame(() => {
    isAsked = false;
    paint();
  });
}

onDrawn(redraw); // a figure or the table is new
