"""The record of a loss on a sheet, the paths that lie on it, and what a plane hides of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from optviz.landscapes.refusals import check_kind
from optviz.landscapes.slices.profiles import EVEN, find_barrier, find_size, is_same_loss
from optviz.landscapes.slices.shadows import Shadow, describe_estimates, name_diverged, spell_share
from optviz.landscapes.slices.slice import Slice
from optviz.runs.npz import read_record, write_record

KIND = "sheet slice"
POINTS = ("step", "coords", "off", "shown", "true")
"""The columns of a track."""
GRID = ("s", "t", "losses", "widths", "recorded")
MARKS = ("estimated", "errors")


@dataclass(frozen=True, eq=False)
class Track(Shadow):
    """A path on a sheet, at its true place.

    Shapes: step, off, shown, true (points,); coords (points, 2), s and t
    Units: off is the distance of each point from the sheet, over the size of the path
    """

    @property
    def exact(self) -> np.ndarray:
        """A mask of the points whose true loss the sheet shows."""
        same = is_same_loss(self.shown, self.true, find_size(self.true))
        return same & (not self.statistics)


@dataclass(frozen=True, eq=False)
class SheetSlice:
    """The loss on a grid of a sheet, with the paths that lie on it.

    Row j, column i of losses is the loss at s[i], t[j].
    Shapes: s, widths, recorded (k,); t (l,); losses (l, k)
    """

    s: np.ndarray
    t: np.ndarray
    losses: np.ndarray
    widths: np.ndarray
    """The distance in parameters from t = 0 to t = 1 at each s."""
    recorded: np.ndarray
    """A mask of the s where all paths have a recorded point; a path is drawn straight between."""
    tracks: tuple[Track, ...]
    how: str
    """How the sheet was chosen, in words."""
    axes: tuple[str, str]
    """What s and t are."""
    about: str = ""
    """The name of the problem."""
    statistics: str = ""
    """The words for the buffers that the losses are taken with; empty where there are none."""
    estimated: np.ndarray | None = None
    """A mask (l, k) of the cells that are interpolated; None: every loss is computed."""
    errors: np.ndarray | None = None
    """The estimated errors (l, k) of the log of their losses: 95 % of them are not farther off."""
    effort: str = ""
    """What the computation took, in words; no part of a file."""

    @property
    def is_between(self) -> bool:
        """True for a sheet between two paths."""
        return len(self.tracks) > 1

    @property
    def barriers(self) -> np.ndarray | None:
        """The barrier between two paths at each s, (k,); None along one path.

        It is the largest rise of the loss above the straight line between the two at that place.
        """
        return find_barrier(self.losses, self.t)[0] if self.is_between else None

    def words(self) -> str:
        """Say in plain sentences what the sheet shows and what it hides."""
        count = sum(len(each.true) for each in self.tracks)
        out = [*name_diverged(self.tracks), f"The loss on a sheet {self.how}."]
        if all(bool(each.exact.all()) for each in self.tracks):
            out.append(
                f"All {count} recorded points are drawn where they are: nothing of the "
                f"path{'s' * self.is_between} is hidden, and the losses shown are the true ones. "
                "Between recorded points a path is drawn straight."
            )
        else:
            out += [f"All {count} recorded points are drawn where they are.", *self.name_gaps()]
        out += [*self.name_barrier(), self.name_bend()]
        out += [f"The loss is taken {self.statistics}."] if self.statistics else []
        out += describe_estimates(self.estimated, self.errors)
        return " ".join(out)

    def name_gaps(self) -> list[str]:
        """Name the paths whose true losses the sheet does not show."""
        out = []
        for each in self.tracks:
            if each.statistics:
                out.append(f"The true losses of {each.label} are not known.")
            elif not each.exact.all():
                with np.errstate(invalid="ignore"):
                    gaps = np.nan_to_num(np.abs(each.shown - each.true), nan=-1.0)
                worst = int(np.argmax(gaps))
                out.append(
                    f"The largest gap of {each.label}, at step {each.step[worst]}: "
                    f"{each.shown[worst]:.3g} shown, {each.true[worst]:.3g} true."
                )
        return out

    def name_barrier(self) -> list[str]:
        """Name the largest barrier between two paths, and the one at the end."""
        if not self.is_between:
            return []
        names = " and ".join(each.label for each in self.tracks)
        heights, shares = find_barrier(self.losses, self.t)
        top = self.find_highest(heights)
        wild = (
            f"At {(~np.isfinite(heights)).sum()} of {len(heights)} places {self.axes[0]} the loss "
        )
        out = [] if np.isfinite(heights).all() else [f"{wild}is not finite between {names}."]
        if not np.isfinite(heights[top]):
            return out
        if heights[top] <= EVEN * find_size(self.losses):
            return [f"At no time is there a barrier between {names}.", *out]
        high = (
            f"The barrier between {names} is highest at {self.axes[0]} {self.s[top]:.4g}: the loss "
            f"rises {heights[top]:.3g} above the straight line between theirs, {shares[top]:.2f} "
            "of the way"
        )
        at_end = f"; at the end it rises {heights[-1]:.3g}"
        return [high + at_end * (top < len(heights) - 1) + ".", *out]

    def find_highest(self, heights: np.ndarray) -> int:
        """Return the column of the highest finite barrier, at a recorded point if there are any.

        The ends of the paths alone do not count as such.
        """
        is_counted = self.recorded if self.recorded.sum() > 2 else True
        return int(np.argmax(np.where(is_counted & np.isfinite(heights), heights, -1.0)))

    def name_bend(self) -> str:
        """Say which distances of a bent surface that is drawn flat are true."""
        flat = "The sheet is bent and drawn flat:"
        if not self.is_between:
            return f"{flat} of all distances only those from the path, close to it, are true."
        wide = f"{flat} the two are {self.widths[-1]:.3g} apart at the end"
        meet = self.s[self.widths == 0]
        if not len(meet):
            return f"{wide} and {self.widths[0]:.3g} at the start."
        return f"{wide}, and at {self.axes[0]} {meet[0]:.4g} all of the column is one point."

    def facts(self) -> dict[str, str]:
        """Return what the picture shows and hides, as short texts by their names."""
        count = sum(len(each.true) for each in self.tracks)
        exact = sum(int(each.exact.sum()) for each in self.tracks)
        out = {"sheet": self.how, "drawn at their true loss": f"{exact} of {count} points"}
        if self.statistics:
            out["loss taken"] = self.statistics
        heights = self.barriers
        if heights is not None:
            top = self.find_highest(heights)
            place = f"at {self.axes[0]} {self.s[top]:.4g}"
            out["highest barrier"] = f"{heights[top]:.3g} {place}"
            out["barrier at the end"] = f"{heights[-1]:.3g}"
        return out

    def to_npz(self, file: str | Path) -> Path:
        """Write the record as an npz file, without pickle, and return its path."""
        arrays = {name: getattr(self, name) for name in (*GRID, *MARKS)}
        arrays = {name: each for name, each in arrays.items() if each is not None}
        for i, each in enumerate(self.tracks):
            arrays |= {f"{name}_{i}": getattr(each, name) for name in POINTS}
        words = {name: getattr(self, name) for name in ("how", "axes", "about", "statistics")}
        words["diverged"] = [each.diverged for each in self.tracks]
        words["tracks"] = [[each.label, each.kind, each.statistics] for each in self.tracks]
        return write_record(file, KIND, words, arrays)

    @classmethod
    def from_npz(cls, file: str | Path) -> SheetSlice:
        """Read the record that `to_npz` wrote, bit for bit.

        Raises: RecordFileError: cut.npz is broken (its checksum does not fit): make it again
        """
        words, arrays = read_record(file, KIND)
        named = words.pop("tracks")
        lost = words.pop("diverged", None) or [None] * len(named)
        tracks = tuple(
            Track(
                label,
                kind,
                **{n: arrays[f"{n}_{i}"] for n in POINTS},
                statistics=taken,
                diverged=lost[i],
            )
            for i, (label, kind, taken) in enumerate(named)
        )
        words["axes"] = words["axes"][0], words["axes"][1]
        grid = {name: arrays.get(name) for name in (*GRID, *MARKS)}
        return cls(**grid, tracks=tracks, **words)


@dataclass(frozen=True)
class Hidden:
    """The shares and gaps of one run that a plane and a sheet hide.

    Units: off_end, off_most: share of the displacement off the plane; off_sheet: distance from the
        sheet, over the size of the path; the gaps are losses
    """

    label: str
    off_end: float
    off_most: float
    plane_gap: float
    """The largest difference of the loss on the plane and the true one."""
    off_sheet: float
    sheet_gap: float

    def words(self) -> str:
        """Say in a sentence what the two hide."""
        shares = self.off_end, self.off_most, self.off_sheet
        end, most, sheet = map(spell_share, shares)
        return (
            f"{self.label}: on the plane {end} of its displacement is hidden at the end (at most "
            f"{most}) and the loss is up to {self.plane_gap:.3g} off; on the sheet {sheet} is "
            f"hidden and the loss is {self.sheet_gap:.1g} off."
        )


def compare_hidden(cut: Slice, bent: SheetSlice) -> list[Hidden]:
    """Compare what a plane and a sheet hide of the same runs, one row a run of the sheet.

    Runs of one label are taken in their order.

        from optviz import SGD, Adam, DotBias, Plane, Sheet, compare_hidden, run, slice_loss
        from optviz import slice_sheet

        problem = DotBias([0, 0, 1, 2], [0, 1, 1, 0], [5.0, 1.0, 4.0, 2.0], factors=2)
        runs = [run(problem, rule) for rule in (SGD(0.3), Adam(0.1))]
        cut = slice_loss(problem, Plane.pca(runs), runs)
        for each in compare_hidden(cut, slice_sheet(problem, Sheet.between(*runs))):
            print(each.words())

    Raises: ValueError: the slice has no run Adam: slice the plane with the runs of the sheet
    """
    check_kind(cut, Slice, "compare_hidden takes a Slice first", "make one by slice_loss")
    check_kind(bent, SheetSlice, "compare_hidden takes a SheetSlice second", "make by slice_sheet")
    left, rows = list(cut.shadows), []
    for track in bent.tracks:
        shadow = next((each for each in left if each.label == track.label), None)
        if shadow is None or len(shadow.true) != len(track.true):
            raise ValueError(
                f"the slice has no run {track.label} of {len(track.true)} points: slice the plane "
                "with the runs of the sheet"
            )
        left.remove(shadow)
        gaps = [find_gap(each) for each in (shadow, track)]
        off = float(shadow.off[-1]), float(shadow.off.max())
        rows.append(Hidden(track.label, *off, gaps[0], float(track.off.max()), gaps[1]))
    return rows


def find_gap(drawn: Any) -> float:
    """Return the largest difference of the losses shown and true."""
    with np.errstate(invalid="ignore"):
        gaps = np.abs(drawn.shown - drawn.true)
    return float(gaps[~np.isnan(gaps)].max(initial=0.0))
