/* A learning rate at which an optimizer runs, found by short trials from the start of a race: the same
   as optviz/experiments/trial.py finds. `experiment` has its start as a point; an `entry` is one of its
   rules, whatever it may be called. */
import { makeFork, makeRun } from "./race.js";
import { describeOutcome } from "./summary.js";

export const RATES = Array.from({ length: 36 }, (_, i) => Number(`${[1, 2, 5][i % 3]}e${Math.floor(i / 3) - 9}`));
const FACTORS = [0.5, 2, 0.25, 4, 0.1, 10]; // what a copy's learning rate is multiplied by
const STEPS = 200, ROOM = 0.5, SWING = 0.25, NEAR = 1.5, ENOUGH = 0.03;

const setLr = (entry, lr) => ({ ...entry, settings: { ...entry.settings, lr } });
const isNear = (lr, taken) => taken.some((each) => each / NEAR < lr && lr < each * NEAR);

/* The learning rate that brings an optimizer low; the least of those that do nearly as well, with which
   the next larger one runs too and the loss does not swing. Those near `taken` are left. */
export function chooseLr(experiment, entry, modules, taken = []) {
  const found = tryRates(experiment, entry, modules, RATES), runsBeyond = (i) => i + 1 === RATES.length || Number.isFinite(found[i + 1].loss);
  const able = RATES.map((lr, i) => ({ lr, ...found[i] }))
    .filter(({ lr, loss, isCalm }, i) => Number.isFinite(loss) && isCalm && runsBeyond(i) && !isNear(lr, taken));
  const losses = able.map(({ loss }) => loss), best = Math.min(...losses), enough = best + ENOUGH * (Math.max(...losses) - best);
  return (able.find(({ loss }) => loss <= enough) ?? { lr: RATES[0] }).lr;
}

/* Half the learning rate of an optimizer, or another multiple with which it runs. */
export function varyLr(experiment, entry, modules, taken = []) {
  const rates = FACTORS.map((factor) => factor * entry.settings.lr), found = tryRates(experiment, entry, modules, rates);
  return rates.find((lr, i) => Number.isFinite(found[i].loss) && !isNear(lr, taken)) ?? chooseLr(experiment, entry, modules, taken);
}

/* A fork of an optimizer, counted from 0, that leaves its run: with another learning rate. Throws the
   sentence on why there can be none. */
export function varyFork(experiment, optimizer, step, modules, taken = []) {
  const { steps, start, problem } = experiment, rule = experiment.rules[optimizer];
  if (step >= steps) throw new Error(`the runs end at step ${steps}: fork at an earlier step`);
  const parent = makeRun(experiment, rule, modules, { start });
  if (parent && step >= parent.step.at(-1)) throw new Error(`${parent.label} ${parent.ended.split(":")[0]}: fork it at an earlier step`);
  const rates = FACTORS.map((factor) => factor * rule.settings.lr).filter((lr) => !isNear(lr, taken));
  const forks = [...rates, rule.settings.lr].map((lr) => ({ optimizer: optimizer + 1, step, rule: { ...setLr(rule, lr), on: true } }));
  const runs = (fork) => {
    const made = parent && makeFork(experiment, fork, parent, modules);
    return made && !/^(diverged|stopped)/.test(describeOutcome(made, problem.window));
  };
  return forks.slice(0, -1).find(runs) ?? forks[0];
}

/* True where an optimizer comes through a trial as it is. */
export const runsWell = (experiment, entry, modules) => Number.isFinite(tryRates(experiment, entry, modules, [entry.settings.lr])[0].loss);

/* The highest `loss` of the last tenth of a run at each learning rate, and if it `isCalm`; NaN where it stops being finite,
   leaves the surroundings of the window, or ends above its start. Where the rule climbs, all losses
   count with the other sign. */
export function tryRates(experiment, entry, modules, rates) {
  const steps = Math.min(experiment.steps, STEPS), plan = { ...experiment, steps, noise: 0 };
  return rates.map((lr) => judge(makeRun(plan, setLr(entry, lr), modules, { start: experiment.start }), entry, experiment.problem.window, steps));
}

function judge(run, { maximize }, window, steps) {
  const none = { loss: NaN, isCalm: false };
  if (!run?.isFinished) return none;
  const bounds = [run.x, run.y].map((column, i) => {
    const [low, high] = window[i], room = ROOM * (high - low);
    return [Math.min(low, column[0]) - room, Math.max(high, column[0]) + room];
  });
  const isInside = [run.x, run.y].every((column, i) => column.every((each) => each >= bounds[i][0] && each <= bounds[i][1]));
  const losses = maximize ? run.losses.map((each) => -each) : run.losses;
  if (!isInside || !losses.every(Number.isFinite)) return none;
  const last = losses.subarray(losses.length - 1 - Math.floor(steps / 10)), top = Math.max(...last), bottom = Math.min(...last);
  return { loss: top <= losses[0] ? top : NaN, isCalm: top - bottom <= SWING * (losses[0] - bottom) };
}
