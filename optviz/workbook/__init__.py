"""The course's workbook of optimizers: its eight tabs, and checks of a copy.

Thousands learned from `graddesc.xlsm`, which fits a line one sample a row, one optimizer a tab. All
its tabs (basic, momentum, adagrad, rmsprop, adam, eve, adagrad_ann, adam_ann) come out of the rules
of this package, cell for cell to 1e-12, and go back into a spreadsheet that recalculates itself.

    from optviz.workbook import Sheet, check, tabs_to_xlsx

    sheet = Sheet.of("adam").epochs(5)  # the tab after a reset, and five presses of its button
    print(sheet.cells()["C1"], sheet.cells()["C2"])  # b and a
    tabs_to_xlsx([sheet], "adam.xlsx")  # formulas, in the sheet's own cells
    print(check("adam.xlsx"))

The original file has known errors. optviz follows the method that a tab shows, and with
`as_shipped=True` the file:

| tab | in the file | by the method |
|---|---|---|
| all but adagrad | an epoch begins with the b and a that entered the last row \
(of 29 steps 28 count) | it begins with those that left it |
| adam_ann, J5 (first edition) | the average of b's gradients reads an empty cell \
of another sheet | the gradient of its own row |
| basic, E33 | the root of the sum of squared errors is called rmse | it is called a root of a sum |
| basic, adagrad_ann | "new a" stands before "new b" | kept: it changes no number |

The file's reset of `eve` could not be verified: no sequence reproduces its stored averages, so
optviz resets it as `adam`.

Everything here loads when it is first used.
"""

from importlib import import_module
from typing import Any

_HOME = {
    "tabs": "TABS",
    "tab": "Tab Column Cell SLIPS Slip",
    "sheet": "Sheet",
    "variant_rules": "Eve EpochAdagrad compute_d",
    "export": "tabs_to_xlsx",
    "checker.tabs": "read_sheets",
    "checker.placement": "FoundTab",
    "checker.package": "WorkbookError",
    "checker.report": "check Report",
}
_MODULE = {name: module for module, names in _HOME.items() for name in names.split()}

__all__ = sorted(_MODULE)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _MODULE:
        raise AttributeError(f"module 'optviz.workbook' has no attribute {name!r}")
    return getattr(import_module(f"optviz.workbook.{_MODULE[name]}"), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
