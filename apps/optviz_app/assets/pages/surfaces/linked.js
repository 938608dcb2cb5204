/* The highlighted run, seen everywhere: whatever stands for a run on the page (its line, its row, its
   legend entry, its card) makes it stand out in all pictures while hovered or focused, and a press on
   it chooses it, which stays. A press on its row or curve also fades the others. Buttons that are for
   one run take the highlighted one. */
import { countLate } from "../../views/drawing/columns.js";
import { isInside } from "../../views/drawing/overlay.js";
import { ANY_DRAG, DRAWN_TRACE, LEGEND_ENTRY, findGraph, findRun, isCasing, readAxes, readTraces } from "../../views/drawing/plotly.js";
import { findAround, onDrawn, setText, swallow } from "../../common/dom.js";
import { findNearestRow } from "../../views/drawing/nearest.js";
import { redraw, shown } from "./race.js";

const NEAR = 12, ON_PATH = 5; // pixels from a line at which it counts as hovered, and as pressed
const FADED = 0.22, HIDDEN = 0.06, LEAST_OF_LEGEND = 0.35;
const ROW = "#results tr[data-run]";
const CARDS = "#surfaces-cards .optimizer, #forks-cards .optimizer";
const LINES = `#stage ${DRAWN_TRACE}, .over-steps ${DRAWN_TRACE}, ${LEGEND_ENTRY}`;
const TIMES = ["losses", "curves"]; // the graphs over the steps
const state = { over: null, focus: null, only: null, chosen: null, name: "" }; // over, focus: {runs, run, step}
let byKeyboard = false, latest = null;

const findLit = () => state.over || state.focus;
export const announce = (text) => setText("said", text);

/* The highlighted run: the one hovered or focused, else the one chosen; null without any. */
export const findChosen = () => findLit()?.run ?? state.chosen;
export const isChosen = (run) => run === state.chosen;

/* What a button of the table means, with the numbers of its items. */
export function nameAct({ act, place, start }) {
  const { items } = shown.race;
  if (!["fork", "pin"].includes(act)) return { act: "remove", kind: act, item: items[act][place] };
  return { act, kind: "rules", item: items.rules[place], start: start ? items.also[start - 1] : null };
}

/* The runs for which there is such a button. */
export const listOwnRuns = (name) => (shown.race?.table.rows ?? []).flatMap(({ label, look, acts }, run) => {
  const found = acts.find(({ act }) => act === name);
  return found ? [{ run, label, look, act: nameAct(found) }] : [];
});

/* A name of a run that stays while others come and go. */
function nameRun(run) {
  const origin = shown.race?.table.rows[run]?.origin, items = shown.race?.items;
  return origin ? JSON.stringify([origin.kind, items[origin.kind][origin.place], origin.start ? items.also[origin.start - 1] : null]) : "";
}

export function choose(run) {
  if (run === state.chosen) return;
  Object.assign(state, { chosen: run, name: run === null ? "" : nameRun(run) });
  applyLinks();
  redraw();
}

/* How strongly a run is drawn. */
export function readAlpha(run) {
  const lit = findLit();
  if (lit && lit.runs.includes(run)) return 1;
  if (state.only !== null) return run === state.only ? 1 : HIDDEN;
  return lit ? FADED : 1;
}

/* How strongly the edges of all paths are drawn: as those that stand back, if any does. */
export const readCasingAlpha = () => (findLit() || state.only !== null ? FADED : 1);

/* A run whose step is hovered shows that step, the others the scrubbed one. */
export const readStep = (run) =>
  state.over && state.over.run === run && state.over.step !== null ? state.over.step : shown.at;

/* Opacity by style sheet on the paths of the drawn figures: to restyle them would draw anew. */
export function applyLinks() {
  const lit = findLit();
  for (const node of document.querySelectorAll(LINES)) {
    const run = findRun(node), alpha = isCasing(node) ? readCasingAlpha() : readAlpha(run);
    if (run === undefined && !isCasing(node)) continue;
    if (node.matches(LEGEND_ENTRY)) node.style.fontWeight = run === state.chosen ? "bold" : "";
    node.style.opacity = alpha === 1 ? "" : Math.max(alpha, node.matches(LEGEND_ENTRY) ? LEAST_OF_LEGEND : 0);
  }
  for (const row of document.querySelectorAll(ROW)) applyRow(row, lit);
  for (const card of document.querySelectorAll(CARDS)) {
    const runs = findCardRuns(card);
    card.classList.toggle("lit", Boolean(lit) && runs.some((run) => lit.runs.includes(run)));
    card.classList.toggle("chosen", runs.includes(state.chosen));
  }
}

function applyRow(row, lit) {
  const run = Number(row.dataset.run);
  row.classList.toggle("lit", lit ? lit.runs.includes(run) : run === state.only);
  row.classList.toggle("chosen", run === state.chosen);
  if (run === state.chosen) row.setAttribute("aria-current", "true");
  else row.removeAttribute("aria-current");
  row.classList.toggle("faded", readAlpha(run) < 1);
  row.tabIndex = 0;
  row.setAttribute("aria-selected", String(run === state.only)); // aria-pressed is for buttons alone
}

/* ---- what a place on the page stands for ---- */
const pick = (run, step = null) => ({ runs: [run], run, step });

function findPicked(event) {
  const row = findAround(event, ROW), entry = findAround(event, LEGEND_ENTRY), card = findAround(event, CARDS);
  if (row) return pick(Number(row.dataset.run));
  if (entry) return findRun(entry) === undefined ? null : pick(findRun(entry));
  const runs = card ? findCardRuns(card) : [];
  return runs.length ? { runs, run: runs[0], step: null } : null;
}

