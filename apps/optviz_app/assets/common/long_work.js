/* Long work as a page follows it: it asks how far the work is, one question at a time, and tells the
   server that somebody watches. */
import { noUpdate } from "./dom.js";
import { readScheme } from "./figures.js";

const FIRST_RETRY_MS = 8000, LAST_RETRY_MS = 60000;

/* ---- asking, and noticing that nobody answers ---- */

/* Return what asks the next question, unless one is still open; an open one is asked again after a
   while, ever more rarely, so that a stopped server is neither flooded nor forgotten. */
export function makePoll() {
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

/* ---- watching: long work that no page watches is stopped by the server ---- */
const WATCH = "/jobs/watch", TYPE = "application/json";
const page = Math.random().toString(36).slice(2) + Date.now().toString(36);

/* Return what watches one kind of work; `place` is where its status stands. */
export function makeWatch(place) {
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

/* ---- how a result is looked at: its colors, and how many pictures stand side by side ---- */
const WIDE = 900, NARROW = 520;

export function addLook(result, _scheme) {
  if (!result) return noUpdate();
  const width = document.querySelector(".pictures")?.clientWidth || WIDE;
  return { ...result, theme: readScheme(), columns: width < NARROW ? 1 : width < WIDE ? 2 : 3 };
}
