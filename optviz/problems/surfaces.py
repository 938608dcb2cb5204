"""The surfaces that optviz knows, from surfaces.toml, and the way to one by name or formula."""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import Any

import numpy as np

from optviz.formulas.errors import FormulaError
from optviz.problems.surface import Formula, Surface

LOW, HIGH = -5.0, 5.0
"""The window of a typed formula and the range of its parameters, of which we know nothing."""
STARTS = ((-3.2, 2.4), (2.2, 1.3), (-1.2, -0.7), (0.3, 0.4))
"""Where a typed formula starts, if it can: off the whole numbers, where kinks tend to lie."""


def _known(name: str, entry: dict[str, Any]) -> Surface:
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
SURFACES: dict[str, Surface] = {name: _known(name, entry) for name, entry in _ENTRIES.items()}


def surface(name_or_formula: str, /, **parameters: float) -> Surface:
    """A known surface by its name, or a formula of x and y as a surface.

    Case, blanks, hyphens and underscores in a name do not matter.
    Raises: FormulaError, such as `no surface "rosenbrok"; nearest: rosenbrock`.
    """
    if not isinstance(name_or_formula, str):
        return _typed(Formula(name_or_formula, **parameters))
    name = re.sub("[ _-]+", "_", name_or_formula.strip().lower())
    if name in SURFACES:
        return SURFACES[name].with_parameters(**parameters)
    if re.fullmatch("[a-z][a-z0-9_]{2,}", name) and not {"x", "y"} & set(name.split("_")):
        nearest = difflib.get_close_matches(name, SURFACES, 1, 0.5)
        if not nearest and "_" not in name:
            Formula(name_or_formula)  # a slip such as sinx has a sentence of its own
        hint = f"nearest: {nearest[0]}" if nearest else "type a name or a formula of x and y"
        raise FormulaError(f'no surface "{name_or_formula.strip():.50}"; {hint}')
    return _typed(Formula(name_or_formula, **parameters))


def _typed(formula: Formula) -> Surface:
    text = formula.text.strip()
    if not any(node.op == "variable" for node in formula.program.nodes):
        raise FormulaError(f'a surface needs x or y, and "{text:.50}" has neither')
    return Surface(
        name=text,
        title=text,
        formula=formula,
        start=_start(formula),
        window=((LOW, HIGH), (LOW, HIGH)),
        parameters={k: (v, min(v, LOW), max(v, HIGH)) for k, v in formula.parameters.items()},
        note="A formula of your own: where its minima lie is for you to find.",
        source="typed",
    )


def _start(formula: Formula) -> np.ndarray:
    """The first point where value and gradient are finite, if possible with a slope."""
    ticks = np.linspace(LOW, HIGH, 41)
    grid = np.stack(np.meshgrid(ticks, ticks), -1).reshape(-1, 2)
    points = np.concatenate([STARTS, grid])
    x, y = points.T
    value, (fx, fy) = formula.value(x, y), formula.grad(x, y)
    slope = np.maximum(abs(fx), abs(fy))
    finite = np.isfinite(value) & np.isfinite(slope)
    if not finite.any():
        raise FormulaError(f"the formula is finite nowhere for x and y from {LOW:g} to {HIGH:g}")
    sloping = finite & (slope > 0)
    return points[np.argmax(sloping if sloping.any() else finite)]
