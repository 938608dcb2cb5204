/* The keys of the page: those of the app, as far as the page has what they do. */
import { make } from "./elements.js";

const isPresenting = (page) => page.layout === "present";

/* Keys, what they do, and where they do so if not everywhere. */
const KEYS = [
  [["Space"], "play or pause", (page) => page.player.toggle()],
  [["ArrowRight"], "one step forward", (page) => page.player.jump(page.player.at + 1)],
  [["ArrowLeft"], "one step back", (page) => page.player.jump(page.player.at - 1)],
  [["Shift+ArrowRight"], "ten steps forward", (page) => page.player.jump(page.player.at + 10)],
  [["Shift+ArrowLeft"], "ten steps back", (page) => page.player.jump(page.player.at - 10)],
  [["Home"], "to the start", (page) => page.player.jump(0)],
  [["End"], "to the end", (page) => page.player.jump(Infinity)],
  [["u", "Ctrl+z"], "undo", (page) => page.store.undo()],
  [["Shift+u", "Ctrl+Shift+z", "Ctrl+y"], "redo", (page) => page.store.redo()],
  [["v"], "switch between 2-D and 3-D", (page) => page.toggle("3d")],
  [["l"], "switch the loss between log and linear scale", (page) => page.toggle("linear")],
  [["a"], "arrows at the step", (page) => page.toggle("arrows")],
  [["p", "Shift+p"], "present: surface and loss alone, large; again to leave", (page) => page.present()],
  [["Escape"], "leave the presentation", (page) => page.present(false), isPresenting],
  [["PageDown"], "the next step of a lesson; else play, then the end", (page) => page.turn(1), isPresenting],
  [["PageUp"], "the step before of a lesson; else the start", (page) => page.turn(-1), isPresenting],
  [["?"], "this list", (page) => page.help()],
];
const ACTS = new Map(KEYS.flatMap(([keys, , act, isMeant = () => true]) => keys.map((key) => [key, { act, isMeant }])));

const TYPED = "input:not([type=checkbox]):not([type=radio]):not([type=range]), textarea, select";
const PRESSED = "button, a, input, summary, [role=button], [role=switch]";
const MOVED = "[role=slider], input[type=range], input[type=radio], [role=region][tabindex], .start, canvas[tabindex]";
const OWN = "input[type=range].scrub"; // its arrows are those of the page

/* Name a key as the table does: modifiers first, letters small. */
export function nameKey(event) {
  const key = event.key === " " ? "Space" : event.key, isLetter = /^[a-z]$/i.test(key);
  const shift = event.shiftKey && (isLetter || key.length > 1);
  return (event.ctrlKey || event.metaKey ? "Ctrl+" : "") + (shift ? "Shift+" : "") + (isLetter ? key.toLowerCase() : key);
}

/* Tell if the key belongs to what has the focus, or to a dialog that is open. */
function isTaken(target, name, root) {
  if (!(target instanceof Element)) return false;
  if (target.closest(TYPED) || root.querySelector("dialog[open]")) return true;
  if (target.closest(OWN)) return false;
  if (name === "Space") return Boolean(target.closest(PRESSED));
  return /Arrow|Home|End/.test(name) && Boolean(target.closest(MOVED));
}

/* Listen to the keys of a place; returns what ends that. */
export function listenToKeys(place, root, page) {
  const press = (event) => {
    if (event.defaultPrevented || event.altKey || event.isComposing) return;
    const name = nameKey(event), found = ACTS.get(name), [target] = event.composedPath();
    if (!found || !found.isMeant(page) || isTaken(target, name, root)) return;
    event.preventDefault();
    found.act(page);
  };
  place.addEventListener("keydown", press);
  return () => place.removeEventListener("keydown", press);
}

const SPELLED = { ArrowRight: "→", ArrowLeft: "←" };
const spellKey = (key) => key.split("+").map((part) => SPELLED[part] || part).join(" + ");

export function makeKeyTable() {
  const rows = KEYS.map(([keys, says]) => {
    const caps = keys.flatMap((key, i) => [...(i ? [" or "] : []), make("kbd", {}, spellKey(key))]);
    return make("tr", {}, make("th", { scope: "row" }, ...caps), make("td", {}, says));
  });
  return make("table", { class: "keys" }, make("tbody", {}, ...rows));
}
