"""What a recorder records of a training, and the memory that it needs, before the first step."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor, nn

from optviz.pytorch.module_copy import check_parameters
from optviz.pytorch.optimizers import DrivenOptimizer
from optviz.pytorch.point_reader import digest_tensors, find_state, list_buffers
from optviz.pytorch.twins import IMPLEMENTATIONS, find_twin_of, read_rule
from optviz.runs.loop import check_whole
from optviz.runs.recording_files import Layout
from optviz.runs.recording_headers import MOST_NAME
from optviz.runs.recording_rows import find_free_memory
from optviz.runs.sketches import Sketch
from optviz.specs import format_spec, unwrap_rule

MEMORY_BYTES, FILE_BYTES = 1e9, 4e9
"""The size of a recording in memory, and of one in a file, unless another is given."""
POINTS = 512
"""The most points of a recording whose `every` is not given."""
FEWEST, SKETCHES, NARROWEST = 16, 256, 64
"""Where fewer whole points than the first have room, the second of sketches, no narrower."""


@dataclass(frozen=True, eq=False)
class RecordingPlan:
    """The parameters that a recording holds, the row of a point, and how many there are at most."""

    named: dict[str, Tensor]
    """The parameters that the optimizer moves, by name."""
    rest: dict[str, Tensor]
    """The other parameters of the model, frozen or of nobody."""
    layout: Layout
    memory: float
    """The bytes that the recording may take."""
    points: int | None
    every: int
    sketch: Sketch | None = None

    @property
    def blocks(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """The name and the shape of each recorded parameter."""
        return tuple((name, tuple(each.shape)) for name, each in self.named.items())

    @property
    def capacity(self) -> int:
        """The most points, at least 3 and the last included."""
        room = int(self.memory // self.layout.size)
        return room if self.points is None else min(room, self.points)

    def with_state(self, names: tuple[str, ...]) -> RecordingPlan:
        """Return the plan with the averages of an optimizer in the row.

        Raises: ValueError: a point with the optimizer's averages takes 1.6 GB, ...
        """
        made = replace(self, layout=replace(self.layout, state=names))
        if made.capacity < 3:
            raise ValueError(
                f"a point with the optimizer's averages takes {write_bytes(made.layout.size)}, and "
                f"3 of them more than memory={self.memory:g}: pass a larger one or state=False"
            )
        return made

    def words(self) -> str:
        """Say what a point and the whole recording take."""
        count = sum(each.numel() for each in self.named.values())
        most = self.capacity * self.layout.size
        what = f"{count} parameters" if self.sketch is None else "a sketch"
        out = f"A point ({what}) takes {write_bytes(self.layout.size)}; the recording at most "
        out += f"{write_bytes(most)}, which is {self.capacity} points: when they are taken, every "
        out += "second one is dropped."
        if self.sketch is not None:
            room = int(self.memory // replace(self.layout, width=count).size)
            few = f", or points={room}" if room >= 3 else ""
            out += (
                f" {FEWEST} whole points of {count} parameters do not fit, so each is a sketch of "
                f"{self.sketch.width} numbers: distances right to {self.sketch.error:.1%} (one "
                f"standard deviation), no slices. For whole points pass a larger memory={few}."
            )
        return out


def plan_recording(
    model: nn.Module,
    optimizers: list[Any],
    every: int | None,
    points: int | None,
    memory: float | None,
    in_file: bool,
    has_state: bool,
    seed: int,
) -> RecordingPlan:
    """Return what to record, as whole points where they fit, or else as sketches.

    Raises: ValueError: the buffers of a point take 3.2 GB: pass a larger memory=
    """
    seed = check_whole("seed", seed, low=0)
    named, rest = find_recorded(model, optimizers)
    room = choose_memory(memory, in_file)
    count = sum(each.numel() for each in named.values())
    most = POINTS if every is None and points is None else points
    most = None if most is None else check_whole("points", most, low=3)
    step = check_whole("every", 1 if every is None else every)
    whole = Layout(count, list_buffers(model))
    made = RecordingPlan(named, rest, whole, room, most, step)
    if room // whole.size >= min(FEWEST, most or FEWEST):
        return made.with_state(find_state_names(optimizers, named)) if has_state else made
    sketches = min(SKETCHES, most or SKETCHES)
    width = int((room / sketches - Layout(0, whole.buffers).size) // 8 * 2)
    if width < NARROWEST or has_state:
        least = min(FEWEST, most or FEWEST) * whole.size
        need, hint = f"has no room for {least // whole.size} of them", ""
        if has_state:
            need += ", and sketches of points have no averages of the optimizer"
            hint = ", or state=False"
        else:
            small = sketches * Layout(NARROWEST, whole.buffers).size
            need += f", nor for {sketches} sketches of {NARROWEST} numbers"
            least = min(least, small)
        raise ValueError(
            f"a point takes {write_bytes(whole.size)}: memory={room:g} {need}: pass at least "
            f"memory={math.ceil(least)}{hint}"
        )
    sizes = [each.numel() for each in named.values()]
    sketch = Sketch(sizes, width, seed)
    return replace(made, layout=replace(whole, width=width), sketch=sketch)


def find_recorded(
    model: nn.Module, optimizers: list[Any]
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Return the parameters that the optimizers move, and the others, tied ones once.

    Raises: ValueError: the optimizer has none of the model's parameters that require a gradient
    """
    named: dict[str, Tensor] = dict(model.named_parameters())
    grouped = {
        id(each) for one in optimizers for group in one.param_groups for each in group["params"]
    }
    free = {
        name: each
        for name, each in named.items()
        if each.requires_grad and (not optimizers or id(each) in grouped)
    }
    if optimizers and not free:
        hint = "make it from model.parameters() of this very model"
        raise ValueError(
            f"the optimizer has none of the model's parameters that require a gradient: {hint}"
        )
    check_parameters(free)
    return free, {name: each for name, each in named.items() if name not in free}


