"""Any run as a workbook with live formulas, which a spreadsheet program recalculates."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optviz.spreadsheets.export import comparison_to_xlsx, run_to_xlsx

__all__ = ["comparison_to_xlsx", "run_to_xlsx"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module("optviz.spreadsheets.export"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
