/* Curves over the steps on a canvas: what plotly draws of the same data and layout, in one pass. */
import { findPaper, findPartner, layOut, makeAxes, BIG, ROW, SIZE, SWATCH, TICK } from "./layout.js";
import { drawLines, drawText, drawUpward, fitText, makeMeasure, measureBlock, parseText } from "./text.js";
import { drawSymbol, drawTrace, isShown, listDashes, readColumns } from "./traces.js";

/* Paint a figure of plain {data, layout} on a pen whose units are CSS pixels. Without `places` it is
   laid out anew for `width` and `height`; with those of plotly's figure, and its `paper`, it is painted
   as that one stands, without its legend, and down to `until`. Returns the figure for dots, hover and clicks. */
export function paintFigure(pen, parts, { places, paper, width, height, theme, ranges, until = height, hasLegend, hasTitle = true, roomRight, ratio, drawUnder }) {
  const laid = places ? { places, legend: [] } : layOut(parts, width, height, { theme, pen, ranges, hasLegend, roomRight, ratio });
  const axes = makeAxes(parts, laid.places, ranges), { data, layout } = parts;
  const frame = { axes, paper: laid.paper || paper || findPaper(axes), layout, theme, width, height, isOwn: !places, measure: makeMeasure(pen, theme) };
  pen.save();
  pen.beginPath();
  pen.rect(0, 0, width, until);
  pen.clip();
  pen.fillStyle = theme.page;
  pen.fillRect(0, 0, width, until);
  if (drawUnder) drawUnder(axes);
  for (const axis of Object.values(axes)) drawGrid(pen, axis, frame);
  const traces = data.filter(isShown).map((trace) => {
    const [x, y] = readColumns(trace);
    return { trace: { ...trace, x, y }, run: trace.meta?.run, xaxis: axes[trace.xaxis || "x"], yaxis: axes[trace.yaxis || "y"] };
  });
  for (const { trace, xaxis, yaxis } of traces) drawInside(pen, [xaxis, yaxis], () => drawTrace(pen, trace, xaxis, yaxis));
  for (const axis of Object.values(axes)) if (!axis.isHidden) drawAxis(pen, axis, frame);
  for (const shape of layout.shapes || []) drawLevel(pen, shape, frame);
  drawNotes(pen, frame);
  if (hasTitle) drawTitle(pen, frame);
  for (const entry of laid.legend) drawEntry(pen, entry, theme);
  pen.restore();
  return { axes, traces: traces.filter(({ run }) => run !== undefined), legend: laid.legend, places: laid.places, paper: frame.paper };
}

/* Draw only what lies within two axes. */
export function drawInside(pen, [xaxis, yaxis], draw) {
  pen.save();
  pen.beginPath();
  pen.rect(xaxis.start, yaxis.start, xaxis.length, yaxis.length);
  pen.clip();
  draw();
  pen.restore();
}

const snap = (pixel) => Math.round(pixel - 0.5); // the pixel that a line of one pixel fills

function drawGrid(pen, axis, { axes, theme }) {
  const across = findPartner(axes, axis);
  if (!across || axis.about.showgrid === false) return;
  pen.fillStyle = theme.faint;
  for (const { at } of axis.ticks) {
    const pixel = snap(axis.place(at));
    if (axis.isUp) pen.fillRect(across.start, pixel, across.length, 1);
    else pen.fillRect(pixel, across.start, 1, across.length);
  }
}

