"""A bar that plays and scrubs the frames of a figure, in the browser alone.

The page gives a store `<figure>-figure` whose figure has `frames`, each with its traces' new data;
the name of a frame is what is read beside the bar.
"""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, html

from optviz_app.components.fields import aria


def build_film_bar(identity: str, what: str) -> Any:
    """Build the bar of a figure, hidden while it has no frames; `what` moves, in words."""
    play = dmc.ActionIcon(
        html.Span(className="transport-icon play"),
        id=f"{identity}-play",
        variant="filled",
        size="lg",
        radius="xl",
        **aria(f"play {what}"),
    )
    slider = dmc.Slider(
        id=f"{identity}-frame",
        min=0,
        max=1,
        value=1,
        step=1,
        updatemode="drag",
        label=None,
        thumbLabel=what,
        className="grow",
    )
    said = html.Span(id=f"{identity}-frame-said", className="readout")
    parts = [play, slider, said]
    return html.Div(parts, id=f"{identity}-film", className="transport film", hidden=True)


def register_film(app: Dash, identity: str) -> None:
    """Register what the bar of a figure does."""
    film, slider = State(f"{identity}-film", "id"), f"{identity}-frame"
    store = f"{identity}-figure"
    app.clientside_callback(
        ClientsideFunction("common", "loadFilm"),
        Output(slider, "max"),
        Output(slider, "value"),
        Output(f"{identity}-film", "hidden"),
        Input(identity, "figure"),
        State(store, "data"),
        film,
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("common", "showFrame"),
        Output(f"{identity}-frame-said", "children"),
        Input(slider, "value"),
        State(store, "data"),
        film,
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("common", "playFilm"),
        Input(f"{identity}-play", "n_clicks"),
        State(store, "data"),
        film,
        prevent_initial_call=True,
    )
