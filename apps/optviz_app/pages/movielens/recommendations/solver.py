"""The controls of the Recommend tab as fields of an experiment, and the rule for a new user."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from optviz.experiments.ratings import RatingsExperiment
from optviz.rules import RULES
from optviz.specs import check_name, format_spec, format_value, parse_number, parse_spec

RATES = {
    "sgd": 0.1,
    "momentum": 0.05,
    "nesterov": 0.05,
    "adagrad": 0.1,
    "adadelta": 10.0,
    "rmsprop": 0.01,
    "adam": 0.05,
}
"""A learning rate of each rule that finds a user in 100 steps."""


def read_recommendations(
    before: RatingsExperiment, controls: dict[str, Any], touched: Sequence[Any]
) -> dict[str, Any]:
    """Return the controls of the tab under the names of an experiment's fields."""
    known = controls["known"] if controls["who"] == "known" else None
    rule = controls["solver"] if "solver" in touched else None
    return {"known": known, "solver": edit_solver(before.solver, rule, controls["rate"])}


def edit_solver(text: str, rule: Any, rate: Any) -> str:
    """Return the text of an optimizer with another rule, or with another learning rate.

    A text that cannot be read is returned as such, to be refused with its sentence.
    """
    if rule is not None:
        name = check_known(str(rule)[:40])
        return f"{name}:lr={RATES.get(name, 0.01)}" if name else str(rule)[:40]
    entry = parse_spec(text)
    if str(rate) == spell_rate(text):
        return text
    try:
        changed = entry.rule.with_lr(parse_number("lr", str(rate)[:40]))
        return format_spec(changed, entry.schedule)
    except ValueError:
        name = text.partition(":")[0]
        return f"{name}:lr={str(rate)[:40]}"


def check_known(name: str) -> str:
    """Return a rule's name, "" for what is none."""
    try:
        return check_name("rule", name, RULES)
    except ValueError:
        return ""


def spell_rate(text: str) -> str:
    """Return the learning rate of an optimizer's text as its field shows it."""
    return format_value(parse_spec(text).rule.lr)
