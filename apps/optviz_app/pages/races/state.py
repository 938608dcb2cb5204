"""The control values of the Race page, and the experiment that they mean, without Dash."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from optviz.experiments.limits import normalize_rule
from optviz.experiments.races import TRAINED, RaceExperiment, name_problem
from optviz.experiments.suite import SUITE
from optviz.problems.surfaces import SURFACES
from optviz.rules import RULES
from optviz.specs import parse_number

COUNTS = ("steps", "noise", "trials", "choosing", "reporting", "seed")
"""The fields that are one number."""
FIELDS = ("problems", "formulas", "rules", "more", "claim", *COUNTS)
"""What may be wrong, each with its own place for a sentence."""
PLAIN = {name: normalize_rule(name) for name in RULES}
"""The text of each rule without settings of its own."""


def read_controls(
    before: RaceExperiment, controls: dict[str, Any]
) -> tuple[RaceExperiment, dict[str, str]]:
    """Return the experiment that the controls mean, and a sentence for each that is refused.

    What is wrong keeps its value from before.
    """
    after, errors = before, {}
    readers: dict[str, Any] = {
        "formulas": lambda: {"problems": read_problems(controls)},
        "more": lambda: {"rules": read_rules(controls)},
        "tuning": lambda: {"tuning": str(controls["tuning"])},
        "mode": lambda: {"mode": str(controls["mode"])},
        "claim": lambda: {"claim": " ".join(str(controls["claim"] or "").split())},
    }
    for name in COUNTS:
        readers[name] = lambda name=name: read_count(name, controls[name])
    for name, read in readers.items():
        try:
            changes = read()
            if any(getattr(after, key) != each for key, each in changes.items()):
                after = replace(after, **changes)
        except ValueError as error:
            errors[name] = str(error)
    return after, errors


def read_problems(controls: dict[str, Any]) -> tuple[str, ...]:
    """Return the problems that are chosen, then the formulas that are typed.

    Whoever adds the suite to others, or others to the suite, means what came last.
    """
    chosen = [str(each) for each in controls["problems"] or ()]
    if SUITE in chosen and len(chosen) > 1:
        chosen = [SUITE] if chosen[-1] == SUITE else [each for each in chosen if each != SUITE]
    typed = [each.strip() for each in str(controls["formulas"] or "").split(";") if each.strip()]
    return tuple(map(name_problem, [*chosen, *typed]))


def read_rules(controls: dict[str, Any]) -> tuple[str, ...]:
    """Return the rules that are chosen, then the optimizers that are typed."""
    chosen = [PLAIN[each] for each in controls["rules"] or () if each in PLAIN]
    typed = [each.strip() for each in str(controls["more"] or "").split(";") if each.strip()]
    rules = (*chosen, *map(normalize_rule, typed))
    if len(rules) < 2:
        raise ValueError(f"a race needs two rules, got {len(rules)}: choose another one")
    return rules


def read_count(name: str, text: Any) -> dict[str, Any]:
    """Return a field that is one number; an empty one keeps its value."""
    return {} if text in (None, "") else {name: parse_number(name, str(text))}


def list_named(experiment: RaceExperiment) -> tuple[list[str], str]:
    """Return the problems that the list has, and the text of those that are typed."""
    is_typed = [is_formula(each) for each in experiment.problems]
    pairs = list(zip(experiment.problems, is_typed, strict=True))
    return [name for name, typed in pairs if not typed], "; ".join(n for n, typed in pairs if typed)


def is_formula(problem: str) -> bool:
    """Return True for a formula that was typed."""
    return problem not in (*SURFACES, SUITE, *TRAINED)


def list_rules(experiment: RaceExperiment) -> tuple[list[str], str]:
    """Return the plain rules of a race, and the text of the others."""
    names = {text: name for name, text in PLAIN.items()}
    on = experiment.list_on()
    return [names[each] for each in on if each in names], "; ".join(
        each for each in on if each not in names
    )
