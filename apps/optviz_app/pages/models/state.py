"""The state of the Your model page: its files and what is shown of them, to a link and back."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import quote

from optviz.experiments.base import add_sentences, read_pairs
from optviz.landscapes.pictures import COLORS, LOOKS
from optviz.specs import check_name

MOST_FILES = 6
"""Files that are shown at once."""
LETTERS = 120
"""Of a name in a link."""
SHADES = {"run": "run", "logged value": "logged value", "off the plane": "share off the plane"}
"""What the color of a recorded path means."""
OPTIONS: dict[str, dict[str, str]] = {"shade": SHADES, "color": COLORS, "look": LOOKS}
"""The choices that have names, and their words."""


@dataclass(frozen=True)
class ModelState:
    """Some files, and what is shown of them."""

    files: tuple[str, ...] = ()
    """The names of the files, as the server knows them."""
    value: str = ""
    """The logged value that is drawn; empty for the first."""
    run: str = ""
    """The file of the run whose layers are drawn; empty for the first."""
    picture: str = ""
    """The file of the picture of a loss that is drawn; empty for the first."""
    shade: str = "run"
    color: str = "run"
    look: str = "above"

    def to_query(self) -> str:
        """Write the part of the link after the question mark, without what is at its default."""
        pairs = [("file", each) for each in self.files]
        for spec in fields(self)[1:]:
            if (value := getattr(self, spec.name)) != spec.default:
                pairs.append((spec.name, value))
        return "&".join(f"{key}={quote(text, safe='-._')}" for key, text in pairs)

    @classmethod
    def from_query(cls, query: str) -> tuple[ModelState, list[str]]:
        """Read a link; return a sentence for each part that was not understood and left out."""
        sentences: list[str] = []
        state = cls()
        for key, text in read_pairs(query, sentences):
            try:
                state = state.with_part(key, text[:LETTERS])
            except ValueError as error:
                add_sentences(sentences, str(error))
        return state, sentences

    def with_part(self, key: str, text: str) -> ModelState:
        """Return the state after a part of a link.

        Raises: ValueError: at most 6 files are shown at once: leave one out
        """
        if key == "file":
            if text in self.files or not text:
                return self
            if len(self.files) >= MOST_FILES:
                raise ValueError(f"at most {MOST_FILES} files are shown at once: leave one out")
            return replace(self, files=(*self.files, text))
        if key in OPTIONS:
            return replace(self, **{key: check_name(key, text, OPTIONS[key])})
        if key not in {each.name for each in fields(self)[1:]}:
            raise ValueError(f'the link has an unknown part "{key[:40]}"')
        return replace(self, **{key: text})


def read_controls(before: ModelState, controls: dict[str, Any]) -> tuple[ModelState, str]:
    """Return the state that the controls mean, and a sentence on what is refused."""
    state, said = replace(before, files=()), ""
    given = controls.get("files")
    for name in given if isinstance(given, list) else []:
        try:
            state = state.with_part("file", name[:LETTERS] if isinstance(name, str) else "")
        except ValueError as error:
            said = str(error)
    for name in ("value", "run", "picture", *OPTIONS):
        value = controls.get(name)
        if isinstance(value, str):
            try:
                state = state.with_part(name, value[:LETTERS])
            except ValueError as error:
                said = said or str(error)
    return state, said
