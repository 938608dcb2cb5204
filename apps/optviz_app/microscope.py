"""The step microscope: how the step shown was made, term by term, as a part of a page.

`microscope_panel` draws an explained step and knows nothing of the page that it is on. The rest
is the Surfaces page's: assets/microscope.js asks for a step once the scrubber rests.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import dash_mantine_components as dmc
import numpy as np
from dash import ClientsideFunction, Dash, Input, Output, dcc, html

from optviz.microscope import Explanation, Summand, Term, explain
from optviz.trajectory import Trajectory
from optviz_app import figures
from optviz_app.parts import SCROLLS, aria, section

DIGITS = 6
"""Significant digits of a value in the table."""


# -- an explained step, for any page -------------------------------------------------------


def microscope_panel(explanation: Explanation) -> Any:
    """The terms of a step as a table, and below it what adds up to the change."""
    return html.Div([terms_table(explanation), sums(explanation)], className="microscope")


def terms_table(explanation: Explanation) -> Any:
    """A row a term: what it is, its formula, and for each parameter the numbers."""
    heads = [html.Th(each, scope="col") for each in ("quantity", "formula", *explanation.names)]
    rows = [term_row(term, len(explanation.names)) for term in explanation.terms]
    table = html.Table([html.Thead(html.Tr(heads)), html.Tbody(rows)], className="terms")
    return html.Div(table, className="wide", **SCROLLS)


def term_row(term: Term, count: int) -> Any:
    """One term; a number that all parameters share stands once for all of them."""
    values = np.atleast_1d(term.values)
    span = 1 if values.size == count else count
    cells = [
        html.Td(worked(numbers, value), colSpan=span, className="number")
        for numbers, value in zip(term.numbers, values, strict=True)
    ]
    words = [html.Code(term.name), html.Span(term.meaning, className="meaning")]
    name = html.Th(words, scope="row")
    return html.Tr([name, html.Td(formula(term)), *cells], **{"data-term": term.name})  # type: ignore[arg-type]


def formula(part: Term | Summand) -> list[Any]:
    """A formula as mathematics for the eye, and as plain text for the ear."""
    seen: Any = aria("true", "hidden")
    return [
        html.Div(dcc.Markdown(f"${part.latex}$", mathjax=True, className="latex"), **seen),
        html.Span(part.text, className="hidden"),
    ]


def worked(numbers: str, value: float) -> list[Any]:
    """The numbers of a formula, and what they come to."""
    result: Any = {"data-value": repr(float(value))}
    came = html.Span(f"{value:.{DIGITS}g}", className="value", **result)
    return [html.Span(f"{numbers} = ", className="worked"), came] if numbers else [came]


# -- what adds up to the change ------------------------------------------------------------


def sums(explanation: Explanation) -> Any:
    """For each parameter a picture of the summands, each where the one before it ended."""
    names = enumerate(explanation.names)
    return html.Div([picture(explanation, place, name) for place, name in names], className="sums")


def picture(explanation: Explanation, place: int, name: str) -> Any:
    """How the change of one parameter adds up."""
    parts = [(each.name, float(each.values[place])) for each in explanation.summands]
    change = float(explanation.change[place])
    places = bars([value for _, value in parts], change)
    rows = zip([*parts, ("change", change)], places, strict=True)
    words = ", ".join(f"{each} {value:.{DIGITS}g}" for each, value in parts)
    title = f"What changes {name}"
    return html.Div(
        [html.H3(title), *(bar(*part, where) for part, where in rows)],
        role="img",
        className="sum",
        **aria(f"{title}: {words}; together {change:.{DIGITS}g}"),
    )


def bar(name: str, value: float, where: tuple[float, float, float]) -> Any:
    """One summand: its name, its bar and its number."""
    left, width, zero = where
    kind = "change" if name == "change" else "up" if value > 0 else "down"
    track = html.Span(
        [
            html.Span(className="zero", style={"left": f"{zero:.2f}%"}),
            html.Span(
                className=f"bar-of {kind}", style={"left": f"{left:.2f}%", "width": f"{width:.2f}%"}
            ),
        ],
        className="track",
    )
    return html.Div(
        [html.Span(name), track, html.Span(f"{value:.{DIGITS}g}", className="value")],
        className="summand",
    )


def bars(values: list[float], change: float) -> list[tuple[float, float, float]]:
    """Where each bar begins, how long it is and where zero lies, in percent of the width.

    Bars of what is not finite are empty.
    """
    ends = np.cumsum([0.0, *values])
    spans = [*pairwise(ends), (0.0, change)]
    low, high = min(0.0, change, *ends), max(0.0, change, *ends)
    if not np.isfinite(high - low) or high == low:
        return [(0.0, 0.0, 0.0)] * len(spans)
    share = 100 / (high - low)
    return [
        ((min(span) - low) * share, abs(span[1] - span[0]) * share, -low * share) for span in spans
    ]


# -- on the Surfaces page ------------------------------------------------------------------


def panel(view: Any) -> Any:
    """The panel of the Surfaces page, empty until the browser asks for a step."""
    choice = dmc.Select(
        id="microscope-run", data=[], size="xs", allowDeselect=False, w=320, **aria("run explained")
    )
    return html.Div(
        [
            dcc.Store(id="microscope-asked"),
            section(
                "Step microscope",
                html.Div(choice, className="toolbar"),
                html.Div(id="microscope-body"),
            ),
        ],
        id="microscope",
        hidden="microscope" not in view,
    )


def answer(asked: dict[str, Any]) -> list[Any]:
    """What the panel shows of a run at a step: {query, run, step}."""
    comparison = figures.raced(figures.opened(str(asked["query"])))
    if comparison is None:
        return [html.P("Every optimizer is switched off: switch one on.", className="note")]
    runs = list(comparison.trajectories.values())
    run = runs[min(max(int(asked["run"]), 0), len(runs) - 1)]
    try:
        step, words = step_shown(run, int(asked["step"]))
        explanation = explain(run, step)
    except ValueError as error:
        return [html.P(str(error), className="note")]
    title = html.P([html.Strong(explanation.title), words], className="note")
    return [title, microscope_panel(explanation)]


def step_shown(run: Trajectory, at: int) -> tuple[int, str]:
    """The step to explain where the scrubber stands, and why it is another one.

    Raises: ValueError: not begun: the run that it leaves diverged at step 12: ...
    """
    if not len(run):
        raise ValueError(str(run.ended))
    first, last = int(run.step[0]), int(run.step[-2])
    if at < first:
        return first, f": its first step, since it begins at step {first}."
    if at > last:
        return last, f": its last step. The run {run.ended}."
    return at, "."


def register(app: Dash) -> None:
    """The panel's callbacks: one to the server, the rest in the browser."""

    @app.callback(
        Output("microscope-body", "children"),
        Input("microscope-asked", "data"),
        prevent_initial_call=True,
    )
    def explained(asked):
        return answer(asked)

    for name, outputs, inputs in (
        ("view", (Output("microscope", "hidden"),), (Input("view", "data"),)),
        ("runs", (), (Input("known-runs", "data"),)),
        ("choose", (), (Input("microscope-run", "value"),)),
        ("arrived", (), (Input("microscope-body", "children"),)),
    ):
        app.clientside_callback(ClientsideFunction("microscope", name), *outputs, *inputs)
