/* The Workbook page: the sheet as a table, the row that is looked at, and the two pictures. Every
   number comes from the server; here they are only shown. */
window.dash_clientside = window.dash_clientside || {};
window.optviz = window.optviz || {};
(function () {
  "use strict";
  const optviz = window.optviz;
  const skip = () => window.dash_clientside.no_update;
  const element = (id) => document.getElementById(id);
  const HEAD = 3; // rows of the sheet above its samples
  const shown = { sheet: null, row: 0, query: null, told: null, waits: null, rests: null };

  function made(name, attributes, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  }

  /* ---- the table ---- */
  /* Six digits to read; the whole number is in the title, and in what is copied. */
  function short(value) {
    const size = Math.abs(value);
    const far = size >= 1e7 || (size > 0 && size < 1e-4);
    const text = far ? value.toExponential(4).replace("e+", "e") : String(Number(value.toPrecision(6)));
    return text.replaceAll("-", "−");
  }

  function cell(value, row, column, note) {
    if (value === null) return made("td", {});
    if (typeof value === "number") {
      const full = String(value), title = note ? `${note}: ${full}` : full;
      return made("td", { class: "number", title, "data-full": full }, short(value));
    }
    const head = row === HEAD && column.meaning;
    return made(head ? "th" : "td", { class: "text", title: head ? column.meaning : value, ...(head ? { scope: "col" } : {}) }, value);
  }

  function line(values, row, columns, notes) {
    const cells = values.map((value, i) => cell(value, row, columns[i], notes[columns[i].letter + row]));
    return made("tr", {}, made("th", { scope: "row", class: "row-number" }, String(row)), ...cells);
  }

  function letterRow(columns) {
    const heads = columns.map(({ letter, meaning }) => {
      const words = meaning ? made("span", { class: "hidden" }, `: ${meaning}`) : "";
      return made("th", { scope: "col", title: meaning }, letter, words);
    });
    return made("tr", { class: "letters" }, made("td", {}), ...heads);
  }

  function tabulate(sheet) {
    const columns = sheet.letters.map((letter, i) => ({ letter, meaning: sheet.meanings[i] }));
    const lines = sheet.rows.map((values, i) => line(values, i + 1, columns, sheet.notes));
    const head = made("thead", {}, letterRow(columns), ...lines.slice(0, HEAD));
    const table = made("table", { class: "sheet" }, made("caption", { class: "hidden" }, sheet.tab), head, made("tbody", {}, ...lines.slice(HEAD)));
    element("workbook-frame").replaceChildren(table);
    element("workbook-frame").classList.remove("waiting");
  }

  /* The rows of the samples; below them are sums. */
  const lines = () => [...document.querySelectorAll("#workbook-frame tbody tr")].slice(0, shown.sheet ? shown.sheet.samples : 0);

  function mark(row) {
    shown.row = row;
    lines().forEach((each, place) => {
      each.classList.toggle("now", place === row);
      if (place === row) each.setAttribute("aria-current", "true");
      else each.removeAttribute("aria-current");
    });
    reveal(lines()[row]);
  }

  /* Scrolls the frame, and never the page. */
  function reveal(line) {
    const frame = element("workbook-frame"), head = frame.querySelector("thead");
    if (!line || !head) return;
    const top = line.offsetTop - head.offsetHeight, bottom = line.offsetTop + line.offsetHeight;
    if (frame.scrollTop > top) frame.scrollTop = top;
    else if (frame.scrollTop + frame.clientHeight < bottom) frame.scrollTop = bottom - frame.clientHeight;
  }

  /* ---- what is pressed, in its order: however late an answer comes, none is lost or overtaken ---- */
  const BUTTONS = ["back", "step", "epoch", "five", "reset", "own"].map((name) => `workbook-${name}`);
  const presses = { page: null, all: [] };

  function press(what) {
    const page = element("workbook-frame");
    if (presses.page !== page) Object.assign(presses, { page, all: [] }); // opened anew, it counts anew
    presses.all.push(what);
    const data = { count: presses.all.length, last: presses.all.slice(-100) };
    window.dash_clientside.set_props("workbook-pressed", { data });
  }

  /* ---- choosing a row ---- */
  function pick(row) {
    const last = lines().length - 1;
    mark(Math.min(Math.max(row, 0), last));
    press(shown.row);
  }

  const MOVES = {
    ArrowDown: () => shown.row + 1,
    ArrowUp: () => shown.row - 1,
    Home: () => 0,
    End: () => lines().length - 1,
  };
  document.addEventListener("keydown", (event) => {
    const inside = event.target.id === "workbook-frame" && !event.ctrlKey && !event.altKey && !event.metaKey;
    if (!inside || !MOVES[event.key]) return;
    event.preventDefault();
    pick(MOVES[event.key]());
  });

  document.addEventListener("click", (event) => {
    const line = event.target.closest && event.target.closest("#workbook-frame tbody tr");
    const row = line ? lines().indexOf(line) : -1;
    if (row >= 0 && window.getSelection().isCollapsed) pick(row);
  });

  /* What is copied has every digit, in columns that a spreadsheet takes. */
  document.addEventListener("copy", (event) => {
    const selection = window.getSelection(), frame = element("workbook-frame");
    if (!frame || selection.isCollapsed || !frame.contains(selection.anchorNode)) return;
    const rows = [...frame.querySelectorAll("tr")].filter((row) => selection.containsNode(row, true));
    const text = rows.map((row) => [...row.cells].slice(1)
      .filter((each) => selection.containsNode(each, true))
      .map((each) => each.dataset.full || each.textContent).join("\t")).join("\n");
    event.clipboardData.setData("text/plain", text);
    event.preventDefault();
  });

  /* ---- playing: a step each time that the one before has been drawn ---- */
  const STEP_MS = 350;
  const clock = { playing: false, timer: null };

  function play(on) {
    clock.playing = on;
    clearTimeout(clock.timer);
    const button = element("workbook-play");
    if (!button) return;
    button.querySelector(".mantine-Button-label").textContent = on ? "Pause" : "Play";
    element("workbook-readout").setAttribute("aria-live", on ? "off" : "polite");
    if (on) element("workbook-step").click();
    else if (shown.query !== null) optviz.writeLink(shown.query);
  }

  function onward(query) {
    if (!clock.playing) return optviz.writeLink(query);
    clearTimeout(clock.timer);
    clock.timer = setTimeout(() => (element("workbook-step") ? element("workbook-step").click() : play(false)), STEP_MS);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest(".workbook button");
    if (button && button.id === "workbook-play") play(!clock.playing);
    else if (button && event.isTrusted && clock.playing) play(false);
    if (button && BUTTONS.includes(button.id)) press(button.id.replace("workbook-", ""));
  });

  /* ---- drawing ---- */
  const decoded = (trace) => Object.assign({}, trace, { x: optviz.column(trace.x), y: optviz.column(trace.y) });

  function pictures(bowl, picture, now, templates) {
    const scheme = optviz.schemeNow();
    const fit = optviz.themed(picture.fit, { data: now.fit.map(decoded) }, templates);
    const over = optviz.themed(bowl, { data: [...picture.paths, ...now.here].map(decoded) }, templates);
    return [
      () => optviz.show("workbook-fit", fit, picture.fit, scheme),
      () => optviz.show("workbook-contour", over, bowl, scheme),
    ];
  }

  /* Everything that an answer brought. Before plotly has come, try again at the next frame. */
  function draw(sheet, bowl, picture, now, _scheme, templates) {
    if (!sheet || !bowl || !picture || !now || !element("workbook-frame")) return skip();
    shown.query = now.query;
    onward(now.query);
    if (sheet !== shown.sheet || !element("workbook-frame").firstChild) {
      shown.sheet = sheet;
      tabulate(sheet);
    }
    mark(now.row);
    clearTimeout(shown.waits);
    const attempt = (left) => {
      const missing = left.filter((part) => !part());
      if (missing.length) shown.waits = setTimeout(() => attempt(missing), 16);
    };
    attempt(pictures(bowl, picture, now, templates));
    ask(now.query);
    return now.query;
  }

  /* ---- what is told of the row, once the hand rests: so nothing slows the row itself ---- */
  const REST = 60; // milliseconds
  const panel = () => document.querySelector("#workbook-microscope .microscope");

  function ask(query) {
    if (query === shown.told && element("workbook-chain").firstChild) return;
    clearTimeout(shown.rests);
    optviz.passMath(element("workbook-told"));
    element("workbook-told").dataset.old = "";
    shown.rests = setTimeout(() => {
      const data = { query, known: panel() ? panel().dataset.key : null };
      if (element("workbook-told")) window.dash_clientside.set_props("workbook-asked", { data });
      shown.told = query;
    }, clock.playing ? 2 * STEP_MS : REST);
  }

  /* The numbers go into the panel of their formulas, which React makes at its own time. */
  function explained(numbers) {
    if (!numbers || !element("workbook-told")) return;
    if (numbers.key && !(panel() && panel().dataset.key === numbers.key)) {
      requestAnimationFrame(() => explained(numbers));
      return;
    }
    if (numbers.key) optviz.microscope.write(panel(), numbers);
    delete element("workbook-told").dataset.old;
  }

  /* A sentence of the server ends the playing. */
  function said(sentence) {
    if (sentence && clock.playing) play(false);
  }

  Object.assign(optviz, { made });
  window.dash_clientside.workbook = { draw, said, explained };
})();
