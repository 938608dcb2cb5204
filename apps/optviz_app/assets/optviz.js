/* What every page's figures and fields share, and the Surfaces page's drawing: a part that stays, a
   part that changes and the scheme's template become one figure; sliders stand beside their fields;
   the link is written when the hand is still. */
window.dash_clientside = window.dash_clientside || {};
window.optviz = window.optviz || {};
(function () {
  "use strict";
  const skip = () => window.dash_clientside.no_update;
  const context = () => window.dash_clientside.callback_context;
  const graph = (id) => document.querySelector(`#${id} .js-plotly-plot`);

  /* ---- numbers ---- */
  const ARRAYS = { f8: Float64Array, f4: Float32Array, i4: Int32Array, i2: Int16Array, u1: Uint8Array, i1: Int8Array, u2: Uint16Array, u4: Uint32Array };

  /* The array of a typed-array spec; anything else is an array already. */
  function column(spec) {
    if (!spec || spec.bdata === undefined) return spec || [];
    const bytes = Uint8Array.from(atob(spec.bdata), (letter) => letter.charCodeAt(0));
    return new ARRAYS[spec.dtype](bytes.buffer);
  }

  /* ---- the color scheme ---- */
  const schemeNow = () =>
    document.documentElement.getAttribute("data-mantine-color-scheme") === "dark" ? "dark" : "light";
  new MutationObserver(() => {
    if (window.dash_clientside.set_props) {
      window.dash_clientside.set_props("scheme-now", { data: schemeNow() });
    }
  }).observe(document.documentElement, { attributeFilter: ["data-mantine-color-scheme"] });

  /* One figure out of a part that stays, a part that changes and the template of the scheme. */
  function themed(still, moving, _scheme, templates) {
    if (!still) return skip();
    const data = (still.data || []).concat((moving && moving.data) || []);
    const layout = Object.assign({}, still.layout, moving && moving.layout);
    layout.template = templates[schemeNow()];
    return { data, layout };
  }

  /* ---- drawing ---- */
  const CONFIG = { displaylogo: false, responsive: true, modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d", "toImage"] };
  const drawn = {};

  function tell(id) {
    document.dispatchEvent(new CustomEvent("optviz:drawn", { detail: { id } }));
  }

  /* The place of a figure, once the page and plotly are there. */
  function ready(id) {
    const div = document.querySelector(`#${id} .js-plotly-plot`) || document.querySelector(`#${id} > div`);
    return window.Plotly && div && div.isConnected ? div : null;
  }

  /* Draw a figure. Where only the numbers of the same lines changed, they move without the rest
     being drawn again: `still` names what stays. */
  function show(id, figure, still, scheme) {
    const div = ready(id);
    if (!div) return false;
    const before = drawn[id];
    const kept = before && before.div === div && before.still === still && before.scheme === scheme;
    const moves = kept && still && sameLines(before.data, figure.data);
    const done = moves ? move(div, before.data, figure) : window.Plotly.react(div, figure.data, figure.layout, CONFIG);
    drawn[id] = { div, still, scheme, data: figure.data };
    Promise.resolve(done).then(() => tell(id));
    return true;
  }

  const look = (trace) => JSON.stringify([trace.type, trace.line, trace.marker, trace.mode, trace.meta]);
  const sameLines = (a, b) => a.length === b.length && b.every((trace, i) => trace === a[i] || look(trace) === look(a[i]));

  function move(div, before, figure) {
    const traces = figure.data.map((trace, i) => i).filter((i) => figure.data[i] !== before[i]);
    const named = traces.filter((i) => figure.data[i].name !== div.data[i].name);
    const data = traces.map((i) => ({ x: figure.data[i].x, y: figure.data[i].y }));
    const still = { mode: "immediate", transition: { duration: 0 }, frame: { duration: 0, redraw: false } };
    const moved = traces.length ? window.Plotly.animate(div, { data, traces }, still) : Promise.resolve();
    return moved.then(() => named.length && window.Plotly.restyle(div, { name: named.map((i) => figure.data[i].name) }, named));
  }

  /* ---- the runs of a race: those that the browser has come without their numbers ---- */
  const known = new Map();
  const MOST_KNOWN = 60;

  /* Plotly keeps what it decoded inside a spec and then overlooks new numbers, so it gets arrays. */
  function decoded(run) {
    for (const part of [run, run.end]) Object.assign(part, { x: column(part.x), y: column(part.y) });
    return run;
  }

  function remember(race) {
    for (const run of race.runs) {
      if (run.x !== undefined) known.set(run.key, decoded(run));
      else if (known.has(run.key)) Object.assign(run, known.get(run.key), { key: run.key });
    }
    const now = new Set(race.runs.map((run) => run.key));
    for (const key of known.keys()) {
      if (known.size <= MOST_KNOWN) break;
      if (!now.has(key)) known.delete(key);
    }
  }

  const traced = (part, run, place) => Object.assign({}, run[part], { meta: Object.assign({}, run[part].meta, { run: place }) });
  const lined = (run, place) => Object.assign({ x: run.x, y: run.y }, traced("line", run, place));

  /* On a phone the surface needs the room of its legend and color bar; the table is a legend too. */
  const NARROW = 500;

  function contourFigure(surface, race, templates) {
    const lines = race.runs.map(lined);
    const ends = race.runs.map((run, place) => traced("end", run, place));
    const figure = themed(surface, { data: [...race.overlays, ...lines, ...race.marks, ...ends] }, null, templates);
    if (document.getElementById("stage").clientWidth < NARROW) {
      figure.layout.showlegend = false;
      figure.data[0] = Object.assign({}, figure.data[0], { showscale: false });
    }
    return figure;
  }

  /* ---- the table of results ---- */
  const ACTS = {
    fork: ["Fork", "fork it at the step shown"],
    pin: ["Pin", "pin it to compare with what you try next"],
    forks: ["Drop", "drop this fork"],
    pins: ["Drop", "drop this pinned run"],
    also: ["Drop", "drop all runs from this start"],
  };

  function made(name, attributes, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  }

  function actButton(each, label) {
    const [title, says] = ACTS[each.act];
    const button = made("button", { type: "button", class: "act", title: says, "aria-label": `${title} ${label}: ${says}` }, title);
    button.dataset.act = each.act;
    button.addEventListener("click", (event) => {
      event.stopPropagation();
      window.dash_clientside.set_props("act", { data: Object.assign({ time: Date.now() }, each) });
    });
    return button;
  }

  function row(each, place) {
    const swatch = made("span", { class: `swatch ${each.look.dash} ${each.look.symbol}` });
    swatch.style.color = each.look.color;
    const last = each.cells.length - 1;
    const cells = each.cells.map((text, i) => made("td", { class: i === last ? "" : "number" }, text));
    const buttons = each.acts.map((act) => actButton(act, each.label));
    return made("tr", { "data-run": place },
      made("th", { scope: "row" }, swatch, each.label),
      made("td", { class: "number", "data-at-step": place }),
      ...cells, made("td", { class: "acts" }, ...buttons));
  }

  function tabulate({ head, rows }) {
    const place = document.getElementById("results");
    if (!rows.length) return place.replaceChildren(made("p", { class: "note" }, "Every optimizer is switched off: switch one on."));
    const names = head.map((name) => made("th", { scope: "col" }, name));
    const acts = made("th", { scope: "col" }, made("span", { class: "hidden" }, "actions"));
    place.replaceChildren(made("table", {}, made("thead", {}, made("tr", {}, ...names, acts)), made("tbody", {}, ...rows.map(row))));
    tell("results");
  }

  let race = null, waits = null;

  /* Everything that a race is drawn on. Before plotly has come, try again at the next frame. */
  function draw(surface, landscape, now, _scheme, templates) {
    if (!surface || !now) return skip();
    remember(now);
    race = now;
    const scheme = schemeNow();
    const high = now.landscape && landscape;
    document.getElementById("stage").classList.toggle("high", Boolean(high));
    // The surface first; the curves in the next frame, so that the paths are seen at once.
    const parts = [
      high
        ? () => show("landscape", themed(landscape, { data: now.landscape }, null, templates), null, scheme)
        : () => show("contour", contourFigure(surface, now, templates), surface, scheme),
      () => show("losses", themed(now.losses, null, null, templates), null, scheme),
      () => show("curves", themed(now.curves, null, null, templates), null, scheme),
    ];
    tabulate(now.table);
    document.getElementById("overlay-words").textContent = now.words;
    clearTimeout(waits);
    const attempt = (left) => {
      const missing = left.filter((part) => !part());
      if (missing.length) waits = setTimeout(() => attempt(missing), 16);
      else settle();
    };
    attempt(parts);
    return [...known.keys()];
  }

  /* The words of the view, for what draws in the browser alone. */
  function words(...chosen) {
    return chosen.flat().filter(Boolean);
  }

  /* ---- sliders and fields ---- */
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
    document.getElementById("stage").classList.remove("waiting");
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

  /* ---- the link: written once the hand is still, so that a drag is one entry of the history ---- */
  let down = false, held = null;
  document.addEventListener("pointerdown", () => { down = true; }, true);
  for (const event of ["pointerup", "pointercancel"]) {
    document.addEventListener(event, () => {
      down = false;
      if (held) setTimeout(release, 0);
    }, true);
  }

  function release() {
    if (!held || down) return;
    const { query, path } = held;
    held = null;
    if (path === window.location.pathname) {
      window.dash_clientside.set_props("shown", { data: { path, query } });
      window.dash_clientside.set_props("url", { search: query ? "?" + query : "" });
    }
  }

  function writeLink(query, shown) {
    if (query === null || query === undefined) return [skip(), skip()];
    const path = window.location.pathname;
    if (shown && shown.path === path && shown.query === query) return [skip(), skip()];
    if (down) {
      held = { query, path };
      return [skip(), skip()];
    }
    return [query ? "?" + query : "", { path, query }];
  }

  /* An address to open; the one that the page wrote itself is open already. */
  function arrived(path, search, shown) {
    const query = (search || "").replace(/^\?/, "");
    return shown && shown.path === path && shown.query === query ? skip() : { path, search };
  }

  /* The links between the pages lead back to what each page showed last. */
  const lastQuery = {};
  function rememberPages(shown, paths) {
    if (shown) {
      lastQuery[shown.path] = shown.query;
      recall(shown);
    }
    return paths.map((path) => (lastQuery[path] ? `${path}?${lastQuery[path]}` : path));
  }

  /* ---- undo and redo: what each page showed, in order ---- */
  const past = {};
  function recall({ path, query }) {
    const line = (past[path] = past[path] || { queries: [], place: -1 });
    if (line.queries[line.place] === query) return enable();
    if (line.queries[line.place - 1] === query) line.place -= 1;
    else if (line.queries[line.place + 1] === query) line.place += 1;
    else {
      line.queries = line.queries.slice(0, line.place + 1).concat(query);
      line.place += 1;
    }
    enable();
  }

  const lineNow = () => past[window.location.pathname] || { queries: [], place: -1 };

  function enable() {
    const { queries, place } = lineNow();
    for (const [id, there] of [["undo", place > 0], ["redo", place < queries.length - 1]]) {
      const button = document.getElementById(id);
      if (button) button.disabled = !there;
    }
  }

  function go(by) {
    const { queries, place } = lineNow();
    const query = queries[place + by];
    if (query !== undefined) window.dash_clientside.set_props("url", { search: query ? "?" + query : "" });
  }

  /* Fork and Pin of the toolbar are those of the run that stands alone, else of the first. */
  function actOnRun(act) {
    const run = document.querySelector('#results tr[aria-pressed="true"]') || document.querySelector("#results tbody tr");
    const button = run && run.querySelector(`button[data-act="${act}"]`);
    if (button) button.click();
  }

  const PRESSED = { undo: () => go(-1), redo: () => go(1), fork: () => actOnRun("fork"), pin: () => actOnRun("pin") };
  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("button");
    if (button && PRESSED[button.id]) PRESSED[button.id]();
  });
  document.addEventListener("optviz:drawn", enable);

  Object.assign(window.optviz, { column, graph, schemeNow, themed, race: () => race });
  window.dash_clientside.optviz = { syncSlider, themed, draw, words, writeLink, arrived, rememberPages };
})();
