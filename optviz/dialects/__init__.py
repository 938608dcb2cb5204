"""One optimizer in the spellings of the workbook, fast.ai, PyTorch, the papers and others.

`compare` runs them side by side and names the term in which they differ; `convert` turns the
settings of one spelling into those of another where that is possible.
"""

from optviz.dialects.comparison import DialectComparison, compare
from optviz.dialects.conversion import (
    CONVERSIONS,
    Conversion,
    convert,
    find_conversions,
    find_validity,
    table,
)
from optviz.dialects.divergence import Divergence
from optviz.dialects.spellings import ABSENT, DIALECTS, Dialect

__all__ = [
    "ABSENT",
    "CONVERSIONS",
    "DIALECTS",
    "Conversion",
    "Dialect",
    "DialectComparison",
    "Divergence",
    "compare",
    "convert",
    "find_conversions",
    "find_validity",
    "table",
]
