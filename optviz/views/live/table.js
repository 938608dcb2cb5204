/* The table of results: a row a run, its loss at the step shown, and its order, by a press on a head.
   It keeps its cells while the runs are the same ones, so that a slider wakes nobody. */
import { spellNumber } from "../drawing/columns.js";
import { compareCells } from "../drawing/numbers.js";
import { findLoss, formatCell, formatLosses } from "../drawing/result_table.js";
import { make, makeButton, makeSwatch, setText } from "./elements.js";

const NUMBERS = ["final loss", "steps to target", "distance to minimum"];
const REMOVED = { pins: "this pinned run", forks: "this fork", also: "all runs from this start" };

export function makeTable(page) {
  const node = make("div", { class: "wide", role: "region", tabindex: 0, "aria-label": "results" });
  const order = { column: null, isDown: false };
  let race = null, rows = [], heads = [], step = 0;

  const sort = () => {
    heads.forEach(({ head }, column) => head.setAttribute("aria-sort", column !== order.column ? "none" : order.isDown ? "descending" : "ascending"));
    const value = (row) => (order.column === null ? null : row.values[order.column]);
    const wanted = [...rows].sort((a, b) => compareCells(value(a), value(b), order.isDown) || a.place - b.place);
    const body = node.querySelector("tbody");
    if (wanted.some(({ line }, i) => body.rows[i] !== line)) body.append(...wanted.map(({ line }) => line));
  };
  const choose = (column) => {
    const isAgain = order.column === column;
    order.column = isAgain && order.isDown ? null : column;
    order.isDown = isAgain && !order.isDown;
    sort();
    page.say(order.column === null ? "Sorted as the cards are." : `Sorted by ${heads[column].head.textContent}, ${order.isDown ? "descending" : "ascending"}.`);
  };
  const build = () => {
    if (!race.runs.length) {
      rows = [];
      node.replaceChildren(make("p", { class: "note" }, "Every optimizer is switched off: switch one on."));
      return;
    }
    heads = ["run", "loss at the step", ...NUMBERS, "outcome"].map((name, column) => {
      const press = makeButton(name, { class: "sort" }, () => choose(column));
      return { press, head: make("th", { scope: "col" }, press) };
    });
    rows = race.runs.map((run, place) => makeRow(run, place, page));
    const acts = make("td", {}, make("span", { class: "hidden" }, "actions"));
    node.replaceChildren(make("table", {}, make("thead", {}, make("tr", {}, ...heads.map(({ head }) => head), acts)), make("tbody", {}, ...rows.map(({ line }) => line))));
  };
  const tell = () => {
    rows.forEach((row, place) => {
      const run = race.runs[place], loss = findLoss(run, run.losses, step);
      row.values[1] = Number.isFinite(loss) ? loss : null;
      setText(row.cells[0], formatCell(loss));
    });
  };
  return {
    node,
    set(made) {
      const sign = ({ runs }) => JSON.stringify(runs.map(({ origin, color, dash, symbol }) => [origin, color, dash, symbol]));
      const isSame = race && rows.length && sign(race) === sign(made);
      race = made;
      if (!isSame) build();
      if (!rows.length) return;
      setText(heads[3].press, `steps to loss ${spellNumber(race.target, 4)}`);
      rows.forEach((row, place) => fillRow(row, race.rows[place]));
      tell();
      sort();
    },
    setStep(at) {
      step = at;
      if (rows.length) tell();
    },
    sort: () => rows.length && sort(),
  };
}

function makeRow(run, place, page) {
  const label = make("span", {}, run.label), acts = make("td", { class: "acts" });
  const { origin } = run;
  const kind = origin.pin !== null ? "pins" : origin.fork !== null ? "forks" : origin.start ? "also" : null;
  const item = { pins: origin.pin, forks: origin.fork, also: origin.start - 1 }[kind];
  if (!kind) acts.append(makeButton("Fork", { class: "act", "aria-label": `Fork ${run.label}: leave it at the step shown with another learning rate` }, () => page.fork(origin.rule)), " ");
  if (!kind || kind === "also") acts.append(makeButton("Pin", { class: "act", "aria-label": `Pin ${run.label}: keep it to compare with what you try next` }, () => page.pin(origin.rule, origin.start)), " ");
  if (kind) acts.append(makeButton("Remove", { class: "act", "aria-label": `Remove ${REMOVED[kind]}: ${run.label}` }, () => page.remove(kind, item)));
  const cells = ["", ...NUMBERS, ""].map((name, i) => make("td", { class: i <= NUMBERS.length ? "number" : "" }, " "));
  const line = make("tr", { "data-part": `run ${place + 1}` }, make("th", { scope: "row" }, makeSwatch(run), label), ...cells, acts);
  return { place, label, cells, line, values: [] };
}

function fillRow(row, { label, cells }) {
  const numbers = NUMBERS.map((name) => cells[name]);
  row.values = [label, row.values[1], ...numbers.map((each) => (Number.isFinite(each) ? each : null)), cells.outcome];
  setText(row.label, label);
  numbers.forEach((value, i) => setText(row.cells[i + 1], i ? formatCell(value, NUMBERS[i]) : formatLosses(cells)));
  setText(row.cells[NUMBERS.length + 1], cells.outcome);
}
