"""A result that the app brings, so that the first visit shows one.

`python -m optviz_app.pages.movielens.sample_result` makes it anew. It was trained on the real
ml-100k and holds losses, curves and points on a plane, but neither ratings nor titles nor weights:
GroupLens lets nobody else hand out the ratings.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import optviz
from optviz.experiments.ratings import RatingsExperiment
from optviz_app.jobs import results as saved

if TYPE_CHECKING:
    from optviz.landscapes.slices import Slice

FOLDER = Path(__file__).parent / "sample"


def find(experiment: RatingsExperiment) -> saved.Result | None:
    """The result that the app brings, if it is of this experiment."""
    brought = read()
    return brought[1] if brought and brought[0] == experiment else None


@lru_cache(maxsize=1)
def read() -> tuple[RatingsExperiment, saved.Result] | None:
    """What the app brings: the experiment and its result."""
    try:
        words = json.loads((FOLDER / "result.json").read_text())
        return RatingsExperiment.from_json(words["experiment"]), saved.Result(FOLDER, words)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def make(folder: Path = FOLDER) -> Path:
    """Train what a first visit shows, and write it."""
    from optviz.movielens import load
    from optviz_app.jobs.worker import record, sliced

    data, experiment = load("ml-100k"), RatingsExperiment().training()
    trainings = experiment.perform(data)
    cut, hidden = sliced(trainings, data)
    made: Any = {"optviz": optviz.__version__, "data": data.name, "seed": experiment.seed}
    words = record(trainings, data, cut, hidden) | saved.told_of(experiment, trainings)
    folder.mkdir(exist_ok=True)
    if cut:
        light(cut).to_npz(folder / "slice.npz")
    text = json.dumps(rounded(words | {"made": made}), separators=(",", ":"), sort_keys=True)
    (folder / "result.json").write_text(text + "\n")
    return folder


def light(cut: Slice) -> Slice:
    """The slice as it is drawn: without the weights that its plane runs through."""
    import numpy as np

    return replace(cut, plane=replace(cut.plane, origin=np.zeros(0), axes=np.zeros((2, 0))))


def rounded(value: Any) -> Any:
    """The value with its floats to six digits, more than any picture shows."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    return [rounded(each) for each in value] if isinstance(value, list) else value


if __name__ == "__main__":
    print(make(*map(Path, sys.argv[1:])))
