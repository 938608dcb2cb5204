"""The losses of a torch module at many points: one by one, or in batches where that is faster."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from optviz.pytorch.batches import find_tensors
from optviz.pytorch.module_loss import ModuleLoss

TOGETHER = 16
"""Points in one batch; fewer are taken one by one."""
NUMBERS = 4_000_000
"""Above this many numbers of data and parameters in a batch of points none is tried: it would take
memory, and would be no faster."""
TOLERANCE = {torch.float32: 1e-6, torch.float64: 1e-12}
"""By dtype: how far a loss from a batch of points may lie from the one taken alone, as a part."""
_is_faster: WeakKeyDictionary[ModuleLoss, bool] = WeakKeyDictionary()
"""Whether batches of points are faster, by the loss for which both ways were timed."""


class LossCall(nn.Module):
    """A loss as a module, so that torch can call it with other parameters."""

    def __init__(self, loss: ModuleLoss):
        super().__init__()
        self.module, self.call = loss.copy.module, loss.call

    def forward(self, batch: Any) -> Tensor:
        """Return the loss of a batch."""
        return self.call(batch)


def take_losses(
    loss: ModuleLoss, points: np.ndarray, buffers: Mapping[str, Tensor], modes: list[bool]
) -> np.ndarray:
    """Return the full losses at many points with the same buffers.

    The first points are taken both ways; batches are kept to where they were faster and their
    losses the same within `TOLERANCE`. What draws random numbers is taken one by one.

    Shapes: points (k, n) -> (k,)
    """

    def take_each(part: np.ndarray) -> np.ndarray:
        return loss.take_each(part, buffers, modes)

    def take_together(part: np.ndarray) -> np.ndarray:
        return take_batch(loss, part, buffers, modes)

    points = np.ascontiguousarray(points)
    if len(points) < 2 * TOGETHER or not _is_faster.get(loss, fits_batches(loss)):
        return take_each(points)
    if loss not in _is_faster:
        _is_faster[loss] = is_faster(take_together, take_each, points, TOLERANCE[loss.copy.wide])
    take = take_together if _is_faster[loss] else take_each
    cuts = range(TOGETHER, len(points), TOGETHER)
    return np.concatenate([take(part) for part in np.split(points, cuts)])


def fits_batches(loss: ModuleLoss) -> bool:
    """Check whether batches of points are worth a try."""
    data = sum(each.numel() for batch in loss.data.batches for each in find_tensors(batch))
    is_small = TOGETHER * (data + sum(loss.copy.sizes)) <= NUMBERS
    return is_small and loss.copy.dtype in TOLERANCE and not loss.needs_grad


def is_faster(
    together: Callable[[np.ndarray], np.ndarray],
    alone: Callable[[np.ndarray], np.ndarray],
    points: np.ndarray,
    tolerance: float,
) -> bool:
    """Check that a batch of the first points gives their losses, in less time a point than alone.

    Two points alone are timed before and after two batches: the fastest of each counts.
    """
    first, few = points[:TOGETHER], points[:2]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # torch warns of an operation that it makes slowly
            losses = together(first)
    except (RuntimeError, TypeError, ValueError, NotImplementedError, UserWarning):
        return False
    if not np.allclose(losses, alone(first), rtol=tolerance, atol=0.0, equal_nan=True):
        return False
    seconds = []
    for _ in range(2):
        for take, part in ((alone, few), (together, first)):
            start = perf_counter()
            take(part)
            seconds.append((perf_counter() - start) / len(part))
    return min(seconds[1::2]) < min(seconds[::2])


def take_batch(
    loss: ModuleLoss, points: np.ndarray, buffers: Mapping[str, Tensor], modes: list[bool]
) -> np.ndarray:
    """Return the losses at some points in one batch; points (k, n)."""
    copied, call = loss.copy, LossCall(loss)
    flat = torch.tensor(points, dtype=copied.dtype, device=copied.device)

    def take_one(vector: Tensor, batch: Any) -> Tensor:
        parts = zip(copied.names, copied.leaves, vector.split(copied.sizes), strict=True)
        now = {f"module.{name}": part.view(leaf.shape) for name, leaf, part in parts}
        return functional_call(call, now, (batch,))

    total: Any = 0.0
    with copied.place(points[0], buffers, modes, seed=0), torch.no_grad():
        for share, batch in loss.split(None):
            losses = vmap(take_one, in_dims=(0, None))(flat, batch)
            total = total + share * losses.double()
    return total.cpu().numpy()
