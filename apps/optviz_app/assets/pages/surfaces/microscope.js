/* The step microscope: asks the server for the step shown once the hand rests, so that nothing slows
   the slider, and follows the optimizer that was touched last. */
import { byId, setData, setProps } from "../../common/dom.js";
import { fillTable, skipFormulas } from "../../common/step_table.js";
import { findTouched } from "./linked.js";
import { onPaint, shown } from "./race.js";

const REST_MS = 150; // without a move after which the step is explained
const findPlace = () => byId("microscope");
const findTable = () => document.querySelector("#microscope-body .microscope");
let timer = 0, chosen = 0, asked = "", waits = "", opened = null; // opened: the place that chosen is of

/* What the panel is to show, as a text that is the same for the same; null while it is closed. */
function findWanted() {
  if (!shown.race || !findPlace() || findPlace().hidden) return null;
  return JSON.stringify({ query: shown.race.query, run: chosen, step: Math.floor(shown.at) });
}

/* At every frame that is drawn: what has been wanted for a while is asked for. */
function follow() {
  const wanted = findWanted();
  if (!wanted || wanted === (timer ? waits : asked)) return;
  clearTimeout(timer);
  waits = wanted;
  timer = setTimeout(ask, REST_MS);
  findPlace().dataset.old = "";
}

onPaint(follow);

function ask() {
  const wanted = findWanted();
  timer = 0;
  if (wanted === asked) return noteAnswer();
  if (!wanted) return;
  asked = wanted;
  setData("microscope-asked", { ...JSON.parse(wanted), known: findTable() && findTable().dataset.key });
}

function noteAnswer() {
  if (findWanted() === asked) delete findPlace().dataset.old;
}

/* ---- which run ---- */
function choose(run) {
  chosen = run;
  follow();
}

/* A choice by hand goes into the link; what is touched elsewhere comes along with the next change. */
export function chooseRun(value) {
  if (value === null || value === undefined || opened !== findPlace() || Number(value) === chosen) return;
  choose(Number(value));
  setData("microscope-kept", chosen);
}

function touch(event) {
  const run = findPlace() ? findTouched(event) : null;
  if (run === null || run === chosen) return;
  choose(run);
  if (!findPlace().hidden) setProps("microscope-run", { value: String(run) });
}

for (const type of ["pointerdown", "focusin"]) document.addEventListener(type, touch, true);

/* ---- what Dash calls ---- */
export function listRuns() {
  const place = findPlace();
  if (!shown.race || !place) return;
  if (opened !== place) {
    opened = place;
    chosen = Number(opened.dataset.run); // as the link has it
    asked = "";
  }
  if (place.hidden) return; // a list that nobody sees would be drawn at each change
  skipFormulas(place);
  if (chosen >= shown.race.runs.length) chosen = 0;
  const data = shown.race.table.rows.map((row, run) => ({ value: String(run), label: row.label }));
  setProps("microscope-run", { data, value: data.length ? String(chosen) : null });
  follow();
}

/* Take the words of the view; returns whether the panel is hidden. */
export function toggleMicroscope(words) {
  setTimeout(listRuns, 0); // once it is there
  return !(words || []).includes("microscope");
}

export function fillMicroscope(numbers) {
  if (numbers && findWanted()) fillTable(byId("microscope-body"), numbers, noteAnswer);
}
