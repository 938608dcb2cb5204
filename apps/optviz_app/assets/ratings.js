/* What the MovieLens page does in the browser: it asks how far a training is, one question at a
   time, and tells the server that somebody watches. */
window.dash_clientside = window.dash_clientside || {};
window.dashMantineFunctions = window.dashMantineFunctions || {};
(function () {
  "use strict";
  const skip = () => window.dash_clientside.no_update;
  const FIRST_RETRY_MS = 8000, LAST_RETRY_MS = 60000;

  /* ---- asking, and noticing that nobody answers ---- */
  let asked = 0, answered = 0, since = 0, retry = FIRST_RETRY_MS;

  /* The next question, unless one is still open; an open one is asked again after a while, ever
     more rarely, so that a stopped server is neither flooded nor forgotten. */
  function tick(_interval, run) {
    const now = Date.now();
    if (run && run.tick) answered = Math.max(answered, run.tick);
    if (answered < asked) {
      if (now - since < retry) return [skip(), answered < asked && now - since < FIRST_RETRY_MS];
      retry = Math.min(2 * retry, LAST_RETRY_MS);
    } else {
      retry = FIRST_RETRY_MS;
    }
    since = now;
    asked = Math.max(asked, answered) + 1;
    return [asked, retry === FIRST_RETRY_MS];
  }

  /* ---- who asks: browsers take turns in the queue, so each keeps an id, if it may keep any ---- */
  const made = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) =>
    byte.toString(16).padStart(2, "0")).join("");
  let own = null;

  function browser() {
    try {
      own = own || localStorage.getItem("optviz-browser") || made();
      localStorage.setItem("optviz-browser", own);
    } catch (_blocked) {
      own = own || made();
    }
    return own;
  }

  /* ---- watching: a training that no page watches is stopped by the server ---- */
  const page = Math.random().toString(36).slice(2) + Date.now().toString(36);
  let watched = null, timer = null;

  function say(leave) {
    const body = JSON.stringify({ key: watched, page, leave });
    if (leave) return navigator.sendBeacon("/jobs/watch", new Blob([body], { type: "application/json" }));
    return fetch("/jobs/watch", {
      method: "POST", body, headers: { "Content-Type": "application/json" },
    }).then((answer) => answer.json()).then((more) => { if (!more) unwatch(); }).catch(unwatch);
  }

  function unwatch() {
    clearInterval(timer);
    watched = null;
  }

  function watch(run) {
    const key = (run && run.key) || null;
    if (key !== watched) {
      unwatch();
      if (key) {
        watched = key;
        // On a narrow screen the button is far below what it starts.
        document.querySelector(".ratings .status").scrollIntoView({ block: "nearest" });
        say(false);
        timer = setInterval(() => say(false), run.watch);
      }
    }
    return skip();
  }

  window.addEventListener("pagehide", () => { if (watched) say(true); });
  window.addEventListener("pageshow", (event) => { if (event.persisted && watched) say(false); });

  /* ---- figures and lists ---- */
  function figure(still, scheme, templates) {
    return still ? window.optviz.themed(still, null, templates) : skip();
  }

  /* The server has filtered; it adds the chosen option to a list that does not hold it. */
  window.dashMantineFunctions.asFound = ({ options, search }) =>
    search ? options.filter((option) => !option.added || option.label === search) : options;

  window.dash_clientside.ratings = { tick, watch, figure, browser };
})();
