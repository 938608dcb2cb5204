// Reads typed formulas: node typed.mjs FOLDER, which holds asked.json and gets read.json.
import { readFileSync, writeFileSync } from 'node:fs';
import { readModule, readSurface } from '../../optviz/javascript/formulas/surface.js';

const [, , folder] = process.argv;
const { grammar, operations: text, formulas } = JSON.parse(readFileSync(`${folder}/asked.json`, 'utf8'));
const load = (source) => import(`data:text/javascript,${encodeURIComponent(source)}`);
const { operations } = await load(text);

// A formula by the interpreter and, where Python has read it too, by the emitted module.
async function read({ text: typed, emitted, points }) {
  let found;
  try {
    found = readSurface(typed, grammar, operations);
  } catch (error) {
    return { refused: error.message, position: error.position ?? null, kind: error.constructor.name };
  }
  const { problem, module } = found, other = emitted && await load(emitted);
  const evaluate = (each) => points.map(([x, y, parameters]) => [each.value(x, y, parameters), each.grad(x, y, parameters)]);
  const known = readModule(typed, grammar, operations); // the same again, without a problem
  return { problem, own: evaluate(module), known: evaluate(known), emitted: other && evaluate(other) };
}

const spell = (_, value) => (typeof value === 'number' && !Number.isFinite(value) ? String(value) : value);
writeFileSync(`${folder}/read.json`, JSON.stringify(await Promise.all(formulas.map(read)), spell));
