"""The ES modules of the page: the app's own, and the library's that draw; and its style sheet."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from dash import Dash
from flask import Flask, Response, abort

FOREVER = f"max-age={31_536_000}, immutable"
MAIN = "views/main.js"
STYLES = "views/drawing/parts.css"
"""The style sheet that the app shares with the library's pages; the app's own come after it."""
TYPES = {".js": "text/javascript", ".css": "text/css"}
IMPORT = re.compile(r'^(?:import|export [*{]).*?"(\.[^"]+)";$', re.MULTILINE)


def read_modules(assets: Path) -> dict[str, bytes]:
    """Return all modules by name.

    The app's appear beside the library's drawing/, and that as far from the library's javascript/
    as in its own tree, so that every relative import holds.
    """
    library = Path(str(files("optviz")))
    drawing = library / "views" / "drawing"
    found = {f"views/{file.relative_to(assets).as_posix()}": file for file in assets.rglob("*.js")}
    found |= {file.relative_to(library).as_posix(): file for file in drawing.rglob("*.js")}
    found |= {f"javascript/{file.name}": file for file in (library / "javascript").glob("*.js")}
    found[STYLES] = library / STYLES
    return {name: found[name].read_bytes() for name in sorted(found)}


def follow_imports(modules: Mapping[str, bytes], main: str) -> list[str]:
    """Return the names of all modules that one imports, itself among them, in order."""
    reached, waiting = set(), [main]
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        folder = posixpath.dirname(name)
        paths = IMPORT.findall(modules[name].decode("utf-8"))
        waiting += [posixpath.normpath(posixpath.join(folder, path)) for path in paths]
    return sorted(reached)


def register(app: Dash) -> None:
    """Serve the modules below an address that changes with any of them, and start Dash by main.js.

    The page runs main.js and its deferred scripts in their order once it is read: main.js stands
    before plotly, so that nothing waits for that.
    """
    modules = read_modules(Path(app.config.assets_folder))
    current = hashlib.sha256(repr(modules).encode()).hexdigest()[:16]
    base = f"/modules/{current}"
    needed = follow_imports(modules, MAIN)
    preloads = "".join(f'<link rel="modulepreload" href="{base}/{name}">' for name in needed)
    main = f'{preloads}<script type="module" src="{base}/{MAIN}"></script>'
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
