"""How a surface bends at a point: its Hessian as an ellipse, and the Newton step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from optviz.problems.base import Problem
from optviz.views.drawing.scale import number
from optviz.views.gradient_field import HEAD

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
    def known(self) -> bool:
        """Whether there are second derivatives here at all."""
        return bool(np.isfinite(self.values).all())

    @property
    def singular(self) -> bool:
        """Whether the surface is flat along a direction, to rounding."""
        sizes = np.abs(self.values)
        return bool(self.known and sizes.min() <= SINGULAR * sizes.max())

    @property
    def condition(self) -> float:
        """The condition number: the larger eigenvalue's size over the smaller one's."""
        sizes = np.abs(self.values)
        return float("inf") if self.singular else float(sizes.max() / sizes.min())

    @property
    def newton(self) -> np.ndarray | None:
        """The step to where the surface's parabola has no gradient; None where there is none."""
        if not self.known or self.singular or not np.isfinite(self.grad).all():
            return None
        return -(self.vectors @ ((self.vectors.T @ self.grad) / self.values))

    def shape(self) -> str:
        """What the surface looks like here, in a few words."""
        low, high = (0.0 if self.singular and i == self.flat else self.values[i] for i in (0, 1))
        if low == 0 == high:
            return "flat"
        if low < 0 < high:
            return "a saddle: up along one axis, down along the other"
        if low * high == 0:
            return "a valley, flat along one axis" if high > 0 else "a ridge, flat along one axis"
        return "a bowl" if low > 0 else "a dome: down along both axes"

    @property
    def flat(self) -> int:
        """The place of the eigenvalue nearest to 0."""
        return int(np.argmin(np.abs(self.values)))

    def words(self) -> str:
        """Eigenvalues, condition number and Newton step in a sentence or two."""
        if not self.known:
            return "There are no second derivatives at this point."
        low, high = self.values
        head = f"Curvature {number(low)} and {number(high)}: {self.shape()}."
        if self.singular:
            return f"{head} The Hessian is singular, so there is no Newton step."
        head += f" Condition number {number(self.condition)}."
        if self.newton is None:
            return head
        x, y = map(number, self.newton)
        where = "" if low > 0 else ", toward where the slope is 0, which is no minimum"
        return f"{head} Newton step ({x}, {y}){where}."


def curvature(problem: Problem, point: Any) -> Curvature:
    """The curvature of a two-parameter problem at a point, from its exact Hessian.

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


def curvature_dicts(bend: Curvature, window: Any) -> list[dict[str, Any]]:
    """The ellipse, its axes and the Newton step as traces; dashed where the eigenvalue is negative.

    The radii go as 1/sqrt|eigenvalue|: the ellipse is where the parabola of the surface has
    changed by one amount. The longer one is scaled to the window.
    """
    if not bend.known or not np.any(bend.values):
        return []
    sizes = np.abs(bend.values)
    if bend.singular:
        sizes = np.where(sizes <= SINGULAR * sizes.max(), sizes.max(), sizes)
    side = LARGE * float(np.diff(np.array(window, dtype=float), axis=1).min())
    radii = side * np.sqrt(sizes.min() / sizes)
    traces = [axis_dict(bend, place, radii[place]) for place in (0, 1)]
    if not bend.singular:
        traces.insert(0, ellipse_dict(bend, radii))
    return traces + ([] if bend.newton is None else [newton_dict(bend, bend.newton)])


def ellipse_dict(bend: Curvature, radii: np.ndarray) -> dict[str, Any]:
    """The outline, which stands for all in the legend."""
    turn = np.linspace(0, 2 * np.pi, 97)
    x, y = bend.point[:, None] + bend.vectors @ (radii[:, None] * [np.cos(turn), np.sin(turn)])
    saddle = bool((bend.values < 0).any())
    kind = {True: " (saddle)" if (bend.values > 0).any() else " (dome)", False: ""}[saddle]
    return {
        **stroke(x, y, saddle),
        "name": f"Hessian{kind}, radii ∝ 1/√|eigenvalue|",
        "legendrank": 1004,
    }


def axis_dict(bend: Curvature, place: int, radius: float) -> dict[str, Any]:
    """One axis of the ellipse."""
    half = radius * bend.vectors[:, place]
    x, y = np.stack([bend.point - half, bend.point + half], axis=1)
    return {
        **stroke(x, y, bool(bend.values[place] < 0)),
        "name": f"eigenvalue {number(bend.values[place])}",
        "showlegend": False,
        "hoverinfo": "name",
    }


def stroke(x: np.ndarray, y: np.ndarray, dashed: bool) -> dict[str, Any]:
    """A thin line, dashed where the surface bends down."""
    line = {"color": COLOR, "width": 2, "dash": "dash" if dashed else "solid"}
    return {"type": "scatter", "x": x, "y": y, "mode": "lines", "line": line, "hoverinfo": "skip"}


def newton_dict(bend: Curvature, newton: np.ndarray) -> dict[str, Any]:
    """The Newton step as an arrow of its true length."""
    x, y = np.stack([bend.point, bend.point + newton], axis=1)
    return {
        "type": "scatter",
        "x": x,
        "y": y,
        "mode": "lines+markers",
        "line": {"color": COLOR, "width": 3},
        "marker": {"color": COLOR, "size": [0, 14], "opacity": 1, **HEAD},
        "name": "Newton step (true length)",
        "legendrank": 1004,
        "hovertemplate": "Newton step ({}, {})<extra></extra>".format(*map(number, newton)),
    }
