"""The Race page as it opens: controls beside the table and the figures, drawn by callbacks."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from optviz.experiments.races import TRAINED, RaceExperiment
from optviz.experiments.suite import SUITE
from optviz.problems.surfaces import group_surfaces
from optviz.sweeps.races import ITSELF, OUTSIDE
from optviz_app.components import long_work
from optviz_app.components.fields import (
    SCROLLS,
    aria,
    build_opening,
    link_alert,
    number_field,
    section,
    select,
)
from optviz_app.components.figures import build_graph
from optviz_app.components.long_work import Work
from optviz_app.components.optimizer_cards.layout import RULE_TITLES
from optviz_app.components.take import build_take_menu
from optviz_app.pages.races.outcome import TITLES
from optviz_app.pages.races.race_task import make_race_request
from optviz_app.pages.races.state import list_named, list_rules

CANCELED = "Finished trials are kept: Start goes on from there."
WORK = Work("races", "race", "Racing", "Start", make_race_request, CANCELED)
MODE_TITLES = {"race": "Race", "claim": "Claim"}
ABOUT = {
    "race": "Each rule is tuned by the same number of trials, over the ranges of its sliders; the "
    "seeds that choose a trial are not those that report it. Intervals are of 95 %.",
    "claim": "Two rules are tuned alike under a base condition; then schedule, budget, learning "
    "rates, start, noise and seeds are changed, one at a time. Intervals are of 95 %.",
}
TUNINGS = {OUTSIDE: "the race, before it", ITSELF: "the rule itself, on its own clock"}
NUMBERS = {
    "steps": ("steps", "of each run on a surface"),
    "noise": ("gradient noise", "standard deviation, on surfaces"),
    "trials": ("trials", "settings tried for each rule"),
    "choosing": ("choosing seeds", "that choose among the trials"),
    "reporting": ("reporting seeds", "other seeds, at least 10"),
    "seed": ("seed", "of the trials, the starts and the noise"),
}


def layout(experiment: RaceExperiment, sentences: list[str]) -> Any:
    """Build the page that shows a race."""
    figures = [dcc.Store(id=f"races-{name}-figure") for name in TITLES]
    return html.Div(
        [
            html.H1("Races of optimizers", className="hidden"),
            dcc.Store(id="races-query", data=experiment.to_query()),
            *figures,
            *long_work.build_stores("races"),
            link_alert(sentences),
            html.Div([build_controls(experiment), build_outcome(experiment)], className="page"),
        ],
        className="long-work",
    )


def build_controls(experiment: RaceExperiment) -> Any:
    """Build the choice of race or claim, of problems and rules, and the budgets."""
    is_race = experiment.mode == "race"
    modes = [{"value": name, "label": title} for name, title in MODE_TITLES.items()]
    own: Any = {"size": "sm", "fullWidth": True, **aria("what is done")}
    fields = [
        number_field(f"races-{name}", label, getattr(experiment, name), hint)
        for name, (label, hint) in NUMBERS.items()
    ]
    parts = [
        dmc.SegmentedControl(id="races-mode", data=modes, value=experiment.mode, **own),
        html.Div(build_claim(experiment), id="races-claim-fields", hidden=is_race),
        html.Div(build_rules(experiment), id="races-race-fields", hidden=not is_race),
        build_problems(experiment),
        section("Budget", html.Div(fields, className="fields")),
    ]
    return long_work.build_settings(WORK, *parts)


def build_problems(experiment: RaceExperiment) -> Any:
    """Build the choice of what is raced on."""
    chosen, formulas = list_named(experiment)
    every = [{"group": "Many", "items": [{"value": SUITE, "label": "Suite: all of these"}]}]
    for group, surfaces in group_surfaces().items():
        items = [{"value": each.name, "label": each.title} for each in surfaces]
        every.append({"group": group, "items": items})
    trained = [{"value": name, "label": name} for name in TRAINED]
    every.append({"group": "Trained models (minutes)", "items": trained})
    typed = dmc.TextInput(
        id="races-formulas",
        value=formulas,
        label="formulas in x and y",
        placeholder="x² + 10y²; sin(x)*sin(y)",
        debounce=True,
        size="xs",
    )
    choice = build_choice("problems", "surfaces and models", every, chosen)
    return section("Problems", choice, typed)


def build_rules(experiment: RaceExperiment) -> list[Any]:
    """Build the choice of the rules, and of who tunes them."""
    chosen, more = list_rules(experiment)
    named = [{"value": name, "label": title} for name, title in RULE_TITLES.items()]
    typed = dmc.TextInput(
        id="races-more",
        value=more,
        label="other optimizers",
        placeholder="adam:wd=0.01; momentum:beta1=0.9,schedule=cosine",
        debounce=True,
        size="xs",
    )
    tuning = select("races-tuning", TUNINGS, experiment.tuning, label="tuned by")
    return [section("Rules", build_choice("rules", "rules", named, chosen), typed, tuning)]


def build_claim(experiment: RaceExperiment) -> Any:
    """Build the field of a claim."""
    return section(
        "Claim",
        dmc.TextInput(
            id="races-statement",
            value=experiment.claim,
            label="claim",
            description="such as: momentum:beta1=0.95 beats adam. It is checked on the first "
            "problem below, unless it names one: adam beats sgd on ravine",
            debounce=True,
            size="xs",
        ),
    )


def build_choice(name: str, label: str, data: list[Any], value: list[str]) -> Any:
    """Build a list of which one chooses several."""
    return dmc.MultiSelect(
        id=f"races-{name}",
        data=data,
        value=value,
        label=label,
        size="xs",
        searchable=True,
        hidePickedOptions=True,
        nothingFoundMessage="none of that name",
        maxDropdownHeight=360,
    )


def build_outcome(experiment: RaceExperiment) -> Any:
    """Build the status, and the places of the conclusion, the tables and the figures."""
    pictures = []
    for name, title in TITLES.items():
        head = dmc.Title(title, order=2, className="section")
        graph = build_graph(f"races-{name}", "race-picture", title.lower())
        pictures.append(html.Div([head, graph], id=f"races-{name}-part", hidden=True))
    parts = [
        long_work.build_status(WORK, build_take_menu("races", "races-losses")),
        html.P(ABOUT[experiment.mode], id="races-about", className="note"),
        html.P(id="races-notice", className="notice", role="status", hidden=True),
        html.Div(build_opening("Racing …"), id="races-conclusion"),
        html.Div(id="races-table", className="wide", **SCROLLS),
        html.Div(id="races-ranks"),
        *pictures,
    ]
    return html.Div(parts, className="pictures")
