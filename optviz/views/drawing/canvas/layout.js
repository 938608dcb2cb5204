/* Where everything of a figure stands: plots in their grid, their axes with ranges and ticks, margins
   wide enough for texts, the legend. Pure; given a pen it measures texts exactly. */
import { makeAxis } from "./axis.js";
import { fitPlaces } from "../equal.js";
import { makeMeasure } from "./text.js";
import { chooseTicks } from "./ticks.js";
import { findExtent, isShown, readColumns } from "./traces.js";

export const SIZE = 13, BIG = 16; // fonts of ticks and of titles
export const TICK = 5; // length of a tick
const AUTO_PAD = 1 / 18; // of the data, above and below it, where no range is given
const EMPTY = { x: [-1, 6], y: [-1, 4] };
export const ROW = 20, SWATCH = 40; // a row of the legend, and the room before its texts

export const listAxes = (layout) => {
  const ids = Object.keys(layout).filter((name) => /^[xy]axis\d*$/.test(name)).map((name) => name.replace("axis", ""));
  return [...new Set(["x", "y", ...ids])];
};
export const readAbout = (layout, id) => layout[`${id[0]}axis${id.slice(1)}`] || {};
const isOn = (trace, id) => (trace[`${id[0]}axis`] || id[0]) === id && isShown(trace);

/* The share of the plots' area that an axis takes: all of it, or its cell of the grid. */
function findDomain({ grid, ...layout }, id) {
  const about = readAbout(layout, id);
  if (about.domain) return about.domain;
  if (!grid) return [0, 1];
  const number = Number(id.slice(1) || 1) - 1, { rows, columns } = grid;
  const isUp = id[0] === "y", count = isUp ? rows : columns, gap = (isUp ? grid.ygap : grid.xgap) ?? 0.1;
  const place = isUp ? rows - 1 - Math.floor(number / columns) : number % columns, step = 1 / (count - gap);
  return [place * step, place * step + step * (1 - gap)];
}

/* The range of an axis: the one given, or that of all data on it and on the axes that match it. */
function findRange({ data, layout }, id) {
  const about = readAbout(layout, id), isLog = about.type === "log";
  if (about.range) return about.range.map(Number);
  const head = about.matches || id;
  const kin = listAxes(layout).filter((each) => each === head || readAbout(layout, each).matches === head);
  const columns = data.flatMap((trace) => (kin.some((each) => isOn(trace, each)) ? [readColumns(trace)[id[0] === "x" ? 0 : 1]] : []));
  const extents = columns.map((column) => findExtent(column, isLog)).filter(Boolean);
  if (!extents.length) return EMPTY[id[0]];
  return padRange(Math.min(...extents.map(([low]) => low)), Math.max(...extents.map(([, high]) => high)), id, about);
}

/* Lines reach from end to end of their x axis, and keep off the ends of their y axis. */
function padRange(low, high, id, { rangemode, type }) {
  const isFromZero = rangemode === "tozero" && type !== "log", isUp = id[0] === "y";
  if (isFromZero && low >= 0) return high > 0 ? [0, high / (isUp ? 0.95 : 1)] : [0, 1];
  if (low === high) return [low - 1, high + 1];
  const pad = isUp ? AUTO_PAD * (high - low) : 0;
  return [low - pad, isFromZero && high <= 0 ? 0 : high + pad];
}

/* Every axis of a figure that is drawn, by its id, with `ticks`, `about` and whether its ticks have
   texts. `places` tells each one's start and length; `ranges` those that a person chose. */
export function makeAxes(parts, places, ranges = {}) {
  const axes = {};
  for (const id of listAxes(parts.layout)) {
    const about = readAbout(parts.layout, id);
    if (!places[id]) continue;
    const axis = makeAxis({ id, ...places[id], range: ranges[id] || findRange(parts, id), isLog: about.type === "log" });
    axis.about = about;
    axis.isHidden = about.visible === false;
    axis.ticks = axis.isHidden ? [] : chooseTicks(axis, about);
    axis.hasTexts = about.showticklabels !== false;
    axes[id] = axis;
  }
  return axes;
}

/* The axes of a plot cross: which one a given one meets. */
export const findPartner = (axes, { id }) => axes[(id[0] === "x" ? "y" : "x") + id.slice(1)];

