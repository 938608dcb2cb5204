"""How the loss of some rows of data is made of that of their parts: their mean, their sum, neither.

A full loss is put together from those of batches or chunks: what is no mean over rows, or no sum
where one is asked for, would be another loss.
"""

from __future__ import annotations

import copy
from contextlib import suppress
from typing import NamedTuple

import numpy as np
import torch

from optviz.problems.batches import split_range
from optviz.pytorch.batches import Data, find_tensors
from optviz.pytorch.module_loss import Batch, ModuleLoss, Point

OTHER = {"mean": "sum", "sum": "mean"}


class Parts(NamedTuple):
    """The loss of some rows, and what those of two parts of them give."""

    loss: float
    mean: float
    """The mean of the parts' losses, each weighted with its rows."""
    sum: float
    near: float
    """How far equal losses may lie apart by rounding."""

    def equals(self, reduction: str) -> bool:
        """Check that the loss is the mean, or the sum, of those of the parts."""
        return bool(abs(getattr(self, reduction) - self.loss) <= self.near)


def check_chunks(loss: ModuleLoss, modes: list[bool]) -> None:
    """Refuse chunks of a loss that is not made of those of parts of the rows.

    Raises: ValueError: the loss of 8 rows is 3.1, the mean of its parts 1.5: leave out chunk=
    """
    cuts = list(split_range(loss.data.rows[0], min(max(loss.chunk or 0, 2), 1000)))
    for cut in cuts[:: -(-len(cuts) // 8)]:
        if cut.stop - cut.start == 1:
            continue
        found, reduction = compare_parts(loss, modes, cut), loss.reduction
        if found is None:
            return  # it is random: its parts tell nothing
        if not found.equals(reduction) and np.isfinite(found.loss):
            way = (
                f', or pass reduction="{OTHER[reduction]}"'
                if found.equals(OTHER[reduction])
                else ""
            )
            raise ValueError(
                f"the loss of {cut.stop - cut.start} rows is {found.loss:.4g}, the {reduction} of "
                f"its parts {getattr(found, reduction):.4g}: it depends on the whole batch, so "
                f"leave out chunk={way}"
            )


def check_batches(loss: ModuleLoss, modes: list[bool]) -> None:
    """Refuse a sum over rows where the mean of batches is taken, and the other way about.

    The first batch and its parts tell, where all of its tensors have a row for each example.

    Raises: ValueError: the loss of 16 rows is the sum of its parts, not their mean: pass
        reduction="sum", or a loss that is a mean over rows
    """
    first, rows = loss.data.batches[0], loss.data.rows[0]
    lengths = {len(each) if each.dim() else 0 for each in find_tensors(first)}
    if len(loss.data.batches) == 1 or rows == 1 or lengths != {rows}:
        return
    alone, found = copy.copy(loss), None
    alone.data = Data([first], [rows], is_whole=True)
    with suppress(Exception):  # what cannot be cut tells nothing
        found = compare_parts(alone, modes, slice(0, rows))
    own, other = loss.reduction, OTHER[loss.reduction]
    if found is not None and found.equals(other) and not found.equals(own):
        raise ValueError(
            f"the loss of {rows} rows is the {other} of its parts, not their {own}: pass "
            f'reduction="{other}", or a loss that is a {own} over rows'
        )


def compare_parts(loss: ModuleLoss, modes: list[bool], cut: slice) -> Parts | None:
    """Return the loss of some rows and what two parts of them give; None where it is random."""
    size = cut.stop - cut.start
    middle = cut.start + max(1, size // 3)
    point = Point(loss.choose_point(), loss.copy.read_buffers(loss.moving), modes)
    parts = cut, slice(cut.start, middle), slice(middle, cut.stop)
    whole, first, second = (loss.take(point, Batch(rows, 0)) for rows in parts)
    if loss.take(point, Batch(cut, 1)) != whole:
        return None
    limit = max(1e-6, torch.finfo(loss.copy.dtype or torch.float16).eps ** 0.5)
    with np.errstate(all="ignore"):
        mean = np.average([first, second], weights=[middle - cut.start, cut.stop - middle])
        near = limit * np.abs([whole, first, second]).max()
    return Parts(whole, float(mean), first + second, float(near))
