"""Results of trainings on disk: written whole, found by their experiment, the oldest forgotten."""

from __future__ import annotations

import json
import math
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optviz.experiments.ratings import RatingsExperiment
    from optviz.landscapes.slices import Slice
    from optviz.recommenders.trained import Trained
    from optviz.recommenders.training import Training

KEEP = 20
"""Results kept; one takes 5 to 30 MB."""


@dataclass(frozen=True)
class Result:
    """What a training left: words and curves at hand, slice and models read when asked for."""

    folder: Path
    words: dict[str, Any]
    """outcome, checksum, loss_of, slice_words, ratings, and trainings: a row and curves each."""

    @property
    def whole(self) -> bool:
        """Whether every optimizer was trained to its end."""
        return self.words["outcome"] == "finished"

    @property
    def brought(self) -> bool:
        """Whether it came with the app, without models."""
        return "made" in self.words

    @property
    def stamp(self) -> str:
        """A text that is another one after each new training."""
        return str((self.folder / "result.json").stat().st_mtime_ns)

    def slice(self) -> Slice | None:
        """The loss slice, or None where there was none to draw."""
        from optviz.landscapes.slices import Slice

        file = self.folder / "slice.npz"
        return Slice.from_npz(file) if file.exists() else None

    def models(self) -> list[Trained]:
        """The trained models, one an optimizer."""
        from optviz.recommenders.trained import Trained

        count = len(self.words["trainings"])
        return [Trained.load(self.folder / f"model-{i}.npz") for i in range(count)]


def save(
    folder: Path,
    experiment: RatingsExperiment,
    trainings: list[Training],
    cut: Slice | None,
    words: dict[str, Any],
) -> Result:
    """Write a result, in place of an earlier one of the same experiment."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".part-", dir=folder))
    try:
        for i, each in enumerate(trainings):
            each.trained.save(made / f"model-{i}.npz")
        if cut:
            cut.to_npz(made / "slice.npz")
        words = words | told_of(experiment, trainings)
        (made / "result.json").write_text(json.dumps(words))
        target = folder / experiment.key
        swap(made, target)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    forget(folder)
    return Result(target, words)


def find(folder: Path, experiment: RatingsExperiment, checksum: str) -> Result | None:
    """The result of an experiment on ratings with this checksum, if there is one."""
    place = folder / experiment.key
    try:
        words = json.loads((place / "result.json").read_text())
        same = words["experiment"] == experiment.to_json() and words["checksum"] == checksum
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Result(place, words) if same else None


def told_of(experiment: RatingsExperiment, trainings: list[Training]) -> dict[str, Any]:
    """The words by which a result is found again, and each training's row and curves."""
    rows = [summary(each) for each in trainings]
    return {"experiment": experiment.to_json(), "trainings": rows}


def summary(training: Training) -> dict[str, Any]:
    """A training's row of the table and its curves, as JSON can hold them."""
    row = {name: plain(value) for name, value in training.row().items()}
    return row | training.curve.to_dict()


def plain(value: Any) -> Any:
    """The value, None in place of a float that is not finite."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def swap(made: Path, target: Path) -> None:
    """Put a folder where another may be."""
    if target.exists():
        target.replace(made.with_name(made.name + "-old"))
    made.replace(target)
    shutil.rmtree(made.with_name(made.name + "-old"), ignore_errors=True)


def forget(folder: Path) -> None:
    """Remove all but the newest results."""
    results = [each for each in folder.iterdir() if (each / "result.json").exists()]
    results.sort(key=lambda each: each.stat().st_mtime, reverse=True)
    for old in results[KEEP:]:
        shutil.rmtree(old, ignore_errors=True)
