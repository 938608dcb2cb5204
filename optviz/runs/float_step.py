"""A rule's step on Python floats, compiled from the rule's own text.

On the few parameters of a surface numpy spends more time on its arrays than on their numbers. The
results are the same to the last bit: only optviz's own rules are compiled, which do nothing to
parameters but add, multiply, divide, compare, and take squares and roots.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from types import CodeType, FunctionType
from typing import Any

from optviz.formulas.expressions import COMPARISONS, Expr
from optviz.formulas.operations import FLOATS
from optviz.formulas.writing import ATOM, INFIX, POWER, Language, Part, call, write
from optviz.tracing import Trace

HELPERS = {"square": lambda u: u * u, "root": math.sqrt, "larger": FLOATS["max"]}


def _write_power(base: Part, exponent: Part) -> str:
    """Write a power of parameters as numpy computes it for arrays."""
    return {2: f"square({base})", 0.5: f"root({base})"}[exponent.source.number]


PYTHON = Language(
    {
        **INFIX,
        "pow": _write_power,
        "max": call("larger"),
        **{op: f"({{}} {op} {{}})" for op in COMPARISONS.values()},
    }
)
OF_NUMBERS = replace(
    PYTHON, operations={**PYTHON.operations, "pow": ("{} ** {}", POWER, ATOM, ATOM)}
)
"""What has one value for all parameters is Python's own already: its powers stay."""


def compile_floats(traced: Trace, size: int) -> Callable[..., Any]:
    """Compile code(params, grad, state, *numbers) -> (params, state) on `size` floats each."""
    names: dict[Any, str] = {"params": "p{i}", "grad": "g{i}"}
    names |= {name: f"h{k}" for k, name in enumerate(traced.hypers)}
    for k, name in enumerate(traced.state):
        names[name] = f"s{k}_{{i}}" if name in traced.vectors else f"s{k}"
    places = range(size)

    def write_expr(expr: Expr, place: Any = 0) -> str:
        def write_leaf(each: Expr) -> str | None:
            word = names.get(each) or names.get(each.name)
            return word.format(i=place) if word else spell_number(each)

        return write(expr, PYTHON if traced.is_vector(expr) else OF_NUMBERS, write_leaf)

    def unpack(name: str) -> str:
        return "".join(f"{names[name].format(i=i)}, " for i in places)

    def collect(name: str, expr: Expr) -> str:
        if name not in traced.vectors:
            return write_expr(expr)
        return f"({''.join(f'{write_expr(expr, i)}, ' for i in places)})"

    before = (f"({unpack(k)})" if k in traced.vectors else names[k] for k in traced.state)
    lines = [f"({unpack('params')}), ({unpack('grad')}) = params, grad"]
    lines += [f"{', '.join(before)}, = state"] if traced.state else []
    for k, (_, expr) in enumerate(traced.quantities):
        own = f"t{k}_{{i}}" if traced.is_vector(expr) else f"t{k}"
        for i in places if traced.is_vector(expr) else [0]:
            lines.append(f"{own.format(i=i)} = {write_expr(expr, i)}")
        names[expr] = own
    after = "".join(f"{collect(*each)}, " for each in traced.state.items())
    lines.append(f"return {collect('params', traced.new)}, ({after})")
    head = ", ".join(["params", "grad", "state", *(names[k] for k in traced.hypers)])
    module = compile("\n    ".join([f"def step({head}):", *lines]), "<rule>", "exec")
    code = next(const for const in module.co_consts if isinstance(const, CodeType))
    return FunctionType(code, {**HELPERS, "__builtins__": {}})


def spell_number(expr: Expr) -> str | None:
    """Spell a number as it is in a rule's text; None for an operation."""
    return None if expr.number is None else repr(expr.number)
