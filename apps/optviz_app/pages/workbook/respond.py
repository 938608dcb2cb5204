"""What the Workbook page answers to a change: its new link, and what of the page is new.

Nothing is lost where several changes come at once: a field that shows something else than the link
was edited, and what was pressed since the last answer comes in its order.
"""

from __future__ import annotations

from dataclasses import replace
from math import isfinite
from typing import Any

from dash import no_update

from optviz.specs import known
from optviz.workbook.tab import shift_rows
from optviz_app.pages.workbook import figures, panels
from optviz_app.pages.workbook.history import Act, betas_of, checked, epochs_of, sheet_of, with_act
from optviz_app.pages.workbook.layout import FIELDS, spelled, value_of
from optviz_app.pages.workbook.link import Shown, finite, samples_of, spell_samples

ERRORS = (*FIELDS, "samples")
MOST_PRESSES = 100


def answer(query: str, seen: Any, controls: dict[str, Any]) -> dict[str, Any]:
    """The outputs of the page's callback; `seen` counts the presses that the link answers."""
    before = Shown.from_query(query)[0]
    out = untouched()
    wrong: dict[str, str] = {}
    if seen is None:
        return out | told(wrong) | seen_now(controls) | drawing(None, before)
    after, wrong = changed(before, controls, seen)
    out |= told(wrong) | seen_now(controls) | fields(after, wrong)
    if after == before:
        return out
    return out | {"query": after.to_query()} | drawing(before, after)


def untouched() -> dict[str, Any]:
    """The outputs of a page on which nothing has changed."""
    names = ("query", "about", "slips", "sheet", "bowl", "picture", "now")
    return dict.fromkeys((*names, "readout", "file"), no_update) | {
        "values": [no_update] * len(ERRORS),
        "hidden": [no_update, no_update],
    }


def told(wrong: dict[str, str]) -> dict[str, Any]:
    """The sentence beside each field that is wrong, and the one for the whole page."""
    return {"errors": [wrong.get(name) for name in ERRORS], "said": wrong.get("page", "")}


def seen_now(controls: dict[str, Any]) -> dict[str, Any]:
    """How many presses are answered now."""
    return {"seen": (controls["pressed"] or {}).get("count", 0)}


# -- what was done -------------------------------------------------------------------------


def changed(before: Shown, controls: dict[str, Any], seen: int) -> tuple[Shown, dict[str, str]]:
    """What is shown after a change, and a sentence for each thing refused."""
    if controls["tab"] != before.tab:
        return checked(replace(before.tab_only(), tab=tab_named(controls["tab"]))), {}
    after, wrong = edited(before, controls)
    for press in fresh(controls["pressed"] or {}, seen):
        try:
            after = checked(pressed(after, press))
            wrong = {key: said for key, said in wrong.items() if key not in MENDS.get(press, ())}
        except ValueError as error:
            wrong["page"] = str(error)
    return after, wrong


def tab_named(name: Any) -> str:
    """The name, if a tab has it.

    Raises: ValueError: no tab "adamm"; nearest: adam
    """
    from optviz.workbook import TABS

    return known("tab", str(name)[:40], TABS)


def fresh(presses: dict[str, Any], seen: int) -> list[Any]:
    """What was pressed since so many presses, in order: names of buttons, and rows chosen."""
    more = min(presses.get("count", 0) - seen, MOST_PRESSES)
    return presses["last"][-more:] if more > 0 else []


def edited(before: Shown, controls: dict[str, Any]) -> tuple[Shown, dict[str, str]]:
    """What is shown after edits of the switch and fields, and a sentence for each refused."""
    after, wrong = before, {}
    try:
        after = checked(replace(before, shipped=controls["shipped"] is True))
    except ValueError as error:
        wrong["page"] = str(error)
    for name in ERRORS:
        try:
            act = edit_of(before, name, controls[name])
            after = after if act is None else checked(with_act(after, act))
        except ValueError as error:
            wrong[name] = str(error)
    return after, wrong


def edit_of(shown: Shown, name: str, text: Any) -> Act | None:
    """The edit that a field's text means; None where it shows what the sheet has."""
    sheet, text = sheet_of(shown), str(text or "")
    if name == "samples":
        samples = samples_of(text)
        own = figures.samples_key(sheet)
        return None if samples == own or (not samples and not text) else (name, samples)
    now = value_of(sheet, name)
    if now is None or text == spelled(now):
        return None
    value = finite(name, text)
    return None if value == now else (name, value)


