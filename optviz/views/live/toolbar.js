/* The toolbar above the surface, and the choices above the curves. */
import { copyText } from "./dialogs.js";
import { make, makeButton, makeChoice } from "./elements.js";
import { writeLink, writeRecord } from "./link.js";
import { CURVE_TITLES, findCurve } from "./pictures.js";

const SCALES = { fit: "Auto", equal: "1:1", stretched: "Fill" };
const SCALES_HINT = "Scales of x and y. 1:1: descent is perpendicular to the contours. Fill: all of the stage. Auto: 1:1 where the window is neither narrow nor very wide.";

export function makeBar(page) {
  const readState = () => page.store.now, readStep = () => page.player.at;
  const height = makeChoice("view", { map: "From above", "3d": "3-D" }, (value) => page.setView(value === "3d" ? ["3d"] : [], ["3d"]));
  const scales = makeChoice("scales of x and y", SCALES, (value) => page.setView(value === "fit" ? [] : [value], ["equal", "stretched"]));
  scales.node.title = SCALES_HINT;
  const arrows = makeButton("Arrows", { class: "chip", "aria-pressed": "false", title: "gradient, momentum and step of each run at this step (a)" }, () => page.toggle("arrows"));
  const undo = makeButton("Undo", { title: "undo the last change (u)" }, () => page.store.undo());
  const redo = makeButton("Redo", { title: "redo the change (Shift+u)" }, () => page.store.redo());
  const copy = (what, write) => async () => page.say(await copyText(page.root, write(), what));
  const isLesson = page.options.head !== null; // its address is its own, and so is its button to present
  const address = page.options.isPage && !isLesson
    ? { what: "Page address", title: "the address of this page with what it shows; optviz run and optviz live take it too", write: (query) => `${location.href.split("#")[0]}#${query}` }
    : { what: "App link", title: "a link that opens in the optviz app and in optviz run", write: (query) => `${page.data.app}?${query}` };
  const link = makeButton(`Copy ${address.what.toLowerCase()}`, { title: address.title }, copy(address.what, () => address.write(writeLink(readState(), readStep()))));
  const json = makeButton("Copy JSON", { title: "the experiment as JSON, for Experiment.from_json" }, copy("JSON", () => writeRecord(readState(), readStep())));
  const present = makeButton("Present", { title: "surface and loss alone, large, for a class (p)" }, () => page.present());
  const keys = makeButton("Keys", { title: "the keys of this page (?)" }, () => page.help());
  const axis = makeChoice("loss axis", { log: "log scale (auto)", linear: "linear" }, (value) => page.setView(value === "linear" ? ["linear"] : [], ["linear"]));
  const against = makeChoice("horizontal axis", { steps: "steps", evaluations: "evaluations" }, (value) => page.setView(value === "steps" ? [] : [value], ["evaluations"]));
  const curve = makeChoice("curves", CURVE_TITLES, (value) => page.setView(value === "state" ? [] : [value], Object.keys(CURVE_TITLES)));
  const top = make("div", { class: "toolbar", role: "toolbar", "aria-label": "picture" }, height.node, scales.node, arrows, make("span", { class: "grow" }), undo, redo, link, ...(isLesson ? [] : [json]), ...(page.options.canPresent && !isLesson ? [present] : []), keys);
  return {
    top,
    overLosses: make("div", { class: "toolbar" }, axis.node, against.node),
    overCurves: make("div", { class: "toolbar" }, curve.node),
    set({ now: { view }, canUndo, canRedo }) {
      height.set(view.includes("3d") ? "3d" : "map");
      scales.set(["equal", "stretched"].find((word) => view.includes(word)) ?? "fit");
      arrows.setAttribute("aria-pressed", String(view.includes("arrows")));
      axis.set(view.includes("linear") ? "linear" : "log");
      against.set(view.includes("evaluations") ? "evaluations" : "steps");
      curve.set(findCurve(view));
      undo.disabled = !canUndo;
      redo.disabled = !canRedo;
    },
  };
}
