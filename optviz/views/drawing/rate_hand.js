/* The hand on the picture of learning rates: handles on the dots, which the keyboard takes too, presses
   and drags along the curves, and the note beside the pointer. */
import { spellNumber } from "./columns.js";
import { findNearestRow } from "./nearest.js";
import { spell } from "./numbers.js";
import { findDot, spellLoss } from "./rate_curves.js";

const GRIP = 18, NEAR = 28; // pixels around a dot that hold it, and from a curve at which it is told
const STILL = 6; // pixels that a finger may move and still taps
const REST_MS = 300; // without a key after which a rate rests
const DECADE = 0.05; // of an arrow key, as of the slider
const KEYS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 };

export function holdRates(picture, { take, rest }) {
  const hand = { held: null, from: null, isMoving: false, timer: 0, handles: new Map(), tip: addTip(picture.figure) };
  const set = (place, value) => {
    const curve = picture.shown.find((each) => each.place === place);
    if (!curve) return;
    const lr = Number(spell(Math.min(Math.max(value, curve.ends[0]), curve.ends[1]), true));
    hand.isMoving = true;
    if (lr !== curve.lr) take(place, lr);
  };
  const end = () => {
    clearTimeout(hand.timer);
    const { isMoving } = hand;
    Object.assign(hand, { held: null, from: null, isMoving: false });
    if (isMoving) rest();
  };
  const hold = { picture, hand, set, end };
  listenToCanvas(hold);
  return { place: () => placeHandles(hold) };
}

const readPointer = ({ figure, zoom }, { clientX, clientY }) => {
  const box = figure.getBoundingClientRect();
  return [(clientX - box.left) / zoom, (clientY - box.top) / zoom];
};

const readRate = ({ drawn: { axes: { x } } }, [across]) => x.toValue(x.clamp(across));

/* ---- presses and drags ---- */
function listenToCanvas({ picture, hand, set, end }) {
  const { over } = picture;
  over.addEventListener("pointerdown", (event) => {
    const at = readPointer(picture, event), curve = event.button === 0 && picture.drawn && findCurve(picture, at);
    if (!curve) return;
    Object.assign(hand, { held: curve.place, from: at });
    over.setPointerCapture(event.pointerId);
    hand.handles.get(curve.place)?.focus({ preventScroll: true });
    hand.tip.hidden = true;
    event.preventDefault();
    if (event.pointerType !== "touch") set(curve.place, readRate(picture, at)); // a finger may want to scroll
  });
  over.addEventListener("pointermove", (event) => {
    const at = readPointer(picture, event);
    if (hand.held === null) return tell(picture, hand, at, event);
    if (event.pointerType === "touch" && !hand.isMoving && Math.abs(at[0] - hand.from[0]) < STILL) return;
    set(hand.held, readRate(picture, at));
  });
  over.addEventListener("pointerup", (event) => {
    if (hand.held !== null && event.pointerType === "touch" && !hand.isMoving) set(hand.held, readRate(picture, readPointer(picture, event)));
    end();
  });
  over.addEventListener("pointercancel", end);
  over.addEventListener("pointerleave", () => { hand.tip.hidden = true; });
}

/* The curve that a press takes hold of: that of a dot under it, else the nearest one. */
function findCurve(picture, at) {
  const { x, y } = picture.drawn.axes;
  if (!x.holds(at[0]) || at[1] < y.start - GRIP || at[1] > y.end + GRIP) return null;
  return findNearDot(picture, at) ?? findNearLine(picture, at, Infinity)?.curve ?? null;
}

function findNearDot(picture, [across, down]) {
  const far = (curve) => {
    const [x, y] = findDot(picture, curve);
    return Math.hypot(x - across, y - down);
  };
  const [best] = [...picture.shown].sort((a, b) => far(a) - far(b));
  return best && far(best) <= GRIP ? best : null;
}

function findNearLine({ shown, drawn }, at, reach) {
  let best = null;
  for (const { trace, run, xaxis, yaxis } of drawn.traces) {
    const points = Array.from(trace.x, (x, i) => [xaxis.toPixel(x), yaxis.clamp(yaxis.toPixel(trace.y[i]))]).map((each) => (each.every(Number.isFinite) ? each : [NaN, NaN]));
    const { far, row } = findNearestRow(points, at);
    if (shown[run] && far <= reach && !(best && best.far <= far)) best = { far, row, curve: shown[run] };
  }
  return best;
}

/* ---- the note beside the pointer ---- */
function addTip(figure) {
  const tip = document.createElement("div");
  tip.className = "rate-tip";
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true");
  figure.append(tip);
  return tip;
}

