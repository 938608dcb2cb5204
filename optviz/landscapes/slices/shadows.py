"""The shadow of a path on a plane: where each point is drawn, and what is hidden of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

ON_PLANE = 1e-6
"""Points with a smaller share of their displacement off the plane lie on it."""
ALL, NONE = 1e-9, 1e-6
"""What is less than this short of all, or more than nothing, is rounding."""


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
    diverged: int | None = None
    """The first recorded step that is not finite; the drawn path ends before it."""

    @property
    def exact(self) -> np.ndarray:
        """A mask of the points on the plane, whose true loss the slice shows."""
        on_plane = self.off < ON_PLANE
        return on_plane if self.same is None else on_plane & self.same

    @property
    def loss_name(self) -> str:
        """The name of the loss `true`: only with a point's own buffers is it the true one."""
        return "loss at the point" if self.statistics else "true loss"


def name_diverged(shadows: Sequence[Shadow]) -> list[str]:
    """Say of each run that diverged from where on it is not finite, and where its path ends."""
    return [
        f"{name} diverged: it is not finite from step {each.diverged:,} on, what is drawn ends at "
        f"step {each.step[-1]:,}."
        for name, each in zip(name_runs(shadows), shadows, strict=True)
        if each.diverged is not None
    ]


def name_end(shadow: Shadow) -> str:
    """Return the name of a run at the end of its drawn path, which says if that is cut off."""
    if shadow.diverged is None:
        return shadow.label
    return f"{shadow.label}, diverged after step {shadow.step[-1]:,}"


def spell_share(share: float, digits: int = 0) -> str:
    """Return a share in percent: 100% and 0% are said of all and of none alone."""
    if share >= 1 - ALL:
        return "100%"
    if NONE < share < 0.005 * 0.1**digits:
        return f"below {0.1**digits:.{digits}f}%"
    while float(text := f"{100 * share:.{digits}f}") >= 100:
        digits += 1
    return f"{text}%"


def name_runs(shadows: Sequence[Shadow]) -> list[str]:
    """Return names of the runs for sentences: their labels, as short as they tell runs apart.

    Left out are hyperparameters, as in `Adam lr=0.003`. Runs of one label are numbered.
    """
    labels = [each.label for each in shadows]
    short = [each.partition("=")[0].rpartition(" ")[0] if "=" in each else each for each in labels]
    if all(short) and len({*short}) == len(short):
        return short
    counts, seen, names = Counter(labels), Counter[str](), []
    for label in labels:
        seen[label] += 1
        names.append(f"{label} ({seen[label]})" if counts[label] > 1 else label)
    return names


def describe_estimates(estimated: np.ndarray | None, errors: np.ndarray | None) -> list[str]:
    """Say how many cells of a grid are interpolated, and how far off they may be."""
    if estimated is None or errors is None:
        return []
    known = errors[estimated]
    most = known.max(initial=0.0)
    off = f"with an error of at most {np.expm1(most):.2g} of the loss in 95 % of them"
    if not np.isfinite(most):
        off = "with an error that is not known in some of them"
    return [f"{known.size:,} of {estimated.size:,} cells are interpolated, {off}."]
