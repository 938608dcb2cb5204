"""The ES modules of the page: the app's own, and the library's that draw; and its style sheet."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from pathlib import Path

from dash import Dash
from flask import Flask, Response, abort

FOREVER = f"max-age={31_536_000}, immutable"
DRAWING = "drawing"
"""The folder that the library's modules of optviz/views/drawing appear to be in."""
STYLES = f"{DRAWING}/parts.css"
"""The style sheet that the app shares with the library's pages; the app's own come after it."""
TYPES = {".js": "text/javascript", ".css": "text/css"}


def register(app: Dash) -> None:
    """Serve the modules below an address that changes with any of them, and start Dash by main.js.

    The page runs main.js and its deferred scripts in their order once it is read: main.js stands
    before plotly, so that nothing waits for that.
    """
    assets, drawing = Path(app.config.assets_folder), Path(str(files("optviz.views"))) / DRAWING
    found = {file.relative_to(assets).as_posix(): file for file in sorted(assets.rglob("*.js"))}
    found |= {f"{DRAWING}/{file.name}": file for file in sorted(drawing.glob("*.js"))}
    found[STYLES] = drawing / "parts.css"
    modules = {name: file.read_bytes() for name, file in found.items()}
    current = hashlib.sha256(repr(modules).encode()).hexdigest()[:16]
    base = f"/modules/{current}"
    scripts = [name for name in modules if name.endswith(".js")]
    preloads = "".join(f'<link rel="modulepreload" href="{base}/{name}">' for name in scripts)
    main = f'{preloads}<script type="module" src="{base}/main.js"></script>'
    app.index_string = app.index_string.replace("{%metas%}", "{%metas%}" + main)
    styles = f'<link rel="stylesheet" href="{base}/{STYLES}">'
    app.index_string = app.index_string.replace("{%css%}", styles + "{%css%}")
    app.renderer = ""  # main.js makes it, once all that it may call is there
    server: Flask = app.server  # type: ignore[assignment]

    @server.get("/modules/<version>/<path:name>")
    def send_module(version: str, name: str) -> Response:
        if name not in modules:
            abort(404)
        headers = {"Cache-Control": FOREVER} if version == current else {}
        return Response(modules[name], mimetype=TYPES[Path(name).suffix], headers=headers)