/* Draw the ticks of an axis, their texts and its title. */
export function drawAxis(pen, axis, { axes, theme, measure, paper }) {
  const across = findPartner(axes, axis), look = { size: SIZE, theme };
  pen.fillStyle = theme.faint;
  for (const { at } of axis.ticks) {
    const pixel = snap(axis.place(at));
    if (axis.isUp) pen.fillRect(Math.round(across.start) - 1 - TICK, pixel, TICK, 1);
    else pen.fillRect(pixel, Math.round(across.end) + 1, 1, TICK);
  }
  const texts = axis.hasTexts ? thinTexts(axis, measure) : [];
  const gap = TICK + 1 + 0.2 * SIZE;
  for (const { at, text } of texts) {
    const pixel = axis.place(at);
    if (axis.isUp) drawText(pen, text, [across.start - gap, pixel + 0.35 * SIZE], { ...look, align: 1 });
    else drawText(pen, text, [pixel, across.end + gap + SIZE], { ...look, align: 0 });
  }
  drawAxisTitle(pen, axis, across, texts, { theme, measure, paper });
}

function drawAxisTitle(pen, axis, across, texts, { theme, measure, paper }) {
  const words = axis.about.title?.text, look = { size: BIG, theme }, middle = axis.start + axis.length / 2;
  if (!words) return;
  const room = axis.isUp ? axis.length + Math.min(2 * axis.start, 60) : axis.length + 2 * Math.min(axis.start, paper.left);
  const size = Math.max(11, Math.min(BIG, (BIG * room) / Math.max(measure(words, BIG), 1))), title = fitText(words, room, size, measure);
  if (!axis.isUp) {
    drawText(pen, title, [middle, across.end + (texts.length ? 43.3 : 25)], { ...look, size, align: 0 });
    return;
  }
  const widest = Math.max(0, ...axis.ticks.map(({ text }) => measure(text, SIZE)));
  const left = across.start - TICK - 1 - 0.2 * SIZE - widest - 13.1; // within the picture, also in a narrow frame
  drawUpward(pen, title, [Math.max(left, size), middle], { ...look, size });
}

/* The ticks whose texts do not touch: every second, fifth, ... one, or on a log axis powers first. */
function thinTexts(axis, measure) {
  const { ticks } = axis, room = ({ text }) => (axis.isUp ? SIZE : measure(text, SIZE) + 8);
  const fits = (list) => list.every((tick, i) => i === 0
    || Math.abs(axis.place(tick.at) - axis.place(list[i - 1].at)) >= (room(tick) + room(list[i - 1])) / 2);
  const powers = axis.isLog ? ticks.filter(({ at }) => Math.abs(at - Math.round(at)) < 1e-9) : [];
  const choices = [ticks, ...(powers.length > 1 && powers.length < ticks.length ? [powers] : [])];
  const base = choices.at(-1);
  for (const every of [2, 5, 10, 20, 50]) choices.push(base.filter((_, i) => i % every === 0));
  return choices.find(fits) || choices.at(-1);
}

/* A pixel of a note or a level: in the units of an axis, or a share of an axis or of all plots. */
function locate(side, ref = side, value, { axes, paper }) {
  const isUp = side === "y", [id, domain] = ref.split(" ");
  const axis = ref === "paper" ? { start: isUp ? paper.top : paper.left, length: isUp ? paper.height : paper.width } : axes[id];
  if (ref !== "paper" && !domain) return axis.place(value);
  return axis.start + (isUp ? 1 - value : value) * axis.length;
}

/* A level line across the plot, with its name above one of its ends. */
function drawLevel(pen, { line, label, xref, yref, x0, x1, y0, y1 }, frame) {
  const place = (x, y) => [locate("x", xref, toOwn(x, xref ?? "x", frame), frame), locate("y", yref, toOwn(y, yref, frame), frame)];
  const [from, to] = [place(x0, y0), place(x1, y1)];
  if (!to.every(Number.isFinite)) return;
  pen.beginPath();
  pen.moveTo(...from);
  pen.lineTo(...to);
  pen.strokeStyle = line.color;
  pen.lineWidth = line.width;
  pen.setLineDash(listDashes(line));
  pen.stroke();
  pen.setLineDash([]);
  const size = label?.font?.size || 12;
  const isLeft = label?.textposition === "start", [x, y] = isLeft ? from : to;
  if (label?.text) drawText(pen, label.text, [x, y - 5], { size, theme: frame.theme, align: isLeft ? -1 : 1, hasHalo: frame.isOwn });
}

