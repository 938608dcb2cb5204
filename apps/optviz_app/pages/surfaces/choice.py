"""The choice of a surface: a list in groups, each with a small picture of it."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import Any

import dash_mantine_components as dmc
from dash import Dash
from flask import Flask, Response, abort

from optviz.problems.surfaces import SURFACES, group_surfaces
from optviz.views.small_pictures import draw_icon
from optviz_app.components.fields import aria
from optviz_app.pages.surfaces.state import TYPED
from optviz_app.server.browser_modules import FOREVER


def surface_choice(value: str) -> Any:
    """Build the list; one types to search in it."""
    groups = [
        {"group": group, "items": [{"value": each.name, "label": each.title} for each in surfaces]}
        for group, surfaces in group_surfaces().items()
    ]
    return dmc.Select(
        id="surface",
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
    """Serve the pictures, at addresses that change with them."""
    server: Flask = app.server  # type: ignore[assignment]

    @server.get("/icons/<version>/<name>.png")
    def send_icon(version: str, name: str) -> Response:
        if name not in SURFACES:
            abort(404)
        headers = {"Cache-Control": FOREVER} if version == hash_icons() else {}
        return Response(draw_surface(name), mimetype="image/png", headers=headers)
