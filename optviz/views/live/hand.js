/* What a hand can move in the pictures: the start on the map, the target on the loss plot, the camera
   of the scene. The start and the target are elements of their own, so that the keyboard and a
   finger can take them too. */
import { roundToUnit } from "../drawing/numbers.js";
import { make, setText } from "./elements.js";
import { formatNumber } from "./spelling.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const FAST = 10;

/* The numbers under a pixel, with no more digits than a pixel tells. */
const readPlace = ({ x, y }, [across, down]) => [[x, across], [y, down]].map(([axis, pixel]) =>
  roundToUnit(axis.toValue(axis.clamp(pixel)), axis.toValue(1) - axis.toValue(0)));

/* In the figure's own pixels, which a presentation enlarges. */
const readPointer = ({ node, zoom }, event) => {
  const box = node.getBoundingClientRect();
  return [(event.clientX - box.left) / zoom, (event.clientY - box.top) / zoom];
};

/* The handle on the start, and presses on the map. `take` gets a point, or null for the surface's
   own start. */
export function holdStart(figure, { read, take }) {
  const words = make("span", { class: "hidden" });
  const handle = make("button", { type: "button", class: "start", title: "drag to set the start; double-click to reset it" }, words);
  figure.node.append(handle);
  const axes = () => figure.picture?.axes;
  const drag = (event) => take(readPlace(axes(), readPointer(figure, event)));
  let isHeld = false;
  for (const node of [handle, figure.over]) {
    node.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !axes() || (node === figure.over && event.pointerType === "touch")) return;
      if (node === figure.over && !isOnPlot(axes(), readPointer(figure, event))) return;
      event.preventDefault();
      isHeld = true;
      handle.setPointerCapture(event.pointerId);
      handle.focus({ preventScroll: true });
      if (node === figure.over) drag(event);
    });
  }
  handle.addEventListener("pointermove", (event) => isHeld && drag(event));
  for (const type of ["pointerup", "pointercancel", "lostpointercapture"]) handle.addEventListener(type, () => { isHeld = false; });
  // A finger that moves over the map scrolls the page: only its tap sets the start.
  figure.over.addEventListener("click", (event) => {
    if (event.pointerType === "touch" && axes() && isOnPlot(axes(), readPointer(figure, event))) drag(event);
  });
  handle.addEventListener("dblclick", () => take(null));
  handle.addEventListener("keydown", (event) => {
    const by = ARROWS[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey || !axes()) return;
    event.preventDefault();
    event.stopPropagation();
    const { x, y } = axes(), [startX, startY] = read(), pace = event.shiftKey ? FAST : 1;
    take(readPlace({ x, y }, [x.toPixel(startX) + pace * by[0], y.toPixel(startY) + pace * by[1]]));
  });
  return {
    place() {
      const [x, y] = read(), found = axes();
      setText(words, `start at ${formatNumber(x)}, ${formatNumber(y)}: the arrow keys move it`);
      handle.hidden = !found || !found.x.holds(found.x.toPixel(x)) || !found.y.holds(found.y.toPixel(y));
      if (handle.hidden) return;
      handle.style.left = `${found.x.toPixel(x) * figure.zoom}px`;
      handle.style.top = `${found.y.toPixel(y) * figure.zoom}px`;
    },
  };
}

const isOnPlot = ({ x, y }, [across, down]) => x.holds(across) && y.holds(down);

const NUDGES = { ArrowUp: -4, ArrowDown: 4, PageUp: -40, PageDown: 40 };

/* The handle of the target: it lies on its line, or at the frame's edge where that is out of sight. */
export function holdTarget(figure, { read, take }) {
  const handle = make("div", { class: "target", tabindex: 0, role: "slider", "aria-orientation": "vertical", "aria-label": "target loss", title: "drag to set the target" });
  figure.node.append(handle);
  const axis = () => figure.picture?.axes.y, value = (pixel) => Number(axis().toValue(axis().clamp(pixel)).toPrecision(3));
  let isHeld = false;
  handle.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    isHeld = true;
    handle.setPointerCapture(event.pointerId);
    handle.focus({ preventScroll: true });
  });
  handle.addEventListener("pointermove", (event) => isHeld && take(value(readPointer(figure, event)[1])));
  for (const type of ["pointerup", "pointercancel"]) handle.addEventListener(type, () => { isHeld = false; });
  handle.addEventListener("keydown", (event) => {
    if (!(event.key in NUDGES)) return;
    event.preventDefault();
    event.stopPropagation();
    take(value(axis().toPixel(read()) + NUDGES[event.key]));
  });
  return {
    place() {
      const target = read();
      handle.hidden = !axis() || target === null || !Number.isFinite(target);
      if (handle.hidden) return;
      const { x, y } = figure.picture.axes, at = y.toPixel(target), text = String(Number(target.toPrecision(3)));
      Object.assign(handle.style, { left: `${x.start * figure.zoom}px`, width: `${x.length * figure.zoom}px`, top: `${(Number.isFinite(at) ? y.clamp(at) : y.end) * figure.zoom}px` });
      handle.dataset.value = `target ${text}`;
      const ends = { valuenow: target, valuemin: Math.min(y.toValue(y.end), target), valuemax: Math.max(y.toValue(y.start), target) };
      handle.setAttribute("aria-valuetext", `loss ${text}`);
      for (const [name, each] of Object.entries(ends)) handle.setAttribute(`aria-${name}`, spellPlainly(each));
    },
  };
}

/* A number without a power of ten, which these attributes must not have; its digits end somewhere. */
const spellPlainly = (number) => (Math.abs(number) < 1e21 ? number.toFixed(20).replace(/\.?0+$/, "") : "1" + "0".repeat(21));
