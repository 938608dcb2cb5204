"""The Recommend tab as it opens: whom to recommend to, movies to rate, and places for the rest."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from optviz.experiments.ratings import RatingsExperiment
from optviz.rules import RULES
from optviz_app.components.fields import SCROLLS, aria, build_opening, section, select
from optviz_app.components.figures import build_figure, build_graph
from optviz_app.components.film import build_film_bar
from optviz_app.pages.movielens.empty_tab import READING, build_empty_tab
from optviz_app.pages.movielens.pickers import build_picker
from optviz_app.pages.movielens.recommendations.solver import spell_rate

STORES = ("recommend-drawn", "rate-skipped", "path-figure", "narrowing-figure")
ASK = (
    "Suggested are the movies whose ratings would tell the model most about you (D-optimal), "
    "weighed by how many people know them."
)


def build_recommend_tab(experiment: RatingsExperiment) -> Any:
    """Build the tab."""
    stores = [dcc.Store(id=name) for name in STORES]
    stores.append(dcc.Store(id="rated", data=list(experiment.rated)))
    controls = dmc.Stack(build_controls(experiment), gap="md", className="controls")
    body = html.Div([controls, build_answers(experiment)], className="page first")
    hidden = html.Div(body, id="recommend-body", hidden=True)
    return html.Div([*stores, build_opening(READING), build_empty_tab("recommend"), hidden])


def build_controls(experiment: RatingsExperiment) -> list[Any]:
    """Build the choice of a user, and the movies to rate."""
    who = dmc.SegmentedControl(
        id="who",
        data=[{"value": "new", "label": "A new user"}, {"value": "known", "label": "A known user"}],
        value="new" if experiment.known is None else "known",
        size="xs",
        fullWidth=True,
        **aria("whom to recommend to"),
    )
    known = html.Div(build_picker("known", "user", experiment.known), id="known-box")
    pick: Any = {"label": "rate a movie", "placeholder": "part of a title"}
    rating = [
        build_picker("rate-pick", "movie", **pick),
        html.Ul(id="rate-list", className="rate-list", **aria("ratings, and movies to rate")),
        dmc.Button("Suggest movies to rate", id="ask", variant="default", size="xs"),
        html.P(id="rate-said", className="page-said", role="status"),
        html.P(ASK, className="note"),
    ]
    least = dmc.TextInput(
        id="least",
        value=str(experiment.least),
        label="least training ratings of a recommended movie",
        debounce=True,
        size="xs",
        inputProps={"inputMode": "numeric"},
    )
    return [
        section("Recommend to", who, known),
        html.Div(section("Your ratings", *rating), id="rate-box"),
        least,
    ]


def build_answers(experiment: RatingsExperiment) -> Any:
    """Build the places of what the model makes of the ratings."""
    table: dict[str, Any] = {"className": "wide because", **SCROLLS}
    like = build_picker("like", "movie", experiment.like, label="similar to")
    sure = build_figure("narrowing", "low", "How sure, answer by answer")
    parts = [
        html.Div(id="recommend-wrong"),
        html.Div([build_path(experiment), sure], className="curves", id="path-section"),
        section("Recommendations", html.Div(id="recommendations", **table)),
        section(
            "Similar movies", html.Div(like, className="pick"), html.Div(id="similar", **table)
        ),
    ]
    return html.Div(parts, className="pictures")


def build_path(experiment: RatingsExperiment) -> Any:
    """Build the rule that finds the new user's vector, and the place of its path."""
    rules = {name: each.__name__ for name, each in RULES.items()}
    rule = select("solver", rules, experiment.solver.partition(":")[0], label="rule")
    rate = dmc.TextInput(
        id="solver-rate",
        value=spell_rate(experiment.solver),
        label="learning rate",
        debounce=True,
        size="xs",
        inputProps={"inputMode": "decimal"},
    )
    picture = [
        build_graph("path", "low", "The loss over your vector, and the path to it"),
        build_film_bar("path", "the search for your vector"),
    ]
    return section(
        "Finding your vector",
        html.Div([rule, rate], className="pick solver"),
        html.Div(picture, id="path-part", hidden=True),
        html.P(id="path-words", className="hides"),
    )
