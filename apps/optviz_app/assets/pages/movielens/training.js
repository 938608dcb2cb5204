/* What the MovieLens page does in the browser: it asks how far a training is, one question at a
   time, and tells the server that somebody watches. */
import { noUpdate } from "../../common/dom.js";
import { makeFigure } from "../../common/figures.js";

const FIRST_RETRY_MS = 8000, LAST_RETRY_MS = 60000;

/* ---- asking, and noticing that nobody answers ---- */

/* Return what asks the next question, unless one is still open; an open one is asked again after a
   while, ever more rarely, so that a stopped server is neither flooded nor forgotten. */
function makePoll() {
  let asked = 0, answered = 0, since = 0, retry = FIRST_RETRY_MS;
  return (_interval, run) => {
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
  };
}
export const poll = makePoll(), pollStudy = makePoll();

/* ---- watching: long work that no page watches is stopped by the server ---- */
const WATCH = "/jobs/watch", TYPE = "application/json";
const page = Math.random().toString(36).slice(2) + Date.now().toString(36);

/* Return what watches one kind of work; `place` is where its status stands. */
function makeWatch(place) {
  let watched = null, timer = null;
  const write = (leave) => JSON.stringify({ key: watched, page, leave });
  const unwatch = () => { clearInterval(timer); watched = null; };
  const tell = () =>
    fetch(WATCH, { method: "POST", body: write(false), headers: { "Content-Type": TYPE } })
      .then((answer) => answer.json()).then((more) => { if (!more) unwatch(); }).catch(unwatch);
  window.addEventListener("pagehide", () => {
    if (watched) navigator.sendBeacon(WATCH, new Blob([write(true)], { type: TYPE }));
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted && watched) tell(); });
  return (run) => {
    const key = (run && run.key) || null;
    if (key === watched) return noUpdate();
    unwatch();
    if (!key) return noUpdate();
    watched = key;
    // On a narrow screen the button is far below what it starts.
    document.querySelector(place).scrollIntoView({ block: "nearest" });
    tell();
    timer = setInterval(tell, run.watch);
    return noUpdate();
  };
}
export const watch = makeWatch(".ratings .status"), watchStudy = makeWatch(".study-status");

/* ---- movies to rate: who rates by keyboard goes on with the next movie ---- */
let ratedMovie = null;
document.addEventListener("focusin", ({ target }) => {
  const row = target.closest?.(".rate-list [data-movie]");
  ratedMovie = row ? row.dataset.movie : null;
});

export function keepPlace() {
  if (ratedMovie) refocus(ratedMovie, 30);
  return noUpdate();
}

/* The rows are drawn anew some frames after they are known. */
function refocus(movie, frames) {
  if (document.activeElement === document.body) {
    const row = document.querySelector(`.rate-list [data-movie="${movie}"]`);
    const next = row || document.querySelector(".rate-list .asked");
    next?.querySelector("input:checked, input")?.focus({ preventScroll: true });
  } else if (frames) requestAnimationFrame(() => refocus(movie, frames - 1));
}

/* ---- figures and lists ---- */
export const themeFigure = (still, _scheme, templates) => (still ? makeFigure(still, [], templates) : noUpdate());

/* The server has filtered; it adds the chosen option to a list that does not hold it. */
export const asFound = ({ options, search }) =>
  search ? options.filter((option) => !option.added || option.label === search) : options;
