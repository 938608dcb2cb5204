/* The explanations of terms, and what buttons unfold. */
import { byId, findAround, setData } from "./dom.js";

const EDGE = 8; // pixels kept free at the sides of the window
let term = null, word = null; // one explanation is open at a time, beside the term that was pressed

/* Close the explanation; with `back` its term gets the focus. False if none was open. */
export function closeWord(back) {
  if (!term) return false;
  word.hidden = true;
  term.removeAttribute("aria-expanded");
  if (back) term.focus();
  term = word = null;
  return true;
}

function toggleWord(pressed) {
  const same = term === pressed;
  closeWord(false);
  if (same || !byId(pressed.dataset.word)) return;
  term = pressed;
  word = byId(pressed.dataset.word);
  word.hidden = false;
  term.setAttribute("aria-expanded", "true");
  placeWord(term.getBoundingClientRect());
}

function placeWord(box) {
  const { offsetWidth: width, offsetHeight: height } = word;
  const fitsBelow = box.bottom + height + 2 * EDGE < window.innerHeight;
  word.style.left = `${Math.max(EDGE, Math.min(box.left, window.innerWidth - width - EDGE))}px`;
  word.style.top = `${fitsBelow ? box.bottom + EDGE : Math.max(EDGE, box.top - height - EDGE)}px`;
}

/* While the page scrolls, the explanation stays with its term until that is out of sight. */
document.addEventListener("scroll", (event) => {
  if (!word || word.contains(event.target)) return;
  const box = term.getBoundingClientRect();
  if (box.bottom < 0 || box.top > window.innerHeight) closeWord(false);
  else placeWord(box);
}, true);

/* The explanation lies at the end of the document, but the keyboard reaches it as if it followed
   its term. */
export function walkWord(event) {
  if (!word || event.key !== "Tab") return false;
  const more = word.querySelector("button");
  if (document.activeElement === term && more && !event.shiftKey) more.focus();
  else if (document.activeElement === more) closeWord(true);
  else {
    closeWord(false);
    return false;
  }
  event.preventDefault();
  return true;
}

/* Close what is unfolded: like a menu by a press in it or elsewhere, and without an event, for
   Escape, the first that is open. False if none was. */
export function closeMenu(event) {
  for (const open of document.querySelectorAll("details.unfolds[open]")) {
    const inside = event && open.contains(event.target);
    if (inside && !event.target.closest(".unfolded :is(a, button)")) continue;
    open.open = false;
    if (event) continue;
    open.querySelector("summary").focus();
    return true;
  }
  return false;
}

/* What unfolds stays within the window. */
document.addEventListener("toggle", ({ target }) => {
  if (!target.matches("details.unfolds[open]")) return;
  const list = target.querySelector(".unfolded");
  list.style.translate = "";
  const { left, right } = list.getBoundingClientRect();
  list.style.translate = `${Math.max(EDGE - left, 0) || Math.min(window.innerWidth - EDGE - right, 0)}px`;
}, true);

document.addEventListener("click", (event) => {
  const pressed = findAround(event, ".term"), more = findAround(event, "[data-doc]");
  if (more) setData("doc-asked", { name: more.dataset.doc, time: Date.now() });
  if (pressed) toggleWord(pressed);
  else if (word && (!word.contains(event.target) || event.target.closest("button"))) closeWord(false);
  closeMenu(event);
});
