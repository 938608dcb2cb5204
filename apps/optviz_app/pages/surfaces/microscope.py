"""The step microscope on the Surfaces page, which follows the scrubber and the optimizer touched.

assets/pages/surfaces/microscope.js asks for a step once the scrubber rests.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, dcc, html, no_update

from optviz.microscope import explain
from optviz.runs.trajectory import Trajectory
from optviz_app.components.fields import aria, section, select
from optviz_app.components.step_table import microscope_panel, write_numbers
from optviz_app.pages.surfaces import figures
from optviz_app.pages.surfaces.state import find_microscope


def panel(view: Collection[str]) -> Any:
    """Build the panel of the microscope, empty until the browser asks for a step."""
    place = find_microscope(view)
    run: Any = {"data-run": str(place or 0)}
    choice = select("microscope-run", {}, str(place or 0), w=320, **aria("run explained"))
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
    """Return what the panel shows of a run at a step: title, content and numbers.

    `asked` names the query, the run, the step, and the key of the panel that the browser has: of
    the same key only the numbers are new. Before anything is asked there is nothing to show.
    """
    if asked is None:
        return "", [], {}
    try:
        comparison = figures.perform_race(figures.read_query(str(asked["query"])))
        if comparison is None:
            raise ValueError("every optimizer is switched off: switch one on")
        runs, place = list(comparison.trajectories.values()), int(asked["run"])
        # A place beyond the table of results counts as the first.
        run = runs[place if 0 <= place < len(runs) else 0]
        step, words = choose_step(run, int(asked["step"]))
        explanation = explain(run, step)
    except ValueError as error:
        return str(error), [], {}
    made = write_numbers(explanation)
    known = made["key"] == asked.get("known")
    return (
        f"Step {step} to {step + 1}{words}",
        no_update if known else microscope_panel(explanation),
        made,
    )


def choose_step(run: Trajectory, at: int) -> tuple[int, str]:
    """Return the step to explain for the scrubber's, and why it is another one."""
    if not len(run):
        raise ValueError(str(run.ended))
    first, last = int(run.step[0]), int(run.step[-2])
    if at < first:
        return first, ", the first of this run"
    return (at, "") if at <= last else (last, f", the last one: the run {run.ended}")


def register(app: Dash) -> None:
    """Register the panel's callbacks: one to the server, the rest in the browser."""

    @app.callback(
        Output("microscope-title", "children"),
        Output("microscope-body", "children"),
        Output("microscope-numbers", "data"),
        Input("microscope-asked", "data"),
        prevent_initial_call=True,
    )
    def explain_step(asked):
        return answer(asked)

    for name, outputs, inputs in (
        ("toggleMicroscope", (Output("microscope", "hidden"),), (Input("view", "data"),)),
        ("chooseRun", (), (Input("microscope-run", "value"),)),
        ("fillMicroscope", (), (Input("microscope-numbers", "data"),)),
    ):
        app.clientside_callback(ClientsideFunction("surfaces", name), *outputs, *inputs)
