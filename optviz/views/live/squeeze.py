"""JavaScript without its comments and the blanks that only its readers need."""

from __future__ import annotations

import re
from collections.abc import Iterator

PART = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<blank>\s+)
    |(?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
    |(?P<word>[\w$]+)|(?P<sign>.)""",
    re.DOTALL | re.VERBOSE,
)
PATTERN = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/[a-z]*")
"""A regular expression, where a division cannot stand."""
BEFORE_PATTERN = frozenset(["return", "typeof", "case", "in", "of", "delete", "void", "throw"])
OPEN, CLOSE = "{([,;", "})]"


def squeeze(text: str) -> str:
    """Return a module's text without comments and needless blanks; texts keep theirs.

    A line ends where one did unless it cannot matter, as statements may end with their line.
    """
    out, before, blank = [], "", ""
    for part in split_parts(text):
        if part.isspace():
            blank = "\n" if "\n" in blank + part else " "
            continue
        if blank and is_needed(blank, before, part):
            out.append(blank)
        blank = ""
        out.append(part)
        before = part
    return "".join(out) + "\n"


def is_needed(blank: str, before: str, after: str) -> bool:
    """Return True if two parts would be something else without what parts them."""
    if not before or before in OPEN or after in CLOSE:
        return False
    if blank == "\n":
        return True
    if is_word(before[-1]):
        return is_word(after[0]) or after[0] == "`"
    return before[-1] == after[0] and after[0] in "+-/"


def is_word(letter: str) -> bool:
    """Return True for a letter of a name or number."""
    return letter.isalnum() or letter in "_$"


def split_parts(text: str) -> Iterator[str]:
    """Yield the parts of a text: names, texts, patterns, signs and blanks; a comment is a blank."""
    place, before = 0, ""
    while place < len(text):
        found = PART.match(text, place)
        assert found
        part = found[0]
        if part == "`":
            part = text[place : find_end(text, place)]
        elif part == "/" and may_begin_pattern(before) and (pattern := PATTERN.match(text, place)):
            part = pattern[0]
        place += len(part)
        if found["comment"]:
            part = "\n" if "\n" in part or part.startswith("//") else " "
        elif not part.isspace():
            before = part
        yield part


def may_begin_pattern(before: str) -> bool:
    """Return True where a "/" after a part cannot divide."""
    if before in BEFORE_PATTERN or not before:
        return True
    return not (is_word(before[-1]) or before[-1] in ")]}\"'`")


def find_end(text: str, place: int) -> int:
    """Return where a text in backticks ends, whose parts in ${} may hold others."""
    place += 1
    while text[place] != "`":
        if text.startswith("${", place):
            depth, place = 1, place + 2
            while depth:
                if text[place] == "`":
                    place = find_end(text, place)
                    continue
                found = PART.match(text, place)
                assert found
                depth += (found[0] == "{") - (found[0] == "}")
                place += len(found[0])
        else:
            place += 2 if text[place] == "\\" else 1
    return place + 1
