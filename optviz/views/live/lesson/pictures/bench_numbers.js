/* Rules fed with given gradients, and what theory says of their steps, as lessons/pictures/bench.py.
   Pure. A bench is {steps, size, spread, every, growth, samples}, a rule {name, settings, module}. */

const GRADIENTS = {
  constant: () => 1,
  alternating: (step) => 1 - 2 * (step % 2),
  noisy: (step, { spread, samples }) => 1 + spread * samples[step],
  sparse: (step, { every }) => (step % every === 0 ? 1 : 0),
  growing: (step, { growth }) => growth ** step,
  flipping: (step, { every }) => 1 - 2 * (Math.floor(step / every) % 2),
};

/* The gradient of each step. */
export const makeGradients = (kind, bench) => Float64Array.from({ length: bench.steps }, (_, step) => bench.size * GRADIENTS[kind](step, bench));

/* The step that a rule makes of each gradient. The params stand at 0 before each one, so that no step
   is lost in the rounding of a sum. */
export function feed({ init, update }, settings, gradients) {
  const params = [0], grad = [0], state = init(params, settings);
  return Float64Array.from(gradients, (each) => {
    params[0] = 0;
    grad[0] = each;
    update(params, grad, state, settings);
    return params[0];
  });
}

/* The settled average of the gradients with a memory, over the last gradient. */
const AVERAGE = {
  alternating: (beta) => (1 - beta) / (1 + beta),
  growing: (beta, { growth }) => (1 - beta) / (1 - beta / growth),
  sparse: (beta, { every }) => (1 - beta) / (1 - beta ** every),
  flipping: (beta, { every }, step) => 1 - (2 * beta ** ((step % every) + 1)) / (1 + beta ** every),
};
const average = (kind, beta, bench, step) => AVERAGE[kind]?.(beta, bench, step) ?? 1;

/* The settled average of their squares, over the last square. */
function averageSquare(kind, beta, { growth, every }) {
  if (kind === "growing") return (1 - beta) / (1 - beta / growth ** 2);
  return kind === "sparse" ? AVERAGE.sparse(beta, { every }) : 1;
}

/* The steps by which Adadelta's average of moves is ahead for good, as its average of squares begins at 0. */
function countEarly(beta) {
  let sum = (beta / (1 - beta)) ** 2;
  for (let n = 1; n < 2 + Math.floor(Math.sqrt(40 / (1 - beta))); n += 1) sum += (beta ** (n * n) * (1 + beta ** n)) / (1 - beta ** n);
  return sum;
}

/* The settled steps of each rule from its settings, the kind of the gradients, the bench, the size of the
   last gradient, its step, and how many there were: as sweeps/steady_steps.py, which derives them. */
const SETTLED = {
  SGD: ({ lr }, kind, bench, size) => lr * size,
  Momentum: ({ lr, beta1, damped, dampening }, kind, bench, size, step) => (lr * size * (1 - (damped ? beta1 : dampening)) * average(kind, beta1, bench, step)) / (1 - beta1),
  Nesterov: ({ lr, beta1 }, kind, bench, size, step) => lr * size * (1 + (beta1 * average(kind, beta1, bench, step)) / (1 - beta1)),
  RMSProp({ lr, beta1, beta2: beta, eps, lagged, centered }, kind, bench, size, step) {
    let square = averageSquare(kind, beta, bench), mean = average(kind, beta, bench, step);
    if (lagged) [square, mean] = [(square - (1 - beta)) / beta, (mean - (1 - beta)) / beta];
    const root = Math.sqrt(centered ? square - mean ** 2 : square), moves = average(kind === "growing" ? "constant" : kind, beta1, bench, step);
    return (((lr * size) / (size * root + eps)) * moves) / (1 - beta1);
  },
  Adagrad({ lr, eps, initial, lr_decay: decay }, kind, { growth }, size, step, count) {
    const back = growth ** -2, sum = kind === "growing" && growth > 1 ? (1 - back ** (step + 1)) / (1 - back) : count;
    return ((lr / (1 + decay * step)) * size) / (Math.sqrt(initial + sum * size ** 2) + eps);
  },
  Adadelta({ lr, beta2: beta, eps }, kind, bench, size, step) {
    const square = size ** 2, mean = square * averageSquare(kind, beta, bench), fade = beta ** (bench.every - 1), gain = ((1 - beta) * fade * square) / (mean + eps);
    const creep = () => -square * Math.expm1((step + countEarly(beta)) * Math.log1p((-(1 - beta) * eps) / (square + eps)));
    const moved = kind === "sparse" ? (gain * eps) / (1 - beta * fade - gain) : creep();
    return lr * size * Math.sqrt((moved + eps) / (mean + eps));
  },
  Adam: ({ lr, beta1, beta2, eps }, kind, bench, size, step) => (lr * size * average(kind, beta1, bench, step)) / (size * Math.sqrt(averageSquare(kind, beta2, bench)) + eps),
};

