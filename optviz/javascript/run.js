/* Runs made of emitted modules, step by step as optviz.run makes them. */

/* Makes the steps `first` to `steps` of a rule on a surface and returns what optviz records of them,
   in columns: `step`, `x`, `y` and `losses` have a value for each point; `lr`, `gradX`, `gradY` and
   the averages of `state` ([xs, ys], or one column of a number such as a count) one for each step.
   `samples` are two standard normal numbers for each step from 0 on; times `noise` they are added
   to its gradient. Null where a derivative is needed that the surface's module does not know. */
export function run({
  surface, rule, schedule = null, steps, start, first = 0, samples = null, noise = 1, state = null,
  settings = rule.settings, parameters = surface.parameters, factors = schedule?.settings,
}) {
  const own = { ...settings }, params = [...start], grad = [0, 0];
  if (schedule) setStep(own, settings, schedule, first, factors);
  const now = state ? copy(state) : rule.init(params, own);
  const initial = copy(now), columns = makeColumns(steps - first, now);
  const names = Object.keys(now);
  const leave = (row, ended) => {
    addPoint(columns, row, first + row, params, surface.value(params[0], params[1], parameters));
    return { first, ...cutColumns(columns, row), initial, ended };
  };
  for (let step = first; step < steps; step++) {
    const row = step - first, found = surface.grad(params[0], params[1], parameters);
    if (!found) return null;
    if (!Number.isFinite(found[0])) return leave(row, `diverged at step ${step}: the loss is not finite`);
    addPoint(columns, row, step, params, found[0]);
    for (let i = 0; i < 2; i++) grad[i] = samples ? found[i + 1] + noise * samples[2 * step + i] : found[i + 1];
    if (schedule) setStep(own, settings, schedule, step, factors);
    rule.update(params, grad, now, own);
    columns.lr[row] = own.lr;
    columns.gradX[row] = grad[0];
    columns.gradY[row] = grad[1];
    for (let i = 0; i < names.length; i++) keepState(now[names[i]], columns.state[names[i]], row);
    if (!(Number.isFinite(params[0]) && Number.isFinite(params[1]))) {
      return leave(row + 1, grad.some(Number.isNaN)
        ? `stopped at step ${step}: the loss is not differentiable there`
        : `diverged at step ${step + 1}: the params are not finite`);
    }
  }
  return leave(steps - first, "finished");
}

/* Sets lr and, where it is cycled, beta1 to their values at a step. */
export function setStep(own, settings, schedule, step, factors) {
  own.lr = settings.lr * schedule.factor(step, factors);
  const beta1 = schedule.beta1?.(step, factors) ?? null;
  if (beta1 !== null) own.beta1 = beta1;
}

function makeColumns(rows, state) {
  const column = () => new Float64Array(rows), point = () => new Float64Array(rows + 1);
  return {
    step: new Int32Array(rows + 1), x: point(), y: point(), losses: point(),
    lr: column(), gradX: column(), gradY: column(),
    state: mapState(state, (value) => (Array.isArray(value) ? [column(), column()] : column())),
  };
}

function addPoint(columns, row, step, params, loss) {
  columns.step[row] = step;
  columns.x[row] = params[0];
  columns.y[row] = params[1];
  columns.losses[row] = loss;
}

function keepState(value, column, row) {
  if (typeof value === "number") column[row] = value;
  else {
    column[0][row] = value[0];
    column[1][row] = value[1];
  }
}

/* The columns of the first rows, and of the point that follows them. */
function cutColumns({ state, ...columns }, rows) {
  const cut = (column, count = rows) => (column.length === count ? column : column.subarray(0, count));
  const out = {};
  for (const name of ["step", "x", "y", "losses"]) out[name] = cut(columns[name], rows + 1);
  for (const name of ["lr", "gradX", "gradY"]) out[name] = cut(columns[name]);
  out.state = mapState(state, (column) => (Array.isArray(column) ? column.map((each) => cut(each)) : cut(column)));
  return out;
}

const mapState = (state, change) => Object.fromEntries(Object.entries(state).map(([name, value]) => [name, change(value)]));
const copy = (state) => mapState(state, (value) => (Array.isArray(value) ? [...value] : value));
