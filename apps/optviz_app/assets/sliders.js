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

  /* A field tells its value again a moment after it was set; only what a hand typed counts. */
  const typed = new Set(), written = new Map();
  const nameOf = (id) => JSON.stringify(Object.fromEntries(Object.entries(id).sort()));
  document.addEventListener("input", (event) => typed.add(event.target.id), true);

  /* A slider on a log scale holds the exponent. A hyperparameter whose slider begins below zero is
     on a log scale: none is negative. A surface's parameter says so in its id. */
  function syncSlider(text, slide, low, high) {
    const from = context().triggered_id;
    if (!from) return [skip(), skip()];
    const log = from.log === undefined ? low < 0 : from.log === 1;
    return from.role.endsWith("slide") ? fromSlider(from, text, slide, log) : fromField(from, text, low, high, log);
  }

  function fromSlider(from, text, slide, log) {
    const value = spelled(log ? 10 ** slide : slide, log);
    const field = Object.assign({}, from, { role: from.role === "slide" ? "hyper" : "parameter" });
    const name = nameOf(field);
    if (Number(text) === Number(value)) return [skip(), skip()];
    typed.delete(name);
    written.set(name, value);
    return [ask(() => window.dash_clientside.set_props(field, { value })) ? value : skip(), skip()];
  }

  function fromField(from, text, low, high, log) {
    const name = nameOf(from), value = Number(text);
    if (!typed.has(name)) {
      const own = written.get(name);
      return [own === undefined || own === text ? skip() : own, skip()];
    }
    written.set(name, text);
    if (text === "" || !isFinite(value)) return [skip(), skip()];
    const at = log ? Math.log10(Math.max(value, 10 ** low)) : value;
    return [skip(), Math.min(Math.max(at, low), high)];
  }

  window.optviz.settle = settle;
  window.dash_clientside.sliders = { follow: syncSlider };
})();
