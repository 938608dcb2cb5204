"""What the browser needs to make the runs itself while a number moves."""

from __future__ import annotations

import hashlib
from typing import Any

from dash import Dash
from flask import Flask, Response, abort, request

from optviz.experiments.limits import LIMITS
from optviz.experiments.surface import Experiment
from optviz.views.live.payload import describe_experiment, draw_samples
from optviz_app.pages.surfaces.figures import LETTER, read_query
from optviz_app.server.browser_modules import FOREVER
from optviz_app.server.heavy import weigh

NOISY = 1_000
"""The steps for which a seed's noise is sent at least; of longer runs twice or four times as many,
so that few changes of the number of steps need other noise."""


def describe_live(experiment: Experiment) -> dict[str, Any] | None:
    """Return an experiment as data, see `describe_experiment`, without what has its own address.

    The texts of modules are at `/emitted/KEY.js?QUERY`; `samples` say where those of the noise are,
    and for how many steps. None where a rule cannot be written in JavaScript.
    """
    try:
        record = describe_experiment(experiment, locate_samples)
    except ValueError:
        return None
    del record["modules"]
    return record


def locate_samples(steps: int, seed: int) -> dict[str, Any]:
    """Return the address of a seed's noise for at least so many steps, and for how many it is."""
    length = NOISY
    while length < steps:
        length = min(2 * length, LIMITS["steps"])
    key = hash_samples(write_samples(length, seed))
    return {"address": f"/noise/{key}.f8?seed={seed}&steps={length}", "steps": length}


def write_samples(steps: int, seed: int) -> bytes:
    """Return the samples of the noise as the bytes of floats, the least one first."""
    return draw_samples(steps, seed).astype("<f8").tobytes()


def hash_samples(samples: bytes) -> str:
    """Return the part of an address that changes with what is there."""
    return hashlib.sha256(samples).hexdigest()[:16]


def register(app: Dash) -> None:
    """Serve the modules of an experiment and its noise, at addresses that hold a hash of each."""
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

    @server.get("/noise/<key>.f8")
    def send_samples(key: str) -> Response:
        asked = read_query(request.query_string.decode("ascii", "replace"))
        weigh(asked.steps)
        samples = write_samples(asked.steps, asked.seed)
        if hash_samples(samples) != key:
            abort(404)
        headers = {"Cache-Control": FOREVER}
        return Response(samples, mimetype="application/octet-stream", headers=headers)
