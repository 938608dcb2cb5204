"""The choices of a training, checked, with the model's defaults for those that are left out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from optviz.extras import require_torch
from optviz.recommenders.trained import CLOSED
from optviz.recommenders.training.defaults import DEFAULTS
from optviz.recommenders.training.steppers import ENGINES
from optviz.rules import Rule
from optviz.runs.loop import check_whole
from optviz.schedules import Schedule
from optviz.specs import parse_spec


@dataclass(frozen=True)
class Settings:
    """The choices of a training: rule and schedule, epochs, ratings a step, points kept, ..."""

    rule: Rule
    schedule: Schedule | None
    epochs: int
    batch: int
    keep: int | None = None
    """The path is recorded every so many steps; None for about POINTS points."""
    engine: str = "rule"
    device: str | None = None
    """The torch device, in torch's own spelling; None for numpy on the processor."""
    threads: int = 1
    patience: int | None = None
    """Epochs without a lower validation loss after which to stop; None: never."""

    @property
    def needs_torch(self) -> bool:
        """True where torch computes, whatever the model."""
        return self.engine == "fused" or self.device is not None


def choose_settings(
    model: Any,
    rule: Rule | str | None = None,
    schedule: Schedule | None = None,
    epochs: int | None = None,
    batch: int | None = None,
    keep: int | None = None,
    engine: str = "rule",
    device: Any = None,
    threads: int = 1,
    patience: int | None = None,
) -> Settings:
    """Return the settings of a training, those left out filled in with the model's defaults.

    Raises: ValueError: engine must be rule or fused, got "fast"
    """
    default = DEFAULTS[model if isinstance(model, str) and model in DEFAULTS else "dot_bias"]
    if rule is None or isinstance(rule, str):
        entry = parse_spec(default.rule if rule is None else rule)
        rule, schedule = entry.rule, schedule or entry.schedule
    if not isinstance(rule, Rule):
        raise ValueError(f'rule must be a rule or a text such as "adam:lr=0.003", got {rule!r}')
    if engine not in ENGINES:
        raise ValueError(f"engine must be {' or '.join(ENGINES)}, got {engine!r}")
    if engine == "fused":
        require_torch('engine="fused"')
    return Settings(
        rule,
        schedule,
        check_whole("epochs", default.epochs if epochs is None else epochs),
        check_whole("batch", default.batch if batch is None else batch),
        None if keep is None else check_whole("keep", keep),
        engine,
        None if device is None else check_device(device),
        check_whole("threads", threads),
        None if patience is None else check_whole("patience", patience),
    )


def check_device(device: Any) -> str:
    """Return the name of a device that torch can compute on here.

    Raises: ValueError: device must be cpu, cuda or mps, got "tpu"
            ValueError: there is no device "cuda" here: ...
            MissingPackageError: device="cuda" needs torch: pip install "optviz[torch]"
    """
    name = str(device)
    kind, _, number = name.partition(":")
    if kind not in ("cpu", "cuda", "mps") or not (number.isdigit() or ":" not in name):
        raise ValueError(f'device must be cpu, cuda or mps, got "{name}"')
    require_torch(f'device="{name}"')
    import torch

    there = {"cpu": 1, "cuda": torch.cuda.device_count()}
    there["mps"] = int(torch.backends.mps.is_available())
    if int(number or 0) >= there[kind]:
        found = ", ".join(each for each, count in there.items() if count)
        raise ValueError(f'there is no device "{name}" here, torch finds {found}: leave out device')
    return name


@contextmanager
def use_threads(count: int, *, torch_is_used: bool) -> Iterator[None]:
    """Use so many torch threads within a block: one is fastest here, and gives the same bytes.

    A closed form in numpy needs no torch, whose import would take longer than a slice.
    """
    if not torch_is_used:
        yield
        return
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def use_one_thread(model: str) -> Any:
    """Use one torch thread within a block, where a model needs torch at all."""
    return use_threads(1, torch_is_used=model not in CLOSED)
