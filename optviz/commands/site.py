"""The `optviz site` command: the project's web site, built into a folder that any host serves.

The folder works below any address and from a disk, asks for nothing outside, and has at most 40 MB.
It must be new, empty, or an earlier site, which is replaced as a whole once the new one is complete
and no link in it is dead. The examples and the project's texts come from the source tree; an
installed package builds the rest. Needs `optviz[site]`.
"""

from __future__ import annotations

import argparse
import sys
from time import perf_counter


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command."""
    site = commands.add_parser("site", help="build the web site of the project into a folder")
    site.set_defaults(perform=write_site, commands=commands)
    site.add_argument("folder", metavar="DIR", help="a new or empty folder, or an earlier site")
    site.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="PART",
        help="build this part alone, such as rules or surfaces/bowl; repeat for more",
    )


def write_site(arguments: argparse.Namespace) -> int:
    """Build the site and say where it is, its size and how long it took."""
    from optviz.site import build_site
    from optviz.site.command_pages import list_commands
    from optviz.site.folder import list_files

    begun = perf_counter()
    parsers = list_commands(arguments.commands)
    folder = build_site(arguments.folder, arguments.only, commands=parsers, tell=tell_progress)
    files = list_files(folder)
    size = sum(each.stat().st_size for each in files) / 1e6
    took = perf_counter() - begun
    print(f"{folder / 'index.html'}: {len(files)} files, {size:.1f} MB, {took:.0f} s")
    return 0


def tell_progress(sentence: str) -> None:
    """Say on standard error how far the build is."""
    print(f"optviz site: {sentence}", file=sys.stderr)
