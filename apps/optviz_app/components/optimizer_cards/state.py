"""What the controls show, and the experiment they mean: each from the other, without Dash.

A card is a dict of one optimizer's control values:
    {"rule": "adam", "on": True, "fields": {"lr": 0.05, ..., "debias": True},
     "decay": "none", "wd": 0.01, "schedule": "constant", "settings": {"steps": None, ...}}
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import fields, replace
from typing import Any, NamedTuple

from optviz.experiments.limits import MOST, parse_fork
from optviz.experiments.surface import Experiment
from optviz.rules import DECAYS, RULES, Decay
from optviz.schedules import SCHEDULES, Constant
from optviz.specs import number, parse_entry, spell_entry

TYPED = "typed formula"
"""The choice in the list of surfaces that opens the formula field."""


class Spec(NamedTuple):
    """What a card must know of one hyperparameter to draw its control."""

    name: str
    label: str
    low: float
    high: float
    log: bool
    flag: bool


def specs(rule: str) -> list[Spec]:
    """The controls of a rule, from its fields' metadata."""
    return [
        Spec(
            spec.name,
            spec.metadata["label"],
            spec.metadata["low"],
            spec.metadata["high"],
            spec.metadata["log"],
            isinstance(spec.default, bool),
        )
        for spec in fields(RULES[rule])  # type: ignore[arg-type]
    ]


def card_of(text: str) -> dict[str, Any]:
    """The control values of an optimizer's text."""
    entry = parse_entry(text)
    inner, decay, wd = entry.rule, "none", 0.01
    if isinstance(inner, Decay):
        decay = next(key for key, each in DECAYS.items() if type(inner) is each)
        wd, inner = inner.wd, inner.rule  # type: ignore[attr-defined]
    schedule = entry.schedule or Constant()
    return {
        "rule": next(name for name, each in RULES.items() if type(inner) is each),
        "on": entry.on,
        "fields": {spec.name: getattr(inner, spec.name) for spec in fields(inner)},  # type: ignore[arg-type]
        "decay": decay,
        "wd": wd,
        "schedule": next(name for name, each in SCHEDULES.items() if type(schedule) is each),
        "settings": {spec.name: getattr(schedule, spec.name) for spec in fields(schedule)},  # type: ignore[arg-type]
    }


def text_of(card: dict[str, Any]) -> str:
    """The optimizer's text that a card means.

    Raises: ValueError: lr must be at least 0 and finite, got -1
    """
    rule: Any = RULES[card["rule"]](**card["fields"])
    if card["decay"] != "none":
        rule = DECAYS[card["decay"]](rule, card["wd"])  # type: ignore[call-arg]
    schedule = SCHEDULES[card["schedule"]](**card["settings"])
    return spell_entry(rule, None if isinstance(schedule, Constant) else schedule, card["on"])


Changes = list[tuple[str, int, str, Any]]
"""What the cards' controls hold: (role, card, field, value), a field's value as typed."""


def read_cards(rules: list[str], changes: Changes) -> tuple[list[str], dict[Any, str]]:
    """The optimizers that the cards mean, and a sentence for each (role, card, field) refused.

    A refused value keeps what the optimizer had before.
    """
    cards, errors = [card_of(text) for text in rules], {}
    for role, index, field, value in sorted(changes, key=lambda each: ROLES.index(each[0])):
        if index >= len(cards):
            continue
        try:
            cards[index] = changed(cards[index], role, field, value)
        except ValueError as error:
            errors[role, index, field] = str(error)
    return [text_of(card) for card in cards], errors


ROLES = ["rule", "on", "hyper", "flag", "decay", "wd", "schedule", "setting"]
"""The controls of a card, in the order in which they are read."""


def changed(card: dict[str, Any], role: str, field: str, value: Any) -> dict[str, Any]:
    """The card after one control took a value.

    Raises: ValueError: lr must be a number, got "fast"
    """
    if role == "rule" and value != card["rule"]:
        return changed_rule(card, value)
    if role == "schedule" and value != card["schedule"]:
        return changed_schedule(card, value)
    card = deepcopy(card)
    if role == "hyper" and field in card["fields"]:
        card["fields"][field] = number(field, str(value))
    elif role == "flag" and field in card["fields"]:
        card["fields"][field] = bool(value)
    elif role == "setting" and field in card["settings"]:
        open_end = field == "steps" and not str(value or "").strip()
        card["settings"][field] = None if open_end else number(field, str(value))
    elif role == "wd":
        card["wd"] = number("wd", str(value))
    elif role in ("on", "decay"):
        card[role] = value
    text_of(card)
    return card


def changed_rule(card: dict[str, Any], rule: str) -> dict[str, Any]:
    """The card with another rule at its defaults, decay and schedule kept."""
    fresh = card_of(f"{rule}:")
    return card | {"rule": rule, "fields": fresh["fields"]}


def changed_schedule(card: dict[str, Any], schedule: str) -> dict[str, Any]:
    """The card with another schedule at its defaults."""
    made = SCHEDULES[schedule]()
    settings = {spec.name: getattr(made, spec.name) for spec in fields(made)}  # type: ignore[arg-type]
    return card | {"schedule": schedule, "settings": settings}


def edited(rules: list[str], action: str, index: int) -> list[str]:
    """The optimizers after `duplicate`, `remove` or `add`."""
    if action == "remove":
        return rules[:index] + rules[index + 1 :] if len(rules) > 1 else rules
    if len(rules) >= MOST["rules"]:
        return rules
    if action == "duplicate":
        return [*rules[: index + 1], rules[index], *rules[index + 1 :]]
    used = {card_of(text)["rule"] for text in rules}
    unused = next((name for name in RULES if name not in used), "adam")
    return [*rules, f"{unused}:lr={card_of(f'{unused}:')['fields']['lr']}"]


def read_surface(before: Experiment, controls: dict[str, Any]) -> tuple[Experiment, dict[str, str]]:
    """The experiment that the Surfaces page's controls mean, and a sentence per wrong field.

    `controls` holds problem, parameters, start, steps, noise, seed, rules, and what else of the
    experiment's fields the page controls. What is wrong keeps its value from before, so nothing
    that still makes sense is lost. Another surface brings its own parameters and start.
    """
    after, errors = before, {}
    if controls["problem"] != before.problem:
        own = {"parameters": (), "start": None, "also": (), "pins": (), "target": None}
        controls = controls | own
        try:
            after = replace(after, problem=controls["problem"], **own)
        except ValueError as error:
            return before, {"problem": str(error)}
    for name, value in controls.items():
        if name == "problem":
            continue
        try:
            after = replace(after, **changes_of(after, name, value))
        except ValueError as error:
            errors[name] = str(error)
    return after, errors


def changes_of(experiment: Experiment, name: str, value: Any) -> dict[str, Any]:
    """The fields of the experiment that a control's value changes, what was typed as numbers.

    Raises: ValueError: steps must be a number, got "many"
    """
    if name == "parameters":
        return {name: tuple((each, number(each, str(text))) for each, text in value)}
    if name == "start":
        return {name: value and tuple(number("start", str(text)) for text in value)}
    if name == "steps":
        steps = number(name, str(value))
        # Forks that would begin after the end go.
        forks = tuple(each for each in experiment.forks if parse_fork(each).step < steps)
        return {name: steps, "forks": forks}
    typed = name in ("noise", "seed")
    return {name: number(name, str(value)) if typed else value}


def shown_start(experiment: Experiment) -> tuple[float, float]:
    """The start that the fields show: the one chosen, or the surface's own."""
    x, y = experiment.start or tuple(float(each) for each in experiment.surface().start)
    return x, y
