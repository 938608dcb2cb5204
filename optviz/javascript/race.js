/* All runs of an experiment, in the order of Experiment.perform(), with labels, looks and results.
   An experiment is plain data, see views/live/payload.py; its numbers may be replaced at will. */
import { findHome, findStart } from "./home.js";
import { formatLabel, labelFork, labelPin, labelStart, numberLabels } from "./labels.js";
import { run } from "./run.js";
import { chooseStyles, isExtraStart, nameLegendGroup } from "./styles.js";
import { NOT_BEGUN, findDefaultTarget, summarizeRun } from "./summary.js";

export const KEPT = "goes on with what the run remembered";
export const FRESH = "starts with an empty memory";
const NAMES = ["x", "y"];

/* Makes the runs of a race; `modules` are the loaded modules by their key, and the samples of noise
   that has an address by that. Returns {runs, target,
   rows, minima, start}; null where a run needs a derivative or a factor that no module knows, or where
   a typed formula has no point to start from. */
export function makeRace(given, modules) {
  const start = findStart(given, modules[given.problem.module]);
  if (!start) return null;
  const experiment = { ...given, start };
  const own = makeOwnRuns(experiment, modules);
  const pins = own && experiment.pins.map((pin, place) => makePin(experiment, pin, place, modules));
  if (!own || pins.includes(null)) return null;
  const made = [...own, ...pins], minima = findMinima(experiment.problem);
  const labels = numberLabels(made.map((each) => each.label));
  made.forEach((each, i) => { each.label = labels[i]; });
  const styles = chooseStyles(made, experiment.looks);
  const runs = made.map((each, i) => ({
    ...each, ...styles[i], legendGroup: nameLegendGroup(each), isExtraStart: isExtraStart(each),
  }));
  const target = runs.length ? experiment.target ?? chooseTarget(experiment, modules, runs, minima) : null;
  const rows = runs.map((each) => {
    const problem = each.origin.pin === null ? experiment.problem : experiment.pins[each.origin.pin].problem;
    const cells = summarizeRun({ window: problem.window, minima: findMinima(problem) }, each, target);
    return { label: each.label, cells };
  });
  return { runs, target, rows, minima, start };
}

/* The known minima of a problem at the values of its parameters: none beyond their ranges. */
export function findMinima({ minima, parameters, ranges }) {
  const isKnown = ([name, [, low, high]]) => low <= parameters[name] && parameters[name] <= high;
  return Object.entries(ranges).every(isKnown) ? minima : [];
}

function chooseTarget({ problem }, modules, runs, minima) {
  const surface = modules[problem.module], evaluate = ([x, y]) => surface.value(x, y, problem.parameters);
  const home = findHome(problem, surface) ?? problem.home;
  const own = runs.filter(({ origin }) => origin.fork === null && origin.pin === null);
  return findDefaultTarget(own, problem.window, minima.map(evaluate), evaluate(home));
}

/* The runs of each optimizer that is on, from each start, then those of the forks; null as above. */
function makeOwnRuns(experiment, modules) {
  const runs = [], main = [];
  for (const [index, entry] of experiment.rules.entries()) {
    for (const [place, start] of (entry.on ? [experiment.start, ...experiment.also] : []).entries()) {
      const made = makeRun(experiment, entry, modules, { start });
      if (!made) return null;
      if (!place) main[index] = made;
      runs.push({ ...made, label: labelStart(made.label, start, place), origin: makeOrigin({ rule: index, start: place }) });
    }
  }
  for (const [place, fork] of experiment.forks.entries()) {
    const index = fork.optimizer - 1;
    main[index] ??= makeRun(experiment, experiment.rules[index], modules, { start: experiment.start });
    const made = main[index] && makeFork(experiment, fork, main[index], modules);
    if (!made) return null;
    runs.push({ ...made, origin: makeOrigin({ rule: index, fork: place }) });
  }
  return runs;
}

function makePin(experiment, pin, place, modules) {
  const made = makeRun(pin, pin.rules[0], modules, { start: pin.start });
  const label = made && labelPin(made.label, pin.problem, experiment.problem);
  return made && { ...made, label, origin: makeOrigin({ pin: place }) };
}

