/* What the MovieLens page does in the browser beside its figures. */
import { noUpdate, setData } from "../../common/dom.js";
import { drawFigures, makeFigure } from "../../common/figures.js";
import { makePoll, makeWatch } from "../../common/long_work.js";

export const poll = makePoll(), pollStudy = makePoll();
const passResult = (result) => { setData("landscape-trained", result); return noUpdate(); };
function drawSlice(figure, _scheme, templates) {
  if (figure) drawFigures([["slice", makeFigure(figure, [], templates)]]);
  return noUpdate();
}
/* What was sent ahead is drawn at once; what was not, the server draws. */
function look(color, look, drawn, ways) {
  const way = look === "above" ? `above ${color}` : look;
  const figure = drawn && ways && ways.of === drawn.of && ways.figures[way];
  if (!figure) return { color, look };
  setData("slice-figure", figure);
  setData("landscape-drawn", { ...drawn, way });
  return noUpdate();
}
export const landscape = { drawSlice, look, passResult, poll: makePoll(), watch: makeWatch(".landscape-status") };
export const watch = makeWatch(".ratings .status"), watchStudy = makeWatch(".study-status");

/* ---- movies to rate: who rates by keyboard goes on with the next movie ---- */
let ratedMovie = null;
document.addEventListener("focusin", ({ target }) => {
  const row = target.closest?.(".rate-list [data-movie]");
  ratedMovie = row ? row.dataset.movie : null;
});

export function keepPlace() {
  if (ratedMovie) refocus(ratedMovie, 30);
  return noUpdate();
}

/* The rows are drawn anew some frames after they are known. */
function refocus(movie, frames) {
  if (document.activeElement === document.body) {
    const row = document.querySelector(`.rate-list [data-movie="${movie}"]`);
    const next = row || document.querySelector(".rate-list .asked");
    next?.querySelector("input:checked, input")?.focus({ preventScroll: true });
  } else if (frames) requestAnimationFrame(() => refocus(movie, frames - 1));
}

/* ---- lists ---- */

/* The server has filtered; it adds the chosen option to a list that does not hold it. */
export const asFound = ({ options, search }) =>
  search ? options.filter((option) => !option.added || option.label === search) : options;
