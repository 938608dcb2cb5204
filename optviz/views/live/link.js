/* The state of the page as a link of the app and as its JSON, and back from the page's own address.
   Touches no page. */
import { checkRule, checkWork, readCount, readFinite, takeProblem } from "./edits.js";
import { completeRule, findRule, findSchedule } from "./options.js";
import { findOwn, formatRule, listChanged, readNumber, readRule, splitQuery, writeQuery, VERSION } from "./spelling.js";

export const writeLink = ({ experiment, view }, at) => writeQuery(experiment, { view, at });

/* The record as Experiment.from_json reads it. */
export function writeRecord({ experiment, view }, at) {
  const { problem, rules, forks, pins, start, steps, noise, seed, also, target } = experiment;
  return JSON.stringify({
    kind: "Experiment", version: VERSION, problem: problem.name, parameters: listChanged(problem), start, steps, noise, seed, also, target, view,
    rules: rules.map(formatRule), pins: pins.map((pin) => writeQuery(pin)), at: at < steps ? at : null,
    forks: forks.map(({ optimizer, step, rule }) => `${optimizer}@${step}:${formatRule(rule)}`),
  }, null, 2);
}

/* Read an address: the state that it means, the step that it names, and a sentence for each part that
   is wrong; `plays` where it asks to be played. An empty one means what the page was made with, and a
   wrong part keeps that. */
export function readLink(query, { experiment: first, view }, { catalog, limits, words, noisy, readProblem }) {
  if (!query) return { state: { experiment: first, view }, at: null, sentences: [], plays: false };
  const sentences = [], given = splitQuery(query, (part) => sentences.push(`a part of the address cannot be read: ${part.slice(0, 40)}`));
  const attempt = (read, otherwise) => {
    try {
      return read();
    } catch (error) {
      sentences.push(error.message);
      return otherwise;
    }
  };
  const last = (key, otherwise) => (given[key] ? given[key].at(-1) : otherwise);
  const made = attempt(() => findProblem(last("problem", "rosenbrock"), first, readProblem), null);
  if (!made) return { state: { experiment: first, view }, at: null, sentences, plays: false };
  let experiment = { ...made, ...readRules(given, made, catalog, attempt) };
  const set = (key, read) => given[key] && attempt(() => { experiment = { ...experiment, ...read(last(key)) }; });
  experiment = resetFields(experiment);
  set("parameters", (text) => ({ problem: { ...made.problem, parameters: { ...findOwn(made.problem), ...readParameters(text, made) } } }));
  set("start", (text) => ({ start: readPoint(text) }));
  set("steps", (text) => ({ steps: readCount("steps", limits.steps)(text) }));
  set("noise", (text) => ({ noise: checkNoise(experiment.steps, readNoise(text), noisy) }));
  set("target", (text) => ({ target: readFinite("target")(text) }));
  if (given.seed && readNumber("seed", last("seed")) !== made.seed) sentences.push(`this page has the noise of seed ${made.seed} and no other`);
  experiment.also = (given.also || []).slice(0, limits.also).flatMap((text) => attempt(() => [readPoint(text)], []));
  const known = new Map([...first.pins.map((pin) => [writeQuery(pin), pin])]);
  experiment.pins = (given.pin || []).flatMap((text) => attempt(() => [findPin(text, known)], []));
  experiment = attempt(() => checkWork(experiment, limits), made);
  const step = attempt(() => (given.at ? readNumber("at", last("at")) : null), null);
  const asked = last("view", "").split(",");
  return { state: { experiment, view: asked.filter((word) => words.includes(word)) }, at: step, sentences, plays: asked.includes("play") };
}

/* The experiment with the surface of a link. */
const findProblem = (name, first, readProblem) => (name === first.problem.name ? first : takeProblem(first, readProblem(name)));

/* What a link leaves out is at its default. */
const resetFields = (experiment) => ({
  ...experiment, steps: 500, noise: 0, target: null, start: experiment.problem.home,
  problem: { ...experiment.problem, parameters: findOwn(experiment.problem) },
});

function readRules(given, made, catalog, attempt) {
  const read = (text) => completeRule(catalog, checkRule(readRule(text, (name) => findRule(catalog, name), (name) => findSchedule(catalog, name)), catalog));
  const rules = (given.rule || []).flatMap((text) => attempt(() => [read(text)], []));
  if (!rules.length || rules.length < given.rule.length) return { rules: rules.length ? rules : made.rules, forks: [] };
  return { rules, forks: (given.fork || []).flatMap((text) => attempt(() => [readFork(text, rules.length, read)], [])) };
}

function readFork(text, count, read) {
  const found = /^(\d{1,6})@(\d{1,6}):(.+)$/.exec(text);
  if (!found || Number(found[1]) < 1 || Number(found[1]) > count) throw new Error(`a fork reads like 2@120:adam:lr=0.01 (optimizer, step, rule), got "${text.slice(0, 40)}"`);
  return { optimizer: Number(found[1]), step: Number(found[2]), rule: read(found[3]) };
}

function findPin(text, known) {
  if (!known.has(text)) throw new Error("this page has only the pinned runs that it was made with");
  return known.get(text);
}

function readPoint(text) {
  const point = text.split(",").map((each) => readFinite("start", 1e12)(each));
  if (point.length !== 2) throw new Error(`start must be 2 numbers such as -1.2,1, got ${text.slice(0, 40)}`);
  return point;
}

function readParameters(text, { problem }) {
  const pairs = text.split(",").map((part) => part.split("=")).map(([name, value]) => [name.trim(), readFinite(name.trim())(value)]);
  const unknown = pairs.find(([name]) => !(name in problem.ranges));
  if (unknown) throw new Error(`the surface has no parameter "${unknown[0].slice(0, 40)}"`);
  return Object.fromEntries(pairs);
}

export function readNoise(text) {
  const value = readNumber("noise", text);
  if (value >= 0 && value <= 1e6) return value;
  throw new Error(`noise must be a number from 0 to 1000000, got ${text.slice(0, 40)}`);
}

/* The noise, of whose samples the page has those of some steps. */
export function checkNoise(steps, noise, noisy) {
  if (noise && steps > noisy) throw new Error(`this page has the noise of ${noisy} steps: take fewer steps, or noise 0`);
  return noise;
}
