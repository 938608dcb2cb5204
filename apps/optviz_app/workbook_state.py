"""What the Workbook page shows: a tab, and what was done to it in order; to a link and back.

A link is read in its order, as a person would work on the sheet:
    tab=adam&lr=0.1&epochs=5&lr=0.01&epochs=2&row=7
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from math import isfinite
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote

from optviz.checks import MOST, spell_field
from optviz.problems.line import Line
from optviz.record import note
from optviz.spelling import known, number, yes_no

if TYPE_CHECKING:
    from optviz.workbook import Sheet

Samples = tuple[tuple[float, float], ...]
Act = tuple[str, Any]
"""What is done: a setting gets a value, epochs are run, or the tab is reset."""

FIRST_ROW = 4
"""Where the samples begin on a sheet."""
SETTINGS = ("lr", "beta1", "beta2", "samples")
"""What a reset leaves as it is."""
EDITS = (*SETTINGS, "b", "a")
MOST_EPOCHS, MOST_ROWS, MOST_ACTS, MOST_SAMPLES, LARGEST = 1000, 40_000, 60, 200, 1e9
MOST_KEPT = 101
"""Epochs of which the rows are kept, this one among them."""
CHUNK = 20
EXAMPLE = "14 58"


@dataclass(frozen=True)
class Shown:
    """A tab, everything done to it since it was as reset, and the sample whose row is looked at."""

    tab: str = "basic"
    shipped: bool = False
    """Whether the tab computes with the file's slips."""
    done: tuple[Act, ...] = ()
    row: int = 0

    def to_query(self) -> str:
        """The link's part after the question mark; what is at its default is left out."""
        pairs = [("tab", self.tab)] if self.tab != "basic" else []
        pairs += [("shipped", "yes")] if self.shipped else []
        pairs += [(name, spell_act(name, value)) for name, value in self.done]
        pairs += [("row", str(self.row + FIRST_ROW))] if self.row else []
        return "&".join(f"{key}={quote(text, safe=',;-.')}" for key, text in pairs)

    @classmethod
    def from_query(cls, query: str) -> tuple[Shown, list[str]]:
        """What a link shows, and a sentence for each part that was not understood and left out."""
        sentences: list[str] = []
        shown = cls()
        for key, text in pairs_of(query, sentences):
            try:
                shown = with_part(shown, key, text)
            except ValueError as error:
                note(sentences, str(error))
        last = len(sheet_of(shown).x) - 1
        if shown.row > last:
            most = last + FIRST_ROW
            note(sentences, f"row must be from {FIRST_ROW} to {most}, got {shown.row + FIRST_ROW}")
            shown = replace(shown, row=0)
        return shown, sentences

    def tab_only(self) -> Shown:
        """The tab as reset, its samples kept."""
        samples = tuple(act for act in self.done if act[0] == "samples")[-1:]
        return replace(self, done=samples, row=0)


# -- links ---------------------------------------------------------------------------------


def pairs_of(query: str, sentences: list[str]) -> list[tuple[str, str]]:
    """The parts of a link in order, as far as a link may be long."""
    query, most = query.lstrip("?"), MOST["link"]
    if len(query) > most:
        note(sentences, f"the link is longer than {most} characters: its end was not read")
        query = query[:most].rpartition("&")[0]
    pairs = parse_qsl(query, keep_blank_values=True)
    if len(pairs) > MOST["parts"]:
        note(sentences, f"the link has more than {MOST['parts']} parts: its end was not read")
    # The tab comes first wherever it stands: what is done is done to it.
    return sorted(pairs[: MOST["parts"]], key=lambda pair: pair[0] not in ("tab", "shipped"))


def with_part(shown: Shown, key: str, text: str) -> Shown:
    """What is shown once a part of a link is followed.

    Raises: ValueError: the link has an unknown part "color"
    """
    if key == "tab":
        from optviz.workbook import TABS

        return replace(shown, tab=known("tab", text[:40], TABS))
    if key == "shipped":
        return replace(shown, shipped=yes_no("shipped", text[:40]))
    if key == "row":
        return replace(shown, row=whole("row", text, FIRST_ROW, 10**6) - FIRST_ROW)
    if key not in PARSERS:
        raise ValueError(f'the link has an unknown part "{key[:40]}"')
    return checked(with_act(shown, (key, PARSERS[key](text))))


