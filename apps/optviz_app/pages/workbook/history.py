"""What was done to a tab of the workbook, in order, and the sheets that come of it."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from optviz.problems.line import Line

if TYPE_CHECKING:
    from optviz.workbook import Sheet
    from optviz_app.pages.workbook.link import Shown

Samples = tuple[tuple[float, float], ...]
Act = tuple[str, Any]
"""What is done: a setting gets a value, epochs are run, or the tab is reset."""

FIRST_ROW = 4
"""Where the samples begin on a sheet."""
SETTINGS = ("lr", "beta1", "beta2", "samples")
"""What a reset leaves as it is."""
EDITS = (*SETTINGS, "b", "a")
MOST_EPOCHS, MOST_ROWS, MOST_ACTS, MOST_SAMPLES = 1000, 40_000, 60, 200
MOST_KEPT = 101
"""Epochs of which the rows are kept, this one among them."""
CHUNK = 20


def with_act(shown: Shown, act: Act) -> Shown:
    """What is shown after one more act, with nothing kept of what it makes idle.

    Raises: ValueError: at most 1000 epochs, got 1001: reset the tab
    """
    name, value = act
    if name == "reset":
        kept = tuple(last_of(shown.done, each) for each in SETTINGS)
        done = tuple(each for each in kept if each)
        return replace(shown, done=(*done, act) if done else (), row=0)
    if name == "epochs":
        done = added(shown.done, value)
    else:
        fresh = since_press(shown.done)
        kept = tuple(each for each in shown.done[fresh:] if each[0] != name)
        done = (*shown.done[:fresh], *kept, act)
    if len(done) > MOST_ACTS:
        raise ValueError(f"at most {MOST_ACTS} changes between epochs: reset the tab")
    return replace(shown, done=done, row=0 if name in ("epochs", "samples") else shown.row)


def last_of(done: tuple[Act, ...], name: str) -> Act | None:
    """The last act that set something; None where nothing did."""
    return next((act for act in reversed(done) if act[0] == name), None)


def since_press(done: tuple[Act, ...]) -> int:
    """Where the edits begin that no button followed."""
    presses = [place for place, act in enumerate(done) if act[0] in ("epochs", "reset")]
    return presses[-1] + 1 if presses else 0


def added(done: tuple[Act, ...], more: int) -> tuple[Act, ...]:
    """What was done, and some epochs more."""
    if (total := epochs_of(done) + more) > MOST_EPOCHS:
        raise ValueError(f"at most {MOST_EPOCHS} epochs, got {total}: reset the tab")
    if done and done[-1][0] == "epochs":
        return (*done[:-1], ("epochs", done[-1][1] + more))
    return (*done, ("epochs", more))


def epochs_of(done: tuple[Act, ...]) -> int:
    """The epochs that were run since the reset."""
    return sum(value for name, value in done if name == "epochs")


def checked(shown: Shown) -> Shown:
    """What is shown, if the sheet takes its last act.

    Raises: ValueError: the tab basic has no beta1; it has lr
    """
    rows = epochs_of(shown.done) * samples_in(shown.done)
    if rows > MOST_ROWS:
        raise ValueError(f"at most {MOST_ROWS} rows in all epochs, got {rows}: reset the tab")
    sheet_of(shown)
    return shown


def samples_in(done: tuple[Act, ...]) -> int:
    """How many samples an epoch has at most."""
    own = len(Line().x)
    return max([own, *(len(value) for name, value in done if name == "samples")])


def betas_of(sheet: Sheet) -> tuple[str, ...]:
    """The memories that a tab's rule has."""
    own = {spec.name for spec in fields(sheet.rule)}
    return tuple(name for name in ("beta1", "beta2") if name in own)


# -- the sheets ----------------------------------------------------------------------------


def sheet_of(shown: Shown) -> Sheet:
    """The sheet as it is now.

    Raises: ValueError: lr must be at least 0, got -1
    """
    return history(shown)[-1]


def history(shown: Shown) -> tuple[Sheet, ...]:
    """The sheet at the beginning of each epoch as far as they are kept, the one shown last."""
    return worked(shown.tab, shown.shipped, shown.done)


@lru_cache(maxsize=128)
def worked(tab: str, shipped: bool, done: tuple[Act, ...]) -> tuple[Sheet, ...]:
    """The sheets of the latest epochs, each from what is known of the one before."""
    from optviz.workbook import Sheet

    if not done:
        return (Sheet.of(tab, as_shipped=shipped),)
    *before, (name, value) = done
    if name == "epochs":
        more = 1 if value % CHUNK else CHUNK  # so that no call goes deeper than Python lets it
        less = ((name, value - more),) if value > more else ()
        return onward(worked(tab, shipped, (*before, *less)), more)
    past = worked(tab, shipped, tuple(before))
    if name == "reset":
        return (past[-1].reset(),)
    return (*past[:-1], past[-1].with_values(**changes(name, value)))


def onward(past: tuple[Sheet, ...], epochs: int) -> tuple[Sheet, ...]:
    """The sheets of some epochs more, those of long ago left out."""
    sheets = list(past)
    for _ in range(epochs):
        sheets.append(sheets[-1].epochs(1))
    return tuple(sheets[-MOST_KEPT:])


def changes(name: str, value: Any) -> dict[str, Any]:
    """What `Sheet.with_values` is told; no samples are the sheet's own."""
    if name != "samples":
        return {name: value}
    if not value:
        own = Line()
        return {"x": own.x, "y": own.y}
    return {"x": tuple(x for x, _ in value), "y": tuple(y for _, y in value)}
