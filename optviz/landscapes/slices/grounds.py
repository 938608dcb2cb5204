"""What coordinates refer to: a line, a plane or a sheet, whose every place is a point."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

FlatPart = tuple[Any, np.ndarray, np.ndarray, np.ndarray]
"""Rows of coordinates that lie on one line or plane, its origin (n,) and axes (k, n), and their
coordinates there (rows, k)."""


class Ground(Protocol):
    """Places with coordinates, each a point of many parameters.

    A plane, a line and a sheet are such: all that a slice asks of them.
    """

    copies: int
    """Arrays of float64 that the points of some coordinates take in the making."""

    def point(self, coords: Any) -> np.ndarray:
        """Return the points at coordinates: (k, d) -> (k, n)."""
        ...

    def split_flat(self, coords: np.ndarray) -> Iterable[FlatPart]:
        """Return coordinates in parts that lie on one line or plane each."""
        ...


class Mixture(Protocol):
    """Buffers, such as running averages, everywhere on a ground."""

    size: int
    """Numbers that the buffers of one place take in the making."""

    def at(self, coords: np.ndarray) -> dict[str, np.ndarray]:
        """Return the buffers at coordinates, by name: (k, d) -> (k, *shape)."""
        ...


@dataclass(frozen=True, eq=False)
class Line:
    """The points origin + t*direction.

    Shapes: origin, direction (n,)
    """

    origin: np.ndarray
    direction: np.ndarray
    copies = 2

    def point(self, coords: Any) -> np.ndarray:
        """Return the points at places on the line: (k, 1) -> (k, n)."""
        return self.origin + np.asarray(coords, float) * self.direction

    def split_flat(self, coords: np.ndarray) -> Iterable[FlatPart]:
        """Return the line itself with all places."""
        return [(slice(None), self.origin, self.direction[None], coords)]
