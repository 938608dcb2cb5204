"""What the browser needs to make the runs itself while a number moves."""

from __future__ import annotations

from typing import Any

from dash import Dash
from flask import Flask, Response, abort, request

from optviz.experiments.surface import Experiment
from optviz.views.live.payload import describe_experiment
from optviz_app.pages.surfaces.figures import LETTER, read_query
from optviz_app.server.browser_modules import FOREVER
from optviz_app.server.heavy import weigh


def describe_live(experiment: Experiment) -> dict[str, Any] | None:
    """Return an experiment as data, see `describe_experiment`, without the texts of its modules.

    They are at `/emitted/KEY.js?QUERY`. None where a rule cannot be written in JavaScript.
    """
    try:
        record = describe_experiment(experiment)
    except ValueError:
        return None
    del record["modules"]
    return record


def register(app: Dash) -> None:
    """Serve the modules of an experiment, each at an address that holds the hash of its text."""
    server: Flask = app.server  # type: ignore[assignment]

    @server.get("/emitted/<key>.js")
    def send_emitted(key: str) -> Response:
        experiment = read_query(request.query_string.decode("ascii", "replace"))
        weigh(LETTER * len(experiment.problem))
        try:
            text = describe_experiment(experiment)["modules"].get(key)
        except ValueError:
            text = None
        if text is None:
            abort(404)
        return Response(text, mimetype="text/javascript", headers={"Cache-Control": FOREVER})
