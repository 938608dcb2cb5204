/* Pictures painted above plotly's figures, in their frames, while numbers move. */
import { buildDistanceParts, buildLossParts, buildRateParts, buildScheduleParts, buildStateParts } from "../../views/drawing/curves.js";
import { paintFigure } from "../../views/drawing/canvas/figure.js";
import { NARROW, paintMap } from "../../views/drawing/canvas/map.js";
import { paintScene } from "../../views/drawing/canvas/scene.js";
import { drawRuns } from "../../views/drawing/paths.js";
import { makeGrid } from "../../views/drawing/grid.js";
import { fitScale } from "../../views/drawing/scale.js";
import { fitCanvas } from "../../views/drawing/overlay.js";
import { findGraph, isDrawn, readCamera, readFrame } from "../../views/drawing/plotly.js";
import { readScheme } from "../../common/figures.js";
import { readAlpha, readCasingAlpha } from "./linked.js";
import { shown } from "./race.js";

const GRID = 121; // points on each side of the surface
const CURVES = {
  distance: ({ runs, minima }) => buildDistanceParts(runs, minima),
  rates: ({ runs }) => buildRateParts(runs),
  schedule: ({ runs }) => buildScheduleParts(runs),
};
const surface = { key: "", grid: null, scale: null };
const layers = {}; // what is painted now, by the id of its figure
export const inks = {}; // the colors of each scheme

/* Paint the race above all figures that are seen; `overlays` are those of the surface that still hold. */
export function paintLayers(experiment, race, modules, overlays) {
  const isHigh = shown.words.includes("3d"), map = { ...readSurface(experiment, race, modules), runs: race.runs };
  const traces = fade(drawRuns(map.grid, race.runs));
  if (isHigh) paint("landscape", (pen, frame) => paintScene(pen, { ...map, ...frame }, frame.theme));
  else paint("contour", (pen, frame) => paintMap(pen, { ...map, ...frame, traces, overlays: overlays.map((each) => color(each, frame.theme.text)), ranges: readRanges(frame, {}), hasTitle: frame.width >= NARROW }, frame.places, frame.theme));
  const log = shown.words.includes("linear") ? false : null, against = shown.words.includes("evaluations") ? "evaluations" : "steps";
  paintCurves("losses", buildLossParts(race.runs, { log, against, target: race.target }));
  const kind = Object.keys(CURVES).find((word) => shown.words.includes(word));
  paintCurves("curves", (CURVES[kind] || (({ runs }) => buildStateParts(runs)))(race));
}

function readSurface({ problem }, { minima }, modules) {
  const key = JSON.stringify([problem.module, problem.parameters]);
  if (surface.key !== key) {
    const grid = makeGrid(modules[problem.module], problem.parameters, problem.window, GRID, minima);
    Object.assign(surface, { key, grid: { ...grid, name: problem.title || problem.name }, scale: fitScale(grid) });
  }
  return surface;
}

const color = (trace, ink) => ({ ...trace, line: { color: ink, ...trace.line }, marker: { color: ink, ...trace.marker } });

/* The traces, as faint as the runs that others outshine. */
function fade(traces) {
  for (const each of traces) {
    if (each.meta?.run !== undefined) each.opacity = readAlpha(each.meta.run);
    if (each.meta?.part === "casing") each.opacity = readCasingAlpha();
  }
  return traces;
}

function paintCurves(id, parts) {
  fade(parts.data);
  paint(id, (pen, frame) => paintFigure(pen, parts, { ...frame, ranges: readRanges(frame, parts.layout) }));
}

/* What the axes were zoomed to, where they are still of the same kind. */
function readRanges({ zooms }, layout) {
  const readType = (id) => layout[`${id[0]}axis${id.slice(1)}`]?.type || "linear";
  return Object.fromEntries(Object.entries(zooms).filter(([id, { type }]) => type === readType(id)).map(([id, { range }]) => [id, range]));
}

/* Paint one figure; the frame is that of plotly's, measured as the movement begins. */
function paint(id, draw) {
  const div = findGraph(id);
  if (!isDrawn(div) || !div.offsetParent) return;
  const layer = (layers[id] = layers[id]?.canvas.isConnected ? layers[id] : openLayer(div));
  const theme = inks[readScheme()], pen = layer.canvas.getContext("2d"), ratio = fitCanvas(layer.canvas, layer.frame.width, layer.frame.height);
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  layer.picture = draw(pen, { ...layer.frame, theme });
}

function openLayer(div) {
  const canvas = div.querySelector("canvas.layer") || addCanvas(div);
  canvas.hidden = false;
  return { canvas, picture: null, frame: { ...readFrame(div), camera: toCamera(readCamera(div)) } };
}

function addCanvas(div) {
  const canvas = document.createElement("canvas");
  canvas.className = "layer";
  canvas.setAttribute("aria-hidden", "true");
  div.insertBefore(canvas, div.querySelector("canvas.scrub"));
  return canvas;
}

/* Plotly's camera as one of camera.js. */
function toCamera(given) {
  if (!given) return undefined;
  const [eye, center] = [given.eye, given.center].map(({ x, y, z }) => [x, y, z]), [x, y, z] = eye.map((each, i) => each - center[i]);
  const far = Math.hypot(x, y, z);
  return { turn: Math.atan2(y, x), tilt: Math.asin(z / far), zoom: 1, distance: far, center };
}

/* The picture that is painted above a figure now; undefined where plotly's own is seen. */
export const findPainted = (id) => (layers[id]?.canvas.isConnected ? layers[id].picture : undefined);

/* Take the painted picture away, for plotly's is new. */
export function clearLayers(id) {
  if (layers[id]) layers[id].canvas.hidden = true;
  delete layers[id];
}
