/* Judges questions in node: node judged.mjs FOLDER reads jobs.json there and writes made.json. */
import { readFileSync, writeFileSync } from "node:fs";
import { makeRace } from "../../optviz/javascript/race.js";
import { judge, readPicture, readRace } from "../../optviz/views/live/lesson/judge.js";
import { MEASURES } from "../../optviz/views/live/lesson/pictures/registry.js";

const folder = process.argv[2], load = (text) => import(`data:text/javascript,${encodeURIComponent(text)}`);
const { jobs, quantities } = JSON.parse(readFileSync(`${folder}/jobs.json`, "utf-8"));
const made = [];
for (const { choices, experiment, picture, table, modules: texts } of jobs) {
  const modules = Object.fromEntries(await Promise.all(Object.entries(texts).map(async ([key, text]) => [key, await load(text)])));
  if (picture) {
    made.push({ held: judge(choices, readPicture(MEASURES[picture](table, modules))) });
    continue;
  }
  const race = makeRace(experiment, modules), read = readRace(race, experiment);
  const values = race.runs.map((_, i) => quantities.map((each) => String(read({ ...each, run: i + 1 }))));
  made.push({ held: judge(choices, read), values });
}
writeFileSync(`${folder}/made.json`, JSON.stringify(made));