def whole(name: str, text: str, low: int, high: int) -> int:
    """The whole number that a text spells.

    Raises: ValueError: epochs must be a whole number from 1 to 1000, got "many"
    """
    if text.isascii() and text.isdecimal() and len(text) < 10 and low <= int(text) <= high:
        return int(text)
    raise ValueError(f'{name} must be a whole number from {low} to {high}, got "{text[:40]}"')


def finite(name: str, text: str) -> float:
    """The finite number of moderate size that a text spells.

    Raises: ValueError: b must be a number of at most 1e9 in size, got "far"
    """
    value = number(name, text.strip()[:40])
    if not isfinite(value) or abs(value) > LARGEST:
        raise ValueError(f"{name} must be a number of at most 1e9 in size, got {text.strip()[:40]}")
    return value


def reset_of(text: str) -> int:
    """The value of a reset, which has none.

    Raises: ValueError: reset must be yes, got "no"
    """
    if not yes_no("reset", text[:40]):
        raise ValueError('reset must be yes, got "no"')
    return 1


def samples_of_link(text: str) -> Samples:
    """The samples that a link lists: `14,58;86,202`; none are the sheet's own."""
    return samples_of(text.replace(",", " ").replace(";", "\n"))


PARSERS: dict[str, Callable[[str], Any]] = {
    **{name: (lambda text, name=name: finite(name, text)) for name in EDITS},
    "samples": samples_of_link,
    "epochs": lambda text: whole("epochs", text, 1, MOST_EPOCHS),
    "reset": reset_of,
}


def spell_act(name: str, value: Any) -> str:
    """An act as a link holds it."""
    if name == "samples":
        return ";".join(f"{spell_field(x)},{spell_field(y)}" for x, y in value)
    return "yes" if name == "reset" else spell_field(value)


# -- samples as text -----------------------------------------------------------------------


def samples_of(text: str) -> Samples:
    """The samples of a text, an x and a y on each line.

    Raises: ValueError: line 3 of the samples: write x and y, such as 14 58, got "14"
    """
    lines = [line.replace(",", " ").split() for line in text.strip().splitlines()]
    lines = [line for line in lines if line]
    if len(lines) > MOST_SAMPLES:
        raise ValueError(f"at most {MOST_SAMPLES} samples, got {len(lines)}")
    out = []
    for place, line in enumerate(lines, start=1):
        if len(line) != 2:
            got = " ".join(line)[:40]
            raise ValueError(
                f'line {place} of the samples: write x and y, such as {EXAMPLE}, got "{got}"'
            )
        where = f"line {place} of the samples"
        out.append((finite(f"{where}: x", line[0]), finite(f"{where}: y", line[1])))
    return tuple(out)


def spell_samples(sheet: Sheet) -> str:
    """The samples of a sheet, an x and a y on each line."""
    pairs = zip(sheet.x, sheet.y, strict=True)
    return "\n".join(f"{spell_field(float(x))} {spell_field(float(y))}" for x, y in pairs)


# -- what was done -------------------------------------------------------------------------


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


# -- the sheet -----------------------------------------------------------------------------


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
    return (*past[:-1], past[-1].edited(**changes(name, value)))


def onward(past: tuple[Sheet, ...], epochs: int) -> tuple[Sheet, ...]:
    """The sheets of some epochs more, those of long ago left out."""
    sheets = list(past)
    for _ in range(epochs):
        sheets.append(sheets[-1].epochs(1))
    return tuple(sheets[-MOST_KEPT:])


def changes(name: str, value: Any) -> dict[str, Any]:
    """What `Sheet.edited` is told; no samples are the sheet's own."""
    if name != "samples":
        return {name: value}
    if not value:
        own = Line()
        return {"x": own.x, "y": own.y}
    return {"x": tuple(x for x, _ in value), "y": tuple(y for _, y in value)}
