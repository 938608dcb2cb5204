/* The table of results: a row a run, its loss at the step shown, and its order, by a click on a head
   or Enter on it. The order is kept when the table is drawn again. */
import { announceDrawn, byId, findAround, make, swallow } from "../../common/dom.js";
import { findLoss, formatCell, formatLosses } from "../../views/drawing/result_table.js";
import { formatGeneral } from "../../javascript/text.js";
import { compareCells, readCell } from "../../views/drawing/numbers.js";
import { press } from "./acts.js";
import { announce, nameAct } from "./linked.js";
import { onPaint, shown } from "./race.js";

const ACTS = {
  fork: ["Fork", "fork it at the step shown"],
  pin: ["Pin", "pin it to compare with what you try next"],
  forks: ["Remove", "remove this fork"],
  pins: ["Remove", "remove this pinned run"],
  also: ["Remove", "remove all runs from this start"],
};

/* ---- the rows ---- */
function makeButton(each, label) {
  const [title, says] = ACTS[each.act];
  const button = make("button", { type: "button", class: "act", title: says, "aria-label": `${title} ${label}: ${says}`, "data-act": each.act }, title);
  button.addEventListener("click", (event) => {
    event.stopPropagation();
    press(nameAct(each));
  });
  return button;
}

function makeRow({ look, label, cells, acts }, place) {
  const swatch = make("span", { class: `swatch ${look.dash} ${look.symbol}` });
  swatch.style.color = look.color;
  return make("tr", { "data-run": place },
    make("th", { scope: "row" }, swatch, label),
    make("td", { class: "number", "data-at-step": place }),
    ...cells.map((text, i) => make("td", { class: i === cells.length - 1 ? "" : "number" }, text)),
    make("td", { class: "acts" }, ...acts.map((act) => makeButton(act, label))));
}

export function tabulate({ head, rows }) {
  const place = byId("results");
  if (!rows.length) return place.replaceChildren(make("p", { class: "note" }, "Every optimizer is switched off: switch one on."));
  const names = head.map((name) => make("th", { scope: "col" }, name));
  const acts = make("th", { scope: "col" }, make("span", { class: "hidden" }, "actions"));
  place.replaceChildren(make("table", {}, make("thead", {}, make("tr", {}, ...names, acts)), make("tbody", {}, ...rows.map(makeRow))));
  sort();
  announceDrawn("results");
}

/* Write other numbers into the same rows; the run's own columns begin after the loss at the step. */
export function fillTable({ runs, rows, target }) {
  const table = document.querySelector("#results table");
  if (!table) return;
  const head = [...table.tHead.rows[0].cells].find((cell) => cell.textContent.startsWith("steps to loss"));
  if (head) setCell(head, `steps to loss ${formatGeneral(target, 3)}`);
  for (const row of table.tBodies[0].rows) {
    const place = Number(row.dataset.run), label = row.cells[0].lastChild;
    if (!rows[place]) continue;
    if (label.nodeValue !== runs[place].label) label.nodeValue = runs[place].label;
    const { "best loss": _, ...cells } = rows[place].cells;
    Object.entries(cells).forEach(([name, value], i) => setCell(row.cells[i + 2], name === "final loss" ? formatLosses(rows[place].cells) : formatCell(value, name)));
  }
}

/* ---- the loss at the step shown ---- */
onPaint((step) => {
  setCell(byId("readout"), `step ${step}`);
  for (const cell of document.querySelectorAll("#results td[data-at-step]")) {
    const run = shown.runs[cell.dataset.atStep];
    setCell(cell, formatCell(run ? findLoss(run, run.loss, step) : null));
  }
});

/* Into the text node: no element comes or goes, so whoever watches the table is not woken. */
function setCell(node, text) {
  if (!node || node.textContent === text) return;
  if (node.childNodes.length === 1) node.firstChild.nodeValue = text;
  else node.textContent = text;
}

/* ---- the order ---- */
const order = { column: null, down: false };
const HEAD = "#results thead th[aria-sort]";

/* Equals stay in the order of the runs. */
export function sort() {
  const table = document.querySelector("#results table"), body = table && table.tBodies[0];
  if (!body) return;
  [...table.tHead.rows[0].cells].slice(0, -1).forEach((head, column) => {
    head.setAttribute("aria-sort", column === order.column ? readWay() : "none");
    head.tabIndex = 0;
  });
  const now = [...body.rows], place = (row) => Number(row.dataset.run);
  const value = (row) => (order.column === null || !row.cells[order.column] ? null : readCell(row.cells[order.column].textContent.trim()));
  const wanted = now.map((row) => ({ row, value: value(row) }))
    .sort((a, b) => compareCells(a.value, b.value, order.down) || place(a.row) - place(b.row)).map(({ row }) => row);
  if (wanted.every((row, i) => row === now[i])) return;
  const focused = document.activeElement; // a moved element loses it
  body.append(...wanted);
  if (focused && body.contains(focused)) focused.focus({ preventScroll: true });
}

const readWay = () => (order.down ? "descending" : "ascending");

/* Up, down, then back in the order of the cards. */
function choose(head) {
  const isAgain = order.column === head.cellIndex;
  order.column = isAgain && order.down ? null : head.cellIndex;
  order.down = isAgain && !order.down;
  sort();
  announce(order.column === null ? "Sorted as the cards are." : `Sorted by ${head.textContent}, ${readWay()}.`);
}

document.addEventListener("click", (event) => {
  const head = findAround(event, HEAD);
  if (head) choose(head);
});
document.addEventListener("keydown", (event) => {
  const head = findAround(event, HEAD);
  if (!head || (event.key !== "Enter" && event.key !== " ")) return;
  swallow(event);
  choose(head);
}, true);
