/* What the MovieLens page does in the browser: it asks how far a training is, one question at a
   time, and tells the server that somebody watches. */
import { noUpdate } from "../../common/dom.js";
import { makeFigure } from "../../common/figures.js";

const FIRST_RETRY_MS = 8000, LAST_RETRY_MS = 60000;

/* ---- asking, and noticing that nobody answers ---- */
let asked = 0, answered = 0, since = 0, retry = FIRST_RETRY_MS;

/* Return the next question, unless one is still open; an open one is asked again after a while, ever
   more rarely, so that a stopped server is neither flooded nor forgotten. */
export function poll(_interval, run) {
  const now = Date.now();
  if (run && run.tick) answered = Math.max(answered, run.tick);
  if (answered < asked) {
    if (now - since < retry) return [noUpdate(), now - since < FIRST_RETRY_MS];
    retry = Math.min(2 * retry, LAST_RETRY_MS);
  } else {
    retry = FIRST_RETRY_MS;
  }
  since = now;
  asked = Math.max(asked, answered) + 1;
  return [asked, retry === FIRST_RETRY_MS];
}

/* ---- who asks: browsers take turns in the queue, so each keeps an id, if it may keep any ---- */
const makeId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
let own = null;

export function identifyBrowser() {
  try {
    own = own || localStorage.getItem("optviz-browser") || makeId();
    localStorage.setItem("optviz-browser", own);
  } catch {
    own = own || makeId();
  }
  return own;
}

/* ---- watching: a training that no page watches is stopped by the server ---- */
const WATCH = "/jobs/watch", TYPE = "application/json";
const page = Math.random().toString(36).slice(2) + Date.now().toString(36);
let watched = null, timer = null;

function tellWatching() {
  const body = JSON.stringify({ key: watched, page, leave: false });
  fetch(WATCH, { method: "POST", body, headers: { "Content-Type": TYPE } })
    .then((answer) => answer.json()).then((more) => { if (!more) unwatch(); }).catch(unwatch);
}

function tellLeaving() {
  const body = JSON.stringify({ key: watched, page, leave: true });
  navigator.sendBeacon(WATCH, new Blob([body], { type: TYPE }));
}

function unwatch() {
  clearInterval(timer);
  watched = null;
}

export function watch(run) {
  const key = (run && run.key) || null;
  if (key === watched) return noUpdate();
  unwatch();
  if (!key) return noUpdate();
  watched = key;
  // On a narrow screen the button is far below what it starts.
  document.querySelector(".ratings .status").scrollIntoView({ block: "nearest" });
  tellWatching();
  timer = setInterval(tellWatching, run.watch);
  return noUpdate();
}

window.addEventListener("pagehide", () => { if (watched) tellLeaving(); });
window.addEventListener("pageshow", (event) => { if (event.persisted && watched) tellWatching(); });

/* ---- figures and lists ---- */
export const themeFigure = (still, _scheme, templates) => (still ? makeFigure(still, [], templates) : noUpdate());

/* The server has filtered; it adds the chosen option to a list that does not hold it. */
export const asFound = ({ options, search }) =>
  search ? options.filter((option) => !option.added || option.label === search) : options;
