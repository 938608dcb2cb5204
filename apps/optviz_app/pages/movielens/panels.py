"""The parts of the MovieLens page that are filled in: status, results and predictions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import dash_mantine_components as dmc
import numpy as np
from dash import html

from optviz.runs.trajectory import modernize_end
from optviz.views.drawing.colors import style_of
from optviz_app.components.fields import SCROLLS, swatch
from optviz_app.jobs.results import Result
from optviz_app.pages.movielens.state import Asked, given, held_back
from optviz_app.pages.movielens.status_text import Status, duration, given_words

if TYPE_CHECKING:
    from optviz.movielens.ratings import Ratings
    from optviz.recommenders.trained import Prediction

PROMISE = (
    ("Loss curves, live", "the error on the ratings trained on and on those held back"),
    (
        "The real loss around the paths",
        "cut along a plane through tens of thousands of weights, and how much that cut hides",
    ),
    ("A table", "each optimizer against a model that knows no taste, only who rates high"),
    ("A prediction", "for a user and a movie that you pick, taken apart"),
)


def empty() -> Any:
    """What stands where the pictures will be, before anything was trained."""
    lines = [html.Li([html.B(title), ": ", text, "."]) for title, text in PROMISE]
    return html.Div(
        [
            dmc.Title("Nothing is trained yet", order=2, className="section"),
            html.P(
                "Train runs every optimizer on the same real ratings, from the same first weights, "
                "in the same order of batches. Then you see:",
                className="note",
            ),
            html.Ul(lines, className="promise"),
            html.P(
                "It takes from seconds to a minute, in the background. You may cancel; what was "
                "reached is kept.",
                className="note",
            ),
        ],
        className="empty",
    )


def said(status: Status, note: str) -> Any:
    """The status in words; `note` tells how it relates to the controls."""
    if status.wrong:
        return dmc.Alert(
            html.P(status.detail, className="note"),
            title=status.text,
            color="red",
            className="said",
        )
    return html.Div(
        [
            html.Strong(status.text),
            html.Span(status.detail, className="detail"),
            html.Span(note, className="changed") if note else None,
        ]
    )


def needed(result: Result, here: bool) -> Any:
    """What predictions need, where a result came with the app and without its models."""
    seconds = sum(each["seconds"] for each in result.words["trainings"])
    ratings = "are on this machine" if here else "are fetched first, a few MB"
    return html.Div(
        [
            html.Strong("Predictions need the trained models, which do not come with the app"),
            html.P(
                f"Train makes them here, in {duration(seconds)} on a usual computer; the ratings "
                f"{ratings}. Then pick any user and movie, and see each optimizer's prediction "
                "taken apart, beside what the user really gave.",
                className="note",
            ),
        ],
        className="empty",
    )


COLUMNS = (
    ("best", "best validation"),
    ("gain", "against bias only"),
    ("best epoch", "epoch"),
    ("last", "last validation"),
    ("training loss", "training"),
    ("shown", "on the slice"),
    ("seconds", "seconds"),
)


def results(result: Result) -> Any:
    """The result table, the bias-only model below the optimizers."""
    trained = result.words["trainings"]
    styles = style_of([each["kind"] for each in trained])
    names = ["optimizer", *[title for _, title in COLUMNS], "outcome"]
    ends = ends_shown(result)
    body = [
        result_row(each | {"shown": ends.get(each["label"])}, style)
        for each, style in zip(trained, styles, strict=True)
    ]
    baseline = trained[0]["baseline"]
    body.append(
        html.Tr(
            [
                html.Th("bias only, for comparison", scope="row", className="aside"),
                html.Td(error(baseline), className="number"),
                *[html.Td("–", className="number") for _ in COLUMNS[1:]],
                html.Td("regularized least squares"),
            ]
        )
    )
    return table(names, body)


def ends_shown(result: Result) -> dict[str, float]:
    """The loss that the slice shows below each optimizer's end."""
    cut = result.slice()
    return {each.label: float(each.shown[-1]) for each in cut.shadows} if cut else {}


