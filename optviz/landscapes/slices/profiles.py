"""The loss along the line through two points, and the barrier between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from optviz.landscapes.planes.polylines import Polyline, make_unit_lines, measure_norm
from optviz.landscapes.refusals import read_numbers, read_pair, take_end
from optviz.landscapes.slices.grounds import Line
from optviz.landscapes.slices.loss_pieces import PathPoints
from optviz.landscapes.slices.path_buffers import find_path_buffers
from optviz.landscapes.slices.slice_work import SliceWork, move_problem
from optviz.landscapes.statistics import name_given
from optviz.problems.base import Problem, check_problem
from optviz.runs.loop import check_whole
from optviz.runs.npz import read_record, write_record

KIND = "profile"
BETWEEN_ENDS = (
    "in eval mode with buffers that go over in proportion from those of one end to those of the "
    "other, and beyond an end are its own"
)
EVEN = 1e-9
"""A rise below this share of the largest loss is none."""
SAME = 1e-5
"""Losses that differ by less than this share are one, but for rounding."""


@dataclass(frozen=True, eq=False)
class Profile:
    """The loss along the line through two points: the first is at 0, the second at 1.

    Shapes: places, losses (k,); ends (2,)
    """

    places: np.ndarray
    losses: np.ndarray
    ends: np.ndarray
    """The losses of the two points themselves, each with its own buffers where they are known."""
    labels: tuple[str, str]
    distance: float
    """Euclidean distance of the two points."""
    about: str = ""
    """The name of the problem."""
    statistics: str = ""
    """The words for the buffers that the losses are taken with; empty where there are none."""
    unknown: tuple[str, str] = ("", "")
    """The words for how the loss of an end is taken where its own buffers are not known."""
    kinds: tuple[str, str] = ("", "")
    """The rules' names, for their colors."""

    @property
    def rise(self) -> np.ndarray:
        """The loss at each place, less the straight line between the losses at 0 and 1."""
        with np.errstate(invalid="ignore"):
            return self.losses - take_chord(self.losses, self.places)

    @property
    def barrier(self) -> float:
        """The largest rise between the two points; 0 where the loss never lies above the line."""
        return float(find_barrier(self.losses, self.places)[0])

    @property
    def barrier_place(self) -> float:
        """The place of the largest rise."""
        return float(find_barrier(self.losses, self.places)[1])

    def words(self) -> str:
        """Say in plain sentences what the profile shows."""
        first, second = self.labels
        low, high = (f"{each:.3g}" for each in self.losses[find_ends(self.places)])
        between = f"the straight line between the losses {low} at {first} and {high} at {second}"
        height, place = find_barrier(self.losses, self.places)
        rise = f"There is no barrier: the loss nowhere lies above {between}."
        if not np.isfinite(height):
            rise = f"The loss is not finite all the way from {first} to {second}."
        elif height > EVEN * find_size(self.losses):
            rise = (
                f"The loss rises at most {height:.3g} above {between}: this barrier is at "
                f"{place:.2f} of the way."
            )
        apart = f"The two points are {self.distance:.3g} apart."
        taken = [f"The loss is taken {self.statistics}."] if self.statistics else []
        return " ".join([rise, apart, *taken, *self.compare_ends()])

    def compare_ends(self) -> list[str]:
        """Name the ends whose true loss is another than the line shows, or not known."""
        shown, doubts = self.losses[find_ends(self.places)], self.find_doubts()
        rows = zip(self.labels, self.unknown, self.ends, shown, doubts, strict=True)
        return [
            f"The true loss of {label}, without buffers of its own, is not known."
            if unknown
            else f"The true loss of {label} is {true:.3g}, the line shows {loss:.3g}."
            for label, unknown, true, loss, is_doubtful in rows
            if is_doubtful
        ]

    def find_doubts(self) -> list[bool]:
        """Return for each end whether its true loss is another than the line shows, or unknown."""
        shown = self.losses[find_ends(self.places)]
        same = is_same_loss(shown, self.ends, find_size(self.losses))
        return [bool(each) or not near for each, near in zip(self.unknown, same, strict=True)]

    def to_npz(self, file: str | Path) -> Path:
        """Write the profile as an npz file, without pickle, and return its path."""
        arrays = {name: getattr(self, name) for name in ("places", "losses", "ends")}
        names = ("labels", "distance", "about", "statistics", "unknown", "kinds")
        return write_record(file, KIND, {name: getattr(self, name) for name in names}, arrays)

    @classmethod
    def from_npz(cls, file: str | Path) -> Profile:
        """Read the profile that `to_npz` wrote, bit for bit.

        Raises: RecordFileError: profile.npz is broken (its checksum does not fit): make it again
        """
        words, arrays = read_record(file, KIND)
        pairs: dict[str, Any] = {n: tuple(words.pop(n)) for n in ("labels", "unknown", "kinds")}
        return cls(**arrays, **words, **pairs)


