"""The step microscope: how a step was computed, term by term, as a part of any page."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from dash import dcc, html

from optviz.formulas.text import format_number
from optviz.microscope import Explanation, Quantity, Summand
from optviz_app.components.fields import SCROLLS, aria, build_table
from optviz_app.components.figures import hash_text

EQUALS = "\u00a0= "
"""An equals sign that no line begins with."""
DIGITS = 6
"""Significant digits of a value in the table."""


class Row(NamedTuple):
    """A row of the table: a term, or a summand of the step."""

    name: str
    meaning: str
    latex: str
    text: str
    cells: list[list[str]]
    """For each value: the numbers it comes from, the value rounded, and in full."""


def microscope_panel(explanation: Explanation) -> Any:
    """Build a table of a step's terms, and below it the summands of each parameter's change."""
    rows, made = list_rows(explanation), list_sums(explanation)
    key: Any = {"data-key": name_panel(explanation, rows)}
    names = ["quantity", "formula", *explanation.names]
    body = [table_row(row, explanation.names) for row in rows]
    table = html.Div(build_table(names, body, className="terms"), className="wide", **SCROLLS)
    parts = [*(each.name for each in explanation.summands), "change"]
    sums = []
    for name, each in zip(explanation.names, made, strict=True):
        bars = [html.H3(f"Change of {name}"), *map(bar, parts, each["bars"])]
        sums.append(html.Div(bars, role="img", className="sum", **aria(each["words"])))
    return html.Div([table, html.Div(sums, className="sums")], className="microscope", **key)


def write_numbers(explanation: Explanation) -> dict[str, Any]:
    """Return the texts of a panel that change from step to step, and the key of the others.

    The browser writes them into the panel of the same key: a new panel keeps the browser
    busy for some hundred milliseconds, its numbers for some five.
    """
    rows = list_rows(explanation)
    cells = [row.cells for row in rows]
    return {"key": name_panel(explanation, rows), "cells": cells, "sums": list_sums(explanation)}


def name_panel(explanation: Explanation, rows: list[Row]) -> str:
    """Return a name for what is the same at every step of a run: parameters and formulas."""
    return hash_text("\n".join([*explanation.names, *(row.text for row in rows)]))


def list_rows(explanation: Explanation) -> list[Row]:
    """Return the terms of a step, its summands before their sum."""
    rows = []
    for term in explanation.terms:
        row = Row(term.name, term.meaning, term.latex, typeset(term.text), list_cells(term))
        several = len(explanation.summands) > 1
        rows += add_summands(explanation, row) if term.name == "step" and several else [row]
    return rows


def add_summands(explanation: Explanation, step: Row) -> list[Row]:
    """Return a row a summand, and the step as their sum."""
    parts = []
    for each in explanation.summands:
        text = typeset(f"{each.name} = {each.text}")
        parts.append(Row(each.name, "a part of the step", each.latex, text, list_cells(each)))
    latex = rf"{step.latex.partition(' = ')[0]} = \text{{sum of the parts}}"
    worked = [
        " + ".join(f"({n})" if n.startswith("−") else n for n in numbers) + EQUALS
        for numbers in zip(*([cell[1] for cell in part.cells] for part in parts), strict=True)
    ]
    cells = [[numbers, *cell[1:]] for numbers, cell in zip(worked, step.cells, strict=True)]
    text = f"step = {' + '.join(part.name for part in parts)}"
    return [*parts, Row("step", step.meaning, latex, text, cells)]


def list_cells(part: Quantity | Summand) -> list[list[str]]:
    """Return for each value of a term its numbers, the value rounded, and in full."""
    cells = []
    for worked, value in zip(part.numbers, np.atleast_1d(part.values), strict=True):
        # A line may end after a factor.
        numbers = worked and typeset(worked).replace("·", "·\u200b") + EQUALS
        cells.append([numbers, round_value(value), repr(float(value))])
    return cells


def round_value(value: float) -> str:
    """Return a value rounded for reading."""
    return typeset(format_number(value, DIGITS))


def typeset(text: str) -> str:
    """Return a formula or a number with a proper minus sign."""
    return text.replace("-", "−")


def table_row(row: Row, names: Sequence[str]) -> Any:
    """Build one row; a number that all parameters share has one cell, in the middle."""
    is_shared = len(row.cells) == 1 < len(names)
    cells = []
    for numbers, value, exact in row.cells:
        full: Any = {"data-value": exact}
        parts = [
            html.Span(numbers, className="worked"),
            html.Span(value, className="value", **full),
        ]
        if is_shared:
            parts.insert(0, html.Span(f"for {' and '.join(names)} ", className="shared-by"))
        look: dict[str, Any] = {"colSpan": len(names)} if is_shared else {}
        cells.append(html.Td(parts, className="number shared" if is_shared else "number", **look))
    words = [html.Code(row.name), html.Span(row.meaning, className="meaning")]
    math = dcc.Markdown(rf"$\displaystyle {row.latex}$", mathjax=True, className="latex")
    # For screen readers the formula is plain text.
    formula = [html.Div(math, **aria("true", "hidden")), html.Span(row.text, className="hidden")]
    about: Any = {"data-term": row.name}
    return html.Tr([html.Th(words, scope="row"), html.Td(formula), *cells], **about)


def list_sums(explanation: Explanation) -> list[dict[str, Any]]:
    """Return how the change of each parameter adds up: in words, and a bar for each part."""
    sums = []
    for place, name in enumerate(explanation.names):
        change = float(explanation.change[place])
        parts = [(each.name, float(each.values[place])) for each in explanation.summands]
        words = ", ".join(f"{part} {round_value(value)}" for part, value in parts)
        values = [value for _, value in parts]
        kinds = [*("up" if value > 0 else "down" for value in values), "change"]
        rows = zip(kinds, [*values, change], place_bars(values, change), strict=True)
        sums.append(
            {
                "words": f"Change of {name}: {words}; in total {round_value(change)}",
                "bars": [[kind, round_value(value), *where] for kind, value, where in rows],
            }
        )
    return sums


def bar(name: str, drawn: list[str]) -> Any:
    """Draw one summand: its name, its bar and its number."""
    kind, value, left, width, zero = drawn
    origin = html.Span(className="zero", style={"left": zero})
    length = html.Span(className=f"bar-of {kind}", style={"left": left, "width": width})
    track = html.Span([origin, length], className="track")
    number = html.Span(value, className="value")
    return html.Div([html.Span(name), track, number], className="summand")


def place_bars(values: list[float], change: float) -> list[tuple[str, str, str]]:
    """Return where each bar begins, its length and where zero lies, in percent of the width.

    Bars of what is not finite are empty.
    """
    ends = np.cumsum([0.0, *values])
    spans = [*pairwise(ends), (0.0, change)]
    low, high = min(0.0, change, *ends), max(0.0, change, *ends)
    if not np.isfinite(high - low) or high == low:
        return [("0%", "0%", "0%")] * len(spans)
    share = 100 / (high - low)
    places = [(min(span) - low, abs(span[1] - span[0]), abs(low)) for span in spans]
    return [tuple(f"{each * share:.2f}%" for each in place) for place in places]  # type: ignore[misc]