const makeOrigin = (origin) => ({ rule: null, start: 0, fork: null, pin: null, ...origin });

/* The run of one optimizer; `more` are a start, and of a fork its first step and state. */
export function makeRun(experiment, entry, modules, more) {
  const plan = planRun(experiment, entry, modules, more), made = plan && run(plan);
  const isFinished = made?.ended === "finished";
  return made && { ...made, ...describeEntry(entry), isFinished, isNoisy: Boolean(experiment.noise), names: NAMES };
}

/* What the run of one optimizer is made of, as `run` takes it; null where its schedule is known for
   fewer steps. */
export function planRun({ problem, steps, noise, samples }, entry, modules, more) {
  if ((entry.schedule?.length ?? steps) < steps) return null;
  return {
    ...more, steps, noise,
    surface: modules[problem.module], parameters: problem.parameters,
    rule: modules[entry.module], settings: listSettings(entry),
    schedule: entry.schedule && modules[entry.schedule.module], factors: fitSchedule(entry.schedule, steps),
    samples: noise ? modules[samples.address] ?? unpackSamples(samples) : null,
  };
}

const describeEntry = (entry) => ({ label: formatLabel(entry), kind: entry.kind });

/* The numbers of a rule, that of its decay among them. */
const listSettings = ({ settings, decay }) => (decay ? { ...settings, wd: decay.value } : settings);

/* The numbers of a schedule; an open length is the run's. */
function fitSchedule(schedule, steps) {
  const settings = schedule?.settings;
  return settings?.steps === null ? { ...settings, steps } : settings;
}

/* A run continued at one of its steps by another rule, as optviz.runs.forks does it. */
export function makeFork(experiment, { step, rule: entry }, parent, modules) {
  const row = step - parent.first;
  if (row >= parent.lr.length) return makeEmptyFork(entry, step, parent);
  const start = [parent.x[row], parent.y[row]], rule = modules[entry.module];
  const state = restoreState(parent, row, rule.init(start, listSettings(entry)));
  const made = makeRun(experiment, entry, modules, { start, first: step, state });
  return made && { ...made, label: labelFork(made.label, step), memory: state ? KEPT : FRESH };
}

/* The run's state before a row as that of another rule; null if it does not fit. */
function restoreState(parent, row, fresh) {
  const names = Object.keys(parent.initial), wanted = Object.keys(fresh);
  if (names.length !== wanted.length || names.some((name, i) => name !== wanted[i])) return parent.step[row] === 0 ? fresh : null;
  if (!row) return parent.initial;
  const take = (column) => (Array.isArray(column) ? column.map((each) => each[row - 1]) : column[row - 1]);
  return Object.fromEntries(names.map((name) => [name, take(parent.state[name])]));
}

/* The fork of a run that ended before: its last point, and why there is no more. The loss there is
   nan, for that is the other run's. */
function makeEmptyFork(entry, step, parent) {
  const { label, kind } = describeEntry(entry), empty = new Float64Array(0);
  const [steps, x, y] = [parent.step, parent.x, parent.y].map((column) => column.slice(-1)), losses = Float64Array.of(NaN);
  return {
    first: steps[0], step: steps, x, y, losses, lr: empty, gradX: empty, gradY: empty,
    state: {}, initial: {}, ended: `${NOT_BEGUN}: the run that it leaves ${parent.ended}`,
    label: labelFork(label, step), kind, isFinished: false, isNoisy: false, names: NAMES, memory: FRESH,
  };
}

const unpacked = new WeakMap();

/* The samples as numbers; what Python packed is unpacked once. */
function unpackSamples(samples) {
  if (samples.bdata === undefined) return samples;
  if (!unpacked.has(samples)) {
    const bytes = Uint8Array.from(atob(samples.bdata), (letter) => letter.charCodeAt(0));
    unpacked.set(samples, new Float64Array(bytes.buffer));
  }
  return unpacked.get(samples);
}