def profile_loss(
    problem: Problem,
    a: Any,
    b: Any,
    *,
    buffers: tuple[Any, Any] = (None, None),
    labels: tuple[str, str] | None = None,
    size: int = 51,
    margin: float = 0.15,
    executor: Executor | None = None,
    on_progress: Callable[[int, int], Any] | None = None,
    cancel: Callable[[], bool] | None = None,
    device: str | None = None,
) -> Profile:
    """Compute the loss of a problem along the line through two points.

    Every value is the exact loss at its point; `a` and `b` are among them, at 0 and 1, with
    `margin` of their distance beyond each. A point is an array (n,), or a run, which stands for its
    end. What a point has besides its parameters, such as running averages, is a run's own, or that
    of `buffers`: it counts as it does for `slice_loss`, and is interpolated between the two.
    `executor`, `on_progress`, `cancel` and `device` are those of `slice_loss`.

        from optviz import SGD, run, surface
        from optviz.landscapes.slices.profiles import profile_loss

        problem = surface("himmelblau")
        ends = [run(problem, SGD(0.01), start=start) for start in ([1, 1], [-1, 1])]
        print(profile_loss(problem, *ends, labels=("right", "left")).words())

    Raises: ValueError: the two points are equal: there is no line between them; WorkCanceledError:
        canceled after 16 of 53 points
    """
    size = check_whole("size", size, low=2)
    names = ("a", "b") if labels is None else read_pair("labels", labels, "two names")
    owns = read_pair("buffers", buffers, "two, one of each point, None where not known")
    problem = move_problem(check_problem(problem), device)
    ends = [read_end(*each) for each in zip((a, b), owns, names, strict=True)]
    line = join_ends(problem, ends)
    places, direction = make_unit_lines(size, margin), line.points[1] - line.points[0]
    mixture = find_path_buffers(problem, [line])
    given: Any = problem, Line(line.points[0], direction), mixture, len(places) + len(ends)
    work = SliceWork(*given, executor=executor, on_progress=on_progress, cancel=cancel)
    points = [
        PathPoints(each.points, None if problem.buffers is None else each.buffers) for each in ends
    ]
    losses, *true = work.take(places[:, None], points)
    is_unknown = [problem.buffers is not None and each.buffers is None for each in points]
    unknown = [name_given(problem) * each for each in is_unknown]
    return Profile(
        places,
        losses,
        np.concatenate(true),
        (names[0], names[1]) if labels else (ends[0].label, ends[1].label),
        measure_norm(direction),
        problem.name,
        BETWEEN_ENDS if mixture else name_given(problem),
        (unknown[0], unknown[1]),
        (ends[0].kind, ends[1].kind),
    )


def read_end(given: Any, buffers: Any, name: str) -> Polyline:
    """Return a point, or the end of a run, as a path of one point with its own buffers."""
    has_path = getattr(given, "path", None) is not None
    known = take_end(given, f"the point {name}") if has_path else given
    points = np.atleast_2d(read_numbers(known, f"the point {name}"))
    own = buffers
    if own is None and getattr(given, "buffers", None) is not None:
        own = {name: each[-1] for name, each in given.buffers.items()}
    stacked = None if own is None else {name: np.asarray(each)[None] for name, each in own.items()}
    end = Polyline.read(points, label=str(getattr(given, "label", name)))
    kind = str((getattr(given, "about", None) or {}).get("kind", ""))
    return replace(end, buffers=stacked, kind=kind)


def join_ends(problem: Problem, ends: Sequence[Polyline]) -> Polyline:
    """Return the line through two points, from place 0 to 1.

    Raises: ValueError: the two points are equal: there is no line between them
    """
    first, second = ends
    sizes = np.size(problem.start), first.points.shape[1], second.points.shape[1]
    if len(set(sizes)) > 1:
        raise ValueError(f"{problem.name} has {sizes[0]} parameters, the points {list(sizes[1:])}")
    points = np.concatenate([first.points, second.points])
    if np.array_equal(*points):
        raise ValueError("the two points are equal: there is no line between them")
    a, b = first.buffers, second.buffers
    both = None if a is None or b is None else {n: np.concatenate([a[n], b[n]]) for n in a}
    return Polyline(np.array([0.0, 1.0]), points, both)


def is_same_loss(shown: np.ndarray, true: np.ndarray, size: float) -> np.ndarray:
    """Return a mask of the losses that are the same but for rounding, where they have a size."""
    return np.isclose(shown, true, rtol=SAME, atol=EVEN * size, equal_nan=True)


def find_size(losses: np.ndarray) -> float:
    """Return the largest finite loss, by amount."""
    return float(np.abs(losses[np.isfinite(losses)]).max(initial=0.0))


def find_ends(places: np.ndarray) -> list[int]:
    """Return the indices of the places 0 and 1."""
    return [int(np.argmin(np.abs(places - end))) for end in (0.0, 1.0)]


def take_chord(losses: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the straight line between the losses at places 0 and 1; losses (k, ...)."""
    first, second = losses[find_ends(places)]
    wide = places.reshape(-1, *[1] * (losses.ndim - 1))
    with np.errstate(invalid="ignore"):
        return first + wide * (second - first)


def find_barrier(losses: np.ndarray, places: np.ndarray) -> tuple[Any, Any]:
    """Return the largest rise of losses above the line between those at 0 and 1, and its place.

    Where a loss there is not finite the rise is infinite.

    Shapes: losses (k, ...); places (k,) -> (...), (...)
    Source: Entezari et al., 2022, The Role of Permutation Invariance in Linear Mode Connectivity
    """
    first, second = find_ends(places)
    with np.errstate(invalid="ignore"):
        rise = (losses - take_chord(losses, places))[first : second + 1]
    is_finite = np.isfinite(losses[first : second + 1]) & ~np.isnan(rise)
    rise = np.where(is_finite, rise, np.inf)
    return np.maximum(rise.max(axis=0), 0.0), places[first + rise.argmax(axis=0)]
