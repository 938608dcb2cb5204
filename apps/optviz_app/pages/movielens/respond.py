"""The answers of the MovieLens page to its controls, apart from following a training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html, no_update

from optviz.extras import MissingPackageError
from optviz.recommenders.trained import describe_missing_package
from optviz_app.components.optimizer_cards.callbacks import changes_controls, place_errors
from optviz_app.components.optimizer_cards.layout import cards
from optviz_app.components.optimizer_cards.state import edit_rules, list_presses, read_cards
from optviz_app.components.status_line import end_sentence
from optviz_app.jobs.queue import Jobs
from optviz_app.pages.movielens import figures, panels, state
from optviz_app.pages.movielens.recommendations.solver import read_recommendations, spell_rate
from optviz_app.pages.movielens.results import find_shown, read_query
from optviz_app.pages.movielens.training_task import read_ratings


def read_page(
    query: Any, result: Any, controls: dict[str, Any], touched: Sequence[Any] = (), fields: Any = ()
) -> dict[str, Any]:
    """Return the new query, a sentence for each wrong field, and cards where they are others.

    `touched` are the ids of what was touched; `fields` are those of the cards, from the callback's
    context. User and movie are those of the result that is shown: they count while that is of this
    data.
    """
    before, shown = read_query(state.parse_text(query)), state.parse_shown(result)
    rules, wrong = read_cards(list(before.rules), controls["cards"])
    for action, card in list_presses(touched, "ratings-add"):
        rules = edit_rules(rules, action, card)
    controls = controls | {"rules": rules} | read_recommendations(before, controls, touched)
    if shown is None or read_query(shown).data != controls["data"]:
        controls |= {name: getattr(before, name) for name in state.IDS}
    after, errors = state.read_controls(before, controls)
    if data := read_ratings(after.data):
        after = state.drop_defaults(after, data)
    is_redrawn = changes_controls(touched) or len(rules) != len(before.rules)
    is_redrawn = is_redrawn or after.rules != tuple(rules)
    return {
        "query": after.to_query() if after != before else no_update,
        "model_note": state.STORIES[after.model],
        "model_error": describe_missing_package(after.model),
        "data_note": state.describe_data(after.data),
        "cards": cards("ratings", after.rules) if is_redrawn else no_update,
        "errors": [errors.get(name) for name in ("epochs", "batch", "seed", "least", "solver")],
        "rate": spell_rate(after.solver) if "solver" in touched else no_update,
        "card_errors": [[no_update] * len(each) for each in fields]  # they are new ones
        if is_redrawn
        else place_errors(wrong, fields),
    }


def show_result(jobs: Jobs, result: Any) -> dict[str, Any]:
    """Return the pictures and the tables of a result."""
    found = find_shown(jobs, state.parse_shown(result))
    drawn = found and figures.draw_result(found.folder, found.stamp)
    names = ("validation", "results", "evaluation")
    if found is None or drawn is None:
        return {"hidden": 4 * [True]} | dict.fromkeys(names, no_update)
    judged = found.words.get("evaluation")
    validated = any(each.valid for each in found.curves)
    return {
        "hidden": [not validated, False, found.is_bundled, not judged],
        "validation": drawn["validation"],
        "results": panels.build_result_table(found),
        "evaluation": panels.build_evaluation(judged) if judged else no_update,
    }


def predict(jobs: Jobs, result: Any, user: Any, movie: Any) -> Any:
    """Return the predictions of a result's models for a user and a movie, by published id."""
    shown = state.parse_shown(result)
    found, data = find_shown(jobs, shown), read_ratings(read_query(shown or "").data)
    if found and found.is_bundled:
        return panels.build_missing_models(found, here=data is not None)
    person, film = state.parse_whole(user), state.parse_whole(movie)
    if found is None or data is None or person is None or film is None:
        return no_update
    try:
        return panels.build_prediction_panel(found, data, state.find_pair(data, person, film))
    except MissingPackageError as error:
        return html.P(end_sentence(str(error)), className="note")


def list_options(name: str, result: Any, query: Any, search: Any, value: Any) -> tuple[Any, Any]:
    """Return the users or movies of a list, and the one of the link where none is chosen yet."""
    kind, shown, link = state.LISTS[name], state.parse_shown(result), state.parse_text(query)
    data = None if shown is None else read_ratings(read_query(shown).data)
    if data is None or shown is None:
        return no_update, no_update
    asked = read_query(link)
    if asked.data != read_query(shown).data:
        asked = read_query("")
    wanted = state.parse_whole(value) if value else getattr(asked, name)
    pair = state.find_pair(data, **{kind: wanted})
    index, chosen = (pair.row, pair.user) if kind == "user" else (pair.column, pair.movie)
    options = state.find_options(data, kind, state.parse_text(search, 200), index)
    return options, no_update if value else str(chosen)
