/* Where everything stands. As a page: surface, controls, curves; the style sheet puts the controls
   beside where there is room. As a presentation: surface and loss side by side, and little more. The
   same parts stand in both, so that a change of the layout loses nothing. */
import { make, makeButton } from "./elements.js";
import { makeSection } from "./panels.js";

/* Returns {page, present}: for each layout a function that gives its elements. */
export function makeLayouts(page, parts) {
  const { bar, pictures, rates, transport, table, surface, run, cards, notes, present } = parts;
  const optimizers = make("section", { class: "part" }, make("div", { class: "part-head" }, make("h2", { class: "section" }, "Optimizers"), makeAdd(page)), cards.node);
  const stage = make("div", { class: "stage", "data-part": "stage" }, pictures.map.node, pictures.scene.node);
  const losses = make("div", { "data-part": "losses" }, bar.overLosses, pictures.losses.node);
  const curves = make("div", { "data-part": "curves" }, bar.overCurves, pictures.curves.node);
  const results = makeSection("Results", table.node);
  results.dataset.part = "table";
  const place = { above: make("div", { class: "above" }), shown: make("div", { class: "shown" }), below: make("div", { class: "below" }), pair: make("div", { class: "curve-pair" }) };
  const controls = make("div", { class: "controls" }, surface.node, run.node, optimizers);
  const whole = make("div", { class: "page" }, place.above, place.shown, controls, place.below), { head } = page.options;
  return {
    page() {
      place.above.replaceChildren(...(head ? [head] : []), notes.link, bar.top, notes.unknown);
      place.shown.replaceChildren(stage, transport.node);
      place.pair.replaceChildren(losses, curves);
      place.below.replaceChildren(rates.node, place.pair, results);
      return [whole, notes.said];
    },
    present() {
      const shown = present.arrange({ stage, losses, transport: transport.node, notes, head });
      losses.after(rates.node); // one of both is seen
      return [shown, notes.said];
    },
  };
}

const makeAdd = (page) => makeButton("Add optimizer", {}, () => page.add());
