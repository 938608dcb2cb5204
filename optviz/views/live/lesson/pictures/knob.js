/* A point of a figure that a hand moves: by dragging, by a tap on the plot, by the arrow keys. */
import { roundToUnit } from "../../../drawing/numbers.js";
import { make, setText } from "../../elements.js";
import { formatNumber } from "../../spelling.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const PACE = 2, FAST = 20; // pixels of a press, and with Shift

/* `font` is the scale of the figure's units. */
export function holdPoint(figure, font, { name, read, take }) {
  const words = make("span", { class: "hidden" }), knob = make("button", { type: "button", class: "knob", title: `drag the ${name}` }, words);
  figure.node.append(knob);
  const axes = () => figure.picture?.axes;
  const toPoint = ([across, down]) => [[axes().x, across], [axes().y, down]].map(([axis, pixel]) =>
    roundToUnit(axis.toValue(axis.clamp(pixel)), axis.toValue(1) - axis.toValue(0)));
  const drag = (event) => {
    const box = figure.node.getBoundingClientRect();
    take(toPoint([(event.clientX - box.left) / font, (event.clientY - box.top) / font]));
  };
  const isInside = (event) => {
    const box = figure.node.getBoundingClientRect(), { x, y } = axes();
    return x.holds((event.clientX - box.left) / font) && y.holds((event.clientY - box.top) / font);
  };
  let isHeld = false;
  for (const node of [knob, figure.canvas]) {
    node.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !axes() || (node === figure.canvas && (event.pointerType === "touch" || !isInside(event)))) return;
      event.preventDefault();
      isHeld = true;
      knob.setPointerCapture(event.pointerId);
      knob.focus({ preventScroll: true });
      if (node === figure.canvas) drag(event);
    });
  }
  knob.addEventListener("pointermove", (event) => isHeld && drag(event));
  for (const type of ["pointerup", "pointercancel", "lostpointercapture"]) knob.addEventListener(type, () => { isHeld = false; });
  // A finger that moves over the figure scrolls the page: only its tap moves the point.
  figure.canvas.addEventListener("click", (event) => {
    if (event.pointerType === "touch" && axes() && isInside(event)) drag(event);
  });
  knob.addEventListener("keydown", (event) => {
    const by = ARROWS[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey || !axes()) return;
    event.preventDefault();
    event.stopPropagation();
    const { x, y } = axes(), [atX, atY] = read(), pace = event.shiftKey ? FAST : PACE;
    take(toPoint([x.toPixel(atX) + pace * by[0], y.toPixel(atY) + pace * by[1]]));
  });
  return {
    place() {
      const found = axes();
      knob.hidden = !found;
      if (!found) return;
      const [x, y] = read();
      setText(words, `${name} at ${formatNumber(x)}, ${formatNumber(y)}: the arrow keys move it`);
      knob.style.left = `${font * found.x.clamp(found.x.toPixel(x))}px`;
      knob.style.top = `${font * found.y.clamp(found.y.toPixel(y))}px`;
    },
  };
}
