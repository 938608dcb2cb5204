"""The course's workbook of optimizers: its eight tabs, checks of a copy, and spreadsheets out.

Everything here loads when it is first used.
"""

from importlib import import_module
from typing import Any

_HOME = {
    "tabs": "TABS",
    "tab_parts": "Tab Column Cell",
    "slips": "SLIPS Slip",
    "sheets": "Sheet",
    "rules": "Eve EpochAdagrad next_d",
    "tabs_out": "tabs_to_xlsx",
    "runs_out": "run_to_xlsx comparison_to_xlsx",
    "reading": "read_sheets Found WorkbookError",
    "checking": "check Report",
}
_MODULE = {name: module for module, names in _HOME.items() for name in names.split()}

__all__ = sorted(_MODULE)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _MODULE:
        raise AttributeError(f"module 'optviz.workbook' has no attribute {name!r}")
    return getattr(import_module(f"optviz.workbook.{_MODULE[name]}"), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
