/* Terms as a program: each is computed after those that it is made of, by a number for its kind. */

const KINDS = { "+": 0, "-": 1, "*": 2, "/": 3, neg: 4 };
const CALL = 5; // 5, 6 and 7 are functions of one, two and more

/* The function (x, y, parameters) -> the values of some terms, in an array that is used again. */
export function makeProgram(outputs, operations) {
  const terms = listTerms(outputs), places = new Map(terms.map((term, place) => [term, place]));
  const values = new Float64Array(terms.length), inputs = [], steps = [];
  terms.forEach((term, place) => {
    if (term.number !== null) values[place] = term.number;
    else if (term.op === "input") inputs.push({ place, name: term.args[0] });
    else steps.push(makeStep(term, place, term.args.map((each) => places.get(each)), operations));
  });
  const wanted = outputs.map((each) => places.get(each)), found = outputs.map(() => 0);
  return (x, y, parameters) => {
    for (const { place, name } of inputs) values[place] = name === "x" ? x : name === "y" ? y : parameters[name];
    for (let i = 0; i < steps.length; i++) compute(steps[i], values);
    for (let i = 0; i < found.length; i++) found[i] = values[wanted[i]];
    return found;
  };
}

function makeStep({ op }, place, args, operations) {
  const [a, b = 0, c = 0, d = 0] = args, kind = KINDS[op] ?? CALL + Math.min(args.length, 3) - 1;
  return { kind, place, a, b, c, d, call: operations[op] };
}

function compute({ kind, place, a, b, c, d, call }, values) {
  switch (kind) {
    case 0: values[place] = values[a] + values[b]; break;
    case 1: values[place] = values[a] - values[b]; break;
    case 2: values[place] = values[a] * values[b]; break;
    case 3: values[place] = values[a] / values[b]; break;
    case 4: values[place] = -values[a]; break;
    case 5: values[place] = call(values[a]); break;
    case 6: values[place] = call(values[a], values[b]); break;
    default: values[place] = call(values[a], values[b], values[c], values[d]);
  }
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
