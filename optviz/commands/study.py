"""The `optviz study` command: the lesson's questions about the rating model, answered.

optviz study                           # the questions
optviz study solver --saved            # the result that comes with optviz
optviz study sigmoid --seeds 3 --html sigmoid.html --json sigmoid.json
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from optviz.commands import INTERRUPTED

if TYPE_CHECKING:
    from optviz.recommenders.studies.study import Study


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command."""
    study = commands.add_parser("study", help="answer one of the lesson's questions by measuring")
    study.set_defaults(perform=answer)
    study.add_argument("name", nargs="?", help="sigmoid, solver, ... (default: list them)")
    study.add_argument("--data", metavar="NAME", help="ml-100k, ml-latest-small, or a path")
    study.add_argument("--seeds", type=int, metavar="N", help="how many seeds to take")
    study.add_argument("--saved", action="store_true", help="show the result that comes along")
    study.add_argument("--json", metavar="FILE", help="write every measurement as JSON")
    study.add_argument("--csv", metavar="FILE", help="write the table as CSV")
    study.add_argument("--html", metavar="FILE", help="write the pictures as one offline page")


def answer(arguments: argparse.Namespace) -> int:
    """Perform a study, or show its saved result; print its answer and write the chosen files."""
    from optviz.recommenders.studies import STUDIES, StudyCanceledError, load_saved

    if arguments.name is None:
        width = max(map(len, STUDIES))
        for name, kind in STUDIES.items():
            print(f"{name:{width}}  {kind.question}")
        return 0
    check_options(arguments)
    try:
        study = load_saved(arguments.name) if arguments.saved else perform(arguments)
    except (StudyCanceledError, KeyboardInterrupt):
        print("optviz: the study was canceled, and nothing was kept", file=sys.stderr)
        return INTERRUPTED
    print(study.question, study.words(), study.table().to_text(), study.conclude(), sep="\n\n")
    write_files(study, arguments)
    return 0


def check_options(arguments: argparse.Namespace) -> None:
    """Refuse what would be found out only after the study is done.

    Raises: ValueError: --saved shows a result as it was made: leave out --seeds
        ValueError: there is no folder /nope to write /nope/x.json to
    """
    for name in ("data", "seeds"):
        if arguments.saved and getattr(arguments, name) is not None:
            raise ValueError(f"--saved shows a result as it was made: leave out --{name}")
    for name in ("json", "csv", "html"):
        file = getattr(arguments, name)
        if file and not Path(file).absolute().parent.is_dir():
            raise ValueError(f"there is no folder {Path(file).parent} to write {file} to")


def perform(arguments: argparse.Namespace) -> Study:
    """Perform the study, its progress on standard error where that is a terminal.

    Raises: ValueError: --seeds must be 1 or more, got 0
    """
    from optviz.movielens import load
    from optviz.recommenders.studies import perform_study

    if arguments.seeds is not None and arguments.seeds < 1:
        raise ValueError(f"--seeds must be 1 or more, got {arguments.seeds}")
    data = None if arguments.data is None else load(arguments.data)
    seeds = None if arguments.seeds is None else range(arguments.seeds)
    listener = tell if sys.stderr.isatty() else None
    return perform_study(arguments.name, data, seeds=seeds, on_progress=listener)


def tell(done: int, total: int, words: str) -> None:
    """Write how far the study is over the last such line."""
    end = "\n" if done == total else ""
    print(f"\r\033[K{done}/{total}  {words:.60}", end=end, file=sys.stderr, flush=True)


def write_files(study: Study, arguments: argparse.Namespace) -> None:
    """Write the files that were asked for."""
    if arguments.json:
        study.to_json(arguments.json)
    if arguments.csv:
        study.table().to_frame().to_csv(arguments.csv, index=False)
    if arguments.html:
        from optviz.views import draw_study, save_html

        save_html(draw_study(study), arguments.html)
