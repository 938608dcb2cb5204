/* Final and best loss of an optimizer against its learning rate, as optviz.learning_rates makes them.
   A curve does not depend on the learning rate that is set: while a hand moves that, it stays. */
import { findStart } from "./home.js";
import { planRun } from "./race.js";
import { setStep } from "./run.js";

export const COUNT = 49; // learning rates of a curve at first: about ten in each factor of ten
const MOST = 72; // with those between two that differ most
const STEEP = 2; // factors of ten between two losses that ask for one between

/* The losses of a run at a learning rate: {final, best, first}. As in Python a loss is infinite where
   the run diverged, NaN where it met a point without a derivative; null where no module knows one. */
export function measureRate({ surface, rule, schedule, steps, start, samples, noise, settings, parameters, factors }, lr) {
  const given = { ...settings, lr }, own = { ...given }, params = [...start], grad = [0, 0];
  if (schedule) setStep(own, given, schedule, 0, factors);
  const state = rule.init(params, own);
  let best = Infinity, first = NaN;
  for (let step = 0; step < steps; step++) {
    const found = surface.grad(params[0], params[1], parameters);
    if (!found) return null;
    const loss = found[0];
    if (!step) first = loss;
    if (!Number.isFinite(loss)) return { final: Infinity, best, first };
    if (loss < best) best = loss;
    for (let i = 0; i < 2; i++) grad[i] = samples ? found[i + 1] + noise * samples[2 * step + i] : found[i + 1];
    if (schedule) setStep(own, given, schedule, step, factors);
    rule.update(params, grad, state, own);
    if (!(Number.isFinite(params[0]) && Number.isFinite(params[1]))) {
      return { final: grad.some(Number.isNaN) ? NaN : Infinity, best, first };
    }
  }
  const final = surface.value(params[0], params[1], parameters), isThere = Number.isFinite(final);
  return { final: isThere ? final : Infinity, best: isThere && final < best ? final : best, first };
}

/* The ends of the learning rates of an optimizer: its slider's, or the power of ten beyond those for
   an lr that is set outside. Null for a rule that has no lr. */
export function findEnds({ rates, settings: { lr } }) {
  if (!rates || typeof lr !== "number") return null;
  const [low, high] = rates;
  return [lr > 0 && lr < low ? 10 ** Math.floor(Math.log10(lr)) : low, lr > high ? 10 ** Math.ceil(Math.log10(lr)) : high];
}

/* Learning rates between two ends, in equal steps of their logarithm. */
export function listRates([low, high], count = COUNT) {
  const begin = Math.log10(low), span = Math.log10(high) - begin;
  return Array.from({ length: count }, (_, place) => 10 ** (begin + (span * place) / (count - 1)));
}

/* All that a curve depends on, as one text; the learning rate that is set is none of it. */
export function signCurve({ problem, steps, noise, seed, start, samples }, entry) {
  const { module, settings, decay, schedule } = entry, { lr: _, ...rest } = settings;
  return JSON.stringify([
    problem.module, problem.parameters, steps, noise, seed, start, noise ? samples?.address ?? null : null,
    module, rest, decay, schedule && [schedule.module, schedule.settings], findEnds(entry),
  ]);
}

/* The places of a list, coarse ones first: every eighth, then every fourth, ... */
export function orderCoarsely(count, coarse = 8) {
  const order = [];
  for (let every = coarse; every >= 1; every /= 2) {
    for (let place = 0; place < count; place += every) if (every === coarse || place % (2 * every)) order.push(place);
  }
  return order;
}

/* A curve under way. `work(until)` measures rates till the clock says `until`, the coarse ones first,
   then some between two that differ most; it returns true once nothing is left. */
export function openCurve(plan, ends, clock = () => performance.now()) {
  const rates = listRates(ends), waiting = orderCoarsely(rates.length).map((place) => rates[place]);
  const points = []; // {rate, final, best} by rate
  const curve = { ends, points, first: NaN, isKnown: true, isDone: false, isCoarse: false };
  const measure = (rate) => {
    const found = measureRate(plan, rate);
    if (!found) curve.isKnown = false;
    const { final = NaN, best = NaN, first = curve.first } = found ?? {};
    curve.first = first;
    const place = points.findIndex((each) => each.rate > rate);
    points.splice(place < 0 ? points.length : place, 0, { rate, final, best });
  };
  curve.work = (until) => {
    while (!curve.isDone && clock() < until) {
      if (waiting.length) measure(waiting.shift());
      else {
        const between = points.length < MOST ? findSteepest(points) : null;
        if (between) measure(between);
        else curve.isDone = true;
      }
      curve.isCoarse ||= points.length >= 7;
    }
    return curve.isDone;
  };
  return curve;
}

/* The rate between the two neighbors whose final losses differ most; null where none differ much. */
function findSteepest(points) {
  let most = STEEP, found = null;
  for (let i = 1; i < points.length; i++) {
    const [a, b] = [points[i - 1], points[i]], far = Math.log10(b.rate / a.rate), gap = measureGap(a.final, b.final);
    if (gap > most && far > 1e-3) [most, found] = [gap, Math.sqrt(a.rate * b.rate)];
  }
  return found;
}

/* How far two losses are apart, in factors of ten; a diverged run is far from one that is not. */
function measureGap(a, b) {
  if (Number.isFinite(a) !== Number.isFinite(b)) return 1e3;
  const gap = Math.abs(Math.log10(Math.abs(a)) - Math.log10(Math.abs(b)));
  return Number.isFinite(gap) ? gap : 0;
}

/* The curves of an experiment's optimizers that are on, by the place of the optimizer. What stays the
   same is kept from one experiment to the next; a curve that has to be made anew shows the old one,
   which is `stale`, until its coarse points are there. `work(until)` goes on with all in turn. */
export function openCurves(clock = () => performance.now()) {
  let kept = new Map(); // by place: {sign, curve, old}
  let turn = 0;
  const list = () => [...kept.values()];
  return {
    set(experiment, modules) {
      const start = findStart(experiment, modules[experiment.problem.module]), next = new Map();
      if (!start) return; // the pictures keep what they have
      experiment.rules.forEach((entry, place) => {
        if (!entry.on) return;
        const ends = findEnds(entry), before = kept.get(place), sign = signCurve({ ...experiment, start }, entry);
        if (before?.sign === sign) return next.set(place, before);
        const plan = ends && planRun(experiment, entry, modules, { start });
        const old = before && (before.curve.isCoarse ? before.curve : before.old);
        if (plan) next.set(place, { sign, curve: openCurve(plan, ends, clock), old: old ?? null });
      });
      kept = next;
    },
    work(until) {
      for (let idle = 0; idle < kept.size && clock() < until; turn++) {
        const { curve } = list()[turn % kept.size];
        if (curve.isDone) idle++;
        else {
          idle = 0;
          curve.work(Math.min(until, clock() + 0.3)); // a little of each, so that all grow
        }
      }
      return list().every(({ curve }) => curve.isDone);
    },
    get isDone() {
      return list().every(({ curve }) => curve.isDone);
    },
    /* {place, points, ends, first, isKnown, isStale} of each optimizer. */
    read: () => [...kept].map(([place, { curve, old }]) => {
      const shown = curve.isCoarse || !old ? curve : old;
      return { place, points: shown.points, ends: shown.ends, first: shown.first, isKnown: curve.isKnown, isStale: shown !== curve };
    }),
  };
}
