/* The curvature of a surface at a point: its quadratic model and the model's axes, and the steps that
   follow from them: along the gradient, and Newton's. */
import { formatGeneral } from "../../../../javascript/text.js";
import { makeSlider } from "../../fields.js";
import { make } from "../../elements.js";
import { readNumber } from "../../spelling.js";
import { openBoard } from "./board.js";
import { drawLevels, makeGround } from "./ground.js";
import { findEigen, solve } from "./linear.js";
import { arrow, dots, line } from "./plane.js";

const MODEL = "#d6336c", DESCENT = "#ad8f0a", NEWTON = "#405df8", SINGULAR = 1e-12;
const spell = (value) => (Number.isFinite(value) ? formatGeneral(value, 4).replaceAll("-", "−") : "–");

/* Loss, gradient and Hessian at a point, the eigenvalues, and the Newton step, null where there is none. */
export function findLocal(surface, parameters, [x, y]) {
  const [loss, gx, gy] = surface.grad(x, y, parameters) ?? [NaN, NaN, NaN], [, xx, xy, yy] = surface.hess(x, y, parameters) ?? [NaN, NaN, NaN, NaN];
  const hess = [[xx, xy], [xy, yy]], grad = [gx, gy], eigen = findEigen(hess), found = solve(hess, grad);
  return { point: [x, y], loss, grad, hess, ...eigen, newton: found && [-found[0], -found[1]] };
}

export function walkDescent(surface, parameters, point, lr, steps) {
  const path = [point];
  for (let step = 0; step < steps; step++) {
    const [x, y] = path.at(-1), [, gx, gy] = surface.grad(x, y, parameters) ?? [NaN, NaN, NaN];
    path.push([x - lr * gx, y - lr * gy]);
  }
  return path;
}

/* It ends where there is no further step. */
export function walkNewton(surface, parameters, point, steps) {
  const path = [point];
  for (let step = 0; step < steps; step++) {
    const { newton } = findLocal(surface, parameters, path.at(-1));
    if (!newton?.every(Number.isFinite)) break;
    path.push(path.at(-1).map((each, i) => each + newton[i]));
  }
  return path;
}

const findCondition = ([a, b]) => {
  const [low, high] = [Math.abs(a), Math.abs(b)].sort((one, two) => one - two);
  return low > SINGULAR * high ? high / low : NaN;
};
const findAxes = (values) => (values[0] > 0 ? Math.sqrt(findCondition(values)) : NaN); // of the ellipse: length over width
const findEdge = ([, large]) => (large > 0 ? 2 / large : NaN);

export function measureCurvature(data, modules) {
  const surface = modules[data.module], { parameters, point, lr, steps } = data, local = findLocal(surface, parameters, point);
  const value = ([x, y]) => surface.value(x, y, parameters), descent = walkDescent(surface, parameters, point, lr, steps), newton = walkNewton(surface, parameters, point, steps);
  return {
    loss: local.loss, slope: Math.hypot(...local.grad), small: local.values[0], large: local.values[1],
    condition: findCondition(local.values), axes: findAxes(local.values), edge: findEdge(local.values),
    "gradient loss": value(descent[1]), "newton loss": newton.length > 1 ? value(newton[1]) : NaN,
    "gradient end": value(descent.at(-1)), "newton end": value(newton.at(-1)),
  };
}

export function mountCurvature(element, data, options) {
  const { modules } = options, surface = modules[data.module], now = { point: data.point, lr: data.lr }, ground = makeGround(surface, data);
  const makeAll = () => ({
    ...findLocal(surface, data.parameters, now.point), lr: now.lr, hasNewton: data.newton,
    descent: walkDescent(surface, data.parameters, now.point, now.lr, data.steps), steps: walkNewton(surface, data.parameters, now.point, data.steps),
    value: ([x, y]) => surface.value(x, y, data.parameters),
  });
  let local = makeAll();
  const update = (change) => {
    Object.assign(now, change);
    local = makeAll();
    board.refresh();
  };
  const board = openBoard(element, options, {
    name: "curvature", label: `Curvature of ${data.name} at a point`, steps: data.steps, controls: [makeRate(now, local, update)],
    figures: [{ name: "plane", label: `${data.name} from above, with its quadratic model at the point`, paint: (pen, size, theme, at) => ground(pen, size, theme, data.parameters, (ranges) => draw(local, ranges, Math.floor(at), theme)) }],
    numbers: (at) => listNumbers(local, Math.floor(at)), tell: (at) => tell(local, Math.floor(at)),
    knobs: [{ figure: 0, name: "point", read: () => now.point, take: (point) => update({ point }) }],
  });
  return { ...board, read: () => measureCurvature(data, modules) };
}

