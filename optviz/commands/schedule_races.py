"""The `optviz schedules` command: the same rule with every schedule, tuned alike.

    optviz schedules rosenbrock --rule momentum --noise 1 --steps 300 -o schedules.html
    optviz schedules ravine --rule adam --schedule constant --schedule "step(every=50)"

Each schedule has the same trials; what it reaches is read off other seeds.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optviz.commands.maps import read_count, write_figure
from optviz.commands.outputs import PICTURES, read_output
from optviz.commands.race import COUNTS, add_work, prepare_work

if TYPE_CHECKING:
    from optviz.sweeps import ScheduleRace


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command."""
    race = commands.add_parser("schedules", help="race the schedules of one rule, tuned alike")
    race.set_defaults(perform=hold_race)
    race.add_argument("problem", metavar="SURFACE_OR_FORMULA", help="a surface or a formula")
    text = "the rule of all (default momentum)"
    race.add_argument(
        "--rule", action="append", metavar="SPEC", default=[], dest="rules", help=text
    )
    text = 'constant, cosine, "step(every=50)", ...; repeat; every one, fitted, unless given'
    race.add_argument(
        "--schedule", action="append", metavar="SPEC", default=[], dest="schedules", help=text
    )
    race.add_argument("--noise", metavar="SIGMA", default=0.0, help="noise on each gradient")
    for name, (default, about) in COUNTS.items():
        text = f"{about.replace('each rule', 'each schedule')} (default {default})"
        race.add_argument(f"--{name}", metavar="N", default=default, help=text)
    add_work(race)
    race.add_argument("-o", "--output", metavar="FILE", help=".csv, .html, .png, .svg or .pdf")


def hold_race(arguments: argparse.Namespace) -> int:
    """Hold the race with its progress, print what it says and write its table or picture.

    Raises: ValueError: a race of schedules ends in .csv, .html, .png, .svg or .pdf, got "race.gif";
        ValueError: schedules race on one surface or formula, got "suite"
    """
    from optviz.experiments.suite import RATING_SETS, SUITE, list_workloads
    from optviz.experiments.surface import Experiment
    from optviz.sweeps import race_schedules

    path = read_output(arguments.output, "a race of schedules", (".csv", *PICTURES))
    if len(arguments.rules) > 1:
        raise ValueError(f"schedules race with one rule, got {len(arguments.rules)}")
    counts: dict[str, Any] = {name: read_count(name, getattr(arguments, name)) for name in COUNTS}
    if arguments.problem in (SUITE, "digits", *RATING_SETS):
        raise ValueError(f'schedules race on one surface or formula, got "{arguments.problem}"')
    noise = Experiment.parsers["noise"](str(arguments.noise))
    (workload,) = list_workloads([arguments.problem], counts.pop("steps"), noise)
    rule, schedules = (arguments.rules or ["momentum"])[0], arguments.schedules or None
    with prepare_work(arguments) as work:
        made = race_schedules(workload, rule, schedules, **counts, **work)
    print(made.to_text())
    if path:
        write_race(made, path)
        print(path)
    return 0


def write_race(made: ScheduleRace, path: Path) -> None:
    """Write the table of a race of schedules, or its picture."""
    if path.suffix.lower() == ".csv":
        import pandas as pd

        pd.DataFrame(made.rows()).to_csv(path, index=False)
        return
    from optviz.views import schedule_race_figure

    write_figure(schedule_race_figure(made), path)
