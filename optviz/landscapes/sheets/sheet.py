"""Sheets: curved surfaces through a space of many parameters that hold whole paths exactly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from optviz.landscapes.planes.directions import FILTER
from optviz.landscapes.planes.polylines import (
    STEP,
    Polyline,
    choose_places,
    describe_waits,
    make_unit_lines,
    measure_norm,
    measure_size,
    mix_pairs,
)
from optviz.landscapes.refusals import check_number
from optviz.landscapes.sheets.sheet_directions import RANDOM, find_directions, make_perpendicular
from optviz.problems.base import Problem
from optviz.runs.loop import check_whole
from optviz.runs.npz import read_record, write_record

KIND = "sheet"
KNOTS = 25
"""Points of a path at which the direction of a sheet is found."""
COLUMNS = ("positions", "points", "step", "losses")
"""The columns of a path in a file."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """The points first(s) + t*across(s), or (1 - t)*first(s) + t*second(s), for all s and t.

    Here first and second are recorded paths, joined by straight lines between their points: each
    lies on the sheet, at t = 0 and t = 1, where a plane only has its projection.

    Units: s is in steps, or the distance gone; t is the Euclidean distance from the path where
        there is one, and the share of the way from the first to the second where there are two
    """

    paths: tuple[Polyline, ...]
    across: Polyline | None
    """The directions at some points of the path, each of length 1; None between two paths."""
    how: str
    """How the sheet was chosen, in words."""
    axes: tuple[str, str]
    """What s and t are, for the axes of a picture."""
    copies = 6

    @classmethod
    def along(
        cls,
        path: Any,
        direction: Any = RANDOM,
        *,
        problem: Problem | None = None,
        by: str = STEP,
        knots: int = KNOTS,
        seed: int = 0,
        normalize: str = FILTER,
        biases: bool = False,
    ) -> Sheet:
        """Return the sheet that holds a path and goes from it to both sides.

        `direction` is "random" (with the sizes of the weights, see `Plane.random`, where `problem`
        is given), "principal" (the axis in which the path bends most), "gradient" or "hessian" (the
        top eigenvector, both taken of `problem`), or an array: (n,), or one for each point. At up
        to `knots` points of the path it is made perpendicular to it and of length 1; between them
        it turns steadily from one to the next. `by` measures the path in steps or "length".

        Raises: ValueError: the gradient is zero or parallel to the path everywhere: choose another
        """
        line = Polyline.read(path, by)
        if line.points.shape[1] < 2:
            raise ValueError(
                f"{line.label} has one parameter, nothing leaves its line: draw profile_loss"
            )
        if len(line.points) < 2 or np.array_equal(line.points[0], line.points[-1]):
            raise ValueError("a sheet along a path needs one that ends elsewhere than it starts")
        count = min(check_whole("knots", knots, low=2), len(line.points))
        rows = np.unique(np.linspace(0, len(line.points) - 1, count).round().astype(int))
        draw = check_whole("seed", seed, low=0), normalize, biases
        ways, what = find_directions(line, direction, rows, problem, draw)
        rows, made = make_perpendicular(line, rows, ways, what)
        how = (
            f"that holds {line.label} whole and leaves it along {what}, made perpendicular to it "
            f"at {len(rows)} of its points"
        )
        first = "step" if by == STEP else "distance along the path"
        axes = first, f"distance from the path, along {what}"
        return cls((line,), Polyline(line.positions[rows], made), how, axes)

    @classmethod
    def between(cls, a: Any, b: Any, *, by: str = STEP) -> Sheet:
        """Return the sheet that holds two paths, and at each time the straight line between them.

        `by` measures time in steps, the same for both, or by "length", as the share that each has
        gone of its own path. A run that ends before the other stays at its end.

        Raises: ValueError: the two runs are the same: there is nothing between them
        """
        first, second = (
            Polyline.read(each, by, name, is_share=True)
            for each, name in zip((a, b), ("the first path", "the second path"), strict=True)
        )
        sizes = [each.points.shape[1] for each in (first, second)]
        if len(set(sizes)) > 1:
            raise ValueError(f"paths must have equally many parameters: {sizes}")
        if np.array_equal(first.points, second.points):
            raise ValueError("the two runs are the same: there is nothing between them")
        how = f"that holds {first.label} and {second.label} whole, with the line between them"
        how += describe_waits(first, second)
        across = f"from {first.label} (0) to {second.label} (1)"
        axes = ("step" if by == STEP else "share of each path's length"), across
        return cls((first, second), None, how, axes)

    def line(self, s: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the point at t = 0 of a place s, and the direction of t: (n,), (n,)."""
        origin = self.paths[0].at(s)[0]
        if self.across is None:
            return origin, self.paths[1].at(s)[0] - origin
        way = self.across.at(s)[0]
        return origin, way / measure_norm(way)

    def point(self, coords: Any) -> np.ndarray:
        """Return the points at coordinates (s, t): (k, 2) -> (k, n)."""
        s, t = np.atleast_2d(np.asarray(coords, float)).T
        if self.across is None:
            return mix_pairs(self.paths[0].at(s), self.paths[1].at(s), t)
        ways = self.across.at(s)
        ways *= (t / np.sqrt(np.einsum("ij,ij->i", ways, ways)))[:, None]
        ways += self.paths[0].at(s)
        return ways

    def split_flat(self, coords: np.ndarray) -> Iterator[tuple[Any, ...]]:
        """Yield coordinates in parts on one line each, those of one s, as a ground does."""
        for s in np.unique(coords[:, 0]):
            rows = np.flatnonzero(coords[:, 0] == s)
            origin, way = self.line(s)
            yield rows, origin, way[None], coords[rows, 1:]

    def place(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the coordinates of the points of one of the paths, and how far off they are.

        That is their distance from the sheet there, over the size of the path.

        Shapes: coords (points, 2); off (points,)
        """
        path = self.paths[number]
        t = np.full(len(path.positions), float(number))
        coords = np.stack([path.positions, t], axis=1)
        pairs = zip(coords, path.points, strict=True)
        apart = [measure_norm(self.point(each)[0] - point) for each, point in pairs]
        return coords, np.array(apart) / (measure_size(path.points) or 1.0)

    def lay_grid(
        self, size: int, margin: float, width: float | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return about `size` places s, at recorded points where they can be, and values of t.

        Raises: ValueError: width must be above 0 and finite, got 0
        """
        s = choose_places(np.concatenate([each.positions for each in self.paths]), size)
        if self.across is None:
            if width is not None:
                raise ValueError(
                    "width is that of a sheet along one path, between two it is their distance, "
                    f"got {width!r:.60}: leave it out and give margin"
                )
            return s, make_unit_lines(size, margin)
        if width is None:
            width = measure_size(self.paths[0].points) / 4
        check_number("width", width, above=True)
        half = max(1, size // 2)
        return s, width * np.arange(-half, half + 1) / half

    def to_npz(self, file: str | Path) -> Path:
        """Write the sheet with its paths as an npz file, without pickle, and return its path."""
        arrays, lines = {}, [*self.paths, *([] if self.across is None else [self.across])]
        for i, each in enumerate(lines):
            for name in COLUMNS:
                value = getattr(each, name)
                arrays |= {} if value is None else {f"{name}_{i}": np.asarray(value)}
            arrays |= {f"buffer_{i}_{name}": own for name, own in (each.buffers or {}).items()}
        words = {"how": self.how, "axes": self.axes, "is_between": self.across is None}
        words["runs"] = [[each.label, each.kind] for each in lines]
        return write_record(file, KIND, words, arrays)

    @classmethod
    def from_npz(cls, file: str | Path) -> Sheet:
        """Read the sheet that `to_npz` wrote, bit for bit.

        Raises: RecordFileError: sheet.npz is broken (its checksum does not fit): make it again
        """
        words, arrays = read_record(file, KIND)
        lines = []
        for i, (label, kind) in enumerate(words["runs"]):
            start = f"buffer_{i}_"
            own = {key[len(start) :]: arrays[key] for key in arrays if key.startswith(start)}
            columns: dict[str, Any] = {name: arrays.get(f"{name}_{i}") for name in COLUMNS}
            lines.append(Polyline(**columns, buffers=own or None, label=label, kind=kind))
        is_between = words["is_between"]
        paths, across = (lines, None) if is_between else (lines[:1], lines[1])
        return cls(tuple(paths), across, words["how"], (words["axes"][0], words["axes"][1]))
