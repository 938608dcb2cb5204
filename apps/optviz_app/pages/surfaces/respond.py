"""The answer of the Surfaces page to a change: its new query, and what of the page is new."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from dash import no_update

from optviz.experiments.surface import PLAY, Experiment
from optviz.experiments.trial import choose_lr, runs_well
from optviz.specs import format_value
from optviz_app.components.optimizer_cards.callbacks import changes_controls
from optviz_app.components.optimizer_cards.layout import cards
from optviz_app.components.surface_fields import parameter_fields
from optviz_app.components.surface_state import TYPED
from optviz_app.pages.surfaces import controls as panels
from optviz_app.pages.surfaces import figures, notices
from optviz_app.pages.surfaces.acts import (
    KINDS,
    Items,
    apply_acts,
    list_new,
    match_items,
    name_items,
)
from optviz_app.pages.surfaces.live import describe_live
from optviz_app.pages.surfaces.state import Errors, find_start, read_controls, spell_starts

OUTPUTS = ("query", "formula_hidden", "notice", "story", "parameters", "seed", "also", "target")
OUTPUTS += ("cards", "fork_cards", "race", "surface", "landscape", "items", "seen", "done")
UNTOUCHED = dict.fromkeys(OUTPUTS, no_update) | {"start": (no_update, no_update)}
"""The outputs of a page on which nothing has changed."""


def answer(
    query: str, touched: Sequence[Any], controls: dict[str, Any], known: Collection[str] | None
) -> dict[str, Any]:
    """Return the outputs of the page's callback, and under "wrong" a sentence per thing refused.

    `touched` are the ids of what was touched, none as the page opens; `controls` has the values of
    all controls; `known` are the runs that the browser has.
    """
    before = figures.read_query(query)
    if not touched and known is None:
        return UNTOUCHED | draw_pictures(None, before, (), name_items(before)) | {"wrong": {}}
    before = drop_opening(before)
    after, changes, wrong = change(before, controls)
    out = UNTOUCHED | update_controls(before, after, touched, controls, changes)
    out |= {"wrong": wrong}
    if after != before:
        out |= {"query": after.to_query(), "items": changes["items"]}
    elif known is not None:
        return out
    drawn = None if known is None else before  # it was changed before its first pictures came
    return out | draw_pictures(drawn, after, known or (), changes["items"])


def drop_opening(experiment: Experiment) -> Experiment:
    """Return the experiment without what a link says of its opening alone: the step, to play."""
    if experiment.at is None and PLAY not in experiment.view:
        return experiment
    return replace(
        experiment, at=None, view=tuple(each for each in experiment.view if each != PLAY)
    )


def change(before: Experiment, controls: dict[str, Any]) -> tuple[Experiment, dict, Errors]:
    """Return the experiment after what was touched, the outputs of presses, what was refused.

    Fields are read first, as they show the experiment of the last answer; then the presses that
    came since follow in their order.
    """
    edited, wrong = read_controls(before, controls)
    edited = settle_rules(before, edited)
    items = match_items(controls.get("items"), edited)
    acts = list_new(controls.get("act"), controls.get("seen"))
    after, moved, done, refused = apply_acts(edited, items, acts)
    changes: dict[str, Any] = {"items": moved, "moved": [k for k in KINDS if moved[k] != items[k]]}
    if acts:
        changes |= {"seen": controls["act"]["count"], "done": done._asdict()}
    return after, changes, wrong | ({"page": refused} if refused else {})


def settle_rules(before: Experiment, edited: Experiment) -> Experiment:
    """Return the experiment with a learning rate that runs where another rule was chosen.

    The one that a rule brings stays where it runs on this surface.
    """
    rules = list(edited.rules)
    for place, (old, new) in enumerate(zip(before.rules, edited.rules, strict=False)):
        if old.partition(":")[0] != new.partition(":")[0] and not runs_well(edited, new):
            rules[place] = choose_lr(edited, new)
    return replace(edited, rules=tuple(rules)) if tuple(rules) != edited.rules else edited


def update_controls(
    before: Experiment,
    after: Experiment,
    touched: Sequence[Any],
    controls: dict[str, Any],
    changes: dict[str, Any],
) -> dict[str, Any]:
    """Return the outputs that are controls: those that must show something else."""
    is_fresh = after.problem != before.problem
    out: dict[str, Any] = {name: changes[name] for name in ("seen", "done") if name in changes}
    if "surface" in touched:
        out["formula_hidden"] = controls["choice"] != TYPED
    if is_fresh or after.parameters != before.parameters:
        out["story"] = panels.story(after)
    if is_fresh:
        out["notice"] = notices.notice(after)
        out["parameters"] = parameter_fields(after.surface())
        out["target"] = after.target
    if is_fresh or "also" in changes["moved"]:
        out["also"] = spell_starts(after.also)
    if is_fresh or "drag-start" in touched:
        out["start"] = tuple(map(format_value, find_start(after)))
    if after.seed != before.seed and "seed" not in touched:
        out["seed"] = str(after.seed)
    if changes_controls(touched) or "rules" in changes["moved"]:
        out["cards"] = cards("surfaces", after.rules)
    places = [[fork.partition(":")[0] for fork in each.forks] for each in (before, after)]
    if {"cards"} & out.keys() or "forks" in changes["moved"] or places[0] != places[1]:
        out["fork_cards"] = panels.fork_cards(after)
    return out


def draw_pictures(
    before: Experiment | None, after: Experiment, known: Collection[str], items: Items
) -> dict[str, Any]:
    """Return the outputs that another experiment needs; `before` is None where nothing is drawn."""
    race = figures.draw_race(after, known) | {"live": describe_live(after), "items": items}
    race["run"] = panels.summarize_run(after)
    out: dict[str, Any] = {"race": race}
    surface = after.problem, after.parameters
    is_same = before is not None and (before.problem, before.parameters) == surface
    if not is_same:
        out["surface"] = figures.draw_surface(*surface)
    if "3d" in after.view and not (is_same and before and "3d" in before.view):
        out["landscape"] = figures.draw_landscape(*surface)
    return out
