// Makes races: node races.mjs FOLDER, which holds jobs.json and gets made.json.
import { readFileSync, writeFileSync } from 'node:fs';
import { makeRace } from '../../optviz/javascript/race.js';

const [, , folder] = process.argv;
const jobs = JSON.parse(readFileSync(`${folder}/jobs.json`, 'utf8'));
const loaded = {};
for (const { modules } of jobs) {
  for (const [key, text] of Object.entries(modules)) {
    loaded[key] ??= await import(`data:text/javascript,${encodeURIComponent(text)}`);
  }
}

// JSON has no numbers that are not finite, and no typed arrays.
const spell = (_, value) => {
  if (ArrayBuffer.isView(value)) return [...value];
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
};

const made = jobs.map((experiment) => ({ race: makeRace(experiment, loaded) }));
writeFileSync(`${folder}/made.json`, JSON.stringify(made, spell));
