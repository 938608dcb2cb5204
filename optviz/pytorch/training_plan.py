"""Many trainings before their start: their settings, seeds, batches, and the memory they take."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from optviz.problems.batches import shuffle_batches, split_range
from optviz.pytorch.batches import map_tensors, read_data
from optviz.pytorch.module_copy import write_modes
from optviz.pytorch.optimizers import is_ours
from optviz.pytorch.per_run import map_arrays
from optviz.pytorch.stacked_module import LossModule, StackedModule
from optviz.rules import Rule
from optviz.runs.loop import cast_rule, check_whole
from optviz.runs.outcomes import WORKING
from optviz.runs.recorder import MOST_BYTES
from optviz.schedules import fit_schedule
from optviz.specs import OptimizerSpec, Racer, format_label, to_spec

BLOCK_BYTES = 64e6
"""The memory of the trainings made at once: more leave the processor's cache."""
ROWS = 1024
"""Rows of which a loss is taken at once, at most."""
ORDER = 11
"""With a seed it seeds the order of the mini-batches."""


class Examples(NamedTuple):
    """Inputs and targets with a row for each example."""

    inputs: Any
    targets: Any
    count: int

    def pick(self, rows: np.ndarray | slice) -> tuple[Any, Any]:
        """Return some rows of the inputs and of the targets, in the shape of the row numbers."""

        def take(tensor: Tensor) -> Tensor:
            if isinstance(rows, slice):
                return tensor[rows]
            # tensor[rows] gives the same, and takes five times as long.
            places = torch.as_tensor(rows.ravel(), device=tensor.device)
            return tensor.index_select(0, places).reshape(*rows.shape, *tensor.shape[1:])

        inputs, targets = map_tensors(take, (self.inputs, self.targets))
        return inputs, targets

    def split(self) -> Iterator[tuple[float, tuple[Any, Any]]]:
        """Yield all rows in parts, each with its share of them."""
        for rows in split_range(self.count, ROWS):
            yield (rows.stop - rows.start) / self.count, self.pick(rows)


