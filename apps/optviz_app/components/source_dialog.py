"""How a rule works: its docstring and its own source text, read from the code itself."""

from __future__ import annotations

import inspect
from textwrap import dedent
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, dcc, html, no_update

from optviz.problems.base import Noisy
from optviz.rules import DECAYS, RULES, Decay, Rule
from optviz.runs.comparison import default_target, outcome
from optviz.runs.loop import run
from optviz.schedules import SCHEDULES, Schedule, spanning
from optviz.specs import parse_entry, spell_schedule
from optviz.views.drawing.colors import style_of
from optviz_app.components.fields import aria, swatch
from optviz_app.shell.help import CLOSE

OTHERS: dict[str, Any] = {"run": run, "noise": Noisy, "target": default_target, "outcome": outcome}
SHOWN = 500
"""The steps over which a schedule is told in numbers."""


def outputs() -> list[Any]:
    """Where a callback opens the dialog."""
    names = ("opened", "title", "children")
    return [Output("source", name, allow_duplicate=True) for name in names]


def documented(name: str) -> Any:
    """The rule, decay, schedule or function of that name, or None."""
    known = (table[name] for table in (RULES, DECAYS, SCHEDULES, OTHERS) if name in table)
    return next(known, None)


def dialog() -> Any:
    """The dialog in which docstrings and sources are shown, and what was asked for last."""
    modal = dmc.Modal(id="source", size="xl", closeButtonProps=CLOSE)
    return html.Div([dcc.Store(id="doc-asked"), modal])


NOTHING = (no_update, no_update, no_update)


def told(name: Any) -> tuple[Any, Any, Any]:
    """Whether the dialog opens, its title and its content, for a documented name."""
    found = documented(name) if isinstance(name, str) else None
    if found is None:
        return NOTHING
    return True, found.__name__, pieces(found)


def optimizer_told(text: str) -> tuple[Any, Any, Any]:
    """Whether the dialog opens, its title and its content, for an optimizer of the page.

    Raises: ValueError: no rule "adm"; nearest: adam
    """
    entry = parse_entry(text)
    style = style_of([text.partition(":")[0]])[0]
    rule, around = entry.rule, []
    while isinstance(rule, Decay):
        around.append(type(rule))
        rule = rule.rule
    title = html.Span([swatch(style), f"How {type(rule).__name__} works"])
    decays = [part for each in around for part in (html.H3(each.__name__), *pieces(each))]
    return True, title, [*pieces(type(rule)), *decays, *rate_told(rule.lr, entry.schedule)]


def pieces(thing: Any) -> list[Any]:
    """The docstring and the source of a rule, a schedule or a function."""
    lead, _, rest = (inspect.getdoc(thing) or "It has no docstring.").partition("\n")
    source = source_of(thing)
    return [
        html.P(lead, className="lead"),
        *([html.Pre(rest.strip("\n"), className="doc")] if rest.strip() else []),
        html.P("Its source:" if source else "Its source text is not at hand.", className="note"),
        *([code(source)] if source else []),
    ]


def code(source: str) -> Any:
    """Source text in a box that can be scrolled by keyboard."""
    label = aria("source text")
    return html.Pre(source, className="code", tabIndex=0, role="region", **label)


def source_of(thing: Any) -> str:
    """The source of a function, or of the methods that make a rule or schedule what it is.

    Empty where Python cannot find it, as with a rule typed into a prompt.
    """
    own = [getattr(thing, name, None) for name in ("init", "update")]
    own = [each for each in own if each not in (None, Rule.init, Rule.update)]
    try:
        return "\n".join(dedent(inspect.getsource(each)) for each in own or [thing])
    except (OSError, TypeError):
        return ""


def rate_told(lr: Any, schedule: Schedule | None) -> list[Any]:
    """The learning rate over the steps, in words and in a few numbers."""
    if schedule is None:
        return [html.H3("Learning rate"), html.P(f"{lr:g} at every step.")]
    lead = (inspect.getdoc(schedule) or "").partition("\n")[0]
    filled = spanning(schedule, SHOWN)
    rates = [f"{lr * filled(step):.3g} at {step}" for step in range(0, SHOWN + 1, SHOWN // 5)]
    return [
        html.H3("Learning rate"),
        html.P(f"{lr:g} times {spell_schedule(schedule)}. {lead}"),
        html.P(f"In a run of {SHOWN} steps that is {', '.join(rates)}.", className="note"),
    ]


def register(app: Dash) -> None:
    """The buttons of the explained words that open a docstring; glossary.js sends the name."""

    @app.callback(*outputs(), Input("doc-asked", "data"), prevent_initial_call=True)
    def tell(asked):
        return told(asked.get("name") if isinstance(asked, dict) else None)
