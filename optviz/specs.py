"""Rules and schedules as short text, one spelling for links, the command line and records.

adam:lr=0.05,wd=0.01,schedule=cosine     momentum:beta1=0.8,damped=yes,l2=0.001
step(every=50,factor=0.5)                warmup(steps=20)
"""

from __future__ import annotations

import re
from dataclasses import fields
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from optviz.rules import DECAYS, RULES, Decay, Rule
from optviz.schedules import SCHEDULES, Schedule

YES_NO = {"yes": True, "true": True, "on": True, "1": True}
YES_NO |= {"no": False, "false": False, "off": False, "0": False}


class Entry(NamedTuple):
    """One optimizer of a race: its rule and, where lr changes over the steps, its schedule."""

    rule: Rule
    schedule: Schedule | None = None
    on: bool = True


Racer = Rule | str | Entry | tuple[Rule, Schedule | None]
"""What stands for an optimizer: its rule, a text, an entry, or a rule and its schedule."""


def parse_entry(text: str) -> Entry:
    """Read an optimizer from a text such as `adam:lr=0.05,wd=0.01,schedule=cosine`.

    A text is read once: the same one gives the same entry again, until a name is registered.
    Raises: ValueError: no rule "adm"; nearest: adam
    """
    registered = *RULES.items(), *DECAYS.items(), *SCHEDULES.items()
    return _read_entry(text, registered)


@lru_cache(maxsize=1024)
def _read_entry(text: str, _registered: tuple) -> Entry:
    name, _, rest = text.strip().partition(":")
    name = name.strip().lower()
    rule_type = RULES[known("rule", name, RULES)]
    values: dict[str, Any] = {}
    for part in split_outside(rest):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals:
            raise ValueError(f'{name}: write settings as key=value, got "{part.strip()}"')
        if key in values:
            raise ValueError(f"{name}: {key} is given twice")
        values[key] = value
    schedule_text = values.pop("schedule", None)
    schedule = None if schedule_text is None else parse_schedule(schedule_text)
    on = yes_no(f"{name}: on", values.pop("on", "yes"))
    decays = {key: number(key, values.pop(key)) for key in list(values) if key in DECAYS}
    if len(decays) == 2:
        raise ValueError(f"{name}: give l2= or wd=, not both")
    rule = rule_type(**settings(name, rule_type, values))
    for key, wd in decays.items():
        decay: Any = DECAYS[key]
        rule = decay(rule, wd)
    return Entry(rule, schedule, on)


def entry_of(racer: Racer) -> Entry:
    """The rule and schedule that one competitor stands for."""
    if isinstance(racer, str):
        return parse_entry(racer)
    if isinstance(racer, Rule):
        return Entry(racer)
    if not isinstance(racer, tuple):
        raise ValueError(f"a competitor is a rule, a (rule, schedule) or a text, got {racer!r}")
    return Entry(racer[0], racer[1])


def parse_rule(text: str) -> Rule:
    """The rule of an entry's text, whatever its schedule: a record's may have no name here.

    Raises: ValueError: no rule "adm"; nearest: adam
    """
    name, _, rest = text.partition(":")
    parts = [part for part in split_outside(rest) if not part.strip().startswith("schedule=")]
    return parse_entry(f"{name}:{','.join(parts)}").rule


def innermost(rule: Rule) -> Rule:
    """The rule inside its decays."""
    while isinstance(rule, Decay):
        rule = rule.rule
    return rule


def parse_schedule(text: str) -> Schedule:
    """The schedule that a text such as `cosine` or `step(every=50)` spells.

    Raises: ValueError: no schedule "cosin"; nearest: cosine
    """
    match = re.fullmatch(r"\s*(\w+)\s*(?:\((.*)\))?\s*", text)
    if not match:
        raise ValueError(f'schedule must read like cosine or step(every=50), got "{text}"')
    name = match[1].lower()
    schedule_type = SCHEDULES[known("schedule", name, SCHEDULES)]
    values: dict[str, str] = {}
    for part in split_outside(match[2] or ""):
        key, _, value = (piece.strip() for piece in part.partition("="))
        if key in values:
            raise ValueError(f"{name}: {key} is given twice")
        values[key] = value
    return schedule_type(**settings(name, schedule_type, values))


