"""The answers of the Recommend tab: pure functions of a trained model and of what is asked."""

from __future__ import annotations

from typing import Any

from dash import no_update

from optviz.recommenders.new_users.asking import trace_answers
from optviz.recommenders.new_users.new_user import NewUser
from optviz.recommenders.recommender import Recommender
from optviz_app.jobs.queue import Jobs
from optviz_app.pages.movielens import state
from optviz_app.pages.movielens.recommendations import figures, panels
from optviz_app.pages.movielens.results import Chosen, find_chosen, read_query
from optviz_app.pages.movielens.training_task import read_ratings

ASKED = 5
"""Movies that are suggested at once."""
MOST_SKIPPED = 200
"""Movies that one person says not to know."""
ROWS = 10
"""Movies in a table."""
NAMES = ("drawn", "body", "wrong", "list", "known_box", "rate_box", "path_box", "path", "no_path")
NAMES += ("path_words", "narrowing", "no_narrowing", "recommendations", "similar")
"""The outputs of the tab."""


def rate(rated: Any, touched: Any, stars: Any) -> tuple[Any, str]:
    """Return the ratings after stars were given or a movie was taken off, and what is wrong."""
    rated = [each for each in rated if isinstance(each, str)] if isinstance(rated, list) else []
    movie = state.parse_whole(touched.get("movie")) if isinstance(touched, dict) else None
    if movie is None:
        return no_update, ""
    try:
        given = None if touched.get("role") == "unrate" else check_stars(stars)
        after = state.rate_movie(rated, movie, given)
    except ValueError as error:
        return no_update, str(error)
    return no_update if list(after) == rated else list(after), ""


def skip(skipped: Any, touched: Any) -> Any:
    """Return the movies that a person does not know, with one more."""
    movie = state.parse_whole(touched.get("movie")) if isinstance(touched, dict) else None
    return no_update if movie is None else [*parse_skipped(skipped), movie]


def parse_skipped(skipped: Any) -> list[int]:
    """Return the movies of a list that was sent."""
    found = [state.parse_whole(each) for each in skipped] if isinstance(skipped, list) else []
    return [each for each in found if each is not None][-MOST_SKIPPED:]


def check_stars(stars: Any) -> float:
    """Return a number of stars.

    Raises: ValueError: stars must be from 0.5 to 5, got 9
    """
    if type(stars) not in (int, float) or not 0.5 <= stars <= 5 or stars % 0.5:
        raise ValueError(f"stars must be from 0.5 to 5, got {str(stars)[:40]}")
    return float(stars)


def show_recommendations(
    jobs: Jobs,
    result: Any,
    query: Any,
    picked: Any,
    presses: Any,
    drawn: Any,
    skipped: Any = None,
) -> dict[str, Any]:
    """Return what of the tab is new; `drawn` says what it shows."""
    out: dict[str, Any] = dict.fromkeys(NAMES, no_update)
    chosen = find_chosen(jobs, result, query)
    if chosen is None:
        return out | {"body": True, "drawn": None}
    if chosen.experiment.panel != "recommend":
        return out
    asked = chosen.experiment
    now = {
        "model": chosen.stamp,
        "rated": list(asked.rated),
        "solver": asked.solver,
        "known": asked.known,
        "like": asked.like,
        "least": asked.least,
        "open": [state.parse_whole(picked), state.parse_whole(presses)],
        "skipped": parse_skipped(skipped),
    }
    if now == drawn:
        return out
    new_movies = not isinstance(drawn, dict) or name_movies(drawn) != name_movies(now)
    out |= {"drawn": now, "body": False, "known_box": asked.known is None}
    out |= dict.fromkeys(("rate_box", "path_box"), asked.known is not None)
    try:
        return out | answer(chosen, [*now["open"], now["skipped"]], new_movies)
    except ValueError as error:  # such as a model without vectors
        hidden = {"no_path": True, "no_narrowing": True, "path_box": True, "rate_box": True}
        said = {"wrong": panels.build_refusal(str(error)), "recommendations": None}
        return out | hidden | said | {"similar": find_similar(chosen)}


