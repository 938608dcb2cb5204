/* The step microscope of the Surfaces page: asks the server for the step shown once the hand rests,
   so that nothing slows the scrubber, and follows the optimizer that was touched last. */
window.dash_clientside = window.dash_clientside || {};
window.optviz = window.optviz || {};
(function () {
  "use strict";
  const REST = 150; // milliseconds without a move after which the step is explained
  const optviz = window.optviz;
  const set = (id, props) => window.dash_clientside.set_props(id, props);
  const place = () => document.getElementById("microscope");
  const panel = () => document.querySelector("#microscope-body .microscope");
  let timer = 0, chosen = 0, asked = "", waits = "", opened = null; // opened: the panel that chosen is of

  /* What the panel is to show; null while it is closed. */
  function wanted() {
    const race = optviz.race();
    if (!race || !place() || place().hidden) return null;
    return { query: race.query, run: chosen, step: Math.floor(optviz.player.shown.at) };
  }

  /* Called at every frame that is drawn: what has been wanted for a while is asked for. */
  function follow() {
    const now = wanted(), key = JSON.stringify(now);
    if (!now || key === (timer ? waits : asked)) return;
    clearTimeout(timer);
    waits = key;
    timer = setTimeout(ask, REST);
    place().dataset.old = "";
  }

  const same = (now) => JSON.stringify(now) === asked;

  function ask() {
    const now = wanted();
    timer = 0;
    if (!now) return;
    if (same(now)) {
      delete place().dataset.old;
      return;
    }
    asked = JSON.stringify(now);
    set("microscope-asked", { data: { ...now, known: panel() && panel().dataset.key } });
  }

  /* ---- which run ---- */
  function runs() {
    const race = optviz.race();
    if (!race || !place()) return;
    if (opened !== place()) {
      opened = place();
      chosen = Number(opened.dataset.run); // as the link has it
      asked = "";
    }
    if (place().hidden) return; // a list that nobody sees would be drawn at each change
    optviz.passMath(place());
    if (chosen >= race.runs.length) chosen = 0;
    const data = race.table.rows.map((row, run) => ({ value: String(run), label: row.label }));
    set("microscope-run", { data, value: data.length ? String(chosen) : null });
    follow();
  }

  /* A choice by hand goes into the link; what is touched elsewhere comes along with the next change. */
  function choose(value) {
    if (value === null || value === undefined || opened !== place() || Number(value) === chosen) return;
    chosen = Number(value);
    set("microscope-kept", { data: chosen });
    follow();
  }

  function touch(event) {
    if (!place() || !(event.target instanceof Element)) return;
    const run = optviz.linked.runAt(event.target);
    if (run !== null && run !== chosen) {
      chosen = run;
      follow();
      if (!place().hidden) set("microscope-run", { value: String(run) });
    }
  }

  for (const type of ["pointerdown", "focusin"]) document.addEventListener(type, touch, true);

  /* ---- the numbers of a panel whose formulas stay ---- */
  function write(panel, { cells, sums }) {
    const rows = panel.querySelectorAll(".terms tbody tr");
    cells.forEach((row, i) => row.forEach((cell, k) => writeCell(rows[i].querySelectorAll(".number")[k], cell)));
    panel.querySelectorAll(".sum").forEach((sum, i) => {
      sum.setAttribute("aria-label", sums[i].words);
      sum.querySelectorAll(".summand").forEach((summand, k) => writeBar(summand, sums[i].bars[k]));
    });
  }

  function writeCell(cell, [worked, value, exact]) {
    const shown = cell.querySelector(".value");
    cell.querySelector(".worked").textContent = worked;
    shown.textContent = value;
    shown.dataset.value = exact;
  }

  function writeBar(summand, [kind, value, left, width, zero]) {
    const bar = summand.querySelector(".bar-of");
    bar.className = `bar-of ${kind}`;
    Object.assign(bar.style, { left, width });
    summand.querySelector(".zero").style.left = zero;
    summand.querySelector(".value").textContent = value;
  }

  /* ---- what Dash calls ---- */
  function view(words) {
    const open = (words || []).includes("microscope");
    setTimeout(runs, 0); // once it is there
    return !open;
  }

  /* Numbers for a panel, which may not be there yet: React makes it at its own time. */
  function arrived(numbers) {
    const now = wanted();
    if (!now || !numbers) return;
    if (numbers.key && !(panel() && panel().dataset.key === numbers.key)) {
      requestAnimationFrame(() => arrived(numbers));
      return;
    }
    if (numbers.key) write(panel(), numbers);
    if (same(now)) delete place().dataset.old;
  }

  optviz.microscope = { follow, write };
  window.dash_clientside.microscope = { view, runs, choose, arrived };
})();
