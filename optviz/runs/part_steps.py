"""Steps on the parts of a model's parameters where they are, without one vector of them all.

In each step a vector of parameters is copied to a module, and its gradient to a vector. Where few
points are recorded the parts move in place instead, by the same operations on the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import isfinite
from typing import Any

import numpy as np

from optviz.problems.base import ALL, Problem
from optviz.rules import Rule
from optviz.runs.endings import explain_stop, is_all_finite
from optviz.runs.recorder import Recorder
from optviz.runs.step_choice import Move, choose_move
from optviz.runs.trajectory import FINISHED

FEW, LARGE = 8, 8192
"""Up to so many parts, or parts of so many parameters on average, are faster one by one."""


def open_parts(
    problem: Problem, rule: Rule, params: np.ndarray, state: Any, recorder: Any
) -> PartSteps | None:
    """Return the steps on parts from here, or None where those on one vector are to go on."""
    if params.ndim != 1 or getattr(recorder, "full", True):
        return None
    parts = problem.open_parts(params)
    if parts is None or len(parts) > max(FEW, params.size // LARGE):
        return None
    move = choose_move(rule, state)
    return None if move is None else PartSteps(problem, parts, move, state, recorder)


class PartSteps:
    """The steps of one run on the parts of its problem's parameters."""

    def __init__(
        self,
        problem: Problem,
        parts: list[np.ndarray],
        move: Move,
        state: Any,
        recorder: Recorder,
    ):
        self.problem, self.parts, self.move, self.recorder = problem, parts, move, recorder
        columns = [self.split(each) if np.ndim(each) else [each] * len(parts) for each in state]
        self.states = [type(state)(*[each[n] for each in columns]) for n in range(len(parts))]

    def split(self, vector: np.ndarray) -> list[np.ndarray]:
        """Return a vector of all parameters in parts."""
        return np.split(vector, np.cumsum([len(each) for each in self.parts])[:-1])

    def make_steps(
        self, rules: Callable[[int], Rule], samples: Iterator[tuple[int, Any]], step: int
    ) -> str:
        """Make the steps after `step`, record them and return how the run ended, in words."""
        for step, sample in samples:
            rule = rules(step)
            is_kept = step in self.recorder.kept
            grads = self.record(step, rule, sample) if is_kept else self.problem.part_grads(sample)
            if grads is None:
                return f"diverged at step {step}: the loss is not finite"
            for n, grad in enumerate(grads):
                self.states[n] = self.move(rule, self.parts[n], grad, self.states[n])
            if not all(map(is_all_finite, self.parts)):
                self.end(step + 1)
                return explain_stop(step, np.concatenate(grads))
        self.end(step + 1)
        return FINISHED

    def record(self, step: int, rule: Rule, sample: Any) -> list[np.ndarray] | None:
        """Record a step and return its gradient in parts; None where the loss is not finite."""
        params, buffers = np.concatenate(self.parts), self.problem.buffers
        loss, grad = self.problem.full_loss_and_grad(params, sample)
        if not isfinite(loss):
            self.recorder.add(step, params, loss, buffers=buffers)
            return None
        own = None if sample is ALL else self.problem.sample_loss(params, sample)
        lr = getattr(rule, "lr", np.nan)
        self.recorder.add(step, params, loss, lr, sample_loss=own, buffers=buffers)
        return self.split(grad)

    def end(self, step: int) -> None:
        """Record the last point."""
        params = np.concatenate(self.parts)
        self.recorder.add(step, params, self.problem.loss(params), buffers=self.problem.buffers)
