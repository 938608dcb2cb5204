/* The picture of losses against the learning rate, as a part of the page. */
import { makeRatePicture } from "../drawing/rate_picture.js";
import { editRule, setSetting } from "./edits.js";
import { make, makeChoice } from "./elements.js";

export function makeRates(page) {
  const choice = makeChoice("loss against the learning rate", { final: "final loss", best: "best loss" }, (value) => page.setView(value === "best" ? ["best"] : [], ["best"]));
  const head = make("div", { class: "toolbar" }, make("h2", { class: "section rates-title" }, "Loss against the learning rate"), choice.node);
  // Under the key of the slider: a hand that goes from one to the other makes one change to undo.
  const take = (place, lr) => page.edit((experiment) => editRule(experiment, place, page.catalog, setSetting("lr", lr)), `${place} lr`);
  const picture = makeRatePicture({ take, head });
  picture.node.dataset.part = "rates";
  return {
    ...picture,
    /* Show a race in the colors of a theme. */
    set({ race, experiment, view, theme }) {
      choice.set(view.includes("best") ? "best" : "final");
      picture.show({ experiment, modules: page.modules, race, theme, best: view.includes("best"), log: view.includes("linear") ? false : null });
    },
  };
}
