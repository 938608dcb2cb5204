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
        self.step: list[int] = []
        self.path: list[np.ndarray] = []
        self.losses: list[Any] = []
        self.rows: list[tuple[Any, Any, Any, Any]] = []

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
        self.step.append(step)
        self.path.append(params.astype(np.float32) if self.thin else params)
        self.losses.append(loss)
        self.rows.append(
            (lr, grad, state, sample_loss) if self.full else (lr, None, None, sample_loss)
        )

    def to_trajectory(self, names: Iterable[str], about: dict[str, Any], ended: Any) -> Trajectory:
        """Return everything recorded; the row of the last point, which no step left, is dropped."""
        rows = self.rows[:-1]
        lr, grads, states, sample_losses = zip(*rows, strict=True) if rows else ((),) * 4
        begun = getattr(self.initial, "_asdict", dict)() if self.full else {}
        initial = {name: np.array(value) for name, value in begun.items()}
        state = {
            name: np.array([getattr(each, name) for each in states]).reshape(-1, *first.shape)
            for name, first in initial.items()
        }
        return Trajectory(
            names=tuple(names),
            step=np.array(self.step),
            path=np.array(self.path),
            losses=np.array(self.losses, dtype=float),
            lr=np.array(lr, dtype=float),
            grad=np.array(grads).reshape(-1, *self.path[0].shape) if self.full else None,
            state=state,
            initial=initial,
            sample_loss=np.array(sample_losses) if rows and rows[0][3] is not None else None,
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
