/* On a phone the stage stays in sight above the controls, until a person lets it go or holds it again. */
import { byId, findAround, onDrawn } from "../../common/dom.js";

const KEY = "optviz-unpinned";
const root = document.documentElement;

function recall() {
  try {
    return localStorage.getItem(KEY) !== null;
  } catch {
    return false; // the browser keeps nothing
  }
}

function keep(isFree) {
  try {
    if (isFree) localStorage.setItem(KEY, "");
    else localStorage.removeItem(KEY);
  } catch { /* as above */ }
}

function show(isFree) {
  if (isFree) root.dataset.free = "";
  else delete root.dataset.free;
  tell();
}

function tell() {
  const button = byId("unpin"), isFree = "free" in root.dataset;
  if (!button) return;
  button.textContent = isFree ? "Keep picture in sight" : "Let picture scroll";
  button.title = isFree ? "keep the picture in sight" : "let the picture scroll away";
}

show(recall());
document.addEventListener("click", (event) => {
  if (!findAround(event, "#unpin")) return;
  const isFree = !("free" in root.dataset);
  show(isFree);
  keep(isFree);
});
onDrawn((id) => { if (id === "results") tell(); });
