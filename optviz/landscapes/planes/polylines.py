"""The recorded points of a run, joined by straight lines: a path that has every place between."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from optviz.landscapes.planes.principal_axes import DIVERGED, drop_diverged, read_paths
from optviz.landscapes.refusals import check_number

STEP, LENGTH = MEASURES = "step", "length"
"""What a place on a path is measured by: the steps made, or the way gone so far."""


@dataclass(frozen=True, eq=False)
class Polyline:
    """Points joined by straight lines, each with the buffers that belong to it.

    Shapes: positions, step (points,); points (points, n); buffers by name (points, *shape)
    """

    positions: np.ndarray
    """The place of each point on the path, never falling."""
    points: np.ndarray
    buffers: dict[str, np.ndarray] | None = None
    step: np.ndarray | None = None
    label: str = ""
    kind: str = ""
    """The rule's name, for its color."""
    losses: np.ndarray | None = None
    """The losses that were recorded at the points."""
    diverged: int | None = None
    """The first recorded step that is not finite, where the path is cut before it."""

    @classmethod
    def read(
        cls, run: Any, by: str = STEP, label: str = "the path", *, is_share: bool = False
    ) -> Polyline:
        """Return the path of a run or of an array (points, n).

        By "length" a place is the distance gone so far, with `is_share` as a share of all of it.

        Raises: ValueError: by must be step or length, got "time"
        """
        if by not in MEASURES:
            raise ValueError(f'by must be {" or ".join(MEASURES)}, got "{by!s:.40}"')
        run = drop_diverged(run)
        (points,) = read_paths([run])
        step = np.asarray(getattr(run, "step", np.arange(len(points))))
        positions = step.astype(float)
        if by == LENGTH:
            positions = measure_length(points)
            if is_share and positions[-1] > 0:
                positions = positions / positions[-1]
        about = getattr(run, "about", None) or {}
        kind, diverged = str(about.get("kind", "")), about.get(DIVERGED)
        own, losses = (getattr(run, name, None) for name in ("buffers", "losses"))
        named = str(getattr(run, "label", label))
        return cls(positions, points, own, step, named, kind, losses, diverged)

    def at(self, places: Any) -> np.ndarray:
        """Return the points at places on the path; before its start and after its end, these.

        Shapes: places (k,) -> (k, n)
        """
        low, high, share = self.find_segments(places)
        return mix_pairs(self.points[low], self.points[high], share)

    def buffers_at(self, places: Any) -> dict[str, np.ndarray] | None:
        """Return the buffers at places on the path, interpolated between those of its points."""
        if self.buffers is None:
            return None
        low, high, share = self.find_segments(places)
        return {
            name: mix_pairs(each[low], each[high], share).astype(each.dtype)
            for name, each in self.buffers.items()
        }

    def find_segments(self, places: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the points before and after some places, and the share of the way between."""
        places, last = np.atleast_1d(np.asarray(places, float)), len(self.positions) - 1
        low = np.searchsorted(self.positions, places, side="right") - 1
        low = np.clip(low, 0, max(last - 1, 0))
        high = np.minimum(low + 1, last)
        span = self.positions[high] - self.positions[low]
        gone = np.clip(places - self.positions[low], 0.0, span)
        return low, high, np.divide(gone, span, out=np.zeros_like(gone), where=span > 0)


def measure_length(points: np.ndarray) -> np.ndarray:
    """Return the distance gone up to each point of a path, (points,)."""
    steps = [measure_norm(np.subtract(b, a, dtype=float)) for a, b in pairwise(points)]
    return np.concatenate([[0.0], np.cumsum(steps)])


def measure_size(points: np.ndarray) -> float:
    """Return the largest distance of a path's points from its start."""
    start = np.asarray(points[0], float)
    return max(measure_norm(each - start) for each in points)


def measure_norm(vector: np.ndarray) -> float:
    """Return the Euclidean length of a vector (n,), without BLAS.

    The threads that BLAS wakes for it wait for each other on a busy machine.
    """
    return float(np.sqrt(np.einsum("i,i->", vector, vector)))


def mix_pairs(first: np.ndarray, second: np.ndarray, share: Any) -> np.ndarray:
    """Return rows between two, in proportion: exactly the first at 0 and the second at 1.

    Shapes: first, second (rows, ...); share (rows,). Whole numbers are rounded.
    """
    wide = np.reshape(share, (-1,) + (1,) * (np.ndim(first) - 1))
    a, b = np.asarray(first, float), np.asarray(second, float)
    mixed = np.where(wide == 1, b, a)
    is_between = (wide != 0) & (wide != 1)
    if is_between.any():
        with np.errstate(invalid="ignore"):  # what is not finite stays at its own point
            mixed = np.where(is_between, a + wide * (b - a), mixed)
    return np.rint(mixed) if np.asarray(first).dtype.kind in "iub" else mixed


def make_unit_lines(size: int, margin: float) -> np.ndarray:
    """Return about `size` evenly spaced numbers that hold 0 and 1, and a margin beyond both.

    Raises: ValueError: margin must be at least 0 and finite, got -1
    """
    check_number("margin", margin)
    inner = max(1, round((size - 1) / (1 + 2 * margin)))
    beyond = round(inner * margin)
    return np.arange(-beyond, inner + beyond + 1) / inner


def choose_places(positions: np.ndarray, size: int) -> np.ndarray:
    """Return about `size` evenly spaced places, each moved to the nearest recorded one if near.

    The first and the last are ends of paths.
    """
    known = np.unique(positions)
    even = np.linspace(known[0], known[-1], size)
    nearest = known[np.abs(known - even[:, None]).argmin(axis=1)]
    is_near = np.abs(nearest - even) <= (known[-1] - known[0]) / (size - 1) / 2
    return np.unique(np.where(is_near, nearest, even))


def describe_waits(first: Polyline, second: Polyline) -> str:
    """Say which of two paths begins later than the other, or ends earlier."""
    begins, ends = ([each.positions[place] for each in (first, second)] for place in (0, -1))
    labels, out = (first.label, second.label), ""
    if begins[0] != begins[1]:
        out += f" ({labels[int(np.argmax(begins))]} stays at its start up to {max(begins):g})"
    if ends[0] != ends[1]:
        out += f" ({labels[int(np.argmin(ends))]} stays at its end from {min(ends):g} on)"
    return out
