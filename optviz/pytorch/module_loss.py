"""The loss of a torch module on parts of its data, at any parameters, buffers and modes."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from optviz.problems.base import ALL
from optviz.problems.batches import split_range
from optviz.pytorch.batches import (
    Data,
    call_module,
    cast_floats,
    check_loss,
    convert_data,
    map_tensors,
    read_own_loss,
    split_targets,
)
from optviz.pytorch.module_copy import ModuleCopy


class Batch(NamedTuple):
    """A mini-batch: its rows of the data, or its number in a loader; the seed of its dropout."""

    rows: np.ndarray | slice | int
    seed: int


class Point(NamedTuple):
    """A place where a loss is taken: parameters (n,), buffers, each part's train or eval mode."""

    params: np.ndarray
    buffers: Mapping[str, Tensor]
    modes: list[bool]


class ModuleLoss:
    """The loss of a copy of a module over data; the module itself stays as it is."""

    def __init__(
        self,
        module: nn.Module,
        loss_fn: Callable[[Any, Any], Tensor] | None,
        data: Data,
        key: str | None,
        batch_loss: Callable[[nn.Module, Any], Tensor] | None,
        chunk: int | None,
    ):
        self.copy, self.loss_fn, self.batch_loss = ModuleCopy(module), loss_fn, batch_loss
        self.key, self.chunk = key, chunk
        self.data, self.needs_grad = data, False
        self.moving: tuple[str, ...] = ()
        """The names of the buffers that training moves, and of others in the same parts."""
        self._fit_data()
        self.moving = self._find_moving()

    def duplicate(self) -> ModuleLoss:
        """Return the same loss with a copy of the module of its own."""
        out = copy.copy(self)
        out.copy = ModuleCopy(self.copy.module)
        return out

    def limit(self, count: int) -> ModuleLoss:
        """Return the same loss over the first rows alone of whole tensors."""
        out = copy.copy(self)
        first = convert_data(self.data, lambda each: each[:count] if each.dim() else each)
        out.data = first._replace(rows=[count]) if self.data.is_whole else self.data
        return out

    @property
    def moving_parts(self) -> list[bool]:
        """A mask of the parts of the module that have buffers which training moves."""
        owners = {name.rpartition(".")[0] for name in self.moving}
        return [name in owners for name, _ in self.copy.module.named_modules()]

    def take(self, point: Point, sample: Any = ALL) -> float:
        """Return the loss of a sample."""
        with self.copy.place(*point, seed_of(sample)), torch.set_grad_enabled(self.needs_grad):
            parts = ((share, self.call(batch)) for share, batch in self.split(sample))
            return sum(share * float(part.detach()) for share, part in parts)

    def take_grad(
        self, point: Point, sample: Any = ALL, *, moves: bool = False
    ) -> tuple[float, np.ndarray, dict[str, Tensor]]:
        """Return the loss of a sample, its gradient (n,), and the buffers that it leaves.

        What the module changes in its attributes is undone, unless it `moves`.
        """
        loss, grad = 0.0, np.zeros_like(point.params)
        with self.copy.place(*point, seed_of(sample), moves=moves):
            for share, batch in self.split(sample):
                with torch.enable_grad():
                    part = self.call(batch)
                loss += share * float(part.detach())
                grad += share * self.copy.differentiate(part)
            return loss, grad, self.copy.read_buffers(self.moving)

    def split(self, sample: Any) -> Iterator[tuple[float, Any]]:
        """Yield the batches of a sample, each with its share of the rows."""
        data = self.data
        if sample is not ALL:
            yield 1.0, self.pick(sample.rows)
        elif data.is_whole:
            count = data.rows[0]
            for rows in split_range(count, self.chunk or count):
                yield (rows.stop - rows.start) / count, self.pick(rows)
        else:
            for rows, batch in zip(data.rows, data.batches, strict=True):
                yield rows / sum(data.rows), batch

    def pick(self, rows: Any) -> Any:
        """Return some rows of whole tensors, or the batch of a number."""
        if not self.data.is_whole:
            return self.data.batches[rows]
        index = torch.from_numpy(rows) if isinstance(rows, np.ndarray) else rows
        return map_tensors(lambda each: each[index], self.data.batches[0])

    def call(self, batch: Any) -> Tensor:
        """Return the loss of a batch at the point where the copy is."""
        module = self.copy.module
        if self.batch_loss is not None:
            return check_loss(self.batch_loss(module, batch))
        if self.loss_fn is None:
            return check_loss(read_own_loss(call_module(module, batch)))
        inputs, targets = split_targets(batch, self.key)
        return check_loss(self.loss_fn(call_module(module, inputs), targets))

    def choose_first(self, count: int) -> Batch:
        """Return the sample of the first rows, or of the first batch."""
        return Batch(slice(0, count) if self.data.is_whole else 0, 0)

    def choose_point(self) -> np.ndarray:
        """Return params near the module's, where no loss is flat by design (a last layer of 0)."""
        params = self.copy.read_vector()
        scale = 0.1 * max(float(params.std()), 0.1)
        noise = np.random.default_rng(0).normal(0.0, scale, params.shape)
        return (params + noise).astype(params.dtype)

    def check_chunks(self, modes: list[bool]) -> None:
        """Refuse chunks of a loss that is no mean over rows: that of some rows and of their parts.

        Raises: ValueError: the loss of 8 rows is 3.1, its parts give 1.5: leave out chunk=
        """
        point = Point(self.choose_point(), self.copy.read_buffers(self.moving), modes)
        limit = max(1e-6, torch.finfo(self.copy.dtype or torch.float16).eps ** 0.5)
        cuts = list(split_range(self.data.rows[0], min(max(self.chunk or 0, 2), 1000)))
        for cut in cuts[:: -(-len(cuts) // 8)]:
            size = cut.stop - cut.start
            if size == 1:
                continue
            middle = cut.start + max(1, size // 3)
            parts = (cut, slice(cut.start, middle), slice(middle, cut.stop))
            losses = [self.take(point, Batch(rows, 0)) for rows in parts]
            if self.take(point, Batch(cut, 1)) != losses[0]:
                return  # it is random: its parts tell nothing
            with np.errstate(all="ignore"):
                mean = np.average(losses[1:], weights=[middle - cut.start, cut.stop - middle])
                is_mean = abs(mean - losses[0]) <= limit * np.abs(losses).max()
            if not is_mean and np.isfinite(losses[0]):
                raise ValueError(
                    f"the loss of {size} rows is {losses[0]:.4g}, that of its parts {mean:.4g} on "
                    "average: it depends on the whole batch, so leave out chunk="
                )

    def _fit_data(self) -> None:
        """Bring the data to the module's device and dtype, and find out if a loss needs gradients.

        Data is cast only where torch refuses it as it is. A loss that takes derivatives itself, as
        that of a differential equation does, fails where torch records nothing.
        """
        given = self.data
        if len({each.device for each in self.copy.parameters.values()}) == 1:
            given = convert_data(given, lambda each: each.to(self.copy.device))
        cast = convert_data(given, lambda each: cast_floats(each, self.copy.dtype))
        point = Point(self.copy.read_vector(), {}, [False] * len(self.copy.modes))
        for self.data in (given, cast):
            for self.needs_grad in (False, True):
                with suppress(RuntimeError):
                    self.take(point, self.choose_first(2))
                    return
        self.data, self.needs_grad = given, False  # the first loss tells torch's own reason

    def _find_moving(self) -> tuple[str, ...]:
        """Return the names of the buffers that a forward pass in train mode changes.

        Those of the same part count too: a counter may say when its neighbor moves.

        Raises: ValueError: the loss depends on what forward passes leave in attributes
        """
        trial, count, hides_state = self.duplicate(), len(self.copy.modes), False
        names = [name for name, _ in trial.copy.module.named_buffers()]
        before, changed, params = trial.copy.read_buffers(names), names, self.choose_point()
        rest, few = Point(params, before, [False] * count), self.choose_first(8)
        with suppress(Exception):  # where it fails all may move
            loss = trial.take(rest, few)
            for _ in range(3):
                trial.take_grad(Point(params, {}, [True] * count), few, moves=True)
            now = trial.copy.read_buffers(names)
            changed = [name for name in names if not torch.equal(now[name], before[name])]
            hides_state = not np.array_equal(trial.take(rest, few), loss, equal_nan=True)
        if hides_state:
            hint = "keep it in buffers, by register_buffer"
            raise ValueError(f"the loss depends on what forward passes leave in attributes: {hint}")
        owners = {name.rpartition(".")[0] for name in changed}
        return tuple(name for name in names if name.rpartition(".")[0] in owners)


def seed_of(sample: Any) -> int:
    """Return the seed of a sample's random numbers: one and the same for every full loss."""
    return 0 if sample is ALL else sample.seed
