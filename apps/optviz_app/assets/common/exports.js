/* Dialogs that make a figure for a paper, or a film, of an experiment: choices, which the browser
   keeps, a preview of what the file will be, and the work itself, with its progress. */
import { make } from "./dom.js";
import { readChoices, readForm, restoreForm, storeForm, writeWork } from "./export_form.js";
import { BUSY, askPatiently, sleep } from "./patience.js";

const PAGE = Math.random().toString(36).slice(2) + Date.now().toString(36);
const TYPE = { "Content-Type": "application/json" };
const PREVIEW_MS = 250, LOOK_MS = 400;
const ENDED = ["finished", "failed", "canceled", "none"];

/* ---- the server ---- */
async function post(path, body) {
  const ask = () => fetch(path, { method: "POST", headers: TYPE, body: JSON.stringify(body) });
  const answer = await askPatiently(ask, sleep);
  if (!answer.ok) throw new Error((await answer.text()).trim() || BUSY);
  return answer.json();
}

const explain = (error) =>
  error instanceof TypeError ? "The server does not answer: is it still running?" : error.message;

/* ---- the dialog ---- */

/* Open the dialog of a kind, "figure" or "film"; `browser` is the id under which it asks. */
export function openExport(kind, query, browser) {
  const choices = readChoices(kind, query);
  const form = make("form", { method: "dialog" }, ...choices);
  const preview = make("div", { class: "export-preview" }), size = make("p", { class: "note" });
  const bar = make("progress", { max: "1", "aria-label": `progress of the ${kind}` });
  const said = make("p", { class: "export-said", role: "status" });
  const start = make("button", { type: "submit", class: "primary" }, kind === "film" ? "Make the film" : "Make the figure");
  const cancel = make("button", { type: "button" }, "Cancel"), close = make("button", { type: "button" }, "Close");
  const title = make("h2", { id: "export-title" }, kind === "film" ? "Film of the run" : "Figure for a paper or a slide");
  const foot = make("div", { class: "export-foot" }, said, bar, make("div", { class: "export-buttons" }, cancel, close, start));
  form.append(foot);
  const stage = make("div", { class: "export-stage", role: "img", "aria-label": "preview" }, preview);
  const shown = make("div", { class: "export-shown" }, stage, size);
  const dialog = make("dialog", { class: "export", role: "dialog", "aria-modal": "true", "aria-labelledby": "export-title" }, title, make("div", { class: "export-sides" }, form, shown));
  const parts = { kind, form, stage, preview, size, bar, said, start, cancel, dialog };
  restoreForm(kind, form);
  const work = makeWork(parts, () => readForm(kind, form, query, browser));
  const draw = makePreview(parts, () => readForm(kind, form, query, browser));
  form.addEventListener("input", () => { storeForm(kind, form); draw(); });
  form.addEventListener("submit", (event) => { event.preventDefault(); work.start(); });
  cancel.addEventListener("click", work.cancel);
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => { work.leave(); dialog.remove(); });
  document.body.append(dialog);
  dialog.showModal();
  work.show("");
  draw();
  return "";
}

/* ---- the preview: the figure itself, drawn by the page's own plotly at its size ---- */
function makePreview({ stage, preview, size, said, start, dialog }, read) {
  let asked = 0, timer = 0;
  async function draw() {
    const mine = (asked += 1);
    stage.classList.add("waiting");
    try {
      const { figure, words, wrong } = await post("/export/preview", read());
      if (wrong) throw new Error(wrong);
      if (mine !== asked || !dialog.isConnected) return;
      const { width, height } = figure.layout;
      await window.Plotly.react(preview, figure.data, figure.layout, { staticPlot: true });
      const share = Math.min(1, stage.clientWidth / width);
      preview.style.cssText = `width:${width}px;height:${height}px;transform:scale(${share})`;
      stage.style.height = `${Math.ceil(height * share)}px`;
      size.textContent = words + (share < 0.995 ? `; shown at ${Math.round(100 * share)} %` : "");
      start.disabled = false;
      if (said.classList.contains("wrong")) tell(said, "");
    } catch (error) {
      if (mine !== asked) return;
      size.textContent = "";
      start.disabled = true;
      tell(said, explain(error), true);
    }
    stage.classList.remove("waiting");
  }
  return () => {
    clearTimeout(timer);
    timer = setTimeout(draw, asked ? PREVIEW_MS : 0);
  };
}

function tell(said, sentence, isWrong = false) {
  said.classList.toggle("wrong", isWrong);
  if (said.textContent !== sentence) said.textContent = sentence;
}

/* ---- the work: begun, looked at, canceled, saved ---- */
function makeWork({ said, bar, start, cancel, dialog, kind }, read) {
  let turn = 0, body = null, key = "", watched = 0;
  const show = (sentence, share, isWrong) => {
    const active = share !== undefined;
    bar.hidden = cancel.hidden = !active;
    start.disabled = active;
    if (share === null) bar.removeAttribute("value");
    else if (active) bar.value = share;
    tell(said, sentence, isWrong);
  };
  const watch = (leave) => JSON.stringify({ key, page: PAGE, leave });

  async function follow(mine, now) {
    while (mine === turn && dialog.isConnected) {
      key = now.key;
      if (ENDED.includes(now.phase)) return finish(now);
      show(...writeWork(kind, now));
      if (Date.now() - watched > now.watch) {
        watched = Date.now();
        fetch("/jobs/watch", { method: "POST", headers: TYPE, body: watch(false) }).catch(() => {});
      }
      await sleep(LOOK_MS);
      if (mine === turn) now = await post("/export/look", body);
    }
    return undefined;
  }

  function finish(now) {
    body = null;
    const failed = now.phase !== "finished";
    if (failed) return show(now.phase === "canceled" ? "Canceled: nothing was kept" : now.why || "The work is gone: begin again", undefined, now.phase !== "canceled");
    const link = make("a", { href: now.href, download: now.name });
    document.body.append(link);
    link.click();
    link.remove();
    return show(`${now.name} is in your downloads: ${now.said}`);
  }

  async function begin() {
    const mine = (turn += 1);
    body = read();
    watched = Date.now();
    show("Starting", null);
    try {
      await follow(mine, await post("/export/start", body));
    } catch (error) {
      if (mine === turn) show(explain(error), undefined, true);
    }
  }

  async function stop() {
    show("Canceling", null);
    try {
      if (body) await post("/export/cancel", body);
    } catch (error) {
      show(explain(error), undefined, true);
    }
  }

  function leave() {
    turn += 1;
    window.removeEventListener("pagehide", leave);
    if (body && key) navigator.sendBeacon("/jobs/watch", new Blob([watch(true)], { type: "application/json" }));
  }
  window.addEventListener("pagehide", leave);
  return { start: begin, cancel: stop, leave, show };
}
