/* The race made here while a hand moves a number: the runs come from the rule's own text, written in
   JavaScript, and are painted above plotly's figures. Dash and the server are told once the hand
   rests; the server's answer then replaces the pictures, and has to be the same. */
import { makeRace } from "../../javascript/race.js";
import { unpackColumn } from "../../views/drawing/columns.js";
import { announcePainted, byId, onDrawn, setText } from "../../common/dom.js";
import { findFault } from "./compare.js";
import { readNumbers, setNumber } from "./edits.js";
import { clearLayers, paintLayers } from "./layers.js";
import { announce } from "./linked.js";
import { redraw, shown } from "./race.js";
import { fillTable } from "./table.js";

const MOST_WORK = 40_000; // steps of all runs together that are made while a hand moves
const FRAME_MS = 15;
const modules = {}; // those that were fetched, by their keys; samples of noise by their addresses
const live = { experiment: null, query: "", race: null, isMoving: false, isAsked: false, drawnAt: 0 };

/* ---- what the server said last ---- */

/* Take the experiment of an answer, whose numbers a hand may move from now on. */
export function takeExperiment({ live: experiment, query }) {
  Object.assign(live, { experiment, query, race: null, isMoving: false });
  if (experiment) listKeys(experiment).forEach(fetchModule);
}

const listKeys = ({ problem, rules, forks, pins, samples }) => [
  problem.module,
  ...(samples ? [samples.address] : []),
  ...[...rules, ...forks.map(({ rule }) => rule)].flatMap((rule) => [rule.module, ...(rule.schedule ? [rule.schedule.module] : [])]),
  ...pins.flatMap(listKeys),
];

/* A module that is not there (the server is another one now) leaves the numbers to the server. */
function fetchModule(key) {
  if (key in modules) return;
  modules[key] = null;
  (key.startsWith("/") ? fetchSamples(key) : import(`/emitted/${key}.js?${live.query}`)).then((found) => {
    modules[key] = found;
    if (!live.isWarm && isReady()) warmUp();
    if (hasAll()) redraw();
  }, () => { delete modules[key]; });
}

async function fetchSamples(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${answer.status} ${address}`);
  return new Float64Array(await answer.arrayBuffer());
}

/* Make the race once while nothing else is to be done: what runs for the first time is slow. */
function warmUp() {
  live.isWarm = true;
  (window.requestIdleCallback || setTimeout)(() => { if (isReady()) makeRace(live.experiment, modules); });
}

/* ---- a hand moves ---- */
function canMake({ rules, forks, pins, also, steps }) {
  const own = rules.filter(({ on }) => on).length * (1 + also.length) + forks.length;
  return own * steps + pins.reduce((sum, pin) => sum + pin.steps, 0) <= MOST_WORK;
}

const hasAll = () => Boolean(live.experiment) && listKeys(live.experiment).every((key) => modules[key]);

/* Tell if the race can be made here now. */
export const isReady = () => Boolean(byId("stage") && live.experiment && canMake(live.experiment)) && hasAll();

/* The experiment as the hand has it and the modules that are here: `experiment` is null where it cannot be
   written in JavaScript, `isWhole` tells if all of its modules are here. */
export const readLive = () => ({ experiment: live.experiment, modules, isWhole: hasAll(), query: live.query, isMoving: live.isMoving });

/* Set a number of the experiment, by the id of its control; false where the browser cannot draw it. */
export function moveNumber(id, value) {
  if (!isReady() || !setNumber(live.experiment, id, value)) return false;
  Object.assign(live, { isMoving: true, stage: byId("stage") });
  if (live.isAsked) return true;
  live.isAsked = true;
  if (performance.now() - live.drawnAt > FRAME_MS) drawNow();
  else requestAnimationFrame(drawNow); // once a frame, the latest numbers only
  return true;
}

function drawNow() {
  live.isAsked = false;
  live.drawnAt = performance.now();
  if (!live.isMoving || !byId("stage")) return;
  live.race = canMake(live.experiment) ? makeRace(live.experiment, modules) : null;
  tellWaiting(!live.race);
  if (!live.race) return;
  const { steps } = live.experiment, isAtEnd = shown.at >= shown.steps;
  shown.race = { ...shown.race, key: null, target: live.race.target };
  shown.runs = live.race.runs.map(showRun);
  if (shown.steps !== steps) setEnd(steps, isAtEnd);
  paintLayers(live.experiment, live.race, modules, listOverlays());
  fillTable(live.race);
  announcePainted();
  redraw();
}

/* What cannot be made here, such as a run through a point at which only many digits tell the
   derivative, comes with the server's answer. */
function tellWaiting(isWaiting) {
  const { classList } = byId("stage");
  if (classList.contains("waiting") === isWaiting) return;
  classList.toggle("waiting", isWaiting);
  announce(isWaiting ? "The browser cannot make this race: it comes from the server once the hand rests." : "");
}

/* The downhill field and the curvature are the server's: they hold while surface and start stay. */
function listOverlays() {
  const readPlace = ({ problem, start }) => JSON.stringify([problem.parameters, start]);
  if (readPlace(live.experiment) === readPlace(live.given)) return shown.race.overlays;
  byId("overlay-words").style.visibility = "hidden"; // its room stays
  return [];
}

/* A run as the pictures know those of the server. */
const showRun = (run) => ({
  ...run, loss: run.losses, fork: run.origin.fork !== null, pinned: run.origin.pin !== null, rule: run.origin.rule ?? 0,
  readGrad: () => [run.gradX, run.gradY], readAverage: run.state.grad_avg && (() => run.state.grad_avg),
});

function setEnd(steps, isAtEnd) {
  shown.steps = steps;
  shown.at = isAtEnd ? steps : Math.min(shown.at, steps);
  setText("readout-of", ` of ${steps}`);
}

/* ---- the hand rests ---- */

/* Ask the server by `ask`, or show its last answer again if the numbers are what they were. A number
   that could not be set is the server's to refuse or to draw: nothing else may be seen meanwhile. */
export function rest(ask, isRefused = false) {
  if (!live.isMoving) return ask();
  if (live.isAsked) drawNow();
  live.isMoving = false;
  const isSame = readNumbers(live.experiment) === live.asked;
  if (isSame || isRefused) live.again();
  if (!isSame || isRefused) ask();
}

/* An answer has come. False if a hand has moved on: another one will follow. */
export function takeAnswer(race, again) {
  Object.assign(live, { again, given: race.live, asked: race.live && readNumbers(race.live) });
  if (live.isMoving && live.stage === byId("stage")) return false; // else the page was left meanwhile
  if (live.race && race.live && readNumbers(live.experiment) === live.asked) reportFault(race);
  takeExperiment({ ...race, live: structuredClone(race.live) });
  return true;
}

function reportFault({ runs }) {
  const fault = findFault(live.race.runs, runs.map((run) => ({ ...run, losses: unpackColumn(run.loss) })));
  if (fault) console.error(`optviz: what the browser drew differs from the server's answer: ${fault}`);
}

onDrawn((id) => { if (!live.isMoving) clearLayers(id); });
