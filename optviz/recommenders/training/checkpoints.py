"""Checkpoints of a training: written whole at the end of each epoch, gone on from bit for bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from optviz.recommenders.training.curves import TrainingCurve
from optviz.recommenders.training.steppers import like, to_array
from optviz.recommenders.training.training_loop import TrainingLoop
from optviz.runs.npz import read_record, write_record

KIND = "training checkpoint"


def save_checkpoint(file: str | Path, loop: TrainingLoop) -> Path:
    """Write where a training is; the file appears whole or not at all.

    It holds all that the steps after it depend on: params, averages of the rule, step, and the
    record so far. Order of batches and dropout follow from the seed and the step.
    """
    points = loop.recorder.points
    words = {
        "about": loop.about,
        "step": loop.step,
        "seconds": loop.seconds,
        "curve": {name: getattr(loop.curve, name) for name in ("valid", "train", "step")},
        "recent": list(map(float, loop.recent)),
        "points": [(step, loss, float(lr)) for step, _, loss, lr, *_ in points],
    }
    arrays = {f"state_{name}": each for name, each in loop.stepper.pack().items()}
    arrays["params"] = to_array(loop.params)
    arrays["path"] = np.array([params for _, params, *_ in points])
    if loop.best is not None:
        arrays["best"] = to_array(loop.best)
    return write_record(file, KIND, words, arrays)


def load_checkpoint(file: str | Path, loop: TrainingLoop) -> None:
    """Bring a training that has not begun to where a checkpoint of it was written.

    Raises: ValueError: run.npz is of another training: its epochs is 5, this one's 6
        RecordFileError: run.npz is broken (its checksum does not fit): make it again
    """
    words, arrays = read_record(file, KIND)
    saved, now = words["about"], loop.about
    for name in dict.fromkeys((*now, *saved)):
        if name == "versions":
            continue
        if (before := saved.get(name)) != (value := now.get(name)):
            raise ValueError(
                f"{file} is of another training: its {name} is {before}, this one's {value}; "
                "train as it was begun, or write to another file"
            )
    curve = {name: tuple(each) for name, each in words["curve"].items()}
    loop.curve = TrainingCurve(now["label"], now["kind"], **curve)
    loop.step, loop.seconds, loop.recent = words["step"], words["seconds"], words["recent"]
    _write_into(loop.stepper, arrays.pop("params"))
    loop.params = loop.stepper.current
    loop.best = like(loop.params, arrays["best"]) if "best" in arrays else None
    state = {name[6:]: each for name, each in arrays.items() if name.startswith("state_")}
    loop.stepper.unpack(state)
    for (step, loss, lr), params in zip(words["points"], arrays["path"], strict=True):
        loop.recorder.add(step, params, loss, lr)


def _write_into(stepper: Any, params: np.ndarray) -> None:
    """Write params over those of a stepper."""
    stepper.current[:] = like(stepper.current, params)
