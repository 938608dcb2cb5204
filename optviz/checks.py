"""What the fields of an experiment may hold: a value in its form, or a sentence that refuses it."""

from __future__ import annotations

from typing import Any

from optviz.spelling import number, split_outside

MOST = {"steps": 20_000, "rules": 12, "epochs": 50, "batch": 100_000, "seed": 2**32 - 1}
MOST |= {"user": 2**31, "movie": 2**31}


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


def point(start: Any) -> tuple[float, ...]:
    """Two finite floats, or a ValueError in words."""
    try:
        x, y = (float(each) for each in start)
    except (TypeError, ValueError):
        raise ValueError(f"start must be 2 numbers such as -1.2,1, got {str(start)[:40]}") from None
    if not (abs(x) <= 1e12 and abs(y) <= 1e12):
        raise ValueError(f"start must be finite, at most 1e12 in size, got {x:g}, {y:g}")
    return x, y


def one_of(name: str, value: Any, options: tuple[str, ...]) -> str:
    """The value, if it is one of the options, or a ValueError in words."""
    if value not in options:
        raise ValueError(f'{name} must be one of {", ".join(options)}, got "{str(value)[:40]}"')
    return value


def pairs_of(text: str) -> tuple[tuple[str, float], ...]:
    """The parameters that a text such as `a=3,b=-1` sets."""
    out = []
    for part in split_outside(text):
        name, _, value = part.partition("=")
        out.append((name.strip(), number(name.strip() or "parameters", value)))
    return tuple(out)


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
