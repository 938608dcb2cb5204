/* The address bar: what the page shows is written into it, what is written there is opened, and what
   was there before can be had again by undo and redo. */
import { byId, findAround, noUpdate, onDrawn, setData, setProps } from "./dom.js";
import { Past, readQuery, writeSearch } from "./query.js";

/* The link is written once the hand is still: so a drag is one entry of the history, and no redraw
   waits for what hangs on the address. */
const STILL_MS = 250;
let down = false, held = null, timer = null, open = null;
document.addEventListener("pointerdown", () => { down = true; }, true);
for (const event of ["pointerup", "pointercancel"]) {
  document.addEventListener(event, () => {
    down = false;
    releaseSoon();
  }, true);
}

function releaseSoon() {
  clearTimeout(timer);
  timer = setTimeout(release, STILL_MS);
}

function release() {
  if (!held || down) return;
  const { query, path } = held;
  held = null;
  if (path !== window.location.pathname) return;
  setData("shown", { path, query });
  setProps("url", { search: writeSearch(query) });
}

const isShown = (shown, path, query) => Boolean(shown) && shown.path === path && shown.query === query;

export function writeLink(query, shown = open) {
  const path = window.location.pathname;
  held = query === null || query === undefined || isShown(shown, path, query) ? null : { query, path };
  releaseSoon();
}

/* Open an address, unless it is the one that the page wrote itself. */
export function openAddress(path, search, shown) {
  if (isShown(shown, path, readQuery(search))) return noUpdate();
  held = null; // what was to be written belongs to the page that is left
  focused = document.activeElement.id;
  return { path, search };
}

/* What had the focus has it again once the page is there anew, unless something else took it. */
let focused = "";
function refocus() {
  const node = byId(focused);
  if (!node || document.activeElement !== document.body) return;
  focused = "";
  node.focus({ preventScroll: true });
}

/* ---- what each page showed: its last query for the links between the pages, all for undo ---- */
const pasts = {};
const findPast = (path) => (pasts[path] = pasts[path] || new Past());

export function rememberPages(shown, paths) {
  open = shown;
  if (shown) {
    findPast(shown.path).visit(shown.query);
    enableUndo();
  }
  return paths.map((path) => path + writeSearch(findPast(path).look(0)));
}

const STEPS = { undo: -1, redo: 1 };
const lookBy = (id) => findPast(window.location.pathname).look(STEPS[id]);

function enableUndo() {
  for (const id of Object.keys(STEPS)) {
    if (byId(id)) byId(id).disabled = lookBy(id) === undefined;
  }
}

document.addEventListener("click", (event) => {
  const button = findAround(event, "#undo, #redo"), query = button ? lookBy(button.id) : undefined;
  if (query !== undefined) setProps("url", { search: writeSearch(query) });
});
onDrawn(() => {
  enableUndo();
  refocus();
});
