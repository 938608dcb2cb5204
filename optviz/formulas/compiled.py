"""From terms to two functions of one code: on Python floats for a point, on numpy for a grid.

The only text that is ever compiled is written here, from operations of our own table, numbers and
the names x, y, p0, t0, ...; what a person typed never reaches Python's compiler.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from optviz.formulas.derivatives import Jet, Term, differentiate
from optviz.formulas.operations import ARRAYS, ERRORS, FLOATS
from optviz.formulas.parsing import parse
from optviz.formulas.writing import Language, call

CHUNK = 4096
"""Points at a time on a grid: the many temporary arrays then stay in the processor's cache."""

PYTHON = Language(
    {
        **{name: call(name) for name in FLOATS},
        **{op: f"{{}} {op} {{}}" for op in "+-*/"},
        "neg": "-{}",
    }
)
"""One operation on names: each has a line of its own."""


class Code:
    """The functions of x, y and parameters that compute some terms."""

    def __init__(self, outputs: Sequence[Term], parameters: int):
        module = compile(write_code(outputs, parameters), "<formula>", "exec")
        code = next(const for const in module.co_consts if isinstance(const, CodeType))
        self.outputs = len(outputs)
        self.floats = FunctionType(code, {**FLOATS, "__builtins__": {}})
        self.arrays = FunctionType(code, {**ARRAYS, "__builtins__": {}})

    def compute_point(self, x: float, y: float, parameters: Sequence[float]) -> tuple[float, ...]:
        """Compute the outputs at one point of Python floats."""
        try:
            return self.floats(x, y, *parameters)
        except ERRORS:
            with np.errstate(all="ignore"):
                return self.arrays(*map(np.float64, (x, y, *parameters)))

    def compute_grid(self, x: np.ndarray, y: np.ndarray, parameters: Sequence[float]) -> np.ndarray:
        """Compute the outputs, (outputs, *shape), for x and y of one shape."""
        shape, dtype = x.shape, np.result_type(x, y)
        dtype = dtype if dtype.kind == "f" else np.dtype(float)
        x, y = (np.asarray(u, dtype).reshape(-1) for u in (x, y))
        values = np.asarray(parameters, dtype)  # numpy numbers: Python's raise where numpy has inf
        results = np.empty((self.outputs, x.size), dtype)
        with np.errstate(all="ignore"):
            for low in range(0, x.size, CHUNK):
                part = slice(low, low + CHUNK)
                for row, result in zip(
                    results, self.arrays(x[part], y[part], *values), strict=True
                ):
                    row[part] = result
        return results.reshape(self.outputs, *shape)


def write_code(outputs: Sequence[Term], parameters: int) -> str:
    """Write a function of the outputs; names are reused, so that few arrays live at once."""
    order = find_needed_terms(outputs)
    last = {arg: place for place, term in enumerate(order) for arg in term.args}
    last |= dict.fromkeys(outputs, len(order))
    names: dict[Any, str] = {}
    lines, free = [], []
    for place, term in enumerate(order):
        if term.number is not None or term.op == "input":
            names[term] = term.args[0] if term.op == "input" else repr(term.number)
            continue
        text = PYTHON.join(term, [names[arg] for arg in term.args])
        done = {names[arg] for arg in term.args if last[arg] == place}
        free += sorted(name for name in done if name[0] == "t")
        names[term] = free.pop() if free else f"t{len(lines)}"
        lines.append(f"    {names[term]} = {text}")
    inputs = ["x", "y", *(f"p{k}" for k in range(parameters))]
    results = "".join(f"{names[term]}, " for term in outputs)
    return "\n".join([f"def formula({', '.join(inputs)}):", *lines, f"    return {results}"])


def find_needed_terms(outputs: Sequence[Term]) -> list[Term]:
    """Return the terms that the outputs are computed from, in the order of evaluation."""
    found, waiting = set(), list(outputs)
    while waiting:
        term = waiting.pop()
        if term not in found:
            found.add(term)
            waiting += term.args if term.op != "input" else ()
    return [term for term in outputs[0].tape.terms.values() if term in found]


class Program:
    """A parsed formula and the codes of its value and derivatives, each made when needed."""

    def __init__(self, text: str):
        self.nodes = parse(text)
        names = [node.name for node in self.nodes if node.op == "parameter"]
        self.parameters = tuple(dict.fromkeys(names))

    @cached_property
    def jet(self) -> Jet:
        """The value and its derivatives as terms."""
        return differentiate(self.nodes, self.parameters)

    @cached_property
    def value(self) -> Code:
        """The code of the value."""
        return Code([self.jet.value], len(self.parameters))

    @cached_property
    def grad(self) -> Code:
        """The code of the gradient."""
        return Code(self.jet.first, len(self.parameters))

    @cached_property
    def value_and_grad(self) -> Code:
        """The code of the value and the gradient at once."""
        return Code([self.jet.value, *self.jet.first], len(self.parameters))

    @cached_property
    def hess(self) -> Code:
        """The code of the Hessian."""
        return Code(self.jet.second, len(self.parameters))
