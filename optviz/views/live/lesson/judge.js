/* Which choice of a question holds, by the runs themselves, as optviz/lessons/judge.py has it: a
   condition is clauses {left, sign, number, words, right}, of which all must hold; a quantity is
   {measure, run, at}. Touches no page. */
import { findMinima } from "../../../javascript/race.js";

const SIGNS = {
  "<": (a, b) => a < b, ">": (a, b) => a > b, "<=": (a, b) => a <= b, ">=": (a, b) => a >= b,
  "=": (a, b) => a === b, "!=": (a, b) => a !== b,
};

/* For each choice whether it holds; one whose `holds` is null does where no other does. */
export function judge(choices, read) {
  const plain = choices.map(({ holds }) => holds !== null && holds.every((clause) => isTrue(clause, read)));
  const isNone = !plain.includes(true);
  return choices.map(({ holds }, i) => (holds === null ? isNone : plain[i]));
}

function isTrue({ left, sign, number, words, right }, read) {
  const value = read(left);
  if (typeof value === "string") return words.includes(value) === (sign === "=");
  const other = right ? number * read(right) : number;
  return !Number.isNaN(value) && !Number.isNaN(other) && SIGNS[sign](value, other);
}

/* What reads a quantity off the measures of a picture that is no race. */
export const readPicture = (measures) => ({ measure }) => measures[measure] ?? NaN;

/* What reads a quantity off a race, whose runs are numbered from 1. */
export const readRace = ({ runs, rows }, { problem, pins }) => ({ measure, run: number, at }) => {
  const run = runs[number - 1], { pin } = run.origin;
  return measureRun(measure, run, rows[number - 1].cells, at, findMinima(pin === null ? problem : pins[pin].problem));
};

function measureRun(name, run, cells, at, minima) {
  if (name === "final" || name === "best") return cells[`${name} loss`] ?? NaN;
  if (name === "steps") return cells["steps to target"] ?? Infinity;
  if (name === "outcome") return cells.outcome.split(" at step ")[0];
  if (name === "peak") return run.losses.reduce((most, loss) => (Number.isNaN(most) || loss <= most ? most : loss), -Infinity);
  if (name === "travel") return findTravel(run);
  if (name === "turns x") return countTurns(run.x);
  if (name === "turns y") return countTurns(run.y);
  return measurePoint(name, run, at, minima);
}

/* A number of one point: that at a step, or the last; NaN where the run does not have it. */
function measurePoint(name, { step, x, y, losses, lr }, at, minima) {
  const place = at === null ? step.length - 1 : step.indexOf(at);
  if (place < 0) return NaN;
  if (name === "lr") return lr[Math.min(place, lr.length - 1)] ?? NaN;
  if (name === "loss") return losses[place];
  if (name === "distance") return minima.length ? Math.min(...minima.map(([a, b]) => Math.hypot(x[place] - a, y[place] - b))) : NaN;
  return name === "x" ? x[place] : y[place];
}

function findTravel({ x, y }) {
  let way = 0;
  for (let i = 1; i < x.length; i++) way += Math.hypot(x[i] - x[i - 1], y[i] - y[i - 1]);
  return way;
}

/* How often the moves along a column change their sign; a move of 0 has none. */
function countTurns(values) {
  let turns = 0, last = 0;
  for (let i = 1; i < values.length; i++) {
    const sign = Math.sign(values[i] - values[i - 1]);
    if (!sign) continue; // 0, or NaN
    if (last && sign !== last) turns += 1;
    last = sign;
  }
  return turns;
}
