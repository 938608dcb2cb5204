/* What a person can change of an experiment: each edit takes one and returns another, or throws the
   sentence on why not. Touches no page. */
import { formatGeneral } from "../../javascript/text.js";
import { completeRule, findRule, findSchedule } from "./options.js";
import { formatNumber, readNumber } from "./spelling.js";

const put = (list, index, value) => list.map((each, i) => (i === index ? value : each));

/* ---- an optimizer ---- */
export function editRule(experiment, index, catalog, change) {
  const before = experiment.rules[index];
  return { ...experiment, rules: put(experiment.rules, index, completeRule(catalog, { ...before, ...change(before) })) };
}

/* Another rule begins with its own defaults; it keeps decay and schedule. */
export const chooseRule = (name, catalog) => ({ schedule }) => {
  const defaults = findRule(catalog, name);
  const isCycled = schedule && schedule.settings.cycle_momentum && !("beta1" in defaults);
  const settings = isCycled ? { ...schedule.settings, cycle_momentum: false } : null;
  return { name, settings: { ...defaults }, schedule: isCycled ? { ...schedule, settings } : schedule };
};

export const setSetting = (name, value) => ({ settings }) => ({ settings: { ...settings, [name]: value } });
export const switchRule = (on) => () => ({ on });
export const setMaximize = (maximize) => () => ({ maximize });
export const chooseDecay = (kind) => ({ decay }) => ({ decay: kind === "none" ? null : { kind, value: decay ? decay.value : 0.01 } });
export const setDecay = (value) => ({ decay }) => ({ decay: { ...decay, value } });
export const chooseSchedule = (name, catalog) => () => ({
  schedule: name === "constant" ? null : { name, settings: { ...findSchedule(catalog, name) } },
});
export const setFactor = (name, value) => ({ schedule }) => ({ schedule: { ...schedule, settings: { ...schedule.settings, [name]: value } } });

/* ---- the list of optimizers; forks go with the optimizer whose run they leave ---- */
const moveForks = (forks, from, by) => forks.map((fork) => (fork.optimizer > from ? { ...fork, optimizer: fork.optimizer + by } : fork));

export function addRule(experiment, catalog, limits) {
  const used = new Set(experiment.rules.map(({ name }) => name)), names = Object.keys(catalog.rules);
  const name = names.find((each) => !used.has(each)) || "adam";
  const rule = completeRule(catalog, { name, on: true, settings: { ...findRule(catalog, name) }, decay: null, maximize: false, schedule: null });
  return checkWork({ ...experiment, rules: [...experiment.rules, rule] }, limits);
}

export function duplicateRule(experiment, index, limits) {
  const rules = [...experiment.rules.slice(0, index + 1), experiment.rules[index], ...experiment.rules.slice(index + 1)];
  return checkWork({ ...experiment, rules, forks: moveForks(experiment.forks, index + 1, 1) }, limits);
}

export function removeRule(experiment, index) {
  const forks = experiment.forks.filter(({ optimizer }) => optimizer !== index + 1);
  return { ...experiment, rules: experiment.rules.filter((_, i) => i !== index), forks: moveForks(forks, index + 1, -1) };
}

/* A fork, a pinned run, or all runs from another start, by the field that holds it. */
export const removeItem = (experiment, kind, place) => ({ ...experiment, [kind]: experiment[kind].filter((_, i) => i !== place) });

/* ---- the run and the surface ---- */
export const setParameter = (experiment, name, value) => {
  const { problem } = experiment;
  return { ...experiment, problem: { ...problem, parameters: { ...problem.parameters, [name]: value } } };
};
/* Another surface brings its own parameters and start. */
export const setProblem = (experiment, problem) => ({ ...experiment, problem, start: problem.home, also: [], pins: [], target: null });
export const setStart = (experiment, start) => ({ ...experiment, start });
export const setAlso = (experiment, also, limits) => checkWork({ ...experiment, also }, limits);
export const setNoise = (experiment, noise) => ({ ...experiment, noise });
export const setTarget = (experiment, target) => ({ ...experiment, target });

