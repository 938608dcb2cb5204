"""The control values of the Surfaces page, and the experiment that they mean, without Dash."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from optviz.experiments.curves import DEFAULT_CURVE
from optviz.experiments.limits import parse_fork
from optviz.experiments.surface import MICROSCOPE, Experiment
from optviz.specs import parse_number
from optviz_app.components.optimizer_cards.state import gather_values, read_cards
from optviz_app.components.surface_state import choose_problem

CHOICES = ("height", "scales", "axis", "against", "curve", "rate_loss")
"""The controls of which each sets one word of the view, or none."""
UNSAID = ("contour", "fit", "log", "steps", "final", DEFAULT_CURVE)
"""What is shown where a view has no word for another choice."""

Errors = dict[Any, Any]
"""A sentence for each control that was refused, by its name; those of fork cards under "forks"."""


def gather_controls(values: dict[str, Any], grouped: Any, touched: Sequence[Any]) -> dict[str, Any]:
    """Return the values of all controls, by the names of the experiment's fields.

    `values` and `grouped` are the callback's arguments, without and with the ids of controls.
    """
    names = [each["id"]["name"] for each in grouped["parameters"]]
    chosen = [values[name] for name in CHOICES]
    words = [word for word in chosen if word not in UNSAID]
    words += [word for word in values["overlays"] or () if word != "microscope"]
    return values | {
        "problem": choose_problem(values["choice"], values["formula"]),
        "parameters": tuple(zip(names, values["parameters"], strict=True)),
        "start": values["drag"] if "drag-start" in touched else values["start"],
        "cards": gather_values(grouped["cards"]["values"]),
        "fork_cards": gather_values(grouped["forks"]["values"]),
        "view": (*words, *spell_microscope(values["overlays"], values["explained"])),
    }


def read_controls(before: Experiment, controls: dict[str, Any]) -> tuple[Experiment, Errors]:
    """Return the experiment that the controls mean, and a sentence for each thing refused."""
    errors: Errors
    rules, errors = read_cards(list(before.rules), controls["cards"])
    forks = list(map(parse_fork, before.forks))
    fork_rules, errors["forks"] = read_cards([each.rule for each in forks], controls["fork_cards"])
    names = ("problem", "parameters", "start", "steps", "noise", "seed", "target", "view")
    values = {name: controls[name] for name in names}
    try:
        values["also"] = parse_starts(controls["also"])
    except ValueError as error:
        errors["also"] = str(error)
    forked = zip(forks, fork_rules, strict=True)
    changed = tuple(fork._replace(rule=rule).text for fork, rule in forked)
    before = before if changed == before.forks else replace(before, forks=changed)
    after, wrong = read_fields(before, values | {"rules": tuple(rules)})
    return after, errors | wrong


def read_fields(before: Experiment, values: dict[str, Any]) -> tuple[Experiment, dict[str, str]]:
    """Return the experiment with fields as typed, and a sentence for each that is wrong.

    What is wrong keeps its value from before. Another surface brings its own fields, see
    `change_problem`, and "page" says what has no place there. Only what differs is set: by hand
    that is one field, so one Experiment is made.
    """
    after, errors = before, {}
    if values["problem"] != before.problem:
        try:
            after, left = before.change_problem(values["problem"])
        except ValueError as error:
            return before, {"problem": str(error)}
        errors = {"page": left} if left else {}
        brought = ("parameters", "start", "also", "target")
        values = {name: each for name, each in values.items() if name not in brought}
    for name, value in values.items():
        try:
            changes = read_field(after, name, value)
            if any(getattr(after, key) != each for key, each in changes.items()):
                after = replace(after, **changes)
        except ValueError as error:
            errors[name] = str(error)
    return after, errors


def read_field(experiment: Experiment, name: str, value: Any) -> dict[str, Any]:
    """Return the fields of the experiment that a control's value sets, none where it shows them."""
    if name == "parameters":
        given = tuple((each, parse_number(each, str(text))) for each, text in value)
        return {} if dict(given) == experiment.surface().formula.parameters else {name: given}
    if name == "start":
        start = value and tuple(parse_number("start", str(text)) for text in value)
        return {} if start == find_start(experiment) else {name: start}
    if name == "view":
        is_same = all(each in value for each in experiment.view)
        return {} if is_same and all(each in experiment.view for each in value) else {name: value}
    if name == "steps":
        steps = parse_number(name, str(value))
        # Forks that would begin after the end go.
        forks = tuple(each for each in experiment.forks if parse_fork(each).step < steps)
        return {name: steps, "forks": forks}
    if name in ("noise", "seed"):
        return {name: parse_number(name, str(value))}
    return {} if name == "problem" else {name: value}


def find_start(experiment: Experiment) -> tuple[float, float]:
    """Return the start that the fields show: the one chosen, or the surface's own."""
    x, y = experiment.start or tuple(float(each) for each in experiment.surface().start)
    return x, y


def parse_starts(text: str) -> tuple[tuple[float, float], ...]:
    """Return the starts that a text such as `1,2; -1,0` names."""
    found = []
    for part in filter(str.strip, text.split(";")):
        pair = part.split(",")
        if len(pair) != 2:
            got = part.strip()[:40]
            raise ValueError(f'write more starting points as 1,2; -1,0 and not as "{got}"')
        found.append((parse_number("start", pair[0]), parse_number("start", pair[1])))
    return tuple(found)


def spell_starts(starts: Sequence[tuple[float, float]]) -> str:
    """Return the text that `parse_starts` reads."""
    return "; ".join(f"{x:.12g},{y:.12g}" for x, y in starts)


def spell_microscope(overlays: Collection[str] | None, run: Any) -> tuple[str, ...]:
    """Return the word of a view for the run under the microscope, if that is open."""
    if "microscope" not in (overlays or ()):
        return ()
    # A run beyond those that have a word counts as the first.
    place = int(run) if str(run or "").isdecimal() else 0
    return (MICROSCOPE[place if place < len(MICROSCOPE) else 0],)


def find_microscope(view: Collection[str]) -> int | None:
    """Return which run a view has under the microscope, counted from 0; None if it is closed."""
    return next((place for place, word in enumerate(MICROSCOPE) if word in view), None)
