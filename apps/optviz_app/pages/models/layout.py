"""The Your model page as it opens: its files beside what is drawn of them."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from optviz_app.components.fields import SCROLLS, build_opening, link_alert, section, select
from optviz_app.components.figures import build_figure
from optviz_app.pages.models.files import MOST_BYTES, find_folder, list_files
from optviz_app.pages.models.respond import list_choices
from optviz_app.pages.models.state import MOST_FILES, OPTIONS, ModelState

FIGURES = ("model-picture", "model-paths", "model-logged", "model-moved")
"""The figures of the page."""
HOW = """import optviz

with optviz.record(model, optimizer, file="run.optviz") as rec:
    ...  # your training loop, as it is
    rec.log(loss=loss)  # in it

rec.slice(loss_fn, loader).to_npz("loss.npz")  # the loss around the path"""
TICK = f" in the list to see them: up to {MOST_FILES} at once, recordings on one plane."
WHAT = (
    "Record your own training with three lines, then drop the file here, or start the app with "
    "its folder: optviz open run.optviz."
)


def layout(state: ModelState, sentences: list[str]) -> Any:
    """Build the page that shows some files."""
    stores = [dcc.Store(id=f"{name}-figure") for name in FIGURES]
    stores.append(dcc.Store(id="model-dropped"))
    return html.Div(
        [
            html.H1("Your model", className="hidden"),
            dcc.Store(id="model-query", data=state.to_query()),
            *stores,
            link_alert(sentences),
            html.Div([build_controls(state), build_pictures()], className="page"),
        ],
        className="models",
    )


def build_controls(state: ModelState) -> Any:
    """Build the choice of files, and of what is drawn of them."""
    folder = find_folder()
    where = f"Files in {folder}, newest first." if folder else ""
    drop: Any = {"data-most": str(MOST_BYTES)}
    files = section(
        "Files",
        html.Div(id="model-drop", className="drop", **drop),
        html.P(id="model-drop-said", className="page-said", role="alert"),
        html.P(where, className="note"),
        dmc.CheckboxGroup(
            build_boxes(list_choices(state)),
            id="model-files",
            value=list(state.files),
            label="shown",
        ),
        html.P(id="model-files-said", className="page-said", role="alert"),
    )
    look = section(
        "Look",
        html.Div(
            select("model-which", {}, None, label="picture of the loss"), id="model-which-box"
        ),
        html.Div(
            [
                select("model-look", OPTIONS["look"], state.look, label="looked at"),
                html.Div(
                    select("model-color", OPTIONS["color"], state.color, label="color of a path"),
                    id="model-color-box",
                ),
            ],
            id="model-look-box",
        ),
        html.Div(
            select("model-shade", OPTIONS["shade"], state.shade, label="color of recorded paths"),
            id="model-shade-box",
        ),
        html.Div(select("model-value", {}, None, label="logged value"), id="model-value-box"),
        html.Div(
            select("model-run", {}, None, label="run whose layers are drawn"), id="model-run-box"
        ),
    )
    parts = [files, html.Div(look, id="model-look-part", hidden=True)]
    return dmc.Stack(parts, id="model-controls", gap="md", className="controls")


def build_boxes(choices: dict[str, str]) -> Any:
    """Build a box to tick for each file."""
    boxes = [dmc.Checkbox(label=title, value=name, size="xs") for name, title in choices.items()]
    return dmc.Stack(boxes, gap=6)


def build_pictures() -> Any:
    """Build the places of the pictures, and what stands there before there is any."""
    has_files = bool(list_files())
    empty = [
        dmc.Title("No file is open", order=2, className="section"),
        *([html.P([html.A("Tick files", href="#model-controls"), TICK])] * has_files),
        html.P(WHAT, className="note"),
        html.Pre(html.Code(HOW), className="how", tabIndex=0),
        html.P(
            "A recording holds the weights along the way, not your data: what is drawn of it alone "
            "are paths, logged values and how far each layer moved. A slice, sheet or profile that "
            "you saved beside it shows the loss.",
            className="note",
        ),
    ]
    words = {name: html.Div(id=f"{name}-words", className="hides") for name in FIGURES}
    titles = {
        "model-picture": ("tall", "Loss around the paths"),
        "model-paths": ("tall", "Recorded paths"),
        "model-logged": ("curve", "Logged value"),
        "model-moved": ("curve", "Movement of the layers"),
    }
    figures = [build_figure(name, *titles[name], words[name]) for name in FIGURES]
    ends = section(
        "What the slice hides at the ends",
        html.Div(id="model-ends", className="wide numbers", **SCROLLS),
    )
    about = section(
        "What is recorded", html.Div(id="model-table", className="wide recordings", **SCROLLS)
    )
    parts = [
        build_opening("Reading the files …"),
        html.A("Files", href="#model-controls", className="to-controls"),
        html.Div(id="model-wrong", className="page-said", role="alert"),
        html.Div(html.Div(empty, className="empty"), id="model-empty", hidden=True),
        figures[0],
        html.Div(ends, id="model-ends-part", hidden=True),
        *figures[1:],
        html.Div(about, id="model-table-part", hidden=True),
    ]
    return html.Div(parts, className="pictures")
