/* The point of a run nearest to the pointer, told in a note beside it. */
import { findNearest } from "../drawing/canvas/nearest.js";
import { spellNumber } from "../drawing/columns.js";
import { make, makeSwatch } from "./elements.js";

const GAP = 14; // pixels between pointer and note

/* Watch the pointer over figures; `readRuns` gives the runs that they show. */
export function watchPointer(figures, readRuns) {
  for (const figure of figures) {
    const note = make("div", { class: "tip", hidden: true, "aria-hidden": "true" });
    const tell = ({ offsetX, offsetY, pointerType, buttons }) => {
      const at = [offsetX / figure.zoom, offsetY / figure.zoom];
      const runs = readRuns(), isFree = figure.picture && pointerType === "mouse" && !buttons;
      const found = isFree ? findNearest(figure.picture, ...at, { runs }) : null;
      note.hidden = !found;
      if (found) showNote(note, found, runs[found.run], figure, [offsetX, offsetY]);
    };
    figure.node.append(note);
    figure.over.addEventListener("pointermove", tell);
    for (const type of ["pointerleave", "pointerdown"]) figure.over.addEventListener(type, () => { note.hidden = true; });
  }
}

function showNote(note, { row, step, y }, run, { isCurves, width }, [left, top]) {
  const numbers = isCurves ? spellNumber(y) : `loss ${spellNumber(run.losses[row])} at (${spellNumber(run.x[row], 4)}, ${spellNumber(run.y[row], 4)})`;
  note.replaceChildren(make("strong", {}, makeSwatch(run), run.label), `step ${step}: ${numbers}`);
  const isLeft = left > width / 2;
  Object.assign(note.style, { top: `${top + GAP}px`, left: isLeft ? "" : `${left + GAP}px`, right: isLeft ? `${width - left + GAP}px` : "" });
}
