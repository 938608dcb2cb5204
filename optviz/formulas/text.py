"""Plain text of a rule's expression, on one line, as a textbook would set it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from optviz.formulas.expressions import COMPARISONS, Expr
from optviz.formulas.writing import (
    ATOM,
    LOOSE,
    POWER,
    PRODUCT,
    QUOTIENT,
    SUM,
    Language,
    Part,
    write,
)


def _power(base: Part, exponent: Part) -> Part:
    if exponent.source.number == 0.5:
        return Part(f"√({base})")
    base_text = TEXT.hold(base, ATOM)
    if exponent.source.number == 2:
        return Part(f"{base_text}²", POWER)
    return Part(f"{base_text}^{TEXT.hold(exponent, ATOM)}", POWER)


TEXT = Language(
    {
        "+": ("{} + {}", SUM, LOOSE, SUM),
        "-": ("{} - {}", SUM, LOOSE, QUOTIENT),
        # A quotient times something would look divided by the product.
        "*": ("{}·{}", PRODUCT, PRODUCT, POWER),
        "/": ("{} / {}", QUOTIENT, QUOTIENT, POWER),
        "pow": _power,
        "neg": ("-{}", QUOTIENT, QUOTIENT),
        "abs": "|{}|",
        "max": "max({}, {})",
        "%": ("{} % {}", LOOSE, SUM, SUM),
        **{op: (f"{{}} {op} {{}}", LOOSE, SUM, SUM) for op in COMPARISONS.values()},
    }
)


def write_text(expr: Expr, write_word: Callable[[Expr], str | None]) -> str:
    """Write an expression as plain text; see `latex.write_latex` for `write_word`."""

    def write_leaf(each: Expr) -> str | None:
        text = write_word(each)
        if text is None and not each.args:
            text = each.name or format_number(each.number, 12)
        is_power = text is not None and re.fullmatch(r"[\d.]+e-?\d+", text)
        return Part(text, POWER) if is_power else text  # type: ignore[arg-type]

    return write(expr, TEXT, write_leaf)


def format_number(value: Any, digits: int = 5) -> str:
    """Format a number as a person reads it."""
    text = f"{value + 0.0:.{digits}g}"  # so that there is no -0
    return text.replace("e-0", "e-").replace("e+0", "e+").replace("e+", "e")
