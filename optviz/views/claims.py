"""The outcome of a claim: under which conditions it holds, fails and flips."""

from __future__ import annotations

from textwrap import wrap
from typing import Any

import plotly.graph_objects as go

from optviz.sweeps.claims import FAILS, HOLDS, UNDECIDED, VERDICTS, Claim, Finding
from optviz.views.drawing.colors import GROUPS
from optviz.views.drawing.scale import spell_number
from optviz.views.drawing.theme import GRAY, build_figure

ROW = 24
"""The height of a row in pixels."""
LINE = 92
"""Letters of a line of the title."""
NARROW = 44
"""Letters of a line where conditions stand above their intervals."""
ABOVE = {"text": 18, "interval": 22, "head": 26}
"""Pixels of a line of a condition above its interval, of the interval, and of a factor's name."""
LOOKS = {
    HOLDS: (GROUPS[0], "circle"),
    FAILS: (GROUPS[1], "diamond"),
    UNDECIDED: (GRAY, "circle-open"),
}
"""The color and the mark of each verdict."""


HALF = {
    **{"type": "line", "x0": 0.5, "x1": 0.5, "y0": 0, "y1": 1, "yref": "paper"},
    **{"line": {"color": GRAY, "width": 2}, "layer": "between"},
}


def claim_figure(claim: Claim, *, theme: str = "light", narrow: bool = False) -> go.Figure:
    """Draw the probability that the claim holds under each condition, with its interval of 95 %.

    A row is a condition, under the factor that is varied; to the right of it stands the verdict. A
    `narrow` one, for a phone, has both above the interval.
    """
    if narrow:
        return draw_narrow(claim, theme)
    rows, labels = place_rows(claim)
    lines = wrap(claim.conclude(), LINE)
    last = max(labels)
    one, other = claim.labels
    layout = {
        "title": {"text": "<br>".join(lines), "x": 0.02, "xref": "container"},
        "height": 140 + 20 * len(lines) + ROW * (last + 1),
        "margin": {"t": 36 + 20 * len(lines), "r": 110, "b": 84},
        "xaxis": {
            "range": [-0.03, 1.03],
            "tickvals": [0, 0.25, 0.5, 0.75, 1],
            "title": {"text": f"probability that {one} beats {other} on {claim.problem}"},
        },
        "yaxis": {
            "tickvals": list(labels),
            "ticktext": list(labels.values()),
            "range": [last + 0.7, -0.7],
            **{"showgrid": False, "ticks": ""},
        },
        "shapes": [HALF],
        "annotations": [
            tell_verdict(each, row) for each, row in zip(claim.findings, rows, strict=True)
        ],
    }
    return build_figure({"data": draw_rows(claim, rows), "layout": layout}, theme)


def draw_narrow(claim: Claim, theme: str) -> go.Figure:
    """Draw conditions above their intervals, as a narrow window has no room beside them."""
    rows, notes, end = stack_rows(claim)
    lines = wrap(claim.conclude(), NARROW)
    one, other = claim.labels
    words = wrap(f"probability that {one} beats {other} on {claim.problem}", NARROW)
    top, bottom = 36 + 20 * len(lines), 84 + 16 * len(words)
    layout = {
        "title": {"text": "<br>".join(lines), "x": 0.02, "xref": "container"},
        "height": top + end + bottom,
        "margin": {"t": top, "r": 12, "b": bottom, "l": 12},
        "xaxis": {
            "range": [-0.03, 1.03],
            "tickvals": [0, 0.25, 0.5, 0.75, 1],
            "title": {"text": "<br>".join(words)},
        },
        "yaxis": {"range": [end, 0], "showgrid": False, "ticks": "", "showticklabels": False},
        "shapes": [HALF],
        "annotations": notes,
    }
    return build_figure({"data": draw_rows(claim, rows), "layout": layout}, theme)


