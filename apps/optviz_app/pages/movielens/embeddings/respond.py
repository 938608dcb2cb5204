"""The answers of the Embeddings tab: pure functions of a trained model and of what is asked."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dash import no_update

from optviz.recommenders.embeddings import (
    EmbeddingMap,
    map_embeddings,
    measure_genre_overlap,
    rank_biases,
    read_vectors,
)
from optviz.views.bias_rankings import build_bias_parts
from optviz.views.embedding_maps import build_map_parts
from optviz_app.components.figure_parts import pack_parts
from optviz_app.jobs.queue import Jobs
from optviz_app.pages.movielens import state
from optviz_app.pages.movielens.embeddings import panels
from optviz_app.pages.movielens.recommendations.panels import build_refusal
from optviz_app.pages.movielens.results import Chosen, find_chosen, read_query
from optviz_app.pages.movielens.training_task import read_ratings

if TYPE_CHECKING:
    from optviz.movielens.ratings import Ratings
    from optviz.recommenders.trained import Trained

NAMES = ("drawn", "body", "wrong", "map", "no_map", "map_words", "genre_words", "near", "no_near")
NAMES += ("near_title", "drift", "no_drift", "drift_words", "biases", "no_biases", "biases_words")
NAMES += ("spectra", "no_spectra", "spectra_words")
"""The outputs of the tab."""
LEAST = 50
"""The training ratings that a movie on the map has at least; fewer where the data are small."""
FEWEST = 40
"""Movies that a map has at least, if there are so many."""


def show_embeddings(jobs: Jobs, result: Any, query: Any, drawn: Any) -> dict[str, Any]:
    """Return what of the tab is new; `drawn` says what it shows."""
    out: dict[str, Any] = dict.fromkeys(NAMES, no_update)
    chosen = find_chosen(jobs, result, query)
    if chosen is None:
        return out | {"body": True, "drawn": None}
    asked = chosen.experiment
    if asked.panel != "embeddings":
        return out
    now = {"model": chosen.stamp, "dims": asked.dims, "spot": asked.spot}
    if now == drawn:
        return out
    out |= {"drawn": now, "body": False, "wrong": None}
    is_new = not isinstance(drawn, dict) or drawn.get("model") != chosen.stamp
    try:
        out |= show_map(chosen)
    except ValueError as error:
        out |= {"wrong": build_refusal(str(error)), "no_map": True, "no_near": True}
    return out | (show_more(chosen) if is_new else {})


def show_map(chosen: Chosen) -> dict[str, Any]:
    """Return the map, with the neighbors of the movie that is looked at."""
    asked, model = chosen.experiment, chosen.recommender
    shown = make_map(model.trained, model.data, asked.dims)
    found = [row for row, number in enumerate(shown.vectors.ids) if number == asked.spot]
    row = found[0] if found else None
    words = shown.words()
    out = {"map": pack_parts(build_map_parts(shown, select=row)), "no_map": False}
    if row is None:
        if asked.spot is not None:
            words = f"The movie is not on the map. {words}"
        return out | {"map_words": words, "no_near": True}
    return out | {
        "map_words": words,
        "near": panels.build_neighbors(shown, row),
        "near_title": f"Nearest to {shown.titles[row]} in the full space",
        "no_near": False,
    }


@lru_cache(maxsize=4)
def make_map(trained: Trained, data: Ratings, dims: int) -> EmbeddingMap:
    """Make the map of a model's movies."""
    return map_embeddings(trained, data, dims=dims, least=choose_least(trained, data))


@lru_cache(maxsize=4)
def choose_least(trained: Trained, data: Ratings) -> int:
    """Return the floor on training ratings: LEAST, or lower where few movies reach it."""
    counts = sorted(read_vectors(trained, data, least=1).counts.tolist(), reverse=True)
    return max(1, min(LEAST, counts[min(FEWEST, len(counts)) - 1]))


def show_more(chosen: Chosen) -> dict[str, Any]:
    """Return what hangs on the model alone: film, biases, singular values, genres."""
    model, out = chosen.recommender, {}
    films = chosen.films
    drift = films["drift"][chosen.place] if chosen.place < len(films["drift"]) else None
    for name, film in (("drift", drift), ("spectra", films["spectra"])):
        film = film or {"figure": None, "words": ""}
        out |= {name: film["figure"] or no_update, f"no_{name}": film["figure"] is None}
        out[f"{name}_words"] = film["words"]
    least = choose_least(model.trained, model.data)
    try:
        ranking = rank_biases(model.trained, model.data, least=least)
        biases = pack_parts(build_bias_parts(ranking))
        out |= {"biases": biases, "no_biases": False, "biases_words": ranking.words()}
    except ValueError:  # a model without biases, or none that can be ranked
        out |= {"no_biases": True}
    try:
        overlap = measure_genre_overlap(read_vectors(model.trained, model.data, least=least))
        out["genre_words"] = overlap.words()
    except ValueError as error:
        out["genre_words"] = f"Genres cannot be compared: {error}."
    return out


def list_spots(result: Any, search: Any, value: Any) -> Any:
    """Return the movies to find on the map, by what was typed; the one chosen is among them."""
    shown = state.parse_shown(result)
    data = None if shown is None else read_ratings(read_query(shown).data)
    if data is None:
        return no_update
    wanted = state.parse_whole(value)
    place = state.find_index(data.movie_ids, wanted, -1)
    chosen = None if place < 0 else place
    return state.find_options(data, "movie", state.parse_text(search, 200), chosen)


def read_click(clicked: Any) -> Any:
    """Return the movie of a point that was clicked, as the list of titles holds it."""
    try:
        movie = state.parse_whole(clicked["points"][0]["customdata"][1])
    except (TypeError, LookupError):  # a line, a mark, or nothing
        return no_update
    return no_update if movie is None else str(movie)
