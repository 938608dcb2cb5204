/* The check of one's own copy of the workbook: the file goes to the server, and its answer into a
   table. Nothing is sent before a person chooses a file. */
(function () {
  "use strict";
  const { made } = window.optviz;
  const element = (id) => document.getElementById(id);
  const CHECK = "/workbook/check", MEGABYTE = 1024 * 1024;
  const HEAD = ["tab", "cells compared", "differ", "largest difference", "what was found"];

  /* ---- the field ---- */
  function field() {
    const place = element("workbook-upload");
    if (!place || place.firstChild) return;
    const input = made("input", { type: "file", id: "workbook-copy", accept: ".xlsx,.xlsm" });
    input.addEventListener("change", () => {
      if (input.files[0]) send(input.files[0], Number(place.dataset.most)).finally(() => { input.value = ""; });
    });
    place.append(made("label", { for: "workbook-copy" }, "Check your own copy"), input);
  }

  /* ---- the way to the server and back ---- */
  const say = (text) => element("workbook-upload-said").replaceChildren(text);
  let latest = null; // the file chosen last, the only one that is told of

  async function send(file, most) {
    const place = element("workbook-checked");
    const wanted = () => latest === file && element("workbook-checked") === place; // not if the page was left
    latest = file;
    place.replaceChildren();
    if (file.size > most) return say(`${file.name} is too large: at most ${most / MEGABYTE} MB.`);
    say("");
    element("workbook-checking").textContent = `Checking ${file.name} …`;
    const shipped = element("workbook-shipped").checked ? "?shipped=yes" : "";
    try {
      const answer = await fetch(CHECK + shipped, { method: "POST", body: file, headers: { "Content-Type": "application/octet-stream" } });
      if (!answer.ok) throw new Error((await answer.text()).trim());
      const report = await answer.json();
      if (!wanted()) return;
      if (report.refused) say(report.refused);
      else show(place, file.name, report);
    } catch (error) {
      if (wanted()) say(error instanceof TypeError ? "The server does not answer: is it still running?" : error.message);
    } finally {
      if (wanted()) element("workbook-checking").textContent = "";
    }
  }

  /* ---- the answer ---- */
  function row([name, ...cells]) {
    const shown = cells.map((text, i) => made("td", { class: i < 3 ? "number" : "found" }, text));
    return made("tr", { class: cells[1] === "0" ? "" : "differs" }, made("th", { scope: "row" }, name), ...shown);
  }

  function show(place, name, report) {
    const head = made("tr", {}, ...HEAD.map((text) => made("th", { scope: "col" }, text)));
    const table = made("table", {}, made("thead", {}, head), made("tbody", {}, ...report.rows.map(row)));
    const title = made("h2", { class: "section", tabindex: -1 }, `Check of ${name}`);
    const says = made("p", { class: "says" }, report.says);
    const others = report.others.map((text) => made("p", { class: "note" }, text));
    place.replaceChildren(title, says, made("div", { class: "wide", tabindex: 0, role: "region", "aria-label": "table" }, table), ...others);
    title.focus();
  }

  document.addEventListener("optviz:drawn", field);
})();
