"""The directions that an optimizer goes by at a point of a run: gradient, momentum, steps."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optviz.landscapes.planes.principal_axes import make_orthonormal
from optviz.problems.base import check_problem
from optviz.runs.loop import check_whole

MOMENTUM, LAST, NEXT = SECONDS = "momentum", "last step", "next step"
"""What the second axis may be."""
AVERAGES = {"grad_avg": "the average gradient", "move_avg": "the average move"}
"""The columns of a state that are directions: averages of gradients, and of scaled gradients."""


NOISE = 8
"""Rounding errors of a direction, in units of its last place."""


class Way(NamedTuple):
    """A direction (n,) of an optimizer at a point, and what it is, in words."""

    vector: np.ndarray
    what: str
    minus: bool = False
    """True where the axis points the other way, down the slope."""
    size: float = 0.0
    """The length of the numbers that it is the difference of: their rounding is in it."""

    @property
    def noise(self) -> float:
        """The share of its length that may be rounding."""
        length = float(np.linalg.norm(self.vector))
        return NOISE * float(np.finfo(self.vector.dtype).eps) * max(1.0, self.size / length)


def find_step_axes(
    run: Any, step: int | None, second: str | None, problem: Any
) -> tuple[np.ndarray, np.ndarray, tuple[str, str], str]:
    """Return a point of a run, orthonormal axes of two directions there, their names, and words.

    Shapes: point (n,); axes (2, n)
    Raises: ValueError: the gradient and the last step are parallel at step 1: choose another ...
    """
    row = find_row(run, step, is_gradient_given=problem is not None)
    at, label = int(run.step[row]), getattr(run, "label", "the run")
    ways = read_gradient(run, row, problem), read_second(run, row, second)
    units = []
    for each in ways:
        length = float(np.linalg.norm(each.vector.astype(float)))
        if not (np.isfinite(length) and length > 0):
            state = "zero" if length == 0 else "not finite"
            raise ValueError(f"{each.what} is {state} at step {at}: choose another step")
        units.append(each.vector / (-length if each.minus else length))
    across = units[1] - units[0] * np.sum(units[0] * units[1])
    axes = make_orthonormal(*units)
    words = " and ".join(each.what for each in ways)
    if len(axes) < 2 or np.linalg.norm(across) <= sum(each.noise for each in ways):
        raise ValueError(
            f"{words} are parallel at step {at}: choose another step, another second direction "
            f"({', '.join(SECONDS)}), or Plane.between two points of the run"
        )
    first, other = (f"minus {each.what}" if each.minus else each.what for each in ways)
    names = first, f"the part across the gradient of {other}"
    how = f"through step {at} of {label} that holds {words}"
    return np.asarray(run.path[row], float), axes, names, how


def find_row(run: Any, step: int | None, *, is_gradient_given: bool) -> int:
    """Return the place of a step in a record; without a step that of the last one it can be.

    Raises: ValueError: step 7 is not recorded: the nearest recorded ones are 0 and 10
    """
    shape, steps = np.shape(run.path), np.asarray(run.step)
    if len(shape) != 2 or shape[0] < 2:
        raise ValueError(f"an optimizer's axes need one run of a step or more, got a path {shape}")
    if step is None:
        return len(steps) - (1 if is_gradient_given else 2)
    row = int(np.searchsorted(steps, check_whole("step", step, low=0)))
    if row < len(steps) and steps[row] == step:
        return row
    near = " and ".join(str(steps[i]) for i in (row - 1, row) if 0 <= i < len(steps))
    raise ValueError(f"step {step} is not recorded: the nearest recorded ones are {near}")


def read_gradient(run: Any, row: int, problem: Any) -> Way:
    """Return the gradient at a point: that of a problem's full loss, or the recorded one.

    Raises: ValueError: the run has no gradients: pass problem=, or record all with keep="path"
    """
    if problem is not None:
        where = check_problem(problem)
        own = getattr(run, "buffers", None)
        point = np.asarray(run.path[row]).astype(where.start.dtype)
        if own is not None:
            where = where.begin_run(point, {name: each[row] for name, each in own.items()})
        return Way(where.grad(point), "the gradient of the full loss", True)
    grads = getattr(run, "grad", None)
    if grads is None:
        raise ValueError(
            "the run has no gradients: pass problem= to take that of its loss, or run it with "
            'keep="path"'
        )
    if row >= len(grads):
        raise ValueError(
            f"no step leaves the last point, {run.step[row]}: choose one before it, or pass "
            "problem= to take the gradient there"
        )
    is_sample = getattr(run, "sample_loss", None) is not None
    return Way(grads[row], "the gradient of its sample" if is_sample else "the gradient", True)


def read_average(run: Any, row: int, average: str) -> Way:
    """Return an average of the optimizer at a point, or after its step where none is recorded.

    Raises: ValueError: the average gradient is not known at step 62: choose another step
    """
    at, what, state = int(run.step[row]), AVERAGES[average], run.state[average]
    # Of a recording with gaps the averages after the point's own step are nearer than those before.
    has_gap = int(run.step[row - 1]) + 1 < at and row < len(state)
    vector = state[row if has_gap else row - 1]
    if np.isnan(vector).any() and np.isfinite(run.path[row]).all():
        raise ValueError(f"{what} is not known at step {at}: choose another step")
    is_later = has_gap and at < int(run.step[-1])
    return Way(vector, f"{what} after step {at + 1}" if is_later else f"{what} so far", True)


def read_second(run: Any, row: int, second: str | None) -> Way:
    """Return the second direction of an optimizer at a point.

    Raises: ValueError: second must be momentum, last step or next step, got "speed"
    """
    if second is not None and second not in SECONDS:
        *most, last = SECONDS
        raise ValueError(f'second must be {", ".join(most)} or {last}, got "{second!s:.40}"')
    state = getattr(run, "state", {})
    average = next((each for each in AVERAGES if each in state), None)
    if second == MOMENTUM or (second is None and average):
        if average is None:
            kept = ", ".join(state) or "no averages"
            raise ValueError(
                f'the run has no momentum (its record has {kept}): choose "{LAST}" or "{NEXT}"'
            )
        if row == 0:
            raise ValueError("momentum is zero before the first step: choose a later step")
        return read_average(run, row, average)
    low, high = (row, row + 1) if second == NEXT else (row - 1, row)
    if low < 0 or high >= len(run.path):
        which = "before the first" if low < 0 else "after the last"
        other = NEXT if low < 0 else LAST
        raise ValueError(f'there is no step {which} point: choose "{other}", or another step')
    what = f"the {second or LAST} ({run.step[low]} to {run.step[high]})"
    return Way(run.path[high] - run.path[low], what, size=float(np.linalg.norm(run.path[low])))
