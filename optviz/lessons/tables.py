"""Reads keys, texts and lists of tables, and keeps a sentence for each mistake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from optviz.glossary import find_term
from optviz.lessons.conditions import suggest
from optviz.lessons.prose import split_text

MOST = {"title": 60, "group": 40, "about": 160, "text": 600, "ask": 240, "explain": 400}
MOST |= {"choice": 140, "learned": 160, "link": 8_000, "elsewhere": 80}
"""The most characters of each text."""
COUNTS = {"step": (1, 20), "choice": (2, 5), "learned": (0, 5), "highlight": (0, 8)}
"""The fewest and the most items of each list."""


class Tables:
    """Reads tables; `mistakes` has a sentence for each thing that is wrong."""

    def __init__(self) -> None:
        self.mistakes: list[str] = []

    def add(self, where: str, why: object) -> None:
        """Keep a sentence about a part of the lesson."""
        text = " ".join(str(why).split())
        self.mistakes.append(f"{where}: {text if len(text) <= 300 else text[:299] + '…'}")

    @contextmanager
    def catching(self, where: str) -> Iterator[None]:
        """Turn a ValueError within the block into a sentence about a part of the lesson."""
        try:
            yield
        except (ValueError, OverflowError) as error:
            self.add(where, error)

    def check_keys(self, where: str, table: Mapping[str, Any], known: tuple[str, ...]) -> None:
        """Tell of each key that has no meaning here."""
        for key in table:
            with self.catching(where):
                suggest("key", key, known)

    def read_text(
        self, where: str, table: Mapping[str, Any], key: str, limit: str | None = None
    ) -> str:
        """Return a text that must be there; its glossary terms must be known."""
        if key not in table:
            self.add(where, f'it lacks "{key}"')
            return ""
        return self.check_text(f"{where}, {key}", table[key], MOST[limit or key])

    def check_text(self, where: str, text: Any, most: int) -> str:
        """Return a text in one line."""
        if not isinstance(text, str) or not text.strip():
            self.add(where, f"it must be a text in quotes, got {text!r:.40}")
            return ""
        text = " ".join(text.split())
        if len(text) > most:
            self.add(where, f"it has {len(text)} characters, at most {most}: make it shorter")
        if any(not letter.isprintable() for letter in text):
            self.add(where, "it has a character that cannot be shown")
        for piece in split_text(text[:most]):
            if piece.kind == "term":
                with self.catching(where):
                    find_term(piece.term)
        return text

    def read_texts(self, where: str, table: Mapping[str, Any], key: str) -> tuple[str, ...]:
        """Return a list of texts that may be missing."""
        items = table.get(key, [])
        if not isinstance(items, list):
            self.add(where, f"{key} must be a list of texts, got {items!r:.40}")
            return ()
        self.check_count(where, key, items)
        most = MOST.get(key, 60)
        return tuple(self.check_text(f"{where}, {key}", each, most) for each in items)

    def read_tables(self, where: str, table: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
        """Return a list of tables, as [[...]] makes them."""
        items = table.get(key, [])
        if not isinstance(items, list) or not all(isinstance(each, dict) for each in items):
            self.add(where, f"{key} is a table each, headed by [[{key}]], got {items!r:.40}")
            return []
        self.check_count(where, key, items)
        return items[: COUNTS[key][1]]

    def check_count(self, where: str, key: str, items: list[Any]) -> None:
        """Tell of a list with too few or too many items."""
        low, high = COUNTS[key]
        if not low <= len(items) <= high:
            self.add(where, f'it has {low} to {high} of "{key}", got {len(items)}')
