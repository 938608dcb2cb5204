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

const keep = (beta, ratio = 1) => 1 / (1 - beta / ratio); // the sum of 1, beta/ratio, (beta/ratio)^2, ...
const swing = (beta) => 1 / (1 + beta); // the sum of 1, -beta, beta^2, ...
const pulse = (beta, every) => 1 / (1 - beta ** every); // the sum of 1, beta^every, beta^(2 every), ...
const root = (beta, ratio) => Math.sqrt((1 - beta / ratio ** 2) / (1 - beta)); // of growing gradients: the last one's size over the root of the average square
const rare = (beta, every) => Math.sqrt((1 - beta) * pulse(beta, every)); // of sparse gradients: the root of the average square at one, over its size
const weigh = ({ beta1, damped, dampening }) => 1 - (damped ? beta1 : dampening); // of a new gradient in momentum's sum

/* The settled size of steps by rule and kind, from its settings, the gradient's size, their growth, the
   steps between them, and how many there were. */
const SETTLED = {
  SGD: Object.fromEntries(Object.keys(GRADIENTS).map((kind) => [kind, ({ lr }, size) => lr * size])),
  Momentum: {
    constant: (s, size) => s.lr * size * weigh(s) * keep(s.beta1),
    alternating: (s, size) => s.lr * size * weigh(s) * swing(s.beta1),
    sparse: (s, size, growth, every) => s.lr * size * weigh(s) * pulse(s.beta1, every),
    growing: (s, size, growth) => s.lr * size * weigh(s) * keep(s.beta1, growth),
  },
  Nesterov: {
    constant: ({ lr, beta1 }, size) => lr * size * keep(beta1),
    alternating: ({ lr, beta1 }, size) => lr * size * (1 + 2 * beta1) * swing(beta1),
    growing: ({ lr, beta1 }, size, growth) => lr * size * (1 + beta1 * keep(beta1, growth)),
  },
  RMSProp: {
    constant: ({ lr, beta1 }) => lr * keep(beta1),
    alternating: ({ lr, beta1 }) => lr * swing(beta1),
    flipping: ({ lr, beta1 }) => (beta1 === 0 ? lr : NaN),
    sparse: ({ lr, beta1, beta2 }, size, growth, every) => (lr * pulse(beta1, every)) / rare(beta2, every),
    growing: ({ lr, beta1, beta2 }, size, growth) => lr * root(beta2, growth) * keep(beta1),
  },
  Adagrad: {
    ...Object.fromEntries(["constant", "alternating", "flipping", "sparse"].map((kind) => [kind, ({ lr }, size, growth, every, count) => lr / Math.sqrt(count)])),
    growing: ({ lr }, size, growth) => lr * Math.sqrt(1 - growth ** -2),
  },
  Adam: {
    constant: ({ lr }) => lr,
    alternating: ({ lr, beta1 }) => lr * (1 - beta1) * swing(beta1),
    sparse: ({ lr, beta1, beta2 }, size, growth, every) => (lr * (1 - beta1) * pulse(beta1, every)) / rare(beta2, every),
    growing: ({ lr, beta1, beta2 }, size, growth) => lr * (1 - beta1) * keep(beta1, growth) * root(beta2, growth),
  },
};

const FORMULAS = {
  SGD: Object.fromEntries(Object.keys(GRADIENTS).map((kind) => [kind, "lr·|g|"])),
  Momentum: { constant: "lr·|g| / (1 − β1)", alternating: "lr·|g| / (1 + β1)", sparse: "lr·|g| / (1 − β1^k)", growing: "lr·|g| / (1 − β1/r)" },
  damped: { constant: "lr·|g|", alternating: "lr·|g|·(1 − β1)/(1 + β1)", sparse: "lr·|g|·(1 − β1)/(1 − β1^k)", growing: "lr·|g|·(1 − β1)/(1 − β1/r)" },
  Nesterov: { constant: "lr·|g| / (1 − β1)", alternating: "lr·|g|·(1 + 2β1)/(1 + β1)", growing: "lr·|g|·(1 + β1/(1 − β1/r))" },
  RMSProp: { constant: "lr", alternating: "lr", flipping: "lr", sparse: "lr·√((1 − β2^k)/(1 − β2))", growing: "lr·√((1 − β2/r²)/(1 − β2))" },
  Adagrad: { ...Object.fromEntries(["constant", "alternating", "flipping", "sparse"].map((kind) => [kind, "lr / √n"])), growing: "lr·√(1 − 1/r²)" },
  Adam: { constant: "lr", alternating: "lr·(1 − β1)/(1 + β1)", sparse: "lr·(1 − β1)/(1 − β1^k)·√((1 − β2^k)/(1 − β2))", growing: "lr·(1 − β1)/(1 − β1/r)·√((1 − β2/r²)/(1 − β2))" },
};

/* The formula of the settled size in letters: g the gradient, k the steps between sparse ones, r the
   growth, n the gradients so far; "" where none is known, or where it would have more settings. */
export function nameSteady({ name, settings }, kind) {
  const { centered, lagged, dampening = 0, damped, debias = true, beta1 } = settings;
  if (centered || lagged || !debias || dampening || (name === "RMSProp" && beta1)) return "";
  return FORMULAS[name === "Momentum" && damped ? "damped" : name]?.[kind] ?? "";
}

/* The size that theory gives the steps once the averages have settled, NaN where none is known; of
   sparse gradients where there is one. */
export function findSteady({ name, settings }, kind, bench) {
  const settled = settings.centered || settings.lagged || settings.debias === false ? null : SETTLED[name]?.[kind];
  let count = 0;
  return makeGradients(kind, bench).map((grad) => {
    const size = Math.abs(grad);
    count += size > 0 ? 1 : 0;
    return settled && size > 0 ? settled(settings, size, kind === "growing" ? bench.growth : 1, bench.every, count) : NaN;
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
