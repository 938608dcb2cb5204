"""The answers of the Landscape tab: what its controls offer, and the picture that is there."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any, NamedTuple

from dash import no_update

from optviz.experiments.ratings import LANDSCAPE, RatingsExperiment
from optviz.landscapes.pictures import COLORS, LOOKS, PICTURES, Picture
from optviz.landscapes.slices.slice import Slice
from optviz.landscapes.ways import WAYS
from optviz_app.components.loss_pictures import build_ends_table, build_facts, draw, list_facts
from optviz_app.jobs.queue import Jobs
from optviz_app.jobs.readiness import find_left, prepare_worker, wait_briefly
from optviz_app.pages.movielens import state
from optviz_app.pages.movielens.landscape.task import (
    DRAFT,
    load_picture,
    make_landscape_request,
)
from optviz_app.pages.movielens.results import find_shown, read_query
from optviz_app.pages.movielens.training_task import TrainingResult

SAMPLE = (
    "The example result has this one picture. Press Train on the tab Train to make the models "
    "here; then every picture can be drawn."
)


COARSE = "This is a first, coarse picture: the whole one follows."


class Shown(NamedTuple):
    """A picture, and what it is of."""

    picture: Picture | None
    words: str
    """What is said of the trainings besides what the picture says of itself."""
    loss: str
    """The words for the loss."""
    stamp: str
    """Names it among all pictures."""


def offer_choices(jobs: Jobs, result: Any, query: Any) -> dict[str, Any]:
    """Return what the controls say and offer, and the query of the picture that they ask for."""
    found = find_shown(jobs, state.parse_shown(result))
    asked = read_query(state.parse_text(query))
    kind, way = PICTURES[asked.picture], WAYS[asked.axes]
    is_plane = asked.picture == "plane"
    count = way.runs if is_plane else kind.runs
    can_draw = bool(found and found.drawn)
    if found and can_draw and asked.panel == "landscape":
        prepare_worker(jobs, make_landscape_request(read_trained(found).to_query()))
    return {
        "picture_note": kind.about,
        "axes_note": way.about if is_plane else "",
        "hidden": [
            *(not is_plane, count < 1, count < 2, asked.picture == "edge", not is_plane),
            asked.look != "above",
        ],
        "runs": [  # a list without what a link chose would empty its control
            list_runs(found, word) if found and can_draw else no_update
            for word in ("the best", "the best of the others")
        ],
        "disabled": [not can_draw] * len(LANDSCAPE),
        "query": find_query(found, asked) if can_draw else "",
        "no_body": found is None,
        "sample": SAMPLE if found and not can_draw else "",
    }


def list_runs(found: TrainingResult, best: str) -> list[dict[str, str]]:
    """Return the runs to choose from, for a list."""
    names = [best, *found.drawn]
    return [{"value": str(place), "label": name} for place, name in enumerate(names)]


def find_query(found: TrainingResult | None, asked: RatingsExperiment) -> str:
    """Return the query of the picture that is asked of a result; none where the training made it.

    The trainings are those that are shown, whatever the controls of the tab Train say by now.
    """
    default = RatingsExperiment()
    changes = {name: getattr(asked, name) for name in LANDSCAPE}
    if found is None or changes == {name: getattr(default, name) for name in LANDSCAPE}:
        return ""
    return replace(read_trained(found), **changes).to_query()


def read_trained(found: TrainingResult) -> RatingsExperiment:
    """Return the experiment that a result is of."""
    return RatingsExperiment.from_json(found.words["experiment"])


def take_choices(query: Any, choices: dict[str, Any]) -> str:
    """Return a query with what the controls say now, which it may not have yet."""
    asked = read_query(state.parse_text(query))
    for name, value in choices.items():
        with suppress(ValueError):
            asked = replace(asked, **{name: state.parse_control(name, value)})
    return asked.to_query()


def begin_picture(jobs: Jobs, result: Any, query: Any, browser: str, address: str) -> None:
    """Begin the work of a picture as soon as it is chosen, and wait a moment for it.

    The status line follows it then, and tells why it cannot be done.
    """
    found = find_shown(jobs, state.parse_shown(result))
    asked = find_query(found, read_query(state.parse_text(query))) if found else ""
    if asked and found and found.drawn:
        request = make_landscape_request(asked)
        with suppress(ValueError):
            jobs.submit(request, browser, address=address)
            wait_briefly(jobs, request, DRAFT)


def show_landscape(
    jobs: Jobs, result: Any, query: Any, theme: str = "light", drawn: Any = None
) -> dict[str, Any]:
    """Return the picture that is asked for with its words, or the one before while it is made.

    `drawn` names the picture that the page has: it is not drawn again.
    """
    found = find_shown(jobs, state.parse_shown(result))
    asked = read_query(state.parse_text(query))
    names = ("figure", "state", "no_figure", "words", "ends", "no_ends", "title", "drawn")
    if found is None:
        return dict.fromkeys(names, no_update) | {"hidden": True}
    try:
        shown = find_picture(jobs, found, asked)
    except (OSError, ValueError, LookupError):  # removed or damaged meanwhile
        shown = None
    name = {} if shown is None else name_drawn(shown, asked, theme)
    if shown is None or drawn == name:
        return dict.fromkeys((*names, "hidden"), no_update)
    cut = shown.picture
    if cut is not None and isinstance(drawn, dict) and drawn.get("of") == name["of"]:
        figure = draw(cut, asked.color, asked.look, theme)
        return dict.fromkeys((*names, "hidden"), no_update) | {"figure": figure, "drawn": name}
    facts = {"loss": shown.loss} if shown.loss else {}
    facts |= {} if cut is None else list_facts(cut)
    told = "" if cut is None else cut.verdict() if isinstance(cut, Slice) else cut.words()
    return {
        "figure": no_update if cut is None else draw(cut, asked.color, asked.look, theme),
        "state": "coarse" if shown.words == COARSE else "",
        "no_figure": cut is None,
        "words": build_facts(facts, f"{told} {shown.words}".strip()),
        "ends": build_ends_table(cut) if isinstance(cut, Slice) else no_update,
        "no_ends": not isinstance(cut, Slice),
        "title": f"Loss around the paths: {PICTURES[asked.picture].title.lower()}",
        "hidden": False,
        "drawn": name,
    }


def name_drawn(shown: Shown, asked: RatingsExperiment, theme: str) -> dict[str, str]:
    """Return the names of a picture and of how it is looked at, as the page's script reads them."""
    return {"of": f"{shown.stamp} {theme}", "way": name_way(asked.color, asked.look)}