def spell_entry(rule: Rule, schedule: Schedule | None = None, on: bool = True) -> str:
    """The text that `parse_entry` reads back as the same entry."""
    inner, parts = rule, []
    while isinstance(inner, Decay):
        key = next((key for key, decay in DECAYS.items() if type(inner) is decay), "decay")
        parts.append(f"{key}={spell_value(inner.wd)}")  # type: ignore[attr-defined]
        inner = inner.rule
    if schedule is not None:
        parts.append(f"schedule={spell_schedule(schedule)}")
    if not on:
        parts.append("on=no")
    name = next((name for name, each in RULES.items() if type(inner) is each), "")
    return f"{name or type(inner).__name__}:" + ",".join([*changed(inner, always="lr"), *parts])


def spell_schedule(schedule: Schedule) -> str:
    """The text that `parse_schedule` reads back; a function's own name for any other callable."""
    name = next((name for name, each in SCHEDULES.items() if type(schedule) is each), None)
    if name is None:
        return getattr(schedule, "__name__", type(schedule).__name__)
    inside = ",".join(changed(schedule))
    return f"{name}({inside})" if inside else name


def label_of(entry: Entry) -> str:
    """What a legend calls an entry: the rule's name and what sets it apart."""
    _, _, rest = spell_entry(entry.rule, entry.schedule).partition(":")
    return f"{type(innermost(entry.rule)).__name__} " + " ".join(split_outside(rest))


def changed(record: Any, always: str = "") -> list[str]:
    """`key=value` of each setting of a rule or schedule that is not its default."""
    out = []
    for spec in fields(record):
        value = getattr(record, spec.name)
        if spec.name == always or np.ndim(value) or value != spec.default:
            out.append(f"{spec.name}={spell_value(value)}")
    return out


def spell_value(value: Any) -> str:
    """A number or a yes/no as `parse_entry` reads it; an array by its shape."""
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if np.ndim(value):
        return "x".join(map(str, np.shape(value))) + " values"
    return repr(float(value)).removesuffix(".0").replace("e-0", "e-")


def settings(owner: str, record: type, values: dict[str, str]) -> dict[str, Any]:
    """The settings of a rule or schedule, their texts turned into numbers and truth values."""
    specs = {spec.name: spec for spec in fields(record)}
    out: dict[str, Any] = {}
    for key, text in values.items():
        if key not in specs:
            options = ", ".join([*specs, *(DECAYS if record in RULES.values() else ())])
            raise ValueError(f'{owner} has no "{key}"; it has {options or "no settings"}')
        if isinstance(specs[key].default, bool):
            out[key] = yes_no(f"{owner}: {key}", text)
        else:
            out[key] = number(key, text)
    return out


def yes_no(key: str, text: str) -> bool:
    """The truth value that a text spells.

    Raises: ValueError: momentum: damped must be yes or no, got "maybe"
    """
    if text.lower() not in YES_NO:
        raise ValueError(f'{key} must be yes or no, got "{text}"')
    return YES_NO[text.lower()]


def number(key: str, text: str) -> float:
    """The number that a text spells.

    Raises: ValueError: lr must be a number, got "fast"
    """
    try:
        return float(text)
    except ValueError:
        raise ValueError(f'{key} must be a number, got "{text}"') from None


def known(kind: str, name: str, names: Any) -> str:
    """The name, if it is one of `names`.

    Raises: ValueError: no rule "adm"; nearest: adam
    """
    if name in names:
        return name
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"nearest: {near[0]}" if near else f"choose from {', '.join(names)}"
    raise ValueError(f'no {kind} "{name}"; {hint}')


def split_outside(text: str) -> list[str]:
    """The parts of a text between its commas, leaving those inside parentheses alone."""
    return [part for part in re.split(r",(?![^(]*\))", text) if part.strip()]
