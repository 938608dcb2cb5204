/* The numbers of the controls under a hand: a slider or a field that moves is drawn at once, from its
   own events. React takes longer than a frame to draw a slider anew, so its thumb is moved by the
   slider's own style variables; Dash hears of the number where the hand rests. */
import { findAround, setProps, swallow } from "../../common/dom.js";
import { readMove } from "../../common/keymap.js";
import { spell } from "../../views/drawing/numbers.js";
import { isReady, moveNumber, rest } from "./live.js";

const REST_MS = 300; // without a key after which a slider rests
const FIELDS = { slide: "hyper", "parameter-slide": "parameter" };
const NUMBER = /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i;

const readId = (node) => (node.id.startsWith("{") ? JSON.parse(node.id) : node.id);
/* The element of a Dash id, whose names are in order. */
const findById = (id) => document.getElementById(JSON.stringify(Object.fromEntries(Object.entries(id).sort(([a], [b]) => (a < b ? -1 : 1)))));

/* ---- sliders ---- */
const hand = { slider: null, text: "", isHeld: false, isRefused: false, timer: 0 };

/* The slider of the page's controls that an event is about, if the race can be made here. */
function findSlider(event) {
  const root = findAround(event, ".controls .mantine-Slider-root");
  return root && openSlider(root);
}

function openSlider(root) {
  const id = readId(root);
  if (!FIELDS[id.role] || !isReady()) return null;
  const thumb = root.querySelector("[role=slider]");
  const [low, high, at] = ["valuemin", "valuemax", "valuenow"].map((name) => Number(thumb.getAttribute(`aria-${name}`)));
  const log = id.log === undefined ? low < 0 : id.log === 1; // as in cards.js
  return { root, thumb, low, high, at, log, step: Number(root.dataset.step), field: { ...id, role: FIELDS[id.role] } };
}

function moveSlider(slider, value) {
  const { root, thumb, low, high, log, field } = slider, at = Math.min(Math.max(value, low), high), share = `${(100 * (at - low)) / (high - low)}%`;
  Object.assign(hand, { slider, text: spell(log ? 10 ** at : at, log) });
  slider.at = at;
  thumb.setAttribute("aria-valuenow", at);
  thumb.style.setProperty("--slider-thumb-offset", share);
  root.querySelector(".mantine-Slider-bar").style.setProperty("--slider-bar-width", `calc(${share} + 2 * var(--slider-size))`);
  findById(field).value = hand.text;
  hand.isRefused = !moveNumber(field, Number(hand.text));
}

function restSlider() {
  clearTimeout(hand.timer);
  const { slider, text, isRefused } = hand;
  Object.assign(hand, { slider: null, isHeld: false });
  if (slider) rest(() => setProps(slider.field, { value: text }), isRefused);
}

function dragSlider(event) {
  const box = hand.slider.root.querySelector(".mantine-Slider-trackContainer").getBoundingClientRect();
  const { clientX } = event.touches && event.touches[0] ? event.touches[0] : event, { low, high, step } = hand.slider;
  const way = ((clientX - box.left) / box.width) * (high - low);
  moveSlider(hand.slider, low + Math.round(way / step) * step);
}

const HAND = {
  start(event) {
    const slider = event.button > 0 ? null : findSlider(event);
    if (!slider) return;
    if (hand.slider) restSlider();
    swallow(event);
    Object.assign(hand, { slider, isHeld: true });
    slider.thumb.focus({ preventScroll: true });
    dragSlider(event);
  },
  move(event) {
    if (!hand.isHeld) return;
    event.stopImmediatePropagation();
    dragSlider(event);
  },
  end() {
    if (hand.isHeld) restSlider();
  },
};
const EVENTS = { mousedown: "start", touchstart: "start", mousemove: "move", touchmove: "move", mouseup: "end", touchend: "end", touchcancel: "end" };
for (const [type, act] of Object.entries(EVENTS)) document.addEventListener(type, HAND[act], { capture: true, passive: false });

document.addEventListener("keydown", (event) => {
  const by = findAround(event, ".controls [role=slider]") && readMove(event);
  const slider = by && (hand.slider || findSlider(event));
  if (!slider) return;
  swallow(event);
  moveSlider(slider, slider.at + by * slider.step);
  clearTimeout(hand.timer);
  hand.timer = setTimeout(restSlider, REST_MS);
}, true);
document.addEventListener("focusout", () => { if (hand.slider && !hand.isHeld) restSlider(); }, true);

/* ---- fields: cards.js sends what was typed once the hand rests ---- */
let isWrong = false;
document.addEventListener("input", ({ target }) => {
  if (!target.closest(".controls") || target.type !== "text" || !target.id) return;
  isWrong = !NUMBER.test(target.value) || !moveNumber(readId(target), Number(target.value));
}, true);
for (const type of ["keydown", "focusout"]) {
  document.addEventListener(type, (event) => {
    if (type === "keydown" && event.key !== "Enter") return;
    if (findAround(event, ".controls input[type=text], .controls input:not([type])")) rest(() => {}, isWrong);
    isWrong = false;
  }, true);
}

/* ---- a learning rate that is moved in a picture ---- */
const far = { field: null, text: "" }; // what the browser does not draw itself goes to Dash where the hand rests

/* The slider of the learning rate of an optimizer, by the place of its card. */
const findRate = (place) => [...document.querySelectorAll("#surfaces-cards .mantine-Slider-root")].find((root) => {
  const { role, card, field } = readId(root);
  return role === "slide" && card === place && field === "lr";
});

export function moveRate(place, lr) {
  const root = findRate(place);
  if (!root) return;
  const slider = hand.slider?.root === root ? hand.slider : openSlider(root);
  if (slider) return moveSlider(slider, Math.log10(lr));
  Object.assign(far, { field: { ...readId(root), role: "hyper" }, text: String(lr) });
  findById(far.field).value = far.text;
}

export function restRate() {
  if (hand.slider) restSlider();
  if (far.field) setProps(far.field, { value: far.text });
  far.field = null;
}
