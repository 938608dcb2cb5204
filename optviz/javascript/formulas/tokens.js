/* The numbers, names and signs of a typed formula, as formulas/tokens.py finds them. */
import { FormulaError } from "./refusals.js";

const isNumber = (text) => /^[0-9]/.test(text) || (text[0] === "." && text !== ".");
const isName = (text) => /^\p{L}/u.test(text) && text !== "and" && text !== "or";

function makeToken(text, position, isRaised = false) {
  const own = { text, position, isRaised, isNumber: isNumber(text), isName: isName(text) };
  own.startsValue = text === "(" || text === "√" || own.isNumber || own.isName;
  own.refuse = (message) => { throw new FormulaError(message, position); };
  return own;
}

/* Split a text into tokens, with an empty one for its end. */
export function tokenize(typed, grammar, refusals) {
  const { ALIKE, RAISED, SPELLINGS, HINTS } = grammar, pattern = new RegExp(grammar.TOKEN, "y");
  const text = Array.from({ length: typed.length }, (_, i) => ALIKE[typed[i]] ?? typed[i]).join("");
  const tokens = [];
  for (let place = 0; place < text.length;) {
    pattern.lastIndex = place;
    const found = pattern.exec(text);
    if (text.slice(place - 1, place + 3) === " || ") throw new FormulaError(HINTS["&"], place);
    if (found) {
      tokens.push(makeToken(SPELLINGS[found[0]] ?? found[0], place));
      place = pattern.lastIndex;
    } else if (text[place] in RAISED) {
      let end = place;
      while (text[end] in RAISED) end++;
      const inner = [...text.slice(place, end)].map((char) => RAISED[char]).join("");
      for (const part of ["^", ...inner.match(/[0-9]+|[-+]/g)]) tokens.push(makeToken(part, place, true));
      place = end;
    } else if (text[place] === " ") place++;
    else throw new FormulaError(refusals.explainCharacter(String.fromCodePoint(text.codePointAt(place))), place);
  }
  return [...tokens, makeToken("", text.length)];
}
