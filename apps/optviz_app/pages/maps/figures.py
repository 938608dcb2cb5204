"""The pictures and tables of the Maps page."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from dash import html

from optviz.experiments.maps import MapExperiment
from optviz.sweeps.basins import WORDS, BasinMap
from optviz.sweeps.map_files import Maps
from optviz.sweeps.sweep_records import SweepMap
from optviz.views.basins import basin_figure
from optviz.views.drawing.arrays import pack_arrays
from optviz.views.drawing.scale import spell_number
from optviz.views.sweeps import sweep_figure
from optviz_app.components.fields import build_table
from optviz_app.server.heavy import weigh

COARSE = {"basin": 31, "sweep": 21}
"""The size of a map that is made at once."""
QUICK = 8_000
"""The steps of all optimizers of a map that is made at once: some take 0.1 ms each."""
WEIGHT = 20
"""A step of a coarse map, in steps of a race."""


def make_coarse(experiment: MapExperiment) -> MapExperiment | None:
    """Return a map that is made at once in the place of a fine one; None where none would be."""
    asked = experiment.map_part()
    if asked.steps * len(asked.rules) > QUICK:
        return None
    return replace(asked, size=min(asked.size, COARSE[asked.chart]), repeats=min(asked.repeats, 3))


def perform_coarse(asked: MapExperiment) -> Maps:
    """Make a coarse map here, or in a process of its own where the app has those."""
    weigh(WEIGHT * asked.steps * len(asked.rules))
    return perform_once(asked)


@lru_cache(maxsize=8)
def perform_once(asked: MapExperiment) -> Maps:
    """Make a map, and remember it."""
    return asked.perform()


def draw_maps(maps: Maps, show: str, theme: str, columns: int = 3) -> dict[str, Any]:
    """Return the figure of maps for the browser, which has the title in its heading."""
    if isinstance(maps, SweepMap):
        figure = sweep_figure(maps, show, theme=theme)
    else:
        count = min(columns, 2 if len(maps) == 4 else 3, len(maps))
        figure = basin_figure(maps, columns=count, theme=theme)
    figure.update_layout(title=None)
    if isinstance(maps, SweepMap):
        figure.update_layout(margin_t=16)
    out = figure.to_dict()
    out["layout"].pop("template", None)
    for trace in out["data"]:
        if isinstance(trace.get("text"), np.ndarray):
            trace["text"] = trace["text"].tolist()
    return pack_arrays(out)


def build_shares(maps: list[BasinMap]) -> Any:
    """Build the table of what share of the starts ends where, with each optimizer."""
    first = maps[0]
    ends = [
        (place, f"minimum {place + 1} {first.spell(place)}") for place in range(len(first.minima))
    ]
    ends += [(end, word) for end, word in WORDS.items() if any(each.share(end) for each in maps)]
    body = []
    for each in maps:
        steps = each.arrived[each.arrived >= 0]
        cells = [f"{100 * each.share(end):.1f} %" for end, _ in ends]
        cells.append(f"{np.median(steps):.0f}" if steps.size else "–")
        data = [html.Td(cell, className="number") for cell in cells]
        body.append(html.Tr([html.Th(each.label, scope="row"), *data]))
    return build_table(["optimizer", *(word for _, word in ends), "median arrival (step)"], body)


def build_findings(sweep: SweepMap) -> Any:
    """Build the table of what a map of hyperparameters says."""
    x, y = sweep.find_best()
    rows = [
        ("lowest final loss (median)", spell_number(float(sweep.median.min()), 4)),
        (f"at {sweep.x_name}", f"{x:.4g}"),
        (f"at {sweep.y_name}", f"{y:.4g}"),
        ("pairs that diverge for most seeds", f"{100 * (sweep.diverged > 0.5).mean():.1f} %"),
        ("target of the steps (loss)", spell_number(sweep.target, 4)),
    ]
    body = [
        html.Tr([html.Th(name, scope="row"), html.Td(value, className="number")])
        for name, value in rows
    ]
    return html.Table(html.Tbody(body))
