"""The recorder of a run under way, for every loop: steps in, a Trajectory out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from optviz.runs.trajectory import Trajectory

MOST_BYTES = 4e9
"""A record above this size is refused, with the way to a smaller one."""


class Recorder:
    """The numbers of a run under way: cheap to append to, stacked once at the end.

    `keep` is "path" (every step with its gradient and state), "ends" (first and last steps) or k
    (every k-th point). With a k points are copied as float32, so that a loop may go on to move its
    params in place; else they are kept as they are given. `initial` is the state before the first
    step, a NamedTuple.

    Raises: ValueError: keeping the path needs 6.7 GB: pass keep=50 or keep="ends"
    """

    def __init__(self, steps: range, keep: str | int, params: np.ndarray, initial: Any = None):
        self.kept = choose_steps(steps, keep, params)
        """The steps whose point is to be recorded; the end is recorded besides."""
        self.thin, self.full, self.initial = isinstance(keep, int), keep == "path", initial
        self.points: list[tuple[int, np.ndarray, Any, Any, Any, Any, Any]] = []
        """The arguments of each `add`."""

    def add(
        self,
        step: int,
        params: np.ndarray,
        loss: Any,
        lr: Any = np.nan,
        grad: Any = None,
        state: Any = None,
        sample_loss: Any = None,
    ) -> None:
        """Record the point after `step` steps and the step that leaves it; none leaves the last."""
        if self.thin:
            params = params.astype(np.float32)
        if not self.full:
            grad = state = None
        # In one append: Ctrl-C must not come between two.
        self.points.append((step, params, loss, lr, grad, state, sample_loss))

    def to_trajectory(self, names: Iterable[str], about: dict[str, Any], ended: Any) -> Trajectory:
        """Return everything recorded; the row of the last point, which no step left, is dropped."""
        step, path, losses, *rows = zip(*self.points, strict=True)
        lr, grads, states, sample_losses = (column[:-1] for column in rows)
        has_samples = bool(sample_losses) and sample_losses[0] is not None
        begun = getattr(self.initial, "_asdict", dict)() if self.full else {}
        initial = {name: np.array(value) for name, value in begun.items()}
        state = {
            name: np.array([getattr(each, name) for each in states]).reshape(-1, *first.shape)
            for name, first in initial.items()
        }
        return Trajectory(
            names=tuple(names),
            step=np.array(step),
            path=np.array(path),
            losses=np.array(losses, dtype=float),
            lr=np.array(lr, dtype=float),
            grad=np.array(grads).reshape(-1, *path[0].shape) if self.full else None,
            state=state,
            initial=initial,
            sample_loss=np.array(sample_losses) if has_samples else None,
            about=about,
            ended=ended,
        )


def choose_steps(steps: range, keep: str | int, params: np.ndarray) -> range | set[int]:
    """Return the steps whose point is recorded, refusing a record that is too large."""
    if keep == "ends":
        return {steps[0], steps[-1]}
    if keep == "path":
        kept, size = steps, 4.0 * len(steps) * params.nbytes
    elif isinstance(keep, int):
        kept, size = steps[::keep], len(steps) / keep * params.size * 4
    else:
        raise ValueError(f'keep must be "path", "ends" or a whole number, got {keep!r}')
    if size > MOST_BYTES:
        raise ValueError(
            f'keeping the path needs {size / 1e9:.3g} GB: pass a larger k as keep=k or keep="ends"'
        )
    return kept
