"""The record of what whole runs from a plane of starts come to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optviz.sweeps.basins import DIVERGED, ELSEWHERE, NO_LOSS

ENDS = {ELSEWHERE: "near no goal", DIVERGED: "diverged", NO_LOSS: "no loss or derivative"}
"""The ends of a run that reaches no goal, in words."""
ON_PLANE = 1e-6
"""Points with a smaller share of their way off the plane lie on it."""


@dataclass(frozen=True, eq=False)
class PlaneMap:
    """The outcome of an optimizer from each start of a grid on a plane.

    Every start is a point of the plane itself; runs leave it, and nothing holds them to it.

    Shapes: x (columns,), y (rows,) and coords (rows, columns, 2) along the plane's axes; goals
        (k, 2) and goals_off (k,); final, best, end, arrived, distance and off (rows, columns)
    Units: x, y, coords, distance and within measure Euclidean distance in parameters
    """

    label: str
    rule: str
    """The optimizer as links write it."""
    kind: str
    problem: str
    parameters: int
    how: str
    """The choice of the plane, in words."""
    x: np.ndarray
    y: np.ndarray
    steps: int
    seed: int
    every: int
    """The loss is taken after every so many steps, and at the end."""
    goals: np.ndarray
    """The points of the plane that are nearest to the goals."""
    goals_off: np.ndarray
    """The share of each goal's displacement from the plane's origin that is off the plane."""
    goal_losses: np.ndarray
    within: float
    """A run is near a goal that is at most so far away, in all parameters."""
    final: np.ndarray
    """The loss after the last step: inf where the run diverged, nan without a loss."""
    best: np.ndarray
    """The lowest of the losses that were taken."""
    end: np.ndarray
    """The place of the nearest goal where it is within reach; else -1, -2 where the run diverged,
    -3 where it met a point without a loss or a derivative."""
    arrived: np.ndarray
    """The step from which on the run stays near that goal; -1 where there is none."""
    distance: np.ndarray
    """The distance of the end from the nearest goal; nan without goals or without an end."""
    coords: np.ndarray
    """The point of the plane that is nearest to the end; nan where the run has no end."""
    off: np.ndarray
    """The share of the way from start to end, as a straight line, that is off the plane."""

    def share(self, end: int) -> float:
        """Return the share of the starts with an end: the place of a goal, or -1, -2, -3."""
        return float((self.end == end).mean())

    def to_text(self) -> str:
        """Return what the map says as text for a terminal."""
        head = (
            f"{self.label} on {self.problem}: {self.steps} steps from {self.end.size:,} starts on "
            f"a plane ({self.how}) of {self.parameters:,} parameters"
        )
        shares = [f"{share:>7.1%}  {words}" for words, share in self.shares().items()]
        return "\n".join([head, *shares, self.describe()])

    def shares(self) -> dict[str, float]:
        """Return the share of each goal, and of each other end that occurs, in words."""
        rows = {
            f"near goal {place + 1}, whose loss is {loss:.4g}": self.share(place)
            for place, loss in enumerate(self.goal_losses)
        }
        names = ENDS if len(self.goals) else ENDS | {ELSEWHERE: "end with a loss"}
        return rows | {names[end]: self.share(end) for end in names if self.share(end)}

    def describe(self) -> str:
        """Return in sentences what the runs come to, and what the plane does not show of them."""
        losses, off = self.final[np.isfinite(self.final)], self.off[np.isfinite(self.off)]
        if not losses.size:
            return "No run ends with a loss."
        low, middle, high = np.quantile(losses, [0.05, 0.5, 0.95])
        words = [f"Final loss {middle:.4g} (median), {low:.4g} to {high:.4g} for nine tenths."]
        if len(self.goals):
            away = np.nanmedian(self.distance)
            words.append(
                f"Near a goal is at most {self.within:.3g} from it; the nearest goal is {away:.3g} "
                "from the end (median)."
            )
        hidden = "Every end lies on the plane."
        if off.max() >= ON_PLANE:
            hidden = (
                f"The ends lie off the plane: {np.median(off):.0%} of the straight way from start "
                f"to end (median) is off it, {off.max():.0%} at most."
            )
        return " ".join([*words, hidden])

    def __repr__(self) -> str:
        size = f"{self.x.size} x {self.y.size}"
        return f"PlaneMap({self.label!r} on {self.problem!r}: {size} starts)"

    def _repr_html_(self) -> str:
        """Return what the map says for a notebook."""
        from html import escape

        return "<pre>" + escape(self.to_text()) + "</pre>"
