/* The cards of the optimizers: folded and opened, and sliders beside their fields. The field has the
   exact value, and while a slider is dragged the page asks one question at a time. */
import { noUpdate, readContext, setProps } from "./dom.js";
import { spell } from "../views/drawing/numbers.js";

/* ---- the cards that a person has folded or opened, a list a page, so that cards that the server
   draws anew get the state that they had ---- */
const chosen = {};

export function foldCards(_clicks, hidden) {
  const { inputs_list: [inputs], triggered } = readContext();
  const owner = (inputs[0] || { id: {} }).id.owner;
  const own = (chosen[owner] = chosen[owner] || {});
  for (const press of triggered) {
    if (!press.value || !press.prop_id.endsWith(".n_clicks")) continue;
    const { card } = JSON.parse(press.prop_id.slice(0, -".n_clicks".length));
    own[card] = !hidden[card];
  }
  const now = hidden.map((was, card) => (card in own ? own[card] : was));
  return [now, now.map((each) => (each ? "false" : "true"))];
}

/* ---- sliders ---- */
const LOST_MS = 2000;
let busy = false, pending = null, lastAsked = 0;

/* While a slider is dragged only one question is open; the last value wins. */
function mayAsk(write) {
  if (busy && performance.now() - lastAsked < LOST_MS) {
    pending = write;
    return false;
  }
  busy = true;
  lastAsked = performance.now();
  return true;
}

/* The answer is drawn: ask the question that waits. */
export function settle() {
  const write = pending;
  busy = false;
  pending = null;
  if (write && mayAsk(write)) write();
}

/* A slider on a log scale holds the exponent. A hyperparameter whose slider begins below zero is
   on a log scale: none is negative. A surface's parameter says so in its id. */
export function followSlider(text, slide, low, high) {
  const from = readContext().triggered_id;
  if (!from) return [noUpdate(), noUpdate()];
  const log = from.log === undefined ? low < 0 : from.log === 1;
  const shown = spell(log ? 10 ** slide : slide, log), value = Number(text);
  if (Number(shown) === value) return [noUpdate(), noUpdate()];
  if (from.role.endsWith("slide")) {
    const field = { ...from, role: from.role === "slide" ? "hyper" : from.role.replace("-slide", "") };
    const write = () => setProps(field, { value: shown });
    return [mayAsk(write) ? shown : noUpdate(), noUpdate()];
  }
  if (text === "" || !isFinite(value)) return [noUpdate(), noUpdate()];
  const at = log ? Math.log10(Math.max(value, 10 ** low)) : value;
  return [noUpdate(), Math.min(Math.max(at, low), high)];
}

/* A field sends what was typed on Enter; a hand that rests for a moment means the same. Its own
   delay would send old values again while its slider moves. */
const REST_MS = 400;
const resting = new Map();
document.addEventListener("input", ({ target }) => {
  if (!target.closest(".controls") || target.type !== "text") return;
  clearTimeout(resting.get(target));
  const send = () => target.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  resting.set(target, setTimeout(send, REST_MS));
}, true);