def name_way(color: str, look: str) -> str:
    """Return the name of a way to look at a plane; in three dimensions paths have one color."""
    return f"{look} {color}" if look == "above" else look


def draw_ways(jobs: Jobs, result: Any, query: Any, theme: str, drawn: Any) -> Any:
    """Return a plane as it looks in each way, for the browser to change between them at once."""
    found = find_shown(jobs, state.parse_shown(result))
    asked = read_query(state.parse_text(query))
    try:
        shown = find_picture(jobs, found, asked) if found else None
    except (OSError, ValueError, LookupError):  # removed or damaged meanwhile
        shown = None
    if shown is None or not isinstance(shown.picture, Slice):
        return no_update
    name = name_drawn(shown, asked, theme)
    if not isinstance(drawn, dict) or drawn.get("of") != name["of"]:
        return no_update
    ways = {name_way(color, look): (color, look) for look in LOOKS for color in COLORS}
    figures = {way: draw(shown.picture, *each, theme) for way, each in ways.items()}
    return {"of": name["of"], "figures": figures}


def find_picture(jobs: Jobs, found: TrainingResult, asked: RatingsExperiment) -> Shown | None:
    """Return the picture that is asked for; None where it is not there yet."""
    query = find_query(found, asked) if found.drawn else ""
    if query:
        request = make_landscape_request(query)
        made: Any = jobs.find_result(request)
        if made is not None:
            picture, stamp = made.read_picture(), f"{made.folder.name} {made.stamp}"
            return Shown(picture, "", name_loss(picture), stamp)
        if (draft := find_left(jobs, request, DRAFT)) is None:
            return None
        stamp = f"{draft} {draft.stat().st_mtime_ns}"
        picture = load_picture(draft, asked.picture, stamp)
        return Shown(picture, COARSE, name_loss(picture), stamp)
    file = found.folder / "slice.npz"
    cut = load_picture(file, "plane", found.stamp) if file.exists() else None
    stamp = f"{found.folder.name} {found.stamp}"
    return Shown(cut, found.words["left_out"], name_loss(cut), stamp)


def name_loss(picture: Any) -> str:
    """Return what the loss of a picture is."""
    about = getattr(picture, "about", "") if picture is not None else ""
    return f"mean squared error on the {about.partition(' on ')[2]}" if about else ""
