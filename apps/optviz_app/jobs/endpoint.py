"""The one queue of an app: made with it, reached by its pages, told over HTTP who watches."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Any

from dash import Dash
from flask import jsonify, request

from optviz_app.jobs.queue import Jobs

NAME = "optviz_jobs"


def register_jobs(app: Dash, cache: Path) -> None:
    """Make the queue of an app, and the address where a page says that it watches or leaves."""
    jobs = Jobs(cache)
    app.server.extensions[NAME] = jobs  # type: ignore[attr-defined]

    @app.server.post("/jobs/watch")  # type: ignore[attr-defined]
    def watch():
        sent = request.get_json(silent=True) if (request.content_length or 0) < 500 else None
        sent = sent if isinstance(sent, dict) else {}
        key, page = str(sent.get("key"))[:40], str(sent.get("page"))[:60]
        return jsonify(jobs.watch(key, page, leave=sent.get("leave") is True))


def find_jobs(app: Dash) -> Jobs:
    """Return the queue of an app."""
    return app.server.extensions[NAME]  # type: ignore[attr-defined]


def parse_browser(sent: Any) -> str:
    """Return the id of a browser as it was sent, or no id: all without one count as one browser."""
    fits = isinstance(sent, str) and re.fullmatch(r"[a-z0-9-]{8,40}", sent)
    return sent if fits else ""


def parse_address(sent: str | None) -> str:
    """Return the address of another machine, of IPv6 its network's; "" for this machine."""
    try:
        found = ipaddress.ip_address((sent or "").partition("%")[0])
    except ValueError:
        return ""
    found = getattr(found, "ipv4_mapped", None) or found
    if found.is_loopback:
        return ""
    return str(found if found.version == 4 else ipaddress.ip_network((found, 64), strict=False))
