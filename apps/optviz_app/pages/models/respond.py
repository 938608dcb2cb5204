"""The answers of the Your model page: which files there are, and what is drawn of them."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

from dash import html, no_update

from optviz.landscapes.recorded_paths import (
    POINTS,
    RecordedPaths,
    list_values,
    measure_movement,
    part_models,
    place_recordings,
)
from optviz.landscapes.slices.slice import Slice
from optviz.runs.recordings import Recording
from optviz.views.recorded_paths import (
    logged_value_figure,
    movement_figure,
    recorded_path_figure,
)
from optviz_app.components.fields import build_table
from optviz_app.components.figures import pack_figure
from optviz_app.components.loss_pictures import build_ends_table, build_facts, draw, list_facts
from optviz_app.components.status_line import end_sentence
from optviz_app.pages.models.files import FileError, Opened, list_files, name_files, open_named
from optviz_app.pages.models.state import LETTERS, ModelState, read_controls
from optviz_app.server.heavy import weigh

Shown = dict[str, Any]
NUMBERS = 5_000
"""Numbers of a path that weigh as much as a step of a race."""


def list_choices(state: ModelState) -> dict[str, str]:
    """Return the names and the titles of the files: dropped ones, then those of the folder."""
    listed = list_files()
    dropped = [each for each in state.files if each not in listed]
    return name_files((*dropped, *listed))


def answer(query: Any, controls: dict[str, Any], dropped: Any = None) -> Shown:
    """Return the new query, what is refused, and the files where there are others.

    `dropped` has the names of files that have just been dropped.
    """
    before = ModelState.from_query(query if isinstance(query, str) else "")[0]
    after, said = read_controls(before, controls)
    names = dropped.get("names") if isinstance(dropped, dict) else None
    for name in names if isinstance(names, list) else []:
        try:
            after = after.with_part("file", str(name)[:LETTERS])
        except ValueError as error:
            said = str(error)
    is_new = list(after.files) != controls.get("files")
    return {
        "query": after.to_query() if after != before else no_update,
        "said": end_sentence(said) if said else "",
        "files": list(after.files) if is_new else no_update,
        "choices": list_choices(after) if is_new else no_update,
    }


def open_files(state: ModelState) -> tuple[list[Opened], list[str]]:
    """Open the files of a state; return a sentence for each that cannot be opened."""
    opened, wrong = [], []
    titles = list_choices(state)
    for name in state.files:
        try:
            opened.append(open_named(name)._replace(title=titles.get(name, name)))
        except FileError as error:
            wrong.append(f"{error}.")
    return opened, wrong


def show_files(query: Any, theme: str = "light") -> Shown:
    """Return everything that the page draws of its files."""
    state = ModelState.from_query(query if isinstance(query, str) else "")[0]
    opened, wrong = open_files(state)
    pictures = [each for each in opened if not isinstance(each.record, Recording)]
    runs = [each for each in opened if isinstance(each.record, Recording)]
    shown = show_picture(pictures, state, theme) | show_runs(runs, state, theme, wrong)
    shown["no_color"] = state.look != "above"
    return shown | {
        "wrong": [html.P(each) for each in wrong],
        "no_empty": bool(opened),
        "no_look": not opened,
        "table": build_table(COLUMNS, [build_row(each) for each in runs]) if runs else no_update,
        "no_table": not runs,
    }


COLUMNS = ["recording", "parameters", "points", "steps", "logged", "how it ended"]
"""The columns of the table of recordings."""


def build_row(opened: Opened) -> Any:
    """Build the row of a recording."""
    each = opened.record
    steps = f"{each.step[0]:,} to {each.step[-1]:,}" if len(each) else "–"
    cells = [f"{each.size:,}", f"{len(each):,}", steps, ", ".join(each.logs) or "–"]
    heading = html.Th([each.label, html.Br(), html.Small(opened.title)], scope="row")
    return html.Tr([heading, *map(html.Td, [*cells, each.words().partition("; ")[2]])])


def pick(found: list[Opened], name: str) -> Opened | None:
    """Return the file of a name, else the first."""
    return next((each for each in found if each.name == name), found[0] if found else None)


def list_options(found: list[Opened]) -> list[dict[str, str]]:
    """Return files as the options of a list."""
    return [{"value": each.name, "label": each.title} for each in found]


def show_picture(pictures: list[Opened], state: ModelState, theme: str) -> Shown:
    """Return the picture of a loss that is looked at, with its words."""
    chosen = pick(pictures, state.picture)
    out: Shown = {"which": list_options(pictures), "which_value": chosen and chosen.name}
    out |= {"no_which": len(pictures) < 2, "no_picture": chosen is None, "no_ends": True}
    out |= dict.fromkeys(("picture", "picture_words", "ends"), no_update) | {"no_looks": True}
    if chosen is None:
        return out
    cut = chosen.record
    is_slice = isinstance(cut, Slice)
    facts = {"model": getattr(cut, "about", "")} | list_facts(cut)
    has_ends = is_slice and bool(cut.shadows)
    return out | {
        "picture": draw(cut, state.color, state.look, theme),
        "picture_words": build_facts(facts, cut.verdict() if is_slice else cut.words()),
        "ends": build_ends_table(cut) if has_ends else no_update,
        "no_ends": not has_ends,
        "no_looks": not is_slice,
    }


def show_runs(runs: list[Opened], state: ModelState, theme: str, wrong: list[str]) -> Shown:
    """Return paths, logged values and movement of recordings; add a sentence for what fails."""
    recordings = name_apart(tuple(runs))
    values = list_values(recordings)
    value = state.value if state.value in values else next(iter(values), "")
    one = pick(runs, state.run)
    names = [each.label for each in recordings]
    out: Shown = {
        "values": [{"value": each, "label": each} for each in values],
        "value": value or None,
        "runs": [
            {"value": each.name, "label": name} for each, name in zip(runs, names, strict=True)
        ],
        "run": one and one.name,
        "no_values": len(values) < 2,
        "no_runs": len(runs) < 2,
        "no_shade": not runs,
    }
    out |= {f"no_{name}": True for name in ("paths", "logged", "moved")}
    out |= dict.fromkeys(
        ("paths", "paths_words", "logged", "logged_title", "moved", "moved_title"), no_update
    )
    if not runs:
        return out
    weigh(sum(min(len(each), POINTS) * each.size for each in recordings) / NUMBERS)
    alike, said = part_models(recordings)
    wrong += map(end_sentence, said)
    try:
        drawn = tuple(each for each, is_alike in zip(recordings, alike, strict=True) if is_alike)
        made = place(drawn, value)
        figure = recorded_path_figure(made, color_by=state.shade, theme=theme)
        out |= {"paths": clean(figure), "paths_words": html.P(made.words()), "no_paths": False}
    except (ValueError, ArithmeticError, LookupError) as error:  # such as of a run that diverged
        wrong.append(end_sentence(str(error)))
    if value:
        out |= {"logged": clean(logged_value_figure(recordings, value, theme=theme))}
        out |= {"no_logged": False, "logged_title": f"Logged: {value}"}
    if one is not None and one.record.sketch is None and one.record.finite > 1:
        thin, name = one.record.thin(100), names[runs.index(one)]
        figure = movement_figure(measure_movement(thin), thin.step, name, theme=theme)
        out |= {"moved": clean(figure), "no_moved": False}
        out |= {"moved_title": f"Movement of the layers: {name}"}
    return out


@lru_cache(maxsize=4)
def name_apart(runs: tuple[Opened, ...]) -> tuple[Recording, ...]:
    """Return the recordings, those of one label told apart by their files."""
    labels = [each.record.label for each in runs]
    out = []
    for each, label in zip(runs, labels, strict=True):
        about = {**each.record.about, "label": f"{label} ({each.title.replace('.optviz', '')})"}
        is_alone = labels.count(label) == 1
        out.append(each.record if is_alone else replace(each.record, about=about))
    return tuple(out)


@lru_cache(maxsize=4)
def place(recordings: tuple[Recording, ...], value: str) -> RecordedPaths:
    """Place recordings on their plane, once for all ways to look at them."""
    return place_recordings(recordings, value)


def clean(figure: Any) -> dict[str, Any]:
    """Return a figure for the browser, without its title and height, which the page has."""
    figure.update_layout(title=None, margin_t=16, height=None)
    return pack_figure(figure)
