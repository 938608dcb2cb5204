"""The curvature of a surface at a point: its quadratic model, a gradient and a Newton step."""

from __future__ import annotations

from typing import Any

import numpy as np

from optviz.javascript import emit_surface
from optviz.lessons.pictures.picture import (
    Picture,
    Table,
    check_keys,
    collect_modules,
    name_module,
    read_number,
    read_point,
    read_whole,
)
from optviz.problems.surfaces import Surface, surface

KEYS = ("problem", "parameters", "point", "lr", "steps", "newton")
SINGULAR = 1e-12
"""An eigenvalue below this share of the largest one counts as 0: then there is no Newton step."""


def read_table(table: Table) -> dict[str, Any]:
    """Return the surface, the point and the learning rate, checked."""
    check_keys("curvature", table, KEYS)
    parameters = table.get("parameters", {})
    if not isinstance(parameters, dict):
        raise ValueError(f"parameters must be a table of numbers, got {parameters!r:.60}")
    newton = table.get("newton", True)
    if not isinstance(newton, bool):
        raise ValueError(f"newton must be true or false, got {newton!r:.60}")
    found = surface(table.get("problem", "ravine"), **parameters)
    return {
        "surface": found,
        "point": read_point(table, "point", found.start.tolist()),
        "lr": read_number(table, "lr", 0.05, 1e-5, 10),
        "steps": read_whole(table, "steps", 20, 1, 500),
        "newton": newton,
    }


def describe(table: Table) -> dict[str, Any]:
    """Return the picture as data for the browser."""
    numbers = read_table(table)
    found: Surface = numbers.pop("surface")
    return {
        **numbers,
        "module": name_module(emit_surface(found)),
        "name": found.title or found.formula.text,
        "parameters": found.formula.parameters,
        "window": [list(each) for each in found.window],
        "minima": [list(each) for each in found.minima],
    }


def find_newton_step(hess: np.ndarray, grad: np.ndarray) -> np.ndarray | None:
    """Return the step to the stationary point of the quadratic model; None where there is none."""
    sizes = np.abs(np.linalg.eigvalsh(hess))
    if not sizes.min() > SINGULAR * sizes.max():
        return None
    return -np.linalg.solve(hess, grad)


def walk_gradient(found: Surface, point: Any, lr: float, steps: int) -> np.ndarray:
    """Return the points of gradient descent from a point, (steps + 1, 2)."""
    path = [np.array(point, dtype=float)]
    with np.errstate(all="ignore"):
        for _ in range(steps):
            path.append(path[-1] - lr * found.grad(path[-1]))
    return np.array(path)


def walk_newton(found: Surface, point: Any, steps: int) -> np.ndarray:
    """Return the points of Newton's steps from a point; it ends where there is no further one."""
    path = [np.array(point, dtype=float)]
    for _ in range(steps):
        hess, grad = found.hess(path[-1]), found.grad(path[-1])
        if not (np.isfinite(hess).all() and np.isfinite(grad).all()):
            break
        step = find_newton_step(hess, grad)
        if step is None:
            break
        path.append(path[-1] + step)
    return np.array(path)


def measure(table: Table) -> dict[str, float]:
    """Return the numbers beside the picture, by name.

    loss, slope                  at the point; slope is the size of the gradient
    small, large                 the eigenvalues of the Hessian
    condition                    the larger eigenvalue's size over the smaller one's
    axes                         how many times as long as wide the ellipse of equal loss is
    edge                         2 / large: below it gradient descent is stable; nan if large <= 0
    gradient loss, newton loss   after one step of each from the point
    gradient end, newton end     after all steps
    """
    numbers = read_table(table)
    found, point, steps = numbers["surface"], np.array(numbers["point"]), numbers["steps"]
    hess, grad = found.hess(point), found.grad(point)
    small, large = map(float, np.linalg.eigvalsh(hess))
    sizes = sorted((abs(small), abs(large)))
    descent = walk_gradient(found, point, numbers["lr"], steps)
    newton = walk_newton(found, point, steps)
    condition = sizes[1] / sizes[0] if sizes[0] > SINGULAR * sizes[1] else float("nan")
    return {
        "loss": float(found.loss(point)),
        "slope": float(np.linalg.norm(grad)),
        "small": small,
        "large": large,
        "condition": condition,
        "axes": condition**0.5 if small > 0 else float("nan"),
        "edge": 2 / large if large > 0 else float("nan"),
        "gradient loss": float(found.loss(descent[1])),
        "newton loss": float(found.loss(newton[1])) if len(newton) > 1 else float("nan"),
        "gradient end": float(found.loss(descent[-1])),
        "newton end": float(found.loss(newton[-1])),
    }


def make_modules(table: Table) -> dict[str, str]:
    """Return the module of the surface."""
    return collect_modules([emit_surface(read_table(table)["surface"])])


CURVATURE = Picture(describe, measure, make_modules)
