"""Slices of recorded trainings: the loss of the model that was trained, around its own path."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from torch import nn

from optviz.landscapes.planes.plane import Plane
from optviz.landscapes.planes.principal_axes import drop_diverged
from optviz.landscapes.slices.slice import Slice
from optviz.landscapes.slices.slicing import slice_loss
from optviz.pytorch.module_copy import copy_module, to_array
from optviz.pytorch.module_problem import ModuleProblem
from optviz.pytorch.point_reader import digest_tensors
from optviz.pytorch.recording_plan import unwrap_module
from optviz.runs.recordings import Recording

DRAWN = 100
"""The points of a run that are drawn, each with its true loss, unless another number is given."""


MOVED = (
    "parameters outside of the optimizer, or frozen at the start, changed during the recording, "
    "which does not hold them"
)
"""What a recording notes where a layer was unfrozen while it was made."""


def compare_runs(
    runs: Mapping[str, Any],
    loss_fn: Any,
    inputs: Any,
    targets: Any = None,
    *,
    model: nn.Module | None = None,
    plane: Plane | None = None,
    points: int = DRAWN,
    **options: Any,
) -> Slice:
    """Return a slice of the loss with the paths of several recordings on one plane.

    `runs` are recorders or recordings by the label that each has in the picture. The plane is
    theirs together, along their principal axes, unless one is given. Data and options are those of
    `ModuleProblem` and of `slice_loss`; opened recordings need the `model` that was trained. A true
    loss is taken at each point with its own buffers; `Slice.words` says what the picture hides.

        cut = compare_runs({"SGD": first, "Adam": second}, cross_entropy, loader)

    Raises: ValueError: the recordings have no model with them: pass model=
            ValueError: parameters that do not move differ between Adam and the model
    """
    if not isinstance(runs, Mapping):
        raise ValueError(
            f"runs must be recordings by their labels, {{label: recording}}, got {runs!r:.60}"
        )
    if not runs:
        raise ValueError("there is no recording to compare: pass {label: recording}")
    models = [each.model for each in runs.values() if hasattr(each, "model")]
    if model is None and not models:
        raise ValueError("the recordings have no model with them: pass model=")
    whole = unwrap_module(models[0] if model is None else model)
    named = {label: relabel(each, label) for label, each in runs.items()}
    problem, options = build_problem(
        whole, next(iter(named.values())), loss_fn, inputs, targets, options
    )
    fitted = [fit_recording(each, problem, whole) for each in named.values()]
    thin = [drop_diverged(each).thin(points) for each in fitted]
    # Of the drawn points alone, so that a much longer run does not have the plane for itself.
    made = plane or Plane.pca(thin)
    cut = slice_loss(problem, made, thin, **options)
    return replace(cut, about=" ".join([cut.about, *find_warnings(fitted)]))


def relabel(run: Any, label: str) -> Recording:
    """Return the recording of a run with a label."""
    made = run.recording if hasattr(run, "recording") else run
    if not isinstance(made, Recording):
        raise ValueError(f"{label} must be a recorder or a recording, got {run!r:.60}")
    return replace(made, about=made.about | {"label": label})


def build_problem(
    model: nn.Module,
    recording: Recording,
    loss_fn: Any,
    inputs: Any,
    targets: Any,
    options: dict[str, Any],
) -> tuple[ModuleProblem, dict[str, Any]]:
    """Return the loss of a model in the parameters of a recording, and the options left over."""
    known = inspect.signature(ModuleProblem).parameters
    own = {name: each for name, each in options.items() if name in known}
    rest = {name: each for name, each in options.items() if name not in known}
    names = {name for name, _ in recording.blocks}
    if {name for name, each in model.named_parameters() if each.requires_grad} != names:
        model = copy_module(model)
        for name, each in model.named_parameters():
            each.requires_grad_(name in names)
    return ModuleProblem(model, loss_fn, inputs, targets, **own), rest


def fit_recording(recording: Recording, problem: ModuleProblem, model: nn.Module) -> Recording:
    """Return a recording with the buffers of a problem, refused if it is of another model.

    Raises: ValueError: the parameters that do not move differ between Adam and the model
    """
    fitted, names = recording.fit(problem), {name for name, _ in recording.blocks}
    rest = {name: each for name, each in model.named_parameters() if name not in names}
    if digest_tensors(rest) != recording.about.get("frozen", ""):
        hint = "pass the model that was recorded, with its frozen parameters as they were"
        what = f"the parameters that {recording.label} does not move differ from the model's"
        if any(MOVED[1:] in each for each in recording.about.get("notes", ())):
            free = ", ".join([name for name, each in rest.items() if each.requires_grad][:3])
            what = f"{recording.label} has no slice, as {MOVED}" + (f" ({free})" if free else "")
            hint = "begin another recording where a layer is unfrozen"
        raise ValueError(f"{what}: {hint}")
    buffers = dict(model.named_buffers())
    for name, values in recording.all_buffers.items():
        if name in (problem.buffers or {}) or name not in buffers:
            continue
        if not np.array_equal(values[-1], to_array(buffers[name]), equal_nan=True):
            hint = "pass the model that was recorded"
            raise ValueError(
                f"the buffer {name} differs between {recording.label} and the model: {hint}"
            )
    return fitted


def find_warnings(recordings: list[Recording]) -> list[str]:
    """Return the sentences on points that cannot be drawn, and on what was noted in the loop."""
    out = []
    for each in recordings:
        if each.finite < len(each):
            left = len(each) - each.finite
            out.append(f"({each.label} without its last {left} points: {each.name_not_finite()})")
    return out
