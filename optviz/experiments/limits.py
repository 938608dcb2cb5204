"""What the fields of an experiment may hold: a value in its form, or a sentence that refuses it."""

from __future__ import annotations

import re
from functools import lru_cache
from math import isfinite
from typing import Any, NamedTuple

from optviz.formulas.parsing import MAX_LENGTH
from optviz.specs import number, parse_entry, spell_entry, split_outside

MOST = {"steps": 20_000, "rules": 12, "epochs": 50, "batch": 100_000, "seed": 2**32 - 1}
MOST |= {"user": 2**31, "movie": 2**31}
MOST |= {"also": 8, "forks": 8, "pins": 6, "view": 20, "at": MOST["steps"]}
MOST |= {"formula": MAX_LENGTH, "rule": 500, "pin": 2_000, "link": 40_000, "parts": 200}
"""The most that each field may be or hold: a number, a count of items, or of characters."""
MOST |= {"work": MOST["rules"] * MOST["steps"]}
"""All steps of all runs of one experiment: what a server may be asked to make at once."""


def count(name: str, value: Any, low: int = 1) -> int:
    """The value as a whole number within the limits of an experiment.

    Raises: ValueError: steps must be a whole number from 1 to 20000, got 0
    """
    if not isinstance(value, (int, float)) or value != value or not low <= value <= MOST[name]:
        value = str(value)[:40]
    elif value == int(value):
        return int(value)
    raise ValueError(f"{name} must be a whole number from {low} to {MOST[name]}, got {value}")


def amount(name: str, value: Any) -> float:
    """The value as a float of at least 0, or a ValueError in words."""
    if not isinstance(value, (int, float)) or not 0 <= value <= 1e6:
        raise ValueError(f"{name} must be a number from 0 to 1000000, got {str(value)[:40]}")
    return float(value)


def finite(name: str, value: Any) -> float:
    """The value as a finite float, or a ValueError in words."""
    if not isinstance(value, (int, float)) or not isfinite(value):
        raise ValueError(f"{name} must be a finite number, got {str(value)[:40]}")
    return float(value)


def point(start: Any, name: str = "start") -> tuple[float, float]:
    """Two finite floats, or a ValueError in words."""
    try:
        x, y = (float(each) for each in ([] if isinstance(start, str) else start))
    except (TypeError, ValueError, OverflowError):
        got = str(start)[:40]
        raise ValueError(f"{name} must be 2 numbers such as -1.2,1, got {got}") from None
    if not (abs(x) <= 1e12 and abs(y) <= 1e12):
        raise ValueError(f"{name} must be finite, at most 1e12 in size, got {x:g}, {y:g}")
    return x, y


def one_of(name: str, value: Any, options: tuple[str, ...]) -> str:
    """The value, if it is one of the options, or a ValueError in words."""
    if value not in options:
        raise ValueError(f'{name} must be one of {", ".join(options)}, got "{str(value)[:40]}"')
    return value


def few(name: str, values: Any) -> tuple[Any, ...]:
    """The items of a list that is not too long, or a ValueError in words."""
    if isinstance(values, str) or len(values) > MOST[name]:
        raise ValueError(f"{name} must be a list of at most {MOST[name]}, got {len(values)}")
    return tuple(values)


@lru_cache(maxsize=1024)
def canonical(text: str) -> str:
    """The one spelling of an optimizer.

    Raises: ValueError: no rule "adm"; nearest: adam
    """
    if not isinstance(text, str) or len(text) > MOST["rule"]:
        most = MOST["rule"]
        raise ValueError(f"a rule is a text of at most {most} characters, such as adam:lr=0.05")
    return spell_entry(*parse_entry(text))


class Fork(NamedTuple):
    """Another optimizer that goes on from a step of a run: `2@120:adam:lr=0.01`."""

    optimizer: int
    """Whose run, by its place among the rules, the first being 1."""
    step: int
    rule: str
    """The optimizer from that step on, in the canonical spelling."""

    @property
    def text(self) -> str:
        """How a link spells it."""
        return f"{self.optimizer}@{self.step}:{self.rule}"


def parse_fork(text: str) -> Fork:
    """The fork that a text such as `2@120:adam:lr=0.01` spells.

    Raises: ValueError: a fork reads like 2@120:adam:lr=0.01 (optimizer, step, rule), got "2:adam"
    """
    match = re.fullmatch(r"\s*(\d{1,6})@(\d{1,6}):(.+)", text) if isinstance(text, str) else None
    if not match:
        example = "2@120:adam:lr=0.01 (optimizer, step, rule)"
        raise ValueError(f'a fork reads like {example}, got "{str(text)[:40]}"')
    return Fork(int(match[1]), int(match[2]), canonical(match[3]))


def pairs_of(text: str) -> tuple[tuple[str, float], ...]:
    """The parameters that a text such as `a=3,b=-1` sets."""
    out = []
    for part in split_outside(text):
        name, _, value = part.partition("=")
        out.append((name.strip(), number(name.strip() or "parameters", value)))
    return tuple(out)


def numbers_of(name: str, text: str) -> tuple[float, ...]:
    """The numbers that a text such as `-1.2,1` lists."""
    return tuple(number(name, each) for each in text.split(","))


def spell_field(value: Any) -> str:
    """A field as a link holds it."""
    if isinstance(value, tuple):
        return ",".join(
            spell_field(each)
            if not isinstance(each, tuple)
            else f"{each[0]}={spell_field(each[1])}"
            for each in value
        )
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def deep_tuple(value: Any) -> Any:
    """JSON's lists as tuples."""
    return tuple(map(deep_tuple, value)) if isinstance(value, list) else value
