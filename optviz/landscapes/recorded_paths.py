"""Recorded trainings side by side, without the loss around them: paths, and how far layers move."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optviz.landscapes.planes.plane import Plane
from optviz.landscapes.refusals import check_kind
from optviz.landscapes.slices.shadows import Shadow, spell_share
from optviz.runs.recordings import Recording

POINTS = 200
"""The most points of each path that are drawn."""
WIDE = 1000.0
"""A path that goes so many times as far as is usual does not choose the plane."""


@dataclass(frozen=True, eq=False)
class RecordedPaths:
    """Recorded paths on the plane along which they vary most; the loss around them is not known.

    The `true` loss of a shadow is the value that was logged with each point, NaN where none was;
    its `shown` loss is NaN.
    """

    shadows: tuple[Shadow, ...]
    share: float
    """The share of the variance of all paths that the plane keeps."""
    value: str = ""
    """The name of the logged value; empty where the recordings share none."""
    error: float = 0.0
    """The relative error of distances where recordings are sketches."""
    wild: tuple[bool, ...] = ()
    """Which paths did not choose the plane: they diverged, or went far beyond all others."""
    remarks: tuple[str, ...] = ()
    """What is to be said of single paths: from where on they are not finite."""

    def words(self) -> str:
        """Say in plain sentences what the picture shows and what it cannot show."""
        own = len(self.shadows)
        count = own - sum(self.wild)
        whose = "the path" if count == own == 1 else f"the {count} paths together"
        whose = f"{count} of the {own} paths" if count < own else whose
        out = [f"This plane keeps {spell_share(self.share)} of the variance of {whose}."]
        if own > 1:
            place = self.wild.index(False) if count < own else 0
            first, others = self.shadows[place], [*self.shadows]
            del others[place]
            ends = [f"{each.label} {spell_share(float(each.off[-1]))}" for each in others]
            out.append(
                f"It passes through the end of {first.label}; the share of the way from there to "
                f"each other end that it hides: {', '.join(ends)}."
            )
        out += self.remarks
        if self.error:
            out.append(f"Distances come from sketches: they are right to about {self.error:.0%}.")
        out.append(
            "A recording holds no data and no loss function, so the loss around the paths is not "
            "drawn: rec.slice(loss_fn, data) makes that picture, and its file can be opened here."
        )
        return " ".join(out)


def place_recordings(recordings: Sequence[Recording], value: str = "") -> RecordedPaths:
    """Return recordings on the plane along their principal axes, through the end of the first.

    `value` is the logged value that colors them; the first that all have unless named. Paths that
    diverged, or went far beyond all others, do not choose the plane.

    Raises: ValueError: the recordings are of different models: fc.weight (10, 64), and none
    """
    if not recordings:
        raise ValueError("there is no recording to draw: choose one")
    for each in recordings:
        check_kind(each, Recording, "place_recordings takes recordings", "Recording.open(file)")
    check_alike(recordings)
    thin = [each.thin(POINTS) for each in recordings]
    points = [np.asarray(each.values) for each in thin]
    wild = find_wild_paths(recordings, points)
    tame = [path for path, is_wild in zip(points, wild, strict=True) if not is_wild]
    plane = Plane.pca(tame, through=tame[0][-1])
    value = value or next(iter(list_values(recordings)), "")
    shadows = []
    for each, path in zip(thin, points, strict=True):
        logged = each.logs.get(value, np.full(len(each), np.nan))
        coords, off = plane.project(path)
        kind, nothing = str(each.about.get("kind", "")), np.full(len(each), np.nan)
        shadows.append(Shadow(each.label, kind, each.step, coords, off, nothing, logged))
    errors = [each.sketch.error for each in thin if each.sketch is not None]
    remarks = tuple(
        f"{each.label} is drawn to step {own.step[-1]:,}: its parameters are not finite after that."
        for each, own in zip(recordings, thin, strict=True)
        if each.finite < len(each)
    )
    share, error = float(plane.share or 0), max(errors, default=0.0)
    return RecordedPaths(tuple(shadows), share, value, error, tuple(wild), remarks)


def find_wild_paths(recordings: Sequence[Recording], points: Sequence[np.ndarray]) -> list[bool]:
    """Return which paths would flatten the others; none where all would.

    They are not finite to their end, or go WIDE times as far as is usual among those that are.
    """
    broken = [each.finite < len(each) for each in recordings]
    far = [float(np.linalg.norm(path[-1].astype(float) - path[0])) for path in points]
    usual = sorted(way for way, is_broken in zip(far, broken, strict=True) if not is_broken)
    most = WIDE * (usual[(len(usual) - 1) // 2] if usual else np.inf)
    wild = [is_broken or way > most > 0 for way, is_broken in zip(far, broken, strict=True)]
    return [False] * len(wild) if all(wild) else wild


def part_models(recordings: Sequence[Recording]) -> tuple[list[bool], list[str]]:
    """Return which recordings are of one model, that of most, and a sentence for each other one."""
    keys = [(each.blocks, describe_sketch(each)) for each in recordings]
    usual = max(keys, key=keys.count, default=None)
    alike = [key == usual for key in keys]
    said = []
    for each, is_alike in zip(recordings, alike, strict=True):
        if not is_alike:
            try:
                check_alike([recordings[alike.index(True)], each])
            except ValueError as error:
                said.append(f"The paths are without {each.label}: {error}.")
    return alike, said


def describe_sketch(recording: Recording) -> tuple[int, int] | None:
    """Return what two sketches must share to be compared; None for whole points."""
    sketch = recording.sketch
    return None if sketch is None else (sketch.width, sketch.seed)


def check_alike(recordings: Sequence[Recording]) -> None:
    """Refuse recordings of different models, or sketches that cannot be compared."""
    first = recordings[0]
    for each in recordings[1:]:
        if each.blocks != first.blocks:
            pair = zip((*first.blocks, None), (*each.blocks, None), strict=False)
            one, other = next((a, b) for a, b in pair if a != b)
            raise ValueError(
                f"the recordings are of different models: {first.label} has {spell_block(one)}, "
                f"{each.label} has {spell_block(other)}: choose recordings of one model"
            )
        if describe_sketch(first) != describe_sketch(each):
            raise ValueError(
                f"{first.label} and {each.label} are recorded in different ways (one of them as a "
                "sketch, or with another seed): record them alike"
            )


def spell_block(block: tuple[str, tuple[int, ...]] | None) -> str:
    """Return a parameter with its shape."""
    return "no more parameters" if block is None else f"{block[0]} {tuple(block[1])}"


def list_values(recordings: Sequence[Recording]) -> list[str]:
    """Return the names of the values that were logged in all recordings."""
    shared = set.intersection(*(set(each.logs) for each in recordings)) if recordings else set()
    return [name for name in recordings[0].logs if name in shared] if recordings else []


def measure_movement(recording: Recording) -> dict[str, np.ndarray]:
    """Return how far each parameter tensor is from its start at each point, by name, (points,).

    Distances are divided by the length of the tensor at the start where that is not zero.

    Raises: ValueError: Adam is recorded as a sketch of 4096 numbers of each point
    """
    path, moved, cut = recording.path, {}, 0
    for name, shape in recording.blocks:
        span = slice(cut, cut + math.prod(shape))
        cut = span.stop
        start = path[0, span].astype(float)
        far = np.array([np.linalg.norm(each - start) for each in path[:, span]])
        moved[name] = far / (np.linalg.norm(start) or 1.0)
    return moved
