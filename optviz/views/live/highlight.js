/* What a lesson points at: parts by their names ("losses", "run 1", "slider 1.lr", ...), which stand in
   their data-part, and "minimum", a ring around each known one on the map. */
import { make } from "./elements.js";

export function makeHighlight(page, map) {
  const rings = make("div", { class: "rings", "aria-hidden": "true" });
  let names = new Set();
  map.node.append(rings);
  const placeRings = () => {
    const axes = map.picture?.axes, points = names.has("minimum") && axes ? page.race.minima : [];
    rings.replaceChildren(...points.map(([x, y]) => [axes.x.toPixel(x), axes.y.toPixel(y)])
      .filter(([left, top]) => axes.x.holds(left) && axes.y.holds(top)).map(([left, top]) => {
        const ring = make("span", { "data-part": "minimum" });
        Object.assign(ring.style, { left: `${left * map.zoom}px`, top: `${top * map.zoom}px` });
        return ring;
      }));
  };
  const show = () => {
    placeRings();
    page.root.classList.toggle("shows-rates", names.has("rates"));
    for (const node of page.root.querySelectorAll("[data-part]")) node.classList.toggle("highlighted", names.has(node.dataset.part));
  };
  return {
    show,
    set(wanted) {
      names = new Set(wanted);
      show();
    },
  };
}
