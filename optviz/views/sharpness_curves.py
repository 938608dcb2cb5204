"""The sharpness along paths beside the edge of stability, and the loss below it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from optviz.landscapes.curvature.sharpness import Sharpness
from optviz.landscapes.refusals import list_records
from optviz.views.drawing.captions import add_caption
from optviz.views.drawing.colors import Style, style_of
from optviz.views.drawing.frames import needs_log_axis
from optviz.views.drawing.panels import build_empty_parts, lay_out_panels, name_axes
from optviz.views.drawing.paths import keep_finite
from optviz.views.drawing.scale import lay_log_axis
from optviz.views.drawing.theme import GRAY, build_figure


def sharpness_figure(
    found: Sharpness | Sequence[Sharpness],
    *,
    relative: bool | None = None,
    theme: str = "light",
    width: int | None = 700,
) -> go.Figure:
    """Draw the sharpness of runs over their steps, dashed the edge of stability, below the loss.

    `relative` divides each sharpness by its edge, so that runs of different rules and rates share
    one line, at 1; None does so where some sharpnesses are of a preconditioned Hessian and others
    are not. The words and the height are laid out for a picture of `width` pixels; None leaves out
    the words.
    """
    every = list_records(found, Sharpness, "sharpness_figure draws a Sharpness, or several")
    if not every:
        return build_figure(build_empty_parts("Sharpness", "No paths to draw."), theme)
    if relative is None:
        relative = len({each.is_scaled for each in every}) > 1
    traces = []
    for each, style in zip(every, style_of([one.kind for one in every]), strict=True):
        traces += draw_run(each, style, relative)
    if relative:
        traces.append(draw_one(every))
    whose = "preconditioned Hessian" if all(each.is_scaled for each in every) else "Hessian"
    title = f"Sharpness: the largest eigenvalue of the {whose}"
    what = "sharpness"
    if relative:
        title, what = "Sharpness over the edge of stability", "sharpness / edge"
    losses = np.concatenate([each.losses for each in every])
    is_log = bool((losses[np.isfinite(losses)] > 0).all())
    scale = lay_log_axis([losses]) if is_log else {}
    sharp = {"title": {"text": what}, "rangemode": "tozero"}
    ratios = [keep_finite(each.ratio) for each in every]
    if relative and needs_log_axis(ratios):
        sharp = {"title": {"text": f"{what} (log scale)"}} | lay_log_axis(ratios)
    rows = [sharp, {"title": {"text": "loss"}} | scale]
    layout = lay_out_panels(rows, [""])
    layout |= {"title": {"text": title}}
    if width is not None:
        named = [each for each in traces if each.get("showlegend", True)]
        add_caption(layout, title, " ".join(each.words() for each in every), named, width, plot=400)
    return build_figure({"data": traces, "layout": layout}, theme)


def draw_run(found: Sharpness, style: Style, relative: bool) -> list[dict[str, Any]]:
    """Return the sharpness of a run, its edge and its loss."""
    values = found.ratio if relative else found.values
    line = {"color": style.color, "width": 2}
    common = {"type": "scatter", "x": found.step, "legendgroup": found.label}
    sharp = common | name_axes(0, 0, 1)
    traces = [
        sharp
        | {
            **{"y": keep_finite(values), "mode": "lines+markers", "name": found.label},
            "line": line | {"dash": style.dash},
            "marker": {"color": style.color, "symbol": style.symbol, "size": 5},
            "hovertemplate": "step %{x}<br>sharpness %{y:.4g}<extra>%{fullData.name}</extra>",
        }
    ]
    if found.edge is not None and not relative:
        name = f"edge of {found.label}, {found.formula}"
        traces.append(
            sharp
            | {
                **{"y": found.edge, "mode": "lines", "name": name},
                "line": line | {"dash": "dash", "width": 1.5},
                "hovertemplate": "step %{x}<br>edge %{y:.4g}<extra>%{fullData.name}</extra>",
            }
        )
    loss = common | name_axes(1, 0, 1) | {"mode": "lines", "name": found.label}
    loss |= {"y": keep_finite(found.losses), "line": line | {"dash": style.dash}}
    hover = "step %{x}<br>loss %{y:.4g}<extra>%{fullData.name}</extra>"
    return [*traces, loss | {"showlegend": False, "hovertemplate": hover}]


def draw_one(every: Sequence[Sharpness]) -> dict[str, Any]:
    """Return the line at 1, which is the edge of each."""
    ends = [min(each.step[0] for each in every), max(each.step[-1] for each in every)]
    return name_axes(0, 0, 1) | {
        **{"type": "scatter", "x": ends, "y": [1, 1], "mode": "lines"},
        **{"name": "edge of stability", "line": {"color": GRAY, "dash": "dash", "width": 2}},
        "hoverinfo": "skip",
    }
