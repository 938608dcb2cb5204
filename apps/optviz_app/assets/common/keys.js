/* The keys: each presses what the table of keys, which the page carries, names. */
import { announceScrub, byId, isVisible } from "./dom.js";
import { closeMenu, closeWord, walkWord } from "./glossary.js";
import { nameKey, readKeymap } from "./keymap.js";

const TYPED = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]";
const PRESSED = "button, a, input, summary, [role=button], [role=switch], [role=tab], tr[tabindex], th[tabindex]";
const MOVED = "[role=slider], [role=tab], [role=separator], input[type=radio], [role=region][tabindex]";
const OPEN = "[role=dialog][aria-modal=true], [role=menu], [role=listbox]";

let keymap = null;
function findPress(name) {
  if (!keymap && byId("keys")) keymap = readKeymap(byId("keys").dataset.keys);
  return keymap ? keymap.get(name) : undefined;
}

/* A field that has the focus undoes its own edits, and is none of the page's keys. One in which nothing
   was typed yet has none to undo: then the page's undo is meant, as after an optimizer was added. */
let edited = null;
document.addEventListener("focusin", () => { edited = null; }, true);
document.addEventListener("input", ({ target }) => { edited = target; }, true);
const isField = (target, name) => Boolean(target.closest(TYPED)) && !(name.startsWith("Ctrl+") && edited !== target);

/* Tell if the key belongs to what has the focus, or to a dialog or list that is open. */
function isTaken({ target }, name) {
  if (isField(target, name) || [...document.querySelectorAll(OPEN)].some(isVisible)) return true;
  if (name === "Space") return Boolean(target.closest(PRESSED));
  return /Arrow|Home|End/.test(name) && Boolean(target.closest(MOVED));
}

function moveSlider(steps) {
  if (!isVisible(byId("scrub"))) return false;
  announceScrub(steps);
  return true;
}

/* A button is clicked; of a group of choices the next one is taken; a list is unfolded. */
function pushButton(node) {
  if (!isVisible(node) || node.disabled) return false;
  const choices = [...node.querySelectorAll("input[type=radio]")];
  const next = choices[(choices.findIndex((each) => each.checked) + 1) % choices.length];
  const summary = node.querySelector(":scope > summary");
  if (summary) summary.focus();
  (summary || next || node).click();
  return true;
}

function act(press, key) {
  if (press.startsWith("scrub")) return moveSlider(Number(press.slice("scrub".length)));
  if (press === "run") return pushButton(document.querySelectorAll("#results tbody tr[data-run]")[key - 1]);
  return pushButton(byId(press) || document.querySelector(`[data-press="${press}"]`));
}

document.addEventListener("keydown", (event) => {
  if (!(event.target instanceof Element) || walkWord(event)) return;
  if (event.key === "Escape" && (closeWord(true) || closeMenu(null))) return;
  if (event.defaultPrevented || event.altKey || event.isComposing) return;
  const name = nameKey(event), press = findPress(name);
  if (press && !isTaken(event, name) && act(press, event.key)) event.preventDefault();
});
