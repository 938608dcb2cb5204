// Makes races and their pictures: node races.mjs FOLDER, which holds jobs.json and gets made.json.
import { readFileSync, writeFileSync } from 'node:fs';
import { chooseModule } from '../../optviz/javascript/catalog.js';
import { formatValue } from '../../optviz/javascript/labels.js';
import { makeRace } from '../../optviz/javascript/race.js';
import { formatGeneral, roundEven } from '../../optviz/javascript/text.js';
import { spellNumber } from '../../optviz/views/drawing/columns.js';
import * as curves from '../../optviz/views/drawing/curves.js';
import { makeGrid } from '../../optviz/views/drawing/grid.js';
import { drawRuns } from '../../optviz/views/drawing/paths.js';
import { formatCell } from '../../optviz/views/drawing/result_table.js';
import { fitScale, transformGrid } from '../../optviz/views/drawing/scale.js';

const [, , folder] = process.argv;
const { experiments, catalog, size, numbers } = JSON.parse(readFileSync(`${folder}/jobs.json`, 'utf8'));
const loaded = {};
for (const { modules } of experiments) {
  for (const [key, text] of Object.entries(modules)) {
    loaded[key] ??= await import(`data:text/javascript,${encodeURIComponent(text)}`);
  }
}

// JSON has no numbers that are not finite, and no typed arrays.
const spell = (_, value) => {
  if (ArrayBuffer.isView(value)) return [...value];
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
};

const draw = ({ problem }, { runs, target, minima, rows }) => {
  const { parameters, window, module } = problem;
  const grid = makeGrid(loaded[module], parameters, window, size, minima), scale = fitScale(grid);
  return {
    pictures: {
      losses: curves.buildLossParts(runs, { target }),
      linear: curves.buildLossParts(runs, { log: false, against: 'evaluations' }),
      logarithmic: curves.buildLossParts(runs, { log: true, target: 3 }),
      distances: curves.buildDistanceParts(runs, minima),
      state: curves.buildStateParts(runs),
      rates: curves.buildRateParts(runs),
      schedule: curves.buildScheduleParts(runs),
    },
    map: drawRuns(grid, runs),
    hovered: drawRuns(grid, runs, { hover: true }),
    grid, scale, heights: transformGrid(scale, grid.loss),
    cells: rows.map(({ cells }) => Object.entries(cells).map(([name, value]) => formatCell(value, name))),
  };
};

const made = experiments.map((each) => {
  const race = makeRace(each, loaded);
  if (!race) return { race };
  return { race, chosen: each.rules.map((rule) => chooseModule(catalog, rule)), ...draw(each, race) };
});
const texts = numbers.map(([value, digits]) => [
  formatGeneral(value, digits), formatValue(value), spellNumber(value, digits), roundEven(value) + 0,
]);
writeFileSync(`${folder}/made.json`, JSON.stringify({ made, texts }, spell));
