/* A typed formula as a surface: what an emitted module has, by an interpreter of its terms, since a
   strict page compiles no text. It has no Hessian. */
import { findHome } from "../home.js";
import { differentiate } from "./derivatives.js";
import { parse } from "./parser.js";
import { FormulaError, makeRefusals } from "./refusals.js";

/* Read a formula as {module, problem}: the module has parameters, value and grad; the problem is as
   views/live/payload.py describes one. Throws a FormulaError with a sentence. */
export function readSurface(typed, grammar, operations) {
  const nodes = parse(typed, grammar, operations), text = typed.trim();
  const named = nodes.filter(({ op }) => op === "parameter").map(({ name }) => name);
  const parameters = Object.fromEntries(named.map((name) => [name, 1])), module = makeModule(nodes, parameters, grammar, operations);
  const { suggestReading } = makeRefusals(grammar), slips = Object.keys(parameters).map(suggestReading).filter(Boolean);
  if (!nodes.some(({ op }) => op === "variable")) {
    throw new FormulaError(`a surface needs x or y, and "${text.slice(0, 50)}" has neither${slips.length ? `: ${slips[0]}` : ""}`);
  }
  const { LOW, HIGH, STARTS } = grammar, window = [[LOW, HIGH], [LOW, HIGH]];
  const problem = {
    module: `typed ${text}`, name: text, title: text, formula: text, latex: "", source: "typed", isTyped: true,
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
function makeModule(nodes, parameters, grammar, operations) {
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
    value: (...at) => value(...at)[0],
    grad: (...at) => settle(grad(...at), () => again(...at)),
  };
}

/* Null stands for what needs more digits than a float has. */
function settle(found, again) {
  if (!Number.isFinite(found[0])) return found.fill(NaN, 1);
  if (found.every(Number.isFinite)) return found;
  const second = [found[0], ...again().slice(1)];
  return second.every(Number.isFinite) ? second : null;
}

/* The function (x, y, parameters) -> the values of some terms. */
function makeProgram(outputs, operations) {
  const terms = listTerms(outputs), places = new Map(terms.map((term, place) => [term, place]));
  const values = new Float64Array(terms.length), inputs = [], steps = [];
  terms.forEach(({ op, args, number }, place) => {
    if (number !== null) values[place] = number;
    else if (op === "input") inputs.push([place, args[0]]);
    else steps.push([place, operations[op], ...args.map((each) => places.get(each))]);
  });
  const wanted = outputs.map((each) => places.get(each));
  return (x, y, parameters) => {
    for (const [place, name] of inputs) values[place] = name === "x" ? x : name === "y" ? y : parameters[name];
    for (let i = 0; i < steps.length; i++) {
      const [place, compute, a, b, c, d] = steps[i];
      values[place] = compute(values[a], values[b], values[c], values[d]);
    }
    return wanted.map((place) => values[place]);
  };
}

/* The terms that the outputs are computed from, in the order of evaluation. */
function listTerms(outputs) {
  const found = new Set(), waiting = [...outputs];
  while (waiting.length) {
    const term = waiting.pop();
    if (found.has(term)) continue;
    found.add(term);
    if (term.op !== "input") waiting.push(...term.args);
  }
  return [...found].sort((a, b) => a.id - b.id);
}
