/* A landscape as pixels: a mesh of triangles, colored by height, lit, with lines of equal height, and
   with the nearness of each pixel, by which what stands on it is seen or hidden. Pure. */
import { mixColors, readColor } from "./raster.js";
import { listEnds } from "./scaffold.js";

const MOST = 81; // points on a side that are drawn
const SHADES = 256, LIGHTS = 48, DARK = 0.6, BRIGHT = 1.12; // of a color
const RIDGE = 0.55; // strength of the lines
const SUN = [-0.35, 0.5, 0.79];
const tables = new WeakMap();

/* Every color of the scale in every light, and the color of the lines. */
function makeTables(theme) {
  if (!tables.has(theme)) {
    const lit = new Uint8ClampedArray(3 * SHADES * LIGHTS);
    for (let light = 0, to = 0; light < LIGHTS; light++) {
      const factor = DARK + ((BRIGHT - DARK) * light) / (LIGHTS - 1);
      for (let shade = 0; shade < SHADES; shade++) {
        const color = mixColors(theme.losses, shade / (SHADES - 1));
        for (let i = 0; i < 3; i++) lit[to++] = color[i] * factor;
      }
    }
    tables.set(theme, { lit, ridge: readColor(theme.ridges) });
  }
  return tables.get(theme);
}

/* The points of a mesh in the box around 0, at most MOST on a side: {columns, rows, x, y, z, light, value}. */
export function makeMesh({ values, columns, rows }, { low, high }, [halfX, halfY, halfZ]) {
  const thin = (count, size = Math.min(count, MOST)) => Array.from({ length: size }, (_, i) => Math.round((i * (count - 1)) / (size - 1)));
  const [bottom, top] = listEnds({ low, high }), stretch = (2 * halfZ) / (top - bottom);
  const [across, up] = [thin(columns), thin(rows)], mesh = { columns: across.length, rows: up.length };
  for (const name of ["x", "y", "z", "value", "light"]) mesh[name] = new Float64Array(across.length * up.length);
  up.forEach((row, j) => across.forEach((column, i) => {
    const at = j * across.length + i, value = Math.min((values[row * columns + column] - low) / (high - low), 1);
    mesh.x[at] = ((2 * column) / (columns - 1) - 1) * halfX;
    mesh.y[at] = ((2 * row) / (rows - 1) - 1) * halfY;
    mesh.value[at] = value;
    mesh.z[at] = (low + value * (high - low) - bottom) * stretch - halfZ;
  }));
  lightMesh(mesh);
  return mesh;
}

/* How much light falls on each point, 0 to 1. */
function lightMesh({ columns, rows, x, y, z, light }) {
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) {
      const [west, east] = [column > 0 ? at - 1 : at, column < columns - 1 ? at + 1 : at];
      const [south, north] = [row > 0 ? at - columns : at, row < rows - 1 ? at + columns : at];
      const slopeX = (z[east] - z[west]) / (x[east] - x[west]), slopeY = (z[north] - z[south]) / (y[north] - y[south]);
      const lit = (-slopeX * SUN[0] - slopeY * SUN[1] + SUN[2]) / Math.hypot(slopeX, slopeY, 1);
      light[at] = lit === lit ? Math.min(Math.max(lit, 0), 1) : SUN[2];
    }
  }
}

/* Draw a mesh into an image: {width, height, pixels (RGBA bytes), nearness}. `project` gives pixels of
   the image; `lines` are the start, end and size of lines of equal value, as shares of the height. */
export function fillMesh(image, mesh, project, theme, lines) {
  const { columns, rows } = mesh, count = columns * rows, px = new Float64Array(count), py = new Float64Array(count), near = new Float64Array(count);
  image.pixels.fill(0);
  image.nearness.fill(0);
  for (let at = 0; at < count; at++) [px[at], py[at], near[at]] = project(mesh.x[at], mesh.y[at], mesh.z[at]);
  const points = { px, py, near, value: mesh.value, light: mesh.light }, look = { ...makeTables(theme), lines };
  for (let row = 0; row + 1 < rows; row++) {
    for (let at = row * columns; at < (row + 1) * columns - 1; at++) {
      fillTriangle(image, points, at, at + 1, at + columns, look);
      fillTriangle(image, points, at + 1, at + columns + 1, at + columns, look);
    }
  }
}

/* No lists in here: it runs for thousands of triangles in a frame. */
function fillTriangle({ width, height, pixels, nearness }, { px, py, near, value, light }, a, b, c, { lit, ridge, lines }) {
  const ax = px[a], ay = py[a], bx = px[b] - ax, by = py[b] - ay, cx = px[c] - ax, cy = py[c] - ay, area = bx * cy - by * cx;
  if (!(value[a] + value[b] + value[c] < Infinity) || !(Math.abs(area) > 1e-9)) return; // a gap, or seen from its edge
  const slopeX = (of) => ((of[b] - of[a]) * cy - (of[c] - of[a]) * by) / area;
  const slopeY = (of) => ((of[c] - of[a]) * bx - (of[b] - of[a]) * cx) / area;
  const valueX = slopeX(value), valueY = slopeY(value), lightX = slopeX(light), lightY = slopeY(light);
  const nearX = slopeX(near), nearY = slopeY(near), last = Math.round((lines.end - lines.start) / lines.size);
  const steep = Math.sqrt(valueX * valueX + valueY * valueY) / lines.size || Infinity;
  const top = Math.max(Math.ceil(ay + Math.min(0, by, cy) - 0.5), 0);
  const bottom = Math.min(Math.floor(ay + Math.max(0, by, cy) - 0.5), height - 1);
  for (let y = top; y <= bottom; y++) {
    const dy = y + 0.5 - ay; // the row crosses two of the edges
    const first = cross(0, 0, bx, by, dy), second = cross(bx, by, cx, cy, dy), third = cross(cx, cy, 0, 0, dy);
    const from = Math.max(Math.ceil(ax + leastOf(first, second, third) - 0.5), 0);
    const to = Math.min(Math.floor(ax - leastOf(-first, -second, -third) - 0.5), width - 1);
    for (let x = from, at = y * width + from; x <= to; x++, at++) {
      const dx = x + 0.5 - ax, nearHere = near[a] + dx * nearX + dy * nearY;
      if (nearHere <= nearness[at]) continue;
      nearness[at] = nearHere;
      const tall = value[a] + dx * valueX + dy * valueY, bright = light[a] + dx * lightX + dy * lightY;
      const shade = pick(tall, SHADES - 1), level = pick(bright, LIGHTS - 1);
      const place = (tall - lines.start) / lines.size, line = Math.round(place), away = Math.abs(place - line) / steep;
      const cover = away < 1 && line >= 0 && line <= last ? (1 - away) * RIDGE : 0;
      const color = 3 * (level * SHADES + shade), pixel = 4 * at;
      for (let i = 0; i < 3; i++) pixels[pixel + i] = lit[color + i] + cover * (ridge[i] - lit[color + i]);
      pixels[pixel + 3] = 255;
    }
  }
}

/* The entry of a table at a share of it. */
const pick = (share, last) => (share <= 0 ? 0 : share >= 1 ? last : (share * last) | 0);

/* Where an edge crosses a row; NaN where it does not. */
const cross = (x0, y0, x1, y1, y) => ((y0 <= y) === (y1 <= y) ? NaN : x0 + ((y - y0) / (y1 - y0)) * (x1 - x0));

/* The least of three numbers of which some are NaN; Infinity if all are. */
function leastOf(a, b, c) {
  const first = a < Infinity ? a : Infinity, second = b < first ? b : first;
  return c < second ? c : second;
}
