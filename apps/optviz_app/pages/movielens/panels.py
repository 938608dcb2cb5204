"""The parts of the MovieLens page that fill in: status, results and predictions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import dash_mantine_components as dmc
import numpy as np
from dash import html

from optviz.recommenders.training.record import compare_with_baseline
from optviz.runs.trajectory import modernize_end
from optviz.views.drawing.colors import style_of
from optviz_app.components.fields import SCROLLS, build_table, swatch
from optviz_app.pages.movielens.state import Pair, find_rating, select_validation
from optviz_app.pages.movielens.status_text import describe_rating, spell_duration
from optviz_app.pages.movielens.training_task import TrainingResult

if TYPE_CHECKING:
    from optviz.movielens.ratings import Ratings

PROMISE = (
    ("Live learning curves", "training and validation error while the training runs"),
    (
        "A loss slice",
        "the exact loss on a plane through tens of thousands of weights, and how much it hides",
    ),
    ("A table", "each optimizer against a bias-only baseline"),
    ("A prediction", "for any user and movie, term by term"),
)


def build_welcome_panel() -> Any:
    """Build what stands where the pictures will be, before anything was trained."""
    lines = [html.Li([html.B(title), ": ", text, "."]) for title, text in PROMISE]
    what = (
        "Train runs every optimizer on the same real ratings, from the same initial weights, with "
        "the same mini-batches. You will see:"
    )
    how = (
        "This takes from a few seconds to a minute, in the background. If you cancel, the results "
        "so far are kept."
    )
    parts = [
        dmc.Title("Nothing trained yet", order=2, className="section"),
        html.P(what, className="note"),
        html.Ul(lines, className="promise"),
        html.P(how, className="note"),
    ]
    return html.Div(parts, className="empty")


def build_missing_models(result: TrainingResult, here: bool) -> Any:
    """Say what predictions need, where a result came with the app and without its models."""
    seconds = spell_duration(sum(each["seconds"] for each in result.words["trainings"]))
    fetch = "" if here else "; the ratings are downloaded first, a few MB"
    need = "Predictions need the trained models, which are not included in the app"
    how = (
        f"Press Train to make them here ({seconds} on a typical computer{fetch}). Then pick any "
        "user and movie to compare each optimizer's prediction, term by term, with the user's own "
        "rating."
    )
    return html.Div([html.Strong(need), html.P(how, className="note")], className="empty")


def format_error(value: float | None) -> str:
    """Write a mean squared error to more digits than seeds agree on."""
    return "–" if value is None else f"{value:.4g}"


def format_signed(value: float | None, form: str = "+.2f") -> str:
    """Write a number with its sign; one of a model whose weights exploded is none."""
    if value is None or not math.isfinite(value):
        return "–" if value is None else "not finite"
    return f"{value:{form}}".replace("-", "−")


COLUMNS = (
    ("best", "best validation", format_error),
    ("gain", "vs. bias only", lambda share: format_signed(share, "+.1%")),
    ("best epoch", "best epoch", lambda epoch: str(epoch or "–")),
    ("last", "final validation", format_error),
    ("training loss", "training", format_error),
    ("seconds", "seconds", "{:.1f}".format),
)
"""The columns of the result table: name in a result, title, and how it is written."""


def build_result_table(result: TrainingResult) -> Any:
    """Build the result table, the bias-only model below the optimizers."""
    trained = result.words["trainings"]
    styles = style_of([each["kind"] for each in trained])
    body = []
    for each, style in zip(trained, styles, strict=True):
        label, gain = each["label"], compare_with_baseline(each["best"], each["baseline"])
        values = each | {"gain": gain}
        cells = [html.Td(write(values[name]), className="number") for name, _, write in COLUMNS]
        heading = html.Th([swatch(style), label], scope="row")
        body.append(html.Tr([heading, *cells, html.Td(modernize_end(each["ended"]))]))
    heading = html.Th("bias only (baseline)", scope="row", className="aside")
    texts = [format_error(trained[0]["baseline"]), *["–" for _ in COLUMNS[1:]]]
    cells = [html.Td(text, className="number") for text in texts]
    body.append(html.Tr([heading, *cells, html.Td("regularized least squares")]))
    return build_table(["optimizer", *[title for _, title, _ in COLUMNS], "outcome"], body)


def build_evaluation(judged: dict[str, Any]) -> Any:
    """Build the table of errors and ranking with their intervals, and how they were taken."""
    first, *measures = judged["rows"][0]
    body = []
    for row in judged["rows"]:
        cells = [html.Td(row[name], className="number") for name in measures]
        body.append(html.Tr([html.Th(row[first], scope="row"), *cells]))
    table = build_table(["optimizer", *measures], body)
    note = html.P(judged["note"], className="note")
    return [html.Div(table, className="wide numbers", **SCROLLS), note]


TERMS = (
    ("dot", "dot product"),
    ("user_bias", "user bias"),
    ("movie_bias", "movie bias"),
    ("score", "sum"),
)
HOW = {
    "dot": "The prediction is the dot product of the user vector and the movie vector.",
    "dot_bias": "dot product + user bias + movie bias = sum, which a sigmoid maps to the rating "
    "scale.",
    "net": "The hidden layer mixes both vectors, so the prediction has no separate terms.",
}
"""The formula of each model in words."""


def build_prediction_panel(result: TrainingResult, data: Ratings, pair: Pair) -> Any:
    """Build the predictions of the trained models beside the user's own rating."""
    models, trained = result.read_models(), result.words["trainings"]
    validation = select_validation(data, result.words["split"], result.words["valid"])
    real = find_rating(data, validation, pair.row, pair.column)
    with np.errstate(all="ignore"):  # weights that exploded are told as not finite
        made = [model.predict(data, pair.user, movie_index=pair.column) for model in models]
    terms = [(name, title) for name, title in TERMS if made[0].user_bias is not None]
    names = ["optimizer", "prediction", *[title for _, title in terms], "error"]
    styles = style_of([each["kind"] for each in trained])
    body = []
    for each, training, style in zip(made, trained, styles, strict=True):
        cells = [format_signed(getattr(each, name)) for name, _ in terms]
        heading = html.Th([swatch(style), training["label"]], scope="row")
        stars = f"{each.rating:.2f} stars" if math.isfinite(each.rating) else "not finite"
        cells = [html.Td(cell, className="number") for cell in [stars, *cells]]
        error = html.Td(format_signed(each.rating - real[0]) if real else "–")
        body.append(html.Tr([heading, *cells, error]))
    return [
        html.P(describe_rating(real, pair.user, data.titles[pair.column]), className="really"),
        html.Div(build_table(names, body), className="wide", **SCROLLS),
        html.P(f"{HOW[models[0].model]} {made[0].describe_support()}", className="note"),
    ]
