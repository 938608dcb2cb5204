"""The `optviz race` command: which optimizer, and how sure, at equal budgets.

    optviz race rosenbrock himmelblau --rule sgd --rule momentum --rule adam --noise 0.5
    optviz race suite -o race.html

Every rule is tuned alike and reported on other seeds. `suite` is all rules on all surfaces, on the
rating model with two sets of ratings and on a small net that reads digits. Finished trials are
kept: a race that was stopped goes on where it was when it is started again.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optviz.commands.maps import read_count
from optviz.commands.outputs import read_output

if TYPE_CHECKING:
    from optviz.experiments.races import RaceExperiment
    from optviz.sweeps import Claim, Race

COUNTS = {
    "steps": (200, "steps of each run on a surface"),
    "trials": (20, "settings tried for each rule"),
    "choosing": (5, "seeds that choose"),
    "reporting": (20, "other seeds that report"),
    "seed": (0, "seed of the design, the starts and the noise"),
}
ADDRESS = r"((tcp|tls)://)?(\[[0-9a-fA-F:]+\]|[^\s/:\[\]]+):\d{1,5}"


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command."""
    race = commands.add_parser("race", help="race tuned optimizers: which one, and how sure")
    race.set_defaults(perform=hold_race)
    text = "surfaces, formulas, ml-100k, ml-latest-small, digits; or suite: all of them"
    race.add_argument("problems", nargs="+", metavar="PROBLEM", help=text)
    text = "sgd, momentum:beta1=0.95, adam:schedule=cosine, ...; lr is tuned; repeat; all seven "
    text += "unless given"
    race.add_argument(
        "--rule", action="append", metavar="SPEC", default=[], dest="rules", help=text
    )
    race.add_argument("--noise", metavar="SIGMA", default=0.0, help="noise on each gradient")
    for name, (default, about) in COUNTS.items():
        text = f"{about} (default {default})"
        race.add_argument(f"--{name}", metavar="N", default=default, help=text)
    text = "outside (default), or self: on three times the steps, trials on its own clock"
    race.add_argument("--tuning", metavar="HOW", default="outside", help=text)
    add_work(race)
    race.add_argument("-o", "--output", metavar="FILE", help="the table as .csv or .html")


def add_work(parser: argparse.ArgumentParser) -> None:
    """Add the options of where work is done and kept."""
    text = "file that keeps finished trials (default: one in the cache folder); none keeps none"
    parser.add_argument("--store", metavar="FILE", help=text)
    text = "address of a dask cluster that does the work, such as tcp://127.0.0.1:8786"
    parser.add_argument("--dask", metavar="ADDRESS", help=text)


def hold_race(arguments: argparse.Namespace) -> int:
    """Hold the race, with its progress, print what it says and write its table."""
    from optviz.experiments.kinds import is_link
    from optviz.experiments.suite import list_workloads
    from optviz.experiments.surface import Experiment
    from optviz.rules import RULES
    from optviz.sweeps import race

    path = read_output(arguments.output, "a table of a race", (".csv", ".html", ".htm"))
    if len(arguments.problems) == 1 and is_link(arguments.problems[0]):
        with prepare_work(arguments) as work:
            made = perform_link(read_race(arguments.problems[0]), work)
        return finish_race(made, filter(None, [path]))
    counts: dict[str, Any] = {name: read_count(name, getattr(arguments, name)) for name in COUNTS}
    noise = Experiment.parsers["noise"](str(arguments.noise))
    workloads = list_workloads(arguments.problems, counts.pop("steps"), noise)
    rules, tuning = arguments.rules or list(RULES), arguments.tuning
    with prepare_work(arguments) as work:
        made = race(workloads, rules, tuning=tuning, **counts, **work)
    return finish_race(made, filter(None, [path]))


def read_race(link: str) -> RaceExperiment:
    """Return the race of a link of the Race page.

    Raises: ValueError: optviz race holds races, and this link races on a surface
    """
    from optviz.experiments.kinds import find_kind, get_query
    from optviz.experiments.races import RaceExperiment

    kind = find_kind(link)
    if kind.record is not RaceExperiment:
        raise ValueError(f"optviz race holds races, and this link {kind.action}")
    found, sentences = RaceExperiment.from_query(get_query(link))
    if sentences:
        raise ValueError("; ".join(sentences))
    return found


def report_fair_race(experiment: RaceExperiment, arguments: argparse.Namespace) -> int:
    """Hold the race of a link of the Race page, print what it says and write the chosen files.

    Raises: ValueError: --xlsx is for a race on a surface: here are --csv and --html
    """
    for name in ("xlsx", "json", "png", "svg"):
        if getattr(arguments, name):
            raise ValueError(f"--{name} is for a race on a surface: here are --csv and --html")
    with prepare_work(argparse.Namespace(dask=None, store=None)) as work:
        made = perform_link(experiment, work)
    return finish_race(made, map(Path, filter(None, (arguments.csv, arguments.html))))


def perform_link(experiment: RaceExperiment, work: dict[str, Any]) -> Race | Claim:
    """Hold the race of a link, or check its claim."""
    is_claim = experiment.mode == "claim"
    return experiment.check_claim(**work) if is_claim else experiment.perform(**work)


def finish_race(made: Race | Claim, files: Iterable[Path]) -> int:
    """Print what a race says and write its table."""
    print(made.to_text())
    for path in files:
        write_table(made, path)
        print(path)
    return 0


@contextmanager
def prepare_work(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield where work is done, kept and told: its executor, its store and a progress bar."""
    from tqdm import tqdm

    store, counts = find_store(arguments.store), [0, 0]
    with connect_executor(arguments.dask) as executor, tqdm(leave=False, disable=None) as bar:

        def tell(done: int, total: int) -> None:
            counts[:], bar.total = (done, total), total
            bar.update(done - bar.n)

        try:
            yield {"executor": executor, "store": store, "on_progress": tell}
        except KeyboardInterrupt:
            kept = f", kept in {store}: the same command goes on there" if store else ""
            text = f"{counts[0]} of {counts[1]} pieces of work are done{kept}"
            text = text if counts[0] else "no piece of work is done yet"
            bar.write(text, sys.stderr)
            raise


@contextmanager
def connect_executor(address: str | None) -> Iterator[Executor | None]:
    """Yield the executor of a dask cluster; None without an address.

    Raises: ValueError: no dask cluster answers at tcp://127.0.0.1:1
    """
    if address is None:
        yield None
        return
    from optviz.extras import load_package

    if not re.fullmatch(ADDRESS, address):
        raise ValueError(f"a cluster's address is like tcp://127.0.0.1:8786, got {address:.60}")
    distributed = load_package("distributed", "a cluster", "dask")
    try:
        client = distributed.Client(address, timeout=10, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ValueError(f"no dask cluster answers at {address} ({error})") from None
    with client, client.get_executor(pure=False) as executor:
        yield executor


def find_store(name: str | None) -> Path | None:
    """Return the file that keeps trials."""
    from optviz.movielens.cache import cache_folder
    from optviz.runs.store import find_cached_store

    if name is not None:
        return None if name == "none" else Path(name)
    return find_cached_store(cache_folder())


def write_table(made: Race | Claim, path: Path) -> None:
    """Write the table of a race."""
    import pandas as pd

    if path.suffix.lower() == ".csv":
        pd.DataFrame(made.rows()).to_csv(path, index=False)
        return
    from optviz.sweeps import Race
    from optviz.views import claim_figure, race_figure, save_html

    if isinstance(made, Race):
        save_html(race_figure(made), path, "A race of optimizers")
    else:
        save_html(claim_figure(made), path, "A claim about optimizers")
