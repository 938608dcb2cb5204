/* The box around a landscape: the three walls behind it with their grid, ticks and titles. */
import { makeAxis } from "./axis.js";
import { drawText, makeMeasure } from "./text.js";
import { chooseTicks } from "./ticks.js";

const SIZE = 12, BIG = 14;
const LEAST = 24; // pixels of an edge that are worth ticks

/* The ticks of the three axes as places in the box, with their texts. */
function listTicks({ grid, scale, box }, lengths) {
  const flat = [grid.x, grid.y].map((column, i) => {
    const range = [column[0], column.at(-1)], axis = makeAxis({ id: "x", start: 0, length: lengths[i], range });
    const ticks = chooseTicks(axis, { nticks: Math.max(3, Math.min(6, Math.round(lengths[i] / 50))) });
    return ticks.map(({ at, text }) => ({ place: placeInBox(at, range, box[i]), text }));
  });
  const { ticks } = scale, ends = listEnds(scale);
  const up = ticks.tickvals.map((at, i) => ({ place: placeInBox(at, ends, box[2]), text: ticks.ticktext[i] }));
  return [...flat, up.filter(({ place }) => Math.abs(place) <= box[2] * 1.001)];
}

/* The lowest and highest value of the box: it has a little room below the surface, as views/surfaces.py. */
export const ROOM = 0.015;
export const listEnds = ({ low, high }) => [low - ROOM * (high - low), high];

const placeInBox = (at, [low, high], half) => ((2 * (at - low)) / (high - low) - 1) * half;

/* Draw the walls away from the eye. Returns what draws the texts along the edges before it, which no
   surface may cover. */
export function drawScaffold(pen, { grid, scale, project, eye, box }, theme) {
  const front = box.map((half, i) => (eye[i] >= 0 ? half : -half)), back = front.map((each) => -each);
  const at = (axis, place, rest) => { const point = [...rest]; point[axis] = place; return project(...point); };
  const bottom = [front[0], front[1], back[2]], sides = [[front[0], back[1], 0], [back[0], front[1], 0]];
  const left = sides.sort((a, b) => project(...a)[0] - project(...b)[0])[0];
  const edges = [bottom, bottom, left].map((rest, axis) => {
    const [from, to] = [-box[axis], box[axis]].map((place) => at(axis, place, rest));
    return { rest, ends: [from, to], length: Math.hypot(to[0] - from[0], to[1] - from[1]), middle: project(0, 0, axis === 2 ? 0 : back[2]) };
  });
  const ticks = listTicks({ grid, scale, box }, edges.map(({ length }) => length));
  drawWalls(pen, { ticks, back, at, box }, theme);
  const titles = [...grid.names, "loss"], boxes = [];
  return () => edges.forEach((edge, axis) => {
    const points = ticks[axis].map(({ place, text }) => [...at(axis, place, edge.rest), text]);
    if (edge.length >= LEAST) drawEdge(pen, { ...edge, points, title: titles[axis], boxes }, theme);
  });
}

function drawWalls(pen, { ticks, back, at, box }, theme) {
  pen.beginPath();
  const draw = (from, to) => { pen.moveTo(from[0], from[1]); pen.lineTo(to[0], to[1]); };
  ticks.forEach((list, axis) => {
    for (const other of [0, 1, 2].filter((each) => each !== axis)) {
      const along = 3 - axis - other; // the line runs along this one, on the wall at the back of `other`
      for (const { place } of [...list, { place: -box[axis] }, { place: box[axis] }]) {
        const rest = [...back];
        rest[axis] = place;
        draw(at(along, -box[along], rest), at(along, box[along], rest));
      }
    }
  });
  pen.strokeStyle = theme.faint;
  pen.lineWidth = 1;
  pen.stroke();
}

/* Texts beside an edge, on the side away from the middle of the box. `boxes` are those of the texts
   that stand already: none is set over another. */
function drawEdge(pen, { points, ends: [from, to], length, title, middle, boxes }, theme) {
  const measure = makeMeasure(pen, theme);
  let [outX, outY] = [(to[1] - from[1]) / length, (from[0] - to[0]) / length];
  const center = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2];
  if ((center[0] - middle[0]) * outX + (center[1] - middle[1]) * outY < 0) [outX, outY] = [-outX, -outY];
  const put = (x, y, text, size, gap) => {
    const width = measure(text, size), half = (Math.abs(outX) * width + Math.abs(outY) * size) / 2;
    const box = { x: Math.max(x + outX * (gap + half), width / 2 + 2), y: y + outY * (gap + half), width: width + 4, height: size + 1 };
    if (boxes.some((other) => isOver(box, other))) return 0;
    boxes.push(box);
    drawText(pen, text, [box.x, box.y + 0.35 * size], { size, theme, align: 0 });
    return gap + 2 * half;
  };
  const widest = Math.max(0, ...points.map(([x, y, , text]) => put(x, y, text, SIZE, 5)));
  put(...center, title, BIG, widest + 4);
}

const isOver = (a, b) => Math.abs(a.x - b.x) < (a.width + b.width) / 2 && Math.abs(a.y - b.y) < (a.height + b.height) / 2;
