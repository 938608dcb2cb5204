"""Arithmetic as the text of a spreadsheet's cell: fully parenthesized, so that nothing is guessed.

Excel reads -x^2 as (-x)^2 and x^2^3 as (x^2)^3; with every operation in parentheses there is only
one way to read a formula, and Excel does not round a difference near 0 to 0 inside them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from optviz.formulas.expressions import Expr

FUNCTIONS: dict[str, Callable[..., str]] = {
    "neg": "(-{})".format,
    "log": "LN({})".format,
    "log2": "LOG({},2)".format,
    "floor": "INT({})".format,
    "ceil": "(-INT(-{}))".format,
    "%": "MOD({},{})".format,
    "==": "(({}={})*1)".format,
    "!=": "(({}<>{})*1)".format,
    "pick": "IF(GESTEP({1},{0})=0,{2},IF(GESTEP({0},{1})=0,{3},0.5*({2}+{3})))".format,
}
"""How an operation is written where its name in capitals is not a function of spreadsheets.

GESTEP compares all digits, where = and > take what differs in the last ones for equal.
"""
FUNCTIONS |= {op: f"({{}}{op}{{}})".format for op in "+-*/"}
FUNCTIONS |= {op: f"(({{}}{op}{{}})*1)".format for op in (">", ">=", "<", "<=")}
_SAME = "sin cos tan asin acos atan sinh cosh tanh exp log10 sqrt abs sign max min"
FUNCTIONS |= {name: f"{name.upper()}({{}})".format for name in _SAME.split()}
FUNCTIONS |= {name: f"{name.upper()}({{}},{{}})".format for name in ("max", "min")}

PLAIN = re.compile(r"[$A-Za-z_.][$A-Za-z_.0-9]*|\{[^{}]*\}")
"""A cell, the place of one or a name, which can stand twice in a product and stay readable."""


def cell_text(expr: Any, names: Mapping[Any, str], *, to_read: bool = False) -> str:
    """The text of a cell, without its =, for an expression of `optviz.tracing` or a formula's term.

    `names` says what stands for a part: by `id(part)` for one that has a cell of its own (then its
    own parts are not looked at), or by the name of a symbol or input. A text `to_read` leaves out
    what guards powers from a spreadsheet's errors.
    Raises: ValueError: no cell stands for "grad"
    """
    if id(expr) in names:
        return names[id(expr)]
    if expr.op in ("symbol", "input"):
        name = expr.name if expr.op == "symbol" else expr.args[0]
        if name not in names:
            raise ValueError(f'no cell stands for "{name}"')
        return names[name]
    if expr.number is not None:
        return number_text(expr.number)
    if expr.op != "pow" and expr.op not in FUNCTIONS:
        raise ValueError(f'a spreadsheet has no "{expr.op}": it cannot be written in a cell')
    args = [cell_text(each, names, to_read=to_read) for each in expr.args]
    if expr.op == "pow":
        return power(expr, *args, to_read=to_read)
    return FUNCTIONS[expr.op](*args)


def number_text(number: float) -> str:
    """A number with all its digits; a negative one in parentheses.

    Raises: ValueError: a cell cannot hold inf
    """
    number = float(number)
    if not math.isfinite(number):
        raise ValueError(f"a cell cannot hold {number}")
    text = repr(number).removesuffix(".0").upper()
    return f"({text})" if text[0] == "-" else text


def power(expr: Any, base: str, exponent: str, *, to_read: bool) -> str:
    """A power; roots and the squares of a cell as the root and the product that they are.

    Calc gives some roots of negative numbers, and an error for what is too small for a number; in
    Excel 0^0 is an error. Here the first are errors, the second are 0 and the last is 1.
    """
    below, above = (each.number for each in expr.args)
    if above == 0.5:
        return f"SQRT({base})"
    if above == 2 and PLAIN.fullmatch(base):
        return f"({base}*{base})"
    text = f"({base}^{exponent})"
    if to_read or (above is not None and not above % 1):
        return text
    if above is not None:
        text = f"(SQRT({base})^{number_text(2 * above)})"
    text = f"IFERROR({text},EXP({exponent}*LN({base})))"
    # The exponent of a rule is the count of its steps, and what it raises is a beta.
    if above is not None or isinstance(expr, Expr) or (below or 0) > 0:
        return text
    no_root = f"IF(AND({base}<0,{exponent}<>INT({exponent})),SQRT({base}),{text})"
    return f"IF({exponent}=0,1,{no_root})"


def safe_name(name: str) -> str:
    """The name as one that a spreadsheet takes for a cell's name and not for a cell: c1 is c1_."""
    like_a_cell = r"[A-Za-z]{1,3}[0-9]+|[Rr]?[0-9]*[Cc]?[0-9]*|true|false"
    return f"{name}_" if re.fullmatch(like_a_cell, name, re.IGNORECASE) else name


def cell_names(names: Iterable[str], prefix: str = "") -> dict[str, str]:
    """A name for the cell of each, no two alike to a spreadsheet, which takes a and A for one."""
    out: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        clash = not prefix and name.lower().startswith(("formula_", "schedule_", "sample_"))
        own = safe_name((prefix + name)[:250]) + "_" * clash
        while own.casefold() in taken:
            own += "_"
        out[name] = own
        taken.add(own.casefold())
    return out
