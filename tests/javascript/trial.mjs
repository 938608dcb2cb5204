// Finds learning rates: node trial.mjs FOLDER, which holds experiments.json and gets found.json.
import { readFileSync, writeFileSync } from 'node:fs';
import { chooseLr, runsWell, varyFork, varyLr } from '../../optviz/javascript/trial.js';

const [, , folder] = process.argv;
const experiments = JSON.parse(readFileSync(`${folder}/experiments.json`, 'utf8'));
const loaded = {};
const attempt = (find) => {
  try {
    const { optimizer, step, rule } = find();
    return [optimizer, step, rule.settings.lr];
  } catch (error) {
    return error.message;
  }
};

const found = [];
for (const { modules, ...experiment } of experiments) {
  for (const [key, text] of Object.entries(modules)) {
    loaded[key] ??= await import(`data:text/javascript,${encodeURIComponent(text)}`);
  }
  found.push(experiment.rules.map((rule, place) => [
    chooseLr(experiment, rule, loaded),
    chooseLr(experiment, rule, loaded, [chooseLr(experiment, rule, loaded)]),
    varyLr(experiment, rule, loaded, [rule.settings.lr]),
    runsWell(experiment, rule, loaded),
    ...[0, 30, experiment.steps].map((step) => attempt(() => varyFork(experiment, place, step, loaded))),
  ]));
}
writeFileSync(`${folder}/found.json`, JSON.stringify(found));
