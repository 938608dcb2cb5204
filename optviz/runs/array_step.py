"""A rule's step on long arrays, compiled from the rule's own text to need fewer arrays.

Python's operators make an array for each operation, and over many parameters memory costs more than
arithmetic. Here an operation writes over an operand that nothing needs any more. The operations,
their order and their results are those of the text, to the last bit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from optviz.formulas.expressions import Expr
from optviz.formulas.writing import write
from optviz.runs.float_step import OF_NUMBERS, spell_number
from optviz.tracing import Trace, find_parts

UFUNCS = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "neg": "negative",
    "abs": "absolute",
    "max": "maximum",
    2: "square",
    0.5: "sqrt",
}
"""Numpy's name of each operation on arrays; a power goes by its exponent, as numpy computes it."""


def compile_arrays(traced: Trace, *, in_place: bool = False) -> Callable[..., Any]:
    """Compile code(params, grad, state, *numbers) -> (params, state) on arrays.

    The new params are an array of their own, or `in_place` written over the old ones.
    """
    names = {name: f"h{k}" for k, name in enumerate(traced.hypers)}
    names |= {name: f"s{k}" for k, name in enumerate(traced.state)}
    writer = ArrayWriter(traced, names, in_place)
    lines = [f"{names[name]} = state[{k}]" for k, name in enumerate(traced.state)]
    lines += map(writer.write_line, writer.vectors)
    new, *after = map(writer.write_value, writer.outputs)
    lines.append(f"return {new}, ({''.join(f'{each}, ' for each in after)})")
    head = ", ".join(["params", "grad", "state", *(names[name] for name in traced.hypers)])
    module = compile("\n    ".join([f"def step({head}):", *lines]), "<rule>", "exec")
    code = next(const for const in module.co_consts if isinstance(const, CodeType))
    known = {name: getattr(np, name) for name in UFUNCS.values()}
    return FunctionType(code, {**known, "__builtins__": {}})


class ArrayWriter:
    """The lines of a step, written one operation after another."""

    def __init__(self, traced: Trace, names: dict[str, str], in_place: bool):
        self.last = traced.new if in_place else None
        self.names, self.outputs = names, (traced.new, *traced.state.values())
        self.vectors = [
            each for each in find_parts(*self.outputs) if each.args and traced.is_vector(each)
        ]
        self.words: dict[Expr, str] = {}
        """The name of the array that each operation is written to."""
        self.uses = Counter(part for each in self.vectors for part in each.args)
        self.uses.update(self.outputs)
        if in_place:  # after all that needs the old params
            self.vectors.sort(key=lambda each: each is traced.new)
        self.free: list[str] = []
        """The names of arrays that nothing needs any more."""

    def write_line(self, expr: Expr) -> str:
        """Write one operation, into an array that is free where there is one."""
        op, parts = expr.op, expr.args
        if op == "pow":
            op, parts = parts[1].number, parts[:1]
        values = ", ".join(map(self.write_value, parts))
        self.uses.subtract(expr.args)
        ended = (each for each in dict.fromkeys(parts) if not self.uses[each])
        self.free += [self.words[each] for each in ended if each in self.words]
        if expr is self.last:
            self.words[expr] = "params"
            return f"{UFUNCS[op]}({values}, out=params)"
        if self.free:
            self.words[expr] = name = self.free.pop()
            return f"{name} = {UFUNCS[op]}({values}, out={name})"
        self.words[expr] = name = f"t{len(self.words)}"
        return f"{name} = {UFUNCS[op]}({values})"

    def write_value(self, expr: Expr) -> str:
        """Write the name of an array, or a number."""
        return self.words.get(expr) or f"({write(expr, OF_NUMBERS, self.write_leaf)})"

    def write_leaf(self, expr: Expr) -> str | None:
        """Write a symbol or a number; None for an operation."""
        return self.names.get(expr.name, expr.name) or spell_number(expr)
