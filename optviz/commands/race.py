"""The `optviz race` command: which optimizer, and how sure, at equal budgets.

    optviz race rosenbrock himmelblau --rule sgd --rule momentum --rule adam --noise 0.5
    optviz race suite --trials 20 -o race.html

Every rule is tuned alike and reported on other seeds; `suite` is all surfaces and all rules.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optviz.commands.maps import read_count

if TYPE_CHECKING:
    from optviz.sweeps import Race, Workload

SUITE = "suite"
COUNTS = {
    "steps": (200, "steps of each run"),
    "trials": (20, "settings tried for each rule"),
    "choosing": (5, "seeds that choose"),
    "reporting": (20, "other seeds that report"),
    "seed": (0, "seed of the design, the starts and the noise"),
}


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command."""
    race = commands.add_parser("race", help="race tuned optimizers: which one, and how sure")
    race.set_defaults(perform=hold_race)
    text = f"surfaces or formulas, or {SUITE}: all surfaces"
    race.add_argument("problems", nargs="+", metavar="SURFACE_OR_FORMULA", help=text)
    text = "sgd, momentum:beta1=0.9, ...; repeat; all seven unless given"
    race.add_argument(
        "--rule", action="append", metavar="SPEC", default=[], dest="rules", help=text
    )
    race.add_argument("--noise", metavar="SIGMA", default=0.0, help="noise on each gradient")
    for name, (default, about) in COUNTS.items():
        text = f"{about} (default {default})"
        race.add_argument(f"--{name}", metavar="N", default=default, help=text)
    race.add_argument("-o", "--output", metavar="FILE", help="the table as .csv or .html")


def hold_race(arguments: argparse.Namespace) -> int:
    """Hold the race, with its progress, print what it says and write its table."""
    from tqdm import tqdm

    from optviz.rules import RULES
    from optviz.sweeps import race

    path = arguments.output and Path(arguments.output)
    if path and path.suffix.lower() not in (".csv", ".html", ".htm"):
        raise ValueError(f'a table of a race ends in .csv or .html, got "{path.name}"')
    counts: dict[str, Any] = {name: read_count(name, getattr(arguments, name)) for name in COUNTS}
    workloads = list_workloads(arguments.problems, counts.pop("steps"), arguments.noise)
    with tqdm(unit="rule", leave=False, disable=None) as bar:

        def tell(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        made = race(workloads, arguments.rules or list(RULES), on_progress=tell, **counts)
    print(made.to_text())
    if path:
        write_table(made, path)
        print(path)
    return 0


def list_workloads(problems: list[str], steps: int, noise: object) -> list[Workload]:
    """Return the workloads that are named."""
    from optviz.experiments.surface import Experiment
    from optviz.problems.surfaces import SURFACES
    from optviz.sweeps import Workload

    names = list(SURFACES) if problems == [SUITE] else problems
    sigma = Experiment.parsers["noise"](str(noise))
    made = [Experiment(problem=each, noise=sigma) for each in names]
    titles = [each.surface().title or each.problem for each in made]
    pairs = zip(made, titles, strict=True)
    return [Workload(each.build(), steps, name=title) for each, title in pairs]


def write_table(made: Race, path: Path) -> None:
    """Write the table of a race."""
    import pandas as pd

    if path.suffix.lower() == ".csv":
        pd.DataFrame(made.rows()).to_csv(path, index=False)
        return
    from optviz.views import race_figure, save_html

    save_html(race_figure(made), path, "A race of optimizers")
