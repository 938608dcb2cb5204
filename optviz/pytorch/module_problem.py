"""Any torch module as a problem of one flat vector: numpy in, numpy out."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from operator import and_
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from optviz.problems.base import ALL, Problem
from optviz.problems.batches import map_runs
from optviz.pytorch.batches import check_sizes, draw_rows, read_data
from optviz.pytorch.loss_parts import check_batches, check_chunks
from optviz.pytorch.many_points import take_losses
from optviz.pytorch.module_copy import check_buffers, to_array, write_buffers
from optviz.pytorch.module_loss import Batch, ModuleLoss, Point
from optviz.pytorch.module_runs import Runs

STATISTICS = {
    "own": "in eval mode with the buffers of the point itself, such as running averages",
    "batch": "with the statistics of {data} instead of running averages",
    "frozen": "in eval mode with one set of buffers, such as running averages, for every point",
}
"""The words for the statistics that a loss is taken with."""


class ModuleProblem(Problem):
    """The loss of a torch module over data, as a function of all its parameters in one vector.

    Data is given in one of these forms; in a batch the last part is the targets:
        ModuleProblem(module, mse_loss, inputs, targets)   a tensor, or a tuple, list or dict of
            several: the module is called with the one, with `*inputs` or with `**inputs`
        ModuleProblem(module, mse_loss, loader)            a DataLoader or a list of batches
        ModuleProblem(module, mse_loss, loader, "labels")  dict batches, and the targets' key
        ModuleProblem(module, None, loader)                the module gives the loss: its output
            for `*batch` or `**batch`, or `loss` in that output
        ModuleProblem(module, None, loader, batch_loss=function)   `function(module, batch)`
    `loss_fn(outputs, targets)` is one number; `outputs` is what the module gives, as it is: of an
    LSTM pass `lambda outputs, targets: mse_loss(outputs[0], targets)`. A loader is read once, all
    of its batches (at most 4 GB, kept in memory). A step takes one of them: in their order, or
    where the loader is shuffled in a new order each epoch, by the seed of the run. Of whole tensors
    a step takes `batch` random rows, or all, and the full loss is taken `chunk` rows at a time
    where given, which is refused where the loss depends on the rest of a batch (a contrastive loss,
    class weights). `reduction` says how losses of batches or chunks make the full loss: their
    "mean", each weighted with its rows, or their "sum", for a loss that is a sum over rows. What
    the first batch shows to be the other one is refused.

    A step calls the module in the mode, train or eval, that each part of it has when it is given;
    its random numbers (dropout) are seeded by the sample. The full loss is taken in eval mode, its
    random numbers, if any, seeded alike at every point. `buffers` says with which buffers, such as
    the running averages of a BatchNorm, and `statistics` says it in words:
        "own"     eval mode and the point's own: `run` moves them as a training loop does and
                  records them; a point without a record has those that the module was given with
        "batch"   the statistics of the data at hand, as in train mode; `run` moves the buffers too
        "frozen"  eval mode and those that the module was given with, in the steps as well

    The module is only read: everything is done to a copy of it, made once. Parameters that do not
    require a gradient are not part of the vector. Parameters in half precision are float32 in the
    vector, of several dtypes in the widest; data is cast to the module's dtype where the module
    does not take it.

    Shapes: inputs, targets: tensors of equally many rows; params (n,) in the order of
        `module.parameters()`, or many runs (n, *runs), made one after another
    Raises: ValueError: the module has no parameter that requires a gradient
    """

    def __init__(
        self,
        module: nn.Module,
        loss_fn: Callable[[Any, Any], Tensor] | None,
        inputs: Any,
        targets: Any = None,
        *,
        batch: int | None = None,
        chunk: int | None = None,
        name: str | None = None,
        buffers: Literal["own", "batch", "frozen"] = "own",
        batch_loss: Callable[[nn.Module, Any], Tensor] | None = None,
        reduction: Literal["mean", "sum"] = "mean",
    ):
        if not isinstance(module, nn.Module):
            raise ValueError(f"module must be a torch.nn.Module, got {module!r:.60}")
        if buffers not in STATISTICS:
            raise ValueError(f'buffers must be "own", "batch" or "frozen", got {buffers!r}')
        if reduction not in ("mean", "sum"):
            raise ValueError(f'reduction must be "mean" or "sum", got {reduction!r}')
        data, key = read_data(inputs, targets), targets if isinstance(targets, str) else None
        check_sizes(data, batch=batch, chunk=chunk)
        self.module, self.batch, self.policy = module, batch, buffers
        self.name = name or type(module).__name__
        self._loss = ModuleLoss(module, loss_fn, data, key, batch_loss, chunk, reduction)
        self.start = self._loss.copy.read_vector()
        self._own = self._loss.copy.read_buffers(self._loss.moving)
        self._step_modes, self._loss_modes = self._choose_modes()
        self._is_running, self._last = False, (None, self.start, 0.0)
        if chunk is not None and buffers == "batch" and self._own:
            raise ValueError("the statistics of a batch need all rows: leave out chunk=")
        check = check_batches if chunk is None else check_chunks
        check(self._loss, self._loss_modes)

    def __getstate__(self) -> dict[str, Any]:
        # Its copy of the module travels as it began, so that equal problems are equal in bytes.
        self._loss.copy.write(self.start, self._own)
        return self.__dict__

    @property
    def statistics(self) -> str:
        """The statistics that a loss is taken with, in words; empty where there is no choice."""
        data = "all rows together" if self._loss.data.is_whole else "each batch"
        return STATISTICS[self.policy].format(data=data) if self._own else ""

    @property
    def buffers(self) -> dict[str, np.ndarray] | None:
        """The buffers of the point that a run is at; None where training moves none."""
        return {name: to_array(each) for name, each in self._own.items()} or None

    @property
    def count(self) -> int:
        """The number of rows of the data."""
        return sum(self._loss.data.rows)

    def hess_products(
        self, params: np.ndarray, *, buffers: Mapping[str, Any] | None = None, blocks: Any = None
    ) -> AbstractContextManager[Any]:
        """Return a block in which a function multiplies the Hessian at params with a vector (n,).

        It is the Hessian of the full loss, as `loss` takes it, with the point's own `buffers` where
        the policy is "own". With `blocks` only those parameters are differentiated. The graph of
        the gradient is kept meanwhile: about three times the memory of a training step over all
        rows.
        """
        point = self._place(params, self._loss_modes)
        if self.policy == "own":
            point = point._replace(buffers=self._read_given(buffers))
        return self._loss.open_products(point, blocks)

    def blocks(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """Return the name and the shape of each parameter, in order."""
        made = self._loss.copy
        shapes = (tuple(each.shape) for each in made.leaves)
        return tuple(zip(made.names, shapes, strict=True))

    def limit(self, count: int) -> ModuleProblem:
        """Return the same problem over the first rows alone of whole tensors."""
        made = copy.copy(self)
        made._loss = self._loss.limit(count)
        return made

    @property
    def device(self) -> str:
        """The device that the losses are computed on."""
        return self._loss.copy.device.type

    def move(self, device: str) -> ModuleProblem:
        """Return the same problem on a device such as "cuda"; the module itself stays.

        Raises: ValueError: device must be one that torch finds here, such as "cpu", got "cuda"
        """
        made = copy.copy(self)
        made._loss = self._loss.move(device)
        made._own = {name: each.to(device) for name, each in self._own.items()}
        return made

    def begin_run(self, params: np.ndarray, buffers: Mapping[str, Any] | None = None) -> Problem:
        """Return the problem for one run, whose steps move the buffers of a copy of its own."""
        if params.ndim > 1 and self._own:
            return Runs(self, params, buffers)
        made = copy.copy(self)
        made._loss, made._own = self._loss.duplicate(), self._read_given(buffers)
        made._is_running = True
        return made

    def loss(self, params):
        """Return the loss over all rows, with the statistics that `statistics` names."""
        if params.ndim > 1:
            return map_runs(self.loss, params)
        return self._loss.take(self._place(params, self._loss_modes))

    def losses_at(self, points: np.ndarray) -> np.ndarray:
        """Return the full losses at points (k, n), as `loss` gives them one by one.

        Many points of a small module go through it in batches where that is faster, which is timed;
        such losses differ from those one by one by at most 1e-6 of each in float32 and 1e-12 in
        float64.
        """
        self._place(points[0], [])
        return take_losses(self._loss, points, self._own, self._loss_modes)

    def true_loss(self, params: np.ndarray, buffers: Mapping[str, Any] | None = None) -> float:
        """Return the loss over all rows in eval mode, with a point's own buffers; params (n,)."""
        point = self._place(params, [False] * len(self._loss_modes))
        return self._loss.take(point._replace(buffers=self._read_given(buffers)))

    def sample_loss(self, params, sample):
        """Return the loss of a mini-batch, in the module's own mode."""
        if params.ndim > 1:
            return map_runs(self.sample_loss, params, sample)
        last, there, loss = self._last
        if last is sample and np.array_equal(there, params):
            return loss  # the run has just taken it, and moved the buffers
        return self._loss.take(self._place(params, self._step_modes), sample)

    def grad(self, params, sample=ALL):
        """Return the gradient of a mini-batch, or of the full loss."""
        if params.ndim > 1:
            return map_runs(self.grad, params, sample)
        return self.loss_and_grad(params, sample)[1]

    def full_loss_and_grad(self, params: np.ndarray, sample: Any) -> tuple[Any, np.ndarray]:
        """Return the full loss, then the gradient on a sample, which may move the buffers."""
        if sample is ALL and params.ndim == 1:
            return self.loss_and_grad(params)
        loss = self.loss(params)
        return loss, self.grad(params, sample)

    def loss_and_grad(self, params: np.ndarray, sample: Any = ALL) -> tuple[float, np.ndarray]:
        """Return the loss of a sample and its gradient, a fresh array; params (n,)."""
        if sample is ALL:
            return self._loss.take_grad(self._place(params, self._loss_modes))[:2]
        point, moves = self._place(params, self._step_modes), self._is_running
        self._last = (None, self.start, 0.0)  # its memory may serve for this step
        loss, grad, buffers = self._loss.take_grad(point, sample, moves=moves)
        if moves:
            self._last = (sample, params, loss)
            self._own = self._own if self.policy == "frozen" else buffers
        return loss, grad

    def open_parts(self, params: np.ndarray) -> list[np.ndarray] | None:
        """Return the parameters of a run's own copy of the module, set to params, to be moved."""
        parts = self._loss.copy.view_leaves() if self._is_running else None
        if parts is None or params.dtype != self.start.dtype:
            return None
        self._loss.copy.write(params, {})
        return parts

    def part_grads(self, sample: Any) -> list[np.ndarray]:
        """Return the gradient of a mini-batch, or of the full loss, where the run's copy is."""
        moves = sample is not ALL
        modes, self._last = self._step_modes if moves else self._loss_modes, (None, self.start, 0.0)
        grads, buffers = self._loss.take_parts(self._own, modes, sample, moves=moves)
        self._own = buffers if moves and self.policy != "frozen" else self._own
        return grads

    has_seeds = is_vectorized = False

    def samples(self, steps: int, seed: int) -> Iterator[Any]:
        """Return mini-batches with a dropout seed each; ALL where a step takes the full loss."""
        data = self._loss.data
        if self.batch is None and data.is_whole and not self._is_step_special():
            return super().samples(steps, seed)  # type: ignore[return-value]
        order, noise = np.random.SeedSequence(seed).spawn(2)
        seeds = np.random.default_rng(noise).integers(0, 2**63, steps).tolist()
        rows = draw_rows(data, self.batch, steps, order)
        return (Batch(each, noise) for each, noise in zip(rows, seeds, strict=True))

    def load(self, params: np.ndarray, buffers: Mapping[str, Any] | None = None) -> nn.Module:
        """Set the module to a vector (n,), and to buffers where given, and return it."""
        given = {} if buffers is None else self._read_given(buffers)
        copied, free = self._loss.copy, dict(self.module.named_parameters())
        with torch.no_grad():
            parts = copied.split(self._place(params, []).params)
            for name, part in zip(copied.names, parts, strict=True):
                free[name].copy_(part)
        write_buffers(self.module, given)
        return self.module

    def _place(self, params: np.ndarray, modes: list[bool]) -> Point:
        """Return where a loss is taken; refuse params that are not one vector of the module's."""
        if params.shape != self.start.shape:
            raise ValueError(f"params must be {self.start.shape}, got {params.shape}")
        return Point(params, self._own, modes)

    def _choose_modes(self) -> tuple[list[bool], list[bool]]:
        """Return the mode of each part in a step, and for the full loss."""
        own, moving = self._loss.copy.modes, self._loss.moving_parts
        if self.policy == "frozen":
            own = [mode and not moves for mode, moves in zip(own, moving, strict=True)]
        return own, moving if self.policy == "batch" else [False] * len(own)

    def _is_step_special(self) -> bool:
        """Check whether a step over all rows moves buffers, or takes another loss (dropout)."""
        if any(map(and_, self._step_modes, self._loss.moving_parts)):
            return True
        loss, params = self._loss, self._loss.choose_point()
        first = loss.choose_first(loss.chunk or loss.data.rows[0])
        modes = self._step_modes, self._loss_modes
        both = [loss.take(self._place(params, each), first) for each in modes]
        return not np.array_equal(*both, equal_nan=True)

    def _read_given(self, buffers: Mapping[str, Any] | None) -> dict[str, Tensor]:
        """Return given buffers as tensors; without any, those that the module was given with."""
        return self._own if buffers is None else check_buffers(buffers, self._own)
