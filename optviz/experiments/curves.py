"""The curves beside those of the loss: one table that links, scripts and the page read."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optviz.problems.base import Problem
    from optviz.runs.trajectory import Trajectory


@dataclass(frozen=True)
class CurveKind:
    """One kind of curve over the steps. Its functions are named, not held: they load plotly."""

    title: str
    """Its name on the page."""
    view: str
    """The function that draws it, by its full name: (trajectories, *arguments, theme=)."""
    parts: str
    """The function that returns its data and layout without a theme: (trajectories, *arguments)."""
    arguments: tuple[str, ...] = ()
    """The attributes of the problem that both functions take after the trajectories."""
    is_exported: Callable[[list[Trajectory]], bool] = lambda _: True
    """True for runs of which a page has it, where it has anything to show."""

    def build_parts(self, runs: list[Trajectory], problem: Problem) -> dict[str, Any]:
        """Return the data and layout of the figure, as plain data without a theme."""
        return resolve_name(self.parts)(runs, *(getattr(problem, each) for each in self.arguments))

    def write_call(self) -> str:
        """Return the expression that draws it in a script with a `race` on a `problem`."""
        name = self.view.rpartition(".")[2]
        values = ["race.trajectories", *(f"problem.{each}" for each in self.arguments)]
        return f"{name}({', '.join(values)})"


CURVES: dict[str, CurveKind] = {
    "distance": CurveKind(
        "Distance",
        "optviz.views.distances",
        "optviz.views.loss_curves.build_distance_parts",
        arguments=("minima",),
    ),
    "state": CurveKind(
        "Memory", "optviz.views.state", "optviz.views.parameter_curves.build_state_parts"
    ),
    "rates": CurveKind(
        "Effective lr",
        "optviz.views.rates",
        "optviz.views.parameter_curves.build_rate_parts",
        is_exported=lambda _: False,
    ),
    "schedule": CurveKind(
        "lr",
        "optviz.views.schedule",
        "optviz.views.schedule_curves.build_schedule_parts",
        is_exported=lambda runs: any(len(set(each.lr.tolist())) > 1 for each in runs),
    ),
}
"""Each kind by the word of a view that asks for it, in the order in which a link names them."""

DEFAULT_CURVE = "state"
"""The kind that the page shows where a view asks for no other."""


def choose_curve(view: Collection[str]) -> str:
    """Return the word of the one kind that the page shows for a view."""
    others = (word for word in CURVES if word in view and word != DEFAULT_CURVE)
    return next(others, DEFAULT_CURVE)
