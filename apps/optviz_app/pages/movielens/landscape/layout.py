"""The Landscape tab as it opens: which picture of the loss, how it is looked at, what it hides."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from optviz.experiments.ratings import GRIDS, RatingsExperiment
from optviz.landscapes.pictures import COLORS, LOOKS, PICTURES
from optviz.landscapes.ways import WAYS
from optviz_app.components.fields import SCROLLS, aria, build_opening, section, select
from optviz_app.components.figures import graph
from optviz_app.components.long_work import Work, build_status, build_stores
from optviz_app.pages.movielens.empty_tab import READING, build_empty_tab
from optviz_app.pages.movielens.landscape.task import make_landscape_request

STORES = ("query", "trained", "drawn", "look", "ways", "ready", "painted")
WORK = Work(
    "landscape",
    "picture",
    "Drawing the picture",
    "Draw",
    make_landscape_request,
    is_prompt=True,
    is_page=False,
)
SOON = "The picture appears here as soon as it is drawn."
ABOUT = (
    "Each path ends at weights that mostly lie off the plane. The slice shows the loss below the "
    "end's nearest point on the plane; the true loss is that of the weights themselves, on all "
    "training ratings. Off the plane is the share of the way from the middle of the plane to the "
    "end that the picture does not show."
)


def build_landscape_tab(experiment: RatingsExperiment) -> Any:
    """Build the tab."""
    stores = [dcc.Store(id=f"landscape-{name}") for name in STORES]
    stores += build_stores("landscape")
    body = html.Div([build_controls(experiment), build_pictures()], className="page")
    hidden = html.Div(body, id="landscape-body", hidden=True)
    return html.Div([*stores, build_opening(READING), build_empty_tab("landscape"), hidden])


def build_controls(experiment: RatingsExperiment) -> Any:
    """Build the choice of the picture, of its axes and runs, and of how it is looked at."""
    pictures = {name: each.title for name, each in PICTURES.items()}
    axes = {name: each.title for name, each in WAYS.items()}
    chosen = {name: str(getattr(experiment, name)) for name in ("first", "second")}
    best = {name: {value: "the best"} for name, value in chosen.items()}
    grids = {str(each): f"{each} × {each} points" for each in GRIDS}
    parts = [
        section(
            "Picture",
            select("picture", pictures, experiment.picture, **aria("picture of the loss")),
            html.P(id="picture-note", className="note"),
            html.Div(select("axes", axes, experiment.axes, label="axes"), id="axes-box"),
            html.P(id="axes-note", className="note"),
            html.Div(select("first", best["first"], chosen["first"], label="run"), id="first-box"),
            html.Div(
                select("second", best["second"], chosen["second"], label="other run"),
                id="second-box",
            ),
            html.Div(
                select("grid", grids, str(experiment.grid), label="resolution"), id="grid-box"
            ),
            html.P(id="landscape-sample", className="note"),
            build_status(WORK),
        ),
        html.Div(
            section(
                "Look",
                build_choice("look", LOOKS, experiment.look, "how the plane is looked at"),
                html.Div(
                    select("color", COLORS, experiment.color, label="color of a path"),
                    id="color-box",
                    hidden=experiment.look != "above",
                ),
            ),
            id="look-box",
        ),
    ]
    return dmc.Stack(parts, id="landscape-controls", gap="md", className="controls")


def build_choice(name: str, options: dict[str, str], value: str, label: str) -> Any:
    """Build a choice of a few that are all seen."""
    data = [{"value": each, "label": title} for each, title in options.items()]
    looks: Any = {"size": "xs", "fullWidth": True, "orientation": "vertical", **aria(label)}
    return dmc.SegmentedControl(id=name, data=data, value=value, **looks)


def build_pictures() -> Any:
    """Build the place of the picture, of its sentence and of the ends' true losses."""
    ends = section(
        "What the slice hides at the ends",
        html.Div(id="slice-ends", className="wide numbers", **SCROLLS),
        html.P(ABOUT, className="note"),
    )
    words = html.Div(id="slice-words", className="hides")
    name = "Loss around the paths"
    title = dmc.Title(name, order=2, className="section", id="slice-title")
    place = html.Div(graph("slice", "tall", name), id="slice-box")
    parts = [
        html.A("Settings", href="#landscape-controls", className="to-controls"),
        html.Div([title, place, words], id="slice-part", hidden=True),
        html.Div(ends, id="slice-ends-part", hidden=True),
        html.P(SOON, className="note waiting"),
    ]
    return html.Div(parts, className="pictures")
