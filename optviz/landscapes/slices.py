"""The loss on a plane, the paths projected on it, and a measure of what the picture hides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from optviz.landscapes.plane import Plane, read_paths
from optviz.landscapes.statistics import BLENDED, Blend, find_blend, match_buffers, name_given
from optviz.problems.base import Problem
from optviz.runs.loop import check_whole
from optviz.runs.npz import read_record, write_record
from optviz.runs.trajectory import Trajectory

KIND = "slice"
POINTS = ("step", "coords", "off", "shown", "true")
"""The columns of a shadow."""
ON_PLANE = 1e-6
"""Points with a smaller share of their displacement off the plane lie on it."""
NUMBERS = 1_000_000
"""Numbers in one batch of points whose losses are taken one by one."""

POINTS_A_CHECK = 1400
"""Points taken at once where a check may end the work: about a fifth of a second's."""


@dataclass(frozen=True, eq=False)
class Shadow:
    """The projection of a path on a slice: its nearest points on the plane.

    Shapes: step, off, shown, true (points,); coords (points, 2)
    """

    label: str
    kind: str
    """The rule's name, for its color."""
    step: np.ndarray
    coords: np.ndarray
    off: np.ndarray
    """Share of each point's displacement from the origin that lies off the plane."""
    shown: np.ndarray
    """The loss on the slice, below the projected point."""
    true: np.ndarray
    """The loss at the point itself, with its own buffers unless `statistics` says otherwise."""
    same: np.ndarray | None = None
    """A mask of the points that the slice takes with their own buffers; None: all of them."""
    statistics: str = ""
    """The words for how `true` was taken where the points' own buffers are not known."""

    @property
    def exact(self) -> np.ndarray:
        """A mask of the points on the plane, whose true loss the slice shows."""
        on_plane = self.off < ON_PLANE
        return on_plane if self.same is None else on_plane & self.same

    @property
    def loss_name(self) -> str:
        """The name of the loss `true`: only with a point's own buffers is it the true one."""
        return "loss at the point" if self.statistics else "true loss"


