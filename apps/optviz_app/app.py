"""The app, and the server that serves it on this machine."""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import signal
import socket
import threading
import webbrowser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson
from dash import Dash
from flask import Flask
from flask_compress import Compress

from optviz.lessons.record import Lesson
from optviz.movielens.cache import cache_folder
from optviz_app.components import surface_fields
from optviz_app.components.exports.addresses import register_exports
from optviz_app.jobs.endpoint import find_jobs, register_jobs
from optviz_app.pages import PAGES
from optviz_app.pages.models.files import FOLDER
from optviz_app.server import (
    addresses,
    browser_modules,
    heavy,
    lesson_pages,
    live_pages,
    security,
    sharing,
)
from optviz_app.server.short_links import ShortLinks
from optviz_app.shell import frame

TITLE = "optviz"
PLOTLY = '<script defer src="/_dash-component-suites/plotly/package_data/plotly.min.js"></script>'
"""Fetches the drawing library from the start; Dash itself asks for it once a figure is there."""
THREADS = heavy.AT_ONCE + heavy.WAITING + 8
"""Of the server; those beyond what heavy answers may take are for small ones."""
MOST_BYTES = max(security.LARGER.values()) + (16 << 20)
"""The largest body that is received: the app's own limits are lower and have sentences."""
PEEKED = ("pandas", "PIL.Image")
"""Imported before the first request is answered: plotly's encoder uses what it finds of them in
`sys.modules`, which while another thread imports them is half a module."""


class ScriptCache(dict[str, bytes]):
    """Compressed scripts, the same for everybody, so that a class that opens the app waits less."""

    def set(self, key: str, data: bytes) -> None:
        """Keep what is the same at each request, up to more than the app's own scripts."""
        if ";/_dash-component-suites/" in key and len(self) < 100:
            self[key] = data


COMPRESSION: Any = {
    "COMPRESS_ALGORITHM": ["zstd", "gzip"],
    "COMPRESS_LEVEL": 1,
    "COMPRESS_ZSTD_LEVEL": 1,
    "COMPRESS_CACHE_BACKEND": ScriptCache,
    "COMPRESS_CACHE_KEY": lambda request: request.path,
}
"""The settings of flask_compress. A change answered in gzip at its usual level takes ten times
the processor time of zstd, a quarter of the whole; at level 1, for browsers without zstd, half.
zstd at level 1 takes a quarter of its usual time for 3 % more bytes."""


def make_app(
    host: str = "127.0.0.1", lessons: Iterable[Lesson] = (), started: str = sharing.STARTED
) -> Dash:
    """Return the Dash app with all its callbacks; everything it loads comes from this machine.

    `host` is the address it will listen on, which decides by which names it may be called;
    `lessons` are served beside those of the library; `started` is the command that starts it again,
    but for its address.
    """
    server = Flask(__name__, static_folder=None)
    server.config |= COMPRESSION
    server.json.loads = orjson.loads  # type: ignore[method-assign]
    Compress(server)  # which Dash would tell to use gzip
    app = Dash(
        __name__,
        server=server,  # type: ignore[arg-type]
        title=TITLE,
        update_title="",
        compress=False,
        serve_locally=True,
        suppress_callback_exceptions=True,
        assets_ignore=r"\.js$",  # they are modules
    )
    app.index_string = app.index_string.replace("{%metas%}", "{%metas%}" + PLOTLY)
    app.layout = frame.layout
    register_jobs(app, cache_folder())
    register_exports(app)
    surface_fields.register(app)
    heavy.register(app)
    frame.register(app)
    for page in PAGES.values():
        page.load().register(app)
    browser_modules.register(app)
    live_pages.register(app)
    sharing.register(app, host, ShortLinks(cache_folder()), started)
    lesson_pages.register(app, lessons)
    security.secure(app, host)
    addresses.register(app, {path: page.title for path, page in PAGES.items()})
    return app


def serve(
    host: str = "127.0.0.1",
    port: int = 8050,
    browser: bool = True,
    dask: str | None = None,
    lesson: Lesson | None = None,
    folder: Path | None = None,
    first: str = "",
    started: str = sharing.STARTED,
) -> None:
    """Serve the app until Ctrl-C; `dask` is the address of a cluster that carries long work.

    A `lesson` is what the browser opens, beside those of the library, else the page `first`;
    `folder` has the recordings that the page *Your model* lists; `started` is the command that a
    page tells to start it again, but for its address.

    Raises: OSError: port 8050 on 127.0.0.1 is taken: try --port 8051
            ValueError: no dask cluster answers at tcp://127.0.0.1:8786 (...): give the address ...
    """
    from optviz_app.server import connections

    if not 0 <= port <= 65535:
        raise ValueError(f"port must be from 0 to 65535, got {port}")
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a short queue is no news
    if folder is not None:
        os.environ[FOLDER] = str(folder)  # which the processes of heavy answers see too
    app = make_app(host, [lesson] if lesson else [], started)
    if dask is not None:
        find_jobs(app).connect(dask)
    listening = open_socket(host, port)
    server = connections.make_server(app.server, listening, THREADS, MOST_BYTES)
    heavy.find_places(app).open_workers("optviz_app.app:make_app", host)
    server.stop = heavy.find_places(app).close
    url = f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}/"
    if browser:
        opened = url + (f"lesson/{lesson.name}" if lesson else first)
        threading.Timer(0.5, webbrowser.open, [opened]).start()
    for name in PEEKED:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    print(f"optviz is at {url}  (Ctrl-C stops it)", flush=True)
    if lesson:
        print(f"the lesson is at {url}lesson/{lesson.name}", flush=True)
    if first:
        print(f"your model is at {url}{first}", flush=True)
    if not security.is_loopback(host):
        print("everybody who reaches this machine over the network can open it", flush=True)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # stopped politely, end politely
    try:
        server.run()
    finally:
        server.close()
        heavy.find_places(app).close()
        find_jobs(app).close()


def open_socket(host: str, port: int) -> socket.socket:
    """Return a socket that holds an address.

    Raises: OSError: cannot listen on 127.0.0.1 port 8050 (Address already in use): try --port 8051
    """
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise OSError(
            f"cannot listen on {host} port {port} ({error.strerror}): try --port {port + 1}"
        ) from None
    return listening
