"""What can be done to a tab of the workbook, and its text in links and fields."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import isfinite
from typing import Any

from optviz.experiments.limits import format_field
from optviz.specs import parse_number
from optviz.workbook.sheet import Sheet

Samples = tuple[tuple[float, float], ...]
Act = tuple[str, Any]
"""One change: a setting gets a value, epochs are run, or the tab is reset."""

SETTINGS = ("lr", "beta1", "beta2", "samples")
"""What a reset leaves unchanged."""
MOST_EPOCHS, MOST_ROWS, MOST_ACTS, MOST_SAMPLES = 1000, 40_000, 60, 200
LARGEST = 1e9
"""The largest size of a number that may be typed."""


def parse_whole(name: str, text: str, low: int, high: int) -> int:
    """Parse a whole number.

    Raises: ValueError: epochs must be a whole number from 1 to 1000, got "many"
    """
    if text.isascii() and text.isdecimal() and len(text) < 10 and low <= int(text) <= high:
        return int(text)
    raise ValueError(f'{name} must be a whole number from {low} to {high}, got "{text[:40]}"')


def parse_finite(name: str, text: str) -> float:
    """Parse a finite number of moderate size.

    Raises: ValueError: b must be a number of at most 1e9 in size, got "far"
    """
    text, got = text.strip(), text.strip()[:40]
    if text != got:
        raise ValueError(f'{name} must be a number of at most 40 characters, got "{got}"')
    if "," in text:
        raise ValueError(f'{name}: write decimals with a point, got "{got}"')
    value = parse_number(name, text)
    if not isfinite(value) or abs(value) > LARGEST:
        raise ValueError(f"{name} must be a number of at most 1e9 in size, got {got}")
    return value


def parse_samples(text: str) -> Samples:
    """Parse the samples of a text, an x and a y on each line.

    Raises: ValueError: line 3 of the samples: write x and y, such as 14 58, got "14"
    """
    lines = [line.strip() for line in text.splitlines() if line.strip(", \t")]
    if len(lines) > MOST_SAMPLES:
        raise ValueError(f"at most {MOST_SAMPLES} samples, got {len(lines)}")
    samples = []
    for place, line in enumerate(lines, 1):
        where, parts = f"line {place} of the samples", line.replace(",", " ").split()
        if len(parts) != 2:
            how = "14 58, decimals with a point" if "," in line else "14 58"
            raise ValueError(f'{where}: write x and y, such as {how}, got "{line[:40]}"')
        x, y = (
            parse_finite(f"{where}: {axis}", part) for axis, part in zip("xy", parts, strict=True)
        )
        samples.append((x, y))
    return tuple(samples)


PARSERS: dict[str, Callable[[str], Any]] = {
    **{name: partial(parse_finite, name) for name in ("lr", "beta1", "beta2", "b", "a")},
    "samples": lambda text: parse_samples(text.replace(",", " ").replace(";", "\n")),
    "epochs": lambda text: parse_whole("epochs", text, 1, MOST_EPOCHS),
}
"""The value of each act but a reset from its text in a link; no samples are the sheet's own."""


def spell_act(name: str, value: Any) -> str:
    """Write the value of an act as a link holds it."""
    if name == "samples":
        return ";".join(f"{format_field(x)},{format_field(y)}" for x, y in value)
    return "yes" if name == "reset" else format_field(value)


def spell_samples(sheet: Sheet) -> str:
    """Write the samples of a sheet, an x and a y on each line."""
    pairs = zip(sheet.x, sheet.y, strict=True)
    return "\n".join(f"{format_field(float(x))} {format_field(float(y))}" for x, y in pairs)
