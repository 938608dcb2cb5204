"""Any run as a workbook with live formulas, which a spreadsheet program recalculates."""

from importlib import import_module
from typing import Any

__all__ = ["comparison_to_xlsx", "run_to_xlsx"]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module("optviz.spreadsheets.export"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
