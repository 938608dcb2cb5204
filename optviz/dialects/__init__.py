"""One optimizer in the spellings of the workbook, fast.ai, PyTorch, the papers and others.

One name is many optimizers. `compare` runs the spellings side by side and names the first term in
which each two differ; `convert` turns the settings of one into those of another where that is
possible; `table` lists what converts into what, and when. Each spelling has its source.

    from optviz import dialects, surface

    print(dialects.compare("momentum", surface("rosenbrock"), lr=0.001))  # step 0, dampening
    settings = dialects.convert("momentum", {"lr": 0.004, "beta1": 0.9}, "pytorch", "workbook")
    print(settings)  # lr 0.04
    print(dialects.table("adam"))
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
