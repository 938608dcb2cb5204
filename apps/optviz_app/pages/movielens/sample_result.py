"""The making of the result that the app brings, so that the first visit shows one.

`python -m optviz_app.pages.movielens.sample_result` makes it anew. It was trained on the real
ml-100k and holds losses, curves and points on a plane, but neither ratings nor titles nor weights:
GroupLens lets nobody else hand out the ratings.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import optviz
from optviz.experiments.ratings import RatingsExperiment
from optviz.movielens import load
from optviz_app.pages.movielens.training_task import SAMPLE, describe_trainings, take_slice


def make_sample(folder: Path = SAMPLE) -> Path:
    """Train what a first visit shows, and write it."""
    data, experiment = load("ml-100k"), RatingsExperiment().training()
    trainings = experiment.perform(data)
    cut, hidden = take_slice(trainings, data)
    words: dict[str, Any] = {
        "experiment": experiment.to_json(),
        "outcome": "finished",
        "asked": [each.label for each in trainings],
        "made": {"optviz": optviz.__version__, "data": data.name, "seed": experiment.seed},
        **describe_trainings(trainings, data, hidden),
    }
    folder.mkdir(exist_ok=True)
    if cut:  # as it is drawn: without the weights that its plane runs through
        plane = replace(cut.plane, origin=np.zeros(0), axes=np.zeros((2, 0)))
        replace(cut, plane=plane).to_npz(folder / "slice.npz")
    # Six digits are more than any picture shows.
    words = json.loads(json.dumps(words), parse_float=lambda digits: float(f"{float(digits):.6g}"))
    text = json.dumps(words, separators=(",", ":"), sort_keys=True)
    (folder / "result.json").write_text(text + "\n")
    return folder


if __name__ == "__main__":
    print(make_sample(*map(Path, sys.argv[1:])))
