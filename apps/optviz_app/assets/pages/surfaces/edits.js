/* The numbers of an experiment (see views/live/payload.py) by the controls of the page. Touches no page. */

const isInside = (value, domain) => {
  if (!Number.isFinite(value)) return false;
  if (!domain) return true;
  const { low, lowOpen, high, highOpen, isWhole } = domain;
  if (low !== null && !(lowOpen ? value > low : value >= low)) return false;
  if (high !== null && !(highOpen ? value < high : value <= high)) return false;
  return !isWhole || Number.isInteger(value);
};

/* Where the number of a control stands: [record, name, domain]; null for one that is none. */
function findNumber(experiment, id) {
  if (typeof id === "string") return findField(experiment, id);
  const { role, owner, card, field } = id;
  if (role === "parameter") return [experiment.problem.parameters, id.name, null];
  const rule = owner === "forks" ? experiment.forks[card]?.rule : experiment.rules[card];
  if (!rule) return null;
  if (role === "hyper") return [rule.settings, field, rule.domain[field]];
  if (role === "wd") return rule.decay && [rule.decay, "value", { low: 0, lowOpen: false, high: null, isWhole: false }];
  return role === "setting" && rule.schedule ? [rule.schedule.settings, field, rule.schedule.domain[field]] : null;
}

function findField(experiment, id) {
  const { limits, noise } = experiment, closed = { lowOpen: false, highOpen: false };
  const fields = {
    "start-x": [experiment.start, 0, null],
    "start-y": [experiment.start, 1, null],
    steps: [experiment, "steps", { ...closed, low: 1 + Math.max(0, ...experiment.forks.map(({ step }) => step)), high: countSteps(experiment, limits.steps), isWhole: true }],
    noise: [experiment, "noise", { ...closed, low: noise > 0 ? 1e-300 : 0, high: noise > 0 ? 1e6 : 0, isWhole: false }],
  };
  return fields[id] || null;
}

/* The most steps for which there is noise. */
const countSteps = ({ noise, samples }, most) => (noise ? samples.steps : most);

/* Set the number of a control, or both of "start". False where another module is needed for it, where
   it is refused, or where it is none of these numbers: then only the server knows. */
export function setNumber(experiment, id, value) {
  if (id === "start") return setNumber(experiment, "start-x", value[0]) && setNumber(experiment, "start-y", value[1]);
  const found = findNumber(experiment, id);
  if (!found) return false;
  const [record, name, domain] = found, before = record[name];
  if (typeof before !== "number" || !isInside(value, domain)) return false;
  const isStructural = id.role === "hyper" && findRule(experiment, id).structural.includes(name);
  if (isStructural && (value === 0) !== (before === 0)) return false;
  record[name] = value;
  return true;
}

const findRule = (experiment, { owner, card }) => (owner === "forks" ? experiment.forks[card].rule : experiment.rules[card]);

/* All that decides the runs, as one text: two experiments that agree in it have the same runs. */
export function readNumbers({ problem, start, also, steps, noise, seed, rules, forks, pins, target }) {
  return JSON.stringify([
    problem.module, problem.parameters, start, also, steps, noise, seed, rules.map(readRule),
    forks.map(({ optimizer, step, rule }) => [optimizer, step, readRule(rule)]), pins.map(readNumbers), target,
  ]);
}

const readRule = ({ module, on, settings, decay, schedule }) => [module, on, settings, decay, schedule && [schedule.module, schedule.settings]];