@dataclass(frozen=True, eq=False)
class Slice:
    """The loss on a grid of a plane, with the paths that are drawn on it.

    Row j, column i of losses is the loss at alphas[i] along the first axis, betas[j] along the
    second.
    Shapes: alphas (k,); betas (l,); losses (l, k)
    """

    plane: Plane
    alphas: np.ndarray
    betas: np.ndarray
    losses: np.ndarray
    shadows: tuple[Shadow, ...]
    about: str = ""
    """The name of the problem."""
    statistics: str = ""
    """The words for the buffers that the losses are taken with; empty where there are none."""

    def words(self) -> str:
        """Say in plain sentences how much the picture hides."""
        taken = [f"The loss on the slice is taken {self.statistics}."] if self.statistics else []
        if not self.shadows:
            return " ".join([f"The loss on a plane {self.plane.how}.", *taken])
        facts = self.facts()
        if self.lies_on_plane():
            all_true = "Every drawn point lies on this plane: the losses shown are the true ones."
            return " ".join([all_true, *taken])
        hidden = (
            f"{facts['exactly on the plane']} lie exactly on this plane; at the ends the share of "
            f"the displacement off it is {facts['off the plane at the ends']}."
        )
        worst, shown = self.find_largest_gap()
        gap = (
            f"The largest gap at an end: {worst.label} is shown at {shown:.3g}, its "
            f"{worst.loss_name} is {worst.true[-1]:.3g}."
        )
        return " ".join([hidden, gap, *self.compare_ranking(), *taken, *self.name_unknown()])

    def facts(self) -> dict[str, str]:
        """Return what the picture shows and hides, as short texts by their names."""
        share = "" if self.plane.share is None else f", {self.plane.share:.0%} of the variance"
        out = {"plane": f"{self.plane.how}{share}"}
        if self.statistics:
            out["loss taken"] = self.statistics
        if not self.shadows:
            return out
        on_plane = sum(int((each.off < ON_PLANE).sum()) for each in self.shadows)
        count = sum(len(each.off) for each in self.shadows)
        low, high = (f"{pick(each.off[-1] for each in self.shadows):.0%}" for pick in (min, max))
        out["exactly on the plane"] = f"{on_plane} of {count} drawn points"
        out["off the plane at the ends"] = low if low == high else f"{low} to {high}"
        if self.lies_on_plane():
            return out
        worst, shown = self.find_largest_gap()
        true = f"{worst.true[-1]:.3g} {'true' if not worst.statistics else 'at the point'}"
        out["largest gap at an end"] = f"{worst.label}: {shown:.3g} shown, {true}"
        if len(self.shadows) > 1:
            by_slice, truly, is_same = self.rank_runs()
            name = "true ranking" if not self.name_unknown() else "ranking by the losses there"
            out["ranking as shown"] = by_slice
            out[name] = "the same" if is_same else truly
        return out

    def lies_on_plane(self) -> bool:
        """Return True if the slice shows the true loss of every drawn point."""
        return all(bool(each.exact.all()) for each in self.shadows)

    def find_largest_gap(self) -> tuple[Shadow, float]:
        """Return the path whose end the slice shows most wrongly, and the loss shown there."""
        gaps = [abs(each.shown[-1] - each.true[-1]) for each in self.shadows]
        worst = self.shadows[int(np.argmax(gaps))]
        return worst, float(worst.shown[-1])

    def rank_runs(self) -> tuple[str, str, bool]:
        """Return the runs by the losses shown at their ends, by those there; True if it is one."""
        columns = ([run.shown[-1] for run in self.shadows], [run.true[-1] for run in self.shadows])
        orders = [np.argsort(each, kind="stable") for each in columns]
        shown, true = (", ".join(self.shadows[i].label for i in order) for order in orders)
        return shown, true, np.array_equal(orders[0], orders[1])

    def compare_ranking(self) -> list[str]:
        """Compare the ranking of the runs by the slice with that by their losses at the points."""
        if len(self.shadows) < 2:
            return []
        shown, true, is_same = self.rank_runs()
        known = not any(each.statistics for each in self.shadows)
        if is_same:
            order = "in their true order" if known else "in the order of the losses at the points"
            return [f"Ranked by the losses shown, the runs come {order}."]
        truly = "truly they" if known else "by the losses at the points they"
        return [f"Read off the slice the runs rank {shown}; {truly} rank {true}."]

    def name_unknown(self) -> list[str]:
        """Name the runs whose own buffers, and so true losses, are not known."""
        unknown = [each for each in self.shadows if each.statistics]
        if not unknown:
            return []
        names = ", ".join(each.label for each in unknown)
        words = f"the loss at a point of theirs is taken {unknown[0].statistics}"
        return [
            f"The true losses of {names}, without buffers of their own, are not known: {words}."
        ]

    def to_npz(self, file: str | Path) -> Path:
        """Write the slice as an npz file, without pickle, and return its path."""
        plane = self.plane
        arrays = {"origin": plane.origin, "axes": plane.axes, "alphas": self.alphas}
        arrays |= {"betas": self.betas, "losses": self.losses}
        for i, each in enumerate(self.shadows):
            arrays |= {f"{name}_{i}": getattr(each, name) for name in POINTS}
            arrays |= {} if each.same is None else {f"same_{i}": each.same}
        words = {"how": plane.how, "share": plane.share, "about": self.about}
        words["shadows"] = [[each.label, each.kind, each.statistics] for each in self.shadows]
        words["statistics"] = self.statistics
        return write_record(file, KIND, words, arrays)

    @classmethod
    def from_npz(cls, file: str | Path) -> Slice:
        """Read the slice that `to_npz` wrote, bit for bit.

        Raises: RecordFileError: slice.npz is broken (its checksum does not fit): make it again
        """
        words, arrays = read_record(file, KIND)
        plane = Plane(arrays["origin"], arrays["axes"], words["how"], words["share"])
        shadows = tuple(
            Shadow(
                label,
                kind,
                **{name: arrays[f"{name}_{i}"] for name in POINTS},
                same=arrays.get(f"same_{i}"),
                statistics="".join(statistics),
            )
            for i, (label, kind, *statistics) in enumerate(words["shadows"])
        )
        grid = arrays["alphas"], arrays["betas"], arrays["losses"]
        return cls(plane, *grid, shadows, words["about"], words.get("statistics", ""))


