"""The figures of the MovieLens page as data: pure functions of what a training told or left."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from optviz.experiments.ratings import RatingsExperiment
from optviz.recommenders.training.curves import TrainingCurve
from optviz.views.training_curves import draw_training, validation
from optviz_app.components.figures import pack_figure
from optviz_app.pages.movielens.training_task import TrainingResult

ERROR = "error (stars²)"
"""The title of an axis, short enough for a phone."""


def draw_curves(
    curves: list[TrainingCurve], epochs: int, steps: int, baseline: float | None
) -> dict[str, Any]:
    """Draw the curves of trainings under way or done."""
    begun = [each for each in curves if each.step]
    figure = draw_training(begun, epochs, max(steps, 1), baseline)
    return drop_title(figure.update_yaxes(title_text=ERROR))


def draw_result(folder: Path, stamp: str) -> dict[str, Any] | None:
    """Draw the result in a folder, once for each stamp; None where it has just been removed."""
    try:
        return draw_files(folder, stamp)
    except (OSError, ValueError, LookupError):
        return None


@lru_cache(maxsize=16)
def draw_files(folder: Path, _stamp: str) -> dict[str, Any]:
    """Draw the curves of the result in a folder."""
    record = json.loads((folder / "result.json").read_text())
    result = TrainingResult(folder, record)
    curves = result.curves
    epochs = RatingsExperiment.from_json(record["experiment"]).epochs
    baseline = record["trainings"][0]["baseline"]
    # As brief in words as the curves beside it; the table has the numbers.
    best = validation(curves, baseline).update_yaxes(title_text=ERROR)
    best.update_traces(mode="markers", selector={"mode": "markers+text"})
    return {
        "live": draw_curves(curves, epochs, record["steps"], baseline),
        "validation": drop_title(best),
    }


def drop_title(figure: Any) -> dict[str, Any]:
    """Return the figure as JSON without its title, which the page has, where it wraps."""
    return pack_figure(figure.update_layout(title=None, margin_t=16))
