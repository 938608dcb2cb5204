/* The address bar: what the page shows is written into it, what is written there is opened, and what
   was there before can be had again by undo and redo. */
import { byId, findAround, noUpdate, onDrawn, readProps, setData, setProps } from "./dom.js";
import { ANSWERS, expectAnswer, isAsking, onAsked, readAnswers } from "./alive.js";
import { readMove } from "./keymap.js";
import { Past, findQuery, readQuery, writeSearch } from "./query.js";
import { nameTab } from "./title.js";

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
  if (held && !down) writeHeld();
}

function writeHeld() {
  const { query, path } = held;
  held = null;
  if (path !== window.location.pathname) return;
  setData("shown", { path, query });
  setProps("url", { search: writeSearch(query) });
}

const isShown = (shown, path, query) => Boolean(shown) && shown.path === path && shown.query === query;

/* A page has drawn a query. One that is about to be replaced writes no more. */
export function writeLink(query, shown = open) {
  const path = window.location.pathname, isNews = query !== null && query !== undefined && !isShown(shown, path, query);
  noteDrawn(query);
  held = isNews && findPast(path).aim === null ? { query, path } : null;
  releaseSoon();
  enableUndo();
  step();
  doLater();
}

/* Open an address, unless it is the one that the page wrote itself. */
export function openAddress(path, search, shown) {
  if (isShown(shown, path, readQuery(search))) return noUpdate();
  held = null; // what was to be written belongs to the page that is left
  noteDrawn(null);
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

/* On a phone the names of the pages are wider than the window: that of this page comes into view. */
function showPlace(path) {
  const link = [...document.querySelectorAll(".nav")].find((each) => new URL(each.href).pathname === path);
  const list = link?.parentElement;
  if (list) list.scrollLeft = link.offsetLeft - list.offsetLeft - (list.clientWidth - link.clientWidth) / 2;
}

export function rememberPages(shown, titles) {
  if (shown && shown.path !== open?.path) {
    nameTab(titles[shown.path]);
    showPlace(shown.path);
  }
  open = shown;
  if (shown) {
    findPast(shown.path).visit(shown.query);
    if (drawn.query === null) noteDrawn(shown.query); // a page that was opened
    enableUndo();
    step();
    doLater();
  }
  return Object.keys(titles).map((path) => path + writeSearch(findPast(path).look(0)));
}

/* ---- undo and redo: every press counts, in its order. What was done before them is answered, drawn and
   written first, as a step of its own; and one page is opened at a time, the presses that come
   meanwhile counting from there. ---- */
const STEPS = { undo: -1, redo: 1 };
const PATIENCE_MS = 10_000; // after which an answer, a drawing or a page is not waited for
const GATHER_MS = 30, TOUCH_MS = 600; // Dash asks a moment after a field is left or a hand lets go
const waiting = { presses: [], timer: null, giving: null, touched: 0, isEdited: false, left: null };

/* A page says that it is about to ask for an answer. */
export function expectPage() {
  waiting.isEdited = true;
  expectAnswer(ANSWERS);
}

/* ---- what was answered and is not drawn yet ---- */
const drawn = { query: null, awaited: null };
export function noteDrawn(query) {
  Object.assign(drawn, { query, awaited: null });
}

/* An answer without a query may stand for another that was given up, or follow one that Dash has already. */
readAnswers(ANSWERS, (answer, output) => {
  const store = readProps(/[a-z]+-query(?=\.data)/.exec(output)?.[0]);
  const query = findQuery(answer) ?? (store ? store.data : drawn.query); // the page may have been left
  drawn.awaited = query === drawn.query ? null : query;
});

/* Tell if something was done that is no step yet. */
const isUnderWay = () => isAsking(ANSWERS) || drawn.awaited !== null;

/* What a hand did last may not be asked yet. */
function noteTouch(event) {
  if (findAround(event, "#page") && !findAround(event, "#undo, #redo")) Object.assign(waiting, { touched: performance.now(), isEdited: true });
}
for (const type of ["input", "change", "pointerup"]) document.addEventListener(type, noteTouch, true);
document.addEventListener("keydown", (event) => {
  if (readMove(event) && findAround(event, "[role=slider]")) noteTouch(event);
}, true);
onAsked(() => {
  if (isAsking(ANSWERS)) waiting.touched = 0;
  enableUndo();
  step();
});

/* ---- the presses ---- */
function step() {
  if (!waiting.presses.length || (waiting.timer && mustWait())) return;
  const past = findPast(window.location.pathname);
  clearTimeout(waiting.timer);
  waiting.timer = past.aim = null;
  if (held && held.path === window.location.pathname) {
    past.visit(held.query);
    writeHeld();
  }
  held = null;
  const before = past.place;
  for (const by of waiting.presses.splice(0)) past.go(by);
  if (past.aim === before) past.aim = null;
  if (past.aim !== null) openQuery(past.look(0));
  enableUndo();
  doLater();
}

function mustWait() {
  const rest = waiting.touched + TOUCH_MS - performance.now();
  if (waiting.touched && rest > 0) setTimeout(step, rest);
  return isUnderWay() || (waiting.touched && rest > 0) || isLoading();
}

/* Where the address is that already, it would be no news to Dash. */
function openQuery(query) {
  const path = window.location.pathname, search = writeSearch(query);
  noteDrawn(null);
  Object.assign(waiting, { isEdited: false, left: byId("undo") });
  clearTimeout(waiting.giving); // that of the page before
  waiting.giving = setTimeout(() => giveUp(path, query), PATIENCE_MS);
  if (readProps("url").search === search) setData("wanted", { path, search, again: performance.now() });
  else setProps("url", { search });
}

/* A server that is away is waited for; one that refused opens nothing. */
function giveUp(path, query) {
  const past = findPast(path);
  if (past.aim === null || past.look(0) !== query || isAsking("page.children")) return;
  past.aim = waiting.left = null;
  enableUndo();
  step();
  doLater();
}

/* What is pressed after undo is meant for the page that it opens, further presses of undo included: do it
   once that is drawn, or at once where none is opened. */
const later = [];
const isLoading = () => findPast(window.location.pathname).aim !== null;
const isUndoing = () => waiting.presses.length > 0 || isLoading();
export const isOpening = () => isUndoing() || later.length > 0;
export function doOnceOpened(act) {
  later.push({ act, path: window.location.pathname });
  setTimeout(() => {
    waiting.left = null;
    doLater();
  }, PATIENCE_MS);
}

function doLater() {
  for (const each of later.splice(0)) {
    if (isUndoing() || waiting.left) later.push(each);
    else if (each.path === window.location.pathname) each.act();
  }
}

function stepSoon(by) {
  if (later.length) return doOnceOpened(() => stepSoon(by));
  waiting.presses.push(by);
  waiting.timer ??= setTimeout(() => {
    waiting.timer = null;
    step();
  }, PATIENCE_MS);
  return setTimeout(step, GATHER_MS);
}

document.addEventListener("click", (event) => {
  const button = findAround(event, "#undo, #redo");
  if (button) stepSoon(STEPS[button.id]);
});

/* A button may be replaced by that of the next page while it is held down: then there is no click. */
let pushed = null;
document.addEventListener("pointerdown", (event) => { pushed = findAround(event, "#undo, #redo"); }, true);
document.addEventListener("pointerup", (event) => {
  if (pushed && !pushed.isConnected && findAround(event, `#${pushed.id}`)) stepSoon(STEPS[pushed.id]);
  pushed = null;
}, true);

function enableUndo() {
  const past = findPast(window.location.pathname);
  for (const [id, by] of Object.entries(STEPS)) {
    const button = byId(id), isAble = past.look(by) !== undefined || (by < 0 && waiting.isEdited && past.aim === null && (isUnderWay() || held !== null));
    if (button && button.disabled === isAble) button.disabled = !isAble;
  }
}

/* The buttons of a page that is there anew begin as the past has them. */
let known = null;
new MutationObserver(() => {
  if (byId("undo") === known) return;
  known = byId("undo");
  enableUndo();
}).observe(document.body, { childList: true, subtree: true });

onDrawn(() => {
  if (byId("undo") !== waiting.left) waiting.left = null; // the page that undo opened is there
  enableUndo();
  refocus();
  doLater();
});

/* Open a race on the Surfaces page, in this tab. */
export function openSurfaces(query) {
  if (query) setProps("url", { pathname: "/", search: writeSearch(query) });
}
