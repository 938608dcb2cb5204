"""The fields of a surface: a list in groups with small pictures, a formula, its parameters."""

from __future__ import annotations

import math
from functools import lru_cache
from hashlib import sha256
from typing import Any

import dash_mantine_components as dmc
from dash import MATCH, Dash, html
from flask import Flask, Response, abort

from optviz.problems.surfaces import SURFACES, Surface, group_surfaces
from optviz.views.small_pictures import draw_icon
from optviz_app.components.fields import Scale, aria, slider_row
from optviz_app.components.optimizer_cards.callbacks import register_slider
from optviz_app.components.surface_state import TYPED
from optviz_app.server.browser_modules import FOREVER

ROLES = ("parameter", "map-parameter")
"""The roles of the fields of parameters on the pages that have some."""
DEFAULT_FORMULA = "x**2 + a*y**2 + sin(3*x)"


def surface_choice(value: str, identity: str = "surface") -> Any:
    """Build the list; one types to search in it."""
    groups = [
        {"group": group, "items": [{"value": each.name, "label": each.title} for each in surfaces]}
        for group, surfaces in group_surfaces().items()
    ]
    return dmc.Select(
        id=identity,
        data=[{"value": TYPED, "label": "Type a formula …"}, *groups],
        value=value,
        searchable=True,
        clearSearchOnFocus=True,
        selectFirstOptionOnChange=True,
        withScrollArea=False,
        attributes={"options": {"tabIndex": 0}},  # what scrolls can be reached by key
        styles={"options": {"maxHeight": 420, "overflowY": "auto"}},
        allowDeselect=False,
        nothingFoundMessage="no such surface",
        renderOption={"function": "showSurface", "options": {"address": f"/icons/{hash_icons()}/"}},
        **aria("surface"),
    )


def formula_field(identity: str, problem: str) -> Any:
    """Build the field of a typed formula, in a box that is hidden where a surface is chosen."""
    is_typed = problem not in SURFACES
    field = dmc.TextInput(
        id=identity,
        value=problem if is_typed else DEFAULT_FORMULA,
        debounce=True,
        label="formula in x and y",
        description="such as 2x² + a*y² or where(x > 0, x, y²); other letters become parameters",
        inputProps={"maxLength": 500, "autoCapitalize": "off"},
        spellCheck=False,
    )
    return html.Div(field, id=f"{identity}-box", hidden=not is_typed)


def parameter_fields(surface: Surface, role: str = ROLES[0]) -> list[Any]:
    """Build a slider, on a log scale where it spans decades, and a field for each parameter."""
    rows = []
    for name, value in surface.formula.parameters.items():
        _, low, high = surface.parameters[name]
        log = low > 0 and high >= 100 * low
        same, label = {"name": name, "log": int(log)}, html.Label(name, className="hyper-label")
        step = (math.log10(high / low) if log else high - low) / 200
        rows.append(
            slider_row(
                label,
                {"role": f"{role}-slide", **same},
                {"role": role, **same},
                Scale(value, low, high, log, step),
                f"parameter {name}",
                thumb=name,
            )
        )
    return rows


@lru_cache(maxsize=1)
def hash_icons() -> str:
    """Return the part of the pictures' addresses that changes with what is drawn."""
    told = [(each.formula.text, each.window, each.log) for each in SURFACES.values()]
    return sha256(repr((told, draw_surface("bowl"))).encode()).hexdigest()[:16]


@lru_cache(maxsize=len(SURFACES))
def draw_surface(name: str) -> bytes:
    """Return the small picture of a surface."""
    return draw_icon(SURFACES[name])


def register(app: Dash) -> None:
    """Serve the pictures, at addresses that change with them; let sliders and fields agree."""
    one = {"name": MATCH, "log": MATCH}
    for role in ROLES:
        register_slider(app, {"role": role, **one}, {"role": f"{role}-slide", **one})
    server: Flask = app.server  # type: ignore[assignment]

    @server.get("/icons/<version>/<name>.png")
    def send_icon(version: str, name: str) -> Response:
        if name not in SURFACES:
            abort(404)
        headers = {"Cache-Control": FOREVER} if version == hash_icons() else {}
        return Response(draw_surface(name), mimetype="image/png", headers=headers)
