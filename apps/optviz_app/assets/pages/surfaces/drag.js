/* What a hand can move in the pictures: the start on the surface, the target on the loss plot. */
import { drawHead } from "../../views/drawing/overlay.js";
import { DOUBLE_CLICK_MS, PLOT_AREA, findGraph, readAxes } from "../../views/drawing/plotly.js";
import { byId, findAround, make, onPainted, setData, swallow } from "../../common/dom.js";
import { isSecondPress } from "../../common/presses.js";
import { roundToUnit } from "../../views/drawing/numbers.js";
import { findPainted } from "./layers.js";
import { chooseAt, leavePointed } from "./linked.js";
import { moveNumber, rest } from "./live.js";
import { redraw, shown } from "./race.js";

const GRIP = 14; // pixels around the start marker that hold it
const STILL = 4; // pixels that a click may move
const PATIENCE_MS = 1500; // after which an unanswered change is given up

/* ---- the start ---- */
const start = { held: null, ghost: null, sent: null, askedAt: -PATIENCE_MS, waiting: null, patience: 0, click: 0, before: null, pressed: null };

/* The surface under an event, with the pointer's place in it. */
function findSurface(event) {
  const div = findGraph("contour"), area = findAround(event, PLOT_AREA);
  return area && div && div.contains(area) ? findPlace(div, event) : null;
}

function findPlace(div, event) {
  const box = div.getBoundingClientRect(), axes = readAxes(div);
  return axes && { div, ...axes, x: event.clientX - box.left, y: event.clientY - box.top };
}

const findMainRun = () => shown.runs.find((each) => !each.pinned && !each.fork);

/* Tell if a place is on the marker of the main start. */
function isOnMarker(at) {
  const run = at && findMainRun();
  return Boolean(run) && Math.hypot(at.x - at.xaxis.toPixel(run.x[0]), at.y - at.yaxis.toPixel(run.y[0])) <= GRIP;
}

/* The numbers under a place, with no more digits than a pixel tells. */
const readValues = ({ xaxis, yaxis, x, y }) => [[xaxis, x], [yaxis, y]].map(([axis, pixel]) =>
  roundToUnit(axis.toValue(axis.clamp(pixel)), axis.toValue(1) - axis.toValue(0)));

const setStart = (values) => setData("drag-start", values);

/* At most one change is on its way: the next leaves when the race of the last one is here. */
function sendStart(values) {
  clearTimeout(start.patience);
  start.waiting = values;
  const wait = start.askedAt + PATIENCE_MS - performance.now();
  if (wait > 0) start.patience = setTimeout(() => sendStart(values), wait);
  else sendWaiting();
}

function sendWaiting() {
  if (String(start.waiting) !== String(start.sent)) {
    start.askedAt = performance.now();
    start.sent = start.waiting;
    setStart(start.sent);
  }
  start.waiting = null;
}

/* The marker under the hand, drawn at once: the paths follow when they are here. */
export function drawStart(pen, { xaxis, yaxis }) {
  if (!start.ghost) return;
  drawHead(pen, [xaxis.toPixel(start.ghost[0]), yaxis.toPixel(start.ghost[1])], { color: "#fff" });
}

function setGhost(values) {
  start.ghost = values;
  redraw();
}

/* A press on the marker is ours; plotly must not begin to zoom. Any other press is plotly's, and so is
   the second one of a double-click whose first one has brought the marker here. */
function pressStart(event) {
  const at = findSurface(event);
  if (!at || (event.button !== undefined && event.button !== 0)) return;
  if (event.type === "pointerdown") start.pressed = { x: at.x, y: at.y, onMarker: isOnMarker(at) };
  else if (isSecondPress()) takeClickBack(at.div);
  else start.before = null;
  if (!start.pressed || !start.pressed.onMarker) return;
  event.stopPropagation();
  if (event.type !== "pointerdown") return event.preventDefault();
  leavePointed();
  start.held = { moved: false };
  start.sent = null;
  at.div.classList.add("dragging-start");
}

function moveStart(event) {
  const div = findGraph("contour");
  if (!start.held) {
    if (div) div.classList.toggle("over-start", !event.buttons && isOnMarker(findSurface(event)));
    return;
  }
  const at = findPlace(div, event);
  start.held.moved = start.held.moved || Math.hypot(at.x - start.pressed.x, at.y - start.pressed.y) > STILL - 1;
  if (!start.held.moved) return;
  moveTo(readValues(at));
}

/* The fields show what the hand holds; React writes them once the answer is here. */
function writeStart({ x, y }) {
  for (const [name, [value]] of [["start-x", x], ["start-y", y]]) if (byId(name)) byId(name).value = String(value);
}

/* The start follows the hand: its race is made here, or asked for again and again. */
function moveTo(values) {
  start.isDrawn = moveNumber("start", values);
  start.values = values;
  setGhost(start.isDrawn ? null : values);
  writeStart({ x: [values[0]], y: [values[1]] });
  if (!start.isDrawn) sendStart(values);
}

function releaseStart(event) {
  const { held, pressed } = start, div = findGraph("contour"), isUp = event.type === "pointerup";
  start.held = start.pressed = null;
  if (!pressed || !div) return;
  div.classList.remove("dragging-start");
  const at = findPlace(div, event);
  if (held) {
    if (held.moved && isUp) {
      moveTo(readValues(at));
      rest(() => { if (start.isDrawn) setStart(start.values); });
    } else if (held.moved) {
      rest(() => {}, true);
      writeStart(findMainRun());
    }
    setGhost(null);
  } else if (isUp && Math.hypot(at.x - pressed.x, at.y - pressed.y) <= STILL) {
    if (!chooseAt(event)) clickSurface(at);
  }
}

