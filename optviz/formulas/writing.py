"""The interface of every writer of formulas: a language is a table of its operations.

Python (`compiled`), LaTeX (`latex`), plain text (`text`) and spreadsheet cells (`cells`) are four
tables. A fifth language needs a table, and what it calls numbers and names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

OPEN, LOOSE, SUM, QUOTIENT, PRODUCT, POWER, ATOM = range(-1, 6)
"""Levels of how tightly a text holds together; a looser one is put in brackets.

An open text, such as the rows of a choice, seems to go on with what follows it.
"""


class Part(str):
    """The text of a part of a formula, how tightly it holds together, and what it stands for."""

    __slots__ = ("level", "source")
    level: int
    source: Any

    def __new__(cls, text: str, level: int = ATOM, source: Any = None) -> Part:
        """Make a text with its level and source."""
        self = str.__new__(cls, text)
        self.level, self.source = level, source
        return self


Operation = str | tuple[Any, ...] | Callable[..., str]
"""A template, such as "LN({})"; a template with its level and the level that each part needs, such
as ("{} - {}", SUM, LOOSE, PRODUCT); or a function from the parts to a text or `Part`."""


@dataclass(frozen=True)
class Language:
    """A language for formulas: its operations by name, its brackets and its refusal of others."""

    operations: Mapping[str, Operation]
    brackets: str = "({})"
    refusal: str = 'this language has no "{}"'

    def join(self, source: Any, parts: Sequence[str]) -> Part:
        """Write an operation on parts that are written.

        Raises: ValueError: this language has no "pick"
        """
        if source.op not in self.operations:
            raise ValueError(self.refusal.format(source.op))
        how = self.operations[source.op]
        if callable(how):
            text = how(*parts)
            part = text if isinstance(text, Part) else Part(text)
            part.source = source
            return part
        if isinstance(how, str):
            return Part(how.format(*parts), ATOM, source)
        template, level, *needs = how
        if needs:
            parts = [self.hold(*each) for each in zip(parts, needs, strict=True)]
        return Part(template.format(*parts), level, source)

    def hold(self, part: Any, level: int, *, minus: bool = False) -> str:
        """Put a part in brackets if it is looser than `level`, or begins with a minus.

        The minus may stay where `minus` says so, and where any but an open part may stand.
        """
        if part.level >= level and (minus or level == LOOSE or not part.startswith("-")):
            return part
        return self.brackets.format(part)


def write(expr: Any, language: Language, write_leaf: Callable[[Any], str | None]) -> str:
    """Write an `Expr` or a `Term` in a language.

    `write_leaf(part)` gives the text of a part that is one word there, such as a symbol, a number
    or what has a name of its own, and None for a part to be written out.
    """

    def write_part(each: Any) -> Part:
        word = write_leaf(each)
        if word is None:
            return language.join(each, [write_part(part) for part in each.args])
        return Part(word, getattr(word, "level", ATOM), each)

    return str(write_part(expr))


INFIX: dict[str, Operation] = {
    "+": ("{} + {}", SUM, SUM, QUOTIENT),
    "-": ("{} - {}", SUM, SUM, QUOTIENT),
    "*": ("{} * {}", QUOTIENT, QUOTIENT, POWER),
    "/": ("{} / {}", QUOTIENT, QUOTIENT, POWER),
    "neg": ("-{}", POWER, ATOM),
}
"""Arithmetic of a programming language, which takes equal operations from left to right."""


def call(name: str, comma: str = ", ") -> Callable[..., str]:
    """Make the operation that calls a function by this name."""
    return lambda *parts: f"{name}({comma.join(parts)})"