class TrainingPlan:
    """The trainings of a module at some settings with some seeds, before the first of them.

    Raises: ValueError: one training needs 12.3 GB: take a smaller module or batch
    """

    def __init__(
        self,
        make_module: Callable[[], nn.Module],
        loss_fn: Callable[[Any, Any], Tensor],
        data: tuple[Any, Any],
        rule: Racer,
        steps: int,
        *,
        seeds: Sequence[int],
        batch: int,
        valid: tuple[Any, Any] | None,
        evaluations: int,
    ):
        self.make_module, self.loss_fn = make_module, loss_fn
        self.data = read_examples(data)
        self.valid = self.data if valid is None else read_examples(valid, "valid")
        self.steps, self.batch = check_whole("steps", steps), check_whole("batch", batch)
        self.seeds = read_seeds(seeds)
        count = min(check_whole("evaluations", evaluations), self.steps)
        self.at = np.linspace(0, self.steps, count + 1).round().astype(int)
        chosen, schedule, _ = to_spec(rule)
        self.label = format_label(OptimizerSpec(chosen, schedule))
        self.schedule = fit_schedule(schedule, self.steps)
        self.rule, self.settings = spread_rule(chosen)
        self.run_bytes = self._measure_run()
        self.block = max(1, min(self.count, int(BLOCK_BYTES / self.run_bytes)))
        if self.run_bytes > MOST_BYTES:
            size = f"{self.run_bytes / 1e9:.3g} GB"
            raise ValueError(f"one training needs {size}: take a smaller module or batch")

    @property
    def count(self) -> int:
        """The number of trainings."""
        return self.settings * len(self.seeds)

    def make(self, seed: int) -> nn.Module:
        """Return the module of a seed; torch's next random numbers are then of this seed too.

        Raises: ValueError: make_module must return a torch.nn.Module, got None
        """
        torch.default_generator.manual_seed(seed)
        module = self.make_module()
        if not isinstance(module, nn.Module):
            raise ValueError(f"make_module must return a torch.nn.Module, got {module!r:.60}")
        return module

    def draw_rows(self, seed: int) -> Iterator[np.ndarray]:
        """Yield the rows of each step's mini-batch."""
        return shuffle_batches(self.data.count, self.batch, self.steps, [seed, ORDER])

    def pick_rule(self, setting: int) -> Rule:
        """Return the rule of one setting."""
        return map_arrays(self.rule, lambda values: float(values[setting]))

    def list_blocks(self, engine: str) -> list[np.ndarray]:
        """Return the numbers of the trainings that are made at once; those of a seed are neighbors.

        Training r is of setting r % settings.
        """
        size = self.block if engine == "batch" else 1
        return np.array_split(np.arange(self.count), -(-self.count // size))

    def find_places(self) -> dict[int, int]:
        """Return the place of each step at which a loss is taken."""
        return {int(step): place for place, step in enumerate(self.at)}

    def shorten(self, steps: int) -> TrainingPlan:
        """Return the plan of the first steps alone, without evaluations."""
        out = copy.copy(self)
        out.steps, out.at = steps, np.empty(0, int)
        return out

    def find_obstacle(self) -> str:
        """Return why the trainings cannot be made at once; "" where they can."""
        if not is_ours(self.rule):
            return "the rule is your own, and may look at more than one number at a time"
        with torch.random.fork_rng(devices=[]):
            stack = StackedModule(self.make(self.seeds[0]), self.loss_fn)
            return stack.find_obstacle(*self.data.pick(next(self.draw_rows(self.seeds[0]))))

    def _measure_run(self) -> int:
        """Return the memory that one training takes: params, averages, and what layers keep."""
        sizes: dict[int, int] = {}

        def keep(tensor: Tensor) -> Tensor:
            sizes[tensor.data_ptr()] = tensor.nbytes
            return tensor

        with torch.random.fork_rng(devices=[]):
            module = self.make(self.seeds[0])
            rows = next(self.draw_rows(self.seeds[0]))
            with torch.autograd.graph.saved_tensors_hooks(keep, lambda each: each):
                LossModule(module, self.loss_fn)(*self.data.pick(rows))
        params = sum(each.nbytes for each in module.parameters())
        averages = sum(
            each is not None and np.ndim(each) > 0 for each in self.rule.init(np.ones(1))
        )
        times = max(1.0, min(ROWS, self.valid.count) / len(rows))
        return int(params * (1 + WORKING + averages) + 2 * times * sum(sizes.values()))


def read_examples(data: Any, name: str = "data") -> Examples:
    """Return inputs and targets as examples.

    Raises: ValueError: data must be (inputs, targets), got a Tensor
    """
    if not isinstance(data, (tuple, list)) or len(data) != 2:
        raise ValueError(f"{name} must be (inputs, targets), got a {type(data).__name__}")
    found = read_data(*data)
    inputs, targets = found.batches[0]
    return Examples(inputs, targets, found.rows[0])


def read_seeds(seeds: Any) -> tuple[int, ...]:
    """Return seeds as whole numbers.

    Raises: ValueError: seeds must be a list of whole numbers, got 3
    """
    if isinstance(seeds, (str, int)) or not len(seeds):
        raise ValueError(f"seeds must be a list of whole numbers, such as range(3), got {seeds!r}")
    out = tuple(check_whole("seeds", each, low=0) for each in seeds)
    if len(set(out)) < len(out):
        raise ValueError(f"each seed trains once, got {', '.join(map(str, out))}")
    return out


def spread_rule(rule: Rule) -> tuple[Any, int]:
    """Return a rule with all its arrays of one length, and the number of settings.

    Raises: ValueError: arrays of hyperparameters must have a value for each setting, got (3, 4)
    """
    shapes: list[tuple[int, ...]] = []
    cast = cast_rule(rule, float, shapes)
    try:
        shape = np.broadcast_shapes(*shapes)
    except ValueError:
        shape = (0, 0)
    if len(shape) > 1 or 0 in shape:
        got = ", ".join(map(str, shapes))
        raise ValueError(f"arrays of hyperparameters must have a value for each setting, got {got}")
    return map_arrays(cast, lambda values: np.broadcast_to(values, shape)), shape[0] if shape else 1


@contextmanager
def use_eval_mode(module: nn.Module) -> Iterator[None]:
    """Set a module to eval mode within a block, and each part back to its own."""
    parts = list(module.modules())
    modes = [part.training for part in parts]
    module.eval()
    try:
        yield
    finally:
        write_modes(parts, modes)
