"""Planes through a space of many parameters, and the projection of points on them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from optviz.landscapes.curvature.estimates import top_eigenvalues
from optviz.landscapes.curvature.products import read_place
from optviz.landscapes.planes.directions import FILTER, draw_direction
from optviz.landscapes.planes.principal_axes import (
    COLUMNS,
    find_principal_axes,
    make_orthonormal,
    read_paths,
)
from optviz.landscapes.planes.step_axes import find_step_axes
from optviz.landscapes.refusals import read_numbers
from optviz.problems.base import Problem, check_problem
from optviz.runs.loop import check_whole
from optviz.runs.npz import read_record, write_record

KIND = "plane"


@dataclass(frozen=True, eq=False)
class Plane:
    """The points origin + a*axes[0] + b*axes[1].

    Shapes: origin (n,); axes (2, n)
    Units: a and b measure Euclidean distance in parameters where the axes are orthonormal, as those
        of `through` and `pca` are; else lengths of the axes
    """

    origin: np.ndarray
    axes: np.ndarray
    how: str
    """How the plane was chosen, in words."""
    share: float | None = None
    """The share of the paths' variance along the axes; None where none was measured."""
    names: tuple[str, str] = ("", "")
    """What each axis is, in words, where there is more to say than `how` does."""
    copies = 2

    @classmethod
    def through(cls, a: Any, b: Any, c: Any) -> Plane:
        """Return the plane through three points, with its origin at the first.

        Raises: ValueError: the three points lie on one line: a plane needs a third direction
        """
        points = [read_numbers(each) for each in (a, b, c)]
        if len({len(each) for each in points}) > 1:
            raise ValueError(f"the points have {[len(each) for each in points]} parameters")
        check_size(len(points[0]))
        axes = make_orthonormal(points[1] - points[0], points[2] - points[0])
        if len(axes) < 2:
            raise ValueError(
                "the three points are equal or lie on one line, so many planes pass through them: "
                "give a point off the line"
            )
        return cls(points[0], axes, "through three points")

    @classmethod
    def pca(cls, paths: Any, through: Any = None) -> Plane:
        """Return the plane along the two directions in which the paths vary most.

        `paths` is a Trajectory or an array (points, n), or several, which then share one plane.
        It passes through the point `through`; left out, through the end of the path with the
        lowest last loss (of arrays, the first), because the mean, where principal components are
        centered, is a point that no run visited. Axes point the way the first path went.

        Raises: ValueError: all points of the paths are equal: there is no direction to draw
        """
        several = read_paths(paths)
        check_size(several[0].shape[1])
        if through is None:
            given = paths if len(several) > 1 else [paths]
            ends = [float(getattr(each, "losses", [np.inf])[-1]) for each in given]
            through = several[int(np.argmin(np.nan_to_num(ends, nan=np.inf)))][-1]
        axes, share = find_principal_axes(several)
        travel = axes @ (several[0][-1].astype(float) - several[0][0])
        axes = axes * np.where(travel < 0, -1.0, 1.0)[:, None]
        count = "one path" if len(several) == 1 else f"{len(several)} paths together"
        origin = read_numbers(through, "through")
        if len(origin) != axes.shape[1]:
            raise ValueError(f"through must be {axes.shape[1]} numbers, got {len(origin)}")
        return cls(origin, axes, f"principal axes of {count}", share)

    @classmethod
    def spanned(
        cls, origin: Any, first: Any, second: Any, names: tuple[str, str] = ("", "")
    ) -> Plane:
        """Return the plane through a point along two directions, which stay as they are.

        They need not be orthogonal: a point's coordinates are those of least squares.

        Raises: ValueError: the two directions are parallel, or one of them is zero
        """
        start, *ways = map(read_numbers, (origin, first, second))
        if len({len(each) for each in (start, *ways)}) > 1:
            sizes = [len(each) for each in (start, *ways)]
            raise ValueError(f"point and directions have {sizes} numbers")
        check_size(len(start))
        lengths = [float(np.linalg.norm(each)) for each in ways]
        units = [each / length for each, length in zip(ways, lengths, strict=True) if length]
        if len(units) < 2 or len(make_orthonormal(*units)) < 2:
            raise ValueError(
                "the two directions are parallel, or one of them is zero: many planes hold them"
            )
        return cls(start, np.stack(ways), "along two given directions", names=names)

    @classmethod
    def random(
        cls,
        problem: Problem,
        point: Any = None,
        *,
        seed: int = 0,
        normalize: str = FILTER,
        biases: bool = False,
    ) -> Plane:
        """Return the plane through a point along two random directions.

        `normalize` gives the parts of a direction the sizes that the point has there: "filter" each
        row of a tensor of several dimensions, "layer" each tensor, "weight" each number; "none"
        leaves it Gaussian. One-dimensional tensors, biases and norms, stay where they are; with
        `biases` they move, each as a whole. `point` is the problem's start unless given.

        Source: Li et al., 2018, Visualizing the Loss Landscape of Neural Nets
        Raises: ValueError: normalize must be filter, layer, weight or none, got "row"
        """
        start = read_numbers(check_problem(problem).start if point is None else point)
        rng = np.random.default_rng(check_whole("seed", seed, low=0))
        blocks = problem.blocks()
        ways = [draw_direction(start, blocks, rng, normalize, biases) for _ in range(2)]
        made = cls.spanned(start, *ways, names=("random direction 1", "random direction 2"))
        kept = "" if biases else ", biases and norms kept"
        how = {"none": "not normalized"}.get(normalize, f"normalized by {normalize}")
        return cls(
            made.origin, made.axes, f"along two random directions, {how}{kept}", None, made.names
        )

    @classmethod
    def between(
        cls,
        a: Any,
        b: Any,
        toward: Any = None,
        *,
        seed: int = 0,
        names: tuple[str, str] = ("a", "b"),
    ) -> Plane:
        """Return the plane that holds the line between two points, and a direction across it.

        The second axis is the part of the direction `toward`, a Gaussian one unless given, that is
        perpendicular to the line. Both axes are as long as the line: `a` is at 0 and `b` at 1.

        Raises: ValueError: the two points are equal: there is no line between them
        """
        first, second = (read_numbers(each) for each in (a, b))
        if len(first) != len(second):
            raise ValueError(f"the points have {[len(first), len(second)]} parameters")
        line, rng = second - first, np.random.default_rng(check_whole("seed", seed, low=0))
        length = float(np.linalg.norm(line))
        if length == 0:
            raise ValueError("the two points are equal: there is no line between them")
        drawn = rng.normal(size=len(line)) if toward is None else read_numbers(toward, "toward")
        if len(drawn) != len(line):
            raise ValueError(f"toward must be {len(line)} numbers, got {len(drawn)}")
        plane = cls.spanned(first, line, drawn)
        across = length * make_orthonormal(line, drawn / np.linalg.norm(drawn) * length)[1]
        what = "a random direction" if toward is None else "the given direction"
        how = f"along the line from {names[0]} to {names[1]} and {what} across it"
        axes = f"the line from {names[0]} (0) to {names[1]} (1)", f"{what} across it"
        return cls(plane.origin, np.stack([line, across]), how, names=axes)

    @classmethod
    def hessian(
        cls, problem: Problem, point: Any = None, *, buffers: Any = None, seed: int = 0
    ) -> Plane:
        """Return the plane through a point along the two directions in which the loss bends most.

        These are the eigenvectors of the Hessian with the two most positive eigenvalues, which the
        axes are named by. `point` is the problem's start unless given: an array, or a run or a
        recording, whose end is taken with its own buffers; `buffers` are those of an array, such as
        `run.buffers_at(10)`; without them it has those of the problem.

        Raises: ValueError: the Hessian is not finite at this point
        """
        start, buffers, _ = read_place(problem, point, buffers)
        check_size(len(start))
        if buffers is not None:
            problem = problem.begin_run(start.astype(problem.start.dtype), buffers)
        found = top_eigenvalues(problem, start, 2, seed=seed)
        axes = make_orthonormal(*found.vectors)
        axes *= np.sign(axes[np.arange(2), np.abs(axes).argmax(axis=1)])[:, None]
        first, second = (f"{each:.4g}" for each in found.values)
        names = (
            f"Hessian eigenvector 1 (eigenvalue {first})",
            f"Hessian eigenvector 2 (eigenvalue {second})",
        )
        how = f"along the top two Hessian eigenvectors (eigenvalues {first} and {second})"
        return cls(start, axes, how, names=names)

    @classmethod
    def optimizer(
        cls, run: Any, step: int | None = None, second: str | None = None, *, problem: Any = None
    ) -> Plane:
        """Return the plane through a point of a run that holds the optimizer's own directions.

        The first axis points against the gradient, the second along the part across it of minus
        the average gradient so far ("momentum"), of the "last step" or the "next step"; None is
        momentum where the record has it, else the last step. Both have length 1. `step` counts the
        steps made at the point; None is the last one that a step leaves. With `problem` the
        gradient is that of its full loss at the point, else the recorded one.

        Raises: ValueError: momentum is zero before the first step: choose a later step
        """
        point, axes, names, how = find_step_axes(run, step, second, problem)
        check_size(len(point))
        return cls(point, axes, how, names=names)

    @cached_property
    def frame(self) -> tuple[np.ndarray, np.ndarray] | None:
        """An orthonormal frame (2, n) and the axes in it (2, 2); None: the axes are one."""
        gram = np.einsum("ij,kj->ik", self.axes, self.axes)
        if self.axes.size == 0 or np.allclose(gram, np.eye(2), rtol=0, atol=1e-9):
            return None
        lengths = np.sqrt(np.diag(gram))
        frame = make_orthonormal(*(self.axes / lengths[:, None]))
        return frame, np.einsum("ij,kj->ik", self.axes, frame)

    @property
    def is_orthonormal(self) -> bool:
        """True where the axes are perpendicular and of length 1."""
        return self.frame is None

    def point(self, coords: Any) -> np.ndarray:
        """Return the points at plane coordinates: (..., 2) -> (..., n)."""
        return self.origin + np.asarray(coords, float) @ self.axes

    def split_flat(self, coords: np.ndarray) -> list[tuple[Any, ...]]:
        """Return the plane itself with all coordinates, as a ground of a slice does."""
        return [(slice(None), self.origin, self.axes, coords)]

    def project(self, points: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return the nearest points of the plane, and the distance of the points from it.

        The second is the share of the displacement from the origin that is off the plane: 0 for a
        point on it, 1 for a point whose displacement it does not show at all.

        Shapes: points (k, n) -> coords (k, 2), off (k,)
        """
        points, frame = np.atleast_2d(points), self.frame
        axes = self.axes if frame is None else frame[0]
        coords, lengths = np.zeros((len(points), 2)), np.zeros(len(points))
        for cut in range(0, points.shape[1], COLUMNS):
            columns = slice(cut, cut + COLUMNS)
            shift = points[:, columns] - self.origin[columns]
            # einsum, not BLAS: its threads can make such thin products slower on a busy machine.
            coords += np.einsum("ij,kj->ik", shift, axes[:, columns])
            lengths += np.einsum("ij,ij->i", shift, shift)
        on = np.sum(coords**2, axis=1) / np.where(lengths > 0, lengths, np.inf)
        off = np.sqrt(np.clip(1 - on, 0.0, 1.0))
        if frame is not None:
            coords = np.linalg.solve(frame[1].T, coords.T).T
        return coords, np.where(lengths > 0, off, 0.0)

    def to_npz(self, file: str | Path) -> Path:
        """Write the plane as an npz file, without pickle, and return its path."""
        return write_record(file, KIND, *self.pack())

    @classmethod
    def from_npz(cls, file: str | Path) -> Plane:
        """Read the plane that `to_npz` wrote, bit for bit.

        Raises: RecordFileError: plane.npz is broken (its checksum does not fit): make it again
        """
        return cls.unpack(*read_record(file, KIND))

    def pack(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Return the words and the arrays of a record."""
        words = {"how": self.how, "share": self.share, "names": self.names}
        return words, {"origin": self.origin, "axes": self.axes}

    @classmethod
    def unpack(cls, words: dict[str, Any], arrays: dict[str, np.ndarray]) -> Plane:
        """Return the plane of a record."""
        first, second = words.get("names", ("", ""))
        names = str(first), str(second)
        return cls(arrays["origin"], arrays["axes"], words["how"], words["share"], names)


def check_size(size: int) -> None:
    """Refuse too few parameters for a plane."""
    if size < 2:
        raise ValueError(f"a plane needs at least 2 parameters, got {size}: draw its loss curve")
