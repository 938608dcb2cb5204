/* Why a formula is refused, in one sentence: as formulas/errors.py says it. The tables come from there. */

export class FormulaError extends Error {
  constructor(message, position = null) {
    super(message);
    this.position = position;
  }
}

const holds = (table, name) => Object.hasOwn(table, name);
const fill = (words, text) => words.replace("{}", () => text);

/* The sentences that need a grammar. */
export function makeRefusals(grammar) {
  const { HINTS, MISPLACED, MEANINGS, OF_TWO, EXAMPLES, ARGUMENTS, ALIASES, FUNCTIONS, ONE_NAMES, KEYWORDS } = grammar;
  const isKeyword = (name) => KEYWORDS.includes(name), oneOf = (names) => names.join("|");

  /* Throw for a piece of a program: np.exp(x), f(x, y) = x, a if b else c. */
  function refuseCode(text) {
    for (const [pattern, words] of grammar.AS_CODE) {
      const found = new RegExp(pattern).exec(text);
      if (found) throw new FormulaError(fill(words, found[0].trim()), found.index);
    }
  }

  function explainCharacter(char) {
    const isPlain = char === " " || !/[\p{C}\p{Z}]/u.test(char), code = char.codePointAt(0).toString(16).toUpperCase();
    const shown = isPlain ? `"${char}"` : `character U+${code.padStart(4, "0")}`;
    return HINTS[char] ?? `${shown} is not allowed; ${grammar.SIGNS}`;
  }

  function explainGap(before) {
    if (!before) return "the formula stops where a value should follow";
    return before === "." ? MISPLACED["."] : `a value is missing before "${before}"`;
  }

  function explainNeighbors(left, right) {
    if (right[0] === ".") return MISPLACED["."];
    if (right === "if" || right === "else") return grammar.CHOICE;
    if (isKeyword(right)) return `"${right}" has no meaning in a formula`;
    if (right === "mod") return "write mod(x, y) for the remainder of x by y";
    if (holds(MEANINGS, left.toLowerCase())) return `no function "${left}"; write ${MEANINGS[left.toLowerCase()]}`;
    if (left === ")") return `write * before "${right}" to multiply`;
    return `write ${left}*${right === "(" ? "(...)" : right} to multiply`;
  }

  function explainTwoReadings(sign, ...sides) {
    if (!sign) return "bars beside a value have two readings: write * and abs(...)";
    const [left, right] = sides.map((each) => ("()".includes(each) ? "(...)" : each)), both = `${left}*${right}`;
    if (sign === "√") return `"√${left}${right}" has two readings: write sqrt(${both}) or sqrt(${left})*${right}`;
    return `"${sign}${left}${right}" has two readings: write ${sign}(${both}) or ${sign}${both}`;
  }

  function explainBareFunction(name, following, after) {
    if (following === "^" && after === "-" && holds(ARGUMENTS, `a${name}`)) {
      return `${name}^-1 has two readings: write a${name}(x) or 1/${name}(x)`;
    }
    if (following === "^") return `write ${name}(x)^2 for the square of ${name}(x)`;
    const wanted = ARGUMENTS[ALIASES[name] ?? name], isValue = wanted === 1 && /^[\p{L}\p{N}]/u.test(following);
    return `write ${name}(${isValue ? following : EXAMPLES[wanted]})`;
  }

  function explainCount(given, count) {
    const name = ALIASES[given] ?? given, wanted = ARGUMENTS[name];
    const more = grammar.ANY_NUMBER.includes(name) ? "at least " : "";
    const takes = `${given} takes ${more}${wanted} argument${wanted > 1 ? "s" : ""}, got ${count}`;
    if (holds(OF_TWO, name) && count === 2) return `${takes}; write ${OF_TWO[name]}`;
    return wanted < 3 ? takes : `${takes}: write ${name}(${EXAMPLES[wanted]})`;
  }

  function explainFunction(name) {
    const lower = name.toLowerCase();
    if (FUNCTIONS.includes(lower)) return `write ${lower}, not ${name}`;
    if (holds(MEANINGS, lower)) return `no function "${name}"; write ${MEANINGS[lower]}`;
    const slip = new RegExp(`^([xy])(${oneOf(FUNCTIONS)})$`).exec(name);
    if (slip) return `write ${slip[1]}*${slip[2]}(...) to multiply`;
    if (name.length === 1 || grammar.CONSTANTS.includes(name)) return `${name} is not a function; write ${name}*(...) to multiply`;
    const counted = new RegExp(`^(${oneOf(ONE_NAMES)})([0-9]+)$`).exec(name);
    if (counted) {
      const [, own, count] = counted, other = own === "log" ? `log(x)/log(${count})` : `${own}(x)^${count}`;
      return `${name.slice(0, 30)} has two readings: write ${other} or ${own}(${count}*x)`;
    }
    return `no function "${name.slice(0, 30)}"; ${nameNearest(name, lower)}`;
  }

  function nameNearest(name, lower) {
    let nearest = "", best = [-1, 0];
    for (const each of new Set([...Object.keys(MEANINGS), ...FUNCTIONS])) {
      if (Math.abs(each.length - name.length) >= 2) continue;
      const found = [measureLikeness(lower, each), Number(FUNCTIONS.includes(each))];
      if (found[0] > best[0] || (found[0] === best[0] && found[1] > best[1])) [nearest, best] = [each, found];
    }
    if (!nearest || best[0] < 0.6) return `use ${Object.keys(ARGUMENTS).join(" ")}`;
    return holds(MEANINGS, nearest) ? `for ${nearest} write ${MEANINGS[nearest]}` : `nearest: ${nearest}`;
  }

  /* Why a name is a slip rather than a parameter; null of one that is not. */
  function explainName(name) {
    const lower = name.toLowerCase();
    if (name !== lower && ["x", "y", ...grammar.CONSTANTS, ...FUNCTIONS].includes(lower)) return `write ${lower}, not ${name}`;
    if (["inf", "infinity", "nan"].includes(lower)) return `a formula holds finite numbers, not ${name}`;
    if (isKeyword(name) && name !== "lambda") return `"${name}" has no meaning in a formula`;
    if (/^[xy]+$/.test(name)) return name.length < 9 ? `write ${[...name].join("*")}, not ${name}` : "write x*y, not xy";
    if (/^[xy][0-9]+$/.test(name)) return `the variables are x and y; write ${name[0]}*${name.slice(1)} or ${name[0]}^${name.slice(1)}`;
    const slip = new RegExp(`^(${oneOf(ONE_NAMES)})([0-9]*)([xy][a-z0-9]*)$`).exec(name);
    if (!slip) return null;
    const [, own, count, rest] = slip;
    if (count && grammar.ONE_ARGUMENT.includes(own + count)) return `write ${own}${count}(${rest}) or ${own}(${count}*${rest})`;
    return `write ${own}(${[count, rest].filter(Boolean).join("*")})`;
  }

  /* What a parameter may have been meant to be: kx as k*x, sint as sin(t). */
  function suggestReading(name) {
    const product = /^(?:(pi|[a-z])([xy]+)|([xy])([a-z]))$/.exec(name);
    if (product) return `${name} is one name: write ${product.slice(1).filter(Boolean).join("*")} to multiply`;
    const called = new RegExp(`^(${oneOf(ONE_NAMES)})([a-z]|[0-9]+)$`).exec(name);
    return called && `${name} is one name: write ${called[1]}(${called[2]}) for the function`;
  }

  return { refuseCode, explainCharacter, explainGap, explainNeighbors, explainTwoReadings, explainBareFunction, explainCount, explainFunction, explainName, suggestReading };
}

/* How alike two words are, from 0 to 1, as Python's difflib measures it. */
function measureLikeness(a, b) {
  return a.length + b.length ? (2 * countMatches(a, b)) / (a.length + b.length) : 1;
}

/* The letters of the longest common piece, and of those before and behind it. */
function countMatches(a, b) {
  let [size, i, j] = [0, 0, 0];
  for (let p = 0; p < a.length; p++) {
    for (let q = 0; q < b.length; q++) {
      let length = 0;
      while (p + length < a.length && q + length < b.length && a[p + length] === b[q + length]) length++;
      if (length > size) [size, i, j] = [length, p, q];
    }
  }
  return size && size + countMatches(a.slice(0, i), b.slice(0, j)) + countMatches(a.slice(i + size), b.slice(j + size));
}
