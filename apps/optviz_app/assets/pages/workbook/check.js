/* The check of one's own copy of the workbook: the file goes to the server, and its answer into a
   table. Nothing is sent before a person chooses a file. */
import { byId, make, onDrawn, setText } from "../../common/dom.js";
import { BUSY, askPatiently, sleep } from "../../common/patience.js";

const CHECK = "/workbook/check", MEGABYTE = 1024 * 1024;
const HEAD = ["tab", "cells compared", "differ", "largest difference", "what was found"];

/* ---- the field ---- */
onDrawn(() => {
  const place = byId("workbook-upload");
  if (!place || place.firstChild) return;
  const input = make("input", { type: "file", id: "workbook-copy", accept: ".xlsx,.xlsm" });
  input.addEventListener("change", () => {
    if (input.files[0]) checkFile(input.files[0], Number(place.dataset.most)).finally(() => { input.value = ""; });
  });
  place.append(make("label", { for: "workbook-copy" }, "Check your own copy"), input);
});

/* ---- the way to the server and back ---- */
const say = (text) => setText("workbook-upload-said", text);
let latest = null; // the file chosen last, the only one that is told of

async function checkFile(file, most) {
  const place = byId("workbook-checked");
  const isWanted = () => latest === file && byId("workbook-checked") === place; // not if the page was left
  latest = file;
  place.replaceChildren();
  if (file.size > most) return say(`${file.name} is too large: at most ${most / MEGABYTE} MB.`);
  say("");
  setText("workbook-checking", `Checking ${file.name} …`);
  const shipped = byId("workbook-shipped").checked ? "?shipped=yes" : "";
  try {
    const answer = await askPatiently(
      () => fetch(CHECK + shipped, { method: "POST", body: file, headers: { "Content-Type": "application/octet-stream" } }),
      (rest) => {
        if (isWanted()) setText("workbook-checking", `${file.name}: ${BUSY}`);
        return sleep(rest);
      },
    );
    if (!answer.ok) throw new Error((await answer.text()).trim());
    const report = await answer.json();
    if (!isWanted()) return;
    if (report.refused) say(report.refused);
    else showReport(place, file.name, report);
  } catch (error) {
    if (isWanted()) say(error instanceof TypeError ? "The server does not answer: is it still running?" : error.message);
  } finally {
    if (isWanted()) setText("workbook-checking", "");
  }
}

/* ---- the answer ---- */
function makeRow([name, ...cells]) {
  const found = cells.map((text, i) => make("td", { class: i < 3 ? "number" : "found" }, text));
  return make("tr", { class: cells[1] === "0" ? "" : "differs" }, make("th", { scope: "row" }, name), ...found);
}

function showReport(place, name, { rows, says, others }) {
  const head = make("tr", {}, ...HEAD.map((text) => make("th", { scope: "col" }, text)));
  const table = make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows.map(makeRow)));
  const title = make("h2", { class: "section", tabindex: -1 }, `Check of ${name}`);
  place.replaceChildren(title, make("p", { class: "says" }, says),
    make("div", { class: "wide", tabindex: 0, role: "region", "aria-label": "table" }, table),
    ...others.map((text) => make("p", { class: "note" }, text)));
  title.focus();
}