def stack_rows(claim: Claim) -> tuple[list[int], list[dict[str, Any]], int]:
    """Return the height of each interval in pixels from the top, the words above, and the end."""
    rows, notes, at, factor = [], [], 0, ""
    for each in claim.findings:
        if each.condition.factor != factor:
            factor = each.condition.factor
            at += ABOVE["head"]
            notes.append(place_words(f"<b>{factor}</b>", at, "left"))
        verdict = tell_verdict(each, at)["text"]
        # the verdict stands at the end of the last line
        lines = wrap(name_condition(each), NARROW - len(f"{FAILS}, flips"))
        at += ABOVE["text"] * len(lines)
        notes.append(place_words("<br>".join(lines), at, "left"))
        notes.append(place_words(verdict, at, "right"))
        rows.append(at + ABOVE["interval"] // 2)
        at += ABOVE["interval"]
    return rows, notes, at


def place_words(text: str, at: int, side: str) -> dict[str, Any]:
    """Return words at one side of the picture, whose last line ends at a height."""
    end = {"left": 0, "right": 1}[side]
    return {
        **{"text": text, "x": end, "xref": "paper", "xanchor": side, "align": side},
        **{"y": at, "yref": "y", "yanchor": "bottom", "showarrow": False},
        "borderpad": 0,
    }


def name_condition(finding: Finding) -> str:
    """Return the words of a condition."""
    return finding.condition.title + (" (unfair)" if finding.unfair else "")


def draw_rows(claim: Claim, rows: list[int]) -> list[dict[str, Any]]:
    """Return the intervals of each verdict, and the marks upon them."""
    draws = draw_intervals, draw_verdict
    return [draw(claim, rows, verdict) for draw in draws for verdict in VERDICTS]


def place_rows(claim: Claim) -> tuple[list[int], dict[int, str]]:
    """Return the row of each condition, and the words beside the rows: conditions and factors."""
    rows, labels, factor = [], {}, ""
    for each in claim.findings:
        if each.condition.factor != factor:
            factor = each.condition.factor
            labels[len(labels)] = f"<b>{factor}</b>"
        rows.append(len(labels))
        labels[len(labels)] = name_condition(each)
    return rows, labels


def draw_verdict(claim: Claim, rows: list[int], verdict: str) -> dict[str, Any]:
    """Return the conditions of one verdict."""
    color, symbol = LOOKS[verdict]
    pairs = zip(claim.findings, rows, strict=True)
    found = [(each, row) for each, row in pairs if each.verdict == verdict]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": verdict,
        "x": [each.beats[0] for each, _ in found],
        "y": [row for _, row in found],
        "marker": {"color": color, "symbol": symbol, "size": 11, "line": {"width": 2}},
        "text": [describe_finding(claim, each) for each, _ in found],
        "hovertemplate": "%{text}<extra></extra>",
        "showlegend": True,
        "legendgroup": verdict,
    }


def draw_intervals(claim: Claim, rows: list[int], verdict: str) -> dict[str, Any]:
    """Return the intervals of one verdict, which need not contain the value that they are of."""
    pairs = zip(claim.findings, rows, strict=True)
    found = [(each.beats[1:], row) for each, row in pairs if each.verdict == verdict]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": verdict,
        "x": [x for (low, high), _ in found for x in (low, high, None)],
        "y": [y for _, row in found for y in (row, row, None)],
        "line": {"color": LOOKS[verdict][0], "width": 3},
        "hoverinfo": "skip",
        "showlegend": False,
        "legendgroup": verdict,
    }


def describe_finding(claim: Claim, finding: Finding) -> str:
    """Return the words of a condition under the pointer."""
    value, low, high = finding.beats
    lines = [f"<b>{finding.condition.title}</b>", f"{value:.2f} [{low:.2f}, {high:.2f}]"]
    for label, level, settings in zip(claim.labels, finding.losses, finding.settings, strict=True):
        middle, least, most = (spell_number(each, 3) for each in level)
        lines.append(f"{label}: loss {middle} [{least}, {most}] {settings}")
    return "<br>".join([*lines, *finding.unfair])


def tell_verdict(finding: Finding, row: int) -> dict[str, Any]:
    """Return the verdict as words beside a row; one that flips is bold."""
    word = f"<b>{finding.verdict}, flips</b>" if finding.flips else finding.verdict
    return {
        **{"text": word, "x": 1, "xref": "paper", "xanchor": "left", "xshift": 8},
        **{"y": row, "yref": "y", "showarrow": False},
    }
