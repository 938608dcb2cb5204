"""What a class needs to open what a teacher shows: a short link, and its QR code."""

from __future__ import annotations

import io
import ipaddress
import socket
from typing import NamedTuple
from urllib.parse import urlsplit

import segno
from dash import Dash
from flask import Flask, Response, abort, jsonify, redirect, request

from optviz_app.server.security import is_loopback, parse_host, refuse
from optviz_app.server.short_links import ShortLinks

ALONE = (
    "Only this machine reaches this link, since the app listens on {host}. To let the class open "
    "it, stop the app and start it again with this command:"
)
STARTED = "optviz app"
"""The command that started this server, but for its address."""
LOST = "No network was found on this machine: connect it, and ask again."
PORT = 8050
"""The port that the command need not name."""


def register(app: Dash, host: str, links: ShortLinks, started: str = STARTED) -> None:
    """Answer POST /share with {link, svg, sentence, command}; lead from /s/CODE to its address."""
    server: Flask = app.server  # type: ignore[assignment]

    @server.post("/share")
    def share() -> Response:
        sent = request.get_json(silent=True)
        try:
            code = links.add(sent.get("link") if isinstance(sent, dict) else None)  # type: ignore[arg-type]
        except ValueError as error:
            return refuse(400, str(error))
        except OSError as error:
            why = error.strerror or type(error).__name__
            sentence = (
                f"the short link cannot be kept ({why}): set OPTVIZ_CACHE to a folder that can"
            )
            return refuse(507, sentence)
        base = find_base(host, started)
        link = f"{base.address}/s/{code}"
        svg = "" if base.sentence else draw_code(link)
        rest = {"sentence": base.sentence, "command": base.command}
        return jsonify({"link": link, "svg": svg, **rest})

    @server.get("/s/<code>")
    def lead(code: str) -> Response:
        link = links.find(code)
        if link is None:
            abort(404)
        return redirect(link)  # type: ignore[return-value]


class Base(NamedTuple):
    """An address of this server, and why others do not reach it, with the command that helps."""

    address: str
    sentence: str = ""
    command: str = ""


def find_base(host: str, started: str) -> Base:
    """Return the address by which others reach this server.

    Who called it by another name than its machine's own for itself knows one; else the number of
    this machine in its network serves.
    """
    called, origin = request.host, urlsplit(request.headers.get("Origin", ""))
    is_known = origin.netloc == called and origin.scheme in ("http", "https")
    scheme = origin.scheme if is_known else "http"
    if not is_loopback(parse_host(called)):
        return Base(f"{scheme}://{called}")
    port = read_port(called)
    if is_loopback(host):
        command = f"{started} --host 0.0.0.0" + (f" --port {port}" if port != PORT else "")
        return Base(f"{scheme}://{called}", ALONE.format(host=host), command)
    number = host if is_own_number(host) else find_number()
    if not number:
        return Base(f"{scheme}://{called}", LOST)
    return Base(f"{scheme}://{f'[{number}]' if ':' in number else number}:{port}")


def read_port(called: str) -> int:
    """Return the port of a Host header; 80 where it has none, or none that is one."""
    try:
        return urlsplit(f"//{called}").port or 80
    except ValueError:
        return 80


def is_own_number(host: str) -> bool:
    """Return True for the number of one network of this machine, not for all of them."""
    try:
        return not ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def find_number() -> str:
    """Return the number of this machine in its network, "" without one; nothing is sent."""
    for family, far in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as way:
                way.connect((far, 9))
                number = way.getsockname()[0]
        except OSError:
            continue
        if not ipaddress.ip_address(number).is_loopback:
            return number
    return ""


def draw_code(link: str) -> str:
    """Return the QR code of a link as SVG, black on white with the margin that cameras need."""
    out = io.BytesIO()
    code = segno.make_qr(link, error="m")
    code.save(out, kind="svg", xmldecl=False, omitsize=True, light="#ffffff", border=4)
    return out.getvalue().decode()
