"""Limits and checks of an experiment's fields: a value in its one form, or a sentence."""

from __future__ import annotations

import difflib
import re
from functools import lru_cache
from math import isfinite
from typing import Any, NamedTuple

from optviz.specs import format_spec, parse_number, parse_spec, split_settings

LIMITS = {"steps": 20_000, "rules": 12, "also": 8, "forks": 8, "pins": 6, "view": 24}
LIMITS |= {"at": LIMITS["steps"], "seed": 2**32 - 1}
LIMITS |= {"epochs": 50, "batch": 100_000, "user": 2**31, "movie": 2**31}
LIMITS |= {
    "known": 2**31,
    "like": 2**31,
    "spot": 2**31,
    "rated": 60,
    "least": 1_000,
    **dict.fromkeys(("optimizer", "first", "second"), LIMITS["rules"]),
}
LIMITS |= {"size": 201, "repeats": 50, "points": 3_000_000_000}
LIMITS |= {"trials": 100, "choosing": 50, "reporting": 200, "problems": 60}
LIMITS |= {"gradients": 2_000_000_000}
LIMITS |= {"rule": 500, "pin": 2_000, "link": 40_000, "parts": 200}
LIMITS |= {"work": LIMITS["rules"] * LIMITS["steps"]}
"""The largest value, number of items or of characters of each field; `work` is all steps of all
runs of one experiment together, `points` those of a map, `gradients` those of a fair race."""


def check_count(name: str, value: Any, low: int = 1) -> int:
    """Return the value as an int.

    Raises: ValueError: steps must be a whole number from 1 to 20000, got 0
    """
    if not isinstance(value, (int, float)) or value != value or not low <= value <= LIMITS[name]:
        value = (format_field(value) if isinstance(value, float) else str(value))[:40]
    elif value == int(value):
        return int(value)
    raise ValueError(f"{name} must be a whole number from {low} to {LIMITS[name]}, got {value}")


def check_amount(name: str, value: Any) -> float:
    """Return the value as a float.

    Raises: ValueError: noise must be a number from 0 to 1000000, got -1
    """
    if not isinstance(value, (int, float)) or not 0 <= value <= 1e6:
        raise ValueError(f"{name} must be a number from 0 to 1000000, got {str(value)[:40]}")
    return float(value)


def check_finite(name: str, value: Any) -> float:
    """Return the value as a float.

    Raises: ValueError: target must be a finite number, got inf
    """
    if not isinstance(value, (int, float)) or not isfinite(value):
        raise ValueError(f"{name} must be a finite number, got {str(value)[:40]}")
    return float(value)


def check_point(name: str, value: Any) -> tuple[float, float]:
    """Return the value as two floats.

    Raises: ValueError: start must be 2 numbers such as -1.2,1, got 1
    """
    try:
        x, y = (float(each) for each in ([] if isinstance(value, str) else value))
    except (TypeError, ValueError, OverflowError):
        got = str(value)[:40]
        raise ValueError(f"{name} must be 2 numbers such as -1.2,1, got {got}") from None
    if not (abs(x) <= 1e12 and abs(y) <= 1e12):
        raise ValueError(f"{name} must be finite, at most 1e12 in size, got {x:g}, {y:g}")
    return x, y


MANY = 12
"""Options beyond which a sentence does not list them all."""


def check_option(name: str, value: Any, options: tuple[str, ...]) -> str:
    """Return the value if it is one of the options.

    Of many options the sentence lists the first, and the nearest to the value.

    Raises: ValueError: model must be one of dot, dot_bias, net, got "gpt"
    """
    if value not in options:
        got = str(value)[:40]
        listed = ", ".join(options if len(options) <= MANY else [*options[: MANY // 2], "..."])
        near = difflib.get_close_matches(got, options, 1) if len(options) > MANY else []
        hint = f"; nearest: {near[0]}" if near else ""
        raise ValueError(f'{name} must be one of {listed}, got "{got}"{hint}')
    return value


def check_length(name: str, values: Any) -> tuple[Any, ...]:
    """Return the items of a list.

    Raises: ValueError: forks must be a list of at most 8, got 9
    """
    if isinstance(values, str) or len(values) > LIMITS[name]:
        raise ValueError(f"{name} must be a list of at most {LIMITS[name]}, got {len(values)}")
    return tuple(values)


@lru_cache(maxsize=1024)
def normalize_rule(text: str) -> str:
    """Return an optimizer's text in its one spelling.

    Raises: ValueError: no rule "adm"; nearest: adam
    """
    if not isinstance(text, str) or len(text) > LIMITS["rule"]:
        most = LIMITS["rule"]
        raise ValueError(f"a rule is a text of at most {most} characters, such as adam:lr=0.05")
    return format_spec(*parse_spec(text))


@lru_cache(maxsize=1024)
def switch_on(text: str) -> str:
    """Return an optimizer's text without `on=no`."""
    entry = parse_spec(text)
    return format_spec(entry.rule, entry.schedule)


class Fork(NamedTuple):
    """Another optimizer that continues a run from a step: `2@120:adam:lr=0.01`."""

    optimizer: int
    """The optimizer whose run it continues, by its place among the rules, the first being 1."""
    step: int
    rule: str
    """The optimizer from that step on, in its one spelling."""

    @property
    def text(self) -> str:
        """The fork as a link holds it."""
        return f"{self.optimizer}@{self.step}:{self.rule}"


def parse_fork(text: str) -> Fork:
    """Read a fork from a text such as `2@120:adam:lr=0.01`.

    Raises: ValueError: a fork reads like 2@120:adam:lr=0.01 (optimizer, step, rule), got "2:adam"
    """
    match = re.fullmatch(r"\s*(\d{1,6})@(\d{1,6}):(.+)", text) if isinstance(text, str) else None
    if not match:
        example = "2@120:adam:lr=0.01 (optimizer, step, rule)"
        raise ValueError(f'a fork reads like {example}, got "{str(text)[:40]}"')
    return Fork(int(match[1]), int(match[2]), normalize_rule(match[3]))


def parse_rated(text: str) -> tuple[int, float]:
    """Read the movie and the stars of a rating such as `50:4.5`.

    Raises: ValueError: a rating reads like 50:4.5 (movie, stars from 0.5 to 5), got "50:9"
    """
    match = re.fullmatch(r"([0-9]{1,10}):([0-5](\.5)?)", text) if isinstance(text, str) else None
    movie, stars = (int(match[1]), float(match[2])) if match else (0, 0.0)
    if not 0.5 <= stars <= 5 or movie > LIMITS["movie"]:
        example = "50:4.5 (movie, stars from 0.5 to 5)"
        raise ValueError(f'a rating reads like {example}, got "{str(text)[:40]}"')
    return movie, stars


def format_rated(movie: int, stars: float) -> str:
    """Return a rating as a link holds it."""
    return f"{movie}:{stars:g}"


def parse_parameters(text: str) -> tuple[tuple[str, float], ...]:
    """Read the parameters of a surface from a text such as `a=3,b=-1`."""
    out = []
    for part in split_settings(text):
        name, _, value = part.partition("=")
        out.append((name.strip(), parse_number(name.strip() or "parameters", value)))
    return tuple(out)


def parse_numbers(name: str, text: str) -> tuple[float, ...]:
    """Read numbers from a text such as `-1.2,1`."""
    return tuple(parse_number(name, each) for each in text.split(","))


def format_field(value: Any) -> str:
    """Return a field's value as a link holds it."""
    if isinstance(value, tuple):
        return ",".join(
            f"{each[0]}={format_field(each[1])}" if isinstance(each, tuple) else format_field(each)
            for each in value
        )
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)
