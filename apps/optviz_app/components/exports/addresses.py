"""The addresses of figures and films: preview, begin, look, cancel, and the files.

A dialog in the browser asks them by itself, so that any page can have it without a callback.
"""

from __future__ import annotations

import json
import re
from typing import Any

import orjson
from dash import Dash
from flask import Response, request

from optviz_app.components.downloads import attach
from optviz_app.components.exports.tasks import make_export_request, parse_link
from optviz_app.jobs.channel import WATCHED_S
from optviz_app.jobs.endpoint import find_jobs, parse_address, parse_browser
from optviz_app.jobs.queue import Jobs
from optviz_app.jobs.tasks import Request
from optviz_app.server.heavy import weigh

MIMES = {
    **{"pdf": "application/pdf", "svg": "image/svg+xml", "png": "image/png"},
    **{"gif": "image/gif", "mp4": "video/mp4", "webm": "video/webm"},
}
MOST_BYTES = 64 * 1024
"""Of a question; a link and its options take a few kB."""


def register_exports(app: Dash) -> None:
    """Register the addresses."""
    server = app.server

    @server.post("/export/<act>")  # type: ignore[attr-defined]
    def export(act):
        try:
            sent = read_question()
            if act == "preview":
                return answer_json(build_preview(sent))
            asked = make_export_request(sent)
            return answer_json(
                answer_act(find_jobs(app), act, asked, parse_browser(sent.get("browser")))
            )
        except ValueError as error:
            return refuse(400, str(error))

    @server.get("/export/file/<kind>/<digest>")  # type: ignore[attr-defined]
    def export_file(kind, digest):
        return answer_export_file(find_jobs(app), kind, digest)


def read_question() -> dict[str, Any]:
    """Return what the dialog sent."""
    short = (request.content_length or 0) <= MOST_BYTES
    sent = request.get_json(silent=True) if short else None
    if not isinstance(sent, dict):
        raise ValueError("the page sent something that optviz does not understand: reload it")
    return sent


def answer_act(jobs: Jobs, act: str, asked: Request, browser: str) -> dict[str, Any]:
    """Begin or cancel what was asked, as the act says; return how far it is."""
    if act == "start":
        jobs.submit(asked, browser, address=parse_address(request.remote_addr))
    elif act == "cancel":
        jobs.cancel(asked, browser)
    elif act != "look":
        raise ValueError("this address does not take such requests: open /")
    now = jobs.look(asked, browser)
    result: Any = jobs.find_result(asked) if now["phase"] == "finished" else None
    more = {}
    if result:
        words = {"said": result.words["said"], "name": name_file(asked)}
        more = words | {"href": f"/export/file/{asked.kind}/{asked.digest}"}
    return now | more | {"key": asked.key, "watch": round(WATCHED_S / 4.5 * 1000)}


def build_preview(sent: dict[str, Any]) -> dict[str, Any]:
    """Return the figure that the file is drawn from, and its size in words.

    What is half typed is no mistake of the page's: then there is a sentence on what is `wrong`.
    """
    try:
        return draw_preview(sent)
    except ValueError as error:
        return {"wrong": str(error)}


def draw_preview(sent: dict[str, Any]) -> dict[str, Any]:
    """Return the figure of a preview and its size in words."""
    from optviz.views.export.figure_options import PX_PER_CM, FigureOptions
    from optviz.views.export.film_options import FilmOptions
    from optviz.views.export.paper import build_paper_figure

    asked = json.loads(make_export_request(sent).text)
    experiment = parse_link(asked["link"])
    weigh(experiment.work())
    if sent["kind"] == "figure":
        figure = build_paper_figure(experiment, FigureOptions.from_dict(asked["options"]))
        sides = (figure["layout"][name] / PX_PER_CM for name in ("width", "height"))
        wide, high = (f"{each:.1f}" for each in sides)
        words = f"{wide} × {high} cm on paper"
    else:
        options = FilmOptions.from_dict(asked["options"])
        figure = build_paper_figure(experiment, options.to_figure())
        every = experiment.steps / max(1, options.count_frames() - 1)
        which = f"one every {every:.3g} steps" if every > 1 else "every step"
        words = f"{options.count_frames()} frames, {which}"
    return {"figure": figure, "words": words}


def name_file(asked: Request) -> str:
    """Return the name under which a file is saved."""
    words = json.loads(asked.text)
    problem = parse_link(words["link"]).surface().name.lower()
    name = re.sub(r"[^a-z0-9]+", "-", problem).strip("-")[:40]
    return f"optviz-{name or 'formula'}-{asked.kind}.{words['format']}"


def answer_export_file(jobs: Jobs, kind: str, digest: str) -> Response:
    """Answer with a file that was made."""
    gone = "There is no such file any more: make it again from the page's menu.\n"
    if kind not in ("figure", "film") or not re.fullmatch(r"[0-9a-f]{16}", digest):
        return refuse(404, gone)
    folder = jobs.cache / f"{kind}s" / digest
    try:
        text = json.loads((folder / "result.json").read_text())["experiment"]
        asked = Request(kind, text)
        name = name_file(asked)
        content = (folder / f"{kind}.{name.rpartition('.')[2]}").read_bytes()
    except (OSError, ValueError, LookupError):
        return refuse(404, gone)
    return attach(content, MIMES[name.rpartition(".")[2]], name)


def answer_json(value: Any) -> Response:
    """Answer with JSON that nobody keeps."""
    return Response(
        orjson.dumps(value), mimetype="application/json", headers={"Cache-Control": "no-store"}
    )


def refuse(status: int, sentence: str) -> Response:
    """Answer with a sentence."""
    return Response(f"{sentence.strip()}\n", status, mimetype="text/plain")
