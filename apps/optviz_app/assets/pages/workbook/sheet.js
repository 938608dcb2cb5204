/* The sheet as a table, and the row of it that is looked at. Every number comes from the server; here
   they are only shown. */
import { byId, findAround, make } from "../../common/dom.js";
import { shorten } from "../../views/drawing/numbers.js";

const HEAD = 3; // rows of the sheet above its samples
const FRAME = "workbook-frame";
let samples = 0, now = 0;

/* ---- the table ---- */
function makeCell(value, row, meaning, note) {
  if (value === null) return make("td", {});
  if (typeof value === "number") {
    const full = String(value), title = note ? `${note}: ${full}` : full;
    return make("td", { class: "number", title, "data-full": full }, shorten(value));
  }
  const isHead = row === HEAD && meaning;
  return make(isHead ? "th" : "td", { class: "text", title: isHead ? meaning : value, ...(isHead ? { scope: "col" } : {}) }, value);
}

function makeLine(values, row, { letters, meanings, notes }) {
  const cells = values.map((value, i) => makeCell(value, row, meanings[i], notes[letters[i] + row]));
  return make("tr", {}, make("th", { scope: "row", class: "row-number" }, String(row)), ...cells);
}

export function tabulate(sheet) {
  const letters = sheet.letters.map((letter, i) => {
    const title = sheet.meanings[i];
    return make("th", { scope: "col", title }, letter, title ? make("span", { class: "hidden" }, `: ${title}`) : "");
  });
  const lines = sheet.rows.map((values, i) => makeLine(values, i + 1, sheet));
  const head = make("thead", {}, make("tr", { class: "letters" }, make("td", {}), ...letters), ...lines.slice(0, HEAD));
  const caption = make("caption", { class: "hidden" }, sheet.tab);
  samples = sheet.samples;
  byId(FRAME).replaceChildren(make("table", { class: "sheet" }, caption, head, make("tbody", {}, ...lines.slice(HEAD))));
  byId(FRAME).classList.remove("waiting");
}

/* The rows of the samples; below them are sums. */
const findLines = () => [...document.querySelectorAll(`#${FRAME} tbody tr`)].slice(0, samples);

export function markRow(row) {
  now = row;
  findLines().forEach((line, place) => {
    line.classList.toggle("now", place === row);
    if (place === row) line.setAttribute("aria-current", "true");
    else line.removeAttribute("aria-current");
  });
  reveal(findLines()[row]);
}

/* Scrolls the frame, and never the page. */
function reveal(line) {
  const frame = byId(FRAME), head = frame.querySelector("thead");
  if (!line || !head) return;
  const top = line.offsetTop - head.offsetHeight, bottom = line.offsetTop + line.offsetHeight;
  if (frame.scrollTop > top) frame.scrollTop = top;
  else if (frame.scrollTop + frame.clientHeight < bottom) frame.scrollTop = bottom - frame.clientHeight;
}

/* ---- choosing a row ---- */
const MOVES = { ArrowDown: () => now + 1, ArrowUp: () => now - 1, Home: () => 0, End: () => samples - 1 };

/* Tell a listener which row a person chooses, once it is marked. */
export function onPick(listener) {
  const pick = (row) => {
    markRow(Math.min(Math.max(row, 0), findLines().length - 1));
    listener(now);
  };
  document.addEventListener("keydown", (event) => {
    const isInside = event.target.id === FRAME && !event.ctrlKey && !event.altKey && !event.metaKey;
    if (!isInside || !MOVES[event.key]) return;
    event.preventDefault();
    pick(MOVES[event.key]());
  });
  document.addEventListener("click", (event) => {
    const row = findLines().indexOf(findAround(event, `#${FRAME} tbody tr`));
    if (row >= 0 && window.getSelection().isCollapsed) pick(row);
  });
}

/* What is copied has every digit, in columns that a spreadsheet takes. */
document.addEventListener("copy", (event) => {
  const selection = window.getSelection(), frame = byId(FRAME);
  if (!frame || selection.isCollapsed || !frame.contains(selection.anchorNode)) return;
  const rows = [...frame.querySelectorAll("tr")].filter((row) => selection.containsNode(row, true));
  const text = rows.map((row) => [...row.cells].slice(1)
    .filter((each) => selection.containsNode(each, true))
    .map((each) => each.dataset.full || each.textContent).join("\t")).join("\n");
  event.clipboardData.setData("text/plain", text);
  event.preventDefault();
});
