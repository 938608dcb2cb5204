"""The `optviz workbook` command: check a copy of the course's workbook, or write one.

    optviz workbook check graddesc.xlsm
    optviz workbook export adam --epochs 5 -o adam.xlsx

The check finds tabs by their names and headings, in either edition, never runs a macro, and names
the cell that is to blame. It ends with status 0 (all agree), 1 (cells differ, or a tab cannot be
compared, such as one with a text among its samples) or 2 (not such a workbook, or one that takes
more than 30 s or 1 GB).
"""

from __future__ import annotations

import argparse

MOST_EPOCHS = 1000
"""As on the app's page; 1,000 presses take seconds."""


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command and its two parts."""
    workbook = commands.add_parser("workbook", help="check a copy of the course's workbook")
    parts = workbook.add_subparsers(dest="todo", metavar="check or export", required=True)

    check = parts.add_parser("check", help="compare every computed cell with the formulas")
    check.set_defaults(perform=check_workbook)
    check.add_argument("file", metavar="FILE.xlsm", help="an .xlsx or .xlsm file; no macro is run")
    check.add_argument(
        "--as-shipped", action="store_true", help="expect the known errors of the first edition"
    )
    check.add_argument(
        "--tolerance",
        type=float,
        metavar="SIZE",
        help="largest relative difference that counts as equal (default 1e-9)",
    )

    export = parts.add_parser("export", help="write tabs with live formulas as .xlsx")
    export.set_defaults(perform=export_workbook)
    export.add_argument("tabs", nargs="*", metavar="TAB", help="basic, adam, ... (default: all)")
    export.add_argument(
        "--epochs", type=int, default=0, metavar="N", help="press each tab's button N times first"
    )
    export.add_argument(
        "--as-shipped", action="store_true", help="with the known errors of the first edition"
    )
    export.add_argument("-o", "--output", default="workbook.xlsx", metavar="FILE.xlsx")


def check_workbook(arguments: argparse.Namespace) -> int:
    """Print the report of a check; the exit status is 1 where not all cells agree."""
    from optviz.workbook.checker.child import check_apart

    tolerance = {} if arguments.tolerance is None else {"tolerance": arguments.tolerance}
    report = check_apart(arguments.file, as_shipped=arguments.as_shipped, **tolerance)
    print(report)
    return 0 if report.ok else 1


def export_workbook(arguments: argparse.Namespace) -> int:
    """Write tabs of the workbook with live formulas."""
    from optviz.workbook import TABS, Sheet, tabs_to_xlsx

    if not 0 <= arguments.epochs <= MOST_EPOCHS:
        most = f"a whole number from 0 to {MOST_EPOCHS}"
        raise ValueError(f"--epochs must be {most}, got {arguments.epochs}")
    if not arguments.output.lower().endswith(".xlsx"):
        raise ValueError(f"the workbook is an .xlsx file: write -o {arguments.output}.xlsx")
    sheets = [Sheet.of(tab, as_shipped=arguments.as_shipped) for tab in arguments.tabs or TABS]
    if arguments.epochs:
        sheets = [sheet.epochs(arguments.epochs) for sheet in sheets]
    tabs_to_xlsx(sheets, arguments.output)
    print(f"wrote {arguments.output}: {', '.join(sheet.tab.name for sheet in sheets)}")
    return 0