function makeRate({ lr }, { values }, update) {
  const edge = findEdge(values), middle = Number.isFinite(edge) ? edge : lr, [low, high] = [middle / 100, 2 * middle].map((each) => Number(each.toPrecision(2)));
  const read = (text) => {
    const value = readNumber("lr", text);
    if (!(value > 0)) throw new Error(`lr must be above 0, got ${text}`);
    return value;
  };
  const slider = makeSlider(make("span", { class: "hyper-label" }, "lr of the gradient steps"), "lr", { low, high, log: true, read, take: (value) => update({ lr: value }) });
  slider.set(lr);
  return slider.node;
}

/* ---- drawing ---- */
function draw(local, ranges, at, theme) {
  const { point, loss, grad, hess: [[xx, xy], [, yy]], newton, hasNewton } = local;
  const model = (x, y) => {
    const [dx, dy] = [x - point[0], y - point[1]];
    return loss + grad[0] * dx + grad[1] * dy + (xx * dx * dx + 2 * xy * dx * dy + yy * dy * dy) / 2;
  };
  const least = newton ? model(point[0] + newton[0], point[1] + newton[1]) : loss - Math.hypot(...grad), levels = [loss, least + (loss - least) / 4];
  const data = [drawLevels(ranges, model, levels, MODEL, { width: 2 }), ...drawAxes(local, ranges)], annotations = [];
  if (at > 0) {
    const walk = (path, color, symbol) => {
      const part = path.slice(0, at + 1), columns = [part.map(([x]) => x), part.map(([, y]) => y)];
      return [line(columns, color, { width: 2 }), dots(columns, color, { size: 6, symbol })];
    };
    data.push(...walk(local.descent, DESCENT, "circle"));
    if (hasNewton) data.push(...walk(local.steps, NEWTON, "square"));
    data.push(arrow(point, local.descent[1], DESCENT, { width: 3.5 }));
    if (newton && hasNewton) data.push(arrow(point, [point[0] + newton[0], point[1] + newton[1]], NEWTON, { width: 3.5 }));
    annotations.push({ at: local.descent[Math.min(at, local.descent.length - 1)], text: "gradient", isBelow: true });
    if (hasNewton && local.steps.length > 1) annotations.push({ at: local.steps[Math.min(at, local.steps.length - 1)], text: "Newton" });
  }
  data.push(dots([[point[0]], [point[1]]], theme.text, { size: 9, edge: theme.page }));
  return { data, annotations };
}

/* The axes of the model: their lengths go as 1/sqrt|eigenvalue|; one of a negative eigenvalue is dashed. */
function drawAxes({ point, values, vectors }, [[left, right]]) {
  const sizes = values.map(Math.abs), small = Math.min(...sizes.filter((each) => each > SINGULAR * Math.max(...sizes)));
  if (!Number.isFinite(small)) return [];
  return values.map((value, i) => {
    const reach = 0.16 * (right - left) * Math.sqrt(small / Math.max(sizes[i], small)), [dx, dy] = vectors[i];
    return line([[point[0] - reach * dx, point[0] + reach * dx], [point[1] - reach * dy, point[1] + reach * dy]], MODEL, { width: 2, dash: value < 0 ? "dash" : "solid" });
  });
}

/* ---- words ---- */
function listNumbers({ point, loss, grad, values, lr, newton, descent, steps, value, hasNewton }, at) {
  const rows = [
    ["point", point.map(spell).join(", ")], ["loss there", spell(loss)], ["gradient", grad.map(spell).join(", ")],
    ["eigenvalues of the Hessian", values.map(spell).join(" and "), MODEL], ["condition number", spell(findCondition(values))], ...(values[0] > 0 ? [["length of the ellipse over its width", spell(findAxes(values))]] : []),
    ["edge 2/L", spell(findEdge(values))], ["lr", `${spell(lr)} = ${spell(lr / findEdge(values))} × 2/L`, DESCENT],
    [`loss after ${at} gradient step${at === 1 ? "" : "s"}`, spell(value(descent[Math.min(at, descent.length - 1)])), DESCENT],
  ];
  if (!hasNewton) return rows;
  const made = Math.min(at, steps.length - 1);
  return [...rows, ["Newton step", newton ? newton.map(spell).join(", ") : "none: the Hessian is singular", NEWTON], [`loss after ${made} Newton step${made === 1 ? "" : "s"}`, spell(value(steps[made])), NEWTON]];
}

function tell({ values: [small, large], lr, hess, grad, newton, hasNewton }) {
  const shape = small > 0 ? "a bowl" : large < 0 ? "a dome" : small < 0 && large > 0 ? "a saddle" : "flat along one axis", edge = findEdge([small, large]);
  const parts = [`Near the point the surface curves like ${shape}: ${spell(small)} along one axis, ${spell(large)} along the other.`];
  if (Number.isFinite(edge)) parts.push(lr < edge ? `lr ${spell(lr)} is below 2/L = ${spell(edge)}: gradient steps across the steep axis shrink.` : `lr ${spell(lr)} is above 2/L = ${spell(edge)}: gradient steps across the steep axis grow.`);
  if (hasNewton && newton && small <= 0) parts.push("Newton's step goes to a stationary point that is no minimum.");
  return parts.join(" ");
}
