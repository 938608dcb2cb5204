/* The live picture in a notebook: it plays by itself; what a hand changes is told to Python. */
import { modules } from "./emitted.js";
import { mount } from "./mount.js";

const STILL_MS = 250; // after which a change by hand is told, and between two steps of a movie
const UNKNOWN = "Run the cell of this widget again to see another formula.";

export function render({ model, el }) {
  let live = null, told = {}, next = {}, timer = 0;
  /* Else Jupyter takes the keys: an arrow goes to another cell, "a" inserts one. */
  el.addEventListener("focusin", ({ target }) => { target.dataset.lmSuppressShortcuts = "true"; });
  const tell = () => {
    timer = 0;
    told = next;
    model.set("_drawn", told.experiment);
    model.set("experiment", told.experiment);
    model.set("step", told.step);
    model.save_changes();
  };
  const onChange = ({ query, step }) => {
    const experiment = query.replace(/&at=\d+/, "");
    if (experiment !== next.experiment) clearTimeout(timer), (timer = 0);
    next = { experiment, step };
    if (experiment !== told.experiment || step !== told.step) timer ||= setTimeout(tell, STILL_MS);
  };
  const remove = () => {
    clearTimeout(timer);
    if (live) live.destroy();
    el.textContent = "";
  };
  const show = () => {
    const data = model.get("_data");
    remove();
    live = null;
    if (!(data.experiment.problem.module in modules)) return void (el.textContent = UNKNOWN);
    live = mount(el, data, { modules, play: false, onChange });
    live.setStep(model.get("step"));
    requestAnimationFrame(() => live && live.setScheme(findScheme(el))); // it stands there by then
  };
  const jump = () => live && model.get("step") !== next.step && live.setStep(model.get("step"));
  /* What a hand did in another view of the same widget. */
  const follow = () => live && model.get("_drawn") !== next.experiment && live.setExperiment(model.get("_drawn"));
  const listeners = Object.entries({ "change:_data": show, "change:step": jump, "change:_drawn": follow });
  show();
  for (const [event, listener] of listeners) model.on(event, listener);
  return () => {
    for (const [event, listener] of listeners) model.off(event, listener);
    remove();
  };
}

/* The colors of the notebook, by those of its letters. */
function findScheme(el) {
  const [red, green, blue] = (getComputedStyle(el).color.match(/[\d.]+/g) || [0, 0, 0]).map(Number);
  return red + green + blue > 384 ? "dark" : "light";
}
