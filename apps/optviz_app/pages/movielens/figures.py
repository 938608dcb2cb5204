"""The figures of the MovieLens page as data: pure functions of what a training told or left."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optviz.experiments.ratings import RatingsExperiment
from optviz.recommenders.curves import TrainingCurve
from optviz.views.slices import slice_contour
from optviz.views.training_curves import draw_training, validation
from optviz_app.components.figures import pack_figure
from optviz_app.pages.movielens.training_task import TrainingResult

if TYPE_CHECKING:
    from optviz.landscapes.slices import Slice

ERROR = "error (stars²)"
"""The title of an axis, short enough for a phone."""


def draw_curves(
    curves: list[TrainingCurve], epochs: int, steps: int, baseline: float | None
) -> dict[str, Any]:
    """Draw the curves of trainings under way or done."""
    begun = [each for each in curves if each.step]
    figure = draw_training(begun, epochs, max(steps, 1), baseline)
    return drop_title(figure.update_yaxes(title_text=ERROR))


def draw_result(result: TrainingResult) -> dict[str, Any]:
    """Draw a result: slice (None where there is none), its words, curves and validation."""
    return draw_folder(result.folder, result.stamp)


@lru_cache(maxsize=16)
def draw_folder(folder: Path, _stamp: str) -> dict[str, Any]:
    """Draw the result in a folder, once for each training."""
    record = json.loads((folder / "result.json").read_text())
    result = TrainingResult(folder, record)
    curves, cut = result.curves, result.read_slice()
    epochs = RatingsExperiment.from_json(record["experiment"]).epochs
    baseline = record["trainings"][0]["baseline"]
    # As brief in words as the curves beside it; the table has the numbers.
    best = validation(curves, baseline).update_yaxes(title_text=ERROR)
    best.update_traces(mode="markers", selector={"mode": "markers+text"})
    return {
        "slice": cut and draw_slice(cut),
        "words": " ".join([*([describe_slice(cut)] if cut else ()), record["slice_words"]]),
        "live": draw_curves(curves, epochs, record["steps"], baseline),
        "validation": drop_title(best),
    }


def draw_slice(cut: Slice) -> dict[str, Any]:
    """Draw the loss slice with its paths; true and shown losses stand in the table."""
    figure = slice_contour(cut)
    figure.update_xaxes(title_text="distance along axis 1")
    figure.for_each_trace(lambda each: each.update(name=(each.name or "").partition(": true ")[0]))
    return drop_title(figure)


def drop_title(figure: Any) -> dict[str, Any]:
    """Return the figure as JSON without its title, which the page has, where it wraps."""
    return pack_figure(figure.update_layout(title=None, margin_t=16))


def describe_slice(cut: Slice) -> str:
    """Say what the slice shows."""
    share = "" if cut.plane.share is None else f", with {cut.plane.share:.0%} of the variance"
    ratings = cut.about.partition(" on ")[2]
    return f"Loss on the {ratings}, on a plane along the {cut.plane.how}{share}."
