"""The final or the best loss against the learning rate: one curve an optimizer."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isclose, log10
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from optviz.runs.edges import Edge
from optviz.runs.rates import RateCurve
from optviz.views.drawing.colors import Style, style_of
from optviz.views.drawing.scale import spell_number
from optviz.views.drawing.theme import GRAY, build_figure

DEPTH = 1e-16
"""The part of the first loss below which losses leave the picture."""
WORST = 10.0
"""How many times the first loss is off the chart."""
BAND = 0.14
"""The share of the frame for what is off the chart."""
NAMED = 4
"""The edges that have room for their names."""


class Frame(NamedTuple):
    """The axis of the losses; what is above `most` is off the chart."""

    log: bool
    most: float
    range: list[float]
    """In the axis's own units: powers of ten on a log axis."""


def rate_curves(
    curves: RateCurve | Sequence[RateCurve],
    *,
    best: bool = False,
    log: bool | None = None,
    theme: str = "light",
) -> go.Figure:
    """Draw the final loss, or the best one, of some optimizers against their learning rates.

    `curves` are those of `optviz.learning_rates` from the same start. Their own learning rates are
    marked, and the largest stable ones where theory knows them. Losses above ten times the first
    one, as of runs that diverged, stand in a band at the top. The losses are on a log axis where
    `log` says so; by default where none is negative and they span at least two decades.
    """
    listed = [curves] if isinstance(curves, RateCurve) else list(curves)
    styles = style_of([each.kind for each in listed])
    parts = build_rate_curve_parts(listed, styles, best=best, log=log)
    for trace, each in zip(parts["data"], listed, strict=True):
        words = [spell_number(loss, 4) for loss in (each.best if best else each.final)]
        trace["text"] = [word if word != "not finite" else "diverged" for word in words]
        trace["hovertemplate"] = "lr %{x:.3g}: loss %{text}<extra>%{fullData.name}</extra>"
    parts["data"] += mark_rates(listed, styles, best, log)
    return build_figure(parts, theme)


def build_rate_curve_parts(
    curves: Sequence[RateCurve],
    styles: Sequence[Style],
    *,
    best: bool = False,
    log: bool | None = None,
) -> dict[str, Any]:
    """Return the data and layout of `rate_curves`, as plain data without a theme or dots."""
    frame = frame_losses(curves, best, log)
    lines, is_off = [], False
    for place, (each, style) in enumerate(zip(curves, styles, strict=True)):
        losses = each.best if best else each.final
        is_off = is_off or bool((losses > frame.most).any())
        lines.append(
            {
                "type": "scatter",
                "x": each.rates,
                "y": place_losses(losses, place, len(curves), frame),
                "mode": "lines",
                "line": {"color": style.color, "dash": style.dash, "width": 2 * style.weight},
                "name": each.label,
                "meta": {"run": place},
            }
        )
    span = span_rates(curves)
    edges = list_edges(curves, styles, span)
    shapes = [draw_edge(*each) for each in edges]
    notes = [name_edge(*each, place) for place, each in enumerate(edges)]
    notes = notes if len(edges) <= NAMED else []
    if is_off:
        shapes.append(draw_limit(frame))
        notes.append(name_limit(frame))
    what = "best" if best else "final"
    layout = {
        "title": {"text": f"{what.capitalize()} loss against the learning rate"},
        "xaxis": {
            "title": {"text": "learning rate (log scale)"},
            "type": "log",
            "range": span,
            "tickformat": "~g",
            "dtick": 1,
        },
        "yaxis": {
            "title": {"text": f"{what} loss" + " (log scale)" * frame.log},
            **({"type": "log"} if frame.log else {}),
            "range": frame.range,
            "tickformat": "~g",
        },
        "showlegend": True,
        "uirevision": f"{what} {str(frame.log).lower()}",
        "shapes": shapes,
        "annotations": notes,
    }
    return {"data": lines, "layout": layout}


def mark_rates(
    curves: Sequence[RateCurve], styles: Sequence[Style], best: bool, log: bool | None
) -> list[dict[str, Any]]:
    """Return a mark at the learning rate that each optimizer has."""
    frame, marks = frame_losses(curves, best, log), []
    for place, (each, style) in enumerate(zip(curves, styles, strict=True)):
        loss = each.own[best]
        marks.append(
            {
                "type": "scatter",
                "x": [each.lr],
                "y": place_losses(np.array([loss]), place, len(curves), frame),
                "mode": "markers",
                "marker": {"symbol": style.symbol, "size": 11, "color": style.color},
                "name": each.label,
                "showlegend": False,
                "hovertemplate": f"lr {each.lr:.3g}: loss {spell_number(loss, 4)}<extra></extra>",
                "meta": {"run": place, "part": "end"},
            }
        )
    return marks


