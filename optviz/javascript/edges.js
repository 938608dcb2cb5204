/* The learning rate beyond which a rule leaves a minimum, where theory knows it: the same as
   optviz/runs/edges.py, where the formulas are told. */
const POINTS = 13, REACH = 3, ASIDE = 0.0137; // the lattice on which a gradient is held to a straight line
const EXACT = 1e-9, ALIKE = 1e-3, FLAT = 1e-6;

/* The edge of an optimizer on a surface's module: {rate, formula, isLocal}, or null where theory knows
   none. `minima` are those known at the values of the parameters. */
export function findEdge({ window, parameters, minima }, surface, entry) {
  const factors = readFactors(entry);
  if (!factors) return null;
  const gradient = (x, y) => (surface.grad(x, y, parameters) ?? [NaN, NaN, NaN]).slice(1);
  const found = fitQuadratic(gradient, window);
  if (found) return makeEdge(found, factors, false);
  if (minima.length !== 1 || entry.decay?.value) return null;
  const at = measureCurvature(gradient, minima[0], window);
  return at && makeEdge(at, factors, true);
}

function readFactors({ kind, settings: { beta1, damped, dampening }, decay, maximize, schedule }) {
  if (maximize || schedule) return null;
  const { kind: how, value: wd = 0 } = decay ?? {}, l2 = how === "l2" ? wd : 0, decoupled = how === "wd" ? wd : 0;
  const decayed = l2 ? "(L + wd)" : "L", more = decoupled ? " + (1 + beta1)*wd" : "";
  if (kind === "sgd") return { beta: 0, k: 1, l2, decoupled, formula: wd ? "2/(L + wd)" : "2/L" };
  if (kind === "momentum") {
    const damping = damped ? beta1 : dampening, name = damped ? "beta1" : "dampening";
    const scaled = damping ? `(1 - ${name})*${decayed}` : decayed, below = damping || more ? `(${scaled}${more})` : scaled;
    return { beta: beta1, k: 1 - damping, l2, decoupled, formula: `2*(1 + beta1)/${below}` };
  }
  if (kind !== "nesterov") return null;
  return { beta: beta1, k: 1 + 2 * beta1, l2, decoupled, formula: `2*(1 + beta1)/((1 + 2*beta1)*${decayed}${more})` };
}

function makeEdge(curvature, { beta, k, l2, decoupled, formula }, isLocal) {
  const [low, high] = findEigenvalues(curvature);
  if (!(high > 0) || low < -EXACT * high) return null;
  return { rate: (2 * (1 + beta)) / (k * (high + l2) + (1 + beta) * decoupled), formula, isLocal };
}

function findEigenvalues([fxx, fxy, fyy]) {
  const middle = (fxx + fyy) / 2, spread = Math.hypot((fxx - fyy) / 2, fxy);
  return [middle - spread, middle + spread];
}

/* The second derivatives of a surface on which they are the same everywhere; else null. */
function fitQuadratic(gradient, [[left, right], [below, above]]) {
  const x = (left + right) / 2, y = (below + above) / 2, wide = right - left, high = above - below;
  const [gx, gy] = gradient(x, y), [ax, ay] = gradient(x + wide / 2, y), [bx, by] = gradient(x, y + high / 2);
  const fxx = (ax - gx) / (wide / 2), fyx = (ay - gy) / (wide / 2), fxy = (bx - gx) / (high / 2), fyy = (by - gy) / (high / 2);
  let size = 0, off = 0;
  for (let place = 0; place < POINTS * POINTS; place++) {
    const dx = wide * (REACH * (Math.floor(place / POINTS) / (POINTS - 1) - 0.5) + ASIDE);
    const dy = high * (REACH * ((place % POINTS) / (POINTS - 1) - 0.5) + ASIDE);
    const [hx, hy] = gradient(x + dx, y + dy);
    size = Math.max(size, Math.abs(hx), Math.abs(hy));
    off = Math.max(off, Math.abs(hx - gx - fxx * dx - fxy * dy), Math.abs(hy - gy - fyx * dx - fyy * dy));
    if (!(off <= EXACT * size)) return null;
  }
  return [fxx, (fxy + fyx) / 2, fyy];
}

/* The second derivatives at a smooth minimum, by differences of the exact gradient; else null. */
function measureCurvature(gradient, [x, y], [[left, right], [below, above]]) {
  const [first, second] = [1e-4, 2e-4].map((part) => {
    const h = part * (right - left), k = part * (above - below);
    const [ax, ay] = gradient(x + h, y), [bx, by] = gradient(x - h, y), [cx, cy] = gradient(x, y + k), [dx, dy] = gradient(x, y - k);
    return [(ax - bx) / (2 * h), ((ay - by) / (2 * h) + (cx - dx) / (2 * k)) / 2, (cy - dy) / (2 * k)];
  });
  const size = Math.max(...second.map(Math.abs));
  if (!first.every((each, i) => Math.abs(each - second[i]) <= ALIKE * size)) return null;
  const isFlat = Math.max(...gradient(x, y).map(Math.abs)) <= FLAT * size * Math.max(right - left, above - below);
  return isFlat && findEigenvalues(first)[0] > 0 ? first : null;
}
