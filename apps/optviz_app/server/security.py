"""The server's door: hosts, origins, sizes and values that it takes, headers that it gives.

Nothing a client sends gets a server error, and no answer tells more than a sentence.
"""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import math
import os
import socket
import traceback
from collections import defaultdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dash
import orjson
from dash import Dash
from dash.exceptions import CallbackException, DependencyException, InvalidResourceError
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

import optviz
import optviz_app
from optviz_app.server.browser_modules import FOREVER

MOST_BYTES = 256 * 1024
"""The largest body of a request; a page with every optimizer sends about 30 kB."""
CALLBACKS = "/_dash-update-component"
CHECK, DROP = "/workbook/check", "/model/files"
LARGER = {CHECK: 10 * 1024 * 1024, DROP: 256 * 1024 * 1024}
"""The largest body at the addresses that take files."""
MOST_DEPTH = 24
MOST_VALUES = 20_000
MOST_LETTERS = 100_000
"""Of one text; more than the longest link that reaches the server."""
MOST_INTEGER = 2**53
"""The largest whole number that a browser holds exactly."""
CLIENT_ERRORS = (
    ArithmeticError,
    AttributeError,
    CallbackException,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""The errors of a callback over values that no page of ours sends; others are our mistakes."""


def describe_limit(most: int) -> str:
    """Say that a body is larger than the limit."""
    if most < 1024 * 1024:
        return f"the request is too long: at most {most // 1024} kB"
    return f"the file is too large: at most {most // 1024**2} MB"


SENTENCES = {
    400: "the page sent something that optviz does not understand: reload it",
    404: "there is nothing at this address: open /",
    405: "this address does not take such requests: open /",
    413: describe_limit(MOST_BYTES),
    415: "a request to this address must be JSON",
    500: "optviz made a mistake: the server's log says more",
}

_log = logging.getLogger("optviz")


def secure(app: Dash, host: str) -> None:
    """Guard an app whose callbacks are all registered, and that listens on `host`."""
    server: Flask = app.server  # type: ignore[assignment]
    server.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    names, version = list_names(host), hash_version(app)
    server.before_request(lambda: refuse_request(names))
    server.after_request(set_headers)

    @server.get("/alive")
    def alive() -> dict[str, str]:
        return {"version": version}

    for kind in (Exception, InvalidResourceError):
        server.register_error_handler(kind, answer_error)


def hash_version(app: Dash) -> str:
    """Return a text that changes when the server would no longer understand a page that is open."""
    read = hashlib.sha256("\n".join([optviz.__version__, *app.callback_map]).encode())
    for file in sorted(Path(app.config.assets_folder).rglob("*")):
        if file.is_file():
            read.update(file.read_bytes())
    return read.hexdigest()[:16]


def list_names(host: str) -> set[str]:
    """List the names by which a server that listens on `host` may be called.

    Bound beyond loopback it also answers to any number (an IP address): a page of another site can
    point its own name at this machine, but not a number. "" among the names stands for that.
    OPTVIZ_HOSTS names others, such as that of a proxy, with commas between them.
    """
    names = {"localhost", "127.0.0.1", "::1", host.lower()}
    given = os.environ.get("OPTVIZ_HOSTS", "")
    names |= {name.strip().lower() for name in given.split(",") if name.strip()}
    if is_loopback(host):
        return names
    own = socket.gethostname().lower()
    return names | {"", own, own.partition(".")[0], own.partition(".")[0] + ".local"}


def is_loopback(host: str) -> bool:
    """Return True if only this machine reaches what listens on `host`."""
    return host == "localhost" or (is_number(host) and ipaddress.ip_address(host).is_loopback)


def is_number(name: str) -> bool:
    """Return True if a host is an IP address."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def parse_host(text: str) -> str:
    """Return the host of a Host header, without its port, in lower case; "" without one."""
    try:
        return (urlsplit(f"//{text}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def refuse_request(names: set[str]) -> Response | None:
    """Return the answer to a request of another site or with values that no browser sends."""
    called = parse_host(request.headers.get("Host", ""))
    if called not in names - {""} and not ("" in names and is_number(called)):
        shown = "".join(c for c in called[:60] if c.isalnum() or c in ".-:")
        return refuse(
            403,
            f'optviz does not answer to the name "{shown}": open it as localhost or by its number '
            "(such as 192.168.0.7), or start it with OPTVIZ_HOSTS set to that name",
        )
    if is_foreign():
        return refuse(403, "optviz takes requests from its own pages only: open it directly")
    if (request.content_length or 0) > (most := LARGER.get(request.path, MOST_BYTES)):
        return refuse(413, describe_limit(most))
    request.max_content_length = most
    if request.path == CALLBACKS and request.method == "POST":
        try:
            check_body(request.get_data())
        except ValueError as error:
            _log.info("refused a callback's request: %.200s", error)
            return refuse(400)
    return None


def check_body(data: bytes) -> None:
    """Refuse the body of a request that is no JSON object, or has values that no browser sends.

    Raises: ValueError: more than 20000 values
    """
    body = orjson.loads(data)  # refuses NaN, half a surrogate pair and a depth of 1,024
    if not isinstance(body, dict):
        raise ValueError("not a callback's request")
    count, depth, level = 0, 0, [body]
    while level:
        inner = []
        for each in level:
            inner += [*each, *each.values()] if isinstance(each, dict) else each
        count, depth = count + len(inner), depth + 1
        if count > MOST_VALUES or depth > MOST_DEPTH:
            raise ValueError(f"more than {MOST_VALUES} values, or {MOST_DEPTH} within another")
        by_type = defaultdict(list)
        for each in inner:
            by_type[type(each)].append(each)
        if max(map(len, by_type[str]), default=0) > MOST_LETTERS:
            raise ValueError(f"a text of more than {MOST_LETTERS} letters")
        if max(map(abs, by_type[int]), default=0) > MOST_INTEGER:
            raise ValueError("a whole number that no browser holds exactly")
        if not all(map(math.isfinite, by_type[float])):
            raise ValueError("a number that is not finite")
        level = by_type[dict] + by_type[list]


def is_foreign() -> bool:
    """Return True if a page of another site made the request; a link to here is fine."""
    asked = request.headers
    site, origin = asked.get("Sec-Fetch-Site", "none"), asked.get("Origin", "")
    safe = request.method in ("GET", "HEAD", "OPTIONS")
    if site not in ("same-origin", "none"):
        return not safe or asked.get("Sec-Fetch-Mode") != "navigate"
    if safe or not origin:
        return False
    if origin == "null":
        return site != "same-origin"
    return origin.partition("://")[2].lower() != asked.get("Host", "").lower()


def refuse(status: int, sentence: str = "") -> Response:
    """Return a refusal in one sentence."""
    said = sentence or SENTENCES.get(status, SENTENCES[400 if status < 500 else 500])
    return Response(f"{said}\n", status, mimetype="text/plain")


def answer_error(error: Exception) -> Any:
    """Answer an error: a sentence to the client, the traceback to the server's log."""
    if isinstance(error, HTTPException):
        code = error.code or 500
        return refuse(code) if code >= 400 else error
    if isinstance(error, (DependencyException, InvalidResourceError)):
        return refuse(404)  # a script that the app does not have
    if request.path == CALLBACKS and isinstance(error, CLIENT_ERRORS) and is_misread(error):
        log_once(logging.WARNING, "a callback could not use what a page sent", error)
        return refuse(400)
    log_once(logging.ERROR, "a request failed", error)
    return refuse(500)


def is_misread(error: Exception) -> bool:
    """Return True for an error where a request is read, by Dash or by us.

    One within another library, or while an answer is written, is no fault of the page's.
    """
    where = [frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__)]
    if any(code.co_name == "to_json" for code in where):
        return False
    file = Path(where[-1].co_filename)
    is_library = not {"site-packages", "dist-packages"}.isdisjoint(file.parts)
    return not is_library or any(home in file.parents for home in HOMES)


HOMES = tuple(Path(each.__file__ or "").parent for each in (dash, optviz, optviz_app))
"""The packages that read requests; optviz may be installed among the libraries."""
logged: set[tuple[str, int]] = set()
"""The places in the code whose traceback the log holds already."""


def log_once(level: int, what: str, error: Exception) -> None:
    """Log an error, its traceback only the first time that it comes from a place."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = (trace.tb_frame.f_code.co_filename, trace.tb_lineno) if trace else ("", 0)
    _log.log(level, "%s: %.300r", what, error, exc_info=None if place in logged else error)
    logged.add(place)


POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
    "worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; "
    "object-src 'none'"
)
"""The Content-Security-Policy: the app's own files, and no inline script."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def set_headers(response: Response) -> Response:
    """Set the headers that tell a browser what it may do with an answer."""
    headers = response.headers
    # A page in one file says its own policy, by the hashes of what it holds.
    headers.update({name: text for name, text in HEADERS.items() if name not in headers})
    if is_loopback(parse_host(request.host)):  # elsewhere browsers heed it over https only
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if request.path.startswith("/assets/") and "m" in request.args and response.status_code == 200:
        headers["Cache-Control"] = FOREVER  # m changes with the file
    elif "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-cache"
    return response
