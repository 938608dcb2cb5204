"""The Workbook page as it opens: the chooser of tabs, controls, and the places of what is shown."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from optviz.specs import spell_value
from optviz_app.components.fields import aria, link_alert, section, term
from optviz_app.components.figures import graph
from optviz_app.pages.workbook import panels as workbook_panels
from optviz_app.pages.workbook.history import betas_of, sheet_of
from optviz_app.pages.workbook.link import Shown, spell_samples
from optviz_app.server.security import LARGER

BUTTONS = {
    "back": ("Back", "one row back", "step-back"),
    "step": ("Step", "one row on; after the last one the next epoch begins", "step-on"),
    "epoch": ("One epoch", "what the tab's own button does (e)", "epoch"),
    "five": ("Five epochs", "what the tab's own button does (Shift+e)", "five-epochs"),
    "reset": ("Reset", "b = a = 1 and fresh averages, as the tab's own button does", "reset"),
}
"""The buttons of the sheet: their words, what they do, and what keys.js calls them."""

FIELDS = {
    "lr": ("lr", "learning rate"),
    "beta1": ("beta1", "memory of gradients"),
    "beta2": ("beta2", "memory of squares"),
    "b": ("b", "intercept with which row 4 begins"),
    "a": ("a", "slope with which row 4 begins"),
}
STORES = ("seen", "pressed", "sheet", "bowl", "picture", "now", "drawn", "asked", "numbers")
UPLOAD_WORDS = (
    "Compare your own copy of the file with the numbers here, cell for cell: .xlsx or .xlsm, at "
    "most 10 MB. Its macros are not run, and nothing of it is kept."
)


def layout(shown: Shown, sentences: list[str]) -> Any:
    """The page that shows a tab."""
    controls = dmc.Stack(
        [
            settings_panel(shown),
            samples_panel(shown),
            slips_panel(shown),
            file_panel(),
        ],
        gap="md",
        className="controls",
    )
    stores = [dcc.Store(id=f"workbook-{name}") for name in STORES]
    stores.append(dcc.Store(id="workbook-query", data=shown.to_query()))
    head = [
        html.H1("The workbook", className="hidden"),
        link_alert(sentences),
        chooser(shown),
        html.Div(workbook_panels.about(shown.tab), id="workbook-about", className="about"),
    ]
    body = html.Div([controls, pictures()], className="page")
    return html.Div([*stores, *head, body], className="workbook")


def chooser(shown: Shown) -> Any:
    """The choice of a tab."""
    from optviz.workbook import TABS

    return dmc.SegmentedControl(
        id="workbook-tab",
        data=[{"value": name, "label": name} for name in TABS],
        value=shown.tab,
        size="sm",
        className="chooser",
        **aria("tab of the workbook"),
    )


def settings_panel(shown: Shown) -> Any:
    """The settings of the tab, and where its row 4 begins."""
    sheet = sheet_of(shown)
    own = ("lr", *betas_of(sheet), "b", "a")
    boxes = [
        html.Div(
            field(name, value_of(sheet, name)), id=f"workbook-{name}-box", hidden=name not in own
        )
        for name in FIELDS
    ]
    return section(
        "Settings",
        html.Div(boxes[:3], className="fields"),
        html.Div(boxes[3:], className="fields pair"),
        html.P("As on the sheet, a change counts from this epoch's row 4 on.", className="note"),
    )


def field(name: str, value: Any) -> Any:
    """The field of a setting."""
    label, hint = FIELDS[name]
    box = dmc.TextInput(
        id=f"workbook-{name}",
        value=spelled(value),
        debounce=True,
        size="xs",
        inputProps={"inputMode": "decimal", "title": hint},
        **aria(f"{label}: {hint}"),
    )
    return html.Div([term(label), box], className="field")


def value_of(sheet: Any, name: str) -> float | None:
    """What a sheet has in one of FIELDS, None where its rule has no such setting."""
    return getattr(sheet if name in ("b", "a") else sheet.rule, name, None)


def spelled(value: float | None) -> str:
    """A setting as its field shows it."""
    return "" if value is None else spell_value(value)


def samples_panel(shown: Shown) -> Any:
    """The samples as text."""
    area = dmc.Textarea(
        id="workbook-samples",
        value=spell_samples(sheet_of(shown)),
        label="an x and a y on each line",
        description="at most 200; empty: the sheet's own 29",
        debounce=True,
        size="xs",
        inputProps={"rows": 7},
        spellCheck=False,
    )
    return section(
        "Samples",
        area,
        html.Div(
            dmc.Button(
                "Restore the sheet's own", id="workbook-own", size="compact-xs", variant="default"
            )
        ),
    )


def slips_panel(shown: Shown) -> Any:
    """The switch for the file's slips, and which they are."""
    switch = dmc.Switch(
        id="workbook-shipped",
        checked=shown.shipped,
        label="as shipped, with the file's slips",
        size="xs",
    )
    slips = html.Div(workbook_panels.slip_list(shown.tab), id="workbook-slips")
    return section("Slips of the file", switch, slips)


def file_panel() -> Any:
    """Taking the tab along as a file, and checking one's own."""
    limit: Any = {"data-most": str(LARGER["/workbook/check"])}
    link = html.A("Download this tab (.xlsx)", id="workbook-file", href="", download="")
    return section(
        "Files",
        html.P(link, className="file"),
        html.P(UPLOAD_WORDS, className="note"),
        html.Div(id="workbook-upload", className="upload", **limit),
        html.P(id="workbook-checking", className="note", role="status"),
        html.Div(id="workbook-upload-said", role="alert", className="page-said"),
    )


def pictures() -> Any:
    """Everything that is shown, empty until the browser fills it."""
    return html.Div(
        [
            toolbar(),
            html.P(id="workbook-readout", className="readout", role="status"),
            html.Div(id="workbook-said", className="page-said", role="alert"),
            html.Div(
                id="workbook-frame",
                className="sheet-frame waiting",
                tabIndex=0,
                role="region",
                **aria("the sheet; the arrow keys up and down change the row"),
            ),
            html.Div(
                [
                    graph("workbook-fit", "low", "the samples, the best line and this row's line"),
                    graph("workbook-contour", "low", "the loss over b and a with the path"),
                ],
                className="curve-pair",
            ),
            html.Div(id="workbook-checked", className="checked"),
            html.Div(
                [
                    section("Chain rule of this row", html.Div(id="workbook-chain")),
                    section("How this row's step is made", html.Div(id="workbook-microscope")),
                ],
                id="workbook-told",
            ),
        ],
        className="pictures",
    )


def toolbar() -> Any:
    """What the buttons of the tab do, and undo."""
    buttons = [button(f"workbook-{name}", *words) for name, words in BUTTONS.items()]
    buttons.insert(2, button("workbook-play", "Play", "step by step, or pause (space)", "play"))
    history = [
        button("undo", "Undo", "take back the last change (u)"),
        button("redo", "Redo", "make it again (Shift+u)"),
    ]
    inside = [*buttons, html.Span(className="grow"), *history]
    return html.Div(inside, className="toolbar", role="toolbar", **aria("sheet"))


def button(identity: str, title: str, hint: str, press: str = "") -> Any:
    """A button of the toolbar; `press` is what keys.js calls it."""
    about = {"title": hint, **({"data-press": press} if press else {})}
    return dmc.Button(
        title, id=identity, size="compact-xs", variant="default", attributes={"root": about}
    )
