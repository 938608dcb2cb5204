"""The control values of the Maps page, and the experiment that they mean, without Dash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from optviz.experiments.maps import MapExperiment, Range, list_numbers, parse_range
from optviz.specs import parse_number, unwrap_rule
from optviz_app.components.optimizer_cards.state import edit_rules, list_presses, read_cards
from optviz_app.components.surface_state import choose_problem

NUMBERS = ("steps", "noise", "seed", "size", "repeats")
"""The fields that are one number."""
AXES = ("across", "up")
FIELDS = ("problem", "parameters", *NUMBERS, "start", *AXES)
"""What may be wrong, each with its own place for a sentence."""


def read_controls(
    before: MapExperiment, controls: dict[str, Any], touched: Sequence[Any] = ()
) -> tuple[MapExperiment, dict[Any, str]]:
    """Return the experiment that the controls mean, and a sentence for each that is refused.

    `touched` are the ids of what was touched. What is wrong keeps its value from before.
    """
    rules, wrong = read_cards(list(before.rules), controls["cards"])
    for action, card in list_presses(touched, "maps-add"):
        rules = edit_rules(rules, action, card)
    after, errors = before, dict(wrong)
    for name, changes in list_changes(before, controls, rules):
        try:
            after = apply(after, changes())
        except ValueError as error:
            errors[name] = str(error)
    return after, errors


def list_changes(
    before: MapExperiment, controls: dict[str, Any], rules: list[str]
) -> list[tuple[str, Any]]:
    """Return for each field what reads its change, in the order in which they are made."""
    out: list[tuple[str, Any]] = [
        ("rules", lambda: {"rules": tuple(rules)}),
        ("problem", lambda: read_problem(before, controls)),
        ("parameters", lambda: read_parameters(before, controls)),
        ("chart", lambda: {"chart": str(controls["chart"])}),
        ("show", lambda: {"show": str(controls["show"])}),
        ("start", lambda: read_start(before, controls)),
    ]
    for name in NUMBERS:
        out.append((name, lambda name=name: read_number(name, controls[name])))
    for name in AXES:
        out.append((name, lambda name=name: read_axis(before, name, controls[name])))
    return out


def apply(experiment: MapExperiment, changes: dict[str, Any]) -> MapExperiment:
    """Return the experiment with changes; ranges that another optimizer lacks are its own.

    Raises: ValueError: the sentence about the change
    """
    changes = {key: each for key, each in changes.items() if getattr(experiment, key) != each}
    if not changes:
        return experiment
    try:
        return replace(experiment, **changes)
    except ValueError:
        if not {"rules", "chart"} & changes.keys():
            raise
        return replace(experiment, **changes, across="", up="")


def read_problem(before: MapExperiment, controls: dict[str, Any]) -> dict[str, Any]:
    """Return what another surface changes: it brings its own parameters and start."""
    problem = choose_problem(controls["choice"], controls["formula"]).strip()
    if problem == before.problem:
        return {}
    return {"problem": problem, "parameters": (), "start": None}


def read_parameters(before: MapExperiment, controls: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters that the sliders set, none where the surface is another one."""
    if read_problem(before, controls):
        return {}
    given = tuple((name, parse_number(name, str(text))) for name, text in controls["parameters"])
    is_same = dict(given) == before.surface().formula.parameters
    return {} if is_same else {"parameters": given}


def read_start(before: MapExperiment, controls: dict[str, Any]) -> dict[str, Any]:
    """Return the start of a map of hyperparameters."""
    if read_problem(before, controls):
        return {}
    start = tuple(parse_number("start", str(each)) for each in controls["start"])
    return {} if start == find_start(before) else {"start": start}


def read_number(name: str, text: Any) -> dict[str, Any]:
    """Return a field that is one number; an empty one keeps its value."""
    return {} if text in (None, "") else {name: parse_number(name, str(text))}


def read_axis(before: MapExperiment, name: str, given: Any) -> dict[str, Any]:
    """Return the range of a hyperparameter; another one comes with the ends of its slider."""
    if before.chart != "sweep" or not given or not given[0]:
        return {}
    now: dict[str, Range] = dict(zip(AXES, before.list_ranges(), strict=True))
    number, low, high = given
    if number != now[name].name:
        known = list_numbers(before.list_on()[0].rule)
        if number not in known:
            return {}
        other = next(each for each in AXES if each != name)
        is_taken = now[other].name == number
        return {name: known[number].text} | ({other: now[name].text} if is_taken else {})
    ends = (parse_number(number, str(each)) for each in (low, high))
    made = parse_range(Range(number, *ends).text)
    return {} if made == now[name] else {name: made.text}


def explain_choice(experiment: MapExperiment) -> str:
    """Say which of several optimizers a map of hyperparameters is of, and how to take another."""
    on = [entry for entry in experiment.entries if entry.on]
    if experiment.chart == "basin" or len(on) < 2:
        return ""
    before = [
        type(unwrap_rule(each.rule)).__name__ for each in on[: on.index(experiment.list_on()[0])]
    ]
    passed = f" ({before[0]} has one)" if before else ""
    return (
        "This map is of one optimizer: the first that is on and has two numbers"
        f"{passed}. To map another, switch it off below."
    )


def find_start(experiment: MapExperiment) -> tuple[float, float]:
    """Return the start that the fields show: the one chosen, or the surface's own."""
    x, y = experiment.start or tuple(float(each) for each in experiment.surface().start)
    return x, y
