"""The `optviz app` command: the app in the browser, which opens without a command too.

- Surfaces: change anything and every picture follows. From above or in three dimensions; loss,
  distance, memory, effective learning rates. Play a run, or scrub it: dots, curves, arrows and
  table move in step. Fork a run at any step and change its optimizer; pin a run, change, and see
  both; start from several places at once. A formula's letters become sliders. The microscope takes
  the step under the scrubber apart: every quantity with its formula and its numbers.
- Workbook: the eight tabs of the course's spreadsheet, row by row: step, epoch, five epochs, reset.
- Your model: recordings of your own training loop, several on one plane, and saved pictures of
  their loss. `--recordings FOLDER` lists a folder there, and `optviz open FILE` opens one.
- MovieLens: real trainings in the background, with live curves, the time left and a cancel button;
  the exact loss around the paths on planes and sheets of your choice, what each hides, and
  predictions taken apart.

Everything is in the link: share it, go back, reload, undo. "Download & share" gives a script that
makes the same runs, pictures, tables, a spreadsheet, or one HTML file. Press `?` for the keys.

It listens on 127.0.0.1 alone unless `--host` says otherwise, loads nothing from elsewhere and sends
nothing anywhere. It answers only to the names it listens on (`OPTVIZ_HOSTS` adds those of a proxy),
refuses what other sites send, and has no passwords: on a shared address, whoever reaches it uses
it. If the server stops, open pages say so and go on once it is back. Long races, their files and
checks of workbooks are made in processes of their own, two at a time and at low priority: beside
busy programs trainings wait for these, unless `OPTVIZ_NICE=0`. Data and results are kept in
`OPTVIZ_CACHE`, temporary files in `TMPDIR`. With `--dask` a dask cluster carries the trainings
(`optviz[app,dask]`).
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path

from optviz.extras import describe_missing

HOST, PORT = "127.0.0.1", 8050


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command."""
    app = commands.add_parser("app", help="open the app in the browser (the default)")
    app.set_defaults(perform=open_app)
    app.add_argument("--host", default=HOST, help=f"address to listen on (default {HOST})")
    app.add_argument("--port", type=int, default=PORT, help=f"port to listen on (default {PORT})")
    app.add_argument("--no-browser", action="store_true", help="do not open a browser")
    app.add_argument("--recordings", metavar="FOLDER", help="list this folder on Your model")
    app.add_argument("--dask", metavar="ADDRESS", help="let this dask cluster carry the trainings")


def open_app(arguments: argparse.Namespace) -> int:
    """Serve the app; where a package is missing, say what to install."""
    if (serve := find_serve()) is None:
        return 2
    dask, folder = (getattr(arguments, name, None) for name in ("dask", "recordings"))
    if folder is not None and not Path(folder).is_dir():
        raise ValueError(f"--recordings must be a folder, got {folder}")
    given = {"--dask": dask, "--recordings": folder}
    again = [word for name, value in given.items() if value for word in (name, str(value))]
    serve(
        host=getattr(arguments, "host", HOST),
        port=getattr(arguments, "port", PORT),
        browser=not getattr(arguments, "no_browser", False),
        dask=dask,
        folder=None if folder is None else Path(folder).absolute(),
        started=shlex.join(["optviz", "app", *again]),
    )
    return 0


def find_serve() -> Callable[..., None] | None:
    """Return what serves the app; where a package is missing, say what to install: None."""
    (entry,) = entry_points(group="optviz.app", name="serve")
    try:
        return entry.load()
    except ModuleNotFoundError as error:
        print(f"optviz: {describe_missing('the app', str(error.name), 'app')}", file=sys.stderr)
        return None
