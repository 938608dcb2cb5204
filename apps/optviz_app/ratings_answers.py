"""What the MovieLens page's callbacks answer, apart from following a training."""

from __future__ import annotations

from typing import Any

from dash import no_update

from optviz.experiment import RatingsExperiment
from optviz_app import cards, ratings_figures, ratings_panels, ratings_state
from optviz_app.jobs import Jobs, ratings

PICTURES = ("slice", "slice_hidden", "words", "validation", "results")

Result = dict[str, Any] | None
"""What the page remembers of the result it shows: its query and its stamp."""


def of(query: str) -> RatingsExperiment:
    """The experiment of a query that this page wrote."""
    return RatingsExperiment.from_query(query)[0]


def read(query: str, result: Result, controls: dict[str, Any]) -> dict[str, Any]:
    """The new query, a sentence for each wrong field, and the cards where the model brings others.

    User and movie are those of the result that is shown: they count while that is of this data.
    """
    before = of(query)
    if not result or of(result["query"]).data != controls["data"]:
        controls = controls | {"user": before.user, "movie": before.movie}
    after, errors = ratings_state.read_ratings(before, controls)
    if data := ratings(after.data):
        after = ratings_state.shortened(after, data)
    fresh = after.rules != tuple(controls["rules"])
    return {
        "query": after.to_query() if after != before else no_update,
        "model_note": ratings_state.STORIES[after.model],
        "data_note": ratings_state.data_note(after.data),
        "rules": list(after.rules) if fresh else no_update,
        "cards": cards.cards("ratings", list(after.rules)) if fresh else no_update,
        "errors": [errors.get(name) for name in ("epochs", "batch", "seed")],
    }


def show(jobs: Jobs, result: Result) -> dict[str, Any]:
    """The pictures and the table of a result."""
    found = jobs.result(of(result["query"])) if result else None
    if found is None:
        return {"hidden": 3 * [True]} | dict.fromkeys(PICTURES, no_update)
    figures = ratings_figures.pictures(found)
    return {
        "hidden": [False, not any(each["valid"] for each in found.words["trainings"]), False],
        "slice": figures["slice"] or no_update,
        "slice_hidden": figures["slice"] is None,
        "words": figures["words"],
        "validation": figures["validation"],
        "results": ratings_panels.results(found),
    }


def predict(jobs: Jobs, result: Result, user: str | None, movie: str | None) -> Any:
    """The predictions of a result's models for a user and a movie, by published id."""
    if not result or not user or not movie:
        return no_update
    experiment = of(result["query"])
    found, data = jobs.result(experiment), ratings(experiment.data)
    if found is None or data is None:
        return no_update
    asked = ratings_state.asked(data, whole(user), whole(movie))
    return ratings_panels.prediction(found, data, asked)


def options(
    kind: str, result: Result, query: str, search: str | None, value: str | None
) -> tuple[Any, Any]:
    """The users or movies that a list shows, and the one of the link where none is chosen yet."""
    data = ratings(of(result["query"]).data) if result else None
    if data is None or result is None:
        return no_update, no_update
    link = of(query) if of(query).data == of(result["query"]).data else of("")
    wanted = whole(value) if value else getattr(link, kind)
    asked = ratings_state.asked(data, **{kind: wanted})
    shown, chosen = ratings_state.movie_options(data, search, asked.column), asked.movie
    if kind == "user":
        shown, chosen = ratings_state.user_options(data, search, asked.row), asked.user
    return shown, no_update if value else str(chosen)


def whole(text: str) -> int | None:
    """The text as a whole number, None where it is none."""
    return int(text) if text.isascii() and text.isdigit() else None
