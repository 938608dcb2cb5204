"""The `optviz claim` command: the conditions under which one optimizer beats another.

    optviz claim "adam beats sgd" rosenbrock --noise 0.5 -o claim.html
    optviz claim "momentum:beta1=0.95 beats adam on himmelblau" -o claim.csv

Schedule, budget, learning rates, start, noise and seeds are changed, one at a time. Problems are
those of `optviz race`. Finished trials are kept: after Ctrl-C the same command goes on there.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optviz.commands.maps import read_count, write_figure
from optviz.commands.outputs import PICTURES, read_output
from optviz.commands.race import add_work, prepare_work

if TYPE_CHECKING:
    from optviz.sweeps import Claim

TABLE = ".csv"
COUNTS = {
    "steps": (200, "steps of each run on a surface under the base condition"),
    "trials": (20, "settings tried for each rule"),
    "choosing": (20, "seeds that choose"),
    "reporting": (40, "other seeds that report"),
    "seed": (0, "seed of the design, the starts and the noise"),
}


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command."""
    claim = commands.add_parser("claim", help="check a claim: when does it hold, fail and flip")
    claim.set_defaults(perform=check_claim)
    text = '"adam beats sgd", or "adam beats sgd on rosenbrock"'
    claim.add_argument("text", metavar="CLAIM", help=text)
    text = "a surface, a formula, ml-100k, ml-latest-small or digits, unless the claim names it"
    claim.add_argument("problem", nargs="?", metavar="PROBLEM", help=text)
    claim.add_argument("--noise", metavar="SIGMA", default=0.0, help="noise on each gradient")
    for name, (default, about) in COUNTS.items():
        text = f"{about} (default {default})"
        claim.add_argument(f"--{name}", metavar="N", default=default, help=text)
    add_work(claim)
    text = "the table as .csv, the figure as .html, .png, .svg or .pdf"
    claim.add_argument("-o", "--output", metavar="FILE", help=text)


def check_claim(arguments: argparse.Namespace) -> int:
    """Check the claim, with its progress, print what it says and write its table or figure."""
    from optviz.experiments.suite import list_workloads
    from optviz.experiments.surface import Experiment
    from optviz.sweeps import claim
    from optviz.sweeps.claim_sentences import read_claim, split_claim

    path = read_output(arguments.output, "a claim", (TABLE, *PICTURES))
    counts: dict[str, Any] = {name: read_count(name, getattr(arguments, name)) for name in COUNTS}
    one, other, where = split_claim(arguments.text)
    read_claim(f"{one} beats {other}")
    problem = choose_problem(where, arguments.problem)
    noise = Experiment.parsers["noise"](str(arguments.noise))
    (workload,) = list_workloads([problem], counts.pop("steps"), noise)
    with prepare_work(arguments) as work:
        made = claim(f"{one} beats {other}", workload, **counts, **work)
    print(made.to_text())
    if path:
        write_claim(made, path)
        print(path)
    return 0


def choose_problem(named: str, given: str | None) -> str:
    """Return the problem, which either the claim or a word beside it names.

    Raises: ValueError: name the problem once, got "ravine" and "rosenbrock"; name a problem:
        optviz claim "adam beats sgd" rosenbrock
    """
    if "suite" in (named, given):
        raise ValueError("a claim is about one problem, and suite is many")
    if named and given:
        raise ValueError(f'name the problem once, got "{named:.40}" and "{given:.40}"')
    if not named and not given:
        raise ValueError('name a problem: optviz claim "adam beats sgd" rosenbrock')
    return named or str(given)


def write_claim(made: Claim, path: Path) -> None:
    """Write the table or the figure of a claim."""
    if path.suffix.lower() == TABLE:
        import pandas as pd

        pd.DataFrame(made.rows()).to_csv(path, index=False)
        return
    from optviz.views import claim_figure

    write_figure(claim_figure(made), path)
