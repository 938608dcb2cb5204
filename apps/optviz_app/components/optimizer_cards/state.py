"""The control values of the optimizer cards, and the texts that they mean, without Dash.

A card is a dict of one optimizer's control values, which nothing alters:
    {"rule": "adam", "on": True, "fields": {"lr": 0.05, ..., "debias": True},
     "decay": "none", "wd": 0.01, "maximize": False,
     "schedule": "constant", "settings": {"steps": None, ...}}
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from functools import lru_cache
from typing import Any

from optviz.experiments.limits import LIMITS
from optviz.rules import DECAYS, RULES, Decay, Maximize
from optviz.schedules import SCHEDULES, Constant, set_rule
from optviz.specs import OptimizerSpec, format_spec, format_value, parse_number, parse_spec

Card = dict[str, Any]
Values = list[tuple[str, int, str, Any]]
"""The values of the cards' controls: (role, card, field, value), a field's value as typed."""

BUTTONS = ("duplicate", "remove")
ROLES = ["rule", "on", "hyper", "flag", "decay", "wd", "schedule", "setting"]
"""The controls of a card, in the order in which they are read."""
LATE = {
    spec.name
    for each in SCHEDULES.values()
    for spec in fields(each)  # type: ignore[arg-type]
    if isinstance(spec.default, bool)
}
"""The switches of schedules, which are read after the schedule."""


def make_card(text: str) -> Card:
    """Return the control values of an optimizer's text."""
    return read_entry(parse_spec(text))


@lru_cache(maxsize=256)
def read_entry(entry: OptimizerSpec) -> Card:
    """Return the control values of an optimizer."""
    inner, decay, wd = entry.rule, "none", 0.01
    climbs = isinstance(inner, Maximize)
    inner = inner.rule if isinstance(inner, Maximize) else inner
    if isinstance(inner, Decay):
        decay = next(key for key, each in DECAYS.items() if type(inner) is each)
        wd, inner = inner.wd, inner.rule  # type: ignore[attr-defined]
    schedule = entry.schedule or Constant()
    return {
        "rule": next(name for name, each in RULES.items() if type(inner) is each),
        "on": entry.on,
        "fields": asdict(inner),  # type: ignore[arg-type]
        "decay": decay,
        "wd": wd,
        "maximize": climbs,
        "schedule": next(name for name, each in SCHEDULES.items() if type(schedule) is each),
        "settings": asdict(schedule),  # type: ignore[arg-type]
    }


def spell_card(card: Card) -> str:
    """Return the optimizer's text that a card means."""
    rule: Any = RULES[card["rule"]](**card["fields"])
    if card["decay"] != "none":
        rule = DECAYS[card["decay"]](rule, card["wd"])  # type: ignore[call-arg]
    rule = Maximize(rule) if card["maximize"] else rule
    schedule = SCHEDULES[card["schedule"]](**card["settings"])
    set_rule(rule, schedule, 0)  # or a sentence, where the two do not go together
    return format_spec(rule, None if isinstance(schedule, Constant) else schedule, card["on"])


@lru_cache(maxsize=256)
def respell(entry: OptimizerSpec) -> str:
    """Return the text of an optimizer as its card spells it: a constant lr has no schedule."""
    return spell_card(read_entry(entry))


@lru_cache(maxsize=256)
def list_values(entry: OptimizerSpec) -> dict[tuple[str, str], Any]:
    """Return what the controls of an optimizer's card show, by role and field."""
    card = read_entry(entry)
    values = {(role, ""): card[role] for role in ("rule", "on", "decay", "schedule")}
    values["wd", ""] = format_value(card["wd"])
    for name, value in card["fields"].items():
        is_flag = isinstance(value, bool)
        values["flag" if is_flag else "hyper", name] = value if is_flag else format_value(value)
    for name, value in card["settings"].items():
        if isinstance(value, bool):
            values["flag", name] = value
        else:
            values["setting", name] = "" if value is None else format_value(value)
    return values | {("flag", "maximize"): card["maximize"]}


