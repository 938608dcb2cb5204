// Runs emitted modules: node emitted.mjs FOLDER, which holds jobs.json and gets runs.bin and ended.json.
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [, , folder] = process.argv;
const { engine, modules, jobs } = JSON.parse(readFileSync(`${folder}/jobs.json`, 'utf8'));
const { run } = await import(pathToFileURL(engine).href);
const loaded = await Promise.all(
  modules.map((text) => import(`data:text/javascript,${encodeURIComponent(text)}`)),
);

// Takes each step of a given record anew, from the row above.
function follow({ rule, settings }, rows) {
  const record = { path: [], state: {} };
  for (const { params, grad, state, lr } of rows) {
    rule.update(params, grad, state, { ...settings, lr });
    record.path.push(params);
    for (const [name, value] of Object.entries(state)) (record.state[name] ??= []).push(value);
  }
  return record;
}

// The columns of a record, those of two parameters row by row.
function listColumns({ path, x, y, losses, lr, gradX, gradY, state }) {
  const join = (column) => (column.length === 2 && column[0].length !== undefined ? zip(...column) : [...column].flat());
  if (path) return [path, ...Object.values(state)].map((each) => each.flat());
  return [zip(x, y), [...losses], [...lr], zip(gradX, gradY), ...Object.values(state).map(join)];
}
const zip = (xs, ys) => Array.from(xs, (x, i) => [x, ys[i]]).flat();

// Takes value, gradient and Hessian of a surface at points, null where it knows none.
const evaluate = ({ surface, points }) => points.map(([x, y, parameters]) => [
  surface.value(x, y, parameters), surface.grad(x, y, parameters), surface.hess(x, y, parameters),
]);

const ended = [], numbers = [];
for (const job of jobs) {
  if (job.points) {
    const spell = (key, value) => (typeof value === 'number' ? String(value) : value);
    ended.push(JSON.stringify(evaluate({ ...job, surface: loaded[job.surface] }), spell));
    continue;
  }
  for (const key of ['surface', 'rule', 'schedule']) job[key] = loaded[job[key]] ?? null;
  job.settings = job.rule.settings;
  const made = job.rows ? follow(job, job.rows) : run({ ...job, samples: job.samples?.flat() });
  const flat = made ? listColumns(made) : [];
  ended.push([made && (made.ended ?? 'followed'), flat.map((each) => each.length)]);
  for (const each of flat) numbers.push(...each);
}
writeFileSync(`${folder}/ended.json`, JSON.stringify(ended));
writeFileSync(`${folder}/runs.bin`, Float64Array.from(numbers));
