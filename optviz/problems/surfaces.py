"""The surfaces that optviz knows, from surfaces.toml, and the way to one by name or formula."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from optviz.problems.formula import Formula, Surface
from optviz.problems.parsing import FormulaError

TYPED_WINDOW = ((-5.0, 5.0), (-5.0, 5.0))
TYPED_RANGE = (-5.0, 5.0)
"""Window of a typed formula and range of its parameters, which nobody has told us."""


def _read(path: Path) -> Iterator[Surface]:
    for name, entry in tomllib.loads(path.read_text("utf-8")).items():
        parameters = {
            key: tuple(map(float, entry)) for key, entry in entry.pop("parameters", {}).items()
        }
        defaults = {key: values[0] for key, values in parameters.items()}
        x_low, x_high, y_low, y_high = map(float, entry.pop("window"))
        yield Surface(
            name=name,
            formula=Formula(entry.pop("formula"), **defaults),
            window=((x_low, x_high), (y_low, y_high)),
            known_minima=tuple((float(x), float(y)) for x, y in entry.pop("minima", ())),
            parameters=parameters,
            **entry,
        )


SURFACES: dict[str, Surface] = {
    surface.name: surface for surface in _read(Path(__file__).with_name("surfaces.toml"))
}


def surface(name_or_formula: str, /, **parameters: float) -> Surface:
    """A known surface by its name, or a formula of x and y as a surface.

    Raises: FormulaError, such as `no surface "rosenbrok"; nearest: rosenbrock`.
    """
    if isinstance(name_or_formula, str):
        name = re.sub("[ _-]+", "_", name_or_formula.strip().lower())
        if name in SURFACES:
            return SURFACES[name].with_parameters(**parameters)
        if re.fullmatch("[a-z][a-z0-9_]*", name) and not {"x", "y"} & set(name.split("_")):
            nearest = difflib.get_close_matches(name, SURFACES, 1, 0.5)
            hint = f"nearest: {nearest[0]}" if nearest else "type a name or a formula of x and y"
            raise FormulaError(f'no surface "{name_or_formula.strip():.50}"; {hint}')
    return _typed(Formula(name_or_formula, **parameters))


def _typed(formula: Formula) -> Surface:
    text = formula.text.strip()
    ranges = {
        name: (value, min(value, TYPED_RANGE[0]), max(value, TYPED_RANGE[1]))
        for name, value in formula.parameters.items()
    }
    return Surface(
        name=text,
        title=text,
        formula=formula,
        start=_start(formula),
        window=TYPED_WINDOW,
        parameters=ranges,
        note="Your formula: its minima are not known.",
        source="typed",
    )


def _start(formula: Formula) -> np.ndarray:
    """A point of the window where value and gradient are finite and it is not flat, if there is one."""
    (x_low, x_high), (y_low, y_high) = TYPED_WINDOW
    offsets = (
        np.array([-3.2, 2.4]),
        np.array([2.2, 1.3]),
        np.array([-1.2, -0.7]),
        np.array([0.3, 0.4]),
    )
    grid = np.stack(np.meshgrid(np.linspace(x_low, x_high, 40), np.linspace(y_low, y_high, 40)), -1)
    points = np.concatenate([offsets, grid.reshape(-1, 2)])
    x, y = points.T
    value, (fx, fy) = formula.value(x, y), formula.grad(x, y)
    slope = abs(fx) + abs(fy)
    finite = np.isfinite(value) & np.isfinite(slope)
    if not finite.any():
        raise FormulaError(
            f"the formula is finite nowhere with x and y from {x_low:g} to {x_high:g}"
        )
    steep = finite & (slope > 0)
    return points[np.argmax(steep if steep.any() else finite)]