def result_row(training: dict[str, Any], style: Any) -> Any:
    """One optimizer's row of the result table."""
    best = training["best"]
    values = training | {"gain": best and best / training["baseline"] - 1}
    cells = [show(values[name]) for (name, _), show in zip(COLUMNS, SHOW, strict=True)]
    return html.Tr(
        [
            html.Th([swatch(style), training["label"]], scope="row"),
            *[html.Td(cell, className="number") for cell in cells],
            html.Td(modernize_end(training["ended"])),
        ]
    )


def error(value: float | None) -> str:
    """A mean squared error to more digits than seeds agree on."""
    return "–" if value is None else f"{value:.4g}"


def percent(share: float | None) -> str:
    """A difference in percent, with its sign."""
    return "–" if share is None else f"{share:+.1%}".replace("-", "−")


SHOW = (
    error,
    percent,
    lambda epoch: str(epoch or "–"),
    error,
    error,
    error,
    lambda seconds: f"{seconds:.1f}",
)
"""How each of COLUMNS is written."""


def table(names: list[str], body: list[Any]) -> Any:
    """A table in the look of the Surfaces page."""
    head = html.Thead(html.Tr([html.Th(name, scope="col") for name in names]))
    return html.Table([head, html.Tbody(body)])


def stars(rating: float) -> str:
    """A predicted rating; a model whose weights exploded has none."""
    return f"{rating:.2f} stars" if math.isfinite(rating) else "not finite"


def signed(value: float) -> str:
    """A part of a prediction, with its sign."""
    return f"{value:+.2f}".replace("-", "−") if math.isfinite(value) else "not finite"


PARTS = (
    ("dot", "dot product"),
    ("user_bias", "user bias"),
    ("movie_bias", "movie bias"),
    ("score", "sum"),
)
HOW = {
    "dot": "The prediction is the dot product of the user's vector and the movie's vector.",
    "dot_bias": "dot product + user bias + movie bias = sum, which a sigmoid squashes into the "
    "range of the stars.",
    "net": "The hidden layer mixes the user's and the movie's numbers: there are no parts to show.",
}
"""How a prediction of each model comes about."""


def prediction(result: Result, data: Ratings, asked: Asked) -> Any:
    """What each trained model would give the movie for the user, and what the user really gave."""
    models, trained = result.models(), result.words["trainings"]
    held = held_back(data, result.words["split"], result.words["valid"])
    really = given(data, held, asked.row, asked.column)
    with np.errstate(all="ignore"):  # weights that exploded are told as not finite
        made = [model.predict(data, asked.user, asked.column) for model in models]
    parts = [(name, title) for name, title in PARTS if made[0].user_bias is not None]
    names = ["optimizer", "prediction", *[title for _, title in parts], "off by"]
    styles = style_of([each["kind"] for each in trained])
    body = [
        prediction_row(each, training["label"], style, parts, really)
        for each, training, style in zip(made, trained, styles, strict=True)
    ]
    return [
        html.P(given_words(really, asked.user, data.titles[asked.column]), className="really"),
        html.Div(table(names, body), className="wide", **SCROLLS),
        html.P(HOW[models[0].model], className="note"),
    ]


def prediction_row(
    made: Prediction,
    label: str,
    style: Any,
    parts: list[tuple[str, str]],
    really: tuple[float, bool] | None,
) -> Any:
    """One optimizer's prediction, its parts, and how far it is from the rating in the data."""
    cells = [signed(getattr(made, name)) for name, _ in parts]
    return html.Tr(
        [
            html.Th([swatch(style), label], scope="row"),
            html.Td(stars(made.rating), className="number"),
            *[html.Td(cell, className="number") for cell in cells],
            html.Td(signed(made.rating - really[0]) if really else "–"),
        ]
    )