function tell(picture, { tip }, at, { pointerType, buttons }) {
  const words = picture.drawn && pointerType === "mouse" && !buttons ? describePlace(picture, at) : null;
  picture.over.classList.toggle("near", Boolean(words));
  tip.hidden = !words;
  if (!words) return;
  tip.textContent = words;
  const [across, down] = at.map((each) => each * picture.zoom), isLeft = across > picture.width / 2;
  Object.assign(tip.style, { top: `${Math.max(0, down - 34)}px`, left: isLeft ? "" : `${across + 12}px`, right: isLeft ? `${picture.width - across + 12}px` : "" });
}

function describePlace(picture, at) {
  const what = picture.now.best ? "best" : "final", dot = findNearDot(picture, at);
  if (dot) return `${dot.label}: ${what} loss ${spellLoss(dot.own[what], picture.drawn.frame)}`;
  const { x } = picture.drawn.axes, edge = picture.shown.find((each) => each.edge && Math.abs(x.toPixel(each.edge.rate) - at[0]) < 4);
  const found = findNearLine(picture, at, NEAR);
  if (edge && !(found?.far < 4)) return `${edge.title}: stable up to ${edge.edge.formula} = ${spellNumber(edge.edge.rate, 4)}${edge.edge.isLocal ? ", by the curvature at the minimum" : ""}`;
  return found && `${found.curve.title} at lr ${spellNumber(found.curve.rates[found.row], 2)}: ${what} loss ${spellLoss(found.curve[what][found.row], picture.drawn.frame)}`;
}

/* ---- the handles, for the keyboard, and for a finger that means a dot ---- */
function placeHandles(hold) {
  const { picture, hand } = hold, { shown, figure } = picture;
  for (const [place, handle] of hand.handles) {
    if (shown.some((each) => each.place === place)) continue;
    handle.remove();
    hand.handles.delete(place);
  }
  for (const curve of shown) {
    if (!hand.handles.has(curve.place)) {
      const handle = makeHandle(hold, curve.place);
      hand.handles.set(curve.place, handle);
      figure.append(handle);
    }
    describeHandle(picture, hand.handles.get(curve.place), curve);
  }
}

function makeHandle({ picture, hand, set, end }, place) {
  const handle = document.createElement("div");
  handle.className = "rate-handle";
  handle.tabIndex = 0;
  handle.setAttribute("role", "slider");
  handle.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    Object.assign(hand, { held: place });
    handle.setPointerCapture(event.pointerId);
    handle.focus({ preventScroll: true });
    hand.tip.hidden = true;
  });
  handle.addEventListener("pointermove", (event) => {
    if (hand.held === place) set(place, readRate(picture, readPointer(picture, event)));
    else tell(picture, hand, readPointer(picture, event), event);
  });
  for (const type of ["pointerup", "pointercancel"]) handle.addEventListener(type, end);
  handle.addEventListener("pointerleave", () => { hand.tip.hidden = true; });
  handle.addEventListener("blur", () => { if (hand.held === null && hand.isMoving) end(); });
  handle.addEventListener("keydown", (event) => {
    const curve = picture.shown.find((each) => each.place === place), [low, high] = curve?.ends ?? [];
    const isEnd = event.key === "Home" || event.key === "End";
    if (!curve || event.ctrlKey || event.metaKey || event.altKey || !(event.key in KEYS || isEnd)) return;
    event.preventDefault();
    event.stopPropagation();
    set(place, isEnd ? (event.key === "Home" ? low : high) : step(curve.lr || low, KEYS[event.key]));
    clearTimeout(hand.timer);
    hand.timer = setTimeout(end, REST_MS);
  });
  return handle;
}

/* Another rate than this one: two digits may stay the same in a twentieth of a power of ten. */
function step(lr, by) {
  let to = lr * 10 ** (by * DECADE);
  if (Number(spell(to, true)) === lr) to = lr * 10 ** (2 * by * DECADE);
  return to;
}

function describeHandle(picture, handle, curve) {
  const [across, down] = findDot(picture, curve).map((each) => each * picture.zoom), what = picture.now.best ? "best" : "final", [low, high] = curve.ends;
  Object.assign(handle.style, { left: `${across}px`, top: `${down}px` });
  const said = {
    label: `lr of optimizer ${curve.place + 1}, ${curve.title}, on its curve`, orientation: "horizontal",
    valuemin: spellPlainly(Math.min(low, curve.lr)), valuemax: spellPlainly(Math.max(high, curve.lr)), valuenow: spellPlainly(curve.lr),
    valuetext: `lr ${spellNumber(curve.lr, 3)}, ${what} loss ${spellLoss(curve.own[what], picture.drawn.frame)}`,
  };
  for (const [name, each] of Object.entries(said)) if (handle.getAttribute(`aria-${name}`) !== each) handle.setAttribute(`aria-${name}`, each);
}

/* A number without a power of ten, which these attributes must not have. */
const spellPlainly = (number) => {
  const text = String(Number(number.toPrecision(6)));
  return !text.includes("e") ? text : number < 1 ? number.toFixed(20).replace(/\.?0+$/, "") : "1" + "0".repeat(21);
};
