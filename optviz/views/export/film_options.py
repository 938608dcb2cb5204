"""The choices of a film, checked, and their way into JSON and back."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from math import isfinite
from pathlib import Path
from typing import Any, Self

from optviz.experiments.curves import CURVES
from optviz.views.drawing.theme import THEMES
from optviz.views.export.figure_options import (
    LEGENDS,
    PX_PER_CM,
    FigureOptions,
    check_choice,
    check_whole,
    parse_points,
    read_options,
)

FORMATS = ("gif", "mp4", "webm")
PANELS = ("surface", "loss", *CURVES)
PATHS = ("grow", "whole")
SIDE = 160, 3840
"""The narrowest and the widest film in pixels."""
FPS = 1, 60
MOST_FRAMES = 3_000
ROOM = 320
"""Pixels from which on a film has room for one more panel beside another."""


@dataclass(frozen=True)
class FilmOptions:
    """The choices of a film."""

    panels: tuple[str, ...] = ("surface", "loss")
    width: int = 960
    """Pixels; an odd number is made even, as video needs it."""
    font: float = 10.0
    """Points; 96 pixels to the inch."""
    seconds: float = 8.0
    """Length of the run; what has more steps than frames is thinned."""
    fps: int = 25
    hold: float = 1.0
    """Seconds that the end stays."""
    paths: str = "grow"
    """grow: each path as far as the step; whole: all of it at once, with a mark that moves."""
    theme: str = "light"
    title: bool = True
    colorbar: bool = True
    legend: str = "bottom"
    loop: bool = True
    """Whether a GIF begins again at its end."""
    most_mb: float | None = None
    """Of a larger GIF every second frame is left out, and again."""

    def __post_init__(self):
        panels = (self.panels,) if isinstance(self.panels, str) else tuple(self.panels)
        names = [part.strip() for each in panels for part in str(each).split(",")]
        self._set(panels=tuple(check_choice("panels", each, PANELS) for each in names))
        width = str(self.width).removesuffix("px")
        width = check_whole("width", float(width) if width.isdecimal() else self.width, *SIDE)
        self._set(width=width + width % 2, font=parse_points(self.font))
        self._set(seconds=check_seconds("seconds", self.seconds, 0.2, 300))
        self._set(hold=check_seconds("hold", self.hold, 0, 30))
        self._set(fps=check_whole("fps", self.fps, *FPS))
        if self.most_mb is not None:
            self._set(most_mb=check_seconds("most_mb", self.most_mb, 0.01, 2_000))
        check_choice("paths", self.paths, PATHS)
        check_choice("theme", self.theme, THEMES)
        check_choice("legend", self.legend, LEGENDS)
        for name in ("title", "colorbar", "loop"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"{name} must be true or false, got {getattr(self, name)!r}")
        if (count := self.count_frames()) > MOST_FRAMES:
            raise ValueError(
                f"a film has at most {MOST_FRAMES:,} frames, {self.seconds:g} s at {self.fps} a "
                f"second have {count:,}: take fewer of either"
            )
        self.to_figure()

    def _set(self, **changes: Any) -> None:
        for name, value in changes.items():
            object.__setattr__(self, name, value)

    def count_frames(self) -> int:
        """Return the number of frames of the run, its first and its last step among them."""
        return max(2, round(self.seconds * self.fps))

    def to_figure(self, height: float | None = None) -> FigureOptions:
        """Return the choices of the figure that the film is drawn over; `height` in pixels."""
        return FigureOptions(
            panels=self.panels,
            width=self.width / PX_PER_CM,
            height=None if height is None else height / PX_PER_CM,
            columns=max(1, min(len(self.panels), self.width // ROOM)),
            font=self.font,
            theme=self.theme,
            title=self.title,
            letters=False,
            colorbar=self.colorbar,
            legend=self.legend,
            arrows=False,
            dpi=96,
        )

    @classmethod
    def from_dict(cls, given: Any) -> Self:
        """Read options as a page sends them; those that are missing are the defaults."""
        return read_options(cls, given)

    def to_json(self) -> str:
        """Write the options, the same ones always as the same text."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    def thin(self) -> Self:
        """Return the options with half the frames a second."""
        return replace(self, fps=max(1, self.fps // 2))


def check_film(name: str) -> str:
    """Return the format that a film's name ends in.

    Raises: ValueError: a film ends in .gif, .mp4 or .webm, got "run.avi"
    """
    kind = Path(name).suffix.lower().lstrip(".")
    if kind not in FORMATS:
        raise ValueError(f'a film ends in .gif, .mp4 or .webm, got "{name}"')
    return kind


def check_seconds(name: str, value: Any, low: float, high: float) -> float:
    """Return a number within its limits, given as a number or a text."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if isinstance(value, bool) or not isfinite(number) or not low <= number <= high:
        raise ValueError(f"{name} must be from {low:g} to {high:,g}, got {str(value)[:40]}")
    return number