/* Plotly counts a shape's place in values, a note's in an axis's own units. */
const toOwn = (value, ref = "y", { axes }) => (axes[ref]?.isLog ? Math.log10(value) : value);

const ANCHORS = { left: -1, center: 0, right: 1, top: -1, middle: 0, bottom: 1 };
const guess = (share) => (share < 1 / 3 ? -1 : share > 2 / 3 ? 1 : 0);

/* Notes; in a layout of our own each one stands within the picture and clear of the ones before. */
function drawNotes(pen, frame) {
  const boxes = [];
  for (const note of frame.layout.annotations || []) {
    if (!note.text) continue;
    const size = note.font?.size || SIZE, lines = parseText(note.text), look = { size, theme: frame.theme, hasHalo: frame.isOwn };
    const x = locate("x", note.xref, note.x, frame), y = locate("y", note.yref, note.y, frame) - (note.yshift || 0);
    const across = ANCHORS[note.xanchor] ?? guess(note.x), down = ANCHORS[note.yanchor] ?? guess(1 - note.y);
    const block = measureBlock(lines, size, frame.measure), width = block.width + 4, height = block.height + 4;
    const box = { left: x - ((across + 1) / 2) * width, top: y - ((down + 1) / 2) * height, width, height };
    if (frame.isOwn) keepClear(box, boxes, frame, down);
    boxes.push(box);
    const align = ANCHORS[note.align] ?? 0, left = box.left + width / 2 + align * (width / 2 - 2);
    drawLines(pen, lines, [left, box.top + 2 + Math.round(0.93 * size)], { ...look, align });
  }
}

function keepClear(box, boxes, { width, height }, down) {
  box.left = Math.max(2, Math.min(box.left, width - box.width - 2));
  const hits = (other) => Math.abs(box.left + box.width / 2 - other.left - other.width / 2) < (box.width + other.width) / 2 - 4
    && Math.abs(box.top + box.height / 2 - other.top - other.height / 2) < (box.height + other.height) / 2 - 4; // but for their margins
  for (let tries = 0; tries < boxes.length && boxes.some(hits); tries++) box.top -= down > 0 ? box.height : -box.height;
  box.top = Math.max(0, Math.min(box.top, height - box.height));
}

function drawTitle(pen, { layout, paper, theme, width, measure }) {
  const { text, font, x = 0, xref } = layout.title || {};
  if (!text) return;
  const left = xref === "container" ? x * width : paper.left + x * paper.width, wanted = font?.size || BIG;
  // On a phone a long title begins at the edge, and is set smaller.
  const isLong = measure(text, wanted) > width - left - 8, from = isLong ? Math.min(left, 12) : left, room = width - from - 8;
  const size = isLong ? Math.max(12, Math.min(wanted, (wanted * room) / measure(text, wanted))) : wanted;
  drawText(pen, fitText(text, room, size, measure), [from, 12 + 0.7 * wanted], { size, theme });
}

function drawEntry(pen, { trace, x, y }, theme) {
  const middle = y + ROW / 2, { line, marker, mode = "lines" } = trace;
  if (mode.includes("lines") && line) {
    pen.beginPath();
    pen.moveTo(x + 5, middle);
    pen.lineTo(x + 35, middle);
    pen.strokeStyle = line.color;
    pen.lineWidth = line.width ?? 2;
    pen.setLineDash(listDashes(line));
    pen.stroke();
    pen.setLineDash([]);
  }
  if (mode.includes("markers")) drawSymbol(pen, [x + 20, middle], { ...marker, size: Math.min(marker.size, 12) });
  drawText(pen, trace.name, [x + SWATCH, middle + 0.35 * SIZE], { size: SIZE, theme });
}