def place_losses(losses: np.ndarray, place: int, count: int, frame: Frame) -> np.ndarray:
    """Return where losses are drawn: off the chart each curve has a height of its own."""
    low, top = frame.range
    at = top - BAND * (top - low) * (0.85 - 0.7 * (place + 0.5) / count)
    return np.where(losses > frame.most, 10.0**at if frame.log else at, losses)


def frame_losses(curves: Sequence[RateCurve], best: bool, log: bool | None) -> Frame:
    """Return the axis that frames the losses of some curves."""
    first = curves[0].first if curves else 1.0
    values = [each.best if best else each.final for each in curves]
    every = np.concatenate(values) if values else np.empty(0)
    seen = every[np.isfinite(every) & (every <= WORST * abs(first))]
    least = min(first, seen[seen > 0].min(initial=inf))
    if log is None:
        log = bool(seen.size and min(first, seen.min()) >= 0 and 0 < least * 100 <= first)
    return frame_log(first, least) if log and first > 0 else frame_linear(first, seen)


def frame_log(first: float, least: float) -> Frame:
    """Return a log axis from the lowest loss to ten times the first."""
    most = WORST * first
    low, high = log10(max(least, DEPTH * first)), log10(most)
    pad = 0.04 * (high - low)
    return Frame(True, most, [low - pad, high + BAND * (high - low + pad) / (1 - BAND)])


def frame_linear(first: float, seen: np.ndarray) -> Frame:
    """Return a linear axis; losses far below the others, of runs that fall for ever, leave it."""
    falls = np.sort((first - seen)[seen < first])
    usual, deepest = (float(falls[falls.size // 2]), float(falls[-1])) if falls.size else (0, 0)
    fall = (4 * usual if deepest > 100 * usual else deepest) or abs(first) or 1.0
    low, most = first - fall, first + 0.25 * fall
    pad = 0.04 * (most - low)
    return Frame(False, most, [low - pad, most + BAND * (most - low + pad) / (1 - BAND)])


def span_rates(curves: Sequence[RateCurve]) -> list[float]:
    """Return the range of the axis of learning rates, in powers of ten."""
    if not curves:
        return [-5, 0]
    low = log10(min(each.rates.min() for each in curves))
    high = log10(max(each.rates.max() for each in curves))
    return [low - 0.02 * (high - low), high + 0.02 * (high - low)]


def list_edges(
    curves: Sequence[RateCurve], styles: Sequence[Style], span: Sequence[float]
) -> list[tuple[Edge, str]]:
    """Return the edges within the range of the axis with their colors, each rate once."""
    edges: list[tuple[Edge, str]] = []
    for curve, style in zip(curves, styles, strict=True):
        edge = curve.edge
        if edge is None or not span[0] <= log10(edge.rate) <= span[1]:
            continue
        if not any(isclose(each.rate, edge.rate, rel_tol=1e-9) for each, _ in edges):
            edges.append((edge, style.color))
    return edges


def draw_edge(edge: Edge, color: str) -> dict[str, Any]:
    """Return a line at the largest stable learning rate."""
    line = {"color": color, "dash": "dot" if edge.is_local else "dash", "width": 1.5}
    ends = {"x0": edge.rate, "x1": edge.rate, "yref": "paper", "y0": 0, "y1": 1}
    return {"type": "line", **ends, "line": line}


def name_edge(edge: Edge, color: str, place: int) -> dict[str, Any]:
    """Return the words above that line."""
    words = "edge at the minimum" if edge.is_local else "edge"
    return {
        **{"x": log10(edge.rate), "y": 1, "yref": "paper", "yshift": 14 * (place % 2)},
        **{"xanchor": "center", "yanchor": "bottom", "font": {"size": 12}, "showarrow": False},
        "text": f'<span style="color:{color}">▾</span> {words} {spell_number(edge.rate, 3)}',
    }


def draw_limit(frame: Frame) -> dict[str, Any]:
    """Return the line above which losses are off the chart."""
    line = {"color": GRAY, "dash": "dot", "width": 1}
    ends = {"xref": "paper", "x0": 0, "x1": 1, "y0": frame.most, "y1": frame.most}
    return {"type": "line", **ends, "line": line}


def name_limit(frame: Frame) -> dict[str, Any]:
    """Return the words on that line."""
    at = log10(frame.most) if frame.log else frame.most
    return {
        **{"x": 0, "xref": "paper", "xanchor": "left", "y": at, "yanchor": "bottom"},
        **{"text": "▲ off the chart", "font": {"size": 12}, "showarrow": False},
    }
