"""Surfaces: a formula of x and y as a problem, those of surfaces.toml and any that is typed."""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from optviz.formulas.compiled import Code, Differential, Program
from optviz.formulas.errors import FormulaError, describe_parameters, suggest_reading
from optviz.formulas.latex import write_typed_latex
from optviz.problems.base import ALL, Problem

LOW, HIGH = -5.0, 5.0
"""The window of a typed formula and the range of its parameters."""
STARTS = ((-3.2, 2.4), (2.2, 1.3), (-1.2, -0.7), (0.3, 0.4))
"""Starts for a typed formula: off the whole numbers, where kinks tend to lie."""


_program = lru_cache(maxsize=512)(Program)

Window = tuple[tuple[float, float], tuple[float, float]]


class Formula:
    """A formula of x and y with named parameters; one that is given no value is 1.

    Shapes: x and y broadcast; every result has their common shape, also where it is constant.
    Raises: FormulaError, a ValueError with one sentence for whoever typed the text.
    """

    def __init__(self, text: str, /, **parameters: float):
        self.program = _program(text) if isinstance(text, str) else Program(text)
        self.text = text
        values = dict.fromkeys(self.program.parameters, 1.0)
        for name, value in parameters.items():
            if name not in values:
                nearest = difflib.get_close_matches(name, values, 1, 0.4)
                has = f"it has {', '.join(values) or 'none'}"
                hint = f"nearest: {nearest[0]}" if nearest else has
                raise FormulaError(f'the formula has no parameter "{name}"; {hint}')
            values[name] = _check_finite(name, value)
        self.values = tuple(values.values())

    @property
    def parameters(self) -> dict[str, float]:
        """The parameters and their values."""
        return dict(zip(self.program.parameters, self.values, strict=True))

    def with_parameters(self, /, **parameters: float) -> Formula:
        """Return the formula at other parameter values; nothing is parsed or compiled again."""
        return Formula(self.text, **(self.parameters | parameters))

    def value(self, x: Any, y: Any) -> Any:
        """Return the value: a float for two numbers, else an array."""
        return self._evaluate(self.program.value, x, y)[0]

    def grad(self, x: Any, y: Any) -> tuple[Any, Any]:
        """Return the derivatives (fx, fy); nan where the formula has none."""
        return self._evaluate(self.program.grad, x, y)[1:]

    def hess(self, x: Any, y: Any) -> tuple[Any, Any, Any]:
        """Return the second derivatives (fxx, fxy, fyy)."""
        return self._evaluate(self.program.hess, x, y)[1:]

    def _evaluate(self, code: Code | Differential, x: Any, y: Any) -> Any:
        if isinstance(x, (int, float)) and isinstance(y, (int, float)):
            return code.compute_point(float(x), float(y), self.values)
        x, y = np.broadcast_arrays(x, y)
        return tuple(code.compute_grid(x, y, self.values))

    def latex(self) -> str:
        """Write the text in LaTeX as it was typed."""
        return write_typed_latex(self.program.nodes)

    def __reduce__(self):
        # In another process its code is compiled again, not sent.
        return partial(Formula, **self.parameters), (self.text,)

    def __repr__(self) -> str:
        values = "".join(f", {name}={value!r}" for name, value in self.parameters.items())
        return f"Formula({self.text!r}{values})"


