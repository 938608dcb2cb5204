"""What a step can highlight: runs, sliders and panels."""

from __future__ import annotations

import re
from dataclasses import fields

from optviz.lessons.conditions import suggest
from optviz.lessons.record import Shown
from optviz.specs import unwrap_rule

PANELS = ("losses", "curves", "rates", "minimum", "table", "map")


def check_highlight(text: str, shown: Shown) -> None:
    """Check what a step highlights against what it shows.

    Raises: ValueError: "run 4" is to be highlighted, but there are 2 runs
    """
    if shown.experiment is None:
        if re.fullmatch(r"[a-z][a-z0-9 ._-]{0,40}", text):
            return
        raise ValueError(f'"{text[:40]}" is no name of a part of a picture')
    found = re.fullmatch(r"(run|slider) ([\w.]+)", text)
    if not found:
        suggest("part to highlight", text, (*PANELS, "run 1", "slider 1.lr"))
    elif found[1] == "run":
        check_run(found[2], shown)
    else:
        check_slider(found[2], shown)


def check_run(number: str, shown: Shown) -> None:
    """Check the number of a run.

    Raises: ValueError: "run 4" is to be highlighted, but there are 2 runs
    """
    experiment = shown.experiment
    assert experiment
    on = sum(entry.on for entry in experiment.entries)
    count = on * (1 + len(experiment.also)) + len(experiment.forks) + len(experiment.pins)
    if not number.isdecimal() or not 1 <= int(number) <= count:
        runs = f"there are {count} runs" if count > 1 else "there is 1 run"
        raise ValueError(f'"run {number[:20]}" is to be highlighted, but {runs}')


def check_slider(name: str, shown: Shown) -> None:
    """Check the name of a slider: optimizer and setting, or a parameter of the surface.

    Raises: ValueError: no slider "1.l"; nearest: 1.lr
    """
    experiment = shown.experiment
    assert experiment
    known = list(experiment.surface().formula.parameters)
    for place, entry in enumerate(experiment.entries, 1):
        inner = unwrap_rule(entry.rule)
        known += [f"{place}.{spec.name}" for spec in fields(inner)]  # type: ignore[arg-type]
        known += [f"{place}.wd"] if "wd" not in {spec.name for spec in fields(inner)} else []  # type: ignore[arg-type]
    suggest("slider", name, [*known, "steps", "noise"])
