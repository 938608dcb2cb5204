"""JavaScript of a formula: the arithmetic of numpy, in the order in which it is written here.

`+ - * /` and the square root give the same bits in every language; so do the helpers below, where
JavaScript's own functions would not. Its sines and logarithms may differ in the last bit.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

from optviz.formulas import operations
from optviz.formulas.expressions import COMPARISONS
from optviz.formulas.writing import (
    ATOM,
    INFIX,
    POWER,
    QUOTIENT,
    Language,
    Part,
    call,
)

SIGNS = ("<", "<=", ">", ">=", "===", "!==")
"""Those of `operations.COMPARISONS` in JavaScript."""
HELPERS = {
    "power": """
// base^exponent as C computes it. A whole exponent, such as the count of the steps, is taken by
// squaring in twice the digits of a float, so that the result is the float nearest to the power.
function power(base, exponent) {
  if (base !== base || exponent !== exponent) return NaN;
  if (base === 1 || exponent === 0) return 1;
  const quick = Math.pow(base, exponent), size = Math.abs(quick);
  if (!Number.isInteger(exponent) || exponent < 3 || !(size > 1e-250 && size < 1e250)) return quick;
  let high = 1, low = 0, square = base, more = 0; // the results are high + low, square + more
  for (let left = exponent; ;) {
    if (left % 2) {
      const product = high * square;
      const rest = findRest(high, square, product) + (high * more + low * square);
      high = product + rest;
      low = rest - (high - product);
    }
    left = Math.floor(left / 2);
    if (!left) return high + low;
    const product = square * square;
    const rest = findRest(square, square, product) + 2 * (square * more);
    square = product + rest;
    more = rest - (square - product);
  }
}
function findRest(a, b, product) { // what rounding took from a * b
  const bigA = 134217729 * a, highA = bigA - (bigA - a), lowA = a - highA;
  const bigB = 134217729 * b, highB = bigB - (bigB - b), lowB = b - highB;
  return lowA * lowB - (((product - highA * highB) - lowA * highB) - highA * lowB);
}""",
    "square": "const square = (u) => u * u;",
    "sign": "const sign = (u) => (u > 0 ? 1 : u < 0 ? -1 : 0 * u);",
    "modulo": """
function modulo(u, v) { // the rest has the sign of v
  const rest = u % v;
  return rest && v < 0 !== rest < 0 ? rest + v : rest;
}""",
    **{
        name: f"const {name} = (u, v) => (u === u && v === v ? Number(u {sign} v) : NaN);"
        for name, sign in zip(operations.COMPARISONS.values(), SIGNS, strict=True)
    },
    "where": """
const where = (holds, u, v) => (holds === 1 ? u : holds === 0 ? v : NaN);""",
    "relu": "const relu = (u) => (u <= 0 ? 0 : u);",
    "gate": "const gate = (u, slope) => (u > 0 ? slope : u < 0 ? 0 : slope * u); // relu's slope",
    "hypot": "const hypot = (u, v) => (u === u && v === v ? Math.hypot(u, v) : NaN);",
    "atan2": """
function atan2(u, v) {
  return Math.abs(u) === Infinity && Math.abs(v) === Infinity ? NaN : Math.atan2(u, v);
}""",
    "unit": """
function unit(u, v) { // u / hypot(u, v)
  if (Math.abs(u) === Infinity && Number.isFinite(v)) return Math.sign(u);
  const scale = Math.abs(u) < 1e-290 && Math.abs(v) < 1e-290 ? 2 ** 100 : 1;
  return u * scale / hypot(u * scale, v * scale);
}""",
    "sigmoid": """
function sigmoid(u) {
  const tail = Math.exp(-Math.abs(u));
  return (u >= 0 ? 1 : tail) / (1 + tail);
}""",
    "pick": """
function pick(u, v, more, less) { // one of two slopes, by the larger of u and v
  if (u === v) return 0.5 * (more + less);
  return u > v ? more : u < v ? less : NaN;
}""",
    "powlog": """
function powlog(u, v, count) { // u^v * log(u)^count
  return u === 0 && v > 0 ? 0 : power(u, v) * power(Math.log(u), count);
}""",
    "fade": """
function fade(u, v) { // a product in which 0 stands for what is too small
  return u === 0 && Math.abs(v) === Infinity ? 0 : u * v;
}""",
    "share": """
function share(u, v) { // a quotient in which infinity stands for what is too large
  return Math.abs(v) === Infinity && u === u ? 0 : u / v;
}""",
}
"""Functions that an emitted text may call, each with its own text."""
NEEDS = {"powlog": ("power",), "unit": ("hypot",)}
"""The helpers that a helper calls."""

_WORDS = """arguments await break case catch class const continue debugger default delete do else
enum eval export extends false finally for function if implements import in instanceof interface let
new null package private protected public return static super switch this throw true try typeof var
void while with yield Infinity NaN undefined Math Number Array"""
_RESERVED = frozenset(_WORDS.split())
"""Words that JavaScript keeps for itself, or that an emitted text uses."""


def _power(base: Part, exponent: Part) -> Part:
    """Write a power as numpy computes it: a square is a product, a half is a root."""
    if exponent.source.number == 2:
        square = f"{base} * {base}" if base.isidentifier() else f"square({base})"
        return Part(square, QUOTIENT if base.isidentifier() else ATOM)
    if exponent.source.number == 0.5:
        return Part(f"Math.sqrt({base})")
    return Part(f"power({base}, {exponent})")


_SAME = "sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh exp log log10 log2 sqrt cbrt"
_SAME += " abs floor ceil max min"
JAVASCRIPT = Language(
    {
        **INFIX,
        "pow": _power,
        "%": call("modulo"),
        **{op: f"Number({{}} {op} {{}})" for op in COMPARISONS.values() if op not in ("==", "!=")},
        "==": "Number({} === {})",
        "!=": "Number({} !== {})",
        **{name: call(f"Math.{name}") for name in _SAME.split()},
        **{name: call(name) for name in HELPERS if name not in ("power", "square", "modulo")},
        "mod": call("modulo"),
        "both": ("{} * {}", QUOTIENT, QUOTIENT, POWER),
        "either": call("Math.max"),
    },
    refusal='JavaScript has no "{}" here',
)


def write_javascript_number(number: float) -> str:
    """Write a number with all its digits."""
    number = float(number)
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else f"{'-' * (number < 0)}Infinity"
    return repr(number).removesuffix(".0")


def write_helpers(text: str) -> str:
    """Write the helpers that a text calls."""
    needed = {name for name in HELPERS if re.search(rf"\b{name}\(", text)}
    needed |= {each for name in needed for each in NEEDS.get(name, ())}
    return "\n".join(code.strip("\n") for name, code in HELPERS.items() if name in needed)


def name_variables(names: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """Name a variable of JavaScript for each name, no two alike and none of those taken."""
    used = {*taken, *_RESERVED, *HELPERS, "findRest"}
    out: dict[str, Any] = {}
    for name in names:
        own = re.sub(r"\W", "_", name, flags=re.ASCII)
        own = own if own[:1].isalpha() or own[:1] == "_" else f"_{own}"
        while own in used:
            own += "_"
        out[name] = own
        used.add(own)
    return out
