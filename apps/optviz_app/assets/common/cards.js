/* Sliders beside their fields: the field has the exact value, and while a slider is dragged the page
   asks one question at a time. */
window.dash_clientside = window.dash_clientside || {};
window.optviz = window.optviz || {};
(function () {
  "use strict";
  const skip = () => window.dash_clientside.no_update;
  const context = () => window.dash_clientside.callback_context;

  const spelled = (value, log) => String(Number(value.toPrecision(log ? 2 : 4)));
  let busy = false, pending = null, lastAsked = 0;

  /* While a slider is dragged only one question is open; the last value wins. */
  function ask(write) {
    if (busy && performance.now() - lastAsked < 2000) {
      pending = write;
      return false;
    }
    busy = true;
    lastAsked = performance.now();
    return true;
  }

  function settle() {
    busy = false;
    const write = pending;
    pending = null;
    if (write) {
      busy = true;
      lastAsked = performance.now();
      write();
    }
  }

  /* A field sends what was typed on Enter; a hand that rests for a moment means the same. Its own
     delay would send old values again while its slider moves. */
  const REST_MS = 400;
  const resting = new Map();
  document.addEventListener("input", ({ target }) => {
    if (!target.closest(".controls") || target.type !== "text") return;
    clearTimeout(resting.get(target));
    const send = () => target.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
    resting.set(target, setTimeout(send, REST_MS));
  }, true);

  /* A slider on a log scale holds the exponent. A hyperparameter whose slider begins below zero is
     on a log scale: none is negative. A surface's parameter says so in its id. */
  function follow(text, slide, low, high) {
    const from = context().triggered_id;
    if (!from) return [skip(), skip()];
    const log = from.log === undefined ? low < 0 : from.log === 1;
    const shown = spelled(log ? 10 ** slide : slide, log), value = Number(text);
    if (Number(shown) === value) return [skip(), skip()];
    if (from.role.endsWith("slide")) {
      const field = Object.assign({}, from, { role: from.role === "slide" ? "hyper" : "parameter" });
      const write = () => window.dash_clientside.set_props(field, { value: shown });
      return [ask(write) ? shown : skip(), skip()];
    }
    if (text === "" || !isFinite(value)) return [skip(), skip()];
    const at = log ? Math.log10(Math.max(value, 10 ** low)) : value;
    return [skip(), Math.min(Math.max(at, low), high)];
  }

  window.optviz.settle = settle;
  window.dash_clientside.sliders = { follow };
})();
