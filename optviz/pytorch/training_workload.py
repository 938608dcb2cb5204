"""The training of a torch module as something to race on, and a small net that reads digits."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from optviz.extras import MissingPackageError, describe_missing
from optviz.pytorch.batched_training import Trainings, train_many
from optviz.pytorch.training_plan import read_examples
from optviz.runs.loop import check_whole
from optviz.specs import Racer
from optviz.sweeps.contestants import Contestant
from optviz.sweeps.trials import set_trials
from optviz.sweeps.workloads import BaseWorkload, Levels, Trials

HELD = 360
"""Digits that are kept for validation, of 1797."""


@dataclass(frozen=True, eq=False)
class TrainingWorkload(BaseWorkload):
    """The training of a module, raced to its validation loss.

    A seed gives the weights that `make_module()` draws by torch and the order of the mini-batches,
    the same for every rule. `loss_fn(outputs, targets)` is a mean over rows; it is taken of `valid`
    (without it, of the training data) at the start and `looks` times on the way. The targets are
    parts of the way from the first loss down to `lowest`. Trials are made in one batch where that
    can be, see `train_many`.

        import torch
        from optviz.pytorch.training_workload import TrainingWorkload

        inputs = torch.randn(256, 3)
        data = inputs, inputs.sum(1, keepdim=True)

        def make_line():
            return torch.nn.Linear(3, 1)

        workload = TrainingWorkload(make_line, torch.nn.functional.mse_loss, data)

    Raises: ValueError: make_module must be a function of a module, not a lambda: ...
    """

    make_module: Callable[[], nn.Module]
    loss_fn: Callable[[Any, Any], Tensor]
    data: tuple[Any, Any] = field(repr=False)
    valid: tuple[Any, Any] | None = field(default=None, repr=False)
    steps: int = 300
    batch: int = 32
    looks: int = 15
    lowest: float = 0.0
    name: str = ""
    parts: tuple[float, float, float] = (0.5, 0.2, 0.1)
    piece: int | None = 5
    engine: str = "batch"

    def __post_init__(self):
        for name in ("steps", "batch", "looks"):
            check_whole(name, getattr(self, name))
        for name in ("data", "valid"):
            if getattr(self, name) is not None:
                read_examples(getattr(self, name), name)
        for name in ("make_module", "loss_fn"):
            try:
                pickle.dumps(getattr(self, name))
            except (pickle.PicklingError, AttributeError, TypeError):
                hint = "write it with def at the top of a file, as trials go to other processes"
                raise ValueError(f"{name} cannot be sent to another process: {hint}") from None

    @property
    def title(self) -> str:
        """The name of the workload in a table."""
        return self.name or getattr(self.make_module, "__name__", type(self.make_module).__name__)

    def train(self, rule: Racer, steps: int, looks: int, seeds: Sequence[int]) -> Trainings:
        """Train at all settings of a rule with all seeds."""
        return train_many(
            self.make_module,
            self.loss_fn,
            self.data,
            rule,
            steps,
            seeds=seeds,
            batch=self.batch,
            valid=self.valid,
            evaluations=looks,
            engine=self.engine,
        )

    def find_levels(self, seeds: Sequence[int]) -> Levels:
        """Return the lowest loss that there can be, and the median first one."""
        first = float(np.median(self.train("sgd:lr=0", 1, 1, seeds).losses[..., 0]))
        return Levels(min(self.lowest, first), first)

    def make_trials(
        self, rival: Contestant, places: Sequence[int], seeds: Sequence[int], levels: Levels
    ) -> Trials:
        """Make some trials of a rule with all seeds."""
        rule = set_trials(rival.rule, rival.take(places))
        made = self.train((rule, rival.schedule), self.steps, self.looks, seeds)
        targets = self.find_targets(levels)
        return Trials(made.final.T, np.array([made.find_first(each).T for each in targets]))


def make_digits_net() -> nn.Module:
    """Return a small net for images of 8 x 8 pixels: 64, 32 and 10 units."""
    return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))


def load_digits() -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """Return scikit-learn's digits for training and for validation, each pixels and classes.

    Shapes: pixels (rows, 64), from 0 to 1; classes (rows,)
    Raises: MissingPackageError: the net on digits needs scikit-learn: pip install "optviz[dev]"
    """
    if not find_spec("sklearn"):
        text = describe_missing("the net on digits", "scikit-learn", "dev")
        raise MissingPackageError(text, name="sklearn")
    from sklearn.datasets import load_digits as load

    found: Any = load()
    order = np.random.default_rng(0).permutation(len(found.data))
    pixels = torch.tensor(found.data[order] / 16, dtype=torch.float32)
    classes = torch.tensor(found.target[order], dtype=torch.int64)
    return (pixels[HELD:], classes[HELD:]), (pixels[:HELD], classes[:HELD])


def digits_net(steps: int = 300) -> TrainingWorkload:
    """Return the training of a small net on scikit-learn's digits, 1437 and 360 for validation.

    Raises: MissingPackageError: the net on digits needs scikit-learn: pip install "optviz[dev]"
    """
    data, valid = load_digits()
    loss_fn = nn.functional.cross_entropy
    return TrainingWorkload(make_digits_net, loss_fn, data, valid, steps, name="digits")
