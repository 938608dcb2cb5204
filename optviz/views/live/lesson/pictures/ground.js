/* A surface from above with equal scales, and lines of a function on it. */
import { traceIsolines } from "../../../drawing/canvas/isolines.js";
import { paintMap } from "../../../drawing/canvas/map.js";
import { makeGrid } from "../../../drawing/grid.js";
import { fitScale } from "../../../drawing/scale.js";
import { equalize, line, makeLayout } from "./plane.js";

const SIDE = 101, LEVELS = 121; // points a side of the surface, and of a function

/* A painter of a surface: paint(pen, size, theme, overlays) -> the picture. Its grid reaches over the
   whole frame, and is made anew only for another frame or other parameters. */
export function makeGround(surface, { window, minima = [] }) {
  const kept = { key: "", grid: null, scale: null };
  return function paint(pen, { width, height }, theme, parameters, draw) {
    const parts = { data: [], layout: makeLayout(window, ["x", "y"]) };
    const found = equalize(parts, { width, height, theme, pen }), ranges = [found.x, found.y], key = JSON.stringify([ranges, parameters]);
    if (kept.key !== key) {
      const grid = makeGrid(surface, parameters, ranges, SIDE, minima);
      Object.assign(kept, { key, grid, scale: fitScale(grid) });
    }
    const { data, annotations } = draw(ranges);
    const picture = paintMap(pen, { grid: kept.grid, scale: kept.scale, traces: data, runs: [], width, height, hasBar: false, hasLegend: false, hasTitle: false }, null, theme);
    drawNames(pen, picture.axes, annotations, theme);
    return picture;
  };
}

/* Short names beside points: {at: [x, y], text, isBelow}. */
function drawNames(pen, { x, y }, names, theme) {
  pen.font = `13px ${theme.font}`;
  pen.textBaseline = "alphabetic";
  for (const { at, text, isBelow = false } of names) {
    const place = [x.toPixel(at[0]), y.toPixel(at[1])];
    if (!place.every(Number.isFinite) || !x.holds(place[0]) || !y.holds(place[1])) continue;
    const isRight = place[0] + 12 + pen.measureText(text).width < x.end;
    pen.textAlign = isRight ? "left" : "right";
    [pen.strokeStyle, pen.lineWidth, pen.lineJoin, pen.fillStyle] = [theme.page, 4, "round", theme.text];
    const spot = [place[0] + (isRight ? 11 : -11), isBelow ? Math.min(place[1] + 20, y.end - 4) : Math.max(place[1] - 9, y.start + 14)];
    pen.strokeText(text, ...spot);
    pen.fillText(text, ...spot);
  }
  pen.textAlign = "left";
}

/* The lines on which a function of x and y has given values, as one trace. */
export function drawLevels([across, up], evaluate, levels, color, look) {
  const place = ([low, high], i) => low + ((high - low) * i) / (LEVELS - 1);
  const values = new Float64Array(LEVELS * LEVELS), xs = [], ys = [];
  for (let row = 0; row < LEVELS; row++) for (let column = 0; column < LEVELS; column++) values[row * LEVELS + column] = evaluate(place(across, column), place(up, row));
  for (const level of levels) {
    const found = traceIsolines({ values, columns: LEVELS, rows: LEVELS }, { start: level, end: level, size: 1 });
    for (let i = 0; i < found.length; i += 4) {
      xs.push(place(across, found[i]), place(across, found[i + 2]), NaN);
      ys.push(place(up, found[i + 1]), place(up, found[i + 3]), NaN);
    }
  }
  return line([xs, ys], color, look);
}
