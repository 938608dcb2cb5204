/* Numbers of a grid as colored pixels: between its points a number, not a color, is interpolated, as
   plotly's contour does. Pure. A grid here is {values, columns, rows}, as in isolines.js. */

const SHADES = 1024;

/* The red, green and blue of "#rrggbb". */
export const readColor = (text) => [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));

/* A color as the pixel of an image, opaque. */
export const toPixel = ([r, g, b]) => ((255 << 24) | (Math.round(b) << 16) | (Math.round(g) << 8) | Math.round(r)) >>> 0;

/* The color at a share of a scale of equally spaced colors. */
export function mixColors(colors, share) {
  const place = Math.min(Math.max(share, 0), 1) * (colors.length - 1), at = Math.min(Math.floor(place), colors.length - 2);
  const [from, to] = [readColor(colors[at]), readColor(colors[at + 1])];
  return from.map((each, i) => each + (place - at) * (to[i] - each));
}

const tables = new WeakMap();

/* The pixels of a scale of colors, from its lowest to its highest; made once for a list of colors. */
export function makeTable(colors) {
  if (!tables.has(colors)) tables.set(colors, Uint32Array.from({ length: SHADES }, (_, i) => toPixel(mixColors(colors, i / (SHADES - 1)))));
  return tables.get(colors);
}

/* Color an image of width x height pixels. `across` and `up` say where a pixel's middle lies in the
   grid: {from, step} in columns and in rows. Outside, and in gaps, it stays clear. */
export function fillRaster(pixels, width, height, { values, columns, rows }, across, up, table, { low, high }) {
  const lefts = new Int32Array(width), parts = new Float64Array(width), line = new Float64Array(columns);
  for (let x = 0; x < width; x++) {
    const at = across.from + x * across.step;
    lefts[x] = at < 0 || at > columns - 1 ? -1 : Math.min(Math.floor(at), columns - 2);
    parts[x] = at - lefts[x];
  }
  const scale = table.length / (high - low), top = table.length - 1;
  for (let y = 0, to = 0; y < height; y++, to += width) {
    const at = up.from + y * up.step;
    if (!(at >= 0 && at <= rows - 1)) {
      pixels.fill(0, to, to + width);
      continue;
    }
    const row = Math.min(Math.floor(at), rows - 2), part = at - row, below = row * columns, above = below + columns;
    for (let i = 0; i < columns; i++) line[i] = values[below + i] + part * (values[above + i] - values[below + i]);
    for (let x = 0; x < width; x++) {
      const left = lefts[x], value = left < 0 ? NaN : line[left] + parts[x] * (line[left + 1] - line[left]);
      const shade = (value - low) * scale;
      pixels[to + x] = value !== value ? 0 : table[shade <= 0 ? 0 : shade >= top ? top : shade | 0];
    }
  }
}