def _check_finite(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise FormulaError(f"{name} must be a finite number, got {value!r:.50}")
    return number


@dataclass(frozen=True, eq=False, kw_only=True)
class Surface(Problem):
    """A formula as a problem of two parameters, with its window, minima and a note.

    `parameters` maps each parameter of the formula to (default, low, high). `minima` are the known
    global minima: none are claimed where a parameter lies outside its low and high.
    `group` is where a list has it. `note` says what an optimizer meets here; `log` asks for
    log-scaled color.
    Shapes: params (2,) or (2, *runs); hess gives (2, 2, *runs).
    """

    name: str
    formula: Formula
    start: np.ndarray
    window: Window
    known_minima: tuple[tuple[float, ...], ...] = ()
    parameters: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    title: str = ""
    group: str = ""
    note: str = ""
    source: str = ""
    log: bool = False
    names = ("x", "y")

    def __post_init__(self):
        start = np.array(self.start, float)
        start.flags.writeable = False
        values = self.formula.parameters
        known = all(low <= values[k] <= high for k, (_, low, high) in self.parameters.items())
        object.__setattr__(self, "start", start)
        object.__setattr__(self, "minima", self.known_minima if known else ())

    def with_parameters(self, /, **parameters: float) -> Surface:
        """Return the surface at other parameter values."""
        return replace(self, formula=self.formula.with_parameters(**parameters))

    def loss(self, params: np.ndarray) -> Any:
        """Return the value of the formula."""
        return self._outputs(self.formula.program.value, _to_floats(params))[0]

    def grad(self, params: np.ndarray, sample: Any = ALL) -> np.ndarray:
        """Return the exact gradient; nan where the surface has none."""
        params = _to_floats(params)
        return np.asarray(self._outputs(self.formula.program.grad, params)[1:], params.dtype)

    def full_loss_and_grad(self, params: np.ndarray, sample: Any) -> tuple[Any, np.ndarray]:
        """Return the loss and the gradient, from one evaluation of the formula."""
        formula = self.formula
        params = params if params.dtype.kind == "f" else params.astype(float)
        if params.ndim == 1:
            x, y = params.tolist()
            loss, fx, fy = formula.program.grad.compute_point(x, y, formula.values)
            return loss, np.array((fx, fy), params.dtype)
        found = self._outputs(formula.program.grad, params)
        return found[0], np.asarray(found[1:], params.dtype)

    def hess(self, params: np.ndarray) -> np.ndarray:
        """Return the exact matrix of second derivatives."""
        params = _to_floats(params)
        _, fxx, fxy, fyy = self._outputs(self.formula.program.hess, params)
        return np.array([[fxx, fxy], [fxy, fyy]], params.dtype)

    def _outputs(self, code: Code | Differential, params: np.ndarray) -> Any:
        x, y = params.tolist() if params.ndim == 1 else params
        evaluate = code.compute_point if params.ndim == 1 else code.compute_grid
        return evaluate(x, y, self.formula.values)

    def latex(self) -> str:
        """Write its formula in LaTeX as it was typed."""
        return self.formula.latex()


def _to_floats(params: Any) -> np.ndarray:
    """Return params as an array of floats: a gradient cast to integers would be wrong."""
    params = np.asarray(params)
    return params if params.dtype.kind == "f" else params.astype(float)


def _read_surface(name: str, entry: dict[str, Any]) -> Surface:
    ranges = entry.pop("parameters", {})
    defaults = {key: default for key, (default, _, _) in ranges.items()}
    x_low, x_high, y_low, y_high = entry.pop("window")
    return Surface(
        name=name,
        formula=Formula(entry.pop("formula"), **defaults),
        window=((float(x_low), float(x_high)), (float(y_low), float(y_high))),
        known_minima=tuple((float(x), float(y)) for x, y in entry.pop("minima")),
        parameters=ranges,
        **entry,
    )


_ENTRIES = tomllib.loads(Path(__file__).with_name("surfaces.toml").read_text("utf-8"))
SURFACES: dict[str, Surface] = {
    name: _read_surface(name, entry) for name, entry in _ENTRIES.items()
}
"""The known surfaces by name."""


def group_surfaces() -> dict[str, list[Surface]]:
    """Return the known surfaces by their groups, both in the order of the file."""
    groups: dict[str, list[Surface]] = {}
    for each in SURFACES.values():
        groups.setdefault(each.group, []).append(each)
    return groups


def surface(name_or_formula: str, /, **parameters: float) -> Surface:
    """Return a known surface by its name, or a formula of x and y as a surface.

    Case, blanks, hyphens and underscores in a name do not matter. A formula may be typed as on
    paper: `2x² + √y·sin(x)`. Functions: sin cos tan, their inverses, all hyperbolic too (`asinh`,
    `arsinh`), exp log (ln) log10 log2 sqrt cbrt abs sign floor ceil max min hypot pow, atan2(y, x),
    mod(x, y) with the sign of y, sigmoid, relu, and `where(0 < x < 1 and y != 2, a, b)`, of which
    only the branch taken counts. Other letters are parameters of 1.
    Raises: FormulaError, such as `no surface "rosenbrok"; nearest: rosenbrock`.
    """
    if not isinstance(name_or_formula, str):
        return _make_typed(Formula(name_or_formula, **parameters))
    name = re.sub("[ _-]+", "_", name_or_formula.strip().lower())
    if name in SURFACES:
        return SURFACES[name].with_parameters(**parameters)
    if re.fullmatch("[a-z][a-z0-9_]{2,}", name) and not {"x", "y"} & set(name.split("_")):
        nearest = difflib.get_close_matches(name, SURFACES, 1, 0.5)
        if not nearest and "_" not in name:
            Formula(name_or_formula)  # a slip such as sinx has a sentence of its own
        hint = f"nearest: {nearest[0]}" if nearest else "type a name or a formula of x and y"
        raise FormulaError(f'no surface "{name_or_formula.strip():.50}"; {hint}')
    return _make_typed(Formula(name_or_formula, **parameters))


def _make_typed(formula: Formula) -> Surface:
    text = formula.text.strip()
    if not any(node.op == "variable" for node in formula.program.nodes):
        slips = filter(None, map(suggest_reading, formula.program.parameters))
        why = "".join(f": {slip}" for slip in islice(slips, 1))
        raise FormulaError(f'a surface needs x or y, and "{text:.50}" has neither{why}')
    named = describe_parameters(formula.program.parameters)
    return Surface(
        name=text,
        title=text,
        formula=formula,
        start=_find_start(formula),
        window=((LOW, HIGH), (LOW, HIGH)),
        parameters={k: (v, min(v, LOW), max(v, HIGH)) for k, v in formula.parameters.items()},
        note="A formula of your own: where its minima lie is for you to find."
        + f" {named}." * bool(named),
        source="typed",
    )


def _find_start(formula: Formula) -> np.ndarray:
    """Return the first point where value and gradient are finite, if possible with a slope."""
    ticks = np.linspace(LOW, HIGH, 41)
    grid = np.stack(np.meshgrid(ticks, ticks), -1).reshape(-1, 2)
    points = np.concatenate([STARTS, grid])
    x, y = points.T
    # Without the limits that `grad` finds at a kink, where nobody wants to start.
    value, fx, fy = formula.program.grad.code.compute_grid(x, y, formula.values)
    slope = np.maximum(abs(fx), abs(fy))
    finite = np.isfinite(value) & np.isfinite(slope)
    if not finite.any():
        raise FormulaError(f"the formula is finite nowhere for x and y from {LOW:g} to {HIGH:g}")
    sloping = finite & (slope > 0)
    return points[np.argmax(sloping if sloping.any() else finite)]
