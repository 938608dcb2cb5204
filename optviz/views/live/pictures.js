/* The pictures of a race: the surface from above or in three dimensions, the losses, and other curves.
   Each has a canvas that is painted when the race changes, and one above it for what moves with the
   step. */
import { paintFigure } from "../drawing/canvas/figure.js";
import { paintMap, UNTITLED } from "../drawing/canvas/map.js";
import { paintScene } from "../drawing/canvas/scene.js";
import { drawArrows } from "../drawing/arrows.js";
import { findRow } from "../drawing/columns.js";
import { buildDistanceParts, buildLossParts, buildRateParts, buildScheduleParts, buildStateParts } from "../drawing/curves.js";
import { hasEqualScales } from "../drawing/equal.js";
import { makeGrid } from "../drawing/grid.js";
import { frameNames, drawNames, nameCurves, readLine } from "../drawing/names.js";
import { drawHead, drawTraceMarks, findPoint, isInside } from "../drawing/overlay.js";
import { fitScale } from "../drawing/scale.js";
import { make } from "./elements.js";

const GRID = 121; // points on each side of the surface
const CURVES = {
  state: (race) => buildStateParts(race.runs),
  distance: (race) => buildDistanceParts(race.runs, race.minima),
  rates: (race) => buildRateParts(race.runs),
  schedule: (race) => buildScheduleParts(race.runs),
};
export const CURVE_TITLES = { state: "Memory", distance: "Distance", rates: "Effective lr", schedule: "lr" };

/* A figure: its place and its two canvases, whose pens count in CSS pixels, in larger ones by `zoom`. What is out of sight is
   painted once it comes into sight. */
function makeFigure(name, label, more = {}) {
  const base = make("canvas", { "aria-hidden": "true" }), over = make("canvas", { role: "img", "aria-label": label, ...more });
  const node = make("div", { class: `figure ${name}` }, base, over);
  const open = (canvas, { width, height, zoom }) => {
    const ratio = window.devicePixelRatio || 1, [across, down] = [width * ratio, height * ratio].map(Math.round);
    if (canvas.width !== across || canvas.height !== down) [canvas.width, canvas.height] = [across, down];
    const pen = canvas.getContext("2d");
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, across, down); // to the last pixel, of which a fraction may belong to the figure
    pen.setTransform(ratio * zoom, 0, 0, ratio * zoom, 0, 0);
    return pen;
  };
  return {
    node, over, isCurves: name === "low", picture: null, width: 0, height: 0, zoom: 1, isSeen: true, isStale: true,
    /* Paint anew; `paint` gets the pen and the size and returns the picture. */
    draw(paint) {
      this.isStale = !this.isSeen || !this.width;
      if (!this.isStale) this.picture = paint(open(base, this), { width: this.width / this.zoom, height: this.height / this.zoom });
    },
    mark(paint) {
      if (this.picture && this.isSeen) paint(open(over, this), this.picture);
    },
  };
}

/* Tell of figures that change their size, or come into sight before they are painted. Returns what
   ends that. */
export function watchFigures(figures, tell) {
  const find = (target) => figures.find(({ node }) => node === target);
  const sizes = new ResizeObserver((entries) => {
    for (const { target, contentRect: { width, height } } of entries) Object.assign(find(target), { width, height, isStale: true });
    tell();
  });
  const sight = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) find(target).isSeen = isIntersecting;
    if (figures.some(({ isSeen, isStale }) => isSeen && isStale)) tell();
  }, { rootMargin: "100px" });
  for (const { node } of figures) for (const each of [sizes, sight]) each.observe(node);
  return () => [sizes, sight].forEach((each) => each.disconnect());
}

