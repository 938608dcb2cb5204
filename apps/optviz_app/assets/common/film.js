/* Films: the frames of a figure, played and scrubbed without the server. */
import { findGraph, isDrawn } from "../views/drawing/plotly.js";
import { byId, noUpdate, setProps } from "./dom.js";

const WHOLE_MS = 6000; // that a whole film takes
const LEAST_MS = 60; // that a frame is shown at least
const films = {};
const nameFigure = (film) => film.replace(/-film$/, "");
const openFilm = (id) => (films[id] = films[id] || { at: 0, timer: null });

/* A new figure shows its last frame. */
export function loadFilm(_figure, still, film) {
  const id = nameFigure(film), frames = (still && still.frames) || [];
  stop(id);
  if (!frames.length) return [noUpdate(), noUpdate(), true];
  openFilm(id).at = frames.length - 1;
  setText(id, frames.at(-1).name);
  return [frames.length - 1, frames.length - 1, false];
}

const setText = (id, children) => setProps(`${id}-frame-said`, { children });

/* Draw a frame: only the traces that it names change. */
export function showFrame(value, still, film) {
  const id = nameFigure(film), div = findGraph(id), frame = still && still.frames && still.frames[value];
  if (!frame || !isDrawn(div)) return noUpdate();
  const own = openFilm(id);
  if (own.at !== value) {
    own.at = value;
    const redraw = div.data.some((trace) => trace.type === "scatter3d");
    const options = { mode: "immediate", transition: { duration: 0 }, frame: { duration: 0, redraw } };
    window.Plotly.animate(div, { data: frame.data, traces: frame.traces, layout: frame.layout }, options);
  }
  return frame.name;
}

export function playFilm(_presses, still, film) {
  const id = nameFigure(film), own = openFilm(id), last = (still?.frames?.length || 0) - 1;
  if (own.timer || last < 1) return stop(id);
  if (own.at >= last) own.at = -1;
  own.timer = setInterval(() => {
    if (!byId(film) || own.at >= last) return stop(id);
    const next = own.at + 1;
    showFrame(next, still, film);
    setProps(`${id}-frame`, { value: next });
  }, Math.max(LEAST_MS, WHOLE_MS / (last + 1)));
  label(id, "pause");
}

function stop(id) {
  const own = openFilm(id);
  clearInterval(own.timer);
  own.timer = null;
  label(id, "play");
}

function label(id, word) {
  const button = byId(`${id}-play`);
  if (!button) return;
  button.dataset.now = word;
  button.setAttribute("aria-label", button.getAttribute("aria-label").replace(/^\w+/, word));
}
