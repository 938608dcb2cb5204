"""The state of the Workbook page: a tab and what was done to it, to a link and back.

A link is read in order, as a person would work on the sheet:
    tab=adam&lr=0.1&epochs=5&lr=0.01&epochs=2&row=7
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from optviz.experiments.base import add_sentences, read_pairs
from optviz.problems.line import Line
from optviz.specs import check_name, parse_yes_no
from optviz.workbook.sheet import Sheet
from optviz.workbook.tab import FIRST
from optviz.workbook.tabs import TABS
from optviz_app.pages.workbook import acts
from optviz_app.pages.workbook.acts import Act
from optviz_app.server.heavy import weigh

MOST_KEPT = 101
"""Epochs whose rows are kept, including this one."""
ROW = 2
"""Steps of a race that weigh as much as a row."""
CHUNK = 20
"""Epochs computed at once, so that no call goes deeper than Python allows."""


@dataclass(frozen=True)
class WorkbookState:
    """A tab, everything done to it since its reset, and the sample whose row is looked at."""

    tab: str = "basic"
    shipped: bool = False
    """True if the tab reproduces the errors of the original file."""
    done: tuple[Act, ...] = ()
    row: int = 0

    def to_query(self) -> str:
        """Write the part of the link after the question mark, without what is at its default."""
        pairs = [("tab", self.tab)] if self.tab != "basic" else []
        pairs += [("shipped", "yes")] if self.shipped else []
        pairs += [(name, acts.spell_act(name, value)) for name, value in self.done]
        pairs += [("row", str(self.row + FIRST))] if self.row else []
        return "&".join(f"{key}={quote(text, safe=',;-.')}" for key, text in pairs)

    @classmethod
    def from_query(cls, query: str) -> tuple[WorkbookState, list[str]]:
        """Read a link; return a sentence for each part that was not understood and left out."""
        sentences: list[str] = []
        state = cls()
        pairs = read_pairs(query, sentences)
        for key, text in sorted(pairs, key=lambda pair: pair[0] not in ("tab", "shipped")):
            try:
                state = state._with_part(key, text)
            except ValueError as error:
                add_sentences(sentences, str(error))
        if state.row > state.last_row:
            most, got = state.last_row + FIRST, state.row + FIRST
            add_sentences(sentences, f"row must be from {FIRST} to {most}, got {got}")
            state = replace(state, row=0)
        return state, sentences

    def _with_part(self, key: str, text: str) -> WorkbookState:
        """Follow a part of a link."""
        if key == "tab":
            return replace(self, tab=check_name("tab", text[:40], TABS))
        if key == "shipped":
            return replace(self, shipped=parse_yes_no("shipped", text[:40]))
        if key == "row":
            return replace(self, row=acts.parse_whole("row", text, FIRST, 10**6) - FIRST)
        if key == "reset":
            if not parse_yes_no("reset", text[:40]):
                raise ValueError('reset must be yes, got "no"')
            return self.with_act(("reset", 1))
        if key not in acts.PARSERS:
            raise ValueError(f'the link has an unknown part "{key[:40]}"')
        return self.with_act((key, acts.PARSERS[key](text)))

    def with_act(self, act: Act) -> WorkbookState:
        """Return the state after one more act, without earlier acts that it makes idle.

        Raises: ValueError: at most 1000 epochs, got 1001: reset the tab
        """
        name, value = act
        done = self.done
        if name == "reset":
            last = dict(done)
            settings = tuple((key, last[key]) for key in acts.SETTINGS if key in last)
            return replace(self, done=(*settings, act) if settings else (), row=0).check()
        if name == "epochs":
            if (total := self.epochs + value) > acts.MOST_EPOCHS:
                raise ValueError(f"at most {acts.MOST_EPOCHS} epochs, got {total}: reset the tab")
            if done and done[-1][0] == "epochs":
                *done, (_, before) = done
                value += before
            done = (*done, ("epochs", value))
        else:
            buttons = [i for i, each in enumerate(done, 1) if each[0] in ("epochs", "reset")]
            fresh = max(buttons, default=0)
            edits = (each for each in done[fresh:] if each[0] != name)
            done = (*done[:fresh], *edits, act)
        if len(done) > acts.MOST_ACTS:
            raise ValueError(f"at most {acts.MOST_ACTS} changes between epochs: reset the tab")
        row = 0 if name in ("epochs", "samples") else self.row
        return replace(self, done=done, row=row).check()

    def check(self) -> WorkbookState:
        """Return the state itself, if the sheet takes its last act.

        Raises: ValueError: the tab basic has no beta1; it has lr
        """
        samples = [len(value) for name, value in self.done if name == "samples"]
        rows = self.epochs * max([len(Line().x), *samples])
        if rows > acts.MOST_ROWS:
            most = f"at most {acts.MOST_ROWS} rows in all epochs"
            raise ValueError(f"{most}, got {rows}: reset the tab")
        weigh(ROW * rows)
        self.history()
        return self

    @property
    def epochs(self) -> int:
        """The number of epochs since the reset."""
        return sum(value for name, value in self.done if name == "epochs")

    @property
    def sheet(self) -> Sheet:
        """The sheet as it is now."""
        return self.history()[-1]

    @property
    def last_row(self) -> int:
        """The place of the last sample."""
        return len(self.sheet.x) - 1

    def history(self) -> tuple[Sheet, ...]:
        """Return the sheets at the beginning of the latest epochs, the current one last.

        Raises: ValueError: lr must be at least 0, got -1
        """
        return compute_history(self.tab, self.shipped, self.done)


@lru_cache(maxsize=128)
def compute_history(tab: str, shipped: bool, done: tuple[Act, ...]) -> tuple[Sheet, ...]:
    """Compute the sheets of the latest epochs, each from the cached ones before it."""
    if not done:
        return (Sheet.of(tab, as_shipped=shipped),)
    *before, (name, value) = done
    if name == "epochs":
        more = 1 if value % CHUNK else CHUNK
        less = ((name, value - more),) if value > more else ()
        sheets = list(compute_history(tab, shipped, (*before, *less)))
        for _ in range(more):
            sheets.append(sheets[-1].epochs(1))
        return tuple(sheets[-MOST_KEPT:])
    *past, last = compute_history(tab, shipped, tuple(before))
    if name == "reset":
        return (last.reset(),)
    values: dict[str, Any] = {name: value}
    if name == "samples":
        own = Line()
        values = dict(zip("xy", zip(*value, strict=True) if value else (own.x, own.y), strict=True))
    return (*past, last.with_values(**values))
