// Measures pictures of lessons: node pictures.mjs FOLDER, which holds jobs.json and gets measured.json.
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [, , folder] = process.argv;
const { root, texts, jobs } = JSON.parse(readFileSync(`${folder}/jobs.json`, 'utf8'));
const load = (name) => import(pathToFileURL(`${root}/${name}.js`).href);
const { MEASURES } = await load('registry');
const { feed, findSteady, makeGradients } = await load('bench_numbers');
const modules = {};
for (const [key, text] of Object.entries(texts)) modules[key] = await import(`data:text/javascript,${encodeURIComponent(text)}`);

// Every step of every rule under every kind of gradient, and what theory says of them.
const follow = (data) => data.gradients.map((kind) => data.rules.map((rule) => ({
  steps: [...feed(modules[rule.module], rule.settings, makeGradients(kind, data))],
  steady: [...findSteady(rule, kind, data)],
})));

const measured = jobs.map(({ name, data }) => ({
  measures: MEASURES[name](data, modules), followed: name === 'bench' ? follow(data) : null,
}));
const spell = (_, value) => (typeof value === 'number' && !Number.isFinite(value) ? String(value) : value);
writeFileSync(`${folder}/measured.json`, JSON.stringify(measured, spell));
