"""The dot-product rating model on torch, on any device: closed-form gradient of one flat tensor.

The same loss and gradient as `DotBias`, which names the parts; the ratings lie on the device.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from optviz.problems.base import ALL
from optviz.problems.batches import split_range
from optviz.recommenders.problems.dot_problem import DotBias

ROWS = {"cpu": 2048}
"""Ratings scored at once by device, so that their vectors stay in cache; elsewhere many."""
MANY = 1 << 18


class TorchDot:
    """Mean squared error of a `DotBias` on a device; params are a tensor (n,) there.

    Its gradient is written into the same tensor each time, which saves clearing fresh memory.
    """

    def __init__(self, problem: DotBias, device: torch.device):
        self.problem, self.device, self.name = problem, device, problem.name
        self.statistics = problem.statistics
        self.start = torch.from_numpy(np.array(problem.start)).to(device)
        columns = (problem.user, problem.movie, problem.rating)
        self.user, self.movie, rating = (self._place(each) for each in columns)
        self.rating = rating.to(self.start.dtype)
        self.grad = torch.zeros_like(self.start)
        self.grad_tables = self._split(self.grad)
        self.known: dict[int, tuple[Tensor, ...]] = {}
        """The tables of the params met last, by address: a stepper writes into two in turn."""
        self.chunk = ROWS.get(device.type, MANY)
        # MPS has no float64.
        self.wide = torch.float32 if device.type == "mps" else torch.float64

    def _place(self, column: np.ndarray) -> Tensor:
        """Return a column on the device; on the processor it is not copied."""
        whole = column if column.flags.writeable else column.copy()
        return torch.from_numpy(whole).to(self.device)

    has_seeds = False

    def samples(self, steps: int, seed: int) -> Iterator[np.ndarray]:
        """Return mini-batches of rows, as the numpy problem does."""
        return self.problem.samples(steps, seed)

    @property
    def count(self) -> int:
        """The number of ratings."""
        return self.problem.count

    def limit(self, count: int) -> TorchDot:
        """Return the same problem over its first ratings alone."""
        few = copy.copy(self)
        few.problem = self.problem.limit(count)
        return few

    def loss(self, params: Tensor) -> float:
        """Return the mean squared error over all ratings."""
        if self.device.type == "cpu":  # where numpy's own is twice as fast
            return self.problem.loss(params.numpy())
        total: Any = 0.0
        for span in split_range(self.problem.count, self.chunk):
            rows = self._pick(ALL, span)
            error = self._score(params, rows)[2]
            total = total + error.to(self.wide).square().sum()
        return float(total) / self.problem.count + self._penalize(params)

    def _penalize(self, params: Tensor) -> float:
        """Return the part of the loss that weight decay is, as `DotBias.penalize` does."""
        wd = self.problem.wd
        return wd / 2 * float(params.to(self.wide).square().sum()) if wd else 0.0

    def loss_and_grad(self, params: Tensor, sample: Any = ALL) -> tuple[float, Tensor]:
        """Return the loss of a sample and its gradient; params (n,)."""
        self.grad.zero_()
        count = self.problem.count if sample is ALL else len(sample)
        into, tables, total = self.grad_tables, self._find_tables(params), 0.0
        for span in split_range(count, self.chunk):
            rows = self._pick(sample, span)
            (user, movie), vectors, error, slope = self._score(params, rows, tables)
            total = total + error.to(self.wide).square().sum()
            error = error * slope * (2 / count)
            into[0].index_add_(0, user, error[:, None] * vectors[1])
            into[1].index_add_(0, movie, error[:, None] * vectors[0])
            if self.problem.bias:
                into[2].index_add_(0, user, error)
                into[3].index_add_(0, movie, error)
        if self.problem.wd:
            self.grad.add_(params, alpha=self.problem.wd)
        return float(total) / count + self._penalize(params), self.grad

    def _pick(self, sample: Any, span: slice) -> Any:
        """Return the rows of a span of a sample, on the device."""
        sample = self.problem.rows if sample is ALL else sample
        return span if sample is None else torch.from_numpy(sample[span]).to(self.device)

    def _score(self, params: Tensor, rows: Any, tables: Any = None) -> Any:
        """Return the indexes of rows, their vectors, errors, and the slope of the sigmoid."""
        tables = self._split(params) if tables is None else tables
        columns = self.user, self.movie, self.rating
        if isinstance(rows, slice):
            user, movie, rating = (each[rows] for each in columns)
        else:
            user, movie, rating = (each.index_select(0, rows) for each in columns)
        vectors = tables[0].index_select(0, user), tables[1].index_select(0, movie)
        scores = torch.linalg.vecdot(*vectors)
        if self.problem.bias:
            scores = scores + tables[2].index_select(0, user) + tables[3].index_select(0, movie)
        slope: Any = 1.0
        if self.problem.bounds is not None:
            low, high = self.problem.bounds
            share = torch.sigmoid(scores)
            scores = low + (high - low) * share
            slope = (high - low) * share * (1 - share)
        return (user, movie), vectors, scores - rating, slope

    def _find_tables(self, params: Tensor) -> tuple[Tensor, ...]:
        """Return the tables of a flat tensor, cut once; what is known keeps its memory alive."""
        place = params.data_ptr()
        if place not in self.known:
            if len(self.known) > 2:
                self.known.clear()
            self.known[place] = self._split(params)
        return self.known[place]

    def _split(self, params: Tensor) -> tuple[Tensor, ...]:
        """Return views of a flat tensor as the tables of `DotBias.tables`."""
        problem = self.problem
        cut = problem.users * problem.factors
        end = cut + problem.movies * problem.factors
        user = params[:cut].view(problem.users, problem.factors)
        movie = params[cut:end].view(problem.movies, problem.factors)
        return user, movie, params[end : end + problem.users], params[end + problem.users :]
