"""A dialog on how a rule works: its docstring and its source, read from the code itself."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, dcc, html, no_update

from optviz.microscope import explain
from optviz.problems.base import Noisy
from optviz.problems.surfaces import SURFACES
from optviz.rules import DECAYS, RULES, Maximize, Rule, Wrapper
from optviz.runs.comparison import describe_outcome, find_default_target
from optviz.runs.loop import run
from optviz.schedules import SCHEDULES, fit_schedule
from optviz.specs import format_schedule, parse_spec
from optviz.views.drawing.colors import style_of
from optviz.views.live.sources import read_source
from optviz_app.components.fields import CLOSE, SCROLLS, aria, swatch

OTHERS: dict[str, Any] = {
    "run": run,
    "noise": Noisy,
    "target": find_default_target,
    "outcome": describe_outcome,
}
SHOWN = 500
"""The steps of the run for which a schedule is given in numbers."""


def list_outputs() -> list[Any]:
    """Return where a callback opens the dialog."""
    names = ("opened", "title", "children")
    return [Output("source", name, allow_duplicate=True) for name in names]


def dialog() -> Any:
    """Build the dialog that shows docstrings and sources, and what was asked for last."""
    modal = dmc.Modal(id="source", size="xl", closeButtonProps=CLOSE)
    return html.Div([dcc.Store(id="doc-asked"), modal])


STEP = 2
"""The step that is explained: one at which a rule has made all that it remembers."""
DERIVED = (r"\hat\eta", r"\Delta\theta")
"""What follows from the other quantities of a step."""
GIVEN = r"$\theta_t$ the parameters, $g_t$ their gradient, $\eta_t$ the learning rate at step $t$"

Dialog = tuple[Any, Any, Any]
"""The state of the dialog (open or not), its title and its content."""
NOTHING: Dialog = (no_update, no_update, no_update)


def describe(name: Any) -> Dialog:
    """Return the dialog on the rule, decay, schedule or function of a name; nothing for others."""
    tables = (
        (RULES, DECAYS, {"maximize": Maximize}, SCHEDULES, OTHERS) if isinstance(name, str) else ()
    )
    found = next((table[name] for table in tables if name in table), None)
    if found is None:
        return NOTHING
    formulas = show_formulas(RULES[name]()) if name in RULES else []
    return True, found.__name__, quote_code(found, formulas)


def describe_optimizer(text: str) -> Dialog:
    """Return the dialog on an optimizer of the page."""
    entry = parse_spec(text)
    style = style_of([text.partition(":")[0]])[0]
    rule, around = entry.rule, []
    while isinstance(rule, Wrapper):
        around.append(type(rule))
        rule = rule.rule
    title = html.Span([swatch(style), f"How {type(rule).__name__} works"])
    decays = [part for each in around for part in (html.H3(each.__name__), *quote_code(each))]
    lr, schedule, rate = rule.lr, entry.schedule, [html.P(f"{rule.lr:g} at every step.")]
    if schedule is not None:
        lead = (inspect.getdoc(schedule) or "").partition("\n")[0]
        filled = fit_schedule(schedule, SHOWN)
        rates = [f"{lr * filled(step):.3g} at {step}" for step in range(0, SHOWN + 1, SHOWN // 5)]
        rate = [
            html.P(f"{lr:g} times {format_schedule(schedule)}. {lead}"),
            html.P(f"In a run of {SHOWN} steps that is {', '.join(rates)}.", className="note"),
        ]
    content = [*quote_code(type(rule), show_formulas(rule)), *decays]
    return True, title, [*content, html.H3("Learning rate"), *rate]


def show_formulas(rule: Rule) -> list[Any]:
    """Return what a step of a rule computes, typeset: read off its own text, with its settings."""
    try:
        made = run(SURFACES["bowl"], rule, STEP + 1)
        terms = explain(made, min(STEP, len(made) - 1)).terms
    except (ValueError, IndexError):  # a rule that cannot be traced, or has no step to explain
        return []
    rows = [
        html.Tr([html.Td(typeset(each.latex)), html.Td(each.meaning)])
        for each in terms
        if "=" in each.latex and not each.latex.startswith(DERIVED)
    ]
    given = dcc.Markdown(GIVEN, mathjax=True, className="note")
    table = html.Table(html.Tbody(rows), className="formulas")
    return [html.Div(table, className="sideways", **SCROLLS | aria("formulas of a step")), given]


def typeset(latex: str) -> Any:
    """Return a formula as mathematics."""
    return dcc.Markdown(f"${latex}$", mathjax=True)


def quote_code(thing: Any, formulas: Sequence[Any] = ()) -> list[Any]:
    """Return the docstring of a rule, schedule or function, and the source of its own methods.

    `formulas` come before all but its first line.
    """
    source = read_source(thing)
    out: list[Any] = [html.P(source.lead, className="lead"), *formulas]
    if source.doc:
        out.append(html.Pre(source.doc, className="doc"))
    if not source.code:
        return [*out, html.P("Its source code is not available.", className="note")]
    code = html.Pre(source.code, className="code", **(SCROLLS | aria("source code")))
    return [*out, html.P("Source code:", className="note"), code]


def register(app: Dash) -> None:
    """Let the glossary's buttons open a docstring; the browser sends the name."""

    @app.callback(*list_outputs(), Input("doc-asked", "data"), prevent_initial_call=True)
    def answer(asked):
        return describe(asked.get("name") if isinstance(asked, dict) else None)
