"""From the settings of one spelling to those of another, where that is possible."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

from optviz.dialects.spellings import check_single, find_spelling, find_spellings
from optviz.schedules import Schedule

FIRST_STEP, CONSTANT_LR, WARM_UP = "from the first step", "at a constant lr", "after warm-up"
NEVER = "never"
"""The times at which a conversion holds.

After warm-up: given the same gradients, the two spellings' steps become the same; what differs at
first has been forgotten. Two runs that each follow their own gradients stay where that first
difference took them.
"""

Settings = dict[str, float]


@dataclass(frozen=True)
class Conversion:
    """The change of the settings where one choice is made otherwise. All of it is data."""

    optimizer: str
    term: str
    source: str
    target: str
    formula: str
    latex: str
    holds: str = FIRST_STEP
    change: Callable[[Settings], Settings] = dict
    zero: str = ""
    """The setting that must be 0, or else the conversion is refused for the reason."""
    reason: str = ""
    """The reason for a refusal; without a setting that must be 0 it is always refused."""
    schedule: Callable[[Settings], Schedule] | None = None
    """The schedule under which it holds from the first step instead."""

    @property
    def is_possible(self) -> bool:
        """True where there are settings that it accepts."""
        return bool(self.zero) or not self.reason

    def __call__(self, settings: Settings) -> Settings:
        """Return the settings on the other side.

        Raises: ValueError: eps=1e-08 has no place there: ...
        """
        if self.reason and not (self.zero and settings[self.zero] == 0):
            got = f"{self.zero}={settings[self.zero]:g}: " if self.zero else ""
            way = f"; give {self.zero}=0" if self.zero else ""
            raise ValueError(f"{got}{self.reason}{way}")
        return self.change(settings)


def correct_bias(settings: Settings) -> Schedule:
    """Return Adam's bias correction as a factor of the learning rate, step by step."""
    beta1, beta2 = settings["beta1"], settings["beta2"]
    return lambda step: (1 - beta2 ** (step + 1)) ** 0.5 / (1 - beta1 ** (step + 1))


CHANGES: dict[str, Callable[[Settings], Settings]] = {
    "sum to average": lambda given: given | {"lr": given["lr"] / (1 - given["beta1"])},
    "average to sum": lambda given: given | {"lr": given["lr"] * (1 - given["beta1"])},
    "eps to 0": lambda given: given | {"eps": 0.0},
    "eps into the start": lambda given: (
        given | {"initial": given["initial"] + given["eps"], "eps": 0.0}
    ),
}
"""The settings on the other side by the name of a change; where none is named, the same ones."""
SCHEDULES: dict[str, Callable[[Settings], Schedule]] = {
    "correction to schedule": correct_bias,
    "schedule to correction": lambda given: lambda step: 1 / correct_bias(given)(step),
}

_ENTRIES = tomllib.loads(Path(__file__).with_name("conversions.toml").read_text("utf-8"))
_WORDS = _ENTRIES.pop("changes")
CONVERSIONS = tuple(
    Conversion(
        *(optimizer, term, source, target),
        **_WORDS[name],
        **({"holds": holds[0]} if holds else {}),
        change=CHANGES.get(name, dict),
        schedule=SCHEDULES.get(name),
    )
    for optimizer, terms in _ENTRIES.items()
    for term, rows in terms.items()
    for source, target, name, *holds in rows
)
"""Every way from one choice to another, and the change of the settings on it."""


def convert(name: str, settings: Mapping[str, float], source: str, target: str) -> Settings:
    """Return the settings that make the target's spelling step as the source's does at these.

    Settings not given are the source's common ones. `find_validity(name, source, target, settings)`
    says when they do, `find_conversions(name, source, target, settings)` why.

    Raises: ValueError: adam, pytorch to workbook: eps=1e-08: there is no eps on the other side; ...
    """
    values, parts = _connect(name, source, target, settings)
    try:
        for each in parts:
            values = each(values)
    except ValueError as error:
        raise ValueError(f"{name}, {source} to {target}: {error}") from None
    return {key: values.get(key, 0.0) for key in find_spelling(name, target).words}


def find_conversions(
    name: str | None = None,
    source: str | None = None,
    target: str | None = None,
    settings: Mapping[str, float] | None = None,
) -> list[Conversion]:
    """Find the conversions: all, those of one optimizer, or those between two spellings.

    `settings` are the source's; they tell if its squares start where the target's do.

    Raises: ValueError: give an optimizer and the names of two spellings, got only adam and keras
    """
    if source is None and target is None:
        if name is not None:
            find_spellings(name)  # or a sentence that names the nearest
        return [each for each in CONVERSIONS if name in (None, each.optimizer)]
    if name is None or source is None or target is None:
        got = " and ".join(each for each in (name, source, target) if each is not None)
        raise ValueError(f"give an optimizer and the names of two spellings, got only {got}")
    return _connect(name, source, target, settings)[1]


def find_validity(
    name: str, source: str, target: str, settings: Mapping[str, float] | None = None
) -> str:
    """Return when converted settings hold: when all of their conversions do."""
    parts = find_conversions(name, source, target, settings)
    if not all(each.is_possible for each in parts):
        return NEVER
    found = {each.holds for each in parts}
    return ", ".join(each for each in (CONSTANT_LR, WARM_UP) if each in found) or FIRST_STEP


def _connect(
    name: str, source: str, target: str, settings: Mapping[str, float] | None
) -> tuple[Settings, list[Conversion]]:
    """Return the source's settings and a conversion for each choice that the two make otherwise.

    One more stands for the start, where the squares of the target start elsewhere.
    """
    one, other = find_spelling(name, source), find_spelling(name, target)
    one.make_rule(**check_single(settings or {}))
    values = given = one.fill_settings(settings)
    a, b = one.spelling, other.spelling
    known = {(each.term, each.source, each.target): each for each in find_conversions(name)}
    out = [known[key, a[key], b[key]] for key in a if a[key] != b[key]]
    for each in out:
        values = each.change(values)
    is_fixed = "initial" in other.defaults and "initial" not in other.words
    if is_fixed and values["initial"] != other.defaults["initial"]:
        out.append(known["initial", "given", "fixed"])
    return given, out


def table(name: str | None = None) -> str:
    """Return the conversions as a Markdown table: the change of the settings, and when it holds."""
    head = ["optimizer", "term", "from", "to", "such as", "settings", "holds"]
    rows = []
    for each in find_conversions(name):
        found: dict[str, int] = {}
        for one, other in permutations(find_spellings(each.optimizer), 2):
            parts = find_conversions(each.optimizer, one, other)
            if each in parts:
                found[f"{one} to {other}"] = len(parts)
        example = min(found, key=lambda pair: found[pair], default="-")  # needs no other, if any
        when = each.holds if each.is_possible else f"never: {each.reason}"
        when += f", only where {each.zero} = 0: {each.reason}" if each.zero else ""
        way = (each.optimizer, each.term, each.source, each.target)
        rows.append([*way, example, each.formula, when])
    lines = ["| " + " | ".join(row) + " |" for row in [head, *rows]]
    return "\n".join([lines[0], "|---" * len(head) + "|", *lines[1:]])