/* A click waits for a second one: a double-click is plotly's and leaves the start alone. */
function clickSurface(at) {
  if (isSecondPress()) return;
  const values = readValues(at);
  clearTimeout(start.click);
  setGhost(values);
  start.click = setTimeout(() => {
    const run = findMainRun();
    start.before = run && [run.x[0], run.y[0]];
    moveNumber("start", values);
    rest(() => setStart(values));
    setGhost(null);
  }, DOUBLE_CLICK_MS);
}

/* The second press has come: where the first one has moved the start meanwhile, it goes back. */
function takeClickBack(div) {
  clearTimeout(start.click);
  setGhost(null);
  if (!start.before) return;
  start.held = null;
  start.pressed.onMarker = false;
  div.classList.remove("dragging-start");
  moveNumber("start", start.before);
  rest(() => {});
  setStart(start.before); // even where the last answer has it: the first press may be asked already
}

function takeOwnStart(event) {
  const isTakenBack = Boolean(start.before);
  start.before = null;
  if (isTakenBack || !isOnMarker(findSurface(event)) || !shown.race.home) return;
  swallow(event);
  setStart(shown.race.home);
}

for (const type of ["pointerdown", "mousedown", "touchstart"]) {
  document.addEventListener(type, pressStart, { capture: true, passive: false });
}
document.addEventListener("pointermove", moveStart, true);
document.addEventListener("pointerup", releaseStart, true);
document.addEventListener("pointercancel", releaseStart, true);
document.addEventListener("dblclick", takeOwnStart, true);

/* ---- the target ---- */
const target = { held: false, value: null, asked: null };
const HANDLE = { class: "target", tabindex: 0, title: "drag to set the target", role: "slider", "aria-orientation": "vertical", "aria-label": "target loss" };
const ACTS = { pointerdown: grabTarget, pointermove: pullTarget, pointerup: dropTarget, pointercancel: dropTarget, keydown: nudgeTarget };

function findHandle(div) {
  const there = div.querySelector(".target");
  if (there) return there;
  const handle = make("div", HANDLE);
  for (const [type, act] of Object.entries(ACTS)) handle.addEventListener(type, act);
  div.appendChild(handle);
  return handle;
}

/* The axes of the losses as they are seen. */
function readLossAxes(div) {
  const painted = findPainted("losses");
  return painted ? { xaxis: painted.axes.x, yaxis: painted.axes.y } : readAxes(div);
}

/* The handle lies on its line, or at the frame's edge where the line is out of sight. */
export function placeTarget() {
  const div = findGraph("losses"), axes = readLossAxes(div);
  if (!axes || !shown.race) return;
  const handle = findHandle(div), { xaxis, yaxis } = axes;
  const value = target.held ? target.value : shown.race.target;
  handle.hidden = !isFinite(value) || value === null;
  if (handle.hidden) return;
  const at = yaxis.toPixel(value);
  handle.style.left = `${xaxis.start}px`;
  handle.style.width = `${xaxis.length}px`;
  handle.style.top = `${isFinite(at) ? yaxis.clamp(at) : yaxis.end}px`;
  const text = Number(value.toPrecision(3));
  handle.dataset.value = `target ${text}`;
  handle.setAttribute("aria-valuetext", `loss ${text}`);
  handle.setAttribute("aria-valuenow", spellPlain(text));
  handle.setAttribute("aria-valuemin", spellPlain(Math.min(yaxis.toValue(yaxis.end), text)));
  handle.setAttribute("aria-valuemax", spellPlain(Math.max(yaxis.toValue(yaxis.start), text)));
}

/* ARIA knows no exponents. */
const spellPlain = (value) => value.toFixed(20).replace(/\.?0+$/, "");

onPainted(placeTarget);

const readLoss = (yaxis, pixel) => Number(yaxis.toValue(yaxis.clamp(pixel)).toPrecision(3));

function grabTarget(event) {
  if (event.button !== 0) return;
  swallow(event);
  event.currentTarget.setPointerCapture(event.pointerId);
  event.currentTarget.focus({ preventScroll: true });
  target.held = true;
  target.value = shown.race.target;
}

function pullTarget(event) {
  if (!target.held) return;
  const { yaxis, y } = findPlace(findGraph("losses"), event);
  target.value = readLoss(yaxis, y);
  placeTarget();
}

function dropTarget(event) {
  if (!target.held) return;
  target.held = false;
  if (event.type === "pointerup" && target.value !== shown.race.target) setData("target", target.value);
  else placeTarget();
}

const NUDGES = { ArrowUp: -4, ArrowDown: 4, PageUp: -40, PageDown: 40 };
function nudgeTarget(event) {
  if (!(event.key in NUDGES)) return;
  swallow(event);
  const { yaxis } = readAxes(findGraph("losses"));
  target.asked = readLoss(yaxis, yaxis.toPixel(target.asked ?? shown.race.target) + NUDGES[event.key]);
  setData("target", target.asked);
}

/* A race has come that was asked for. */
export function noteArrival() {
  target.asked = null;
  start.askedAt = -PATIENCE_MS;
  clearTimeout(start.patience);
  if (start.waiting) sendWaiting();
  placeTarget();
}
