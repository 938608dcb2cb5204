"""The addresses of the pages: each page has one, and nothing else answers with the app."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from urllib.parse import unquote

from dash import Dash
from flask import Flask, Response, request

INDEX = ("/", "/<path:path>")
"""Dash's endpoints that answer any address with the app."""
NOT_FOUND = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Nothing here · optviz</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 15vh auto; max-width: 34rem }}
:root {{ color-scheme: light dark }}
a {{ color: inherit }}
</style>
<h1>There is nothing at this address</h1>
<p>These are the pages of optviz:</p>
<ul>{links}</ul>
"""


def register(app: Dash, pages: Mapping[str, str]) -> None:
    """Lead to the pages, whose titles are given by their paths, and answer others with 404.

    The page writes the address that it was opened with, and browsers take one that begins with two
    slashes for that of another site: only a page's own address opens it.
    """
    server: Flask = app.server  # type: ignore[assignment]
    links = " ".join(f'<li><a href="{path}">{escape(title)}</a>' for path, title in pages.items())
    page = " ".join(NOT_FOUND.format(links=links).split()) + "\n"

    @server.before_request
    def lead() -> Response | None:
        if request.endpoint not in INDEX or (path := read_path()) in pages:
            return None
        if (tidy := tidy_path(path)) not in pages:
            return Response(page, 404, mimetype="text/html")
        query = request.query_string.decode("latin-1")
        return Response(status=302, headers={"Location": tidy + (query and f"?{query}")})


def read_path() -> str:
    """Return the path of the request as it was sent: the server tidies some of what it tells."""
    sent = str(request.environ.get("REQUEST_URI", request.path)).partition("?")[0]
    if not sent.startswith("/"):  # a whole address, as sent to a proxy
        sent = "/" + sent.partition("://")[2].partition("/")[2]
    return sent


def tidy_path(path: str) -> str:
    """Return a path without empty parts, dots, escapes, capitals and a last slash."""
    parts: list[str] = []
    for part in unquote(path).replace("\\", "/").lower().split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(parts)
