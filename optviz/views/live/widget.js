/* The live picture in a notebook: it plays by itself; what a hand changes is told to Python. */
import { modules } from "./emitted.js";
import { mount } from "./mount.js";

const STILL_MS = 250; // after which a change by hand is told, and between two steps of a movie

export function render({ model, el }) {
  let live, told = {}, next = {}, timer = 0;
  /* Else Jupyter takes the keys: an arrow goes to another cell, "a" inserts one. */
  el.addEventListener("focusin", ({ target }) => { target.dataset.lmSuppressShortcuts = "true"; });
  const tell = () => {
    timer = 0;
    told = next;
    for (const [name, value] of Object.entries({ _drawn: told.experiment, ...told })) model.set(name, value);
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
    live?.destroy();
  };
  /* A formula that is none of the modules is read here, as the page reads what is typed. */
  const show = () => {
    const data = model.get("_data"), isKnown = data.experiment.problem.module in modules;
    const experiment = isKnown ? data.experiment : { ...data.experiment, problem: data.first };
    remove();
    live = mount(el, { ...data, experiment }, { modules, query: isKnown ? "" : model.get("experiment"), play: false, canPresent: false, onChange });
    live.setStep(model.get("step"));
    requestAnimationFrame(() => live.setScheme(findScheme(el))); // by then it stands in the notebook
  };
  const jump = () => model.get("step") !== next.step && live.setStep(model.get("step"));
  /* What a hand did in another view of the same widget. */
  const follow = () => model.get("_drawn") !== next.experiment && live.setExperiment(model.get("_drawn"));
  const heard = Object.entries({ "change:_data": show, "change:step": jump, "change:_drawn": follow });
  show();
  for (const each of heard) model.on(...each);
  return () => {
    for (const each of heard) model.off(...each);
    remove();
  };
}

/* The colors of the notebook, by those of its letters. */
function findScheme(el) {
  const [red, green, blue] = (getComputedStyle(el).color.match(/[\d.]+/g) || [0, 0, 0]).map(Number);
  return red + green + blue > 384 ? "dark" : "light";
}
