"""The step microscope on the Surfaces page, which follows the scrubber and the optimizer touched.

assets/pages/surfaces/microscope.js asks for a step once the scrubber rests.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, dcc, html, no_update

from optviz.experiments.surface import MICROSCOPE
from optviz.microscope import explain
from optviz.runs.comparison import Comparison
from optviz.runs.trajectory import Trajectory
from optviz_app.components.fields import aria, section
from optviz_app.components.step_table import microscope_panel, numbers
from optviz_app.pages.surfaces import figures


def place_in(view: Collection[str]) -> int | None:
    """Which run a view has under the microscope, counted from 0; None if it is closed."""
    return next((place for place, word in enumerate(MICROSCOPE) if word in view), None)


def words(overlays: Collection[str] | None, run: Any) -> tuple[str, ...]:
    """The word of a view for the run that is chosen, if the microscope is among what is shown.

    A run beyond those that have a word counts as the first.
    """
    if "microscope" not in (overlays or ()):
        return ()
    place = int(run) if str(run or "").isdecimal() else 0
    return (MICROSCOPE[place if place < len(MICROSCOPE) else 0],)


def panel(view: Collection[str]) -> Any:
    """The panel of the Surfaces page, empty until the browser asks for a step."""
    place = place_in(view)
    label, first = aria("run explained"), str(place or 0)
    run: Any = {"data-run": first}
    choice = dmc.Select(
        id="microscope-run", data=[], value=first, size="xs", allowDeselect=False, w=320, **label
    )
    return html.Div(
        [
            *(dcc.Store(id=f"microscope-{name}") for name in ("asked", "numbers", "kept")),
            section(
                "Step microscope",
                html.Div([choice, html.Span(id="microscope-title")], className="toolbar"),
                html.Div(id="microscope-body"),
            ),
        ],
        id="microscope",
        hidden=place is None,
        **run,
    )


def answer(asked: dict[str, Any] | None) -> tuple[str, Any, dict[str, Any]]:
    """What the panel shows of a run at a step: its title, what it is made of, its numbers.

    `asked` names the query, the run, the step, and the key of the panel that the browser has: of
    the same key only the numbers are new. Before anything is asked there is nothing to show.
    """
    if asked is None:
        return "", [], {}
    try:
        run = run_of(figures.raced(figures.opened(str(asked["query"]))), int(asked["run"]))
        step, words = step_shown(run, int(asked["step"]))
        explanation = explain(run, step)
    except ValueError as error:
        return str(error), [], {}
    made = numbers(explanation)
    known = made["key"] == asked.get("known")
    return (
        f"Step {step} to {step + 1}{words}",
        no_update if known else microscope_panel(explanation),
        made,
    )


def run_of(comparison: Comparison | None, place: int) -> Trajectory:
    """A run by its place in the table of results; the first one where there is none.

    Raises: ValueError: every optimizer is switched off: switch one on
    """
    if comparison is None:
        raise ValueError("every optimizer is switched off: switch one on")
    runs = list(comparison.trajectories.values())
    return runs[place if 0 <= place < len(runs) else 0]


def step_shown(run: Trajectory, at: int) -> tuple[int, str]:
    """The step to explain where the scrubber stands, and why it is another one.

    Raises: ValueError: not begun: the run that it leaves diverged at step 12: ...
    """
    if not len(run):
        raise ValueError(str(run.ended))
    first, last = int(run.step[0]), int(run.step[-2])
    if at < first:
        return first, ", the first of this run"
    return (at, "") if at <= last else (last, f", the last one: the run {run.ended}")


def register(app: Dash) -> None:
    """The panel's callbacks: one to the server, the rest in the browser."""

    @app.callback(
        Output("microscope-title", "children"),
        Output("microscope-body", "children"),
        Output("microscope-numbers", "data"),
        Input("microscope-asked", "data"),
        prevent_initial_call=True,
    )
    def explained(asked):
        return answer(asked)

    for name, outputs, inputs in (
        ("toggleMicroscope", (Output("microscope", "hidden"),), (Input("view", "data"),)),
        ("listRuns", (), (Input("known-runs", "data"),)),
        ("chooseRun", (), (Input("microscope-run", "value"),)),
        ("fillMicroscope", (), (Input("microscope-numbers", "data"),)),
    ):
        app.clientside_callback(ClientsideFunction("surfaces", name), *outputs, *inputs)