/* Forks that would begin after the end go. */
export function setSteps(experiment, steps, limits) {
  return checkWork({ ...experiment, steps, forks: experiment.forks.filter(({ step }) => step < steps) }, limits);
}

export function checkWork(experiment, limits) {
  const { rules, also, forks, pins, steps } = experiment;
  if (rules.length > limits.rules) throw new Error(`an experiment has 1 to ${limits.rules} rules, got ${rules.length}`);
  const own = rules.filter(({ on }) => on).length * (1 + also.length) + forks.length;
  const work = own * steps + pins.reduce((sum, pin) => sum + pin.steps, 0);
  if (work > limits.work) throw new Error(`all runs together make ${work} steps, at most ${limits.work}: take fewer optimizers, starts or steps`);
  return experiment;
}

/* ---- numbers as they are typed: the domain that Python refuses to leave, in its own words ---- */
export const readHyper = ({ name, below = null }) => (text) => {
  const value = readNumber(name, text), most = below ?? Infinity;
  if (value >= 0 && value < most) return value;
  const domain = most === Infinity ? "at least 0 and finite" : `at least 0 and below ${formatGeneral(most)}`;
  throw new Error(`${name} must be ${domain}, got ${formatGeneral(value)}`);
};

export const readCount = (name, most) => (text) => {
  const value = readNumber(name, text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new Error(`${name} must be a whole number from 1 to ${most}, got ${formatGeneral(value)}`);
};

export const readFinite = (name, most = Infinity) => (text) => {
  const value = readNumber(name, text);
  if (Number.isFinite(value) && Math.abs(value) <= most) return value;
  throw new Error(`${name} must be finite${most < Infinity ? `, at most ${formatGeneral(most)} in size` : ""}, got ${formatGeneral(value)}`);
};

/* More starts of a text such as "1,2; -1,0". */
export const readStarts = (most) => (text) => {
  const starts = text.split(";").map((part) => part.trim()).filter(Boolean).map((part) => {
    const pair = part.split(",");
    if (pair.length !== 2) throw new Error(`write more starting points as 1,2; -1,0 and not as "${part.slice(0, 40)}"`);
    return pair.map(readFinite("start", 1e12));
  });
  if (starts.length > most) throw new Error(`also must be a list of at most ${most}, got ${starts.length}`);
  return starts;
};

const WHOLE = ["steps", "every"];
const BETWEEN = { peak: "between 0 and 1", max_momentum: "between 0 and 1" };
const BELOW = { base_momentum: "at least 0 and below 1" };

/* A number of a schedule; an empty length is the run's. */
export const readFactor = (name, isOpen) => (text) => {
  if (isOpen && !text.trim()) return null;
  const value = readNumber(name, text), isWhole = WHOLE.includes(name);
  const refuse = (domain) => { throw new Error(`${name} must ${domain}, got ${formatGeneral(value)}`); };
  if (!Number.isFinite(value) || value < (isWhole ? 1 : 0) || (isWhole && value % 1)) refuse(`be ${isWhole ? "a whole number of at least 1" : "at least 0 and finite"}`);
  if (name in BETWEEN && !(value > 0 && value < 1)) refuse(name === "peak" ? "lie between 0 and 1" : `be ${BETWEEN[name]}`);
  if (name in BELOW && !(value < 1)) refuse(`be ${BELOW[name]}`);
  return value;
};

/* The choices of an optimizer that comes from a text; throws the sentence on a number out of its domain. */
export function checkRule(choices, catalog) {
  const { name, settings, decay, schedule } = choices;
  for (const each of catalog.rules[name].settings) if (!each.isSwitch) readHyper(each)(formatNumber(settings[each.name]));
  if (decay) readHyper({ name: decay.kind })(formatNumber(decay.value));
  for (const [key, value] of Object.entries(schedule ? schedule.settings : {})) {
    if (typeof value === "number") readFactor(key, false)(formatNumber(value));
  }
  return choices;
}
