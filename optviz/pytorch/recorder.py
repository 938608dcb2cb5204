"""A recorder for anyone's training loop: three added lines, and the loop stays as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import nn

from optviz.pytorch.loop_recorder import LoopRecorder
from optviz.pytorch.recording_plan import (
    describe_recording,
    plan_recording,
    spell_value,
    unwrap_module,
)
from optviz.runs.recording_files import check_target


def record(
    model: nn.Module,
    optimizer: Any = None,
    *,
    every: int | None = None,
    points: int | None = None,
    memory: float | None = None,
    file: str | Path | None = None,
    label: str | None = None,
    state: bool = False,
    seed: int = 0,
    overwrite: bool = False,
) -> LoopRecorder:
    """Return a recorder of a training: put its `with` block around any loop.

        with optviz.record(model, optimizer, every=10) as rec:
            for x, y in loader:
                ...
        rec.slice(loss_fn, loader)

    The point before the first step is recorded, each `every`-th after a step of the optimizer, and
    the last. When `points` of them, or the bytes of `memory`, are taken, every second one is
    dropped and `every` doubles, so that they stay evenly spaced. Without `every` it begins with 1
    and keeps at most 512 points. A point is parameters (those that the optimizer moves), buffers,
    the values given to `rec.log`, and with `state` the optimizer's own averages.

    Points are kept in memory, or in a `file` that can be opened even if the process is killed.
    Where too few have room in `memory`, each is a random sketch of its parameters, made with
    `seed`; `rec.words()` says so. Without an optimizer, call `rec.count_step()` after each step; of
    several, those of the last one count.

    Raises: ValueError: the optimizer has none of the model's parameters that require a gradient
            FileExistsError: run.optviz exists: give another file, or pass overwrite=True
    """
    inner = unwrap_module(model)
    if isinstance(optimizer, (list, tuple)) and not optimizer:
        raise ValueError(
            "the list of optimizers is empty: pass one, or None to count steps by hand"
        )
    several = list(optimizer) if isinstance(optimizer, (list, tuple)) else [optimizer]
    several = [] if optimizer is None else several
    for each in several:
        if not hasattr(each, "param_groups") or not hasattr(each, "register_step_post_hook"):
            hint = "pass a torch optimizer, or none and call rec.count_step() after each step"
            raise ValueError(f"the optimizer has no hooks, got {spell_value(each)}: {hint}")
    in_file = file is not None
    file = None if file is None else check_target(file, overwrite)
    plan = plan_recording(inner, several, every, points, memory, in_file, state, seed)
    about = describe_recording(plan, inner, several, label)
    return LoopRecorder(inner, several, plan, about, file, state, overwrite)
