"""The course's workbook of optimizers: its eight tabs, and checks of a copy.

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
