/* A map (x, y) -> (u, v) with its grid: near a point it is its Jacobian, which makes a circle an ellipse.
   A second map or a loss may follow: the chain rule. */
import { formatGeneral } from "../../../../javascript/text.js";
import { openBoard } from "./board.js";
import { drawLevels } from "./ground.js";
import { apply, findDeterminant, findSingularValues, makeCircle, mapPoints, multiply, transpose } from "./linear.js";
import { arrow, dots, line, makeLayout, note, paintPlane } from "./plane.js";

const LINES = 9, FINE = 61, MORPH = 60; // lines of the grid each way, points of one, steps of the play
const FIRST = "#e8590c", SECOND = "#1c7ed6", GRADIENT = "#c2255c", CIRCLE = "#2f9e44";
const spell = (value) => (Number.isFinite(value) ? formatGeneral(value, 4).replaceAll("-", "−") : "–");
const spellMatrix = ([[a, b], [c, d]]) => `[${spell(a)}  ${spell(b)};  ${spell(c)}  ${spell(d)}]`;

/* What is known at a point: images, Jacobians, the loss's gradient there and pulled back. */
export function findLocal({ modules: keys }, modules, [x, y]) {
  const evaluate = (pair, at) => pair.map((key) => modules[keys[key]].grad(at[0], at[1], {}) ?? [NaN, NaN, NaN]);
  const first = evaluate(["u", "v"], [x, y]), image = first.map(([value]) => value), jacobian = first.map((each) => each.slice(1));
  const local = { point: [x, y], image, jacobian };
  if (keys.loss) {
    const [loss, ...grad] = evaluate(["loss"], image)[0];
    Object.assign(local, { loss, grad, back: apply(transpose(jacobian), grad) });
  }
  if (keys.p) {
    const second = evaluate(["p", "q"], image), matrix = second.map((each) => each.slice(1));
    Object.assign(local, { last: second.map(([value]) => value), second: matrix, both: multiply(matrix, jacobian) });
  }
  return local;
}

export function measureJacobian(data, modules) {
  const { jacobian: [[ux, uy], [vx, vy]], jacobian, grad, back, second, both } = findLocal(data, modules, data.point);
  const det = findDeterminant(jacobian), [stretch, squeeze] = findSingularValues(jacobian);
  const out = { ux, uy, vx, vy, det, area: Math.abs(det), stretch, squeeze };
  if (grad) [out.gu, out.gv, out.gx, out.gy] = [...grad, ...back];
  if (second) {
    [out.px, out.py, out.qx, out.qy] = both.flat();
    out["area 2"] = Math.abs(findDeterminant(second));
    out["area both"] = Math.abs(findDeterminant(both));
  }
  return out;
}

export function mountJacobian(element, data, options) {
  const { modules } = options, keys = data.modules, now = { local: findLocal(data, modules, data.point) };
  const map = (pair) => ([x, y]) => pair.map((key) => modules[keys[key]].value(x, y, {}));
  const image = map(["u", "v"]), last = keys.p ? map(["p", "q"]) : null, grid = makeGrid(data.window);
  const take = (point) => {
    now.local = findLocal(data, modules, point);
    board.refresh();
  };
  const figures = [
    { name: "plane", label: "The plane of x and y: a grid, a point, a circle around it", paint: (pen, size, theme, at) => paintPlane(pen, buildSource(data, now.local, grid, at), { ...size, theme }) },
    { name: "plane", label: "The image of the grid in the plane of u and v", paint: (pen, size, theme, at) => paintPlane(pen, buildImage(data, now.local, { grid, image, loss: keys.loss && modules[keys.loss] }, at / MORPH), { ...size, theme }) },
  ];
  if (last) figures.push({ name: "plane", label: "The image of that in the plane of p and q", paint: (pen, size, theme, at) => paintPlane(pen, buildLast(data, now.local, { grid, image, last }, at / MORPH), { ...size, theme }) });
  const board = openBoard(element, options, {
    name: "jacobian", label: "A map, its Jacobian at a point, and the chain rule", steps: MORPH, figures, controls: [],
    numbers: () => listNumbers(now.local), tell: () => tell(now.local),
    knobs: [{ figure: 0, name: "point", read: () => now.local.point, take: (point) => take(point.map((each, i) => Math.min(Math.max(each, data.window[i][0]), data.window[i][1]))) }],
  });
  return { ...board, read: () => measureJacobian(data, modules) };
}

