/* The transport: time that moves the step, the buttons, and the slider. Nothing here asks the server. */
import { byId, findAround, onDrawn, onScrub, readProps, setData, setProps, setText, swallow } from "../../common/dom.js";
import { noteArrival, placeTarget } from "./drag.js";
import { findGraph, isDrawn } from "../../views/drawing/plotly.js";
import { readMove } from "../../common/keymap.js";
import { nameTab } from "../../common/title.js";
import { relink } from "./linked.js";
import { onPaint, paint, redraw, shown } from "./race.js";
import { sort } from "./table.js";

const WHOLE_MS = 8000; // that a whole run takes at speed 1
const LAG_MS = 250; // after which the slider is told again while it plays
const REST_MS = 300; // without a move after which the step rests
const lessMotion = window.matchMedia("(prefers-reduced-motion: reduce)");
const clock = { playing: false, speed: 1, loop: false, exact: 0, last: 0, moved: 0 };

/* ---- the step ---- */
let resting = 0;
function setStep(at) {
  shown.at = Math.min(Math.max(at, 0), shown.steps);
  redraw();
  clearTimeout(resting);
  if (!clock.playing) resting = setTimeout(rest, REST_MS);
}

/* The page is told the step only when it rests, so that no link is written before. */
function rest() {
  if (!byId("scrub") || !shown.race) return; // the page was left, or nothing is drawn yet
  const step = Math.floor(shown.at);
  setData("at", step < shown.steps ? step : null);
  nameTab(step < shown.steps ? `${shown.race.title}, step ${step}` : shown.race.title);
  sort();
}

const moveSlider = () => setProps("scrub", { value: Math.floor(shown.at) });

export function jump(at) {
  stop();
  setStep(at);
  moveSlider();
}

/* ---- time ---- */
function play() {
  isOpening = false;
  clock.playing = true;
  clock.exact = shown.at < shown.steps ? shown.at : 0;
  clock.last = performance.now();
  clearTimeout(resting);
  label();
  requestAnimationFrame(tick);
}

function stop() {
  isOpening = false;
  if (!clock.playing) return;
  clock.playing = false;
  if (!byId("scrub")) return; // the page was left
  label();
  setStep(Math.floor(shown.at));
  moveSlider();
}

/* A link may ask to be played once as it is opened, which begins when there is a picture to see. */
let isOpening = false;
const canSee = () => ["contour", "landscape"].some((id) => isDrawn(findGraph(id)));
function playSeen() {
  if (isOpening && canSee()) play();
}
onDrawn(playSeen);

function tick(now) {
  if (!clock.playing) return;
  if (!byId("scrub")) return stop();
  clock.exact += (Math.max(now - clock.last, 0) * clock.speed * shown.steps) / WHOLE_MS;
  clock.last = now;
  if (clock.exact >= shown.steps && !clock.loop) {
    shown.at = shown.steps;
    return stop();
  }
  clock.exact %= shown.steps;
  shown.at = lessMotion.matches ? Math.floor(clock.exact) : clock.exact;
  paint();
  if (now - clock.moved > LAG_MS) {
    clock.moved = now;
    moveSlider();
  }
  requestAnimationFrame(tick);
}

function label() {
  const button = byId("play"), name = clock.playing ? "pause" : "play";
  button.setAttribute("aria-label", name);
  button.dataset.now = name;
  byId("readout").setAttribute("aria-live", clock.playing ? "off" : "polite");
}

/* ---- the slider under a hand or a key: it shows the step and never sets it, as it tells of a place later
   than further presses come. React takes longer than a frame to draw a slider anew, so while it is dragged
   the step goes straight to the pictures, and the thumb is moved by the slider's own style variables.
   React hears of the place where the hand lets go. ---- */
let holds = false;
const findPart = (name) => document.querySelector(`#scrub .mantine-Slider-${name}`);

function dragSlider(event) {
  const box = findPart("trackContainer").getBoundingClientRect(), { clientX } = event.touches?.[0] ?? event;
  const isPlaying = clock.playing;
  clock.playing = isOpening = false;
  if (isPlaying) label();
  setStep(Math.round(Math.min(Math.max((clientX - box.left) / box.width, 0), 1) * shown.steps));
}

