"""The text of a lesson: plain words with *emphasis*, `code` and [[terms]] of the glossary."""

from __future__ import annotations

import re
from typing import NamedTuple

MARK = re.compile(r"\*([^*\n]+)\*|`([^`\n]+)`|\[\[([^\[\]\n|]+)(?:\|([^\[\]\n|]+))?\]\]")
SENTENCE = re.compile(r"[.!?](?=\s|$)")
SHORT = re.compile(r"\b(?:e\.g|i\.e|vs|etc)\.")


class Piece(NamedTuple):
    """A part of a text: its kind ("text", "strong", "code" or "term"), its words, its term."""

    kind: str
    words: str
    term: str = ""


def split_text(text: str) -> list[Piece]:
    """Return the parts of a text in order.

    `[[lr]]` is a term of the glossary, `[[lr|learning rate]]` one that is written otherwise.
    """
    pieces, end = [], 0
    for found in MARK.finditer(text):
        if found.start() > end:
            pieces.append(Piece("text", text[end : found.start()]))
        strong, code, term, shown = found.groups()
        if strong:
            pieces.append(Piece("strong", strong))
        elif code:
            pieces.append(Piece("code", code))
        else:
            pieces.append(Piece("term", (shown or term).strip(), term.strip()))
        end = found.end()
    return [*pieces, Piece("text", text[end:])] if end < len(text) else pieces


def strip_marks(text: str) -> str:
    """Return the words of a text without its marks."""
    return "".join(each.words for each in split_text(text))


def count_sentences(text: str) -> int:
    """Return the number of sentences of a text."""
    plain = SHORT.sub("", strip_marks(text)).strip()
    return len(SENTENCE.findall(plain)) + (not re.search(r"[.!?]$", plain))
