"""The ES modules of the page: the app's own and the library's; and the style sheet they share."""

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
LIBRARY = ("javascript", "views/drawing", "views/share")
"""The folders of optviz whose modules the page has, under the same names beside its own."""
STYLES = "views/drawing/parts.css"
"""The style sheet that the app shares with the library's pages; the app's own come after it."""
TYPES = {".js": "text/javascript", ".css": "text/css"}
IMPORT = re.compile(r'^(?:import|export) (?:.* from )?"(\.[^"]+)";$', re.MULTILINE)


def find_needed(name: str, modules: Mapping[str, bytes]) -> dict[str, None]:
    """Return a module and all that it imports, by their names."""
    needed = {name: None}
    for each in (waiting := [name]):  # it grows
        folder = posixpath.dirname(each)
        for path in IMPORT.findall(modules[each].decode()):
            other = posixpath.normpath(posixpath.join(folder, path))
            if other not in needed:
                needed[other] = None
                waiting.append(other)
    return needed


def register(app: Dash) -> None:
    """Serve the modules below an address that changes with any of them, and start Dash by main.js.

    The page runs main.js and its deferred scripts in their order once it is read: main.js stands
    before plotly, so that nothing waits for that.
    """
    assets, library = Path(app.config.assets_folder), Path(str(files("optviz")))
    found = {file.relative_to(assets).as_posix(): file for file in sorted(assets.rglob("*.js"))}
    for folder in LIBRARY:
        for file in sorted((library / folder).rglob("*.js")):
            found[file.relative_to(library).as_posix()] = file
    found[STYLES] = library / STYLES
    modules = {name: file.read_bytes() for name, file in found.items()}
    current = hashlib.sha256(repr(modules).encode()).hexdigest()[:16]
    base = f"/modules/{current}"
    needed = find_needed("main.js", modules)
    preloads = "".join(f'<link rel="modulepreload" href="{base}/{name}">' for name in needed)
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
