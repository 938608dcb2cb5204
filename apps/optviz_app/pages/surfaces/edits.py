"""The buttons of the Surfaces page as changes of the experiment, without Dash."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from optviz.experiments.limits import LIMITS, Fork, parse_fork
from optviz.experiments.surface import Experiment
from optviz_app.components.optimizer_cards.state import edit_rules


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
    if act == "fork":
        check_room(experiment, "forks", "forks")
        step = max(0, min(at, experiment.steps - 1))
        fork = Fork(place + 1, step, experiment.rules[place])
        return replace(experiment, forks=(*experiment.forks, fork.text))
    if act == "pin":
        check_room(experiment, "pins", "pinned runs")
        begins = experiment.also[start - 1] if start else experiment.start
        plain = replace(experiment.race(), also=(), forks=(), pins=())
        alone = replace(plain, rules=(experiment.rules[place],), start=begins)
        return replace(experiment, pins=(*experiment.pins, alone.to_query()))
    return remove_item(experiment, act, place)


def check_room(experiment: Experiment, kind: str, words: str) -> None:
    """Refuse one more fork or pinned run than an experiment can have."""
    if len(getattr(experiment, kind)) >= LIMITS[kind]:
        raise ValueError(f"an experiment has at most {LIMITS[kind]} {words}: remove one first")


def remove_item(experiment: Experiment, kind: str, place: int) -> Experiment:
    """Return the experiment without one of its `forks`, `pins` or `also`."""
    items = getattr(experiment, kind)
    return replace(experiment, **{kind: items[:place] + items[place + 1 :]})


def renew_noise(experiment: Experiment) -> Experiment:
    """Return the experiment with other noise."""
    if not experiment.noise:
        raise ValueError("there is no noise to renew: set gradient noise above 0")
    return replace(experiment, seed=(experiment.seed + 1) % (LIMITS["seed"] + 1))
