"""A race of schedules: the losses over the steps above, the learning rates below."""

from __future__ import annotations

from math import log10
from typing import Any

import numpy as np
import plotly.graph_objects as go

from optviz.specs import unwrap_rule
from optviz.sweeps.schedule_races import BAND, ScheduleRace
from optviz.views.drawing.colors import DASHES, GROUPS
from optviz.views.drawing.scale import lay_powers, spell_number
from optviz.views.drawing.theme import make_figure

GAP = 0.06
"""Between the two pictures, as a part of the height."""
LOWER = 0.36
"""The part of the height that the learning rates take."""
FADE = 0.1
"""The opacity of a band."""
APART = 10.0
"""Peaks of the learning rates so many times apart need a log axis."""
DEPTH = 1e-14
"""Losses below this part of the first one are drawn at it: what is below is rounding."""


def schedule_race_figure(made: ScheduleRace, *, theme: str = "light") -> go.Figure:
    """Draw the median loss of each tuned schedule at each step, its learning rate below.

    The band holds the middle half of the seeds that report. The legend tells the tuned lr, and the
    loss at the end with its interval of 95 %. Losses have a log scale where none is negative, rates
    where their peaks differ tenfold.
    """
    held = made.race
    is_log = bool(np.nanmin(made.curves) >= 0)
    floor = DEPTH * float(made.curves[:, 0].max()) if is_log else -np.inf
    curves = np.maximum(np.stack([made.medians, *made.bands]), floor)
    curves[~np.isfinite(curves)] = np.nan
    seen = curves[np.isfinite(curves)]
    least, most = (float(seen.min()), float(seen.max())) if seen.size else (1.0, 1.0)
    traces = [draw_band(curves[1:, at], name, at, most) for at, name in enumerate(made.names)]
    for place, name in enumerate(made.names):
        look, label = style_schedule(place), describe_end(made, place)
        traces.append(draw_line(curves[0, place], "loss", label, name) | {"line": look})
        below = {"yaxis": "y2", "line": look | {"shape": "hv"}, "showlegend": False}
        traces.append(draw_line(made.rates[place], "lr", label, name) | below)
    first, conclusion = held.contestants[0], made.conclude()
    seeds = f"median of {len(held.reporting)} seeds and their middle half"
    rule, title = type(unwrap_rule(first.rule)).__name__, held.workloads[0].title
    return make_figure(
        traces,
        theme=theme,
        title=f"{rule} on {title}: {conclusion[0].lower()}{conclusion[1:]}",
        height=680,
        showlegend=True,
        xaxis={
            "title": {"text": "step"},
            "anchor": "y2",
            "range": [0, held.workloads[0].steps],
        },
        yaxis={
            "title": {"text": f"loss{' (log scale)' if is_log else ''}<br><sub>{seeds}</sub>"},
            "domain": [LOWER + GAP / 2, 1],
            **(lay_powers(log10(least), log10(most)) if is_log else {}),
        },
        yaxis2=scale_rates(made.rates) | {"domain": [0, LOWER - GAP / 2]},
    )


def describe_end(made: ScheduleRace, place: int) -> str:
    """Return a schedule's entry of the legend: its lr, its loss at the end and the interval."""
    score, rival = made.race.scores[0][place], made.race.contestants[place]
    ends = score.loss, *score.interval
    numbers = [spell_number(each, 3) if np.isfinite(each) else "diverged" for each in ends]
    lr = spell_number(float(rival.values["lr"][score.trial]), 3) if "lr" in rival.values else ""
    tuned = f": lr {lr}," if lr else ":"
    return f"{made.names[place]}{tuned} loss {numbers[0]} [{numbers[1]}, {numbers[2]}]"


def draw_line(values: np.ndarray, what: str, label: str, group: str) -> dict[str, Any]:
    """Return the line of a number over the steps."""
    return {
        "type": "scatter",
        "mode": "lines",
        "x": np.arange(len(values)),
        "y": values,
        "name": label,
        "legendgroup": group,
        "hovertemplate": f"step %{{x}}<br>{what} %{{y:.4g}}<extra>{group}</extra>",
    }


def style_schedule(place: int) -> dict[str, Any]:
    """Return the look of a schedule's lines: a color, and a dash once the colors are taken."""
    dash = DASHES[place // len(GROUPS) % len(DASHES)]
    return {"color": GROUPS[place % len(GROUPS)], "width": 2.2, "dash": dash}


def draw_band(ends: np.ndarray, group: str, place: int, most: float) -> dict[str, Any]:
    """Return the band between the percentiles of the seeds, up to what is drawn at most."""
    low, high = ends
    step = np.flatnonzero(~np.isnan(low))
    low, high = low[step], np.where(np.isnan(high), most, high)[step]
    color = style_schedule(place)["color"]
    red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return {
        "type": "scatter",
        "mode": "lines",
        "x": np.concatenate([step, step[::-1]]),
        "y": np.concatenate([low, high[::-1]]),
        "fill": "toself",
        "fillcolor": f"rgba({red},{green},{blue},{FADE})",
        "line": {"width": 0},
        "hoverinfo": "skip",
        "showlegend": False,
        "legendgroup": group,
        "name": f"{group}, from {BAND[0]:g} % to {BAND[1]:g} % of the seeds",
    }


def scale_rates(rates: np.ndarray) -> dict[str, Any]:
    """Return the axis of the learning rates: from zero up, or a log axis where they lie far apart.

    A log axis ends at a three-hundredth of the lowest peak: a rate that falls to 0 leaves it.
    """
    peaks = rates.max(axis=1)
    peaks = peaks[peaks > 0]
    if not peaks.size or peaks.max() < APART * peaks.min():
        return {"title": {"text": "learning rate"}, "rangemode": "tozero", "tickformat": "~g"}
    low, high = np.log10([peaks.min() / 300, peaks.max()]).tolist()
    return {"title": {"text": "learning rate<br>(log scale)"}, **lay_powers(low, high)}
