"""Products of the Hessian of a problem with vectors: of all parameters, or of one layer's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

import numpy as np

from optviz.landscapes.curvature.lanczos import NotFiniteError, Product
from optviz.landscapes.refusals import read_numbers, take_end
from optviz.landscapes.statistics import name_given
from optviz.problems.base import Problem, check_problem


@contextmanager
def open_products(
    problem: Problem, point: np.ndarray, layer: str | None = None, buffers: Any = None
) -> Iterator[tuple[Product, int]]:
    """Yield the product of the Hessian at a point with a vector, checked and in float64.

    The length of the vector comes with it. With a layer it is that of the layer's own block
    of the Hessian.

    Raises: ValueError: the Hessian is not finite at this point; problem has no second derivatives
    """
    names, places = find_layer(problem, layer)
    given = {"buffers": buffers, "blocks": names}
    more: Any = {name: each for name, each in given.items() if each is not None}
    whole = np.zeros(point.size)
    with problem.hess_products(point.astype(problem.start.dtype), **more) as products:

        def multiply(vector: np.ndarray) -> np.ndarray:
            whole[places] = np.ravel(vector)
            made = np.asarray(products(whole), float)[places]
            if not np.isfinite(made).all():
                raise NotFiniteError("the Hessian is not finite at this point")
            return made

        yield multiply, whole[places].size


def find_layer(problem: Problem, layer: str | None) -> tuple[list[str] | None, Any]:
    """Return the names of a layer's tensors, and the places of its parameters in the vector.

    A layer is a tensor such as "fc1.weight", or all whose names go on from it, such as "fc1";
    None is all of them.

    Raises: ValueError: no layer "fc3"; nearest: fc1, fc2
    """
    blocks = problem.blocks()
    if layer is None or [layer] == [name for name, _ in blocks]:
        return None, slice(None)
    names = [name for name, _ in blocks if name == layer or name.startswith(f"{layer}.")]
    if not names or not layer:
        known = {name: None for name, _ in blocks}
        known |= {part: None for name in list(known) for part in list_groups(name)}
        near = get_close_matches(str(layer), known, n=3, cutoff=0.4)
        hint = f"nearest: {', '.join(near)}" if near else f"such as {next(iter(known)) or 'none'}"
        raise ValueError(f'no layer "{layer}"; {hint}')
    ends = np.cumsum([0, *(int(np.prod(shape)) for _, shape in blocks)])
    spans = [np.arange(ends[i], ends[i + 1]) for i, (name, _) in enumerate(blocks) if name in names]
    return names, np.concatenate(spans)


def list_groups(name: str) -> list[str]:
    """Return the groups that a tensor is in by its name: a.b.weight is in a and in a.b."""
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]


def read_point(problem: Problem, point: Any) -> np.ndarray:
    """Return a point of a problem.

    Raises: ValueError: point must be 2 numbers, got 3
    """
    given = read_numbers(check_problem(problem).start if point is None else point, "point")
    if given.size != np.size(problem.start):
        raise ValueError(f"point must be {np.size(problem.start)} numbers, got {given.size}")
    return given


def read_place(problem: Problem, point: Any, buffers: Any = None) -> tuple[np.ndarray, Any, str]:
    """Return a point of a problem, its buffers, and words for those that losses are taken with.

    The end of a run or a recording comes with its own buffers.

    Raises: ValueError: point must be 2 numbers, got 3
    """
    has_path = getattr(point, "path", None) is not None
    where = read_point(problem, take_end(point) if has_path else point)
    if buffers is None and getattr(point, "buffers", None) is not None:
        buffers = {name: each[-1] for name, each in point.buffers.items()}
    is_own = buffers is not None or np.array_equal(where, problem.start)
    return where, buffers, problem.statistics if is_own else name_given(problem)
