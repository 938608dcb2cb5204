"""The learning rate beyond which a rule leaves a minimum, where theory knows it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import product
from math import hypot
from typing import Any, NamedTuple

import numpy as np

from optviz.problems.base import ALL, Noisy, Problem
from optviz.rules import L2, SGD, Decoupled, Momentum, Nesterov, Rule
from optviz.schedules import Constant, Schedule

POINTS = 13
"""Points on each side of the lattice on which a gradient is held to a straight line."""
REACH = 3.0
"""The size of that lattice, in windows; it stands a little aside of round numbers."""
ASIDE = 0.0137
EXACT, ALIKE, FLAT = 1e-9, 1e-3, 1e-6
"""What rounding may leave of: a gradient; two estimates of a curvature; a slope at a minimum."""

Curvature = tuple[float, float, float]
"""The second derivatives (fxx, fxy, fyy)."""
Gradient = Callable[[float, float], tuple[float, float]]


class Edge(NamedTuple):
    """The largest stable learning rate of a rule."""

    rate: float
    formula: str
    """How it comes from L, the largest curvature."""
    is_local: bool = False
    """True where it is that of the curvature at the minimum of a surface that is no quadratic."""


def find_edge(problem: Problem, rule: Rule, schedule: Schedule | None = None) -> Edge | None:
    """Return the edge of stability of a rule on a problem of two parameters; None if unknown.

    It is known on a convex quadratic for gradient descent, Momentum and Nesterov at a constant
    learning rate, with a weight decay too; on other surfaces for the curvature at the one known
    minimum, without a decay. Noise does not move it, mini-batches do.
    Source: Polyak, 1964; Lessard, Recht and Packard, 2016 (Nesterov's rate on quadratics).
    """
    factors = read_factors(rule)
    inner = find_bare(problem)
    if factors is None or inner is None or not isinstance(schedule, Constant | None):
        return None
    found = find_quadratic(inner)
    if found is not None:
        return make_edge(found, factors)
    is_plain = not factors.l2 and not factors.decoupled
    if len(inner.minima) != 1 or not is_plain:
        return None
    with np.errstate(all="ignore"):
        at = measure_curvature(partial(find_gradient, inner), inner.minima[0], inner.window)
    made = at and make_edge(at, factors)
    return made and made._replace(is_local=True)


def find_bare(problem: Problem) -> Problem | None:
    """Return a problem of two parameters without its noise; None for any other one."""
    inner = problem.problem if isinstance(problem, Noisy) else problem
    if len(inner.start) != 2 or inner.window is None or next(iter(inner.samples(1, 0))) is not ALL:
        return None
    return inner


def find_quadratic(problem: Problem) -> Curvature | None:
    """Return the second derivatives of a problem that is a quadratic within its window."""
    with np.errstate(all="ignore"):
        return fit_quadratic(partial(find_gradient, problem), problem.window)


def find_gradient(problem: Problem, x: float, y: float) -> tuple[float, float]:
    """Return the gradient at a point as two floats."""
    gx, gy = problem.grad(np.array([x, y])).tolist()
    return gx, gy


class Factors(NamedTuple):
    """The numbers behind a rule's edge: lr * (k*L + (1 + beta)*decoupled) < 2*(1 + beta)."""

    beta: float
    k: float
    l2: float
    decoupled: float
    formula: str


def read_factors(rule: Rule) -> Factors | None:
    """Return the factors of a rule, None for one of which theory knows no edge."""
    l2 = decoupled = 0.0
    if isinstance(rule, L2):
        l2, rule = rule.wd, rule.rule
    elif isinstance(rule, Decoupled):
        decoupled, rule = rule.wd, rule.rule
    decayed = "(L + wd)" if l2 else "L"
    more = " + (1 + beta1)*wd" if decoupled else ""
    if type(rule) is SGD:
        return Factors(0.0, 1.0, l2, decoupled, "2/(L + wd)" if l2 or decoupled else "2/L")
    if type(rule) is Momentum:
        damping = rule.beta1 if rule.damped else rule.dampening
        name = "beta1" if rule.damped else "dampening"
        below = f"(1 - {name})*{decayed}" if damping else decayed
        below = f"({below}{more})" if damping or more else below
        formula = f"2*(1 + beta1)/{below}"
        return Factors(rule.beta1, 1 - damping, l2, decoupled, formula)
    if type(rule) is Nesterov:
        formula = f"2*(1 + beta1)/((1 + 2*beta1)*{decayed}{more})"
        return Factors(rule.beta1, 1 + 2 * rule.beta1, l2, decoupled, formula)
    return None


def make_edge(curvature: Curvature, factors: Factors) -> Edge | None:
    """Return the edge at some second derivatives; None where they are of no minimum."""
    low, high = find_eigenvalues(curvature)
    if not high > 0 or low < -EXACT * high:
        return None
    beta, k, l2, decoupled, formula = factors
    return Edge(2 * (1 + beta) / (k * (high + l2) + (1 + beta) * decoupled), formula)


def find_eigenvalues(curvature: Curvature) -> tuple[float, float]:
    """Return the least and the largest curvature of any direction."""
    fxx, fxy, fyy = curvature
    middle, spread = (fxx + fyy) / 2, hypot((fxx - fyy) / 2, fxy)
    return middle - spread, middle + spread


def fit_quadratic(gradient: Gradient, window: Any) -> Curvature | None:
    """Return the second derivatives of a surface on which they are the same everywhere."""
    (left, right), (below, above) = window
    x, y, wide, high = (left + right) / 2, (below + above) / 2, right - left, above - below
    gx, gy = gradient(x, y)
    ax, ay = gradient(x + wide / 2, y)
    bx, by = gradient(x, y + high / 2)
    fxx, fyx, fxy, fyy = (
        (ax - gx) / (wide / 2),
        (ay - gy) / (wide / 2),
        (bx - gx) / (high / 2),
        (by - gy) / (high / 2),
    )
    size, off = 0.0, 0.0
    for i, j in product(range(POINTS), repeat=2):
        dx = wide * (REACH * (i / (POINTS - 1) - 0.5) + ASIDE)
        dy = high * (REACH * (j / (POINTS - 1) - 0.5) + ASIDE)
        hx, hy = gradient(x + dx, y + dy)
        size = max(size, abs(hx), abs(hy))
        off = max(off, abs(hx - gx - fxx * dx - fxy * dy), abs(hy - gy - fyx * dx - fyy * dy))
        if not off <= EXACT * size:
            return None
    return fxx, (fxy + fyx) / 2, fyy


def measure_curvature(
    gradient: Gradient, point: tuple[float, ...], window: Any
) -> Curvature | None:
    """Return the second derivatives at a smooth minimum, by differences of the exact gradient."""
    (left, right), (below, above) = window
    x, y = point
    found = []
    for part in (1e-4, 2e-4):
        h, k = part * (right - left), part * (above - below)
        ax, ay = gradient(x + h, y)
        bx, by = gradient(x - h, y)
        cx, cy = gradient(x, y + k)
        dx, dy = gradient(x, y - k)
        mixed = ((ay - by) / (2 * h) + (cx - dx) / (2 * k)) / 2
        found.append(((ax - bx) / (2 * h), mixed, (cy - dy) / (2 * k)))
    first, second = found
    size = max(map(abs, second))
    if not all(abs(a - b) <= ALIKE * size for a, b in zip(first, second, strict=True)):
        return None
    slope = max(map(abs, gradient(x, y)))
    is_flat = slope <= FLAT * size * max(right - left, above - below)
    return first if is_flat and find_eigenvalues(first)[0] > 0 else None
