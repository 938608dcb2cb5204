"""The answers of the Workbook page to a change: its new link, and what of the page is new.

Nothing is lost where several changes come at once: a field that shows something else than the link
was edited, and presses since the last answer come in their order.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dash import no_update

from optviz.specs import check_name
from optviz.workbook.tab import shift_rows
from optviz.workbook.tabs import TABS
from optviz_app.pages.workbook import figures, panels
from optviz_app.pages.workbook.acts import Act, parse_finite, parse_samples, spell_samples
from optviz_app.pages.workbook.layout import FIELDS, read_setting, spell_setting
from optviz_app.pages.workbook.state import WorkbookState

ERRORS = (*FIELDS, "samples")
MOST_PRESSES = 100


def answer(query: str, seen: Any, controls: dict[str, Any]) -> dict[str, Any]:
    """Compute the outputs of the page's callback; `seen` counts the presses in the link."""
    before = WorkbookState.from_query(query)[0]
    names = ("query", "about", "slips", "sheet", "bowl", "picture", "now", "readout", "file")
    out: dict[str, Any] = dict.fromkeys(names, no_update)
    out |= {"values": [no_update] * len(ERRORS), "hidden": [no_update, no_update]}
    after, wrong = apply_changes(before, controls, seen or 0)
    if seen is not None or after != before:
        texts = {name: spell_setting(read_setting(after.sheet, name)) for name in FIELDS}
        texts["samples"] = spell_samples(after.sheet)
        # A refused text stays, to be corrected.
        out["values"] = [no_update if name in wrong else texts[name] for name in ERRORS]
        out["hidden"] = [not hasattr(after.sheet.rule, name) for name in ("beta1", "beta2")]
    if after != before:
        out["query"] = after.to_query()
    if seen is None or after != before:
        out |= draw(None if seen is None else before, after)
    out |= {"errors": [wrong.get(name) for name in ERRORS], "said": wrong.get("page", "")}
    return out | {"seen": (controls["pressed"] or {}).get("count", 0)}


def apply_changes(
    before: WorkbookState, controls: dict[str, Any], seen: int
) -> tuple[WorkbookState, dict[str, str]]:
    """Return the state after a change, and a sentence for each refused part of it."""
    if controls["tab"] != before.tab:
        tab = check_name("tab", str(controls["tab"])[:40], TABS)
        samples = tuple(act for act in before.done if act[0] == "samples")[-1:]
        return replace(before, tab=tab, done=samples, row=0).check(), {}
    after, wrong = before, {}
    try:
        after = replace(before, shipped=controls["shipped"] is True).check()
    except ValueError as error:
        wrong["page"] = str(error)
    for name in ERRORS:
        try:
            act = parse_edit(before, name, controls[name])
            after = after.with_act(act) if act else after
        except ValueError as error:
            wrong[name] = str(error)
    pressed = controls["pressed"] or {}
    more = min(pressed.get("count", 0) - seen, MOST_PRESSES)
    for button in pressed["last"][-more:] if more > 0 else ():
        try:
            after = press(after, button)
            wrong = {key: text for key, text in wrong.items() if key not in MENDS.get(button, ())}
        except ValueError as error:
            wrong["page"] = str(error)
    return after, wrong


def parse_edit(state: WorkbookState, name: str, text: Any) -> Act | None:
    """Parse the edit in a field's text; None if it shows what the sheet has."""
    sheet, text = state.sheet, str(text or "")
    if name == "samples":
        samples = parse_samples(text)
        is_same = samples == figures.freeze_samples(sheet) or not (samples or text)
        return None if is_same else (name, samples)
    now = read_setting(sheet, name)
    if now is None or text == spell_setting(now):
        return None
    value = parse_finite(name, text)
    return None if value == now else (name, value)


def press(state: WorkbookState, name: str | int) -> WorkbookState:
    """Return the state after a button was pressed, or a row chosen by its place."""
    if isinstance(name, int):
        return replace(state, row=min(max(name, 0), state.last_row))
    if name == "step":
        if state.row < state.last_row:
            return replace(state, row=state.row + 1)
        return state.with_act(("epochs", 1))
    if name == "back":
        return go_back(state)
    if name == "own":
        is_own = figures.freeze_samples(state.sheet) == figures.OWN
        return state if is_own else state.with_act(("samples", ()))
    return state.with_act(PRESSES[check_name("button", str(name)[:40], PRESSES)])


PRESSES: dict[str, Act] = {"epoch": ("epochs", 1), "five": ("epochs", 5), "reset": ("reset", 1)}
MENDS = {"own": ("samples",), "reset": ("b", "a")}
"""The fields that a button fills anew, whatever was wrong in them."""


def go_back(state: WorkbookState) -> WorkbookState:
    """Return the state a row earlier; in the previous epoch if nothing was edited since.

    Raises: ValueError: this is the first row: there is none before it
    """
    if state.row:
        return replace(state, row=state.row - 1)
    if not state.epochs:
        raise ValueError("this is the first row: there is none before it")
    *rest, (name, value) = state.done
    if name != "epochs":
        raise ValueError("something was changed since the epoch before: undo that first")
    done = (*rest, (name, value - 1)) if value > 1 else tuple(rest)
    state = replace(state, done=done)
    return replace(state, row=state.last_row)


def draw(before: WorkbookState | None, state: WorkbookState) -> dict[str, Any]:
    """Return the outputs that are drawn, as far as they differ from before."""
    sheet, row, bowl = state.sheet, state.row, figures.choose_bowl(state)
    out: dict[str, Any] = {
        "now": {
            "query": state.to_query(),
            "row": row,
            "fit": figures.draw_row_fit(sheet, row),
            "here": figures.draw_row_mark(sheet, row),
            "bowl": bowl.key,
        },
        "readout": panels.describe_row(state),
        "file": f"/workbook/tab.xlsx?{state.to_query()}",
    }
    if before is None or before.tab != state.tab:
        out |= {"about": panels.about_panel(sheet.tab), "slips": panels.error_list(sheet.tab)}
    if before is None or replace(before, row=0) != replace(state, row=0):
        out["sheet"] = tabulate(state)
        out["picture"] = {"fit": figures.draw_fit(sheet), "paths": figures.draw_paths(state)}
    if before is None or figures.choose_bowl(before) != bowl:
        out["bowl"] = figures.draw_bowl(bowl)
    return out


def tabulate(state: WorkbookState) -> dict[str, Any]:
    """Return the filled cells of the sheet by rows, and the meaning of each column and cell."""
    sheet = state.sheet
    cells = {(each[0], int(each[1:])): value for each, value in sheet.cells().items()}
    columns = {column.letter: column for column in sheet.tab.columns}
    letters = sorted({letter for letter, _ in cells} | set(columns))
    rows = range(1, 1 + max(row for _, row in cells))
    return {
        "tab": sheet.tab.title,
        "letters": letters,
        "meanings": [columns[each].meaning if each in columns else "" for each in letters],
        "notes": {
            shift_rows(cell.address, len(sheet.x)): cell.meaning
            for cell in sheet.tab.around
            if cell.meaning
        },
        "rows": [[cells.get((letter, row)) for letter in letters] for row in rows],
        "samples": len(sheet.x),
    }