def name_movies(shown: dict[str, Any]) -> Any:
    """Return what the list of movies to rate hangs on: which are rated, and which are asked."""
    rated = [str(each).partition(":")[0] for each in shown.get("rated") or ()]
    return rated, shown.get("open"), shown.get("model"), shown.get("skipped")


def answer(chosen: Chosen, opened: list[Any], new_movies: bool) -> dict[str, Any]:
    """Return what a model recommends, and how it came to know the user."""
    asked, model = chosen.experiment, chosen.recommender
    out = {"wrong": None, "similar": find_similar(chosen)}
    if asked.known is not None:
        user = state.find_pair(model.data, user=asked.known).user
        found = model.recommend(user, ROWS, asked.least)
        return out | {
            "recommendations": panels.build_recommendations(found, asked.least),
            "no_path": True,
            "no_narrowing": True,
        }
    someone = model.new_user(asked.stars, asked.solver if asked.stars else None)
    path = figures.draw_path(someone)
    words = path.words or "Rate a movie: then the rule finds your vector, step by step."
    told = trace_answers(model.tables, asked.stars) if asked.stars else None
    questions = model.ask(ASKED, asked.stars, skip=keep_known(model, opened[-1]))
    out |= {
        "recommendations": recommend_to(someone, asked.least),
        "path": path.figure or no_update,
        "no_path": path.figure is None,
        "path_words": words,
        "narrowing": figures.draw_narrowing(told, questions) if told else no_update,
        "no_narrowing": told is None,
    }
    if new_movies:
        out["list"] = list_movies(model, asked.stars, *opened)
    return out


def recommend_to(someone: NewUser, least: int) -> Any:
    """Return what is recommended to a new user, or why nothing is."""
    try:
        return panels.build_recommendations(someone.recommend(ROWS, least), least)
    except ValueError as error:
        return panels.build_refusal(str(error))


def find_similar(chosen: Chosen) -> Any:
    """Return the movies most similar to the one that is looked at, or why there are none."""
    asked, model = chosen.experiment, chosen.recommender
    movie = state.find_pair(model.data, movie=asked.like).movie
    try:
        return panels.build_similar(model.similar(movie, ROWS, asked.least))
    except ValueError as error:
        return panels.build_refusal(str(error))


def list_titles(result: Any, search: Any) -> Any:
    """Return the movies to pick from, by what was typed."""
    shown = state.parse_shown(result)
    data = None if shown is None else read_ratings(read_query(shown).data)
    if data is None:
        return no_update
    return state.find_options(data, "movie", state.parse_text(search, 200), None)


def list_movies(
    model: Recommender,
    stars: dict[int, float],
    picked: int | None,
    presses: int | None,
    skipped: list[int],
) -> list[Any]:
    """Return the rows of movies: what was rated, what was picked by title, what is suggested."""
    data, step = model.data, state.find_star_step(model.data)
    rows = []
    for movie, given in stars.items():
        title = data.titles[state.find_pair(data, movie=movie).column]
        rows.append(panels.build_rating_row(movie, title, given, step))
    if picked is not None and picked not in stars:
        pair = state.find_pair(data, movie=picked)
        if pair.movie == picked:
            title = data.titles[pair.column]
            rows.insert(0, panels.build_rating_row(picked, title, 0, step, "not rated yet"))
    if presses:
        first = ASKED * (presses - 1)
        skip = keep_known(model, skipped)
        for each in model.ask(first + ASKED, stars, skip=skip)[first:]:
            if each.movie != picked:
                note = panels.describe_gain(each)
                rows.append(panels.build_rating_row(each.movie, each.title, 0, step, note))
    return rows


def keep_known(model: Recommender, movies: list[int]) -> list[int]:
    """Return those of some movies that the data have."""
    return [each for each in movies if state.find_index(model.data.movie_ids, each, -1) >= 0]
