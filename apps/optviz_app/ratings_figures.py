"""The figures of the MovieLens page as data: pure functions of what a training said or left."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from optviz.experiment import RatingsExperiment
from optviz.views.slices import slice_contour
from optviz.views.training_curves import Curve, validation
from optviz.views.training_progress import Live, training
from optviz_app.figures import as_json
from optviz_app.saved import Result


def live(
    curves: list[dict[str, Any]], epochs: int, steps: int, baseline: float | None
) -> dict[str, Any]:
    """The curves of trainings under way or done."""
    shown = [
        Live(each["label"], each["kind"], each["step"], each["train"], each["valid"])
        for each in curves
        if each["step"]
    ]
    return as_json(training(shown, epochs, max(steps, 1), baseline))


def pictures(result: Result) -> dict[str, Any]:
    """The figures of a result: slice (None where there is none), curves and validation."""
    return drawn(result.folder, result.stamp)


@lru_cache(maxsize=16)
def drawn(folder: Path, _stamp: str) -> dict[str, Any]:
    """The figures of a folder's result, drawn once for each training."""
    words = json.loads((folder / "result.json").read_text())
    result, trained = Result(folder, words), words["trainings"]
    experiment = RatingsExperiment.from_json(words["experiment"])
    baseline = trained[0]["baseline"] if trained else None
    curves = [Curve(each["label"], each["kind"], each["valid"]) for each in trained]
    return {
        "slice": slice_figure(result),
        "live": live(trained, experiment.epochs, words["steps"], baseline),
        "validation": as_json(validation(curves, baseline)),
    }


def slice_figure(result: Result) -> dict[str, Any] | None:
    """The loss slice with its paths; what it hides stands on the page instead of in the figure."""
    cut = result.slice()
    if cut is None:
        return None
    figure = slice_contour(cut)
    ratings = cut.about.partition(" on ")[2]
    figure.update_layout(title={"text": f"Loss on the {ratings}", "subtitle": None}, margin_t=48)
    return as_json(figure)
