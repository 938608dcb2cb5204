"""The measures of an evaluation: each model a point with its interval, each measure a panel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import plotly.graph_objects as go

from optviz.recommenders.evaluation.evaluator import BIAS, POPULARITY
from optviz.recommenders.evaluation.report import ERRORS, MEASURES, Evaluation
from optviz.views.drawing.colors import COLORS, SYMBOLS
from optviz.views.drawing.theme import GRAY, build_figure

ORDER = ("adam", "momentum", "nesterov", "rmsprop", "sgd", "adadelta", "adagrad")
"""The colors of the models in the order in which they are taken; what stands beside is gray."""
DOMAINS = {"rmse": (0, 0.6), "mae": (0.54, 0.6), "recall": (0, 0), "ndcg": (0.54, 0)}
"""The lower left corner of each panel."""
SIZE = (0.46, 0.31)


def draw_evaluation(evaluation: Evaluation, *, theme: str = "light") -> go.Figure:
    """Draw errors and ranking of the models of an evaluation, with their intervals."""
    return build_figure(build_evaluation_parts(evaluation), theme)


def build_evaluation_parts(evaluation: Evaluation) -> dict[str, Any]:
    """Return the data and layout of `draw_evaluation`, as plain data without a theme."""
    traces = [
        build_point(evaluation, model, key, place)
        for place, model in enumerate(evaluation.models)
        for key in MEASURES
        if evaluation.measures[model][key].value == evaluation.measures[model][key].value
    ]
    named: set[str] = set()
    for trace in traces:  # one entry in the legend for all points of a model
        trace["showlegend"] = trace["name"] not in named
        named.add(trace["name"])
    title = f"Evaluation: {evaluation.about['data']}, {evaluation.name_split()}"
    layout = {"title": {"text": title}, "showlegend": True, "uirevision": title}
    layout["annotations"] = [build_panel_title(evaluation, key) for key in MEASURES]
    for number, key in enumerate(MEASURES, 1):
        layout |= dict(build_axes(number, key, len(evaluation.models)))
    return {"data": traces, "layout": layout}


def build_point(evaluation: Evaluation, model: str, key: str, place: int) -> dict[str, Any]:
    """Return a model's point in the panel of a measure, with its interval as a bar."""
    estimate, number = evaluation.measures[model][key], MEASURES.index(key) + 1
    title, is_beside = evaluation.name_measure(key), model in (BIAS, POPULARITY)
    color = GRAY if is_beside else COLORS[ORDER[place % len(ORDER)]]
    point = {
        "type": "scatter",
        "x": [estimate.value],
        "y": [-place],
        "mode": "markers+text",
        "text": [f"{estimate.value:.3f}"],
        "textposition": "top center",
        "marker": {"color": color, "symbol": SYMBOLS[place % len(SYMBOLS)], "size": 10},
        "name": model,
        "legendgroup": model,
        "cliponaxis": False,
        "hovertemplate": f"{model}<br>{title} {estimate.write()}<extra></extra>",
        "xaxis": f"x{number}",
        "yaxis": f"y{number}",
    }
    if estimate.low == estimate.low:
        ends = {"array": [estimate.high - estimate.value]}
        ends["arrayminus"] = [estimate.value - estimate.low]
        bar = {"type": "data", "symmetric": False, "color": color, "thickness": 2, "width": 6}
        point["error_x"] = bar | ends
    return point


def build_axes(number: int, key: str, models: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the axes of a panel by their names in a layout."""
    (left, low), (width, height) = DOMAINS[key], SIZE
    name = "" if number == 1 else str(number)
    yield (
        f"xaxis{name}",
        {
            "domain": [left, left + width],
            "anchor": f"y{number}",
            "tickformat": "~g",
            "nticks": 5,
            "rangemode": "normal" if key in ERRORS else "tozero",
        },
    )
    yield (
        f"yaxis{name}",
        {
            "domain": [low, low + height],
            "anchor": f"x{number}",
            "range": [0.4 - models, 0.8],
            "showticklabels": False,
            "showgrid": False,
            "ticks": "",
            "fixedrange": True,
        },
    )


def build_panel_title(evaluation: Evaluation, key: str) -> dict[str, Any]:
    """Return the words above a panel: the measure and which way is better."""
    (left, low), better = DOMAINS[key], "lower" if key in ERRORS else "higher"
    unit = " in stars" if key in ERRORS else ""
    return {
        "text": f"{evaluation.name_measure(key)}{unit}<br>{better} is better",
        "align": "left",
        **{"x": left, "xref": "paper", "xanchor": "left"},
        **{"y": low + SIZE[1] + 0.01, "yref": "paper", "yanchor": "bottom"},
        "showarrow": False,
    }
