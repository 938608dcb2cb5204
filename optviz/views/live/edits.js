/* What a person can change of an experiment: each edit takes one and returns another, or throws the
   sentence on why not. Touches no page. */
import { findHome } from "../../javascript/home.js";
import { formatGeneral, formatShortest } from "../../javascript/text.js";
import { completeRule, findRule, findSchedule } from "./options.js";
import { findOwn, formatNumber, formatPoint, isSamePoint, listChanged, readNumber, writeQuery } from "./spelling.js";

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

const refuse = (kind, words, limits) => { throw new Error(`an experiment has at most ${limits[kind]} ${words}: remove one first`); };

/* A fork is found by trials, see javascript/trial.js. */
export function addFork(experiment, fork, limits) {
  if (experiment.forks.length >= limits.forks) refuse("forks", "forks", limits);
  return checkWork({ ...experiment, forks: [...experiment.forks, fork] }, limits);
}

/* The run of an optimizer from a start, kept as it is now. */
export function addPin(experiment, index, start, limits) {
  if (experiment.pins.length >= limits.pins) refuse("pins", "pinned runs", limits);
  const pin = { ...experiment, rules: [{ ...experiment.rules[index], on: true }], start, also: [], forks: [], pins: [], target: null };
  if (experiment.pins.some((each) => writeQuery(each) === writeQuery(pin))) throw new Error("this run is pinned already");
  return checkWork({ ...experiment, pins: [...experiment.pins, pin] }, limits);
}

/* The learning rates of the optimizers with the same rule as one of them, without its own. */
export const listRates = ({ rules }, index) => rules.flatMap(({ name, settings }, i) => (i !== index && name === rules[index].name ? [settings.lr] : []));
export const setRate = (experiment, index, lr) => ({ ...experiment, rules: put(experiment.rules, index, { ...experiment.rules[index], settings: { ...experiment.rules[index].settings, lr } }) });

/* A fork, a pinned run, or all runs from another start, by the field that holds it. */
export const removeItem = (experiment, kind, place) => ({ ...experiment, [kind]: experiment[kind].filter((_, i) => i !== place) });

/* ---- the run and the surface ---- */
export const setParameter = (experiment, name, value) => {
  const { problem } = experiment;
  return { ...experiment, problem: { ...problem, parameters: { ...problem.parameters, [name]: value } } };
};
/* Another surface brings its own parameters and start; pins and target belong to the old one. */
export const takeProblem = (experiment, problem) => ({ ...experiment, problem, start: problem.home, also: [], pins: [], target: null });

/* The same as Experiment.change_problem in Python: a typed formula after another keeps the values of
   letters that stay, and the starts at which it, whose module is `surface`, has a value. Returns
   {experiment, left}, a sentence on what has no place there or "". */
export function changeProblem(before, problem, surface) {
  if (!before.problem.isTyped || !problem.isTyped) return { experiment: takeProblem(before, problem), left: "" };
  const changed = listChanged(before.problem), made = keepValues(problem, changed, surface);
  const hasValue = ([x, y]) => Number.isFinite(surface.value(x, y, made.parameters));
  const isMoved = !isSamePoint(before.start, before.problem.home), isKept = isMoved && hasValue(before.start);
  const left = [
    ...changed.filter(([name, value]) => made.parameters[name] !== value).map(([name, value]) => `${name}=${formatShortest(value)}`),
    ...(isMoved && !isKept ? [`start=${formatPoint(before.start)}`] : []),
    ...before.also.filter((each) => !hasValue(each)).map((each) => `also=${formatPoint(each)}`),
  ];
  const experiment = { ...takeProblem(before, made), start: isKept ? before.start : made.home, also: before.also.filter(hasValue) };
  return { experiment, left: left.length ? `the new formula has no place for ${left.join(", ")}` : "" };
}

/* The problem with the values of its own letters among some pairs, unless it is finite nowhere then. */
function keepValues(problem, pairs, surface) {
  const parameters = { ...findOwn(problem), ...Object.fromEntries(pairs.filter(([name]) => Object.hasOwn(problem.parameters, name))) };
  const home = findHome({ ...problem, parameters }, surface);
  return home ? { ...problem, parameters, home } : problem;
}

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
  throw new Error(`${name} must be a whole number from 1 to ${most}, got ${formatShortest(value)}`);
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
