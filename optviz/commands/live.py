"""The `optviz live` command: a page in one file on which everything moves."""

from __future__ import annotations

import argparse
import re

from optviz.commands.run import add_experiment, read_experiment


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command."""
    live = commands.add_parser("live", help="write a page in one file on which everything moves")
    live.set_defaults(perform=write_page)
    add_experiment(live)
    live.add_argument(
        "-o", "--output", metavar="FILE", help="the page (default optviz-SURFACE-live.html)"
    )


def write_page(arguments: argparse.Namespace) -> int:
    """Write the page of a surface, a formula or a link, and tell where it is.

    Raises: ValueError: a live page is for surfaces, and this link trains on MovieLens
    """
    from optviz.experiments.surface import Experiment
    from optviz.views.live.page import live_page

    experiment, kind = read_experiment(arguments)
    if not isinstance(experiment, Experiment):
        raise ValueError(f"a live page is for surfaces, and this link {kind.action}")
    name = re.sub(r"[^a-z0-9]+", "-", experiment.surface().name.lower()).strip("-")[:40]
    file = live_page(experiment, None, arguments.output or f"optviz-{name or 'formula'}-live.html")
    print(f"{file} ({file.stat().st_size / 1000:.0f} kB): open it in a browser, without a network")
    return 0
