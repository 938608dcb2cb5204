/* The scale of losses, linear or logarithmic with ticks that name the real losses, as scale.py. */
import { formatGeneral, polish } from "../../javascript/text.js";
import { quantile, takeAbove } from "./grid.js";

const SMALLEST = 1e-300, LARGEST = 1e300;
const RESOLVED = 0.75; // of the points below a line, in blocks of 3 x 3 such points

/* The scale that shows a grid of losses: {log, offset, low, high} as in Python, with its title,
   `ticks` {tickvals, ticktext} and the contour `lines` {start, end, size}. */
export function fitScale({ loss, log, floor, x }) {
  const scale = findScale(loss, log, floor);
  return { ...scale, title: writeTitle(scale), ticks: chooseTicks(scale), lines: chooseLines(scale, loss, x.length) };
}

function findScale(loss, log, offset) {
  const above = log ? takeAbove(loss, offset, SMALLEST, LARGEST) : [];
  if (above.length) {
    const low = log10(roundStep(quantile(above, 0.002)));
    const most = above.reduce((a, b) => (b > a ? b : a));
    return { log: true, offset, low, high: Math.max(log10(most), low + 0.3) };
  }
  let low = Infinity, high = -Infinity;
  for (let i = 0; i < loss.length; i++) {
    if (loss[i] < low && loss[i] > -Infinity) low = loss[i];
    if (loss[i] > high && loss[i] < Infinity) high = loss[i];
  }
  if (low > high) return { log: false, offset: 0, low: 0, high: 1 };
  const room = high > low ? 0 : 0.1 * Math.abs(low) || 1;
  return { log: false, offset: 0, low: low - room, high: high + room };
}

/* The height of a loss, NaN (a gap) where it is not finite. */
export function transformLoss({ log, offset, low }, loss) {
  if (!Number.isFinite(loss)) return NaN;
  return log ? Math.log10(Math.max(loss - offset, 10 ** low)) : loss;
}

/* The heights of a whole grid. */
export function transformGrid({ log, offset, low }, loss) {
  const out = new Float64Array(loss.length), least = 10 ** low;
  for (let i = 0; i < loss.length; i++) {
    const each = loss[i], above = each - offset;
    out[i] = !Number.isFinite(each) ? NaN : log ? Math.log10(above > least ? above : least) : each;
  }
  return out;
}

function writeTitle({ log, offset, low }) {
  if (!log) return "loss";
  return Math.abs(offset) < 1e-3 * 10 ** low ? "loss (log scale)" : `loss (log scale above ${formatNumber(offset)})`;
}

/* About `count` heights from lowest to highest, at round numbers. */
function chooseLevels({ low, high }, count) {
  const step = roundStep(high / count - low / count), first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
}

/* The lines begin where the grid is fine enough for them: see scale.py. */
function chooseLines(scale, loss, columns) {
  const found = chooseLevels(scale, 20), levels = found.length ? found : [scale.low];
  const size = levels.length > 1 ? levels[1] - levels[0] : 1;
  const heights = transformGrid(scale, loss).map((each) => (each < Infinity ? each : Infinity));
  const wide = takeBlocks(takeBlocks(heights, columns, Math.max), columns, Math.min);
  const count = (values, level) => values.reduce((sum, each) => sum + (each < level), 0);
  let first = levels.length - 1;
  for (; first && levels[first - 1] > scale.low + 1e-6 * size; first--) {
    const level = levels[first - 1];
    if (count(wide, level) < RESOLVED * Math.max(count(heights, level), 1)) break;
  }
  return { start: levels[first], end: levels.at(-1), size };
}

/* For each point the most (Math.max) or the least of the 3 x 3 points around it. */
function takeBlocks(values, columns, choose) {
  const take = (from, step, isEnd) => from.map((each, at) => choose(each, isEnd(at, -step) ? each : from[at - step], isEnd(at, step) ? each : from[at + step]));
  const rows = take(values, columns, (at, step) => !(at + step >= 0 && at + step < values.length));
  return take(rows, 1, (at, step) => (step < 0 ? at % columns === 0 : (at + 1) % columns === 0));
}

function chooseTicks(scale) {
  const { log, offset, low, high } = scale;
  if (!log) {
    const values = chooseLevels(scale, 6), power = values.length > 1 ? log10(values[1] - values[0]) : null;
    return { tickvals: values, ticktext: values.map((each) => formatNumber(each, power)) };
  }
  const every = Math.max(1, Math.ceil((high - low) / 8)), powers = [];
  for (let power = Math.ceil(low); power <= Math.floor(high); power++) if (power % every === 0) powers.push(power);
  if (powers.length < 3) powers.splice(0, powers.length, low, (low + high) / 2, high);
  const spell = (power) => formatNumber(offset + raise(power), power);
  if (powers[0] - low > 0.06 * (high - low)) powers.unshift(low);
  const text = powers.map(spell);
  if (powers[0] < low + 1e-9) text[0] = `≤ ${text[0]}`;
  return { tickvals: powers, ticktext: text };
}

/* The nearest of 1, 2, 2.5 and 5 times a power of ten; 1 for a step of 0. */
function roundStep(step) {
  if (step <= 0) return 1;
  const power = raise(Math.floor(log10(step))), away = (each) => Math.abs(log10((each * power) / step));
  return power * [1, 2, 2.5, 5, 10].reduce((best, each) => (away(each) < away(best) ? each : best));
}

/* A number of `least` digits as text, or more to tell steps of 10**power apart. */
export function formatNumber(value, power = null, least = 4) {
  if (value === 0) return "0";
  const digits = power === null ? least : Math.max(least, Math.floor(log10(Math.abs(value))) - Math.floor(power) + 2);
  return polish(formatGeneral(value, digits));
}

/* 10**power, a whole power to the last digit. */
const raise = (power) => (Number.isInteger(power) ? Number(`1e${power}`) : 10 ** power);

/* The logarithm, of a power of ten to the last digit. */
function log10(value) {
  const found = Math.log10(value), whole = Math.round(found);
  return raise(whole) === value ? whole : found;
}