/* The lines of a grid over a window, each as columns. */
function makeGrid([[left, right], [low, high]]) {
  const spread = (from, to, count) => Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));
  return [
    ...spread(left, right, LINES).map((x) => [Array(FINE).fill(x), spread(low, high, FINE)]),
    ...spread(low, high, LINES).map((y) => [spread(left, right, FINE), Array(FINE).fill(y)]),
  ];
}

const GRID = "#868e96";
const drawGrid = (grid, change = (point) => point) => grid.map((each) => line(mapPoints(each, change), GRID, { width: 1, opacity: 0.55 }));
const add = ([a, b], [c, d], times = 1) => [a + times * c, b + times * d];

/* The columns of a matrix as arrows from a point, as long as the circle's radius. */
const drawColumns = (from, [[a, b], [c, d]], radius) => [
  arrow(from, add(from, [a, c], radius), FIRST), arrow(from, add(from, [b, d], radius), SECOND),
];

/* An arrow of a gradient, of a fixed length, against which one descends. */
function drawGradient(from, [gx, gy], length, name) {
  const size = Math.hypot(gx, gy);
  return size > 0 && Number.isFinite(size) ? [arrow(from, add(from, [gx, gy], length / size), GRADIENT, { name, width: 3.5, head: 13 })] : [];
}

function buildSource({ window, radius }, { point, back }, grid, at) {
  const data = [...drawGrid(grid), line(makeCircle(point, radius), CIRCLE), ...drawColumns(point, [[1, 0], [0, 1]], radius)];
  if (back && at > 0) data.push(...drawGradient(point, back, 0.5 * (window[0][1] - window[0][0]) / 2, null));
  const names = [note(add(point, [radius, 0]), "x"), note(add(point, [0, radius]), "y")];
  return { data, layout: makeLayout(window, ["x", "y"], { title: back && at > 0 ? "x, y: the gradient pulled back" : "x, y", annotations: names }) };
}

/* A map on its way: the identity at 0, the map itself at 1. */
const blend = (change, part) => (point) => {
  const to = change(point);
  return point.map((each, i) => each + part * (to[i] - each));
};
const mix = (matrix, part, from = [[1, 0], [0, 1]]) => matrix.map((row, i) => row.map((each, j) => from[i][j] + part * (each - from[i][j])));

function buildImage({ window, frames, radius }, { point, image: to, jacobian, grad }, { grid, image, loss }, part) {
  const change = blend(image, part), at = point.map((each, i) => each + part * (to[i] - each)), matrix = mix(jacobian, part);
  const circle = makeCircle(point, radius), ellipse = mapPoints(makeCircle([0, 0], radius), (each) => add(at, apply(matrix, each)));
  const data = [
    ...(loss && part === 1 ? [drawLosses(loss, widen(frames.image), to)] : []), ...drawGrid(grid, change),
    line(mapPoints(circle, change), CIRCLE, { width: 1.5, dash: "dot" }), line(ellipse, CIRCLE), ...drawColumns(at, matrix, radius), dots([[at[0]], [at[1]]], CIRCLE),
  ];
  const frame = window.map((ends, i) => ends.map((each, j) => each + part * (frames.image[i][j] - each)));
  if (grad && part === 1) data.push(...drawGradient(at, grad, 0.25 * (frame[0][1] - frame[0][0]), null));
  return { data, layout: makeLayout(frame, ["u", "v"], { title: loss ? "u, v: lines of equal loss" : "u, v" }) };
}

