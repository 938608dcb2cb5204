"""The choices of a figure for a paper or a slide, checked, and their way into JSON and back."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, fields, replace
from math import isfinite
from typing import Any, Self

from optviz.experiments.curves import CURVES
from optviz.views.drawing.theme import THEMES

PX_PER_CM = 96 / 2.54
"""Pixels of a browser, 96 to the inch."""
PX_PER_PT = 96 / 72
SIDE_CM = 2.0, 100.0
"""The least and greatest width or height."""
FONT_PT = 4.0, 40.0
DPI = 50, 1200
MOST_PIXELS = 40_000_000
"""Of a PNG: an A4 page at 600 dpi has 35 million."""
MOST_PANELS = 6
LEGENDS = ("bottom", "top", "right", "none")
PANELS = {
    "surface": "Surface from above",
    "3d": "Surface in 3-D",
    "loss": "Loss",
    **{word: kind.title for word, kind in CURVES.items()},
    "lr": "Loss against the learning rate",
    "table": "Results as a table",
}
"""The panels by their names, and what a page calls them."""
FORMATS = ("pdf", "svg", "png")


@dataclass(frozen=True)
class FigureOptions:
    """The choices of a figure. Sizes are those on paper."""

    panels: tuple[str, ...] = ("surface", "loss")
    """Names of PANELS, in reading order."""
    width: float = 8.5
    """Centimeters, or a text with a unit; 8.5 is one column of a paper, 17.8 the whole page."""
    height: float | None = None
    """Centimeters; None is as high as the panels need."""
    columns: int | None = None
    """Panels side by side; None is as many as have room."""
    font: float = 8.0
    """Points."""
    gray: bool = False
    """Grays for a printer without colors; runs differ by dashes, widths and marks."""
    transparent: bool = False
    """No background, for a slide with one."""
    theme: str = "light"
    title: bool = True
    """What each panel shows, above it."""
    letters: bool = True
    """(a), (b), ... where there are several panels."""
    colorbar: bool = True
    legend: str = "bottom"
    step: int | None = None
    """Where each run is marked; None is the step that the experiment names, or the end."""
    arrows: bool | None = None
    """The gradient, momentum and step there; None is as the experiment's view has it."""
    dpi: int = 300
    """Pixels to the inch of a PNG, and of what is no line or letter in the others."""

    def __post_init__(self):
        panels = (self.panels,) if isinstance(self.panels, str) else tuple(self.panels)
        names = [part.strip() for each in panels for part in str(each).split(",")]
        self._set(panels=tuple(check_choice("panels", each, PANELS) for each in names))
        if not 1 <= len(names) <= MOST_PANELS or len(set(names)) < len(names):
            raise ValueError(
                f"panels must be 1 to {MOST_PANELS} different ones, got {', '.join(names)}"
            )
        self._set(width=parse_length("width", self.width), font=parse_points(self.font))
        if self.height is not None:
            self._set(height=parse_length("height", self.height))
        if self.columns is not None:
            self._set(columns=check_whole("columns", self.columns, 1, MOST_PANELS))
        if self.step is not None:
            self._set(step=check_whole("step", self.step, 0, 10**9))
        self._set(dpi=check_whole("dpi", self.dpi, *DPI))
        check_choice("theme", self.theme, THEMES)
        check_choice("legend", self.legend, LEGENDS)
        for name in ("gray", "transparent", "title", "letters", "colorbar", "arrows"):
            if not isinstance(getattr(self, name), bool) and (name, self.arrows) != (
                "arrows",
                None,
            ):
                raise ValueError(f"{name} must be true or false, got {getattr(self, name)!r}")
        if self.gray and self.theme != "light":
            raise ValueError("a gray figure is for paper: take the light theme with it")

    def _set(self, **changes: Any) -> None:
        for name, value in changes.items():
            object.__setattr__(self, name, value)

    @property
    def size_px(self) -> float:
        """The size of the letters in pixels of a browser."""
        return self.font * PX_PER_PT

    @property
    def width_px(self) -> float:
        """The width in pixels of a browser."""
        return self.width * PX_PER_CM

    @classmethod
    def from_dict(cls, given: Any) -> Self:
        """Read options as a page or a file sends them; those that are missing are the defaults.

        Raises: ValueError: no option "colour": options are panels, width, height, ...
        """
        return read_options(cls, given)

    def to_json(self) -> str:
        """Write the options, the same ones always as the same text."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    def change(self, **changes: Any) -> Self:
        """Return the options with some of them changed."""
        return replace(self, **changes)


def read_options(kind: Any, given: Any) -> Any:
    """Return the options of a kind from a mapping; those that are missing are the defaults."""
    if not isinstance(given, dict):
        raise ValueError(f"options are names and values, got {type(given).__name__}")
    names = [each.name for each in fields(kind)]
    if unknown := [str(each)[:40] for each in given if each not in names]:
        raise ValueError(f'no option "{unknown[0]}": options are {", ".join(names)}')
    values = {key: tuple(each) if isinstance(each, list) else each for key, each in given.items()}
    return kind(**values)


def check_choice(name: str, value: Any, choices: Any) -> str:
    """Return a word that is one of the choices; else refuse it with a sentence."""
    if not isinstance(value, str) or value not in choices:
        shown = str(value)[:40]
        raise ValueError(f'{name} must be of {", ".join(choices)}, got "{shown}"')
    return value


def check_whole(name: str, value: Any, low: int, high: int) -> int:
    """Return a whole number within its limits; else refuse it with a sentence."""
    fits = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not fits or not isfinite(value) or value != int(value) or not low <= value <= high:
        raise ValueError(f"{name} must be a whole number from {low} to {high:,}, got {value!r}")
    return int(value)


def parse_number(name: str, value: Any, pattern: str) -> tuple[float, str]:
    """Return a number and its unit, "" without one; `pattern` has the units."""
    if isinstance(value, str):
        found = re.fullmatch(rf"(\d+(?:\.\d*)?|\.\d+)\s*({pattern})?", value.strip())
        if found:
            return float(found[1]), found[2] or ""
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value), ""
    raise ValueError(f"{name} must be a number and its unit ({pattern}), got {str(value)[:40]!r}")


def parse_length(name: str, value: Any) -> float:
    """Return a length in centimeters, given as a number of them, or as 8.5cm, 85mm, 3.3in, 600px.

    Raises: ValueError: width must be from 2 to 100 cm, got 0.5
    """
    number, unit = parse_number(name, value, "cm|mm|in|pt|px")
    in_cm = {"": 1, "cm": 1, "mm": 0.1, "in": 2.54, "pt": 2.54 / 72, "px": 1 / PX_PER_CM}
    length = number * in_cm[unit]
    low, high = SIDE_CM
    if not low <= length <= high:
        raise ValueError(f"{name} must be from {low:g} to {high:g} cm, got {str(value)[:40]}")
    return length


def parse_points(value: Any) -> float:
    """Return the size of letters in points, given as a number or as 8pt."""
    number, _ = parse_number("font", value, "pt")
    low, high = FONT_PT
    if not low <= number <= high:
        raise ValueError(f"font must be from {low:g} to {high:g} pt, got {str(value)[:40]}")
    return number
