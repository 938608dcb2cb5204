"""The `optviz` command: open the app, race optimizers, check a workbook, fetch MovieLens."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points
from io import TextIOWrapper
from typing import NoReturn

import optviz

RUN_HELP = """\
a surface (rosenbrock, himmelblau, ...), a formula in x and y ("x**2 + a*y**2"), or a link of the
app in quotes, which the options change; a formula that begins with a minus goes last, after --
"""


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaint is one sentence and exit status 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"optviz: {message}\n")


def parser() -> Parser:
    """The whole command line."""
    top = Parser(prog="optviz", description=str(optviz.__doc__).splitlines()[0])
    top.add_argument("--version", action="version", version=f"optviz {optviz.__version__}")
    commands = top.add_subparsers(dest="command", parser_class=Parser)

    app = commands.add_parser("app", help="open the app in the browser (the default)")
    app.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    app.add_argument("--port", type=int, default=8050, help="port to listen on (default 8050)")
    app.add_argument("--no-browser", action="store_true", help="do not open a browser")
    app.add_argument("--dask", metavar="ADDRESS", help="let this dask cluster carry the trainings")

    add_run(commands)
    add_workbook(commands)

    data = commands.add_parser("data", help="fetch, show and verify MovieLens")
    data.add_argument(
        "name", nargs="?", help="ml-latest-small, ml-100k, ... (default: what is had)"
    )
    data.add_argument("--from", dest="source", metavar="FILE", help="a zip or folder you have")
    data.add_argument("--verify", action="store_true", help="compare with the known checksum")
    data.add_argument("--offline", action="store_true", help="look in the cache only")
    return top


def add_run(commands: argparse._SubParsersAction) -> None:
    """The command that races and trains in the terminal."""
    run = commands.add_parser("run", help="race optimizers on a surface and print the table")
    run.add_argument("problem", metavar="SURFACE_OR_FORMULA_OR_LINK", help=RUN_HELP)
    run.add_argument(
        "--rule",
        action="append",
        metavar="SPEC",
        default=[],
        dest="rules",
        help="sgd:lr=0.001, adam:lr=0.05,wd=0.01,schedule=cosine, ...; repeat to race",
    )
    run.add_argument("--start", metavar="X,Y", help="where every run begins")
    run.add_argument("--steps", metavar="N", help="number of steps (default 500)")
    run.add_argument("--seed", metavar="N", help="seed of the noise (default 0)")
    run.add_argument("--noise", metavar="SIGMA", help="noise on each gradient (default 0)")
    run.add_argument("--parameters", metavar="A=1,B=2", help="the surface's named parameters")
    run.add_argument("--csv", metavar="FILE", help="write every step of every run as CSV")
    run.add_argument("--json", metavar="FILE", help="write every number and the table as JSON")
    run.add_argument("--xlsx", metavar="FILE", help="write a spreadsheet with live formulas")
    run.add_argument("--html", metavar="FILE", help="write one offline page to scrub through")
    run.add_argument("--png", metavar="FILE", help="write the picture as PNG (needs kaleido)")
    run.add_argument("--svg", metavar="FILE", help="write the picture as SVG (needs kaleido)")


def add_workbook(commands: argparse._SubParsersAction) -> None:
    """The command that checks somebody's copy of the course's workbook and writes one."""
    workbook = commands.add_parser("workbook", help="check a copy of the course's workbook")
    todo = workbook.add_subparsers(
        dest="todo", metavar="check or export", parser_class=Parser, required=True
    )

    check = todo.add_parser("check", help="compare every computed cell with the formulas")
    check.add_argument("file", metavar="FILE.xlsm", help="an .xlsx or .xlsm file; no macro is run")
    check.add_argument(
        "--as-shipped", action="store_true", help="expect the known slips of the first edition"
    )
    check.add_argument(
        "--tolerance",
        type=float,
        metavar="SIZE",
        help="largest relative difference that counts as equal (default 1e-9)",
    )

    export = todo.add_parser("export", help="write tabs with live formulas as .xlsx")
    export.add_argument("tabs", nargs="*", metavar="TAB", help="basic, adam, ... (default: all)")
    export.add_argument(
        "--epochs", type=int, default=0, metavar="N", help="press each tab's button N times first"
    )
    export.add_argument(
        "--as-shipped", action="store_true", help="with the known slips of the first edition"
    )
    export.add_argument("-o", "--output", default="workbook.xlsx", metavar="FILE.xlsx")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a console that lacks a letter
    arguments = parser().parse_args(joined(list(sys.argv[1:] if argv is None else argv)))
    command = {"run": run_command, "data": data_command, "workbook": workbook_command}.get(
        arguments.command, app_command
    )
    try:
        status = command(arguments)
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # whoever read has read enough, as in `optviz ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except (ValueError, OSError) as error:
        print(f"optviz: {said(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("optviz: stopped", file=sys.stderr)
        return 130


def said(error: Exception) -> str:
    """An error as a sentence; where the system refuses a file, the file and why."""
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        return f"{error.filename}: {error.strerror.lower()}"
    return str(error)


def joined(argv: list[str]) -> list[str]:
    """The arguments, a value that begins with a minus joined to its option (`--start -1.2,1`)."""
    out: list[str] = []
    for word in argv:
        if (
            out
            and re.fullmatch(r"--(start|noise|seed|steps)", out[-1])
            and re.match(r"-[\d.]", word)
        ):
            out[-1] += f"={word}"
        else:
            out.append(word)
    return out


def run_command(arguments: argparse.Namespace) -> int:
    """Perform a surface, a formula or a link and print the table."""
    from optviz.commands.run import run_command

    return run_command(arguments)


def data_command(arguments: argparse.Namespace) -> int:
    """Fetch, show and verify MovieLens."""
    from optviz.movielens.fetch import data_command

    return data_command(
        arguments.source or arguments.name, verify=arguments.verify, offline=arguments.offline
    )


def workbook_command(arguments: argparse.Namespace) -> int:
    """Check a copy of the workbook, or write one; status 1 where not all agrees."""
    return {"check": check_command, "export": export_command}[arguments.todo](arguments)


def check_command(arguments: argparse.Namespace) -> int:
    """Print what the check of a workbook found."""
    from optviz.workbook import check

    tolerance = {} if arguments.tolerance is None else {"tolerance": arguments.tolerance}
    report = check(arguments.file, as_shipped=arguments.as_shipped, **tolerance)
    print(report)
    return 0 if report.ok else 1


def export_command(arguments: argparse.Namespace) -> int:
    """Write tabs of the workbook with live formulas."""
    from optviz.workbook import TABS, Sheet, tabs_to_xlsx

    sheets = [Sheet.of(tab, as_shipped=arguments.as_shipped) for tab in arguments.tabs or TABS]
    if arguments.epochs:
        sheets = [sheet.epochs(arguments.epochs) for sheet in sheets]
    tabs_to_xlsx(sheets, arguments.output)
    print(f"wrote {arguments.output}: {', '.join(sheet.tab.name for sheet in sheets)}")
    return 0


def app_command(arguments: argparse.Namespace) -> int:
    """Serve the app; where a package is missing, say what to install."""
    (entry,) = entry_points(group="optviz.app", name="serve")
    try:
        serve = entry.load()
    except ModuleNotFoundError as error:
        print(f'optviz: the app needs {error.name}: pip install "optviz[app]"', file=sys.stderr)
        return 2
    serve(
        host=getattr(arguments, "host", "127.0.0.1"),
        port=getattr(arguments, "port", 8050),
        browser=not getattr(arguments, "no_browser", False),
        dask=getattr(arguments, "dask", None),
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