/* Whether no formula is known for a rule's steps. */
function hasGap({ name, settings: { centered, lagged, beta1, beta2 } }, kind) {
  if (!(name in SETTLED) || (kind === "noisy" && name !== "SGD") || (name === "Adadelta" && kind === "growing")) return true;
  return name === "RMSProp" && ((centered && (kind === "constant" || (kind === "flipping" && beta1 > 0))) || (lagged && beta2 === 0));
}

const FORMULAS = {
  SGD: Object.fromEntries(Object.keys(GRADIENTS).map((kind) => [kind, "lr·|g|"])),
  Momentum: { constant: "lr·|g| / (1 − β1)", alternating: "lr·|g| / (1 + β1)", sparse: "lr·|g| / (1 − β1^k)", growing: "lr·|g| / (1 − β1/r)" },
  damped: { constant: "lr·|g|", alternating: "lr·|g|·(1 − β1)/(1 + β1)", sparse: "lr·|g|·(1 − β1)/(1 − β1^k)", growing: "lr·|g|·(1 − β1)/(1 − β1/r)" },
  Nesterov: { constant: "lr·|g| / (1 − β1)", alternating: "lr·|g|·(1 + 2β1)/(1 + β1)", sparse: "lr·|g|·(1 + β1/(1 − β1^k))", growing: "lr·|g|·(1 + β1/(1 − β1/r))" },
  RMSProp: { constant: "lr", alternating: "lr", flipping: "lr", sparse: "lr·√((1 − β2^k)/(1 − β2))", growing: "lr·√((1 − β2/r²)/(1 − β2))" },
  Adagrad: { ...Object.fromEntries(["constant", "alternating", "flipping", "sparse"].map((kind) => [kind, "lr / √n"])), growing: "lr·√(1 − 1/r²)" },
  Adam: { constant: "lr", alternating: "lr·(1 − β1)/(1 + β1)", sparse: "lr·(1 − β1)/(1 − β1^k)·√((1 − β2^k)/(1 − β2))", growing: "lr·(1 − β1)/(1 − β1/r)·√((1 − β2/r²)/(1 − β2))" },
};

/* The formula of the settled size in letters: g the gradient, k the steps between sparse ones, r the
   growth, n the gradients so far; "" where none is known, or where it would have more settings. */
export function nameSteady({ name, settings }, kind) {
  const { centered, lagged, dampening = 0, initial = 0, lr_decay: decay = 0, damped, beta1 } = settings;
  if (centered || lagged || dampening || initial || decay || (name === "RMSProp" && beta1)) return "";
  return FORMULAS[name === "Momentum" && damped ? "damped" : name]?.[kind] ?? "";
}

/* The size that theory gives the steps once the averages have settled, NaN where none is known; of
   sparse gradients where there is one. */
export function findSteady(rule, kind, bench) {
  const settled = hasGap(rule, kind) ? null : SETTLED[rule.name];
  let count = 0;
  return makeGradients(kind, bench).map((grad, step) => {
    const size = Math.abs(grad);
    count += size > 0 ? 1 : 0;
    return settled && size > 0 ? Math.abs(settled(rule.settings, kind, bench, size, step, count)) : NaN;
  });
}

/* The numbers of each rule under the first kind of gradient, by name and place from 1. */
export function measureBench(data, modules) {
  const [kind] = data.gradients, gradients = makeGradients(kind, data), out = {};
  data.rules.forEach((rule, i) => {
    const steps = feed(modules[rule.module], { ...rule.settings }, gradients), sizes = steps.map(Math.abs), tenth = Math.max(1, Math.floor(sizes.length / 10));
    const known = findSteady(rule, kind, data).filter(Number.isFinite), last = sizes.slice(-tenth);
    out[`first ${i + 1}`] = sizes[0];
    out[`step ${i + 1}`] = last.reduce((sum, each) => sum + each, 0) / tenth;
    out[`largest ${i + 1}`] = Math.max(...sizes);
    out[`drift ${i + 1}`] = Math.abs(steps.reduce((sum, each) => sum + each, 0) / steps.length);
    out[`theory ${i + 1}`] = known.length ? known.at(-1) : NaN;
  });
  return out;
}