const HAND = {
  start(event) {
    if (!findAround(event, "#scrub") || event.button > 0) return;
    swallow(event);
    findPart("thumb").focus({ preventScroll: true });
    holds = true;
    dragSlider(event);
  },
  move(event) {
    if (!holds) return;
    event.stopImmediatePropagation();
    dragSlider(event);
  },
  end() {
    if (holds) moveSlider();
    holds = false;
  },
};
const EVENTS = { mousedown: "start", touchstart: "start", mousemove: "move", touchmove: "move", mouseup: "end", touchend: "end", touchcancel: "end" };
for (const [type, act] of Object.entries(EVENTS)) document.addEventListener(type, HAND[act], { capture: true, passive: false });

document.addEventListener("keydown", (event) => {
  const by = findAround(event, "#scrub [role=slider]") && readMove(event);
  if (!by) return;
  swallow(event);
  moveBy(by);
}, true);

/* The thumb at a share of the way, as the slider itself would draw it. */
onPaint((step) => {
  const thumb = findPart("thumb"), bar = findPart("bar"), at = `${(100 * step) / shown.steps}%`;
  if (!thumb || !bar) return;
  thumb.style.setProperty("--slider-thumb-offset", at);
  bar.style.setProperty("--slider-bar-width", `calc(${at} + 2 * var(--slider-size))`);
});

/* ---- a race that is drawn ---- */

/* The step at which a race opens: one that plays begins at the first, and shows its end where less
   motion is wanted. */
function findOpening({ at, steps, play: plays }) {
  return plays && lessMotion.matches ? steps : at ?? (plays ? 0 : steps);
}

/* Give the slider the end and the place for the race that was drawn last. */
let stage = null; // of the page whose race was drawn last; the slider itself is made anew with its end
const early = [];
export function loadRace() {
  const { steps, play: plays, title } = shown.race, isFresh = byId("stage") !== stage;
  const { value: place, max } = readProps("scrub"), value = holds ? Math.floor(shown.at) : place;
  stage = byId("stage");
  // A link may name the step; later whoever rests on the end stays there when it moves.
  const keeps = value !== null && value !== undefined && value < max && value <= steps;
  if (isFresh) {
    if (clock.playing) stop();
    setStep(findOpening(shown.race));
    isOpening = plays && !lessMotion.matches;
    nameTab(title);
  } else if (!clock.playing) setStep(keeps ? value : steps);
  playSeen();
  relink();
  noteArrival();
  if (Math.floor(shown.at) !== place || steps !== max) setProps("scrub", { value: Math.floor(shown.at), max: steps });
  setText("readout-of", ` of ${steps}`);
  for (const act of early.splice(0)) press(...act);
}

/* What is pressed before its race is there is done once it is. */
function press(act, on = byId("stage")) {
  if (on === stage) act();
  else if (on === byId("stage")) early.push([act, on]);
}

const moveBy = (steps) => press(() => jump(Math.floor(shown.at) + steps));
const PRESSED = {
  "play": () => (clock.playing ? stop() : play()),
  "to-start": () => jump(0),
  "step-back": () => jump(Math.ceil(shown.at) - 1),
  "step-on": () => jump(Math.floor(shown.at) + 1),
  "to-end": () => jump(shown.steps),
};
/* By the press itself: Dash tells of several presses at once as of one. */
document.addEventListener("click", (event) => {
  const button = findAround(event, ".transport-buttons button");
  if (button?.id in PRESSED) press(PRESSED[button.id]);
});
/* Keys move the step by some steps, from the step shown: the slider follows later. */
onScrub(moveBy);

export function setClock(speed, loop) {
  clock.speed = Number(speed) || 1;
  clock.loop = Boolean(loop);
}

/* Take the words of the view; returns whether the key of the arrows is hidden. */
export function setView(words) {
  shown.words = words || [];
  redraw();
  placeTarget();
  return !shown.words.includes("arrows");
}
