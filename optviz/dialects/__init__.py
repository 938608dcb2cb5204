"""One optimizer in the spellings of the workbook, fast.ai, PyTorch, the papers and others.

`compare` runs them side by side and names the term that parts them; `convert` turns the settings
of one spelling into those of another where that is possible.
"""

from optviz.dialects.comparing import DialectComparison, Parting, compare
from optviz.dialects.converting import CONVERSIONS, Conversion, conversions, convert, holds, table
from optviz.dialects.records import Dialect
from optviz.dialects.spellings import ABSENT, DIALECTS

__all__ = [
    "ABSENT",
    "CONVERSIONS",
    "DIALECTS",
    "Conversion",
    "Dialect",
    "DialectComparison",
    "Parting",
    "compare",
    "conversions",
    "convert",
    "holds",
    "table",
]
