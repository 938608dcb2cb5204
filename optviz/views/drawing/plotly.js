/* All that is known of plotly's inside. It has no public way from a value to its pixel, to the run
   behind a drawn line or to the camera, so this module alone uses names that plotly may change. */

export const FIGURE = ".js-plotly-plot";
export const PLOT_AREA = ".nsewdrag";
export const ANY_DRAG = ".drag";
export const LEGEND_ENTRY = "g.legend g.traces";
export const DRAWN_TRACE = "g.trace";

export const findGraph = (id) => document.querySelector(`#${id} ${FIGURE}`);
export const isDrawn = (div) => Boolean(div && div._fullLayout) && typeof div.on === "function";
export const readSize = ({ _fullLayout: layout }) => layout && { width: layout.width, height: layout.height };
export const DOUBLE_CLICK_MS = 300; // as long as plotly waits for the second press

/* Plotly counts presses by the clock: let it take the next one for the second of a double-click,
   whenever that is and however long it is held, or for a first one. */
export function countPress(div, isSecond) {
  div._mouseDownTime = div._legendMouseDownTime = isSecond ? Infinity : 0;
}

/* An axis of a drawn figure. Its pixels are counted from the figure's left or top. */
class Axis {
  constructor(inner) {
    this.inner = inner;
    [this.id, this.start, this.length] = [inner._id, inner._offset, inner._length];
    this.end = this.start + this.length;
  }

  toPixel(value) {
    return this.start + this.inner.l2p(this.inner.d2l(value));
  }

  toValue(pixel) {
    return this.inner.p2d(pixel - this.start);
  }

  /* Pixels a unit, below 0 where the axis points up. */
  get scale() {
    return this.inner.l2p(1) - this.inner.l2p(0);
  }

  holds(pixel) {
    return pixel >= this.start - 1 && pixel <= this.end + 1;
  }

  clamp(pixel) {
    return Math.min(Math.max(pixel, this.start), this.end);
  }
}

/* The two axes of a drawn figure by their names in a trace; null before there are any. */
export function readAxes(div, x = "x", y = "y") {
  const layout = div && div._fullLayout, name = (axis) => `${axis[0]}axis${axis.slice(1)}`;
  if (!layout || !layout[name(x)] || !layout[name(y)]) return null;
  return { xaxis: new Axis(layout[name(x)]), yaxis: new Axis(layout[name(y)]) };
}

/* The frame of a drawn figure, to paint another one in its place: its size, each axis by its name in a
   trace, what a person zoomed it to, the rectangle of all plots, the half sides of a landscape's box, where its legend begins, and whether it
   has a color bar. */
export function readFrame(div) {
  const layout = div._fullLayout, places = {}, zooms = {}, { width, height } = layout;
  for (const name of Object.keys(layout).filter((each) => /^[xy]axis\d*$/.test(each))) {
    const { _id: id, _offset: start, _length: length, type, range, autorange } = layout[name];
    places[id] = { start, length };
    if (!autorange && Object.keys(layout._preGUI || {}).some((key) => key.startsWith(`${name}.range`))) zooms[id] = { type, range: [...range] };
  }
  const legend = div.querySelector("g.legend"), { top } = div.getBoundingClientRect();
  const until = legend ? legend.getBoundingClientRect().top - top : height;
  const { l: left, t: above, w, h } = layout._size, paper = { left, top: above, width: w, height: h };
  const sides = layout.scene?.aspectratio, box = sides && [sides.x / 2, sides.y / 2, sides.z / 2];
  return { width, height, places, zooms, paper, box, until, hasBar: Boolean(div.querySelector(".colorbar")), bar: findBar(div) };
}

/* The place of the colors of a map's color bar that stands beside a map with equal scales. */
function findBar(div) {
  const fill = div.querySelector(".colorbar .cbfills"), { left, top } = div.getBoundingClientRect();
  if (!fill || !div._fullLayout.yaxis?.scaleanchor) return null;
  const box = fill.getBoundingClientRect();
  return { left: Math.round(box.left - left), top: box.top - top, bottom: box.bottom - top };
}

/* Where the camera of a 3-D scene stands: {eye, center, up}; null for other figures. */
export function readCamera(div) {
  const scene = div._fullLayout.scene && div._fullLayout.scene._scene;
  return scene ? scene.getCamera() : null;
}

/* The visible traces of runs in a drawn figure, with the run's place and its axes. */
export function readTraces(div) {
  return (div._fullData || [])
    .filter((trace) => trace.meta && trace.meta.run !== undefined && trace.visible === true)
    .map((trace) => ({ trace, run: trace.meta.run, ...readAxes(div, trace.xaxis, trace.yaxis) }));
}

const readMeta = (node) => node.__data__?.[0]?.trace?.meta;

/* The run that a drawn line or an entry of the legend stands for, or undefined. */
export const findRun = (node) => readMeta(node)?.run;

/* Tell if a drawn line is the edge of the paths. */
export const isCasing = (node) => readMeta(node)?.part === "casing";

/* The pixel of a row of a trace in a 3-D scene; null before the scene is drawn. */
export function projectRow(div, trace, row) {
  const scene = div._fullLayout.scene && div._fullLayout.scene._scene;
  if (!scene || !scene.glplot || !scene.glplot.cameraParams) return null;
  const { model, view, projection } = scene.glplot.cameraParams;
  const layout = scene.fullSceneLayout, size = scene.fullLayout._size, { x, y } = layout.domain;
  const values = ["x", "y", "z"].map((name, i) => layout[`${name}axis`].d2l(trace[name][row]) * scene.dataScale[i]);
  const point = [model, view, projection].reduce((at, matrix) => multiply(matrix, at), [...values, 1]);
  const across = x[0] + ((x[1] - x[0]) * (point[0] / point[3] + 1)) / 2;
  const up = y[0] + ((y[1] - y[0]) * (point[1] / point[3] + 1)) / 2;
  return [size.l + size.w * across, size.t + size.h * (1 - up)];
}

const multiply = (m, v) => [0, 1, 2, 3].map((i) => m[i] * v[0] + m[4 + i] * v[1] + m[8 + i] * v[2] + m[12 + i] * v[3]);

/* Plotly takes the layer of the surface away where only lines are drawn anew: put it back before
   anybody sees. Returns what ends the watch. */
export function keepSurface(div) {
  const layer = div.querySelector("g.contourlayer"), around = layer && layer.parentNode;
  if (!layer) return () => {};
  // Not by `isConnected`: where the whole figure was taken away, to put it back would go on for ever.
  const watch = new MutationObserver(() => { if (layer.parentNode !== around) around.prepend(layer); });
  watch.observe(around, { childList: true });
  return () => watch.disconnect();
}
