"""Arithmetic as the text of a spreadsheet's cell: fully parenthesized, so that nothing is guessed.

Excel reads -x^2 as (-x)^2 and x^2^3 as (x^2)^3; with every operation in parentheses there is only
one way to read a formula, and Excel does not round a difference near 0 to 0 inside them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from optviz.formulas.expressions import Expr
from optviz.formulas.writing import Language, Part, call, write

LIKE_A_CELL = re.compile(r"[A-Z]{1,3}[0-9]+|R?[0-9]*C?[0-9]*|true|false", re.IGNORECASE)
"""A name that a spreadsheet would take for a cell or a truth value: c1, r2c3."""
PLAIN = re.compile(r"[$A-Za-z_.][$A-Za-z_.0-9]*|\{[^{}]*\}")
"""A cell, the place of one or a name, which can stand twice in a product and stay readable."""


def _power(base: Part, exponent: Part, *, guarded: bool = True) -> str:
    """Write a power; roots and the squares of a cell as the root and the product that they are.

    Calc gives some roots of negative numbers, and an error for what is too small for a number; in
    Excel 0^0 is an error. Guarded, the first are errors, the second are 0 and the last is 1.
    """
    below, above = base.source.number, exponent.source.number
    if above == 0.5:
        return f"SQRT({base})"
    if above == 2 and PLAIN.fullmatch(base):
        return f"({base}*{base})"
    text = f"({base}^{exponent})"
    if not guarded or (above is not None and not above % 1):
        return text
    if above is not None:
        text = f"(SQRT({base})^{write_cell_number(2 * above)})"
    text = f"IFERROR({text},EXP({exponent}*LN({base})))"
    # The exponent of a rule is the count of its steps, and what it raises is a beta.
    if above is not None or isinstance(base.source, Expr) or (below or 0) > 0:
        return text
    no_root = f"IF(AND({base}<0,{exponent}<>INT({exponent})),SQRT({base}),{text})"
    return f"IF({exponent}=0,1,{no_root})"


def _power_times_log(base: Part, exponent: Part, count: Part) -> str:
    """Write base^exponent * LN(base)^count, which is 0 at base 0 for a positive exponent."""
    text = f"({_power(base, exponent)}*(LN({base})^{count}))"
    return f"IF(AND({base}=0,{exponent}>0),0,{text})"


def _write_hypot(u: Part, v: Part) -> str:
    """Write a length by the larger part and the ratio to it, whose square does not overflow."""
    most = f"MAX(ABS({u}),ABS({v}))"
    ratio = f"(MIN(ABS({u}),ABS({v}))/{most})"
    return f"IF({most}=0,0,({most}*SQRT((1+({ratio}*{ratio})))))"


_SAME = "sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh"
_SAME += " exp log10 sqrt abs sign max min mod"
CELLS = Language(
    {
        **{op: f"({{}}{op}{{}})" for op in "+-*/"},
        **{op: f"(({{}}{op}{{}})*1)" for op in (">", ">=", "<", "<=")},
        **{name: call(name.upper(), ",") for name in _SAME.split()},
        "neg": "(-{})",
        "log": "LN({})",
        "log2": "LOG({},2)",
        "floor": "INT({})",
        "ceil": "(-INT(-{}))",
        "%": "MOD({},{})",
        "==": "(({}={})*1)",
        "!=": "(({}<>{})*1)",
        # Comparisons that were typed, in all digits.
        "lt": "(1-GESTEP({},{}))",
        "le": "GESTEP({1},{0})",
        "gt": "(1-GESTEP({1},{0}))",
        "ge": "GESTEP({},{})",
        "eq": "(GESTEP({0},{1})*GESTEP({1},{0}))",
        "ne": "(1-(GESTEP({0},{1})*GESTEP({1},{0})))",
        "both": "({}*{})",
        "either": "MAX({},{})",
        "where": "IF(({}=1),{},{})",
        "cbrt": "(SIGN({0})*(ABS({0})^(1/3)))",
        "hypot": _write_hypot,
        "atan2": "IF(AND({0}=0,{1}=0),0,ATAN2({1},{0}))",
        "sigmoid": "IF({0}<0,(EXP({0})/(1+EXP({0}))),(1/(1+EXP((-{0})))))",
        "relu": "MAX({},0)",
        "gate": "IF({0}<0,0,IF({0}>0,{1},({1}*{0})))",
        "unit": lambda u, v: f"({u}/{_write_hypot(u, v)})",
        "pick": "IF(GESTEP({1},{0})=0,{2},IF(GESTEP({0},{1})=0,{3},0.5*({2}+{3})))",
        "pow": _power,
        "powlog": _power_times_log,
    },
    refusal='a spreadsheet has no "{}": it cannot be written in a cell',
)
"""GESTEP compares all digits, where = and > take what differs in the last ones for equal."""
REPEATING = ("eq", "ne", "cbrt", "hypot", "atan2", "sigmoid", "gate", "unit", "pick", "pow")
"""The operations that write a part more than once."""
TO_READ = replace(CELLS, operations={**CELLS.operations, "pow": partial(_power, guarded=False)})
"""Cells as a person reads them: without what guards powers from a spreadsheet's errors."""


def write_cell(expr: Any, names: Mapping[Any, str], *, to_read: bool = False) -> str:
    """Write an `Expr` or a `Term` as the text of a cell, without its =.

    `names` says what stands for a part: by `id(part)` for one that has a cell of its own (then its
    own parts are not looked at), or by the name of a symbol or input. A text `to_read` leaves out
    what guards powers from a spreadsheet's errors.
    Raises: ValueError: no cell stands for "grad"
    """

    def write_leaf(each: Any) -> str | None:
        if id(each) in names:
            return names[id(each)]
        if each.op in ("symbol", "input"):
            name = each.name if each.op == "symbol" else each.args[0]
            if name not in names:
                raise ValueError(f'no cell stands for "{name}"')
            return names[name]
        return None if each.number is None else write_cell_number(each.number)

    return write(expr, TO_READ if to_read else CELLS, write_leaf)


def write_cell_number(number: float) -> str:
    """Write a number with all its digits; a negative one in parentheses."""
    number = float(number)
    if not math.isfinite(number):
        raise ValueError(f"a cell cannot hold {number}")
    text = repr(number).removesuffix(".0").upper()
    return f"({text})" if text[0] == "-" else text


def name_cells(names: Iterable[str], prefix: str = "") -> dict[str, str]:
    """Name the cell of each, no two alike to a spreadsheet, which takes a and A for one."""
    out: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        clash = not prefix and name.lower().startswith(("formula_", "schedule_", "sample_"))
        own = (prefix + name)[:250]
        own += "_" * bool(LIKE_A_CELL.fullmatch(own)) + "_" * clash
        while own.casefold() in taken:
            own += "_"
        out[name] = own
        taken.add(own.casefold())
    return out