/* The pictures of a page; `modules` are the loaded modules of the surface and its rules. */
export function makePictures({ modules, themes }) {
  const map = makeFigure("tall", "loss surface from above with the paths");
  const scene = makeFigure("tall", "loss surface in three dimensions with the paths: the arrow keys turn it", { tabindex: 0 });
  const losses = makeFigure("low", "loss of each run over the steps");
  const curves = makeFigure("low", "curves of each run over the steps");
  const figures = [map, scene, losses, curves], surface = { key: "", grid: null, scale: null };
  let shown = null;

  const readSurface = ({ problem }) => {
    const key = JSON.stringify([problem.module, problem.parameters]);
    if (surface.key !== key) {
      const grid = makeGrid(modules[problem.module], problem.parameters, problem.window, GRID, shown.race.minima);
      Object.assign(surface, { key, grid, scale: fitScale(grid) });
    }
    return surface;
  };
  const paint = {
    map: (pen, { width, height }) => paintMap(pen, { ...readSurface(shown.experiment), runs: shown.race.runs, minima: shown.race.minima, width, height, isEqual: hasEqualScales(shown.experiment.problem.window, shown.view), hasLegend: false, hasTitle: false }, null, shown.theme),
    scene: (pen, { width, height }) => paintScene(pen, { ...readSurface(shown.experiment), runs: shown.race.runs, minima: shown.race.minima, width, height, camera: shown.camera ?? undefined, isEqual: shown.view.includes("equal"), hasLegend: false, hasTitle: false }, shown.theme),
    curve: (parts) => (pen, { width, height }) => paintFigure(pen, parts, { width, height, theme: shown.theme, hasLegend: false, hasTitle: !shown.isLarge }),
  };
  const draw = () => {
    if (!shown?.race) return;
    const { race, view } = shown, isHigh = view.includes("3d");
    map.node.hidden = isHigh;
    scene.node.hidden = !isHigh;
    if (isHigh) scene.draw(paint.scene);
    else map.draw(paint.map);
    const log = view.includes("linear") ? false : null, against = view.includes("evaluations") ? "evaluations" : "steps";
    const lossParts = buildLossParts(race.runs, { log, against, target: race.target });
    if (shown.isLarge) lossParts.layout.margin = { t: UNTITLED };
    losses.draw(paint.curve(lossParts));
    const parts = CURVES[findCurve(view)](race);
    const tall = parts.layout.height ? `${parts.layout.height}px` : "";
    if (curves.node.style.height !== tall) curves.node.style.height = tall;
    curves.draw(paint.curve(parts));
  };
  return {
    map, scene, losses, curves, figures,
    /* Show a race: {race, experiment, view, theme, camera, isLarge}. */
    show(now) {
      shown = { ...now, theme: themes[now.theme] };
      draw();
    },
    setZoom(zoom) {
      for (const each of figures) each.zoom = zoom;
    },
    turn(camera) {
      shown.camera = camera;
      scene.draw(paint.scene);
    },
    /* Show the step `at`, or a place between two. */
    mark(at) {
      if (!shown?.race) return;
      const { runs } = shown.race, common = { runs, stepOf: () => at, at: Math.floor(at), ink: shown.theme.text };
      if (shown.view.includes("3d")) scene.mark((pen, picture) => drawTraceMarks(picture.traces, pen, { ...common, radius: 5.5 }));
      else map.mark((pen, picture) => markMap(pen, picture, runs, at, shown));
      for (const each of [losses, curves]) {
        each.mark((pen, picture) => {
          const lines = picture.traces.filter(isLine);
          if (each === losses && !shown.isLarge) nameCurves(pen, lines, runs, { theme: shown.theme, target: shown.race.target });
          drawTraceMarks(lines, pen, { ...common, hasCursor: true });
        });
      }
    },
  };
}

const isLine = ({ run, trace }) => run !== undefined && trace.meta.part !== "end";
export const findCurve = (view) => Object.keys(CURVES).find((name) => name !== "state" && view.includes(name)) || "state";

function markMap(pen, { axes: { x: xaxis, y: yaxis }, traces }, runs, at, { view, theme, isLarge }) {
  pen.save();
  pen.beginPath();
  pen.rect(xaxis.start, yaxis.start, xaxis.length, yaxis.length);
  pen.clip();
  const named = isLarge ? [] : traces.filter((each) => isLine(each) && !runs[each.run].isExtraStart); // else a list beside has them
  drawNames(pen, named.map((each) => readLine(each, runs[each.run])).filter(Boolean), { area: frameNames(xaxis, yaxis), theme });
  for (const run of runs) {
    const place = findRow(run.step, at), point = place && findPoint({ trace: run, xaxis, yaxis }, place);
    if (!point || !point.every(Number.isFinite)) continue;
    if (view.includes("arrows")) drawArrows(pen, { ...run, grad: [run.gradX, run.gradY], average: run.state.grad_avg }, place.row, { xaxis, yaxis });
    if (isInside(xaxis, yaxis, point)) drawHead(pen, point, run);
  }
  pen.restore();
}
