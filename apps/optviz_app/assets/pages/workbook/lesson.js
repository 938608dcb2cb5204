/* The Workbook page: its buttons, the playing, the two pictures, and what is told of a row. */
import { unpackColumn } from "../../views/drawing/columns.js";
import { byId, findAround, noUpdate, setData } from "../../common/dom.js";
import { drawFigures, makeFigure } from "../../common/figures.js";
import { expectPage, noteDrawn, writeLink } from "../../common/link.js";
import { fillTable, skipFormulas } from "../../common/step_table.js";
import { markRow, onPick, tabulate } from "./sheet.js";

const state = { sheet: null, query: null, told: null, rests: null };

/* ---- what is pressed, in its order: however late an answer comes, none is lost or overtaken ---- */
const BUTTONS = ["back", "step", "epoch", "five", "reset", "own"].map((name) => `workbook-${name}`);
const presses = { page: null, all: [] };

function press(what) {
  const page = byId("workbook-frame");
  if (presses.page !== page) Object.assign(presses, { page, all: [] }); // opened anew, it counts anew
  presses.all.push(what);
  expectPage();
  setData("workbook-pressed", { count: presses.all.length, last: presses.all.slice(-100) });
}

onPick(press);

/* ---- playing: a step each time that the one before has been drawn ---- */
const STEP_MS = 350;
const clock = { playing: false, timer: null };

function play(on) {
  const button = byId("workbook-play");
  clock.playing = on;
  clearTimeout(clock.timer);
  if (!button) return;
  button.querySelector(".mantine-Button-label").textContent = on ? "Pause" : "Play";
  byId("workbook-readout").setAttribute("aria-live", on ? "off" : "polite");
  if (on) byId("workbook-step").click();
  else if (state.query !== null) writeLink(state.query);
}

function goOn(query) {
  if (!clock.playing) return writeLink(query);
  noteDrawn(query);
  clearTimeout(clock.timer);
  clock.timer = setTimeout(() => (byId("workbook-step") ? byId("workbook-step").click() : play(false)), STEP_MS);
}

/* A sentence of the server ends the playing. */
export function stopPlaying(sentence) {
  if (sentence && clock.playing) play(false);
}

document.addEventListener("click", (event) => {
  const button = findAround(event, ".workbook button");
  if (!button) return;
  if (button.id === "workbook-play") play(!clock.playing);
  else if (event.isTrusted && clock.playing) play(false);
  if (BUTTONS.includes(button.id)) press(button.id.replace("workbook-", ""));
});

/* Draw all that an answer brought; returns its query. */
export function drawLesson(sheet, bowl, picture, now, _scheme, templates) {
  if (!sheet || !bowl || !picture || !now || !byId("workbook-frame")) return noUpdate();
  state.query = now.query;
  goOn(now.query);
  if (sheet !== state.sheet || !byId("workbook-frame").firstChild) {
    state.sheet = sheet;
    tabulate(sheet);
  }
  markRow(now.row);
  const unpack = (trace) => ({ ...trace, x: unpackColumn(trace.x), y: unpackColumn(trace.y) });
  drawFigures([
    ["workbook-fit", makeFigure(picture.fit, now.fit.map(unpack), templates), picture.fit],
    ["workbook-contour", makeFigure(bowl, [...picture.paths, ...now.here].map(unpack), templates), bowl],
  ]);
  askForRow(now.query);
  return now.query;
}

/* ---- what is told of the row, once the hand rests: so nothing slows the row itself ---- */
const REST_MS = 60;

function askForRow(query) {
  if (query === state.told && byId("workbook-chain").firstChild) return;
  clearTimeout(state.rests);
  skipFormulas(byId("workbook-told"));
  byId("workbook-told").dataset.old = "";
  state.rests = setTimeout(() => {
    const table = document.querySelector("#workbook-microscope .microscope");
    if (byId("workbook-told")) setData("workbook-asked", { query, known: table ? table.dataset.key : null });
    state.told = query;
  }, clock.playing ? 2 * STEP_MS : REST_MS);
}

export function fillRow(numbers) {
  const told = byId("workbook-told");
  if (numbers && told) fillTable(byId("workbook-microscope"), numbers, () => { delete told.dataset.old; });
}
