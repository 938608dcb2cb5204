"""The `optviz run` command: a surface, a formula or a link performed in the terminal.

    optviz run rosenbrock --rule adam:lr=0.05,schedule=cosine --xlsx race.xlsx
    optviz run "x^2 + 10*y^2" --rule sgd:lr=0.05 --start -1.2,1 --steps 200 --html race.html
    optviz run "http://127.0.0.1:8050/?problem=ravine&rule=adam:lr=0.05" --json race.json

The spelling of optimizers is that of scripts and links. What a formula may hold: see `surface`.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pkgutil import resolve_name
from typing import TYPE_CHECKING

from optviz.formulas.errors import ARGUMENTS

if TYPE_CHECKING:
    from optviz.experiments.base import Record
    from optviz.experiments.kinds import ExperimentKind

PROBLEM_HELP = f"""\
a surface (rosenbrock, himmelblau, ...), a formula in x and y ("x**2 + a*y**2"), or a link of the
app in quotes, which the options change; a formula that begins with a minus goes last, after --;
functions: {" ".join(ARGUMENTS)}
"""
FIELDS = {
    "parameters": ("A=1,B=2", "the surface's named parameters"),
    "start": ("X,Y", "where every run begins"),
    "steps": ("N", "number of steps (default 500)"),
    "seed": ("N", "seed of the noise (default 0)"),
    "noise": ("SIGMA", "noise on each gradient (default 0)"),
}
"""The options that set a field of an experiment, beside the optimizers."""
FILES = {
    "csv": "write every step of every run as CSV",
    "json": "write every number and the table as JSON",
    "xlsx": "write a spreadsheet with live formulas",
    "html": "write one offline page to scrub through",
    "png": "write the picture as PNG (needs kaleido)",
    "svg": "write the picture as SVG (needs kaleido)",
}


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command."""
    run = commands.add_parser("run", help="race optimizers on a surface and print the table")
    run.set_defaults(perform=perform_problem)
    add_experiment(run)
    for name, text in FILES.items():
        run.add_argument(f"--{name}", metavar="FILE", help=text)


def add_experiment(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say which experiment is meant."""
    parser.add_argument("problem", metavar="SURFACE_OR_FORMULA_OR_LINK", help=PROBLEM_HELP)
    parser.add_argument(
        "--rule",
        action="append",
        metavar="SPEC",
        default=[],
        dest="rules",
        help="sgd:lr=0.001, adam:lr=0.05,wd=0.01,schedule=cosine, ...; repeat to race",
    )
    for name, (example, text) in FIELDS.items():
        parser.add_argument(f"--{name}", metavar=example, help=text)


def perform_problem(arguments: argparse.Namespace) -> int:
    """Perform a surface, a formula or a link, print its table and write the chosen files."""
    experiment, kind = read_experiment(arguments)
    return resolve_name(kind.report)(experiment, arguments)


def read_experiment(arguments: argparse.Namespace) -> tuple[Record, ExperimentKind]:
    """Return the experiment of a surface, a formula or a link, and its kind.

    The options win over what the link says.

    Raises: ValueError: a part of the link is not understood: no surface "rosenbrok"; ...
    """
    from optviz.experiments.kinds import find_kind, get_query, is_link

    link = arguments.problem if is_link(arguments.problem) else ""
    kind = find_kind(link)
    found, sentences = kind.record.from_query(get_query(link))
    if sentences:
        raise ValueError("; ".join(sentences))
    texts = {name: getattr(arguments, name) for name in FIELDS}
    texts = {name: text for name, text in texts.items() if text is not None}
    if not link:
        texts["problem"] = arguments.problem
    parsers = kind.record.parsers
    if unfit := [name for name in texts if name not in parsers]:
        raise ValueError(f"--{unfit[0]} is for surfaces, and this link {kind.action}")
    chosen = {name: parsers[name](text) for name, text in texts.items()}
    if arguments.rules:
        chosen["rules"] = tuple(arguments.rules)
        if getattr(found, "forks", ()):
            chosen["forks"] = ()
            left_out = "the link's forks are left out: --rule names other optimizers"
            print(f"optviz: {left_out}", file=sys.stderr)
    return replace(found, **chosen), kind
