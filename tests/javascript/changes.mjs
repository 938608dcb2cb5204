// Types another formula in the place of one: node changes.mjs FOLDER, which holds asked.json and gets
// changed.json.
import { readFileSync, writeFileSync } from 'node:fs';
import { readSurface } from '../../optviz/javascript/formulas/surface.js';
import { changeProblem } from '../../optviz/views/live/edits.js';
import { writeQuery } from '../../optviz/views/live/spelling.js';

const [, , folder] = process.argv;
const { grammar, operations: text, cases } = JSON.parse(readFileSync(`${folder}/asked.json`, 'utf8'));
const { operations } = await import(`data:text/javascript,${encodeURIComponent(text)}`);

const changed = cases.map(({ before, formula }) => {
  const { problem, module } = readSurface(formula, grammar, operations);
  const { experiment, left } = changeProblem(before, problem, module);
  return [writeQuery(experiment), left];
});
writeFileSync(`${folder}/changed.json`, JSON.stringify(changed));
