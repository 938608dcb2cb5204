"""The `optviz replay` command: a training made again from its capsule, and checked to the byte.

optviz replay run.json                 # `training.capsule().save("run.json")` wrote it
optviz replay run.json --data ml-25m.zip
"""

from __future__ import annotations

import argparse


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command."""
    replay = commands.add_parser("replay", help="make a training again from its capsule")
    replay.set_defaults(perform=replay_file)
    replay.add_argument("file", help="the capsule, a JSON file")
    replay.add_argument("--data", metavar="NAME", help="ml-100k, ml-latest-small, or a path")


def replay_file(arguments: argparse.Namespace) -> int:
    """Replay a capsule, print what came out, and fail where a byte differs."""
    from optviz.movielens import load
    from optviz.recommenders import replay

    data = None if arguments.data is None else load(arguments.data)
    print(replay(arguments.file, data).words(), "The bytes are those of the capsule.", sep="\n")
    return 0