def pressed(shown: Shown, name: str | int) -> Shown:
    """What is shown after a button was pressed, or a row chosen by its place.

    Raises: ValueError: this is the first row: there is none before it
    """
    if isinstance(name, int):
        return replace(shown, row=min(max(name, 0), last_row(shown)))
    if name == "step":
        if shown.row < last_row(shown):
            return replace(shown, row=shown.row + 1)
        return with_act(shown, ("epochs", 1))
    if name == "back":
        return back(shown)
    if name == "own":
        edited_ones = figures.samples_key(sheet_of(shown)) != figures.OWN
        return with_act(shown, ("samples", ())) if edited_ones else shown
    return with_act(shown, PRESSES[known("button", str(name)[:40], PRESSES)])


PRESSES: dict[str, Act] = {"epoch": ("epochs", 1), "five": ("epochs", 5), "reset": ("reset", 1)}
MENDS = {"own": ("samples",), "reset": ("b", "a")}
"""The fields that a button fills anew, whatever was wrong in them."""


def back(shown: Shown) -> Shown:
    """What was shown a row before: of the epoch before, where nothing was edited since.

    Raises: ValueError: this is the first row: there is none before it
    """
    if shown.row:
        return replace(shown, row=shown.row - 1)
    if not epochs_of(shown.done):
        raise ValueError("this is the first row: there is none before it")
    if shown.done[-1][0] != "epochs":
        raise ValueError("something was changed since the epoch before: undo that first")
    *rest, (name, value) = shown.done
    done = (*rest, (name, value - 1)) if value > 1 else tuple(rest)
    return replace(shown, done=done, row=last_row(shown))


def last_row(shown: Shown) -> int:
    """The last sample's place."""
    return len(sheet_of(shown).x) - 1


# -- what is new ---------------------------------------------------------------------------


def fields(after: Shown, wrong: dict[str, str]) -> dict[str, Any]:
    """The outputs that are controls; a refused text stays to be mended."""
    sheet = sheet_of(after)
    texts = {name: spelled(value_of(sheet, name)) for name in FIELDS}
    texts["samples"] = spell_samples(sheet)
    own = betas_of(sheet)
    return {
        "values": [no_update if name in wrong else texts[name] for name in ERRORS],
        "hidden": [name not in own for name in ("beta1", "beta2")],
    }


def drawing(before: Shown | None, after: Shown) -> dict[str, Any]:
    """The outputs that are shown: those that something else needs."""
    sheet, key = sheet_of(after), figures.bowl_of(after)
    out: dict[str, Any] = {
        "now": now(after, key[0]),
        "readout": panels.place(after),
        "file": f"/workbook/tab.xlsx?{after.to_query()}",
    }
    if before is None or before.tab != after.tab:
        out |= {"about": panels.about(after.tab), "slips": panels.slip_list(after.tab)}
    if before is None or replace(before, row=0) != replace(after, row=0):
        out["sheet"] = table(after)
        out["picture"] = {"fit": figures.fit_still(sheet), "paths": figures.bowl_paths(after)}
    if before is None or figures.bowl_of(before)[0] != key[0]:
        out["bowl"] = figures.bowl_still(*key[1:]) | {"key": key[0]}
    return out


def now(shown: Shown, bowl: str) -> dict[str, Any]:
    """What moves with the row."""
    sheet = sheet_of(shown)
    return {
        "query": shown.to_query(),
        "row": shown.row,
        "fit": figures.fit_now(sheet, shown.row),
        "here": figures.bowl_now(sheet, shown.row),
        "bowl": bowl,
    }


def table(shown: Shown) -> dict[str, Any]:
    """The filled cells of the sheet by rows, and what each column and cell means."""
    sheet = sheet_of(shown)
    cells = {split(address): value for address, value in sheet.cells().items()}
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
        "rows": [[plain(cells.get((letter, row))) for letter in letters] for row in rows],
        "samples": len(sheet.x),
    }


def split(address: str) -> tuple[str, int]:
    """The column and the row of an address; no tab goes beyond column Z."""
    return address[0], int(address[1:])


def plain(value: Any) -> Any:
    """A cell as JSON holds it."""
    if value is None or isinstance(value, str):
        return value
    return float(value) if isfinite(value) else "not finite"
