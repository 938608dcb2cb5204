"""The curves beside those of the loss: one table that links, scripts and the page read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import plotly.graph_objects as go

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

    def draw(self, runs: list[Trajectory], problem: Problem, *, theme: str = "light") -> go.Figure:
        """Return the figure of these runs."""
        return resolve_name(self.view)(runs, *self._read(problem), theme=theme)

    def build_parts(self, runs: list[Trajectory], problem: Problem) -> dict[str, Any]:
        """Return the data and layout of the figure, as plain data without a theme."""
        return resolve_name(self.parts)(runs, *self._read(problem))

    def write_call(self) -> str:
        """Return the expression that draws it in a script with a `race` on a `problem`."""
        name = self.view.rpartition(".")[2]
        values = ["race.trajectories", *(f"problem.{each}" for each in self.arguments)]
        return f"{name}({', '.join(values)})"

    def _read(self, problem: Problem) -> list[Any]:
        return [getattr(problem, name) for name in self.arguments]


CURVES: dict[str, CurveKind] = {
    "distance": CurveKind(
        title="Distance",
        view="optviz.views.distances",
        parts="optviz.views.distance_curves.distance_parts",
        arguments=("minima",),
    ),
    "state": CurveKind(
        title="Memory",
        view="optviz.views.state",
        parts="optviz.views.averages.state_parts",
    ),
    "rates": CurveKind(
        title="Effective lr",
        view="optviz.views.rates",
        parts="optviz.views.effective_rates.effective_rate_parts",
    ),
    "schedule": CurveKind(
        title="lr",
        view="optviz.views.schedule",
        parts="optviz.views.schedule_curves.schedule_parts",
    ),
}
"""Each kind by the word of a view that asks for it, in the order in which a link names them."""

DEFAULT_CURVE = "state"
"""The kind that the page shows where a view asks for no other."""


def choose_curve(view: Collection[str]) -> str:
    """Return the word of the one kind that the page shows for a view."""
    others = (word for word in CURVES if word in view and word != DEFAULT_CURVE)
    return next(others, DEFAULT_CURVE)
