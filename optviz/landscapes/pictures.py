"""The pictures of a loss around recorded runs: what can be drawn, and how each is computed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from optviz.landscapes.curvature.sharpness import KIND as SHARPNESS
from optviz.landscapes.curvature.sharpness import Sharpness, sharpness_along
from optviz.landscapes.sheets.sheet import Sheet
from optviz.landscapes.sheets.sheet_slice import KIND as SHEET
from optviz.landscapes.sheets.sheet_slice import SheetSlice
from optviz.landscapes.sheets.sheet_slicing import slice_sheet
from optviz.landscapes.slices.profiles import KIND as PROFILE
from optviz.landscapes.slices.profiles import Profile, profile_loss
from optviz.landscapes.slices.slice import KIND as SLICE
from optviz.landscapes.slices.slice import Slice
from optviz.landscapes.slices.slicing import slice_loss
from optviz.landscapes.ways import choose_plane, choose_window
from optviz.problems.base import Problem
from optviz.runs.npz import RecordFileError, read_kind
from optviz.runs.recording_files import MAGIC
from optviz.runs.recordings import Recording

Tell = Callable[[int, int], Any]
"""Told how much is done, and of how much; an exception that it raises ends the work."""
Picture = Any
"""A record of a picture: it says what it shows by `words()`, and is written by `to_npz(file)`."""

COLORS = {"run": "run", "true loss": "true loss", "off the plane": "off the plane"}
"""What the color of a path on a plane means."""
SHARP_POINTS = 20
"""The points of a run at which its sharpness is taken."""
LOOKS = {"above": "From above", "depth": "3-D", "lifted": "3-D, true loss"}
"""How a plane is looked at."""


class Asked(NamedTuple):
    """The problem, the runs and the choices that a picture is made of."""

    problem: Problem
    runs: Sequence[Any]
    axes: str
    first: int
    """The place of the run that it is about."""
    second: int
    size: int
    tell: Tell | None
    show: Callable[[Picture], Any] | None = None
    """Given pictures of a plane that are not whole yet, where it takes long."""


class PictureKind(NamedTuple):
    """A kind of picture of the loss around recorded runs."""

    title: str
    about: str
    """What it shows, for the person who chooses."""
    runs: int
    """How many runs it is about: 0 for all of them."""
    make: Callable[[Asked], Picture]
    read: Callable[[str | Path], Picture]


def make_plane(asked: Asked) -> Slice:
    """Return the slice on a plane, with all runs on it."""
    problem, runs = asked.problem, asked.runs
    plane = choose_plane(asked.axes, problem, runs, asked.first, asked.second)
    window = choose_window(asked.axes, runs[asked.first])
    options: Any = {"size": asked.size, "window": window, "on_progress": asked.tell}
    return slice_loss(problem, plane, runs, recorded=True, on_picture=asked.show, **options)


def make_sheet(asked: Asked) -> SheetSlice:
    """Return the sheet along one run."""
    sheet = Sheet.along(asked.runs[asked.first], "principal", problem=asked.problem)
    return cut_sheet(asked, sheet)


def make_barrier(asked: Asked) -> SheetSlice:
    """Return the sheet between two runs."""
    return cut_sheet(asked, Sheet.between(*take_two(asked)))


def cut_sheet(asked: Asked, sheet: Sheet) -> SheetSlice:
    """Return the loss on a sheet."""
    options: Any = {"size": asked.size, "recorded": True, "on_progress": asked.tell}
    return slice_sheet(asked.problem, sheet, **options)


def make_line(asked: Asked) -> Profile:
    """Return the loss on the line between the ends of two runs."""
    size = 2 * asked.size - 1
    return profile_loss(asked.problem, *take_two(asked), size=size, on_progress=asked.tell)


def make_edge(asked: Asked) -> Sharpness:
    """Return the sharpness along a run, at some of its points."""
    run = asked.runs[asked.first]
    every = max(1, (len(run.path) - 1) // SHARP_POINTS)
    return sharpness_along(asked.problem, run, every=every, on_progress=asked.tell)


def take_two(asked: Asked) -> tuple[Any, Any]:
    """Return the two runs that a picture is about.

    Raises: ValueError: the picture needs two runs: choose another one
    """
    if asked.first == asked.second:
        raise ValueError("the picture needs two runs: choose another one")
    return asked.runs[asked.first], asked.runs[asked.second]


PICTURES = {
    "plane": PictureKind(
        "Plane",
        "A flat cut through all weights. Paths lie off it and are drawn at their nearest points: "
        "what that hides is told below.",
        0,
        make_plane,
        Slice.from_npz,
    ),
    "sheet": PictureKind(
        "Sheet along one run",
        "A curved cut that holds one whole path: every point of it is where it says. From left to "
        "right the steps of the run, up and down the distance from its path.",
        1,
        make_sheet,
        SheetSlice.from_npz,
    ),
    "barrier": PictureKind(
        "Sheet between two runs",
        "A curved cut that holds two whole paths, one along each edge, and the straight line "
        "between them at each step: a ridge on it is a barrier that parts the two.",
        2,
        make_barrier,
        SheetSlice.from_npz,
    ),
    "line": PictureKind(
        "Line between two ends",
        "The loss on the straight line from the end of one run to the end of another: a hill on it "
        "is a barrier between two solutions.",
        2,
        make_line,
        Profile.from_npz,
    ),
    "edge": PictureKind(
        "Sharpness along one run",
        "The largest curvature of the loss at points of a run. Full-batch gradient descent is "
        "stable only below the dashed line; with mini-batches it mostly stays below.",
        1,
        make_edge,
        Sharpness.from_npz,
    ),
}
"""The kinds of pictures by their names in a link."""
READERS: dict[str, Callable[[str | Path], Picture]] = {
    SLICE: Slice.from_npz,
    SHEET: SheetSlice.from_npz,
    PROFILE: Profile.from_npz,
    SHARPNESS: Sharpness.from_npz,
}
"""What reads a picture from a file, by the kind that the file says."""

UNPACKED = 1 << 30
"""The most bytes that a packed file of a picture may hold."""


def open_file(path: str | Path) -> Any:
    """Open a recording, or a picture that `to_npz` saved, by what the file says it is.

    Raises: RecordFileError: run.npz is neither a recording nor a file of optviz
    """
    with Path(path).open("rb") as stream:
        is_recording = stream.read(len(MAGIC)) == MAGIC
    if is_recording:
        return Recording.open(path)
    kind = read_kind(path, UNPACKED)
    if kind not in READERS:
        known = ", ".join(READERS)
        raise RecordFileError(
            f"{path} is a {kind or 'file of another program'}, no recording, {known}"
        )
    return READERS[kind](path)


def draw_picture(
    kind: str,
    problem: Problem,
    runs: Sequence[Any],
    *,
    axes: str = "paths",
    first: int = 0,
    second: int = 0,
    size: int = 51,
    tell: Tell | None = None,
    show: Callable[[Picture], Any] | None = None,
) -> Picture:
    """Return a picture of the loss around runs.

    `first` and `second` are the places of the runs that it is about, the first being 1: 0 takes
    the best, and the best of the others. `show` is given pictures of a plane meanwhile, whose
    cells are partly interpolated.

    Raises: ValueError: the picture needs two runs: choose another one
    """
    if kind not in PICTURES:
        raise ValueError(f'kind must be one of {", ".join(PICTURES)}, got "{kind!s:.40}"')
    one, other = choose_runs(runs, first, second)
    return PICTURES[kind].make(Asked(problem, runs, axes, one, other, size, tell, show))


def choose_runs(runs: Sequence[Any], first: int, second: int) -> tuple[int, int]:
    """Return the places of two runs, counted from 0; where there is but one, it is both.

    Raises: ValueError: there are 2 runs, got the number 3
    """
    if not len(runs):
        raise ValueError("there are no runs to draw: give at least one")
    for number in (first, second):
        if not 0 <= number <= len(runs):
            raise ValueError(f"there are {len(runs)} runs to draw, got the number {number}")
    ends = [float(getattr(each, "losses", [np.inf])[-1]) for each in runs]
    order = [int(each) for each in np.argsort(np.nan_to_num(ends, nan=np.inf), kind="stable")]
    one = (
        first - 1 if first else next(each for each in order if each != second - 1 or len(order) < 2)
    )
    others = [each for each in order if each != one] or [one]
    return one, second - 1 if second else others[0]