function buildLast({ frames, radius }, { image: from, last: to, second, jacobian, both, point }, { grid, image, last }, part) {
  const change = (each) => blend(last, part)(image(each)), at = from.map((each, i) => each + part * (to[i] - each)), matrix = mix(both, part, jacobian);
  const ellipse = mapPoints(makeCircle([0, 0], radius), (each) => add(at, apply(matrix, each)));
  const data = [...drawGrid(grid, change), line(mapPoints(makeCircle(point, radius), change), CIRCLE, { width: 1.5, dash: "dot" }), line(ellipse, CIRCLE), ...drawColumns(at, matrix, radius), dots([[at[0]], [at[1]]], CIRCLE)];
  const frame = frames.image.map((ends, i) => ends.map((each, j) => each + part * (frames.last[i][j] - each)));
  return { data, layout: makeLayout(frame, ["p", "q"], { title: "p, q: both maps" }) };
}

/* The frame is drawn wider where its figure is. */
const widen = (frame) => frame.map(([low, high]) => [1.5 * low - high / 2, 1.5 * high - low / 2]);

const COUNT = 22; // lines of equal loss

/* Lines of equal loss, one of them through the point. */
function drawLosses(loss, frame, [u, v]) {
  const here = loss.value(u, v, {}), [[left, right], [low, high]] = frame, ends = [[left, low], [left, high], [right, low], [right, high]];
  const most = Math.max(...ends.map((each) => loss.value(...each, {})).filter(Number.isFinite), 2 * here), size = Math.abs(most) / COUNT || 1;
  const levels = Array.from({ length: 2 * COUNT + 1 }, (_, i) => here + (i - COUNT) * size);
  return drawLevels(frame, (x, y) => loss.value(x, y, {}), levels, GRADIENT, { width: 1, opacity: 0.6 });
}

function listNumbers({ point, image, jacobian, grad, back, second, both }) {
  const [stretch, squeeze] = findSingularValues(jacobian), rows = [
    ["(x, y)", point.map(spell).join(", ")], ["(u, v)", image.map(spell).join(", ")],
    ["column x: (∂u/∂x, ∂v/∂x)", jacobian.map((row) => spell(row[0])).join(", "), FIRST],
    ["column y: (∂u/∂y, ∂v/∂y)", jacobian.map((row) => spell(row[1])).join(", "), SECOND],
    ["area of the ellipse over the circle's, |det J|", spell(Math.abs(findDeterminant(jacobian))), CIRCLE],
    ["singular values (half axes over the radius)", `${spell(stretch)}, ${spell(squeeze)}`],
  ];
  if (grad) rows.push(["gradient in u, v", grad.map(spell).join(", "), GRADIENT], ["Jᵀ times it: gradient in x, y", back.map(spell).join(", "), GRADIENT]);
  if (second) rows.push(["J of the first map", spellMatrix(jacobian)], ["K of the second", spellMatrix(second)], ["K J: both maps", spellMatrix(both)], ["|det K J|", spell(Math.abs(findDeterminant(both)))]);
  return rows;
}

function tell({ jacobian, grad, back, second, both }) {
  const [stretch, squeeze] = findSingularValues(jacobian);
  const parts = [`Near the point the map turns the circle into an ellipse, ${spell(stretch)} times as long one way and ${spell(squeeze)} times the other.`];
  if (grad) parts.push(`The gradient (${grad.map(spell).join(", ")}) comes back as (${back.map(spell).join(", ")}).`);
  if (second) parts.push(`Areas grow ${spell(Math.abs(findDeterminant(jacobian)))} times, then ${spell(Math.abs(findDeterminant(second)))} times: ${spell(Math.abs(findDeterminant(both)))} times in all.`);
  return parts.join(" ");
}