def gather_values(groups: list[list[dict[str, Any]]]) -> Values:
    """Return the values of the cards' controls, from the groups of a callback's context."""
    return [
        (each["id"]["role"], each["id"]["card"], each["id"]["field"], each.get("value"))
        for group in groups
        for each in group
    ]


def read_cards(rules: list[str], values: Values) -> tuple[list[str], dict[Any, str]]:
    """Return the optimizers of the cards, and a sentence for each refused (role, card, field)."""
    cards: list[dict[tuple[str, str], Any]] = [{} for _ in rules]
    for role, index, field, value in values:
        if index < len(cards):
            cards[index][role, field] = value
    texts, errors = [], {}
    for index, (before, controls) in enumerate(zip(rules, cards, strict=True)):
        text, wrong = read_card(before, controls)
        texts.append(text)
        errors |= {(role, index, field): said for (role, field), said in wrong.items()}
    return texts, errors


def read_card(
    text: str, controls: dict[tuple[str, str], Any]
) -> tuple[str, dict[tuple[str, str], str]]:
    """Return the optimizer of one card, and a sentence for each control that is refused.

    Only a control whose value differs from the optimizer's is read, which saves most parsing.
    """
    text, errors = respell(parse_spec(text)), {}
    if controls.items() <= list_values(parse_spec(text)).items():
        return text, errors
    for role, field in sorted(controls, key=lambda each: (each[1] in LATE, ROLES.index(each[0]))):
        value = controls[role, field]
        if list_values(parse_spec(text)).get((role, field), controls) != value:
            try:
                text = spell_card(change_card(make_card(text), role, field, value))
            except ValueError as error:
                errors[role, field] = str(error)
    return text, errors


def change_card(card: Card, role: str, field: str, value: Any) -> Card:
    """Return the card after one control took a value.

    Another rule or schedule begins with its own defaults; a rule keeps decay and schedule.
    """
    if role == "rule":
        fresh = make_card(f"{value}:")
        card = card | {name: fresh[name] for name in ("rule", "fields")}
        if "beta1" in card["fields"] or "cycle_momentum" not in card["settings"]:
            return card
        return card | {"settings": card["settings"] | {"cycle_momentum": False}}
    if role == "schedule":
        return card | {"schedule": value, "settings": asdict(SCHEDULES[value]())}  # type: ignore[arg-type]
    if role in ("hyper", "flag") and field in card["fields"]:
        read = bool(value) if role == "flag" else parse_number(field, str(value))
        return card | {"fields": card["fields"] | {field: read}}
    if role == "flag" and field in card["settings"]:
        return card | {"settings": card["settings"] | {field: bool(value)}}
    if (role, field) == ("flag", "maximize"):
        return card | {"maximize": bool(value)}
    if role == "setting" and field in card["settings"]:
        is_whole_run = field == "steps" and not str(value or "").strip()
        read = None if is_whole_run else parse_number(field, str(value))
        return card | {"settings": card["settings"] | {field: read}}
    if role == "wd":
        return card | {"wd": parse_number("wd", str(value))}
    return card | {role: value} if role in ("on", "decay") else card


def list_presses(touched: Sequence[Any], add: str) -> list[tuple[str, int]]:
    """Return the action and the card of each button pressed, `add` being the id of that to add.

    In an order in which none moves the card of another.
    """
    cards = [i for i in touched if isinstance(i, dict) and i["role"] in BUTTONS]
    presses = sorted(((i["role"], i["card"]) for i in cards), key=lambda press: -press[1])
    return presses + ([("add", 0)] if add in touched else [])


def edit_rules(rules: list[str], action: str, index: int) -> list[str]:
    """Return the optimizers after `duplicate`, `remove` or `add`."""
    if action == "remove":
        return rules[:index] + rules[index + 1 :] if len(rules) > 1 else rules
    if len(rules) >= LIMITS["rules"]:
        return rules
    if action == "duplicate":
        return [*rules[: index + 1], rules[index], *rules[index + 1 :]]
    used = {make_card(text)["rule"] for text in rules}
    unused = next((name for name in RULES if name not in used), "adam")
    return [*rules, f"{unused}:lr={make_card(f'{unused}:')['fields']['lr']}"]
