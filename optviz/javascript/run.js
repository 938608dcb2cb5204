// Runs made of emitted modules, step by step as optviz.run makes them.

// Makes `steps` steps of a rule on a surface and returns what optviz records of them, in columns:
// path, grad and each average of the state as [step][parameter]; losses, lr and each number of the
// state as [step]. `samples` are the noise of each step, added to its gradient. Null where a
// derivative is needed that the surface's module does not know.
export function run({
  surface, rule, schedule = null, steps, start, first = 0, samples = null, state = null,
  settings = rule.settings, parameters = surface.parameters, factors = schedule?.settings,
}) {
  const params = [...start], now = state ? copy(state) : rule.init(params, settings);
  const record = { path: [], losses: [], lr: [], grad: [], state: {}, initial: copy(now) };
  record.ended = 'finished';
  for (const name of Object.keys(now)) record.state[name] = [];
  const leave = (loss, words) => {
    record.path.push([...params]);
    record.losses.push(loss);
    if (words) record.ended = words;
    return record;
  };
  for (let step = first; step < steps; step++) {
    const found = surface.grad(params[0], params[1], parameters);
    if (!found) return null;
    const [loss, ...grad] = found;
    if (!Number.isFinite(loss)) return leave(loss, `diverged at step ${step}: the loss is not finite`);
    if (samples) samples[step].forEach((noise, i) => { grad[i] += noise; });
    record.path.push([...params]);
    record.losses.push(loss);
    const own = schedule ? setRule(settings, schedule, step, factors) : settings;
    rule.update(params, grad, now, own);
    record.lr.push(own.lr);
    record.grad.push(grad);
    for (const [name, value] of Object.entries(copy(now))) record.state[name].push(value);
    if (!params.every(Number.isFinite)) {
      const words = grad.some(Number.isNaN)
        ? `stopped at step ${step}: the loss is not differentiable there`
        : `diverged at step ${step + 1}: the params are not finite`;
      return leave(surface.value(params[0], params[1], parameters), words);
    }
  }
  return leave(surface.value(params[0], params[1], parameters));
}

// The settings of a step: lr times the schedule's factor, and beta1 where it is cycled.
function setRule(settings, schedule, step, factors) {
  const lr = settings.lr * schedule.factor(step, factors);
  const beta1 = schedule.beta1?.(step, factors) ?? settings.beta1;
  return { ...settings, lr, beta1 };
}

const copy = (state) => Object.fromEntries(
  Object.entries(state).map(([name, value]) => [name, Array.isArray(value) ? [...value] : value]),
);
