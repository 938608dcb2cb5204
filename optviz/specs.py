"""Rules and schedules as short text, the same in links, on the command line and in records.

adam:lr=0.05,wd=0.01,schedule=cosine     momentum:beta1=0.8,damped=yes,l2=0.001,maximize=yes
step(every=50,factor=0.5)                warmup(steps=20)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from optviz.rules import DECAYS, RULES, Maximize, Rule, Wrapper
from optviz.schedules import SCHEDULES, Schedule, fit_schedule, set_rule

YES_NO = {"yes": True, "true": True, "on": True, "1": True}
YES_NO |= {"no": False, "false": False, "off": False, "0": False}


class OptimizerSpec(NamedTuple):
    """One optimizer of a race: its rule and, where lr changes over the steps, its schedule."""

    rule: Rule
    schedule: Schedule | None = None
    on: bool = True


OTHER_NAMES = {
    **dict.fromkeys(("learning_rate", "learn", "eta", "step_size"), "lr"),
    **dict.fromkeys(("momentum", "mom", "beta_1"), "beta1"),
    **dict.fromkeys(("alpha", "rho", "beta_2", "sqr_mom"), "beta2"),
    **dict.fromkeys(("betas", "beta"), "beta1 or beta2"),
    **dict.fromkeys(("weight_decay", "decay"), "l2, or wd for a decoupled one"),
    **dict.fromkeys(("epsilon", "fuzz"), "eps"),
}
"""What other libraries call a setting, and its name here."""

Racer = Rule | str | OptimizerSpec | tuple[Rule, Schedule | None]
"""An optimizer to run: its rule, a text, an entry, or a rule and its schedule."""


def parse_spec(text: str) -> OptimizerSpec:
    """Read an optimizer from a text such as `adam:lr=0.05,wd=0.01,schedule=cosine`.

    A text is read once: the same one gives the same entry again, until a name is registered.
    Raises: ValueError: no rule "adm"; nearest: adam
    """
    registered = *RULES.items(), *DECAYS.items(), *SCHEDULES.items()
    return _read_spec(text, registered)


@lru_cache(maxsize=1024)
def _read_spec(text: str, _registered: tuple) -> OptimizerSpec:
    name, _, rest = text.strip().partition(":")
    name = name.strip().lower()
    rule_type = RULES[check_name("rule", name, RULES)]
    for part in split_settings(rest):
        if "=" not in part:
            raise ValueError(f'{name}: write settings as key=value, got "{part.strip()}"')
    values = _read_pairs(name, rest)
    schedule_text = values.pop("schedule", None)
    schedule = None if schedule_text is None else parse_schedule(schedule_text)
    on = parse_yes_no(f"{name}: on", values.pop("on", "yes"))
    climbs = parse_yes_no(f"{name}: maximize", values.pop("maximize", "no"))
    decays = {key: parse_number(key, values.pop(key)) for key in list(values) if key in DECAYS}
    if len(decays) == 2:
        raise ValueError(f"{name}: give l2= or wd=, not both")
    rule: Any = rule_type(**_parse_settings(name, rule_type, values))
    for key, wd in decays.items():
        rule = DECAYS[key](rule, wd)  # type: ignore[call-arg]
    if schedule is not None:
        set_rule(rule, schedule, 0)  # or a sentence, where the two do not go together
    return OptimizerSpec(Maximize(rule) if climbs else rule, schedule, on)


def to_spec(racer: Racer) -> OptimizerSpec:
    """Return the entry that a rule, a text or a pair stands for."""
    if isinstance(racer, str):
        return parse_spec(racer)
    if isinstance(racer, Rule):
        return OptimizerSpec(racer)
    if not isinstance(racer, tuple):
        raise ValueError(f"a competitor is a rule, a (rule, schedule) or a text, got {racer!r}")
    return OptimizerSpec(racer[0], racer[1])


def parse_rule(text: str) -> Rule:
    """Read the rule of an entry's text, whatever its schedule: a record's may have no name here."""
    name, _, rest = text.partition(":")
    parts = [part for part in split_settings(rest) if not part.strip().startswith("schedule=")]
    return parse_spec(f"{name}:{','.join(parts)}").rule


def set_recorded_beta1(rule: Rule, about: Mapping[str, Any], step: int) -> Rule:
    """Return the rule of a run at a step, where the schedule that its record names cycled beta1."""
    try:
        schedule = parse_spec(str(about.get("rule", ""))).schedule
    except ValueError:
        return rule
    find_beta1 = getattr(fit_schedule(schedule, about.get("steps", 1)), "beta1", None)
    beta1 = None if find_beta1 is None else find_beta1(step)
    return rule if beta1 is None else rule.with_values(beta1=beta1)


def unwrap_rule(rule: Rule) -> Rule:
    """Return the rule inside its decays, and inside Maximize."""
    while isinstance(rule, Wrapper):
        rule = rule.rule
    return rule


def parse_schedule(text: str) -> Schedule:
    """Read a schedule from a text such as `cosine` or `step(every=50)`.

    Raises: ValueError: no schedule "cosin"; nearest: cosine
    """
    match = re.fullmatch(r"\s*(\w+)\s*(?:\((.*)\))?\s*", text)
    if not match:
        raise ValueError(f'schedule must read like cosine or step(every=50), got "{text}"')
    name = match[1].lower()
    schedule_type = SCHEDULES[check_name("schedule", name, SCHEDULES)]
    values = _read_pairs(name, match[2] or "")
    return schedule_type(**_parse_settings(name, schedule_type, values))


def _read_pairs(owner: str, text: str) -> dict[str, str]:
    """Split a text of settings such as `every=50,factor=0.5`."""
    values: dict[str, str] = {}
    for part in split_settings(text):
        key, _, value = (piece.strip() for piece in part.partition("="))
        if key in values:
            raise ValueError(f"{owner}: {key} is given twice")
        values[key] = value
    return values


def format_spec(rule: Rule, schedule: Schedule | None = None, on: bool = True) -> str:
    """Write an entry as the text that `parse_spec` reads back."""
    inner, parts = rule, []
    while isinstance(inner, Wrapper):
        key = _find_key(inner, DECAYS) or "decay"
        climbs = isinstance(inner, Maximize)
        parts.append("maximize=yes" if climbs else f"{key}={format_value(inner.wd)}")  # type: ignore[attr-defined]
        inner = inner.rule
    if schedule is not None:
        parts.append(f"schedule={format_schedule(schedule)}")
    if not on:
        parts.append("on=no")
    name = _find_key(inner, RULES) or type(inner).__name__
    return f"{name}:" + ",".join([*_format_changes(inner, always="lr"), *parts])


def format_schedule(schedule: Schedule) -> str:
    """Write a schedule as `parse_schedule` reads it; any other callable by its own name."""
    name = _find_key(schedule, SCHEDULES)
    if name is None:
        return getattr(schedule, "__name__", type(schedule).__name__)
    inside = ",".join(_format_changes(schedule))
    return f"{name}({inside})" if inside else name


def _find_key(record: Any, types: Mapping[str, type]) -> str | None:
    return next((key for key, each in types.items() if type(record) is each), None)


def format_label(entry: OptimizerSpec) -> str:
    """Write the legend's label of an entry: the rule's name and the settings that differ."""
    _, _, rest = format_spec(entry.rule, entry.schedule).partition(":")
    return f"{type(unwrap_rule(entry.rule)).__name__} " + " ".join(split_settings(rest))


def _format_changes(record: Any, always: str = "") -> list[str]:
    """Write as `key=value` each setting of a rule or schedule that is not its default."""
    out = []
    for spec in fields(record):
        value = getattr(record, spec.name)
        if spec.name == always or np.ndim(value) or value != spec.default:
            out.append(f"{spec.name}={format_value(value)}")
    return out


def format_value(value: Any) -> str:
    """Write a number or a yes/no as `parse_spec` reads it; an array by its shape."""
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if np.ndim(value):
        return "x".join(map(str, np.shape(value))) + " values"
    return repr(float(value)).removesuffix(".0").replace("e-0", "e-")


def _parse_settings(owner: str, record: type, values: dict[str, str]) -> dict[str, Any]:
    """Turn the texts of settings into the numbers and truth values of a rule or schedule."""
    specs = {spec.name: spec for spec in fields(record)}
    out: dict[str, Any] = {}
    for key, text in values.items():
        if key not in specs:
            options = ", ".join(
                [*specs, *((*DECAYS, "maximize") if record in RULES.values() else ())]
            )
            own = OTHER_NAMES.get(key)
            hint = f"write {own}; " if own else ""
            raise ValueError(f'{owner} has no "{key}"; {hint}it has {options or "no settings"}')
        if isinstance(specs[key].default, bool):
            out[key] = parse_yes_no(f"{owner}: {key}", text)
        else:
            out[key] = parse_number(key, text)
    return out


def parse_yes_no(key: str, text: str) -> bool:
    """Read a truth value.

    Raises: ValueError: momentum: damped must be yes or no, got "maybe"
    """
    if text.lower() not in YES_NO:
        raise ValueError(f'{key} must be yes or no, got "{text}"')
    return YES_NO[text.lower()]


def parse_number(key: str, text: str) -> float:
    """Read a number.

    Raises: ValueError: lr must be a number, got "fast"
    """
    try:
        return float(text)
    except ValueError:
        raise ValueError(f'{key} must be a number, got "{text}"') from None


def suggest_rule(name: str) -> str:
    """Return how a rule is written that was called or named as elsewhere; nothing for others."""
    if name.lower() in ("adamw", "adam_w"):
        return "adam:wd=0.01"
    called = re.fullmatch(r"(\w+)[ (]+(.*?)\)?", name)
    if called is None or called[1].lower() not in RULES:
        return ""
    return f"{called[1].lower()}:{','.join(called[2].replace(',', ' ').split())}"


def check_name(kind: str, name: str, names: Any) -> str:
    """Return the name if it is one of `names`.

    Raises: ValueError: no rule "adm"; nearest: adam
    """
    if name in names:
        return name
    if kind == "rule" and (hint := suggest_rule(name)):
        raise ValueError(f'no {kind} "{name}"; write {hint}')
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"nearest: {near[0]}" if near else f"choose from {', '.join(names)}"
    raise ValueError(f'no {kind} "{name}"; {hint}')


def split_settings(text: str) -> list[str]:
    """Split a text at its commas, but not inside parentheses."""
    return [part for part in re.split(r",(?![^(]*\))", text) if part.strip()]
