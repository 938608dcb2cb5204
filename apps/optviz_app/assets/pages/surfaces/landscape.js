/* The camera before plotly's landscape: at first it stands so that the box fills the stage; where a person
   turned it, it stays through every change of the same surface. Plotly itself forgets it with some. */
import { CAMERA, shapeBox, standBack } from "../../views/drawing/canvas/camera.js";
import { findGraph, isDrawn, readCamera } from "../../views/drawing/plotly.js";
import { byId, onDrawn } from "../../common/dom.js";

const MARGIN = { l: 8, r: 8, t: 44, b: 8 };
const BAR = 96, LEGEND = 48; // pixels of the color bar and of the legend
const NARROW = 500; // below it there is room for neither
const SAME = 1e-3;
const view = { surface: "", home: null, turned: null, count: 0, isEqual: false, ratio: 1 };

/* Plotly's box and camera for the room that the stage has. */
function findHome() {
  const { clientWidth: width, clientHeight: height } = byId("stage"), isNarrow = width < NARROW;
  const room = { width: Math.max(width - MARGIN.l - MARGIN.r - (isNarrow ? 0 : BAR), 50), height: Math.max(height - MARGIN.t - MARGIN.b - (isNarrow ? 0 : LEGEND), 50) };
  const box = shapeBox(room, view.isEqual ? view.ratio : null), { distance, center } = standBack(CAMERA, box, room);
  const { turn, tilt } = CAMERA, flat = distance * Math.cos(tilt), [x, y, z] = center;
  const eye = { x: x + flat * Math.cos(turn), y: y + flat * Math.sin(turn), z: z + distance * Math.sin(tilt) };
  return { aspectratio: { x: 2 * box[0], y: 2 * box[1], z: 2 * box[2] }, camera: { eye, center: { x, y, z }, up: { x: 0, y: 0, z: 1 } } };
}

const isSame = (a, b) => ["eye", "center"].every((name) => ["x", "y", "z"].every((axis) => Math.abs(a[name][axis] - b[name][axis]) < SAME));

/* Note the camera where a person turned it away from its first place. */
function noteTurned() {
  const div = findGraph("landscape"), now = isDrawn(div) && readCamera(div);
  if (now && view.home) view.turned = isSame(now, view.home.camera) ? null : now;
}

/* A figure with the box and the camera that it is seen with. */
export function dressLandscape({ data, layout }, isEqual) {
  const [wide, deep] = [layout.scene.xaxis, layout.scene.yaxis].map(({ range }) => range[1] - range[0]);
  noteTurned();
  if (view.surface !== layout.title.text) Object.assign(view, { surface: layout.title.text, turned: null });
  Object.assign(view, { isEqual, ratio: wide / deep, home: null });
  view.home = findHome();
  const isNarrow = byId("stage").clientWidth < NARROW, { aspectratio, camera } = view.home;
  const traces = isNarrow ? data.map((trace, i) => (i ? trace : { ...trace, showscale: false })) : data;
  // Copies of the camera: plotly writes into what it is given.
  const [xaxis, yaxis] = [layout.scene.xaxis, layout.scene.yaxis].map((axis) => (isNarrow ? { ...axis, nticks: 5 } : axis));
  const scene = { ...layout.scene, xaxis, yaxis, aspectratio, camera: structuredClone(view.turned ?? camera), uirevision: `view ${view.count++}` };
  watchSize();
  return { data: traces, layout: { ...layout, margin: MARGIN, scene, ...(isNarrow && { showlegend: false }) } };
}

/* Another size of the stage calls for another place, unless a person chose one. */
const sizes = new ResizeObserver(() => {
  const div = findGraph("landscape"), before = view.home;
  if (!before || !isDrawn(div) || !div.offsetParent) return;
  noteTurned();
  const home = findHome();
  if (isSame(home.camera, before.camera)) return;
  view.home = home;
  const moved = view.turned ? {} : { "scene.camera": structuredClone(home.camera) };
  window.Plotly.relayout(div, { "scene.aspectratio": home.aspectratio, ...moved });
});
let watched = null;
function watchSize() {
  if (watched === byId("stage")) return;
  sizes.disconnect();
  watched = byId("stage");
  sizes.observe(watched);
}

/* Plotly tells of each turn; undo makes the page anew, with nothing drawn in between. */
let told = null;
onDrawn((id) => {
  const div = id === "landscape" ? findGraph(id) : null;
  if (!div || div === told) return;
  told = div;
  div.on("plotly_relayout", noteTurned);
});
