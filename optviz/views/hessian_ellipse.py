"""The curvature of a surface at a point: its Hessian as an ellipse, and the Newton step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from optviz.problems.base import Problem
from optviz.views.drawing.paths import draw_arrow
from optviz.views.drawing.scale import format_number

SINGULAR = 1e-12
"""An eigenvalue below this share of the largest counts as 0."""

LARGE = 0.22
"""The longer radius of an ellipse, as a share of the window's shorter side."""

COLOR = "#d6336c"


@dataclass(frozen=True, eq=False)
class Curvature:
    """The second derivatives at a point, and what follows from them.

    Shapes: point, grad (2,); hess, vectors (2, 2), an eigenvector a column; values (2,), rising.
    """

    point: np.ndarray
    grad: np.ndarray
    hess: np.ndarray
    values: np.ndarray
    vectors: np.ndarray

    @property
    def is_known(self) -> bool:
        """True where there are second derivatives."""
        return bool(np.isfinite(self.values).all())

    @property
    def is_singular(self) -> bool:
        """True where the surface is flat along a direction, to rounding."""
        sizes = np.abs(self.values)
        return bool(self.is_known and sizes.min() <= SINGULAR * sizes.max())

    @property
    def condition(self) -> float:
        """The condition number: the larger eigenvalue's size over the smaller one's."""
        sizes = np.abs(self.values)
        return float("inf") if self.is_singular else float(sizes.max() / sizes.min())

    @property
    def newton(self) -> np.ndarray | None:
        """The step to the stationary point of the local parabola; None where there is none."""
        if not self.is_known or self.is_singular or not np.isfinite(self.grad).all():
            return None
        return -(self.vectors @ ((self.vectors.T @ self.grad) / self.values))

    def describe_shape(self) -> str:
        """Return the local shape of the surface in a few words."""
        flat = int(np.argmin(np.abs(self.values)))
        low, high = (0.0 if self.is_singular and i == flat else self.values[i] for i in (0, 1))
        if low == 0 == high:
            return "flat"
        if low < 0 < high:
            return "a saddle: up along one axis, down along the other"
        if low * high == 0:
            return "a valley, flat along one axis" if high > 0 else "a ridge, flat along one axis"
        return "a bowl" if low > 0 else "a dome: down along both axes"

    def words(self) -> str:
        """Return eigenvalues, condition number and Newton step in a sentence or two."""
        if not self.is_known:
            return "There are no second derivatives at this point."
        low, high = map(format_number, self.values)
        text = f"Curvature {low} and {high}: {self.describe_shape()}."
        if self.is_singular:
            return f"{text} The Hessian is singular, so there is no Newton step."
        text += f" Condition number {format_number(self.condition)}."
        if self.newton is None:
            return text
        x, y = map(format_number, self.newton)
        goal = "" if self.values[0] > 0 else ", toward a stationary point that is not a minimum"
        return f"{text} Newton step ({x}, {y}){goal}."


def curvature(problem: Problem, point: Any) -> Curvature:
    """Return the curvature of a two-parameter problem at a point, from its exact Hessian.

    Raises: ValueError: line has no second derivatives: curvature needs a surface with hess
    """
    bare: Any = getattr(problem, "problem", problem)
    if not hasattr(bare, "hess") or np.size(bare.start) != 2:
        raise ValueError(
            f"{bare.name} has no second derivatives of two parameters: "
            "curvature needs a surface with hess"
        )
    at = np.array(point, dtype=float).reshape(-1)
    if at.shape != (2,) or not np.isfinite(at).all():
        raise ValueError(f"a point is two finite numbers, got {point!r}")
    with np.errstate(all="ignore"):
        hess, grad = bare.hess(at), np.asarray(bare.grad(at), dtype=float)
        loss = bare.loss(at)
    values, vectors = np.full(2, np.nan), np.eye(2)
    # A formula such as log(x) has derivatives in text also where it has no value.
    if np.isfinite(hess).all() and np.isfinite(loss):
        values, vectors = np.linalg.eigh(hess)
    return Curvature(at, grad, hess, values, vectors)


def draw_curvature(bend: Curvature, window: Any) -> list[dict[str, Any]]:
    """Return the ellipse, its axes and the Newton step as traces.

    The radii go as 1/sqrt|eigenvalue|: along the ellipse the local parabola has changed by one
    amount. The longer radius is scaled to the window. A negative eigenvalue's axis is dashed.
    """
    if not bend.is_known or not np.any(bend.values):
        return []
    sizes = np.abs(bend.values)
    if bend.is_singular:
        sizes = np.where(sizes <= SINGULAR * sizes.max(), sizes.max(), sizes)
    side = LARGE * float(np.diff(np.array(window, dtype=float), axis=1).min())
    radii = side * np.sqrt(sizes.min() / sizes)
    traces = []
    if not bend.is_singular:  # the outline stands for all in the legend
        turn = np.linspace(0, 2 * np.pi, 97)
        circle = radii[:, None] * [np.cos(turn), np.sin(turn)]
        x, y = bend.point[:, None] + bend.vectors @ circle
        outline = draw_line(x, y, bend.values.min() < 0)
        shape = " (dome)" if bend.values.max() < 0 else " (saddle)" if bend.values.min() < 0 else ""
        name = f"Hessian{shape}, radii ∝ 1/√|eigenvalue|"
        traces.append(outline | {"name": name, "legendrank": 1004})
    for value, axis in zip(bend.values, (radii * bend.vectors).T, strict=True):
        ends = np.stack([bend.point - axis, bend.point + axis], axis=1)
        name = f"eigenvalue {format_number(value)}"
        traces.append(
            draw_line(ends[0], ends[1], value < 0)
            | {"name": name, "showlegend": False, "hoverinfo": "name"}
        )
    if bend.newton is not None:
        step = "({}, {})".format(*map(format_number, bend.newton))
        traces.append(
            draw_arrow(bend.point, bend.point + bend.newton, COLOR, width=3)
            | {"name": "Newton step (true length)", "legendrank": 1004}
            | {"hovertemplate": f"Newton step {step}<extra></extra>"}
        )
    return traces


def draw_line(x: np.ndarray, y: np.ndarray, is_dashed: bool) -> dict[str, Any]:
    """Return a thin line, dashed where the surface curves downward."""
    line = {"color": COLOR, "width": 2, "dash": "dash" if is_dashed else "solid"}
    return {"type": "scatter", "x": x, "y": y, "mode": "lines", "line": line, "hoverinfo": "skip"}
