/* Where everything stands: surface, controls, curves; the style sheet puts the controls beside where
   there is room. */
import { addRule } from "./edits.js";
import { make, makeButton } from "./elements.js";
import { makeSection } from "./panels.js";

export function layOut(page, { bar, pictures, transport, table, surface, run, cards, notes }) {
  const add = makeButton("Add optimizer", {}, () => {
    page.edit((experiment) => addRule(experiment, page.catalog, page.limits), null);
    cards.focus(page.store.now.experiment.rules.length - 1);
  });
  const optimizers = make("section", { class: "part" }, make("div", { class: "part-head" }, make("h2", { class: "section" }, "Optimizers"), add), cards.node);
  const stage = make("div", { class: "stage" }, pictures.map.node, pictures.scene.node);
  const pair = make("div", { class: "curve-pair" }, make("div", {}, bar.overLosses, pictures.losses.node), make("div", {}, bar.overCurves, pictures.curves.node));
  const parts = [
    make("div", { class: "above" }, notes.link, bar.top, notes.unknown),
    make("div", { class: "shown" }, stage, transport.node),
    make("div", { class: "controls" }, surface.node, run.node, optimizers),
    make("div", { class: "below" }, pair, makeSection("Results", table.node)),
  ];
  return [make("div", { class: "page" }, ...parts), notes.said];
}