/* The place of everything of a figure of some size: {width, height, places, paper, legend}. `places`
   are the starts and lengths of axes by their ids, `paper` the rectangle around all plots. With a `ratio`
   of width to height the only plot has that. */
export function layOut(parts, width, height, { theme, pen = null, ranges, hasLegend = parts.layout.showlegend, roomRight = 0, ratio = null } = {}) {
  const measure = makeMeasure(pen, theme), { layout } = parts;
  const abouts = listAxes(layout).map((id) => [id, readAbout(layout, id)]);
  const named = (side) => abouts.filter(([id, about]) => id[0] === side && about.visible !== false);
  const hasTitle = (side) => named(side).some(([, about]) => about.title && about.title.text);
  const top = Math.min(layout.margin?.t ?? 48, height / 3);
  const entries = hasLegend ? listEntries(parts.data) : [];
  const place = (left, right, legend) => {
    const bottom = (hasTitle("x") ? 54 : named("x").length ? 32 : 16) + (legend.height && legend.height + 8);
    const paper = { left, top, width: Math.max(width - left - right, 20), height: Math.max(height - top - bottom, 20) };
    if (ratio === null) return { paper, places: placeAxes(layout, paper) };
    const { x, y, ...others } = fitPlaces(placeAxes(layout, paper), ratio);
    return { paper: { left: x.start, top: y.start, width: x.length, height: y.length }, places: { x, y, ...others } };
  };
  const isSlim = width < 500; // a phone: no more margin than texts need
  const legend = layLegend(entries, width - (isSlim ? 16 : 80), measure);
  const axes = makeAxes(parts, place(56, 16, legend).places, ranges);
  const texts = Object.values(axes).filter((axis) => axis.isUp && axis.hasTexts).flatMap((axis) => axis.ticks.map(({ text }) => measure(text, SIZE)));
  const left = Math.ceil(Math.max(0, ...texts)) + (hasTitle("y") ? 40 : 18);
  const ends = Object.values(axes).filter((axis) => !axis.isUp && axis.hasTexts).map((axis) => axis.ticks.at(-1));
  const right = Math.ceil(Math.max(16, roomRight, ...ends.map((tick) => tick ? measure(tick.text, SIZE) / 2 + 8 : 0)));
  const placed = place(named("y").length ? Math.max(left, isSlim ? 0 : 56) : 16, right, legend);
  const bottom = height - legend.height - 4;
  legend.entries.forEach((entry) => { entry.x += isSlim ? 8 : placed.paper.left - 5; entry.y += bottom; });
  return { width, height, ...placed, legend: legend.entries };
}

function placeAxes(layout, { left, top, width, height }) {
  return Object.fromEntries(listAxes(layout).map((id) => {
    const [from, to] = findDomain(layout, id);
    const [start, size] = id[0] === "x" ? [left + from * width, width] : [top + (1 - to) * height, height];
    return [id, { start, length: (to - from) * size }];
  }));
}

/* The rectangle around all plots. */
export function findPaper(axes) {
  const ends = (isUp) => Object.values(axes).filter((axis) => axis.isUp === isUp);
  const [x, y] = [ends(false), ends(true)].map((list) => [Math.min(...list.map(({ start }) => start)), Math.max(...list.map(({ end }) => end))]);
  return { left: x[0], top: y[0], width: x[1] - x[0], height: y[1] - y[0] };
}

const listEntries = (data) => data.filter((trace) => trace.showlegend !== false && trace.name && trace.visible !== false)
  .sort((a, b) => (a.legendrank ?? 1000) - (b.legendrank ?? 1000));

/* Entries of a legend side by side, in as many rows as it takes: their places from its left top. */
function layLegend(traces, width, measure) {
  const entries = [];
  let x = 0, y = 0;
  for (const trace of traces) {
    const size = SWATCH + measure(trace.name, SIZE) + 12;
    if (x > 0 && x + size > width) [x, y] = [0, y + ROW];
    entries.push({ trace, run: trace.meta?.run, x, y, width: size, height: ROW });
    x += size;
  }
  return { entries, height: entries.length ? y + ROW : 0 };
}
