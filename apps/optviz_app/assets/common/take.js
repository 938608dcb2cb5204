/* Taking something away: text to the clipboard, files to the downloads. Each act returns a sentence. */
import { findGraph, isDrawn, readSize } from "../views/drawing/plotly.js";
import { byId, make, noUpdate, readContext, setProps } from "./dom.js";
import { BUSY, askPatiently, sleep } from "./patience.js";
import { writeSearch } from "./query.js";

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

export async function copy(text, what) {
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
export function save(href, download) {
  const link = make("a", { href, download });
  document.body.append(link);
  link.click();
  link.remove();
  return `${download} is in your downloads`;
}

/* Ask the server for what an address has; `place` is the component that says that it is busy. */
export async function request(path, query, place) {
  const answer = await askPatiently(() => fetch(path + writeSearch(query)), (rest) => {
    setProps(place, { children: BUSY });
    return sleep(rest);
  });
  if (!answer.ok) throw new Error((await answer.text()).trim());
  return answer;
}

export async function saveFile(path, query, place) {
  const answer = await request(path, query, place);
  const named = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") || "");
  const url = URL.createObjectURL(await answer.blob());
  setTimeout(() => URL.revokeObjectURL(url), 60000); // the browser reads it after this returns
  return save(url, named ? named[1] : path.split("/").pop());
}

/* Make the place where the acts of a page say what was done: a sentence goes after a while, so that the
   same one is heard when it is said again. */
const SAID_MS = 8000;
export function makeSay(place) {
  let timer = 0;
  return async (act) => {
    let sentence = "";
    try {
      sentence = await act();
    } catch (error) {
      sentence = error instanceof TypeError ? "The server does not answer: is it still running?" : error.message;
    }
    clearTimeout(timer);
    timer = setTimeout(() => setProps(place, { children: "" }), SAID_MS);
    return sentence;
  };
}

/* ---- what any page of long work offers: its figure as it is seen, and files from below its address ---- */
const IMAGES = { png: { scale: 2 }, svg: {} };

async function saveSeen(format, graph) {
  const div = findGraph(graph);
  if (!isDrawn(div) || !div.offsetParent) throw new Error("There is no picture yet");
  const figure = { data: div.data, layout: { ...div.layout, paper_bgcolor: getComputedStyle(document.body).backgroundColor } };
  const image = await window.Plotly.toImage(figure, { format, ...readSize(div), ...IMAGES[format] });
  return save(image, `optviz-${graph.split("-").at(-1)}.${format}`);
}

async function takeKind(kind, query, graph, place) {
  const path = window.location.pathname;
  if (kind === "link") return copy(window.location.origin + path + writeSearch(query), "Link");
  if (kind === "script") return copy(await (await request(`${path}/file.script`, query, place)).text(), "Python script");
  return IMAGES[kind] ? saveSeen(kind, graph) : saveFile(`${path}/file.${kind}`, query, place);
}

const says = {};

export async function takePage(...values) {
  const query = values.at(-1), { triggered_id: wanted, triggered } = readContext();
  if (!wanted || !triggered.some((each) => each.value)) return noUpdate();
  const [name, kind] = wanted.split("-take-"), place = `${name}-take-said`;
  says[place] = says[place] || makeSay(place);
  return says[place](() => takeKind(kind, query, byId(wanted).closest(".take").dataset.graph, place));
}
