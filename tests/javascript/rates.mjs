// Measures losses against learning rates: node rates.mjs FOLDER, which holds jobs.json and gets made.json.
import { readFileSync, writeFileSync } from 'node:fs';
import { findEdge } from '../../optviz/javascript/edges.js';
import { findMinima, planRun } from '../../optviz/javascript/race.js';
import { findEnds, listRates, measureRate, openCurves } from '../../optviz/javascript/rates.js';
import { buildRateCurveParts } from '../../optviz/views/drawing/rate_curves.js';

const [, , folder] = process.argv;
const jobs = JSON.parse(readFileSync(`${folder}/jobs.json`, 'utf8'));
const modules = {};
for (const { experiment } of jobs) {
  for (const [key, text] of Object.entries(experiment.modules)) {
    modules[key] ??= await import(`data:text/javascript,${encodeURIComponent(text)}`);
  }
}
const spell = (_, value) => (typeof value === 'number' && !Number.isFinite(value) ? String(value) : value);

const made = jobs.map(({ experiment, rates, styles }) => {
  const { start, problem } = experiment, surface = modules[problem.module];
  const about = { ...problem, minima: findMinima(problem) };
  const curves = experiment.rules.map((entry, place) => {
    const plan = planRun(experiment, entry, modules, { start });
    const found = rates[place].map((rate) => measureRate(plan, rate)), own = measureRate(plan, entry.settings.lr);
    return {
      ...styles[place], rates: rates[place], final: found.map(({ final }) => final), best: found.map(({ best }) => best),
      lr: entry.settings.lr, own, first: found[0].first, ends: [rates[place][0], rates[place].at(-1)], edge: findEdge(about, surface, entry),
    };
  });
  const lazy = openCurves();
  lazy.set(experiment, modules);
  while (!lazy.work(Infinity));
  return {
    curves, listed: experiment.rules.map((entry) => listRates(findEnds(entry))), lazy: lazy.read(),
    final: buildRateCurveParts(curves), best: buildRateCurveParts(curves, { best: true }),
    linear: buildRateCurveParts(curves, { log: false }), log: buildRateCurveParts(curves, { log: true }),
  };
});
writeFileSync(`${folder}/made.json`, JSON.stringify(made, spell));
