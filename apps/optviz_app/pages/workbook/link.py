"""What the Workbook page shows: a tab, and what was done to it in order; to a link and back.

A link is read in its order, as a person would work on the sheet:
    tab=adam&lr=0.1&epochs=5&lr=0.01&epochs=2&row=7
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from optviz.experiments.base import note, pairs_of
from optviz.experiments.limits import spell_field
from optviz.specs import known, number, yes_no
from optviz_app.pages.workbook.history import (
    EDITS,
    FIRST_ROW,
    MOST_EPOCHS,
    MOST_SAMPLES,
    Act,
    Samples,
    checked,
    sheet_of,
    with_act,
)

if TYPE_CHECKING:
    from optviz.workbook import Sheet

LARGEST = 1e9
"""The size of a number that may be typed."""
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
        for key, text in parts_in_order(query, sentences):
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


def parts_in_order(query: str, sentences: list[str]) -> list[tuple[str, str]]:
    """The parts of a link; the tab first wherever it stands: what is done is done to it."""
    return sorted(pairs_of(query, sentences), key=lambda pair: pair[0] not in ("tab", "shipped"))


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
    text, got = text.strip(), text.strip()[:40]
    if text != got:
        raise ValueError(f'{name} must be a number of at most 40 characters, got "{got}"')
    if "," in text:
        raise ValueError(f'{name}: write decimals with a point, got "{got}"')
    value = number(name, text)
    if not isfinite(value) or abs(value) > LARGEST:
        raise ValueError(f"{name} must be a number of at most 1e9 in size, got {got}")
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
    lines = [line.strip() for line in text.splitlines() if line.strip(", \t")]
    if len(lines) > MOST_SAMPLES:
        raise ValueError(f"at most {MOST_SAMPLES} samples, got {len(lines)}")
    return tuple(
        sample_of(f"line {place} of the samples", line) for place, line in enumerate(lines, 1)
    )


def sample_of(where: str, line: str) -> tuple[float, float]:
    """The x and y of a line.

    Raises: ValueError: line 3 of the samples: write x and y, such as 14 58, got "14"
    """
    parts = line.replace(",", " ").split()
    if len(parts) != 2:
        how = f"{EXAMPLE}, decimals with a point" if "," in line else EXAMPLE
        raise ValueError(f'{where}: write x and y, such as {how}, got "{line[:40]}"')
    return finite(f"{where}: x", parts[0]), finite(f"{where}: y", parts[1])


def spell_samples(sheet: Sheet) -> str:
    """The samples of a sheet, an x and a y on each line."""
    pairs = zip(sheet.x, sheet.y, strict=True)
    return "\n".join(f"{spell_field(float(x))} {spell_field(float(y))}" for x, y in pairs)
