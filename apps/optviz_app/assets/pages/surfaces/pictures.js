/* The Surfaces page's pictures and table: runs that the browser has are not sent again, and where only
   the numbers of the same lines change, they move without the surface being drawn again. */
window.dash_clientside = window.dash_clientside || {};
window.optviz = window.optviz || {};
(function () {
  "use strict";
  const skip = () => window.dash_clientside.no_update;
  const { column, schemeNow, themed } = window.optviz;

  const drawn = {};

  function tell(id) {
    document.dispatchEvent(new CustomEvent("optviz:drawn", { detail: { id } }));
  }

  /* The place of a figure, once the page and plotly are there. */
  function ready(id) {
    const div = document.querySelector(`#${id} > div`);
    if (!window.Plotly || !div) return null;
    if (!div.optvizConfig) {
      div.optvizConfig = JSON.parse(div.parentElement.dataset.config);
      sizes.observe(div);
    }
    return div;
  }

  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const fits = target._fullLayout && target.clientWidth === target._fullLayout.width && target.clientHeight === target._fullLayout.height;
      if (target._fullLayout && target.offsetParent && !fits) window.Plotly.Plots.resize(target);
    }
  });

  /* Draw a figure. Where only the numbers of the same lines changed, they move without the rest
     being drawn again: `still` names what stays. */
  function show(id, figure, still, scheme) {
    const div = ready(id);
    if (!div) return false;
    const before = drawn[id];
    const kept = before && before.div === div && before.still === still && before.scheme === scheme;
    const moves = kept && still && sameLines(before.data, figure.data);
    clearTimeout(div.optvizLegend);
    const done = moves ? move(div, before.data, figure) : window.Plotly.react(div, figure.data, figure.layout, div.optvizConfig);
    drawn[id] = { div, still, scheme, data: figure.data };
    Promise.resolve(done).then(() => tell(id));
    return true;
  }

  const look = (trace) => JSON.stringify([trace.type, trace.line, trace.marker, trace.mode, trace.meta]);
  const sameLines = (a, b) => a.length === b.length && b.every((trace, i) => trace === a[i] || look(trace) === look(a[i]));

  /* Plotly takes the layer of the surface away where only lines are drawn anew: put it back before
     anybody sees. Returns what ends the watch. */
  function keepSurface(div) {
    const layer = div.querySelector("g.contourlayer"), around = layer && layer.parentNode;
    if (!layer) return () => {};
    const watch = new MutationObserver(() => { if (!layer.isConnected) around.prepend(layer); });
    watch.observe(around, { childList: true });
    return () => watch.disconnect();
  }

  const sameColumn = (a, b) => a === b || Boolean(a && b && a.bdata !== undefined && a.bdata === b.bdata);
  const sameNumbers = (a, b) => sameColumn(a.x, b.x) && sameColumn(a.y, b.y);

  const LEGEND_MS = 150;
  function rename(div, figure) {
    const named = figure.data.map((trace, i) => i).filter((i) => div.data && figure.data[i].name !== (div.data[i] || {}).name);
    if (div.isConnected && named.length) window.Plotly.restyle(div, { name: named.map((i) => figure.data[i].name) }, named);
  }

  function move(div, before, figure) {
    const traces = figure.data.map((trace, i) => i).filter((i) => !sameNumbers(figure.data[i], before[i]));
    const data = traces.map((i) => ({ x: figure.data[i].x, y: figure.data[i].y }));
    const still = { mode: "immediate", transition: { duration: 0 }, frame: { duration: 0, redraw: false } };
    const done = keepSurface(div);
    const moved = traces.length ? window.Plotly.animate(div, { data, traces }, still) : Promise.resolve();
    // The legend follows once the hand is still.
    div.optvizLegend = setTimeout(() => rename(div, figure), LEGEND_MS);
    return moved.then(done);
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
    const figure = themed(surface, { data: [...race.overlays, ...lines, ...race.marks, ...ends] }, templates);
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
      window.dash_clientside.set_props("act", { data: Object.assign({ at: Math.floor(window.optviz.player.shown.at), time: Date.now() }, each) });
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
    window.optviz.writeLink(now.query);
    const scheme = schemeNow();
    const high = now.landscape && landscape;
    document.getElementById("stage").classList.toggle("high", Boolean(high));
    const parts = [
      high
        ? () => show("landscape", themed(landscape, { data: now.landscape }, templates), null, scheme)
        : () => show("contour", contourFigure(surface, now, templates), surface, scheme),
      () => show("losses", themed(now.losses, null, templates), null, scheme),
      () => show("curves", themed(now.curves, null, templates), null, scheme),
    ];
    tabulate(now.table);
    document.getElementById("overlay-words").textContent = now.words;
    clearTimeout(waits);
    const attempt = (left) => {
      const missing = left.filter((part) => !part());
      if (missing.length) waits = setTimeout(() => attempt(missing), 16);
      else {
        document.getElementById("stage").classList.remove("waiting");
        window.optviz.settle();
      }
    };
    attempt(parts);
    return [...known.keys()];
  }

  /* The words of the view, for what draws in the browser alone. */
  function words(...chosen) {
    return chosen.flat().filter(Boolean);
  }

  /* Fork and Pin of the toolbar are those of the run that stands alone, else of the first. */
  function actOnRun(act) {
    const run = document.querySelector('#results tr[aria-selected="true"]') || document.querySelector("#results tbody tr");
    const button = run && run.querySelector(`button[data-act="${act}"]`);
    if (button) button.click();
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("#fork, #pin");
    if (button) actOnRun(button.id);
  });

  Object.assign(window.optviz, { race: () => race, show });
  window.dash_clientside.surfaces = { draw, words };
})();