def slice_loss(
    problem: Problem,
    plane: Plane,
    paths: Any = (),
    *,
    size: int = 51,
    margin: float = 0.15,
    recorded: bool = False,
    check: Callable[[], Any] | None = None,
) -> Slice:
    """Compute the loss of a problem on a plane, around the paths that are projected on it.

    Every value is the exact loss at its point. `paths` are trajectories or arrays (points, n).
    The window holds all of them and `margin` of its width more on each side; without paths it is 1
    in each direction from the origin. `recorded` takes the true losses from the trajectories, which
    must then be of this very problem, instead of computing them again. `check` is called now and
    then; an exception that it raises ends the work.
    A module with buffers, such as running averages, has them at the recorded points of a run only:
    their true losses are taken with those, the losses on the plane as the problem's policy says.

    Raises: ValueError: size must be at least 2, got 1
    """
    if check_whole("size", size) < 2:
        raise ValueError(f"size must be at least 2, got {size}")
    single = isinstance(paths, (Trajectory, np.ndarray))
    drawn: Sequence[Any] = [paths] if single else list(paths)
    points = read_paths(drawn) if drawn else []
    placed = [plane.project(each) for each in points]
    coords = [each for each, _ in placed]
    alphas, betas = make_grid_lines(np.concatenate([np.zeros((1, 2)), *coords]), size, margin)
    a, b = np.meshgrid(alphas, betas)
    grid = np.stack([a.ravel(), b.ravel()], axis=1)
    blend = find_blend(problem, coords, [getattr(each, "buffers", None) for each in drawn])
    losses = compute_plane_losses(problem, plane, np.concatenate([grid, *coords]), check, blend)
    grid_losses, *shown = np.split(losses, np.cumsum([len(grid), *map(len, coords)])[:-1])
    shadows = []
    for i, each in enumerate(drawn):
        label = getattr(each, "label", f"path {i + 1}")
        step = getattr(each, "step", np.arange(len(points[i])))
        kind = getattr(each, "about", {}).get("kind", "")
        own = getattr(each, "buffers", None)
        is_true = problem.buffers is None or own is not None
        takes = recorded and is_true and problem.policy != "batch"
        true = each.losses if takes else compute_losses(problem, points[i], own)
        same = match_buffers(problem, blend, coords[i], own)
        statistics = "" if is_true else name_given(problem)
        shadow = Shadow(label, kind, step, *placed[i], shown[i], true, same, statistics)
        shadows.append(shadow)
    taken = BLENDED if blend else name_given(problem)
    losses = grid_losses.reshape(a.shape)
    return Slice(plane, alphas, betas, losses, tuple(shadows), problem.name, taken)


def make_grid_lines(coords: np.ndarray, size: int, margin: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the grid lines around plane coordinates (points, 2), with a margin."""
    low, high = coords.min(axis=0), coords.max(axis=0)
    span = high - low
    # A path that is a line needs room across it too; points that are all one, some room at all.
    half = np.maximum(span, 0.2 * span.max()) * (0.5 + margin) if span.any() else np.ones(2)
    middle = (low + high) / 2
    first, second = (np.linspace(m - h, m + h, size) for m, h in zip(middle, half, strict=True))
    return first, second


def compute_plane_losses(
    problem: Any,
    plane: Plane,
    coords: np.ndarray,
    check: Callable[[], Any] | None = None,
    blend: Blend | None = None,
) -> np.ndarray:
    """Return the losses at plane coordinates (points, 2), by the problem's shortcut if any."""
    direct = not hasattr(problem, "plane_losses")
    size = len(plane.origin) + (blend.size if blend else 0)
    few = max(1, NUMBERS // size) if direct else POINTS_A_CHECK
    step = few if direct or check else len(coords)
    parts = []
    for cut in range(0, len(coords), step):
        if check:
            check()
        part = coords[cut : cut + step]
        if direct:
            buffers = blend.at(part) if blend else None
            parts.append(compute_losses(problem, plane.point(part), buffers))
        else:
            parts.append(problem.plane_losses(plane.origin, plane.axes, part))
    return np.concatenate(parts)


def compute_losses(
    problem: Problem, points: np.ndarray, buffers: dict[str, np.ndarray] | None = None
) -> np.ndarray:
    """Return the losses at points (k, n), in the dtype of the problem, with buffers if given."""
    points = np.asarray(points).astype(problem.start.dtype, copy=False)
    with np.errstate(all="ignore"):
        if buffers is not None:
            owns = [{name: each[i] for name, each in buffers.items()} for i in range(len(points))]
            return np.array([*map(problem.true_loss, points, owns)], dtype=float)
        if points.size <= NUMBERS:
            losses = np.asarray(problem.loss(np.ascontiguousarray(points.T)), dtype=float)
            return np.array(np.broadcast_to(losses, len(points)))
        return np.array([problem.loss(point) for point in points], dtype=float)
