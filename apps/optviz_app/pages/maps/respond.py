"""The answers of the Maps page: to its controls, a new result, and a point that is pressed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import no_update

from optviz.experiments.maps import MapExperiment
from optviz.specs import format_value, parse_number
from optviz.sweeps.map_files import Maps
from optviz.sweeps.sweep_records import SweepMap
from optviz_app.components.optimizer_cards.callbacks import (
    changes_controls,
    place_errors,
)
from optviz_app.components.optimizer_cards.layout import cards
from optviz_app.components.status_line import end_sentence
from optviz_app.components.surface_fields import parameter_fields
from optviz_app.components.surface_state import TYPED
from optviz_app.jobs.queue import Jobs
from optviz_app.pages.maps import figures
from optviz_app.pages.maps.layout import NOTES, ROLE, build_axes, build_opener
from optviz_app.pages.maps.map_task import make_map_request
from optviz_app.pages.maps.state import explain_choice, find_start, read_controls

EMPTY = (
    "This map has many steps: it is drawn in the background, and kept. Its progress is shown, and "
    "it can be canceled."
)


def answer(
    query: str, controls: dict[str, Any], touched: Sequence[Any], fields: Any = ()
) -> dict[str, Any]:
    """Return the new query, a sentence for each wrong field, and controls where they are others."""
    before = MapExperiment.from_query(query)[0]
    after, wrong = read_controls(before, controls, touched)
    is_redrawn = changes_controls(touched) or len(after.rules) != len(before.rules)
    is_fresh = after.problem != before.problem
    old, new = name_axes(before), name_axes(after)
    x, y = map(format_value, find_start(after))
    card_wrong = {key: each for key, each in wrong.items() if isinstance(key, tuple)}
    page = [wrong[key] for key in ("rules", "chart", "show") if key in wrong]
    return {
        "query": after.to_query() if after != before else no_update,
        "chart": after.chart if after.chart != controls["chart"] else no_update,
        "formula_hidden": controls["choice"] != TYPED,
        "parameters": parameter_fields(after.surface(), ROLE) if is_fresh else no_update,
        "start": (x, y) if is_fresh else (no_update, no_update),
        "axes": build_axes(after) if old != new or after.chart != before.chart else no_update,
        "opener": build_opener(after) if old != new or is_fresh else no_update,
        "note": NOTES[after.chart],
        "hidden": (after.chart != "basin", after.chart == "basin"),
        "cards": cards("maps", after.rules) if is_redrawn else no_update,
        "errors": [wrong.get(name) for name in ("problem", "steps", "noise", "seed", "size")]
        + [wrong.get(name) for name in ("repeats", "start")],
        "said": " ".join(end_sentence(each) for each in page),
        "parameter_said": wrong.get("parameters", ""),
        "axis_errors": [wrong.get(name) for name in ("across", "up")]
        if old == new and after.chart == before.chart
        else [no_update] * 2,
        "card_errors": [[no_update] * len(each) for each in fields]  # they are new ones
        if is_redrawn
        else place_errors(card_wrong, fields),
    }


def name_axes(experiment: MapExperiment) -> Any:
    """Return what the fields of the axes show, but for ends that were typed there."""
    if experiment.chart == "basin":
        return "basin"
    on = experiment.list_on()
    names = [each.name for each in experiment.list_ranges()]
    return names, bool(on) and repr(on[0].rule), explain_choice(experiment)


def show_map(jobs: Jobs, asked: Any) -> dict[str, Any]:
    """Return the picture and the table of a map: the one that was kept, else a coarse one."""
    asked = asked if isinstance(asked, dict) else {}
    experiment = MapExperiment.from_query(str(asked.get("query") or ""))[0]
    maps, coarse = None, ""
    try:
        maps, coarse = find_maps(jobs, experiment)
        why = EMPTY
    except ValueError as error:
        why = end_sentence(str(error))
    theme = "dark" if asked.get("theme") == "dark" else "light"
    columns = asked["columns"] if asked.get("columns") in (1, 2, 3) else 3
    if maps is None:
        return {
            **dict.fromkeys(("figure", "style", "table"), no_update),
            **{"coarse": "", "no_coarse": True, "no_map": True, "empty": why, "filled": False},
        }
    figure = figures.draw_maps(maps, experiment.show, theme, columns)
    height = figure["layout"].pop("height")
    is_sweep = isinstance(maps, SweepMap)
    return {
        "figure": figure,
        "style": {"height": height},
        "table": figures.build_findings(maps) if is_sweep else figures.build_shares(list(maps)),
        "coarse": coarse,
        "no_coarse": not coarse,
        "no_map": False,
        "empty": "",
        "filled": True,
    }


def find_maps(jobs: Jobs, experiment: MapExperiment) -> tuple[Maps | None, str]:
    """Return the maps to show, None where they take long, and a sentence if they are coarse ones.

    Raises: ValueError: no optimizer is switched on: switch one on
    """
    result: Any = jobs.find_result(make_map_request(experiment.to_query()))
    if result:
        return result.read_maps(), ""
    asked = figures.make_coarse(experiment)
    if asked is None:
        return None, ""
    made = figures.perform_coarse(asked)
    whole = experiment.map_part()
    if asked == whole:
        return made, ""
    size = f"{asked.size} × {asked.size}"
    words = f"A coarse map of {size} points. Draw map makes it with {whole.size} × {whole.size}"
    more = f" and {whole.repeats} seeds" if asked.repeats < whole.repeats else ""
    return made, f"{words}{more}."


def open_point(query: Any, x: Any, y: Any) -> tuple[Any, str]:
    """Return the query of the race at a point of the map, and a sentence where there is none."""
    experiment = MapExperiment.from_query(str(query or ""))[0]
    try:
        place = parse_number("x", str(x)), parse_number("y", str(y))
        return experiment.open_at(*place).to_query(), ""
    except ValueError as error:
        return no_update, end_sentence(str(error))


def find_pressed(clicked: Any) -> tuple[float, float] | None:
    """Return the point of the map that was pressed; None for anything else that was sent."""
    points = clicked.get("points") if isinstance(clicked, dict) else None
    first = points[0] if isinstance(points, list) and points else None
    if not isinstance(first, dict):
        return None
    x, y = first.get("x"), first.get("y")
    fits = all(isinstance(each, (int, float)) and not isinstance(each, bool) for each in (x, y))
    return (float(x), float(y)) if fits else None  # type: ignore[arg-type]
