"""The `optviz app` command: the app in the browser."""

from __future__ import annotations

import argparse
import sys
from importlib.metadata import entry_points

HOST, PORT = "127.0.0.1", 8050


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command."""
    app = commands.add_parser("app", help="open the app in the browser (the default)")
    app.set_defaults(perform=open_app)
    app.add_argument("--host", default=HOST, help=f"address to listen on (default {HOST})")
    app.add_argument("--port", type=int, default=PORT, help=f"port to listen on (default {PORT})")
    app.add_argument("--no-browser", action="store_true", help="do not open a browser")
    app.add_argument("--dask", metavar="ADDRESS", help="let this dask cluster carry the trainings")


def open_app(arguments: argparse.Namespace) -> int:
    """Serve the app; where a package is missing, say what to install."""
    (entry,) = entry_points(group="optviz.app", name="serve")
    try:
        serve = entry.load()
    except ModuleNotFoundError as error:
        print(f'optviz: the app needs {error.name}: pip install "optviz[app]"', file=sys.stderr)
        return 2
    serve(
        host=getattr(arguments, "host", HOST),
        port=getattr(arguments, "port", PORT),
        browser=not getattr(arguments, "no_browser", False),
        dask=getattr(arguments, "dask", None),
    )
    return 0
