"""From terms to two functions of one code: on Python floats for a point, on numpy for a grid.

The only text that is ever compiled is written here, from operations of our own table, numbers and
the names x, y, p0, t0, ...; what a person typed never reaches Python's compiler.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from functools import cached_property
from math import isfinite, nan
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from optviz.formulas.derivatives import Jet, differentiate
from optviz.formulas.operations import ARRAYS, ERRORS, FLOATS
from optviz.formulas.parsing import parse
from optviz.formulas.terms import Term, find_needed_terms
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
                return tuple(map(float, self.arrays(*map(np.float64, (x, y, *parameters)))))

    def compute_grid(self, x: np.ndarray, y: np.ndarray, parameters: Sequence[float]) -> np.ndarray:
        """Compute the outputs, (outputs, *shape), for x and y of one shape."""
        shape, dtype = x.shape, np.result_type(x, y)
        dtype = dtype if dtype.kind == "f" else np.dtype(float)
        x, y = (np.asarray(u, dtype).reshape(-1) for u in (x, y))
        values = np.asarray(parameters, dtype)  # numpy numbers: Python's raise where numpy has inf
        results = np.empty((self.outputs, x.size), dtype)
        with np.errstate(all="ignore"):
            parts = -(-x.size // CHUNK)
            for place in range(parts):
                part = slice(x.size * place // parts, x.size * (place + 1) // parts)
                for row, result in zip(
                    results, self.arrays(x[part], y[part], *values), strict=True
                ):
                    row[part] = result
        return results.reshape(self.outputs, *shape)


def write_code(outputs: Sequence[Term], parameters: int) -> str:
    """Write a function of the outputs; names and arrays are reused, so that few live at once."""
    order = find_needed_terms(outputs)
    last = {arg: place for place, term in enumerate(order) for arg in term.args}
    last |= dict.fromkeys(outputs, len(order))
    names: dict[Any, str] = {}
    lines, free, whole = [], [], {"x", "y"}
    for place, term in enumerate(order):
        if term.number is not None or term.op == "input":
            names[term] = term.args[0] if term.op == "input" else repr(term.number)
            continue
        parts = [names[arg] for arg in term.args]
        is_whole = not whole.isdisjoint(parts)
        done = [names[arg] for arg in term.args if last[arg] == place]
        free += sorted({name for name in done if name[0] == "t"}, reverse=True)
        names[term] = free.pop() if free else f"t{len(lines)}"
        lines.append(f"    {write_line(names[term], term, parts, whole)}")
        whole = whole | {names[term]} if is_whole else whole - {names[term]}
    inputs = ["x", "y", *(f"p{k}" for k in range(parameters))]
    results = "".join(f"{names[term]}, " for term in outputs)
    return "\n".join([f"def formula({', '.join(inputs)}):", *lines, f"    return {results}"])


def write_line(name: str, term: Term, parts: Sequence[str], whole: Set[str]) -> str:
    """Write how a name gets its value: in place where it is that of a part over all points."""
    if name in whole and term.op in ("+", "-", "*", "/"):
        first, second = parts
        if name == first:
            return f"{name} {term.op}= {second}"
        if name == second and term.op in ("+", "*"):
            return f"{name} {term.op}= {first}"
    return f"{name} = {PYTHON.join(term, parts)}"


class Differential:
    """The value of a formula and all its derivatives of one order.

    A derivative exists only where the value does. Where the chain rule has none, though the value
    is finite, it is taken more carefully, and at last as the limit of differences.
    """

    def __init__(self, program: Program, order: int):
        self.program, self.order = program, order
        self.code = self._compile(program.jet)

    @cached_property
    def careful(self) -> Code:
        """The code that goes on where a part is too large or too small for a float."""
        return self._compile(
            differentiate(self.program.nodes, self.program.parameters, careful=True)
        )

    def _compile(self, jet: Jet) -> Code:
        derivatives = jet.first if self.order == 1 else jet.second
        return Code([jet.value, *derivatives], len(self.program.parameters))

    def compute_point(self, x: float, y: float, parameters: Sequence[float]) -> tuple[float, ...]:
        """Compute value and derivatives at one point of Python floats."""
        try:
            found = self.code.floats(x, y, *parameters)
        except ERRORS:
            found = self.code.compute_point(x, y, parameters)
        return found if isfinite(sum(found)) else self.mend(found, x, y, parameters)

    def mend(
        self, found: tuple[float, ...], x: float, y: float, parameters: Sequence[float]
    ) -> tuple[float, ...]:
        """Return value and derivatives where some of them are not finite."""
        value, *derivatives = found
        if not isfinite(value):
            return value, *[nan] * len(derivatives)
        if all(map(isfinite, derivatives)):
            return found
        _, *derivatives = self.careful.compute_point(x, y, parameters)
        return value, *self.take_limits(derivatives, x, y, parameters)

    def take_limits(
        self, derivatives: Sequence[float], x: float, y: float, parameters: Sequence[float]
    ) -> Sequence[float]:
        """Return the derivatives with limits of differences for those that are not finite."""
        if all(map(isfinite, derivatives)):
            return derivatives
        from optviz.formulas.limits import find_limits

        limits = find_limits(self.program.jet.value, self.order, x, y, *parameters)
        return [a if isfinite(a) else b for a, b in zip(derivatives, limits, strict=True)]

    def compute_grid(self, x: np.ndarray, y: np.ndarray, parameters: Sequence[float]) -> np.ndarray:
        """Compute value and derivatives, (1 + derivatives, *shape), for x and y of one shape."""
        found = self.code.compute_grid(x, y, parameters)
        if np.isfinite(found).all():
            return found
        has_value = np.isfinite(found[0])
        found[1:, ~has_value] = nan
        missing = has_value & ~np.isfinite(found[1:]).all(axis=0)
        if missing.any():
            x, y = x[missing].astype(float), y[missing].astype(float)
            careful = self.careful.compute_grid(x, y, parameters)[1:]
            points = zip(careful.T.tolist(), x.tolist(), y.tolist(), strict=True)
            found[1:, missing] = np.transpose([self.take_limits(*p, parameters) for p in points])
        return found


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
    def grad(self) -> Differential:
        """The value and the gradient."""
        return Differential(self, 1)

    @cached_property
    def hess(self) -> Differential:
        """The value and the Hessian."""
        return Differential(self, 2)
