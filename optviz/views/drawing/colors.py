"""One color a rule, the same in every picture, in light and in dark.

Each color has a contrast of at least 3 with a white and with a dark page, and any two of a built-in
rule's differ by more than 12 (CIEDE2000) for normal, protan, deutan and tritan eyes: the colors
were searched for under these conditions, and a test holds them to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from zlib import crc32

COLORS = {
    "sgd": "#ad8f0a",
    "momentum": "#0b7e66",
    "nesterov": "#a9582e",
    "adagrad": "#8e6294",
    "adadelta": "#3c9cd3",
    "rmsprop": "#f1638c",
    "adam": "#405df8",
}
"""The color of each rule of RULES, by its name there."""

SPARE = ("#e01568", "#c472a7", "#809957")
"""Colors for rules of the user's own."""

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "triangle-down", "x", "pentagon")


class Style(NamedTuple):
    """How a run is drawn: the color of its rule, and a dash and an end mark of its own."""

    color: str
    dash: str = "solid"
    symbol: str = "circle"
    weight: float = 1.0
    """Its lines' width beside those of other runs."""


def style_of(kinds: Sequence[str]) -> list[Style]:
    """The style of each run of a picture, given the kinds of their rules in order.

    A second run of a rule keeps the hue and takes the next dash and symbol.
    """
    colors = colors_of(kinds)
    places = {kind: place for place, kind in enumerate(colors)}
    places |= {kind: place for place, kind in enumerate(COLORS)}
    seen: dict[str, int] = {}
    styles = []
    for kind in kinds:
        again = seen[kind] = seen.get(kind, -1) + 1
        symbol = SYMBOLS[(places[kind] + again) % len(SYMBOLS)]
        styles.append(Style(colors[kind], DASHES[again % len(DASHES)], symbol))
    return styles


def colors_of(kinds: Iterable[str]) -> dict[str, str]:
    """The color of each kind; one that RULES does not know gets a spare color by its name."""
    colors: dict[str, str] = {}
    for kind in dict.fromkeys(kinds):
        if kind in COLORS:
            colors[kind] = COLORS[kind]
            continue
        first = crc32(kind.encode())
        wanted = [SPARE[(first + turn) % len(SPARE)] for turn in range(len(SPARE))]
        free = [color for color in wanted if color not in colors.values()]
        colors[kind] = (free or wanted)[0]
    return colors


def styles(trajectories: Iterable[Any]) -> list[Style]:
    """The style of each trajectory of a picture, by the kind of rule it says it ran.

    A run from a further start looks as its optimizer's first run, a fork as one more run of its
    rule; a run pinned for comparison is thin and dotted.
    """
    runs = list(trajectories)
    own = [place for place, each in enumerate(runs) if not further_start(each)]
    kinds = [str(each.about.get("kind", "")) for each in runs]
    found = dict(zip(own, style_of([kinds[place] for place in own]), strict=True))
    first = {group_of(runs[place]): found[place] for place in reversed(own)}
    looks = [
        found.get(place) or first.get(group_of(each)) or style_of([kinds[place]])[0]
        for place, each in enumerate(runs)
    ]
    return [
        look._replace(dash="dot", weight=0.6) if is_pinned(each) else look
        for look, each in zip(looks, runs, strict=True)
    ]


def origin_of(trajectory: Any) -> dict[str, Any]:
    """Where a run of an Experiment comes from: its rule, start, fork and pin; else nothing."""
    return trajectory.about.get("origin") or {}


def is_pinned(trajectory: Any) -> bool:
    """Whether a run is one kept for comparison."""
    return origin_of(trajectory).get("pin") is not None


def further_start(trajectory: Any) -> bool:
    """Whether a run repeats its optimizer from another start than the main one."""
    origin = origin_of(trajectory)
    branch = origin.get("fork") is not None or is_pinned(trajectory)
    return bool(origin.get("start")) and not branch


def group_of(trajectory: Any) -> str:
    """What the runs of one optimizer from several starts share, and no other run has."""
    origin = origin_of(trajectory)
    branch = origin.get("fork") is not None or is_pinned(trajectory)
    return str(trajectory.label) if not origin or branch else f"rule {origin.get('rule')}"