/* A card's runs: those of its optimizer from each start, or the one fork. */
function findCardRuns(card) {
  const forks = card.closest("#forks-cards"), all = [...shown.runs.keys()];
  const place = [...card.closest("#surfaces-cards, #forks-cards").querySelectorAll(".optimizer")].indexOf(card);
  if (forks) return all.filter((run) => shown.runs[run].fork).slice(place, place + 1);
  return all.filter((run) => shown.runs[run].rule === place && !shown.runs[run].fork && !shown.runs[run].pinned);
}

/* The first run of the row or card that an event is in; null elsewhere. */
export function findTouched(event) {
  const found = findAround(event, "#results, #surfaces-cards, #forks-cards") ? findPicked(event) : null;
  return found ? found.run : null;
}

function findUnder(event) {
  const picked = findPicked(event);
  const id = ["contour", ...TIMES].find((each) => readAxes(findGraph(each)) && findGraph(each).contains(event.target));
  return picked || (id ? findNearest(id, event) : null);
}

/* The run whose line passes nearest the pointer, and its step there. */
function findNearest(id, event, near = NEAR) {
  const div = findGraph(id), box = div.getBoundingClientRect();
  const pointer = [event.clientX - box.left, event.clientY - box.top];
  const paths = () => shown.runs.map((trace, run) => ({ trace, run, ...readAxes(div) }));
  let best = { far: near };
  for (const { trace, run, xaxis, yaxis } of id === "contour" ? paths() : readTraces(div)) {
    if (!shown.runs[run] || !isInside(xaxis, yaxis, pointer)) continue;
    const points = Array.from(trace.x, (x, i) => [xaxis.toPixel(x), yaxis.toPixel(trace.y[i])]);
    const { far, row } = findNearestRow(points, pointer);
    const step = shown.runs[run].step[row + countLate(trace, shown.runs[run])];
    if (far < best.far) best = { far, picked: pick(run, step) };
  }
  return best.picked || null;
}

/* ---- hover and focus ---- */
const areSame = (a, b) => JSON.stringify(a) === JSON.stringify(b);
function setPicked(place, value) {
  if (areSame(state[place], value)) return;
  const before = findLit() && findLit().runs;
  state[place] = value;
  if (!areSame(before, findLit() && findLit().runs)) applyLinks();
  redraw();
}

document.addEventListener("pointermove", (event) => {
  if (event.buttons || event.pointerType === "touch") return;
  if (!latest) requestAnimationFrame(() => {
    setPicked("over", findUnder(latest));
    latest = null;
  });
  latest = event;
});
export const leavePointed = () => setPicked("over", null);
document.documentElement.addEventListener("pointerleave", leavePointed);
document.addEventListener("keydown", (event) => {
  byKeyboard = true;
  if (event.key === "Escape" && state.only !== null) isolate(null);
  else if (event.key === "Escape" && state.chosen !== null && event.target === document.body) choose(null);
  if (!(event.target instanceof Element && event.target.matches(ROW)) || !["Enter", " "].includes(event.key)) return;
  swallow(event); // a space plays elsewhere on the page
  toggle(Number(event.target.dataset.run));
}, true);
document.addEventListener("pointerdown", () => { byKeyboard = false; }, true);
document.addEventListener("focusin", (event) => setPicked("focus", byKeyboard ? findPicked(event) : null));

/* A press on a card or an entry of the legend chooses its run, as does the focus on a card. */
for (const type of ["pointerdown", "focusin"]) {
  document.addEventListener(type, (event) => {
    const picked = findAround(event, `${CARDS}, ${LEGEND_ENTRY}`) && findPicked(event);
    if (picked && !picked.runs.includes(state.chosen)) choose(picked.run);
  }, true);
}

/* Choose the run whose path passes under a press on the surface; false where none does. */
export function chooseAt(event) {
  const found = findNearest("contour", event, ON_PATH);
  if (!found) return false;
  choose(found.run);
  announce(`${shown.runs[found.run].label} is highlighted.`);
  return true;
}
document.addEventListener("focusout", () => setPicked("focus", null));

/* ---- one run alone ---- */
function isolate(run) {
  state.only = run;
  if (run !== null) choose(run);
  const label = run !== null && shown.runs[run] ? shown.runs[run].label : "";
  announce(run === null ? "All optimizers are shown." : `Only ${label} stands out. Escape shows all.`);
  applyLinks();
  redraw();
}

const toggle = (run) => isolate(state.only === run ? null : run);

document.addEventListener("click", (event) => {
  const row = findAround(event, "button") ? null : findAround(event, ROW);
  if (row) toggle(Number(row.dataset.run));
});

/* A press and release on one spot of a curve. Plotly covers the page in between. */
let pressed = null;
document.addEventListener("mousedown", (event) => {
  const id = TIMES.find((each) => findAround(event, `#${each} ${ANY_DRAG}`));
  pressed = id && event.button === 0 ? { id, x: event.clientX, y: event.clientY } : null;
}, true);
document.addEventListener("mouseup", (event) => {
  const isStill = pressed && Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) <= 4;
  const found = isStill && findNearest(pressed.id, event);
  pressed = null;
  if (found) toggle(found.run);
}, true);

/* A new race: a run that is no more cannot stand out; one that has moved stands out where it is. */
export function relink() {
  const found = state.chosen === null ? -1 : shown.runs.findIndex((_, run) => nameRun(run) === state.name), chosen = found < 0 ? null : found;
  if (state.only !== null) state.only = state.only === state.chosen ? chosen : state.only < shown.runs.length ? state.only : null;
  Object.assign(state, { chosen, over: null });
  applyLinks();
}

onDrawn(applyLinks);
