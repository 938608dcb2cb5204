/* The fields of the run, folded to a line: open or not as a person left it, also where the page is
   laid out anew, and open where one of them is wrong. */
import { byId, onDrawn, setText } from "../../common/dom.js";
import { shown } from "./race.js";

let isOpen = false, known = null;

document.addEventListener("toggle", ({ target }) => {
  if (target.id === "run" && target === known) isOpen = target.open;
}, true);

/* The fold of a page that is new is as that of the page before it. */
function keepOpen() {
  const fold = byId("run");
  if (!fold || fold === known) return;
  known = fold;
  fold.open = isOpen;
}
new MutationObserver(keepOpen).observe(document.documentElement, { childList: true, subtree: true });

export function openRun(...errors) {
  if (errors.some(Boolean) && byId("run")) byId("run").open = true;
}

onDrawn((id) => { if (id === "results" && shown.race?.run) setText("run-summary", shown.race.run); });
