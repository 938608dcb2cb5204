/* Films: the frames of a figure, played and scrubbed without the server. */
import { findGraph, isDrawn } from "../views/drawing/plotly.js";
import { byId, findAround, noUpdate, setProps } from "./dom.js";

const WHOLE_MS = 6000; // that a whole film takes
const LEAST_MS = 60; // that a frame is shown at least
const films = {};
const nameFigure = (film) => film.replace(/-film$/, "");
const openFilm = (id) => (films[id] = films[id] || { at: 0, timer: null, played: new Set() });

/* A new figure shows its last frame. */
export function loadFilm(_figure, still, film) {
  const id = nameFigure(film), frames = (still && still.frames) || [];
  stop(id);
  if (!frames.length) return [noUpdate(), noUpdate(), true];
  openFilm(id).at = frames.length - 1;
  openFilm(id).played.clear();
  setText(id, frames.at(-1).name);
  return [frames.length - 1, frames.length - 1, false];
}

const setText = (id, children) => setProps(`${id}-frame-said`, { children });

/* The slider tells of a frame that was played a moment later, when further ones are shown. */
export const showFrame = (value, still, film) => (openFilm(nameFigure(film)).played.has(value) ? noUpdate() : drawFrame(value, still, film));

/* Draw a frame: only the traces that it names change. */
function drawFrame(value, still, film) {
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
    own.played.add(next);
    drawFrame(next, still, film);
    setText(id, still.frames[next].name);
    setProps(`${id}-frame`, { value: next });
  }, Math.max(LEAST_MS, WHOLE_MS / (last + 1)));
  label(id, "pause");
}

/* A hand or a key on the slider ends the playing. */
for (const type of ["mousedown", "touchstart", "keydown"]) {
  document.addEventListener(type, (event) => {
    const film = event.key !== "Tab" && findAround(event, ".film .mantine-Slider-root")?.closest(".film").id;
    if (!film) return;
    stop(nameFigure(film));
    openFilm(nameFigure(film)).played.clear();
  }, true);
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
