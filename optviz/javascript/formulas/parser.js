/* From typed text to a list of nodes, as formulas/parsing.py reads it: each {op, args, name, number},
   after those that it is made of; `number` is null where it depends on anything. */
import { formatGeneral } from "../text.js";
import { FormulaError, makeRefusals } from "./refusals.js";
import { tokenize } from "./tokens.js";

/* Read a formula. Throws a FormulaError: one sentence for the person who typed, and its place. */
export function parse(text, grammar, operations) {
  if (!text.trim()) throw new FormulaError("type a formula in x and y, for example x^2 + 3*y^2", 0);
  const most = grammar.MAX_LENGTH, refusals = makeRefusals(grammar);
  if (text.length > most) throw new FormulaError(`a formula has at most ${most} characters, this one has ${text.length}`, most);
  refusals.refuseCode(text);
  return new Parser(tokenize(text.trimEnd(), grammar, refusals), grammar, refusals, operations).parseFormula();
}

/* Recursive descent: a method for each level of precedence returns the place of its node. */
class Parser {
  constructor(tokens, grammar, refusals, operations) {
    Object.assign(this, { tokens, grammar, refusals, operations, at: 0, depth: 0, nodes: [] });
    this.isInBars = false; // where a | closes, and does not open
    this.ending = ""; // of the last factor: number, name, power, root or bar; "" where it is closed
    this.signs = new Map(); // the sign of each condition, by the place of its node
    this.joints = Object.values(grammar.JOINTS);
  }

  get token() { return this.tokens[this.at]; }
  take() { return this.tokens[this.at++]; }
  isComparison(text) { return Object.hasOwn(this.grammar.COMPARISONS, text); }

  parseFormula() {
    const place = this.parseCondition();
    if (this.token.text) this.token.refuse(this.grammar.MISPLACED[this.token.text]);
    this.checkValues([place]);
    return this.nodes;
  }

  parseCondition() {
    return this.parseJoined("or", () => this.parseJoined("and", () => this.parseComparison()));
  }

  parseJoined(word, rule) {
    let place = rule();
    while (this.token.text === word) {
      const sign = this.take();
      place = this.appendCondition(sign, this.grammar.JOINTS[word], place, rule());
    }
    return place;
  }

  parseComparison() {
    let left = this.parseSum(), place = left;
    const first = this.token;
    while (this.isComparison(this.token.text)) {
      const sign = this.take(), isOther = sign.text[0] !== first.text[0];
      if (isOther || (sign !== first && !"<>".includes(sign.text[0]))) sign.refuse('join comparisons by "and": x < y and y > 0');
      const right = this.parseSum(), held = this.appendCondition(sign, this.grammar.COMPARISONS[sign.text], left, right);
      place = sign === first ? held : this.appendCondition(sign, "both", place, held);
      left = right;
    }
    if (this.token.text === "=" && this.depth) this.token.refuse("write ==, <= or >= to compare");
    return place;
  }

  appendCondition(sign, op, ...places) {
    if (this.joints.includes(op) && places.some((place) => !this.signs.has(place))) {
      sign.refuse(`"${sign.text}" joins comparisons, as in x > 0 and y > 0`);
    }
    const place = this.appendOperation(sign, op, ...places);
    this.signs.set(place, sign);
    return place;
  }

  /* Refuse a condition where a number should stand. */
  checkValues(places) {
    for (const place of places) this.signs.get(place)?.refuse(this.grammar.COMPARISON);
  }

  parseSum() {
    let left = this.parseProduct();
    while (this.token.text === "+" || this.token.text === "-") {
      const sign = this.take();
      left = this.appendOperation(sign, sign.text, left, this.parseProduct());
    }
    return left;
  }

  parseProduct() {
    let left = this.parseSigned(), sign = "";
    for (;;) {
      const { token } = this;
      if (token.text === "*" || token.text === "/") {
        sign = this.take().text;
        left = this.appendOperation(token, sign, left, this.parseSigned());
      } else if (token.startsValue || (token.text === "|" && !this.isInBars)) {
        this.refuseTwoReadings(sign === "/" ? "/" : "");
        left = this.appendOperation(token, "*", left, this.parsePower());
      } else return left;
    }
  }

  /* Refuse a product without its sign where that may mean something else too. */
  refuseTwoReadings(given) {
    const before = this.tokens[this.at - 1], { token } = this;
    const isJoined = this.ending === "name" && token.isName && before.text !== "π" && token.text !== "π";
    if (token.isNumber || isJoined) token.refuse(this.refusals.explainNeighbors(before.text, token.text));
    const sign = { power: "^", root: "√" }[this.ending] ?? given;
    const hasBars = [before, token].some(({ text }) => text === "|") && this.tokens.filter(({ text }) => text === "|").length > 2;
    if (sign || hasBars) token.refuse(this.refusals.explainTwoReadings(sign, before.text, token.text));
  }

  parseSigned() {
    if (this.token.text !== "+" && this.token.text !== "-") return this.parsePower();
    const sign = this.take(), place = this.descend(() => this.parseSigned(), sign);
    return sign.text === "-" ? this.appendOperation(sign, "neg", place) : place;
  }

