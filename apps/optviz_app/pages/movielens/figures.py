"""The figures of the MovieLens page as data: pure functions of what a training said or left."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optviz.experiments.ratings import RatingsExperiment
from optviz.recommenders.curves import TrainingCurve
from optviz.views.slices import slice_contour
from optviz.views.training_curves import training, validation
from optviz_app.components.figures import as_json
from optviz_app.jobs.results import Result

if TYPE_CHECKING:
    from optviz.landscapes.slices import Slice

ERROR = "error (stars²)"
"""What the curves are of, short enough for a phone."""


def live(
    curves: list[dict[str, Any]], epochs: int, steps: int, baseline: float | None
) -> dict[str, Any]:
    """The curves of trainings under way or done."""
    begun = [TrainingCurve.from_dict(each) for each in curves if each["step"]]
    figure = training(begun, epochs, max(steps, 1), baseline)
    return untitled(figure.update_yaxes(title_text=ERROR))


def pictures(result: Result) -> dict[str, Any]:
    """The figures of a result: slice (None where there is none), curves and validation."""
    return drawn(result.folder, result.stamp)


@lru_cache(maxsize=16)
def drawn(folder: Path, _stamp: str) -> dict[str, Any]:
    """The figures of a folder's result, drawn once for each training."""
    record = json.loads((folder / "result.json").read_text())
    result, trained = Result(folder, record), record["trainings"]
    experiment = RatingsExperiment.from_json(record["experiment"])
    baseline = trained[0]["baseline"] if trained else None
    curves = [TrainingCurve(each["label"], each["kind"], each["valid"]) for each in trained]
    return {
        "slice": slice_figure(result),
        "words": words(result),
        "live": live(trained, experiment.epochs, record["steps"], baseline),
        "validation": untitled(validation_figure(curves, baseline)),
    }


def validation_figure(curves: list[TrainingCurve], baseline: float | None) -> Any:
    """The validation curves, as brief in words as the curves beside them; the table has numbers."""
    figure = validation(curves, baseline).update_yaxes(title_text=ERROR)
    return figure.update_traces(mode="markers", selector={"mode": "markers+text"})


def slice_figure(result: Result) -> dict[str, Any] | None:
    """The loss slice with its paths; true losses and the shown ones stand in the table."""
    cut = result.slice()
    if cut is None:
        return None
    figure = slice_contour(cut)
    figure.update_xaxes(title_text="distance along axis 1")
    figure.for_each_trace(lambda trace: trace.update(name=short(trace.name)))
    return untitled(figure)


def short(name: str | None) -> str | None:
    """The label in the name of a path's end."""
    return name.partition(": true ")[0] if name else name


def untitled(figure: Any) -> dict[str, Any]:
    """The figure as JSON, without its title: the page has it, where it wraps and is read aloud."""
    return as_json(figure.update_layout(title=None, margin_t=16))


def loss_of(cut: Slice) -> str:
    """Which ratings the loss of a slice is of."""
    return f"Loss on the {cut.about.partition(' on ')[2]}"


def words(result: Result) -> str:
    """What the slice shows and what it hides."""
    cut = result.slice()
    if cut is None:
        return result.words["slice_words"]
    share = "" if cut.plane.share is None else f", with {cut.plane.share:.0%} of the variance"
    how = f"{loss_of(cut)}, on a plane along the {cut.plane.how}{share}."
    return f"{how} {result.words['slice_words']}"
