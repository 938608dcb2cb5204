/* The names of runs at the ends of their lines, where there is room for them. */
import { MOST_NOTES } from "./frames.js";
import { drawSymbol } from "./canvas/traces.js";
import { drawText, makeMeasure } from "./canvas/text.js";

const MOST = 8; // runs that are named
const SIZE = 12; // of the letters, in pixels
const SAMPLES = 80; // points of a line that a name should not cover
const SWATCH = 12; // the room of the mark before a name
const NEAR = [9, 24, 38]; // pixels from the end of a line to its name

/* The short names of runs: as many words of its label as tell a run from the others, first its rule,
   then its lr. */
export function shortenLabels(labels) {
  const cut = (label, count) => label.split(" ").slice(0, count).join(" ");
  return labels.map((label, i) => {
    const isOwn = (count) => labels.every((other, j) => j === i || cut(other, count) !== cut(label, count));
    return cut(label, [1, 2].find(isOwn));
  });
}

/* Draw the names of lines, {label, color, symbol, end, points}: `points` and `end` are pixels. A name
   stands within `area`, clear of the others, of ends, of the boxes `avoid`, and of nearly all lines;
   one without such a place is left out. Returns the boxes of those that are drawn. */
export function drawNames(pen, lines, { area, theme, avoid = [], size = SIZE }) {
  if (lines.length > MOST) return [];
  const seen = lines.filter(({ end }) => contains(area, end));
  const names = shortenLabels(seen.map(({ label }) => label)), measure = makeMeasure(pen, theme);
  const points = lines.flatMap((line) => line.points), taken = [...avoid, ...seen.map(({ end: [x, y] }) => makeBox(x - 8, y - 8, 16, 16))];
  return seen.flatMap(({ color, symbol, end }, i) => {
    const width = measure(names[i], size) + SWATCH, box = findRoom(end, [width, 1.3 * size], { area, taken, points });
    if (!box) return [];
    taken.push(box);
    const middle = (box.top + box.bottom) / 2;
    drawText(pen, names[i], [box.left + SWATCH, middle + 0.35 * size], { size, theme, hasHalo: true });
    drawSymbol(pen, [box.left + 5, middle], { symbol, size: 0.7 * size, color, line: { color: theme.page, width: 1 } });
    return [box];
  });
}

/* The place of a name near an end that covers the fewest points of lines; null where all cover several. */
function findRoom(end, size, { area, taken, points }) {
  let best = null, least = 2;
  for (const box of listPlaces(end, size)) {
    if (!contains(area, [box.left, box.top]) || !contains(area, [box.right, box.bottom])) continue;
    if (taken.some((other) => overlap(box, other))) continue;
    const covered = points.reduce((sum, point) => sum + contains(box, point), 0);
    if (covered < least) [best, least] = [box, covered];
    if (!covered) break;
  }
  return best;
}

/* Beside, above and below an end, the near places first. */
function* listPlaces([x, y], [width, height]) {
  yield makeBox(x + NEAR[0], y - height / 2, width, height);
  for (const far of NEAR) {
    for (const top of [y - far - height, y + far]) {
      for (const left of [x - width / 2, x - width, x - 6]) yield makeBox(left, top, width, height);
    }
  }
  yield makeBox(x - NEAR[0] - width, y - height / 2, width, height);
}

const makeBox = (left, top, width, height) => ({ left, top, right: left + width, bottom: top + height });
const contains = ({ left, top, right, bottom }, [x, y]) => x >= left && x <= right && y >= top && y <= bottom;
const overlap = (one, other) => one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;

/* A line of a run, {run, trace, xaxis, yaxis}, as drawNames wants it; null without a finite point. */
export function readLine({ trace: { x, y }, xaxis, yaxis }, { label, color, symbol }) {
  const toPixel = (row) => [xaxis.toPixel(x[row]), yaxis.toPixel(y[row])], points = [];
  let last = x.length - 1;
  while (last > 0 && !toPixel(last).every(Number.isFinite)) last--;
  const step = Math.max(1, Math.floor(last / SAMPLES));
  for (let row = 0; row <= last; row += step) points.push(toPixel(row));
  return last < 0 ? null : { label, color, symbol, end: toPixel(last), points };
}

/* The frame of two axes as an area for names. */
export const frameNames = (xaxis, yaxis) => makeBox(xaxis.start, yaxis.start, xaxis.length, yaxis.length);

/* Name the curves of a figure over the steps, clear of the name of its target and of notes at the
   edges, which are there where a run leaves the frame. */
export function nameCurves(pen, traces, runs, { theme, target = null, size }) {
  if (!traces.length) return [];
  const { xaxis, yaxis } = traces[0], area = frameNames(xaxis, yaxis), level = target === null ? NaN : yaxis.toPixel(target);
  const named = traces.filter(({ trace, run }) => runs[run] && trace.showlegend !== false);
  const lines = named.map((each) => readLine(each, runs[each.run])).filter(Boolean), avoid = [];
  if (Number.isFinite(level)) avoid.push(makeBox(area.right - 110, level - 20, 110, 22));
  const leaving = lines.filter(({ end }) => !contains(area, end)).length, room = 4 + 18 * Math.min(leaving, MOST_NOTES);
  if (leaving) avoid.push({ ...area, bottom: area.top + room }, { ...area, top: area.bottom - room });
  return drawNames(pen, lines, { area, theme, avoid, size });
}