  parsePower() {
    const { isRaised } = this.token, base = this.parseValue();
    if (this.token.text !== "^" || isRaised) return base;
    const sign = this.take();
    if (this.ending === "root") sign.refuse("√ before a power has two readings: write sqrt(x^2) or sqrt(x)^2");
    const place = this.appendOperation(sign, "^", base, this.descend(() => this.parseSigned(), sign));
    this.ending = sign.isRaised ? "" : "power";
    if (sign.isRaised && this.token.isRaised) this.token.refuse("a superscript is a whole number, as in x² and x⁻¹");
    if (sign.isRaised && this.token.text === "^") this.token.refuse("write brackets: (x^2)^3 or x^(2^3)");
    return place;
  }

  parseValue() {
    const token = this.take();
    let place, ending = "";
    if (token.text === "(" || token.text === "|") {
      place = this.parseEnclosed(token);
      ending = token.text === "|" ? "bar" : "";
    } else if (token.text === "√") {
      const inner = this.descend(() => this.parseValue(), token);
      ending = ["number", "name", "root"].includes(this.ending) ? "root" : "";
      place = this.appendOperation(token, "sqrt", inner);
    } else if (token.isName) {
      ending = this.grammar.FUNCTIONS.includes(token.text) ? "" : "name";
      place = this.parseName(token);
    } else if (token.isNumber) {
      ending = "number";
      const number = Number(token.text), most = this.grammar.MAX_NUMBER;
      if (number > most) token.refuse(`a number may be at most ${formatGeneral(most)}, got ${token.text.slice(0, 30)}`);
      place = this.append("number", [], token.text, number);
    } else token.refuse(this.refusals.explainGap(token.text));
    this.ending = ending;
    return place;
  }

  /* Parse what stands in brackets, or in the bars of an absolute value. */
  parseEnclosed(opened) {
    const outside = this.isInBars;
    this.isInBars = opened.text === "|";
    const place = this.descend(() => this.parseCondition(), opened);
    this.expectClose(opened);
    this.isInBars = outside;
    return opened.text === "|" ? this.appendOperation(opened, "abs", place) : place;
  }

  parseName(token) {
    const name = token.text;
    if (this.grammar.FUNCTIONS.includes(name)) return this.parseCall(token);
    if (this.token.text === "(" && name !== "π") token.refuse(this.refusals.explainFunction(name));
    if (name === "π" || name === "pi") return this.append("constant", [], "pi", Math.PI);
    if (name === "x" || name === "y") return this.append("variable", [], name);
    if (name === "e") return this.append("constant", [], "e", Math.E);
    const hint = this.refusals.explainName(name);
    if (hint) token.refuse(hint);
    return this.append("parameter", [], name);
  }

  parseCall(token) {
    const { ALIASES, ARGUMENTS, ANY_NUMBER } = this.grammar;
    if (this.token.text !== "(") {
      const after = this.token.text ? this.tokens[this.at + 1].text : "";
      token.refuse(this.refusals.explainBareFunction(token.text, this.token.text, after));
    }
    const opened = this.take(), outside = this.isInBars, parseOne = () => this.descend(() => this.parseCondition(), token);
    this.isInBars = false;
    const places = this.token.text === ")" ? [] : [parseOne()];
    while (this.token.text === ",") {
      this.take();
      places.push(parseOne());
    }
    this.expectClose(opened);
    this.isInBars = outside;
    const name = ALIASES[token.text] ?? token.text, wanted = ARGUMENTS[name], isOpen = ANY_NUMBER.includes(name);
    if (places.length < wanted || (places.length > wanted && !isOpen)) token.refuse(this.refusals.explainCount(token.text, places.length));
    if (name === "where" && !this.signs.has(places[0])) token.refuse("where takes a comparison first, as in where(x > 0, x, y)");
    const op = name === "pow" ? "^" : name;
    if (!isOpen) return this.appendOperation(token, op, ...places);
    return places.reduce((place, other) => this.appendOperation(token, op, place, other)); // max(a, b, c) is max(max(a, b), c)
  }

  expectClose(opened) {
    const token = this.take(), closing = opened.text === "|" ? "|" : ")";
    if (!token.text) opened.refuse(`this "${opened.text}" is never closed`);
    if (token.text !== closing) token.refuse(this.grammar.MISPLACED[token.text] ?? this.refusals.explainGap(token.text));
  }

  descend(rule, token) {
    const most = this.grammar.MAX_DEPTH;
    if (++this.depth > most) token.refuse(`the formula is nested more than ${most} deep`);
    const place = rule();
    this.depth--;
    return place;
  }

  appendOperation(token, op, ...places) {
    if (!this.joints.includes(op)) this.checkValues(op === "where" ? places.slice(1) : places);
    const numbers = places.map((place) => this.nodes[place].number), most = this.grammar.MAX_EXPONENT;
    if (op === "^" && numbers[1] !== null && Math.abs(numbers[1]) > most) {
      token.refuse(`an exponent may be at most ${most}, got ${formatGeneral(numbers[1])}`);
    }
    if ((op === "/" || op === "mod") && numbers[1] === 0) token.refuse("nothing can be divided by 0");
    if (numbers.includes(null)) return this.append(op, places);
    const number = this.operations[op === "^" ? "pow" : op](...numbers);
    if (!Number.isFinite(number)) {
      token.refuse(`"${token.text}" of ${numbers.map((each) => formatGeneral(each)).join(" and ")} is not a finite number`);
    }
    return this.append(op, places, "", number);
  }

  append(op, args, name = "", number = null) {
    return this.nodes.push({ op, args, name, number }) - 1;
  }
}
