"""What the Surfaces page answers to a change: its new query, and what of the page is new."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from dash import no_update

from optviz.experiments.limits import MOST
from optviz.experiments.surface import Experiment
from optviz.specs import spell_value
from optviz_app.components.optimizer_cards import controls as card_controls
from optviz_app.components.optimizer_cards import layout as cards
from optviz_app.components.optimizer_cards.state import TYPED, read_cards, read_surface, shown_start
from optviz_app.pages.surfaces import controls as surfaces_panels
from optviz_app.pages.surfaces import edits as branches
from optviz_app.pages.surfaces import figures
from optviz_app.pages.surfaces import layout as surfaces_pictures

DRAWN = ("race", "surface", "landscape")


def answer(
    query: str, trigger: Any, controls: dict[str, Any], known: Collection[str] | None
) -> dict[str, Any]:
    """The outputs of the page's callback, and under "wrong" a sentence for each thing refused.

    `trigger` is the id of what was touched, None as the page opens; `controls` has the values of
    all controls; `known` are the runs that the browser has.
    """
    before = figures.opened(query)
    if trigger is None and known is None:
        return untouched() | drawing(None, before, ())
    before = replace(before, at=None)  # a link's step is where it opens, no more
    after, wrong = changed(before, trigger, controls)
    out = untouched() | fields(before, after, trigger, controls) | {"wrong": wrong}
    if after == before:
        return out
    return out | {"query": after.to_query()} | drawing(before, after, known or ())


def changed(
    before: Experiment, trigger: Any, controls: dict[str, Any]
) -> tuple[Experiment, dict[Any, Any]]:
    """The experiment after something was touched, and a sentence for each thing refused."""
    role = trigger["role"] if isinstance(trigger, dict) else trigger
    try:
        if role in (*card_controls.BUTTONS, "surfaces-add"):
            return edited(before, trigger), {}
        if role == "act":
            return branches.acted(before, **{name: controls["act"][name] for name in ACT}), {}
        if role == "new-sample":
            return other_sample(before), {}
    except ValueError as error:
        return before, {"page": str(error)}
    return read(before, controls)


ACT = ("act", "place", "start", "at")
"""What a button of the result table says: what to do, with which run, and the step shown."""


def other_sample(before: Experiment) -> Experiment:
    """The experiment with other noise.

    Raises: ValueError: there is no noise to draw anew: set gradient noise above 0
    """
    if not before.noise:
        raise ValueError("there is no noise to draw anew: set gradient noise above 0")
    return replace(before, seed=(before.seed + 1) % (MOST["seed"] + 1))


def edited(before: Experiment, trigger: Any) -> Experiment:
    """The experiment after a button of a card, or of the list of cards."""
    if not isinstance(trigger, dict):
        return branches.with_edit(before, "add", 0)
    if trigger["owner"] == "surfaces":
        return branches.with_edit(before, trigger["role"], trigger["card"])
    if trigger["role"] == "remove":
        return branches.without(before, "forks", trigger["card"])
    twice = (*before.forks[: trigger["card"] + 1], *before.forks[trigger["card"] :])
    return replace(before, forks=twice)


def read(before: Experiment, controls: dict[str, Any]) -> tuple[Experiment, dict[Any, Any]]:
    """The experiment that the controls mean."""
    errors: dict[Any, Any]
    rules, errors = read_cards(list(before.rules), controls["cards"])
    going_on, wrong = read_cards(branches.fork_rules(before), controls["fork_cards"])
    errors["forks"] = wrong
    typed = {name: controls[name] for name in ("problem", "parameters", "start", "steps")}
    typed |= {name: controls[name] for name in ("noise", "seed", "target", "view")}
    try:
        also = branches.starts_of(controls["also"])
    except ValueError as error:
        errors["also"], also = str(error), before.also
    before = branches.with_fork_rules(before, going_on)
    after, mistakes = read_surface(before, typed | {"also": also, "rules": tuple(rules)})
    return after, errors | mistakes


def untouched() -> dict[str, Any]:
    """The outputs of a page on which nothing has changed."""
    names = ("query", "formula_hidden", "story", "parameters", "seed", "also", "target", "cards")
    out = dict.fromkeys((*names, "fork_cards", *DRAWN), no_update)
    return out | {"start": (no_update, no_update), "wrong": {}}


def fields(
    before: Experiment, after: Experiment, trigger: Any, controls: dict[str, Any]
) -> dict[str, Any]:
    """The outputs that are controls: those that must show something else."""
    fresh, role = after.problem != before.problem, trigger
    if isinstance(trigger, dict):
        role = trigger["role"]
    out: dict[str, Any] = {}
    if role == "surface":
        out["formula_hidden"] = controls["choice"] != TYPED
    if fresh or after.parameters != before.parameters:
        out["story"] = surfaces_panels.story(after)
    if fresh:
        out["parameters"] = surfaces_panels.parameter_fields(after)
        out |= {"also": branches.spell_starts(after.also), "target": after.target}
    if fresh or role == "drag-start":
        out["start"] = tuple(map(spell_value, shown_start(after)))
    if role == "new-sample":
        out["seed"] = str(after.seed)
    if redrawn(before, after, role):
        out["cards"] = cards.cards("surfaces", after.rules)
    if fork_places(before) != fork_places(after) or redrawn(before, after, role):
        out["fork_cards"] = surfaces_panels.fork_cards(after)
    return out


def redrawn(before: Experiment, after: Experiment, role: Any) -> bool:
    """Whether the cards need other controls than they have."""
    kinds = ("rule", "decay", "schedule", "on", *card_controls.BUTTONS)
    return role in kinds or len(before.rules) != len(after.rules)


def fork_places(experiment: Experiment) -> list[str]:
    """Whose forks there are, and where they begin."""
    return [text.partition(":")[0] for text in experiment.forks]


def drawing(before: Experiment | None, after: Experiment, known: Collection[str]) -> dict[str, Any]:
    """The outputs that are pictures: those that another experiment needs."""
    out: dict[str, Any] = {"race": figures.race(after, known)}
    surface = after.problem, after.parameters
    same = before is not None and (before.problem, before.parameters) == surface
    if not same:
        out["surface"] = figures.surface_figure(*surface)
    if "3d" in after.view and not (same and before and "3d" in before.view):
        out["landscape"] = figures.landscape_figure(*surface)
    return out


def controls_of(values: dict[str, Any], grouped: Any, trigger: Any) -> dict[str, Any]:
    """The values of all controls, by the names of the experiment's fields.

    `values` and `grouped` are the callback's arguments, without and with the ids of controls.
    """
    names = [each["id"]["name"] for each in grouped["parameters"]]
    return values | {
        "problem": values["formula"] if values["choice"] == TYPED else values["choice"],
        "parameters": tuple(zip(names, values["parameters"], strict=True)),
        "start": values["drag"] if trigger == "drag-start" else values["start"],
        "cards": card_controls.changes(grouped["cards"]),
        "fork_cards": card_controls.changes(grouped["forks"]),
        "view": surfaces_pictures.view_of(values),
    }
