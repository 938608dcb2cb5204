"""The `optviz open` command: recordings and saved pictures of your own model, in the app.

`optviz open run.optviz` opens the app at the page *Your model* with that file; several files are
compared on one plane; a folder is listed there. A file is a recording (`optviz.record(...,
file=...)`), or a slice, sheet or profile that was saved by `to_npz`. Each is checked before the app
starts, and nothing in it is unpickled.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from urllib.parse import quote

from optviz.commands.app import HOST, PORT, find_serve

MOST = 6
"""Files that the page shows at once."""


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command."""
    parser = commands.add_parser("open", help="open recordings of your own model in the app")
    parser.set_defaults(perform=open_files)
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="recordings, pictures, or a folder"
    )
    parser.add_argument("--host", default=HOST, help=f"address to listen on (default {HOST})")
    parser.add_argument("--port", type=int, default=PORT, help=f"port (default {PORT})")
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")


def open_files(arguments: argparse.Namespace) -> int:
    """Check the files, and serve the app with their folder.

    Raises: ValueError: all files must lie in one folder, got /a and /b
    """
    folder, files = find_folder([Path(each).absolute() for each in arguments.files])
    if (serve := find_serve()) is None:
        return 2
    query = "&".join(f"file={quote(each.name)}" for each in files)
    serve(
        host=arguments.host,
        port=arguments.port,
        browser=not arguments.no_browser,
        folder=folder,
        first=f"model?{query}" if query else "model",
        started=shlex.join(["optviz", "open", *arguments.files]),
    )
    return 0


def find_folder(paths: list[Path]) -> tuple[Path, list[Path]]:
    """Return the folder of some files, or the one folder that was named, and the files.

    Raises: FileNotFoundError: there is no file run.optviz
            RecordFileError: run.optviz is broken (its header is cut off)
    """
    for each in paths:
        if not each.exists():
            raise FileNotFoundError(f"there is no file {each}")
    if len(paths) == 1 and paths[0].is_dir():
        return paths[0], []
    if folders := [each for each in paths if each.is_dir()]:
        raise ValueError(f"give files, or one folder: {folders[0]} is a folder beside others")
    parents = list(dict.fromkeys(each.parent for each in paths))
    if len(paths) > MOST:
        raise ValueError(f"at most {MOST} files are shown at once, got {len(paths)}: open a folder")
    if len(parents) > 1:
        raise ValueError(f"all files must lie in one folder, got {parents[0]} and {parents[1]}")
    return parents[0], keep_whole(paths)


def keep_whole(paths: list[Path]) -> list[Path]:
    """Return the files that can be opened; tell of the others, unless there is none beside them.

    Raises: RecordFileError: run.optviz is broken (its header is cut off)
    """
    from optviz.landscapes.pictures import open_file

    whole, wrong = [], []
    for each in paths:
        try:
            open_file(each)
            whole.append(each)
        except ValueError as error:
            wrong.append(error)
    if wrong and not whole:
        raise wrong[0]
    for error in wrong:
        print(f"optviz: left out: {error}", file=sys.stderr)
    return whole
