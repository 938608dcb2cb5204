"""The loss of a torch module on parts of its data, at any parameters, buffers and modes."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from optviz.problems.base import ALL
from optviz.problems.batches import split_range
from optviz.pytorch.batches import (
    Data,
    cast_floats,
    convert_data,
    map_tensors,
)
from optviz.pytorch.loss_calls import CallError, check_loss_fn, compute_loss
from optviz.pytorch.module_copy import ModuleCopy, copy_module
from optviz.pytorch.second_derivatives import allow_second_derivatives, differentiate_along


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
        reduction: str = "mean",
    ):
        check_loss_fn(loss_fn)
        self.copy, self.loss_fn, self.batch_loss = ModuleCopy(module), loss_fn, batch_loss
        self.key, self.chunk, self.reduction = key, chunk, reduction
        self.data, self.needs_grad = data, False
        self.moving: tuple[str, ...] = ()
        """The names of the buffers that training moves, and of others in the same parts."""
        self._fit_data()
        self.moving = self._find_moving()

    def duplicate(self) -> ModuleLoss:
        """Return the same loss with a copy of the module of its own."""
        out = copy.copy(self)
        out.copy = ModuleCopy(self.copy.module)
        out.copy.homes = [each.detach() for each in out.copy.leaves]
        return out

    def limit(self, count: int) -> ModuleLoss:
        """Return the same loss over the first rows alone of whole tensors."""
        out = copy.copy(self)
        first = convert_data(self.data, lambda each: each[:count] if each.dim() else each)
        out.data = first._replace(rows=[count]) if self.data.is_whole else self.data
        return out

    def move(self, device: str) -> ModuleLoss:
        """Return the same loss on a device, with a copy of the module of its own.

        Raises: ValueError: device must be one that torch finds here, such as "cpu", got "cuda"
        """
        out = copy.copy(self)
        try:
            out.copy = ModuleCopy(copy_module(self.copy.module).to(device))
        except (RuntimeError, AssertionError, NotImplementedError, TypeError) as error:
            raise ValueError(
                f'device must be one that torch finds here, such as "cpu", got {device!r} ({error})'
            ) from error
        out.data = convert_data(self.data, lambda each: each.to(out.copy.device))
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
            return sum(share * part.item() for share, part in parts)

    def take_each(
        self, points: np.ndarray, buffers: Mapping[str, Tensor], modes: list[bool]
    ) -> np.ndarray:
        """Return the full losses at points (k, n), one after another: (k,)."""
        parts, losses = list(self.split(ALL)), []
        with self.copy.open(modes), torch.set_grad_enabled(self.needs_grad):
            for params in points:
                before = self.copy.go_to(params, buffers, seed_of(ALL))
                losses.append(sum(share * self.call(batch).item() for share, batch in parts))
                self.copy.check_unchanged(before)
        return np.array(losses)

    def take_grad(
        self, point: Point, sample: Any = ALL, *, moves: bool = False
    ) -> tuple[float, np.ndarray, dict[str, Tensor]]:
        """Return the loss of a sample, its gradient (n,), and the buffers that it leaves.

        What the module changes in its attributes is undone, unless it `moves`.
        """
        loss, grad = 0.0, None
        with self.copy.open(point.modes, moves=moves), torch.enable_grad():
            before = self.copy.go_to(point.params, point.buffers, seed_of(sample))
            for share, batch in self.split(sample):
                part = self.call(batch)
                own, value = self.copy.flatten(self.copy.differentiate(part)), part.item()
                if grad is None:
                    own = own if share == 1.0 else share * own
                    loss, grad = share * value, own.astype(point.params.dtype, copy=False)
                else:
                    loss, grad = loss + share * value, grad + share * own
            assert grad is not None  # data has a batch at least
            self.copy.check_unchanged(before)
            return loss, grad, self.copy.read_buffers(self.moving)

    def take_parts(
        self, buffers: Mapping[str, Tensor], modes: list[bool], sample: Any, *, moves: bool
    ) -> tuple[list[np.ndarray], dict[str, Tensor]]:
        """Return the gradient of a sample where the copy is, a vector for each parameter."""
        total: list[np.ndarray] = []
        with self.copy.open(modes, moves=moves), torch.enable_grad():
            before = self.copy.go_to(None, buffers, seed_of(sample))
            for share, batch in self.split(sample):
                grads = self.copy.differentiate(self.call(batch))
                own = [self.copy.flatten([each]) for each in grads]
                own = own if share == 1.0 else [share * each for each in own]
                total = own if not total else [a + b for a, b in zip(total, own, strict=True)]
            self.copy.check_unchanged(before)
            return total, self.copy.read_buffers(self.moving)

    @contextmanager
    def open_products(
        self, point: Point, blocks: Any = None
    ) -> Iterator[Callable[[np.ndarray], np.ndarray]]:
        """Yield the product of the full loss's Hessian with a vector; the graph is made once.

        With the names of some `blocks` it is that of their block of the Hessian, and 0 elsewhere.
        """
        names = self.copy.names
        chosen = [n for n, name in enumerate(names) if blocks is None or name in blocks]
        leaves = [self.copy.leaves[n] for n in chosen]
        with self.copy.place(*point, seed_of(ALL)), torch.enable_grad(), allow_second_derivatives():
            graphs = [
                (share, differentiate_along(self.call(batch), leaves))
                for share, batch in self.split(ALL)
            ]

            def multiply(vector: np.ndarray) -> np.ndarray:
                every = self.copy.split(vector.astype(point.params.dtype))
                whole, total = list(map(torch.zeros_like, every)), np.zeros(len(vector))
                for share, differentiate in graphs:
                    made = differentiate([every[n] for n in chosen])
                    for n, each in zip(chosen, made, strict=True):
                        whole[n] = each
                    total += share * self.copy.flatten(whole).astype(float)
                return total

            yield multiply

    def split(self, sample: Any) -> Iterator[tuple[float, Any]]:
        """Yield the batches of a sample, each with its share: of the rows, or 1 in a sum."""
        data, is_sum = self.data, self.reduction == "sum"
        if sample is not ALL:
            yield 1.0, self.pick(sample.rows)
        elif data.is_whole:
            count = data.rows[0]
            for rows in split_range(count, self.chunk or count):
                yield 1.0 if is_sum else (rows.stop - rows.start) / count, self.pick(rows)
        else:
            for rows, batch in zip(data.rows, data.batches, strict=True):
                yield 1.0 if is_sum else rows / sum(data.rows), batch

    def pick(self, rows: Any) -> Any:
        """Return some rows of whole tensors, or the batch of a number."""
        if not self.data.is_whole:
            return self.data.batches[rows]
        index = torch.from_numpy(rows) if isinstance(rows, np.ndarray) else rows
        return map_tensors(lambda each: each[index], self.data.batches[0])

    def call(self, batch: Any) -> Tensor:
        """Return the loss of a batch at the point where the copy is."""
        return compute_loss(self.copy.module, batch, self.loss_fn, self.key, self.batch_loss)

    def choose_first(self, count: int) -> Batch:
        """Return the sample of the first rows, or of the first batch."""
        return Batch(slice(0, count) if self.data.is_whole else 0, 0)

    def choose_point(self) -> np.ndarray:
        """Return params near the module's, where no loss is flat by design (a last layer of 0)."""
        params = self.copy.read_vector()
        scale = 0.1 * max(float(params.std()), 0.1)
        noise = np.random.default_rng(0).normal(0.0, scale, params.shape)
        return (params + noise).astype(params.dtype)

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
                with suppress(CallError):
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
