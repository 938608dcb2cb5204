"""The Workbook page as it opens: the choice of tabs, the controls, and places for the rest."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from optviz.specs import format_value
from optviz.workbook.sheet import Sheet
from optviz.workbook.tabs import TABS
from optviz_app.components.fields import aria, link_alert, section, term, text_button
from optviz_app.components.figures import graph
from optviz_app.pages.workbook import panels
from optviz_app.pages.workbook.acts import spell_samples
from optviz_app.pages.workbook.state import WorkbookState
from optviz_app.server.security import CHECK, LARGER

BUTTONS = {
    "back": ("Back", "one row back", "step-back"),
    "step": ("Step", "one row forward; after the last row, the next epoch begins", "step-on"),
    "play": ("Play", "step by step, or pause (space)", "play"),
    "epoch": ("One epoch", "same as the tab's own button (e)", "epoch"),
    "five": ("Five epochs", "same as the tab's own button (Shift+e)", "five-epochs"),
    "reset": ("Reset", "b = a = 1 and fresh averages, same as the tab's own button", "reset"),
}
"""The buttons of the sheet: their words, their effects, and their names in keys.js."""

FIELDS = {
    "lr": ("lr", "learning rate"),
    "beta1": ("beta1", "memory of gradients"),
    "beta2": ("beta2", "memory of squares"),
    "b": ("b", "intercept that row 4 starts from"),
    "a": ("a", "slope that row 4 starts from"),
}
STORES = ("seen", "pressed", "sheet", "bowl", "picture", "now", "drawn", "asked", "numbers")
UPLOAD_WORDS = (
    "Compare your own copy of the file with the numbers here, cell by cell: .xlsx or .xlsm, at "
    "most 10 MB. Its macros are not run, and nothing is stored."
)


def layout(state: WorkbookState, sentences: list[str]) -> Any:
    """Lay out the page of a tab."""
    sheet = state.sheet
    label = "as shipped, with the file's errors"
    switch = dmc.Switch(id="workbook-shipped", checked=state.shipped, label=label, size="xs")
    errors = html.Div(panels.error_list(sheet.tab), id="workbook-slips")
    slips = section("Errors in the original file", switch, errors)
    parts = [settings_panel(sheet), samples_panel(sheet), slips, file_panel()]
    controls = dmc.Stack(parts, gap="md", className="controls")
    stores = [dcc.Store(id=f"workbook-{name}") for name in STORES]
    stores.append(dcc.Store(id="workbook-query", data=state.to_query()))
    chooser = dmc.SegmentedControl(
        id="workbook-tab",
        data=[{"value": name, "label": name} for name in TABS],
        value=state.tab,
        size="sm",
        className="chooser",
        **aria("tab of the workbook"),
    )
    head = [
        html.H1("The workbook", className="hidden"),
        link_alert(sentences),
        chooser,
        html.Div(panels.about_panel(sheet.tab), id="workbook-about", className="about"),
    ]
    body = html.Div([controls, pictures()], className="page")
    return html.Div([*stores, *head, body], className="workbook")


def settings_panel(sheet: Sheet) -> Any:
    """Make the settings of the tab, and the start of its row 4."""
    boxes = []
    for name, (label, hint) in FIELDS.items():
        value = read_setting(sheet, name)
        field = dmc.TextInput(
            id=f"workbook-{name}",
            value=spell_setting(value),
            debounce=True,
            size="xs",
            inputProps={"inputMode": "decimal", "title": hint},
            **aria(f"{label}: {hint}"),
        )
        inside = html.Div([term(label), field], className="field")
        boxes.append(html.Div(inside, id=f"workbook-{name}-box", hidden=value is None))
    return section(
        "Settings",
        html.Div(boxes[:3], className="fields"),
        html.Div(boxes[3:], className="fields pair"),
        panels.make_note("As on the sheet, a change takes effect from row 4 of this epoch."),
    )


def read_setting(sheet: Sheet, name: str) -> float | None:
    """Return a sheet's value of one of FIELDS; None if its rule has no such setting."""
    return getattr(sheet if name in ("b", "a") else sheet.rule, name, None)


def spell_setting(value: float | None) -> str:
    """Write a setting as its field shows it."""
    return "" if value is None else format_value(value)


def samples_panel(sheet: Sheet) -> Any:
    """Make the samples as text."""
    area = dmc.Textarea(
        id="workbook-samples",
        value=spell_samples(sheet),
        label="one x and y per line",
        description="at most 200; leave empty for the sheet's own 29",
        debounce=True,
        size="xs",
        inputProps={"rows": 7},
        spellCheck=False,
    )
    restore = text_button("workbook-own", "Restore the sheet's own", "the 29 samples of the file")
    return section("Samples", area, html.Div(restore))


def file_panel() -> Any:
    """Make the download of the tab, and the check of one's own copy."""
    limit: Any = {"data-most": str(LARGER[CHECK])}
    link = html.A("Download this tab (.xlsx)", id="workbook-file", href="", download="")
    return section(
        "Files",
        html.P(link, className="file"),
        panels.make_note(UPLOAD_WORDS),
        html.Div(id="workbook-upload", className="upload", **limit),
        html.P(id="workbook-checking", className="note", role="status"),
        html.Div(id="workbook-upload-said", role="alert", className="page-said"),
    )


def pictures() -> Any:
    """Make the buttons, and the places of the sheet and the pictures; the browser fills them."""
    words = aria("the sheet; the arrow keys up and down change the row")
    frame: Any = {"className": "sheet-frame waiting", "tabIndex": 0, "role": "region", **words}
    figures = [
        graph("workbook-fit", "low", "the samples, the best line and this row's line"),
        graph("workbook-contour", "low", "the loss over b and a with the path"),
    ]
    told = [
        section("Chain rule for this row", html.Div(id="workbook-chain")),
        section("How this row's step is computed", html.Div(id="workbook-microscope")),
    ]
    buttons = [text_button(f"workbook-{name}", *words) for name, words in BUTTONS.items()]
    history = [
        text_button("undo", "Undo", "take back the last change (u)"),
        text_button("redo", "Redo", "make it again (Shift+u)"),
    ]
    tools = [*buttons, html.Span(className="grow"), *history]
    parts = [
        html.Div(tools, className="toolbar", role="toolbar", **aria("sheet")),
        html.P(id="workbook-readout", className="readout", role="status"),
        html.Div(id="workbook-said", className="page-said", role="alert"),
        html.Div(id="workbook-frame", **frame),
        html.Div(figures, className="curve-pair"),
        html.Div(id="workbook-checked", className="checked"),
        html.Div(told, id="workbook-told"),
    ]
    return html.Div(parts, className="pictures")
