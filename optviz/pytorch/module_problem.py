"""Any torch module as a problem of one flat vector: numpy in, numpy out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from optviz.problems.base import ALL, Problem
from optviz.problems.batches import map_runs, shuffle_batches, split_range


class Batch(NamedTuple):
    """A mini-batch: its rows of the data, and the seed of its dropout."""

    rows: np.ndarray
    seed: int


class ModuleProblem(Problem):
    """The loss of a torch module over data, as a function of all its parameters in one vector.

    `loss_fn(module(*inputs), targets)` is a scalar, the mean over rows. The full loss is taken in
    eval mode (no dropout), `chunk` rows at a time where given; a sample's in train mode, its
    dropout seeded by the sample. A gradient over all rows is that of the full loss.
    The module is only read: its parameters, buffers (such as a BatchNorm's running averages) and
    mode stay as they are. Parameters that do not require a gradient are not part of the vector.

    Shapes: inputs, targets: tensors of equally many rows; params (n,) in the order of
        `module.parameters()`, or many runs (n, *runs), made one after another
    Raises: ValueError: the module has no parameter that requires a gradient
    """

    def __init__(
        self,
        module: nn.Module,
        loss_fn: Callable[[Any, Any], Tensor],
        inputs: Tensor | tuple[Tensor, ...],
        targets: Tensor,
        *,
        batch: int | None = None,
        chunk: int | None = None,
        name: str | None = None,
    ):
        self.module, self.loss_fn = module, loss_fn
        self.inputs = inputs if isinstance(inputs, tuple) else (inputs,)
        self.targets, self.batch, self.chunk = targets, batch, chunk
        lengths = {len(each) for each in (*self.inputs, targets)}
        if len(lengths) != 1 or lengths == {0}:
            raise ValueError(f"inputs and targets must have equally many rows, got {lengths}")
        if batch is not None and batch < 1:
            raise ValueError(f"batch must be 1 or more, got {batch}")
        free = [(key, value) for key, value in module.named_parameters() if value.requires_grad]
        if not free:
            raise ValueError("the module has no parameter that requires a gradient")
        if len({value.dtype for _, value in free}) > 1:
            raise ValueError("the module's parameters must share one dtype: call module.float()")
        self._names = [key for key, _ in free]
        self._shapes = [value.shape for _, value in free]
        self._dtype = free[0][1].dtype
        self._device = free[0][1].device
        self.start = np.concatenate([value.detach().cpu().numpy().ravel() for _, value in free])
        self.name = name or type(module).__name__

    def loss(self, params):
        """Return the loss over all rows, in eval mode."""
        if params.ndim > 1:
            return map_runs(self.loss, params)
        leaves = self._leaves(params)
        total, count = 0.0, len(self.targets)
        with torch.no_grad(), use_mode(self.module, train=False):
            for rows in split_range(count, self.chunk or count):
                part = self._evaluate(leaves, rows)
                total += float(part) * (rows.stop - rows.start)
        return total / count

    def sample_loss(self, params, sample):
        """Return the loss of a mini-batch, in train mode."""
        if params.ndim > 1:
            return map_runs(self.sample_loss, params, sample)
        return self.loss_and_grad(params, sample)[0]

    def grad(self, params, sample=ALL):
        """Return the gradient of a mini-batch, or of the full loss."""
        if params.ndim > 1:
            return map_runs(self.grad, params, sample)
        return self.loss_and_grad(params, sample)[1]

    def loss_and_grad(self, params: np.ndarray, sample: Any = ALL) -> tuple[float, np.ndarray]:
        """Return the loss of a sample and its gradient, a fresh array; params (n,)."""
        leaves = [leaf.requires_grad_() for leaf in self._leaves(params)]
        with use_mode(self.module, train=sample is not ALL):
            if sample is ALL:
                loss = self._evaluate(leaves, slice(None))
            else:
                with torch.random.fork_rng(devices=[]):
                    torch.manual_seed(sample.seed)
                    loss = self._evaluate(leaves, torch.from_numpy(sample.rows))
            grads = torch.autograd.grad(loss, leaves, materialize_grads=True)
        flat = torch.cat([grad.reshape(-1) for grad in grads]).cpu().numpy()
        return float(loss.detach()), flat.astype(params.dtype, copy=False)

    def samples(self, steps: int, seed: int) -> Iterator[Any]:
        """Return mini-batches of shuffled epochs with a dropout seed each; else all rows."""
        if self.batch is None:
            return super().samples(steps, seed)  # type: ignore[return-value]
        order, noise = np.random.SeedSequence(seed).spawn(2)
        seeds = np.random.default_rng(noise).integers(0, 2**63, steps).tolist()
        batches = shuffle_batches(len(self.targets), self.batch, steps, order)
        return (Batch(rows, each) for rows, each in zip(batches, seeds, strict=True))

    def load(self, params: np.ndarray) -> nn.Module:
        """Set the module's parameters to a flat vector (n,) and return the module."""
        free = dict(self.module.named_parameters())
        with torch.no_grad():
            for name, leaf in zip(self._names, self._leaves(params), strict=True):
                free[name].copy_(leaf)
        return self.module

    def _leaves(self, params: np.ndarray) -> list[Tensor]:
        """Return the module's parameters as views of a flat vector, where the dtype allows."""
        if params.shape != self.start.shape:
            raise ValueError(f"params must be {self.start.shape}, got {params.shape}")
        # A read-only array would make torch warn; asking for a writeable one copies it.
        flat = torch.from_numpy(np.require(params, requirements=["C", "W"]))
        flat = flat.to(self._device, self._dtype)
        sizes = [shape.numel() for shape in self._shapes]
        parts = flat.split(sizes)
        return [part.view(shape) for part, shape in zip(parts, self._shapes, strict=True)]

    def _evaluate(self, leaves: list[Tensor], rows: Any) -> Tensor:
        """Return the loss over some rows, with the module's parameters replaced."""
        # A forward pass may write to buffers: it gets copies.
        tensors = {key: value.clone() for key, value in self.module.named_buffers()}
        tensors |= dict(zip(self._names, leaves, strict=True))
        inputs = tuple(each[rows] for each in self.inputs)
        return self.loss_fn(functional_call(self.module, tensors, inputs), self.targets[rows])


@contextmanager
def use_mode(module: nn.Module, train: bool) -> Iterator[None]:
    """Set a module to train or eval mode within a block, then each part to its own again."""
    before = [(each, each.training) for each in module.modules()]
    module.train(train)
    try:
        yield
    finally:
        for each, training in before:
            each.training = training