def find_state_names(optimizers: list[Any], named: dict[str, Tensor]) -> tuple[str, ...]:
    """Return the names of the averages that the optimizers keep of their parameters."""
    found = (find_state(optimizers, each) for each in named.values())
    return tuple(dict.fromkeys(name for each in found for name in each))


def choose_memory(memory: float | None, in_file: bool) -> float:
    """Return the bytes that a recording may take.

    Raises: ValueError: memory=8e+09 is more than the 5.2 GB that are free
    """
    if memory is None:
        free = None if in_file else find_free_memory()
        most = FILE_BYTES if in_file else MEMORY_BYTES
        return most if free is None else min(most, free / 4)
    is_number = isinstance(memory, (int, float)) and not isinstance(memory, bool)
    if not is_number or not 0 < memory < math.inf:
        raise ValueError(f"memory must be a number of bytes above 0, as 2e9, got {memory!r}")
    free = None if in_file else find_free_memory()
    if free is not None and memory > free:
        hint = "pass a smaller one, or record to a file="
        raise ValueError(f"memory={memory:g} is more than the {write_bytes(free)} free: {hint}")
    return float(memory)


def unwrap_module(model: Any) -> nn.Module:
    """Return the module within a compiled or a parallel one, whose names have no prefix.

    Raises: ValueError: model must be a torch.nn.Module, got 3
    """
    while isinstance(inner := getattr(model, "_orig_mod", None), nn.Module):
        model = inner
    if isinstance(model, (nn.DataParallel, nn.parallel.DistributedDataParallel)):
        model = model.module
    if not isinstance(model, nn.Module):
        raise ValueError(f"model must be a torch.nn.Module, got {spell_value(model)}")
    return model


def name_kind(optimizer: Any) -> str:
    """Return the name of an optimizer's rule in lower case, for its color."""
    group = optimizer.param_groups[0]
    rule = getattr(optimizer, "rule", None)
    name = type(optimizer if rule is None else rule).__name__.lower()
    if name == "sgd" and group.get("momentum"):
        return "nesterov" if group.get("nesterov") else "momentum"
    return {"adamw": "adam"}.get(name, name)


def spell_rule(optimizers: list[Any]) -> tuple[str, str]:
    """Return the rule of optimizers as a text, or "" and why there is none, or not one.

    Groups may differ in their weight decay: then it is that of the last.
    """
    groups = [(one, group) for one in optimizers for group in one.param_groups]
    whose = "its groups" if len(optimizers) == 1 else "its optimizers"
    if len({str(group.get("lr")) for _, group in groups}) > 1:
        return "", f"{whose} have different learning rates"
    unknown = f"none is known for {type(optimizers[-1]).__name__} with its settings"
    try:
        rules = [find_rule(one, group) for one, group in groups]
    except (ValueError, TypeError, KeyError):  # a keyword that changes numbers and has no rule
        return "", unknown
    if None in rules:
        return "", unknown
    if len({format_spec(unwrap_rule(each)) for each in rules}) > 1:
        return "", f"{whose} have different settings"
    return format_spec(rules[-1]), ""


def find_rule(optimizer: Any, group: dict[str, Any]) -> Any:
    """Return the rule of a group of torch's optimizers or ours; None for others."""
    if isinstance(optimizer, DrivenOptimizer):
        return optimizer.build_rule(group)
    twin = find_twin_of(optimizer)
    if twin is None:
        return None
    keywords = twin.keywords
    same = {key: keywords[key] for key in (*IMPLEMENTATIONS, "differentiable") if key in keywords}
    return read_rule(twin, keywords | group | same)


def count_steps(optimizer: Any) -> int:
    """Return the steps that an optimizer has made, as far as its state says."""
    counts = [each.get("step", each.get("count", 0)) for each in optimizer.state.values()]
    return max((int(each) for each in counts if isinstance(each, (int, float, Tensor))), default=0)


def describe_recording(
    plan: RecordingPlan, model: nn.Module, optimizers: list[Any], label: str | None
) -> dict[str, Any]:
    """Return the settings of a recording, as JSON can hold them."""
    first = optimizers[0] if optimizers else None
    name = "run" if first is None else type(first).__name__
    group = {} if first is None else first.param_groups[0]
    settings = {
        key: each for key, each in group.items() if isinstance(each, (bool, int, float, str))
    }
    made: dict[str, Any] = {}
    if first is not None:
        rule, why = spell_rule(optimizers)
        made = {"rule": rule, "count": count_steps(first)} if rule else {"no_rule": why}
    return made | {
        "label": check_label(label) or name,
        "kind": "" if first is None else name_kind(first),
        "frozen": digest_tensors(plan.rest),
        "model": type(model).__name__,
        "optimizer": name,
        "settings": settings,
        "dtypes": {key: str(each.dtype).removeprefix("torch.") for key, each in plan.named.items()},
    }


def spell_value(value: Any) -> str:
    """Return a value that was given as a short text of one line."""
    return " ".join(repr(value).split())[:60]


def check_label(label: Any) -> str | None:
    """Return the label of a recording, or None.

    Raises: ValueError: label must be a text of at most 1000 letters, got 3
    """
    if label is None or (isinstance(label, str) and len(label) <= MOST_NAME):
        return label
    raise ValueError(f"label must be a text of at most {MOST_NAME} letters, got {label!r:.60}")


def write_bytes(size: float) -> str:
    """Return a number of bytes with its unit."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.3g} {unit}"
    return f"{size:.0f} bytes"
