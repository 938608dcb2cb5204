"""The record of a loss on a plane, the paths on it, and a measure of what the picture hides."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from optviz.landscapes.planes.plane import Plane
from optviz.landscapes.slices.shadows import (
    ON_PLANE,
    Shadow,
    describe_estimates,
    name_diverged,
    name_runs,
    spell_share,
)
from optviz.landscapes.slices.verdicts import (
    find_finished,
    grade_picture,
    judge_picture,
    measure_errors,
    rank_ends,
    spell_loss,
)
from optviz.landscapes.statistics import BLENDED
from optviz.runs.npz import read_record, write_record

KIND = "slice"
MIXED = (
    "Do not take a dip around a path for a minimum of the weights' loss: near a path the slice has "
    "that path's running averages, elsewhere a mixture of them."
)
"""What interpolated buffers do to a picture."""
POINTS = ("step", "coords", "off", "shown", "true")
"""The columns of a shadow."""


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
    estimated: np.ndarray | None = None
    """A mask (l, k) of the cells that are interpolated; None: every loss is computed."""
    errors: np.ndarray | None = None
    """The estimated errors (l, k) of the log of their losses: 95 % of them are not farther off."""
    effort: str = ""
    """What the computation took, in words; no part of a file."""

    def words(self) -> str:
        """Say all there is to say of the picture: what it can be read for, and how it was made."""
        taken = f"The loss on the slice is taken {self.statistics}." if self.statistics else ""
        lost, verdict = " ".join(name_diverged(self.shadows)), self.verdict()
        parts = [
            lost,
            self.count_exact(),
            verdict.removeprefix(lost).lstrip(),
            taken,
            *describe_estimates(self.estimated, self.errors),
        ]
        return " ".join(filter(None, [*parts, *self.name_unknown()]))

    def verdict(self) -> str:
        """Say in a paragraph what can be read off the picture and what cannot."""
        if not np.isfinite(self.losses).any():
            nothing = (
                "There is no finite loss on this window: nothing can be read off it. Draw the runs "
                "up to where they diverge, or give a smaller window=."
            )
            return " ".join([*name_diverged(self.shadows), nothing])
        verdict = judge_picture(self.shadows, len(self.plane.origin), self.plane.share)
        return f"{verdict} {MIXED}" if self.statistics == BLENDED else verdict

    def grade(self) -> str:
        """Return how far the losses at the ends can be read: exact, close, rough or misleading."""
        return grade_picture(self.shadows)

    def facts(self) -> dict[str, str]:
        """Return what the picture shows and hides, as short texts by their names."""
        share = (
            "" if self.plane.share is None else f", {spell_share(self.plane.share)} of the variance"
        )
        out = {"plane": f"{self.plane.how}{share}"}
        if self.statistics:
            out["loss taken"] = self.statistics
        if not self.shadows:
            return out
        on_plane = sum(int((each.off < ON_PLANE).sum()) for each in self.shadows)
        count = sum(len(each.off) for each in self.shadows)
        ends = [float(each.off[-1]) for each in self.shadows]
        low, high = spell_share(min(ends)), spell_share(max(ends))
        if lost := name_diverged(self.shadows):
            out["diverged"] = " ".join(lost)
        out["exactly on the plane"] = f"{on_plane} of {count} drawn points"
        out["off the plane at the ends"] = low if low == high else f"{low} to {high}"
        if self.lies_on_plane() or not find_finished(self.shadows):
            return out
        worst, shown = self.find_largest_gap()
        name = name_runs(self.shadows)[self.shadows.index(worst)]
        true = f"{spell_loss(worst.true[-1])} {'true' if not worst.statistics else 'at the point'}"
        out["largest gap at an end"] = f"{name}: {spell_loss(shown)} shown, {true}"
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
        given = find_finished(self.shadows) or self.shadows
        rows = zip(measure_errors(self.shadows), self.shadows, strict=True)
        gaps = [abs(float(error[-1])) for error, each in rows if each in given]
        worst = given[int(np.argmax(gaps))]
        return worst, float(worst.shown[-1])

    def rank_runs(self) -> tuple[str, str, bool]:
        """Return the runs by the losses shown at their ends, by those there; True if it is one.

        Runs that tie but for rounding are joined by an equals sign; ends that are not finite come
        last, and after them the runs that diverged.
        """
        return rank_ends(self.shadows)

    def count_exact(self) -> str:
        """Say how many drawn points lie on the plane, and how far off it the ends are."""
        if not self.shadows:
            return f"The loss on a plane {self.plane.how}."
        if self.lies_on_plane():
            return ""
        facts = self.facts()
        exact = f"{facts['exactly on the plane']} lie exactly on this plane"
        ends = f"the share of the displacement off it is {facts['off the plane at the ends']}"
        return f"{exact}; at the ends {ends}."

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
        words, arrays = self.plane.pack()
        arrays |= {"alphas": self.alphas, "betas": self.betas, "losses": self.losses}
        if self.estimated is not None and self.errors is not None:
            arrays |= {"estimated": self.estimated, "errors": self.errors}
        for i, each in enumerate(self.shadows):
            arrays |= {f"{name}_{i}": getattr(each, name) for name in POINTS}
            arrays |= {} if each.same is None else {f"same_{i}": each.same}
        words["about"] = self.about
        words["shadows"] = [[each.label, each.kind, each.statistics] for each in self.shadows]
        words["diverged"] = [each.diverged for each in self.shadows]
        words["statistics"] = self.statistics
        return write_record(file, KIND, words, arrays)

    @classmethod
    def from_npz(cls, file: str | Path) -> Slice:
        """Read the slice that `to_npz` wrote, bit for bit.

        Raises: RecordFileError: slice.npz is broken (its checksum does not fit): make it again
        """
        words, arrays = read_record(file, KIND)
        plane = Plane.unpack(words, arrays)
        diverged = words.get("diverged") or [None] * len(words["shadows"])
        shadows = tuple(
            Shadow(
                label,
                kind,
                **{name: arrays[f"{name}_{i}"] for name in POINTS},
                same=arrays.get(f"same_{i}"),
                statistics="".join(statistics),
                diverged=diverged[i],
            )
            for i, (label, kind, *statistics) in enumerate(words["shadows"])
        )
        grid = arrays["alphas"], arrays["betas"], arrays["losses"]
        taken = words["about"], words.get("statistics", "")
        return cls(plane, *grid, shadows, *taken, arrays.get("estimated"), arrays.get("errors"))
