/* Terms on a tape: numbers, inputs and operations on earlier terms, of which equal ones are one; as
   formulas/terms.py makes them, so that the same text has the same arithmetic. */

/* True for a factor far from overflow and underflow: its order does not matter. */
const isModerate = (factor) => Math.abs(factor) > 1e-100 && Math.abs(factor) < 1e100;

/* A term equals factor*core: derivatives gather their numbers in one factor, to multiply less. */
class Term {
  constructor(tape, op, args, number) {
    Object.assign(this, { tape, op, args, number, id: tape.count++, factor: 1, core: this });
    if (number !== null && number !== 1) [this.factor, this.core] = [number, tape.lift(1)];
    else if (op === "neg") [this.factor, this.core] = [-args[0].factor, args[0].core];
    else if (op === "*" && args[0].number && isModerate(args[0].number * args[1].factor)) {
      [this.factor, this.core] = [args[0].number * args[1].factor, args[1].core];
    }
  }

  plus(given) {
    const other = this.tape.lift(given);
    if (this.number === 0 || other.number === 0) return this.number === 0 ? other : this;
    if (this.factor < 0 && other.factor > 0) return other.minus(this.negate());
    return other.factor < 0 ? this.minus(other.negate()) : this.tape.add("+", this, other);
  }

  minus(given) {
    const other = this.tape.lift(given);
    if (this.number === 0 || other.number === 0) return this.number === 0 ? other.negate() : this;
    return other.factor < 0 ? this.plus(other.negate()) : this.tape.add("-", this, other);
  }

  times(given) {
    const { tape } = this, other = tape.lift(given);
    if (this.number === 0 || other.number === 0) return tape.lift(0);
    const factor = this.factor * other.factor;
    if (!isModerate(factor)) return tape.record("*", this, other);
    if (this.core.number === 1 || other.core.number === 1) return tape.scale(factor, this.core.number === 1 ? other.core : this.core);
    return tape.scale(factor, tape.record("*", this.core, other.core));
  }

  over(given) {
    const { tape } = this, other = tape.lift(given);
    if (this.number === 0) return this;
    const factor = this.factor / other.factor;
    if (!isModerate(factor)) return tape.record("/", this, other);
    if (other.core.number === 1) return tape.scale(factor, this.core);
    return tape.scale(factor, tape.record("/", this.core, other.core));
  }

  negate() { return this.tape.scale(-this.factor, this.core); }

  /* Multiply; on a careful tape 0 times inf is 0, as this 0 stands for what is too small. */
  fade(other) {
    if (!this.tape.careful || this.number !== null || other.number !== null) return this.times(other);
    return this.tape.record("fade", this, other);
  }

  /* Divide; on a careful tape by an infinite term, which stands for too large a one, to 0. */
  share(other) {
    if (!this.tape.careful || other.number !== null || this.number === 0) return this.over(other);
    return this.tape.record("share", this, other);
  }

  /* Apply an operation as it was typed: nothing is simplified. */
  call(op, ...others) { return this.tape.record(op, this, ...others); }

  /* Raise to an exponent; by products and roots where the exponent is simple. */
  raiseTo(exponent) {
    const { number } = exponent;
    if (number === null || (2 * number) % 1) return this.call("pow", exponent);
    if (number < 0) return this.tape.lift(1).over(this.raiseTo(exponent.negate()));
    let whole = Math.floor(number), result = this.tape.lift(1), square = this;
    while (whole) {
      const isOdd = whole % 2;
      whole = Math.floor(whole / 2);
      if (isOdd) result = result.times(square);
      if (whole) square = square.times(square);
    }
    return number % 1 ? result.times(this.call("sqrt")) : result;
  }
}

/* All terms of a formula in the order of evaluation; a careful one is for points where a part is too
   large or too small for a float, though the derivatives are not. */
export class Tape {
  constructor(operations, careful = false) {
    Object.assign(this, { operations, careful, count: 0, terms: new Map() });
  }

  record(op, ...args) { return this.keep(op, args, null); }

  keep(op, args, number) {
    const key = `${op} ${number} ${args.map((each) => each.id ?? each).join(" ")}`;
    if (!this.terms.has(key)) this.terms.set(key, new Term(this, op, args, number));
    return this.terms.get(key);
  }

  lift(value) { return value instanceof Term ? value : this.keep("number", [], value); }

  /* Add or subtract, at once where both are numbers. */
  add(op, left, right) {
    if (left.number === null || right.number === null) return this.record(op, left, right);
    const number = this.operations[op](left.number, right.number);
    return Math.abs(number) < 1e100 ? this.lift(number) : this.record(op, left, right);
  }

  /* Multiply by a number, with no operation for 1 and a sign for -1. */
  scale(factor, core) {
    if (core.number === 1) return this.lift(factor);
    if (factor === 1) return core;
    return factor === -1 ? this.record("neg", core) : this.record("*", this.lift(factor), core);
  }
}
