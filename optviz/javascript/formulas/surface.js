/* A typed formula as a surface: what an emitted module has, by its terms one after the other, since
   a strict page compiles no text. It has no Hessian. */
import { findHome } from "../home.js";
import { differentiate } from "./derivatives.js";
import { parse } from "./parser.js";
import { makeProgram } from "./program.js";
import { FormulaError, makeRefusals } from "./refusals.js";

/* The module of a formula that is known to be right, such as that of a surface of the catalog. */
export function readModule(text, grammar, operations) {
  return makeModule(parse(text, grammar, operations), grammar, operations);
}

/* Read a formula as {module, problem}: the module has parameters, value and grad; the problem is as
   views/live/payload.py describes one. Throws a FormulaError with a sentence. */
export function readSurface(typed, grammar, operations) {
  const nodes = parse(typed, grammar, operations), text = typed.trim();
  const module = makeModule(nodes, grammar, operations), { parameters } = module;
  const { suggestReading } = makeRefusals(grammar), slips = Object.keys(parameters).map(suggestReading).filter(Boolean);
  if (!nodes.some(({ op }) => op === "variable")) {
    throw new FormulaError(`a surface needs x or y, and "${text.slice(0, 50)}" has neither${slips.length ? `: ${slips[0]}` : ""}`);
  }
  const { LOW, HIGH, STARTS } = grammar, window = [[LOW, HIGH], [LOW, HIGH]];
  const problem = {
    module: `typed ${text}`, name: text, title: text, formula: text, latex: "", group: "", source: "typed", isTyped: true,
    note: `A formula of your own: where its minima lie is for you to find.${describeParameters(Object.keys(parameters), slips)}`,
    parameters, ranges: Object.fromEntries(Object.keys(parameters).map((name) => [name, [1, LOW, HIGH]])),
    window, starts: STARTS, minima: [], log: false, names: ["x", "y"],
  };
  problem.home = findHome(problem, module);
  if (!problem.home) throw new FormulaError(`the formula is finite nowhere for x and y from ${LOW} to ${HIGH}`);
  return { module, problem };
}

function describeParameters(names, slips) {
  const said = slips.length ? ` (${slips.join("; ")})` : "";
  return names.length ? ` Parameters, each 1 unless set: ${names.join(", ")}${said}.` : "";
}

/* The functions of an emitted module, see surface_module.py. */
function makeModule(nodes, grammar, operations) {
  const named = nodes.filter(({ op }) => op === "parameter").map(({ name }) => name);
  const parameters = Object.fromEntries(named.map((name) => [name, 1]));
  const plain = differentiate(nodes, grammar, operations);
  const value = makeProgram([plain.value], operations), grad = makeProgram([plain.value, ...plain.first], operations);
  let careful = null; // made when it is first needed
  const again = (...at) => {
    if (!careful) {
      const { value: own, first } = differentiate(nodes, grammar, operations, true);
      careful = makeProgram([own, ...first], operations);
    }
    return careful(...at);
  };
  return {
    parameters,
    value: (x, y, values) => value(x, y, values)[0],
    grad: (x, y, values) => settle(grad(x, y, values).slice(), () => again(x, y, values)),
  };
}

/* Null stands for what needs more digits than a float has. */
function settle(found, again) {
  if (!Number.isFinite(found[0])) return found.fill(NaN, 1);
  if (found.every(Number.isFinite)) return found;
  const second = [found[0], ...again().slice(1)];
  return second.every(Number.isFinite) ? second : null;
}
