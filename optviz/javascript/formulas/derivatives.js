/* Exact derivatives by forward mode: every node hands on its value and gradient, as terms on a tape;
   the first ones of formulas/derivatives.py, term by term. */
import { Tape } from "./tape.js";

const invertSine = (u, sign) => u.tape.lift(sign).over(one(u).minus(u).times(one(u).plus(u)).call("sqrt"));
const one = (u) => u.tape.lift(1);
const square = (u) => u.times(u);

/* By function: (u, its value) -> its slope. */
const SLOPES = {
  neg: () => -1,
  sin: (u) => u.call("cos"),
  cos: (u) => u.call("sin").negate(),
  tan: (u, w) => one(u).plus(square(w)),
  asin: (u) => invertSine(u, 1),
  acos: (u) => invertSine(u, -1),
  atan: (u) => one(u).over(one(u).plus(square(u))),
  sinh: (u) => u.call("cosh"),
  cosh: (u) => u.call("sinh"),
  tanh: (u) => square(one(u).over(u.call("cosh"))),
  asinh: (u) => one(u).over(one(u).call("hypot", u)),
  acosh: (u) => one(u).over(u.minus(1).call("sqrt").times(u.plus(1).call("sqrt"))),
  atanh: (u) => one(u).over(one(u).minus(u).times(one(u).plus(u))),
  sigmoid: (u, w) => w.times(u.negate().call("sigmoid")),
  exp: (u, w) => w,
  log: (u) => one(u).over(u),
  log10: (u) => u.tape.lift(1 / Math.LN10).over(u),
  log2: (u) => u.tape.lift(1 / Math.LN2).over(u),
  sqrt: (u, w) => u.tape.lift(0.5).over(w),
  cbrt: (u, w) => u.tape.lift(1 / 3).over(square(w)),
  abs: (u) => u.call("sign"),
  sign: () => 0,
  floor: () => 0,
  ceil: () => 0,
};
const FADING = ["exp", "tanh", "atan", "sigmoid"]; // their slope is 0 only where it is too small for a float

const pair = (u, v, combine) => u.first.map((a, i) => combine(a, v.first[i]));
const makeLeaf = (value, inX = 0, inY = 0) => ({ value, first: [value.tape.lift(inX), value.tape.lift(inY)] });

function applyFunction(op, u) {
  const value = u.value.call(op), slope = value.tape.lift(SLOPES[op](u.value, value));
  return { value, first: u.first.map((d) => (FADING.includes(op) ? slope.fade(d) : slope.times(d))) };
}

/* max or min: the derivatives of the one that is taken. */
function choose(op, u, v) {
  const [more, less] = op === "max" ? [u, v] : [v, u];
  const first = pair(more, less, (a, b) => (a === b ? a : u.value.call("pick", v.value, a, b)));
  return { value: u.value.call(op, v.value), first };
}

const decide = (op, u, v) => makeLeaf(u.value.call(op, v.value));

const where = (condition, u, v) => ({
  value: condition.value.call("where", u.value, v.value),
  first: pair(u, v, (a, b) => (a === b ? a : condition.value.call("where", a, b))),
});

/* u - v*floor(u/v): between its jumps the floor is a constant. */
function takeRemainder(u, v) {
  const value = u.value.call("mod", v.value), whole = u.value.minus(value).over(v.value).plus(0.5).call("floor");
  return { value, first: pair(u, v, (a, b) => a.minus(whole.times(b))) };
}

/* hypot(u, v) or atan2(u, v), by how (u, v) moves along itself and across. */
function findPolar(op, u, v) {
  const value = u.value.call(op, v.value), length = u.value.call("hypot", v.value);
  const p = u.value.call("unit", v.value), q = v.value.call("unit", u.value);
  if (op === "hypot") return { value, first: pair(u, v, (a, b) => p.times(a).plus(q.times(b))) };
  return { value, first: pair(u, v, (a, b) => q.fade(a).minus(p.fade(b)).share(length)) };
}

const multiply = (u, v) => ({
  value: u.value.call("*", v.value),
  first: pair(u, v, (a, b) => v.value.times(a).plus(u.value.times(b))),
});

/* A quotient by the relative slopes of its denominator, which do not overflow. */
function divide(u, v) {
  const value = u.value.call("/", v.value);
  return { value, first: pair(u, v, (a, b) => a.share(v.value).minus(value.times(b.share(v.value)))) };
}

function raise(u, v) {
  if (u.value.number === Math.E) return applyFunction("exp", v);
  const base = u.value, power = v.value, { tape } = base;
  const value = power.number === 0 ? base.call("pow", power) : base.raiseTo(power);
  const fu = power.times(base.raiseTo(power.minus(1)));
  const fv = base.number > 0 ? value.times(base.call("log")) : base.call("powlog", power, tape.lift(1));
  return { value, first: pair(u, v, (a, b) => fu.times(a).plus(fv.times(b))) };
}

const OPERATORS = {
  "+": (u, v) => ({ value: u.value.call("+", v.value), first: pair(u, v, (a, b) => a.plus(b)) }),
  "-": (u, v) => ({ value: u.value.call("-", v.value), first: pair(u, v, (a, b) => a.minus(b)) }),
  "*": multiply,
  "/": divide,
  "^": raise,
  mod: takeRemainder,
  relu: (u) => ({ value: u.value.call("relu"), first: u.first.map((d) => (d.number === 0 ? d : u.value.call("gate", d))) }),
  where,
};
for (const op of ["max", "min"]) OPERATORS[op] = (u, v) => choose(op, u, v);
for (const op of ["hypot", "atan2"]) OPERATORS[op] = (u, v) => findPolar(op, u, v);

/* The value and the gradient of a parsed formula as terms; a parameter is an input of its name. */
export function differentiate(nodes, { COMPARISONS, JOINTS }, operations, careful = false) {
  const tape = new Tape(operations, careful), jets = [];
  const conditions = [...Object.values(COMPARISONS), ...Object.values(JOINTS)];
  for (const { op, args, name, number } of nodes) {
    const given = args.map((place) => jets[place]);
    if (number !== null) jets.push(makeLeaf(tape.lift(number)));
    else if (op === "variable") jets.push(makeLeaf(tape.record("input", name), Number(name === "x"), Number(name === "y")));
    else if (op === "parameter") jets.push(makeLeaf(tape.record("input", name)));
    else if (conditions.includes(op)) jets.push(decide(op, ...given));
    else jets.push(OPERATORS[op] ? OPERATORS[op](...given) : applyFunction(op, ...given));
  }
  return jets.at(-1);
}
