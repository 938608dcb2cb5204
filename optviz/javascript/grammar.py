"""What a browser needs to read a typed formula: the tables of the parser, and the operations."""

from __future__ import annotations

import keyword
from typing import Any, NamedTuple

from optviz.formulas import errors, parsing, tokens
from optviz.formulas.javascript import JAVASCRIPT, write_helpers
from optviz.formulas.operations import COMPARISONS, FLOATS
from optviz.formulas.writing import Part
from optviz.problems.surfaces import HIGH, LOW, STARTS

COUNTS = {"where": 3, "powlog": 3, "pick": 4}
"""The arguments of the operations that take neither one nor two."""
INNER = ("neg", *errors.ONE_ARGUMENT)
"""The operations of one argument."""


class _Source(NamedTuple):
    """The meaning of a part of a text."""

    op: str
    number: None = None


def emit_operations() -> str:
    """Write every operation of a formula as an ES module: `operations[name](u, v, ...)`."""
    lines = []
    for op in FLOATS:
        names = ("u", "v", "w", "z")[: 1 if op in INNER else COUNTS.get(op, 2)]
        parts = [Part(name, source=_Source("name")) for name in names]
        text = JAVASCRIPT.join(_Source(op), parts)
        lines.append(f'  "{op}": ({", ".join(names)}) => {text},\n')
    body = f"export const operations = {{\n{''.join(lines)}}};\n"
    about = "// The operations of formulas: written by optviz from its own table."
    return "\n".join([about, write_helpers(body), body])


def describe_grammar() -> dict[str, Any]:
    """Return the tables by which optviz/javascript/formulas reads a text as Python does."""
    words = ("HINTS", "MISPLACED", "MEANINGS", "OF_TWO", "EXAMPLES", "ARGUMENTS", "ALIASES")
    words += ("ANY_NUMBER", "ONE_ARGUMENT", "ONE_NAMES", "CONSTANTS", "FUNCTIONS", "AS_CODE")
    words += ("COMPARISON", "CHOICE", "SIGNS")
    limits = ("MAX_LENGTH", "MAX_DEPTH", "MAX_EXPONENT", "MAX_NUMBER", "JOINTS")
    return {
        **{name: getattr(errors, name) for name in words},
        **{name: getattr(parsing, name) for name in limits},
        "COMPARISONS": COMPARISONS,
        "TOKEN": tokens.TOKEN.pattern,
        "SPELLINGS": tokens.SPELLINGS,
        "ALIKE": {chr(code): text for code, text in tokens.ALIKE.items()},
        "RAISED": tokens.RAISED,
        "KEYWORDS": keyword.kwlist,
        **{"LOW": LOW, "HIGH": HIGH, "STARTS": STARTS},
    }
