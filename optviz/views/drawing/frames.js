/* The frame of curves over the steps: its range, its scale, and a note on each run that leaves it; the
   same as frames.py makes. A run that diverges does not flatten the others. */
import { describeEnd } from "../../javascript/summary.js";
import { keepDrawable } from "./panels.js";

const WIDE = 1000; // a run whose values spread so many times as wide as the others' would flatten them
export const MOST_NOTES = 4; // lines of a note; more runs than this are counted in the last one

/* True where no value is negative and they span two decades. */
export function needsLogAxis(columns) {
  let low = Infinity, high = -Infinity;
  for (const column of columns) {
    for (let i = 0; i < column.length; i++) {
      const each = column[i];
      if (each < 0) return false;
      if (each > 0) {
        if (each < low) low = each;
        if (each > high) high = each;
      }
    }
  }
  return high >= 100 * low;
}

/* ---- which runs would flatten the others; a curve is a list of columns that share their axis ---- */

/* They stopped early, or went far and spread wide. A run went far where its losses or its params
   spread wide, or where its loss ends above its start. A healthy run stays in the frame. */
export function findWild(runs, curves) {
  const ended = runs.map((run) => describeEnd(run) !== ""), calm = runs.map((run, i) => !ended[i] && !isClimbing(run.losses));
  const wide = findWide(runs, curves, calm);
  if (!wide.includes(true)) return ended;
  const [byLoss, byPath] = [runs.map(({ losses }) => [losses]), runs.map(({ x, y }) => [shift(x), shift(y)])].map((each) => findWide(runs, each, calm));
  return runs.map((_, i) => ended[i] || (wide[i] && (!calm[i] || byLoss[i] || byPath[i])));
}

const shift = (column) => column.map((each) => each - column[0]);

/* True where the last finite loss is above the first one. */
function isClimbing(losses) {
  const finite = losses.filter(Number.isFinite);
  return finite.length > 0 && finite.at(-1) > finite[0];
}

/* Which curves spread WIDE times as wide as is usual, by the calm ones where any is. */
function findWide(runs, curves, calm) {
  const spreads = curves.map((columns) => {
    const [low, high] = findEnds(columns);
    return low <= high ? high / 2 - low / 2 : 0; // halves, as the way between two finite values may be infinite
  });
  const quiet = spreads.filter((_, i) => calm[i]), judges = [...(quiet.length ? quiet : spreads)].sort((a, b) => a - b);
  const usual = judges[Math.floor((judges.length - 1) / 2)] ?? 0;
  const begin = Math.max(0, ...curves.flatMap((columns, i) => (runs[i].step[0] === 0 ? columns.map((each) => Math.abs(each[0])) : [])).filter(Number.isFinite));
  const least = quiet.length ? Math.max(usual, begin / 10) : usual; // a run that rests judges nobody
  return spreads.map((each) => each / WIDE > least && least > 0);
}

/* The lowest and highest finite value of some columns. */
function findEnds(columns) {
  let low = Infinity, high = -Infinity;
  for (const column of columns) {
    for (let i = 0; i < column.length; i++) {
      const each = column[i];
      if (each < low && each > -Infinity) low = each;
      if (each > high && each < Infinity) high = each;
    }
  }
  return [low, high];
}

/* ---- the range ---- */

/* The lowest and highest value in the frame: of all runs but the wild, and the starts; where all are
   wild, ten times the start at most. */
export function findRange(runs, curves, wild) {
  const tame = curves.filter((_, i) => !wild[i]), begin = (columns) => columns.map((each) => each.subarray(0, 1));
  const firsts = curves.filter((_, i) => runs[i].step[0] === 0); // the fork of a wild run begins where that one is
  const starts = tame.length || firsts.length ? firsts : curves;
  const [low, high] = findEnds([...tame.flat(), ...starts.flatMap(begin)]);
  if (low > high) return [0.1, 1];
  if (tame.length) return [low, high];
  const [least, most] = findEnds(curves.flat());
  return [Math.max(least, low - 9 * Math.abs(low)), Math.min(most, high + 9 * Math.abs(high))];
}

/* The ends of an axis, with a little room; of a log axis their powers of ten. */
export function padRange(low, high, isLog) {
  const ends = isLog ? [Math.log10(low), Math.log10(high)] : [low, high], pad = 0.04 * (ends[1] - ends[0]) || 0.5;
  return [ends[0] - pad, ends[1] + pad];
}

/* The frame of a plot of some runs' curves, by the places of the runs: {axis, exits, curves}. It has a
   range where a run would flatten the others, and no exits elsewhere. */
export function framePanel(runs, values, log = null) {
  const places = [...values.keys()], curves = [...values.values()], own = places.map((place) => runs[place]);
  const isLog = log === null ? needsLogAxis(curves.flat()) : log, axis = { type: isLog ? "log" : "linear" };
  const wild = findWild(own, curves), drawn = isLog ? curves.map((columns) => columns.map(keepPositive)) : curves;
  const [low, high] = findRange(own, drawn, wild), exits = wild.includes(true) ? findExits(own, drawn, low, high) : [];
  if (!exits.length) return { axis, exits, curves: values };
  const seen = isLog ? curves : curves.map((columns) => columns.map((each) => keepDrawable(each, high - low || 1)));
  return {
    axis: { ...axis, range: padRange(low, high, isLog) },
    exits: exits.map((each) => ({ ...each, place: places[each.place] })),
    curves: new Map(places.map((place, i) => [place, seen[i]])),
  };
}

export const keepPositive = (column) => (column.every((each) => each > 0) ? column : column.map((each) => (each > 0 ? each : NaN)));

/* ---- the notes ---- */

/* The runs that leave a frame: {place, isDown, remark}. */
export function findExits(runs, curves, low, high) {
  return runs.flatMap((run, place) => {
    const isOut = (row) => curves[place].some((each) => each[row] > high || each[row] < low), rows = curves[place][0]?.length ?? 0;
    for (let row = 0; row < rows; row++) {
      if (!isOut(row)) continue;
      const isDown = !curves[place].some((each) => each[row] > high);
      return [{ place, isDown, remark: describeEnd(run) || "off the chart" }];
    }
    return [];
  });
}

/* A note at the right of each edge that runs leave through, a line a run. `at` are the axes that it
   stands at. */
export const writeExits = (runs, exits, at) => [false, true].flatMap((isDown) => {
  const own = exits.filter((each) => each.isDown === isDown), mark = isDown ? "▼" : "▲";
  const count = own.length <= MOST_NOTES ? own.length : MOST_NOTES - 1, rest = own.length - count;
  const lines = own.slice(0, count).map(({ place, remark }) => `<span style="color:${runs[place].color}">${mark}</span> ${runs[place].label}: ${remark}`);
  if (rest) lines.push(`${mark} ${rest} more runs leave the chart`);
  if (!lines.length) return [];
  const edge = isDown ? { y: 0, yanchor: "bottom" } : { y: 1, yanchor: "top" };
  return [{ x: 1, xanchor: "right", ...edge, ...at, text: lines.join("<br>"), align: "right", showarrow: false }];
});
