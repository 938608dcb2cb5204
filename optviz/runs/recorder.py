"""The recorder of a run under way, for every loop: steps in, a Trajectory out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    step, a NamedTuple; `buffers` what a point has besides its params, for their size alone.

    Raises: ValueError: keeping the path needs 6.7 GB: pass keep=50 or keep="ends"
    """

    needs_losses = True
    """Each step that is kept needs its full loss."""

    def __init__(
        self,
        steps: range,
        keep: str | int,
        params: np.ndarray,
        initial: Any = None,
        buffers: dict[str, np.ndarray] | None = None,
    ):
        beside = sum(each.nbytes for each in (buffers or {}).values())
        self.kept = choose_steps(steps, keep, params, beside)
        """The steps whose point is to be recorded; the end is recorded besides."""
        self.thin, self.full, self.initial = isinstance(keep, int), keep == "path", initial
        self.points: list[tuple[int, np.ndarray, Any, Any, Any, Any, Any, Any]] = []
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
        buffers: dict[str, np.ndarray] | None = None,
    ) -> None:
        """Record the point after `step` steps and the step that leaves it; none leaves the last."""
        if self.thin:
            params = params.astype(np.float32)
        if not self.full:
            grad = state = None
        # In one append: Ctrl-C must not come between two.
        self.points.append((step, params, loss, lr, grad, state, sample_loss, buffers))

    def to_trajectory(self, names: Iterable[str], about: dict[str, Any], ended: Any) -> Trajectory:
        """Return everything recorded; the row of the last point, which no step left, is dropped."""
        step, path, losses, *rows, buffers = zip(*self.points, strict=True)
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
            buffers=None if buffers[0] is None else stack_buffers(buffers),
            about=about,
            ended=ended,
        )


def stack_buffers(points: Sequence[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Return the buffers of points as arrays (points, *shape), by name."""
    return {name: np.stack([each[name] for each in points]) for name in points[0]}


def choose_steps(
    steps: range, keep: str | int, params: np.ndarray, beside: int = 0
) -> range | set[int]:
    """Return the steps whose point is recorded, refusing a record that is too large."""
    if keep == "ends":
        return {steps[0], steps[-1]}
    if keep == "path":
        kept, size = steps, len(steps) * (4.0 * params.nbytes + beside)
    elif isinstance(keep, int):
        kept, size = steps[::keep], len(steps) / keep * (4.0 * params.size + beside)
    else:
        raise ValueError(f'keep must be "path", "ends" or a whole number, got {keep!r}')
    if size > MOST_BYTES:
        raise ValueError(
            f'keeping the path needs {size / 1e9:.3g} GB: pass a larger k as keep=k or keep="ends"'
        )
    return kept
