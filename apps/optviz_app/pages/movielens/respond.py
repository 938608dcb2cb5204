"""What the MovieLens page's callbacks answer, apart from following a training."""

from __future__ import annotations

from typing import Any

from dash import no_update

from optviz.experiments.ratings import RatingsExperiment
from optviz_app.components.optimizer_cards import layout as cards
from optviz_app.jobs.queue import Jobs
from optviz_app.pages.movielens import figures as ratings_figures
from optviz_app.pages.movielens import panels as ratings_panels
from optviz_app.pages.movielens import requests as ratings_sent
from optviz_app.pages.movielens import state as ratings_state
from optviz_app.pages.movielens.data import ratings

PICTURES = ("slice", "slice_hidden", "words", "validation", "results")


def of(query: str) -> RatingsExperiment:
    """The experiment of a query that this page wrote."""
    return RatingsExperiment.from_query(query)[0]


def read(query: Any, result: Any, controls: dict[str, Any]) -> dict[str, Any]:
    """The new query, a sentence for each wrong field, and the cards where the model brings others.

    User and movie are those of the result that is shown: they count while that is of this data.
    """
    before, result = of(ratings_sent.text(query)), ratings_sent.result(result)
    if not result or of(result["query"]).data != controls["data"]:
        controls = controls | {"user": before.user, "movie": before.movie}
    after, errors = ratings_state.read_ratings(before, controls)
    if data := ratings(after.data):
        after = ratings_state.shortened(after, data)
    fresh = after.rules != ratings_state.typed_value("rules", controls["rules"])
    return {
        "query": after.to_query() if after != before else no_update,
        "model_note": ratings_state.STORIES[after.model],
        "data_note": ratings_state.data_note(after.data),
        "rules": list(after.rules) if fresh else no_update,
        "cards": cards.cards("ratings", list(after.rules)) if fresh else no_update,
        "errors": [errors.get(name) for name in ("epochs", "batch", "seed")],
    }


def show(jobs: Jobs, result: Any) -> dict[str, Any]:
    """The pictures and the table of a result."""
    result = ratings_sent.result(result)
    found = jobs.result(of(result["query"])) if result else None
    if found is None:
        return {"hidden": 4 * [True]} | dict.fromkeys(PICTURES, no_update)
    figures = ratings_figures.pictures(found)
    validated = any(each["valid"] for each in found.words["trainings"])
    return {
        "hidden": [False, not validated, False, found.brought],
        "slice": figures["slice"] or no_update,
        "slice_hidden": figures["slice"] is None,
        "words": figures["words"],
        "validation": figures["validation"],
        "results": ratings_panels.results(found),
    }


def predict(jobs: Jobs, result: Any, user: Any, movie: Any) -> Any:
    """The predictions of a result's models for a user and a movie, by published id."""
    result = ratings_sent.result(result)
    experiment = of(result["query"] if result else "")
    found, data = jobs.result(experiment) if result else None, ratings(experiment.data)
    if found and found.brought:
        return ratings_panels.needed(found, here=data is not None)
    person, movie = ratings_sent.whole(user), ratings_sent.whole(movie)
    if found is None or data is None or person is None or movie is None:
        return no_update
    return ratings_panels.prediction(found, data, ratings_state.asked(data, person, movie))


def options(kind: str, result: Any, query: Any, search: Any, value: Any) -> tuple[Any, Any]:
    """The users or movies that a list shows, and the one of the link where none is chosen yet."""
    result, query = ratings_sent.result(result), ratings_sent.text(query)
    data = ratings(of(result["query"]).data) if result else None
    if data is None or result is None:
        return no_update, no_update
    link = of(query) if of(query).data == of(result["query"]).data else of("")
    wanted = ratings_sent.whole(value) if value else getattr(link, kind)
    search = ratings_sent.text(search, 200)
    asked = ratings_state.asked(data, **{kind: wanted})
    shown, chosen = ratings_state.movie_options(data, search, asked.column), asked.movie
    if kind == "user":
        shown, chosen = ratings_state.user_options(data, search, asked.row), asked.user
    return shown, no_update if value else str(chosen)
