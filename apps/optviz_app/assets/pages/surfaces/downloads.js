/* Taking a race away: its link and script to the clipboard, the picture shown as an image, and its
   files from the server. Each act ends in a sentence, which the page shows and screen readers say. */
import { findGraph, isDrawn, readSize } from "../../views/drawing/plotly.js";
import { make, noUpdate, readContext, setProps } from "../../common/dom.js";
import { BUSY, askPatiently, sleep } from "../../common/patience.js";
import { addStep, writeSearch } from "../../common/query.js";

/* ---- the clipboard ---- */
/* Where the clipboard is not ours (plain http to another machine), a text field can still copy. */
function copyByField(text) {
  const field = make("textarea", { "aria-hidden": "true" });
  field.value = text;
  field.style.cssText = "position:fixed;top:0;left:0;opacity:0";
  document.body.append(field);
  field.select();
  const isDone = document.execCommand("copy");
  field.remove();
  return isDone;
}

/* The last resort: the text in a window of its own, selected, to be copied by hand. */
function showText(text) {
  const field = make("textarea", { readonly: "", rows: Math.min(20, text.split("\n").length + 1) });
  const close = make("button", {}, "Close");
  const dialog = make("dialog", { class: "take-text", "aria-label": "copy this text" }, field, close);
  field.value = text;
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  field.select();
}

async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    return `${what} copied`;
  } catch {
    if (copyByField(text)) return `${what} copied`;
    showText(text);
    return "The browser does not let this page copy: the text is shown instead";
  }
}

/* ---- files ---- */
function save(href, download) {
  const link = make("a", { href, download });
  document.body.append(link);
  link.click();
  link.remove();
  return `${download} is in your downloads`;
}

async function request(path, query) {
  const answer = await askPatiently(() => fetch(path + writeSearch(query)), (rest) => {
    setProps("take-said", { children: BUSY });
    return sleep(rest);
  });
  if (!answer.ok) throw new Error((await answer.text()).trim());
  return answer;
}

async function saveFile(path, query) {
  const answer = await request(path, query);
  const named = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") || "");
  const url = URL.createObjectURL(await answer.blob());
  setTimeout(() => URL.revokeObjectURL(url), 60000); // the browser reads it after this returns
  return save(url, named ? named[1] : path.split("/").pop());
}

async function savePicture(format, query) {
  const graph = ["landscape", "contour"].map(findGraph).find((each) => isDrawn(each) && each.offsetParent !== null);
  if (!graph) throw new Error("There is no picture yet");
  const href = await window.Plotly.toImage(graph, { format, ...readSize(graph), scale: 2 });
  const problem = new URLSearchParams(query).get("problem") || "rosenbrock";
  return save(href, `optviz-${/^\w+$/.test(problem) ? problem : "formula"}.${format}`);
}

const ACTS = {
  share: (query) => copy(window.location.origin + window.location.pathname + writeSearch(query), "Link"),
  "take-script": async (query) => copy(await (await request("/take/script", query)).text(), "Python script"),
  "take-png": (query) => savePicture("png", query),
  "take-svg": (query) => savePicture("svg", query),
  "take-csv": (query) => saveFile("/take/runs.csv", query),
  "take-json": (query) => saveFile("/take/runs.json", query),
  "take-xlsx": (query) => saveFile("/take/runs.xlsx", query),
  "take-page": (query) => saveFile("/take/page.html", query),
  "take-live": (query) => saveFile("/take/live.html", query),
};

/* A sentence goes after a while, so that the same one is heard when it is said again. */
const SAID_MS = 8000;
let timer = 0;
function say(sentence) {
  clearTimeout(timer);
  timer = setTimeout(() => setProps("take-said", { children: "" }), SAID_MS);
  return sentence;
}

export async function takeAway(...values) {
  const [query, step, steps] = values.slice(-3);
  const { triggered_id: wanted, triggered } = readContext();
  if (!ACTS[wanted] || !triggered.some((each) => each.value)) return noUpdate();
  try {
    return say(await ACTS[wanted](addStep(query, step, steps)));
  } catch (error) {
    return say(error instanceof TypeError ? "The server does not answer: is it still running?" : error.message);
  }
}
