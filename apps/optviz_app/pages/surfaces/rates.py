"""Losses against the learning rate, where the browser cannot measure them itself."""

from __future__ import annotations

from math import isfinite, isnan
from typing import Any

from dash import Dash
from flask import Flask, Response, jsonify, request

from optviz.experiments.surface import Experiment
from optviz.runs.rates import RateCurve, learning_rates
from optviz.specs import unwrap_rule
from optviz_app.server.heavy import weigh

WEIGHT = 8
"""How many runs the learning rates of an optimizer, all made at once, weigh."""


def measure_rates(experiment: Experiment) -> list[dict[str, Any]]:
    """Return the curve of each optimizer that is on and has an lr, as the browser draws it."""
    problem, found = experiment.build(), []
    for place, entry in enumerate(experiment.entries):
        if not entry.on or not hasattr(unwrap_rule(entry.rule), "lr"):
            continue
        curve = learning_rates(
            problem,
            (entry.rule, entry.schedule),
            steps=experiment.steps,
            start=experiment.start,
            seed=experiment.seed,
        )
        title = type(unwrap_rule(entry.rule)).__name__
        found.append({"place": place, "title": title} | describe_curve(curve))
    return found


def describe_curve(curve: RateCurve) -> dict[str, Any]:
    """Return a curve as JSON can hold it: "inf" for a run that diverged, None for no loss."""
    edge = curve.edge
    return {
        "lr": curve.lr,
        "rates": curve.rates.tolist(),
        "final": list(map(spell_loss, curve.final.tolist())),
        "best": list(map(spell_loss, curve.best.tolist())),
        "first": spell_loss(curve.first),
        "ends": [float(curve.rates[0]), float(curve.rates[-1])],
        "edge": edge and {"rate": edge.rate, "formula": edge.formula, "isLocal": edge.is_local},
    }


def spell_loss(loss: float) -> float | str | None:
    """Return a loss as JSON can hold it."""
    return loss if isfinite(loss) else None if isnan(loss) else "inf"


def register(app: Dash) -> None:
    """Answer with the curves of the experiment in the address."""
    server: Flask = app.server  # type: ignore[assignment]

    @server.get("/rates.json")
    def send_rates() -> Response:
        query = request.query_string.decode("utf-8", "replace")
        try:
            experiment, _ = Experiment.from_query(query)
            weigh(WEIGHT * experiment.work())
            return jsonify(measure_rates(experiment))
        except ValueError as error:
            return Response(f"{error}\n", 400, mimetype="text/plain")
