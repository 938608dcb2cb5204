/* One run, seen everywhere: whatever stands for a run on the page (its line, its row, its legend
   entry, its card) makes the run stand out in all pictures while hovered or focused; a click on its
   row keeps it so. */
window.optviz = window.optviz || {};
(function () {
  "use strict";
  const optviz = window.optviz;
  const NEAR = 12; // pixels from a line at which it counts as hovered
  const FADED = 0.22, HIDDEN = 0.06;
  const CARDS = "#surfaces-cards .optimizer, #forks-cards .optimizer";
  const TIMES = ["losses", "curves"]; // the graphs over the steps
  const state = { over: null, focus: null, only: null }; // over, focus: {runs, run, step}
  let keyboard = false, latest = null;

  const shown = () => optviz.player.shown;
  const lit = () => state.over || state.focus;
  const hovered = () => state.over;
  const tell = (text) => {
    const said = document.getElementById("said");
    if (said) said.textContent = text;
  };

  /* How strongly a run is drawn. */
  function alpha(run) {
    const now = lit();
    if (now && now.runs.includes(run)) return 1;
    if (state.only !== null) return run === state.only ? 1 : HIDDEN;
    return now ? FADED : 1;
  }

  /* Opacity by style sheet on the paths of the drawn figures: to restyle them would draw anew. */
  const runOf = (node) => {
    const trace = node.__data__ && node.__data__[0] && node.__data__[0].trace;
    return trace && trace.meta ? trace.meta.run : undefined;
  };

  function apply() {
    for (const node of document.querySelectorAll("#stage g.trace, .over-steps g.trace, g.legend g.traces")) {
      const run = runOf(node);
      if (run !== undefined) node.style.opacity = opacity(run, node);
    }
    for (const row of document.querySelectorAll("#results tr[data-run]")) applyRow(row);
    for (const card of document.querySelectorAll(CARDS)) {
      card.classList.toggle("lit", Boolean(lit()) && runsOfCard(card).some((run) => lit().runs.includes(run)));
    }
  }

  const opacity = (run, node) => (alpha(run) === 1 ? "" : Math.max(alpha(run), node.matches("g.traces") ? 0.35 : 0));

  function applyRow(row) {
    const run = Number(row.dataset.run), now = lit();
    row.classList.toggle("lit", now ? now.runs.includes(run) : run === state.only);
    row.classList.toggle("faded", alpha(run) < 1);
    row.tabIndex = 0;
    row.setAttribute("aria-selected", String(run === state.only)); // aria-pressed is for buttons alone
  }

  /* ---- what a place on the page stands for ---- */
  function standsFor(target) {
    if (!(target instanceof Element)) return null;
    const row = target.closest("#results tr[data-run]");
    if (row) return one(Number(row.dataset.run));
    const entry = target.closest("g.legend g.traces");
    if (entry) return runOf(entry) === undefined ? null : one(runOf(entry));
    const card = target.closest(CARDS), runs = card ? runsOfCard(card) : [];
    return runs.length ? { runs, run: runs[0], step: null } : null;
  }

  /* A card's runs: those of its optimizer from each start, or the one fork. */
  function runsOfCard(card) {
    const forks = card.closest("#forks-cards"), all = shown().runs.map((run, place) => ({ run, place }));
    const place = [...card.closest("#surfaces-cards, #forks-cards").querySelectorAll(".optimizer")].indexOf(card);
    const found = forks
      ? all.filter(({ run }) => run.fork).slice(place, place + 1)
      : all.filter(({ run }) => run.rule === place && !run.fork && !run.pinned);
    return found.map((each) => each.place);
  }

  /* The first run of the row or card that an element is in; null elsewhere. */
  function runAt(element) {
    const found = element.closest("#results, #surfaces-cards, #forks-cards") ? standsFor(element) : null;
    return found ? found.run : null;
  }

  const one = (run, step = null) => ({ runs: [run], run, step });

  function under(event) {
    const direct = standsFor(event.target);
    if (direct) return direct;
    for (const id of ["contour", ...TIMES]) {
      const div = optviz.graph(id);
      if (div && div._fullLayout && div.contains(event.target)) return nearest(id, div, event);
    }
    return null;
  }

  /* The run whose line passes nearest the pointer, and its step there. */
  function nearest(id, div, event) {
    const box = div.getBoundingClientRect(), px = event.clientX - box.left, py = event.clientY - box.top;
    let best = { far: NEAR };
    for (const each of id === "contour" ? paths(div) : optviz.overlay.tracesOf(div)) {
      const run = shown().runs[each.run];
      if (!run || !optviz.overlay.inside(each.xaxis, px) || !optviz.overlay.inside(each.yaxis, py)) continue;
      const found = closest(each, px, py);
      const late = id === "contour" ? 0 : optviz.overlay.lateBy(each.trace, run);
      if (found.far < best.far) best = { far: found.far, run: each.run, step: run.first + found.row + late };
    }
    return best.run === undefined ? null : one(best.run, best.step);
  }

  function paths(div) {
    const { xaxis, yaxis } = div._fullLayout;
    return shown().runs.map((trace, run) => ({ trace, run, xaxis, yaxis }));
  }

  function closest({ trace, xaxis, yaxis }, px, py) {
    let far = Infinity, row = 0, before = null;
    for (let i = 0; i < trace.x.length; i++) {
      const at = [optviz.overlay.pixel(xaxis, trace.x[i]), optviz.overlay.pixel(yaxis, trace.y[i])];
      const here = before ? toSegment(px, py, before, at) : Math.hypot(px - at[0], py - at[1]);
      if (here < far) {
        far = here;
        row = before && Math.hypot(px - before[0], py - before[1]) < Math.hypot(px - at[0], py - at[1]) ? i - 1 : i;
      }
      before = at;
    }
    return { far, row };
  }

  function toSegment(px, py, [ax, ay], [bx, by]) {
    const dx = bx - ax, dy = by - ay, long = dx * dx + dy * dy;
    const part = long > 0 ? Math.min(Math.max(((px - ax) * dx + (py - ay) * dy) / long, 0), 1) : 0;
    return Math.hypot(px - ax - part * dx, py - ay - part * dy);
  }

  /* ---- hover and focus ---- */
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  function put(place, value) {
    if (same(state[place], value)) return;
    const runs = lit() && lit().runs;
    state[place] = value;
    if (!same(runs, lit() && lit().runs)) apply();
    optviz.player.redraw();
  }

  document.addEventListener("pointermove", (event) => {
    if (event.buttons || event.pointerType === "touch") return;
    if (!latest) requestAnimationFrame(() => {
      put("over", under(latest));
      latest = null;
    });
    latest = event;
  });
  document.documentElement.addEventListener("pointerleave", () => put("over", null));
  document.addEventListener("keydown", (event) => {
    keyboard = true;
    if (event.key === "Escape" && state.only !== null) isolate(null);
    const row = event.target instanceof Element && event.target.matches("#results tr[data-run]");
    if (row && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      event.stopPropagation(); // a space plays elsewhere on the page
      toggle(Number(event.target.dataset.run));
    }
  }, true);
  document.addEventListener("pointerdown", () => (keyboard = false), true);
  document.addEventListener("focusin", (event) => put("focus", keyboard ? standsFor(event.target) : null));
  document.addEventListener("focusout", () => put("focus", null));

  /* ---- one run alone ---- */
  function isolate(run) {
    state.only = run;
    const label = run !== null && shown().runs[run] ? shown().runs[run].label : "";
    tell(run === null ? "All optimizers are shown." : `Only ${label} stands out. Escape shows all.`);
    apply();
    optviz.player.redraw();
  }

  const toggle = (run) => isolate(state.only === run ? null : run);

  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || event.target.closest("button")) return;
    const row = event.target.closest("#results tr[data-run]");
    if (row) toggle(Number(row.dataset.run));
  });

  /* A press and release on one spot of a curve. Plotly covers the page in between. */
  let pressed = null;
  document.addEventListener("mousedown", (event) => {
    const id = event.target instanceof Element && TIMES.find((each) => event.target.closest(`#${each} .drag`));
    pressed = id && event.button === 0 ? { id, x: event.clientX, y: event.clientY } : null;
  }, true);
  document.addEventListener("mouseup", (event) => {
    const still = pressed && Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) <= 4;
    const found = still && nearest(pressed.id, optviz.graph(pressed.id), event);
    pressed = null;
    if (found) toggle(found.run);
  }, true);

  /* A new race: a run that is no more cannot stand out. */
  function follow() {
    if (state.only !== null && state.only >= shown().runs.length) state.only = null;
    state.over = null;
    apply();
  }

  document.addEventListener("optviz:drawn", apply);

  optviz.linked = { alpha, apply, follow, hovered, runAt, tell, only: () => state.only };
})();
