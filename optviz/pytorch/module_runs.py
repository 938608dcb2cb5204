"""Many runs of a torch module at once, made one after another, each with its own buffers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from optviz.problems.base import ALL, Problem


class Runs(Problem):
    """A problem for many runs at once, each with buffers of its own."""

    def __init__(self, problem: Problem, params: np.ndarray, buffers: Mapping[str, Any] | None):
        self.name, self.start, self.samples = problem.name, problem.start, problem.samples
        self.policy, self.statistics = problem.policy, problem.statistics
        self.runs = params.shape[1:]
        self.members: list[Problem] = []
        for place in np.ndindex(self.runs):
            own = None if buffers is None else {k: v[(..., *place)] for k, v in buffers.items()}
            self.members.append(problem.begin_run(params[(slice(None), *place)], own))

    @property
    def buffers(self):
        """The buffers of the points that the runs are at, with the runs as their last axes."""
        every = [member.buffers or {} for member in self.members]
        return {name: self._stack([each[name] for each in every]) for name in every[0]}

    def loss(self, params):
        """Return the loss of each run."""
        return self._map("loss", params)

    def sample_loss(self, params, sample):
        """Return the loss of each run on a mini-batch."""
        return self._map("sample_loss", params, sample)

    def grad(self, params, sample=ALL):
        """Return the gradient of each run."""
        return self._map("grad", params, sample)

    def full_loss_and_grad(self, params, sample):
        """Return the full losses, then the gradients on a sample, which may move the buffers."""
        loss = self.loss(params)
        return loss, self.grad(params, sample)

    def _map(self, method: str, params: np.ndarray, *more: Any) -> np.ndarray:
        """Call a method of each run's problem at its params."""
        columns = np.ascontiguousarray(params.reshape(len(params), -1).T)
        pairs = zip(self.members, columns, strict=True)
        return self._stack([getattr(member, method)(column, *more) for member, column in pairs])

    def _stack(self, values: list[Any]) -> np.ndarray:
        """Return values of each run as one array, with the runs as its last axes."""
        out = np.stack(values, axis=-1)
        return out.reshape(*out.shape[:-1], *self.runs)
