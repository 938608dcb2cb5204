"""The answer of the Surfaces page to a change: its new query, and what of the page is new."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from dash import no_update

from optviz.experiments.limits import LIMITS, Fork, parse_fork
from optviz.experiments.surface import Experiment
from optviz.specs import format_value
from optviz_app.components.optimizer_cards.callbacks import BUTTONS, changes_controls
from optviz_app.components.optimizer_cards.layout import cards
from optviz_app.components.optimizer_cards.state import edit_rules
from optviz_app.pages.surfaces import controls as panels
from optviz_app.pages.surfaces import figures
from optviz_app.pages.surfaces.live import describe_live
from optviz_app.pages.surfaces.state import TYPED, Errors, find_start, read_controls, spell_starts

ACT = ("act", "place", "start", "at")
"""What a button of the result table says: what to do, with which run, and the step shown."""
OUTPUTS = ("query", "formula_hidden", "story", "parameters", "seed", "also", "target", "cards")
OUTPUTS += ("fork_cards", "race", "surface", "landscape")
UNTOUCHED = dict.fromkeys(OUTPUTS, no_update) | {"start": (no_update, no_update)}
"""The outputs of a page on which nothing has changed."""


def answer(
    query: str, trigger: Any, controls: dict[str, Any], known: Collection[str] | None
) -> dict[str, Any]:
    """Return the outputs of the page's callback, and under "wrong" a sentence per thing refused.

    `trigger` is the id of what was touched, None as the page opens; `controls` has the values of
    all controls; `known` are the runs that the browser has.
    """
    before = figures.read_query(query)
    if trigger is None and known is None:
        return UNTOUCHED | draw_pictures(None, before, ()) | {"wrong": {}}
    if before.at is not None:  # a link's step is where it opens, no more
        before = replace(before, at=None)
    after, wrong = change(before, trigger, controls)
    out = UNTOUCHED | update_controls(before, after, trigger, controls) | {"wrong": wrong}
    if after == before:
        return out
    return out | draw_pictures(before, after, known or ())


def change(before: Experiment, trigger: Any, controls: dict[str, Any]) -> tuple[Experiment, Errors]:
    """Return the experiment after something was touched, and a sentence per thing refused."""
    role = trigger["role"] if isinstance(trigger, dict) else trigger
    try:
        if role in (*BUTTONS, "surfaces-add"):
            return press_card(before, trigger), {}
        if role == "act":
            return press_row(before, **{name: controls["act"][name] for name in ACT}), {}
        if role == "new-sample":
            if not before.noise:
                raise ValueError("there is no noise to renew: set gradient noise above 0")
            return replace(before, seed=(before.seed + 1) % (LIMITS["seed"] + 1)), {}
    except ValueError as error:
        return before, {"page": str(error)}
    return read_controls(before, controls)


def update_controls(
    before: Experiment, after: Experiment, trigger: Any, controls: dict[str, Any]
) -> dict[str, Any]:
    """Return the outputs that are controls: those that must show something else."""
    role = trigger["role"] if isinstance(trigger, dict) else trigger
    is_fresh = after.problem != before.problem
    out: dict[str, Any] = {}
    if role == "surface":
        out["formula_hidden"] = controls["choice"] != TYPED
    if is_fresh or after.parameters != before.parameters:
        out["story"] = panels.story(after)
    if is_fresh:
        out["parameters"] = panels.parameter_fields(after)
        out |= {"also": spell_starts(after.also), "target": after.target}
    if is_fresh or role == "drag-start":
        out["start"] = tuple(map(format_value, find_start(after)))
    if role == "new-sample":
        out["seed"] = str(after.seed)
    has_new_cards = changes_controls(trigger) or len(before.rules) != len(after.rules)
    if has_new_cards:
        out["cards"] = cards("surfaces", after.rules)
    places = [[fork.partition(":")[0] for fork in each.forks] for each in (before, after)]
    if has_new_cards or places[0] != places[1]:
        out["fork_cards"] = panels.fork_cards(after)
    return out


def draw_pictures(
    before: Experiment | None, after: Experiment, known: Collection[str]
) -> dict[str, Any]:
    """Return the outputs that another experiment needs, and its query where it has changed."""
    race = figures.draw_race(after, known) | {"live": describe_live(after)}
    out: dict[str, Any] = {"race": race}
    if before is not None:
        out["query"] = race["query"]
    surface = after.problem, after.parameters
    is_same = before is not None and (before.problem, before.parameters) == surface
    if not is_same:
        out["surface"] = figures.draw_surface(*surface)
    if "3d" in after.view and not (is_same and before and "3d" in before.view):
        out["landscape"] = figures.draw_landscape(*surface)
    return out


def press_card(experiment: Experiment, trigger: Any) -> Experiment:
    """Return the experiment after a button of a card, or the one that adds a card."""
    if not isinstance(trigger, dict):
        return edit_optimizers(experiment, "add", 0)
    role, card = trigger["role"], trigger["card"]
    if trigger["owner"] == "surfaces":
        return edit_optimizers(experiment, role, card)
    if role == "remove":
        return remove_item(experiment, "forks", card)
    forks = experiment.forks
    return replace(experiment, forks=(*forks[: card + 1], *forks[card:]))


def edit_optimizers(experiment: Experiment, action: str, index: int) -> Experiment:
    """Return the experiment after `add`, `duplicate` or `remove` of an optimizer and its forks."""
    rules = tuple(edit_rules(list(experiment.rules), action, index))
    forks = list(map(parse_fork, experiment.forks))
    if action == "remove" and len(rules) < len(experiment.rules):
        forks = [fork for fork in forks if fork.optimizer != index + 1]
    shift = len(rules) - len(experiment.rules) if action != "add" else 0
    moved = [
        fork._replace(optimizer=fork.optimizer + shift * (fork.optimizer > index + 1))
        for fork in forks
    ]
    return replace(experiment, rules=rules, forks=tuple(fork.text for fork in moved))


def press_row(experiment: Experiment, act: str, place: int, start: int, at: int) -> Experiment:
    """Return the experiment after a button of the result table: fork, pin, or remove something.

    `place` counts rules for fork and pin, else the items of `act`: `forks`, `pins` or `also`.
    """
    if act in ("fork", "pin"):
        kind, words = ("forks", "forks") if act == "fork" else ("pins", "pinned runs")
        if len(getattr(experiment, kind)) >= LIMITS[kind]:
            raise ValueError(f"an experiment has at most {LIMITS[kind]} {words}: remove one first")
    if act == "fork":
        step = max(0, min(at, experiment.steps - 1))
        fork = Fork(place + 1, step, experiment.rules[place])
        return replace(experiment, forks=(*experiment.forks, fork.text))
    if act == "pin":
        begins = experiment.also[start - 1] if start else experiment.start
        plain = replace(experiment.race(), also=(), forks=(), pins=())
        alone = replace(plain, rules=(experiment.rules[place],), start=begins)
        return replace(experiment, pins=(*experiment.pins, alone.to_query()))
    return remove_item(experiment, act, place)


def remove_item(experiment: Experiment, kind: str, place: int) -> Experiment:
    """Return the experiment without one of its `forks`, `pins` or `also`."""
    items = getattr(experiment, kind)
    return replace(experiment, **{kind: items[:place] + items[place + 1 :]})
