"""A color for each run: its rule's, the same in every picture, in light and in dark.

Further runs of a rule take colors that are free. Each color has a contrast of at least 3 with a
white and with a dark page, and any two of a built-in rule's differ by more than 12 (CIEDE2000) for
normal, protan, deutan and tritan eyes: the colors were searched for under these conditions, and a
test holds them to it.
"""

from __future__ import annotations

from collections import Counter
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


GROUPS = (
    *("#405df8", "#a9582e", "#0b7e66", "#f1638c", "#3c9cd3"),
    *("#8e6294", "#ad8f0a", "#e01568", "#809957", "#c472a7"),
)
"""The same ten colors for groups of points, such as genres, and for further runs of a rule; those
first differ most."""

BRANCHES = {"fork": SPARE + GROUPS, "pin": GROUPS[::-1]}
"""The colors of forks and of pinned runs, in the order in which they are taken."""


class Style(NamedTuple):
    """The look of a run: a color, a dash and an end mark, which together are its own."""

    color: str
    dash: str = "solid"
    symbol: str = "circle"
    weight: float = 1.0
    """Width of its lines, relative to those of other runs."""


def style_of(kinds: Sequence[str], branches: Sequence[tuple[str, str]] = ()) -> list[Style]:
    """Return the style of each run of a picture, given the kinds of their rules in order.

    The first run of a rule has the rule's color, further ones take those of GROUPS that are free,
    each run the next mark. Where all colors are taken they begin again, with the next dash.
    `branches`, each "fork" or "pin" with the kind of its rule, follow those runs. They begin with
    colors that no rule of RULES owns, so that they keep them when another optimizer is added; but a
    fork to a rule that nobody else has takes that rule's.
    """
    colors = choose_colors(kinds)
    places = {kind: place for place, kind in enumerate(colors)}
    places |= {kind: place for place, kind in enumerate(COLORS)}
    counts: Counter[str] = Counter()
    uses: Counter[str] = Counter(dict.fromkeys(colors.values(), 0))
    out = []
    for kind in kinds:
        color = colors[kind]
        if counts[kind] or uses[color]:
            color = find_free(GROUPS, uses)
        symbol = SYMBOLS[(places[kind] + counts[kind]) % len(SYMBOLS)]
        out.append(Style(color, DASHES[uses[color] % len(DASHES)], symbol))
        counts[kind] += 1
        uses[color] += 1
    for place, (branch, kind) in enumerate(branches):
        own, earlier = COLORS.get(kind, ""), [name for name, _ in branches[:place]].count(branch)
        is_free = branch == "fork" and own and own not in uses
        color = own if is_free else find_free(BRANCHES[branch], uses)
        symbol = SYMBOLS[-1 - (2 * earlier + (branch == "pin")) % len(SYMBOLS)]
        out.append(Style(color, DASHES[uses[color] % len(DASHES)], symbol))
        uses[color] += 1
    return out


def find_free(order: Sequence[str], uses: Counter[str]) -> str:
    """Return the first color of an order that is free, or the one with the fewest uses."""
    free = [each for each in order if each not in uses]
    return free[0] if free else min(order, key=lambda each: uses[each])


def style_groups(names: Sequence[str]) -> dict[str, Style]:
    """Return a color and a mark of its own for each of up to ten groups of points.

    Raises: ValueError: at most 10 groups can be told apart, got 12
    """
    if len(names) > len(GROUPS):
        raise ValueError(f"at most {len(GROUPS)} groups can be told apart, got {len(names)}")
    return {
        name: Style(GROUPS[place], symbol=SYMBOLS[place % len(SYMBOLS)])
        for place, name in enumerate(names)
    }


def choose_colors(kinds: Iterable[str]) -> dict[str, str]:
    """Return the color of each kind; one that RULES lacks gets a spare color by its name."""
    colors: dict[str, str] = {}
    for kind in dict.fromkeys(kinds):
        first = crc32(kind.encode())
        spare = [SPARE[(first + turn) % len(SPARE)] for turn in range(len(SPARE))]
        free = [color for color in spare if color not in colors.values()]
        colors[kind] = COLORS.get(kind) or (free or spare)[0]
    return colors


def choose_styles(trajectories: Iterable[Any]) -> list[Style]:
    """Return the style of each trajectory of a picture, by the kind of its rule.

    A run from another starting point looks as its optimizer's first run; a run pinned for
    comparison is thin and dotted.
    """
    runs = list(trajectories)
    kinds = [str(each.about.get("kind", "")) for each in runs]
    own = [place for place, each in enumerate(runs) if not is_extra_start(each)]
    own.sort(key=lambda place: is_branch(runs[place]))
    branches = [
        ("pin" if is_pinned(runs[place]) else "fork", kinds[place])
        for place in own
        if is_branch(runs[place])
    ]
    styles = style_of([kinds[place] for place in own[: len(own) - len(branches)]], branches)
    found = dict(zip(own, styles, strict=True))
    first = {name_legend_group(runs[place]): found[place] for place in reversed(own)}
    looks = [
        found.get(place) or first.get(name_legend_group(each)) or style_of([kinds[place]])[0]
        for place, each in enumerate(runs)
    ]
    return [
        look._replace(dash="dot", weight=0.6) if is_pinned(each) else look
        for look, each in zip(looks, runs, strict=True)
    ]


def read_origin(trajectory: Any) -> dict[str, Any]:
    """Return the rule, start, fork and pin of a run of an Experiment; {} for other runs."""
    return trajectory.about.get("origin") or {}


def is_pinned(trajectory: Any) -> bool:
    """Return True for a run pinned for comparison."""
    return read_origin(trajectory).get("pin") is not None


def is_branch(trajectory: Any) -> bool:
    """Return True for a fork and for a pinned run."""
    return is_pinned(trajectory) or read_origin(trajectory).get("fork") is not None


def is_extra_start(trajectory: Any) -> bool:
    """Return True for a run of an optimizer from another starting point than the main one."""
    return bool(read_origin(trajectory).get("start")) and not is_branch(trajectory)


def name_legend_group(trajectory: Any) -> str:
    """Return the legend group of a run: one for all starting points of an optimizer."""
    origin = read_origin(trajectory)
    if not origin or is_branch(trajectory):
        return str(trajectory.label)
    return f"rule {origin.get('rule')}"
