"""The numbers, names and signs of a typed formula, look-alikes and superscripts among them."""

from __future__ import annotations

import re
from typing import NamedTuple

from optviz.formulas import errors as refusals
from optviz.formulas.errors import FormulaError

NUMBER = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
TOKEN = re.compile(NUMBER + r"|[A-Za-z][A-Za-z0-9]*|\*\*|[<>=!]=|<>|[-+*/^(),.|√π<>=≤≥⩽⩾≠]")
SPELLINGS = {"**": "^", "<>": "!=", "≤": "<=", "⩽": "<=", "≥": ">=", "⩾": ">=", "≠": "!="}
"""Signs with another spelling, which is theirs from here on."""
ALIKE = str.maketrans(
    {
        **{chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},  # full-width letters
        **dict.fromkeys("−–—‐‑‒", "-"),
        **dict.fromkeys("·×∙⋅∗", "*"),
        **dict.fromkeys("÷∕⁄", "/"),
        **dict.fromkeys("\t\u00a0\u202f\u205f\u3000", " "),
        **{chr(code): " " for code in range(0x2000, 0x200B)},
    }
)
"""Characters that look like those of a formula and mean them, each by one character."""
RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-", strict=True))


class Token(NamedTuple):
    """A number, a name or a sign, and its place in the text."""

    text: str
    position: int
    is_raised: bool = False
    """True in a superscript: x² is x^2, and its exponent ends there."""

    @property
    def is_number(self) -> bool:
        """True for digits, with or without a point."""
        return self.text[:1].isdigit() or (self.text[:1] == "." and self.text != ".")

    @property
    def is_name(self) -> bool:
        """True for letters, but for the words that join comparisons."""
        return self.text[:1].isalpha() and self.text not in ("and", "or")

    @property
    def starts_value(self) -> bool:
        """True where a value begins, but for a bar, which may end one."""
        return self.text in ("(", "√") or self.is_number or self.is_name

    def refuse(self, message: str) -> FormulaError:
        """Return the error at this place, for the caller to raise."""
        return FormulaError(message, self.position)


def tokenize(text: str) -> list[Token]:
    """Split a text into numbers, names and signs, with an empty token for its end."""
    text = text.translate(ALIKE)
    tokens, place = [], 0
    while place < len(text):
        match = TOKEN.match(text, place)
        if text[place - 1 : place + 3] == " || ":
            raise FormulaError(refusals.HINTS["&"], place)
        if match:
            tokens.append(Token(SPELLINGS.get(match[0], match[0]), place))
            place = match.end()
        elif text[place] in RAISED:
            end = next((k for k in range(place, len(text)) if text[k] not in RAISED), len(text))
            inner = "".join(RAISED[char] for char in text[place:end])
            parts = ["^", *re.findall("[0-9]+|[-+]", inner)]
            tokens += [Token(part, place, is_raised=True) for part in parts]
            place = end
        elif text[place] == " ":
            place += 1
        else:
            raise FormulaError(refusals.explain_character(text[place]), place)
    return [*tokens, Token("", len(text))]
