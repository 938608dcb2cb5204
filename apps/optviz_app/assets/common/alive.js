/* Whether the server answers. While it does not, a banner says so and Dash's requests wait; once it
   answers again they are sent once more, so a page goes on where it was without being loaded anew. */
(function () {
  "use strict";
  const GONE = "optviz does not answer. This page goes on by itself once it is back.";
  const CALLBACKS = "/_dash-update-component";
  const DOWN = [502, 503, 504]; // what a proxy answers in the server's place
  const REST_MS = 60000, FIRST_MS = 1000, LAST_MS = 10000, PATIENCE_MS = 5000, TRIES = 3;
  const ask = window.fetch.bind(window);
  const state = { gone: false, wait: FIRST_MS, timer: null, asking: false, version: null };
  const held = new Map(); // a callback's output -> its last request, and what ends the wait

  /* ---- the banner ---- */
  function banner() {
    let bar = document.getElementById("alive");
    if (!bar) {
      bar = document.createElement("div");
      bar.id = "alive";
      bar.setAttribute("role", "status");
      document.body.appendChild(bar);
    }
    return bar;
  }

  function say(text, reload) {
    const bar = banner();
    if (bar.dataset.said === text) return;
    bar.dataset.said = text;
    bar.replaceChildren(...(text ? [text] : []));
    if (!reload) return;
    const button = document.createElement("button");
    button.textContent = "Reload";
    button.addEventListener("click", () => window.location.reload());
    bar.appendChild(button);
  }

  /* ---- the heartbeat: rare while all is well, none while nobody looks ---- */
  function later(delay) {
    clearTimeout(state.timer);
    state.timer = document.hidden ? null : setTimeout(beat, delay);
  }

  async function beat() {
    if (state.asking) return;
    state.asking = true;
    try {
      const answer = await ask("/alive", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
      if (!answer.ok) throw new Error(answer.status);
      back(await answer.json());
    } catch {
      lost();
    }
    state.asking = false;
    later(state.gone ? state.wait : REST_MS);
    state.wait = state.gone ? Math.min(1.5 * state.wait, LAST_MS) : FIRST_MS;
  }

  function lost() {
    state.gone = true;
    say(GONE, false);
  }

  /* Another version of the app cannot use this page's requests; the link holds what it shows. */
  function back({ version }) {
    if (state.version && version !== state.version) return window.location.reload();
    state.version = version;
    if (state.gone) say("", false);
    state.gone = false;
    const waiting = [...held.values()];
    held.clear();
    return waiting.forEach(({ again }) => again());
  }

  /* ---- Dash's requests ---- */
  const isCallback = (url) => new URL(url, window.location.href).pathname === CALLBACKS;

  /* What a request is for. A later one for the same outputs replaces one that waits. */
  function outputOf(options) {
    try {
      return JSON.parse(options.body).output;
    } catch {
      return null;
    }
  }

  /* Dash takes "no content" for "nothing to change". */
  const nothing = () => new Response(null, { status: 204 });

  function hold(url, options, tries) {
    return new Promise((resolve) => {
      const output = outputOf(options), before = held.get(output);
      if (before) before.resolve(nothing());
      held.set(output, { resolve, again: () => resolve(patient(url, options, tries)) });
      if (!state.gone) later(0);
    });
  }

  /* A request that fails although the server answers others is given up after a few tries. */
  async function patient(url, options, tries = 0) {
    if (state.gone) return hold(url, options, tries);
    const slow = setTimeout(beat, PATIENCE_MS); // it may hang instead of refusing
    try {
      const answer = await ask(url, options);
      if (DOWN.includes(answer.status) && tries < TRIES) return hold(url, options, tries + 1);
      complain(answer);
      return answer;
    } catch (error) {
      if (error.name === "AbortError" || tries >= TRIES) throw error;
      return hold(url, options, tries + 1);
    } finally {
      clearTimeout(slow);
    }
  }

  /* A refusal stays on the page until something works again. */
  async function complain(answer) {
    if (answer.ok) return state.gone ? undefined : say("", false);
    const sentence = (await answer.clone().text()).trim().slice(0, 300);
    return say(sentence.charAt(0).toUpperCase() + sentence.slice(1), true);
  }

  window.fetch = (url, options) =>
    typeof url === "string" && isCallback(url) ? patient(url, options) : ask(url, options);

  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(state.timer) : beat()));
  window.addEventListener("online", beat);
  document.addEventListener("DOMContentLoaded", () => { banner(); beat(); });
})();
