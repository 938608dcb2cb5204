/* The pictures of a race. Runs that the browser has come without their numbers. */
import { NARROW, UNTITLED } from "../../views/drawing/canvas/map.js";
import { unpackColumn } from "../../views/drawing/columns.js";
import { settle } from "../../common/cards.js";
import { byId, noUpdate, setText } from "../../common/dom.js";
import { drawFigures, makeFigure } from "../../common/figures.js";
import { writeLink } from "../../common/link.js";
import { equalize, hasEqualScales } from "../../views/drawing/equal.js";
import { drawCasings } from "../../views/drawing/paths.js";
import { dressLandscape } from "./landscape.js";
import { inks } from "./layers.js";
import { takeAnswer } from "./live.js";
import { listRuns } from "./microscope.js";
import { loadRace } from "./player.js";
import { takeRace } from "./race.js";
import { tabulate } from "./table.js";

const known = new Map();
const MOST_KNOWN = 60;

/* Plotly keeps what it unpacked inside a spec and then overlooks new numbers, so it gets arrays. */
function unpackLines(run) {
  for (const part of [run, run.end]) Object.assign(part, { x: unpackColumn(part.x), y: unpackColumn(part.y) });
  return run;
}

function remember({ runs }) {
  for (const run of runs) {
    if (run.x !== undefined) known.set(run.key, unpackLines(run));
    else if (known.has(run.key)) Object.assign(run, known.get(run.key), { key: run.key });
  }
  const now = new Set(runs.map((run) => run.key));
  for (const key of known.keys()) {
    if (known.size <= MOST_KNOWN) break;
    if (!now.has(key)) known.delete(key);
  }
}

/* What a surface is drawn of: another thing with equal scales than without, as that calls for a new drawing. */
const equals = new WeakMap();
function readStill(surface, isEqual) {
  if (!isEqual) return surface;
  if (!equals.has(surface)) equals.set(surface, { ...surface });
  return equals.get(surface);
}

function makeContour(surface, race, templates, isEqual) {
  const trace = (part, place) => ({ ...part, meta: { ...part.meta, run: place } });
  const lines = race.runs.map((run, place) => ({ x: run.x, y: run.y, ...trace(run.line, place) }));
  const ends = race.runs.map((run, place) => trace(run.end, place));
  const figure = makeFigure(surface, [...race.overlays, ...drawCasings(lines), ...lines, ...race.marks, ...ends], templates);
  if (byId("stage").clientWidth < NARROW) { // the table is a legend too
    Object.assign(figure.layout, { showlegend: false, title: { text: "" }, margin: { ...figure.layout.margin, t: UNTITLED } }); // the choice names it
    figure.data[0] = { ...figure.data[0], showscale: false };
  }
  if (!isEqual) return figure;
  const { clientWidth: width, clientHeight: height } = byId("stage");
  return equalize(figure, { width, height });
}

/* Draw all that an answer brought; returns the runs that the browser has. */
export function drawRace(surface, landscape, race, _scheme, templates) {
  if (!surface || !race) return noUpdate();
  const isHigh = Boolean(race.landscape && landscape), stage = byId("stage"), given = [surface, landscape, race, _scheme, templates];
  remember(race);
  Object.assign(inks, templates.inks);
  if (!takeAnswer(race, () => drawRace(...given))) return [...known.keys()];
  takeRace(race);
  writeLink(race.query);
  stage.classList.toggle("high", isHigh);
  tabulate(race.table);
  setText("overlay-words", race.words);
  byId("overlay-words").style.visibility = "";
  const words = (new URLSearchParams(race.query).get("view") || "").split(",");
  const isEqual = hasEqualScales([surface.layout.xaxis.range, surface.layout.yaxis.range], words);
  stage.classList.toggle("equal", isEqual && !isHigh);
  const picture = isHigh
    ? ["landscape", dressLandscape(makeFigure(landscape, race.landscape, templates), words.includes("equal")), null]
    : ["contour", makeContour(surface, race, templates, isEqual), readStill(surface, isEqual)];
  const curves = ["losses", "curves"].map((id) => [id, makeFigure(race[id], [], templates), null]);
  drawFigures([picture, ...curves], () => {
    byId("stage").classList.remove("waiting");
    settle();
  });
  loadRace();
  listRuns();
  return [...known.keys()];
}

/* Join the words of the view, for what draws in the browser alone. */
export const joinWords = (...chosen) => chosen.flat().filter(Boolean);
