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
  const made = job.rows ? follow(job, job.rows) : run(job);
  const columns = made ? [made.path, made.losses, made.lr, made.grad, ...Object.values(made.state)] : [];
  const flat = columns.filter(Boolean).map((each) => each.flat());
  ended.push([made && (made.ended ?? 'followed'), flat.map((each) => each.length)]);
  for (const each of flat) numbers.push(...each);
}
writeFileSync(`${folder}/ended.json`, JSON.stringify(ended));
writeFileSync(`${folder}/runs.bin`, Float64Array.from(numbers));
