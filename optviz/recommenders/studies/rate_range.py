"""The learning-rate range test, on a training under way that it leaves as it found it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from hashlib import sha256
from typing import Any

import numpy as np

from optviz.rules import Rule

SMOOTH = 0.9
"""The memory of the average that smooths the losses of a range test."""
BLOWN = 4.0
"""A range test ends where its smooth loss is this many times the lowest."""


class RunningTraining:
    """A training under way: params, the rule's state, and the generator that draws the batches."""

    def __init__(self, problem: Any, rule: Rule, params: np.ndarray, seed: int):
        self.problem, self.rule = problem, rule
        self.params, self.state = np.array(params), rule.init(params)
        self.random = np.random.default_rng(seed)

    def step(self, lr: float | None = None) -> float:
        """Make one step, at another learning rate where one is given; return the batch's loss."""
        rows = self.random.choice(len(self.problem.rating), self.problem.batch, replace=False)
        loss, grad = self.problem.loss_and_grad(self.params, rows)
        rule = self.rule if lr is None else self.rule.with_lr(lr)
        self.params, self.state = rule.update(self.params, grad, self.state)
        return loss

    def digest(self) -> str:
        """Return a hash of every byte that the next step depends on."""
        made = sha256()
        for each in (self.params, *self.state):
            made.update(np.asarray(each).tobytes())
        made.update(repr(self.random.bit_generator.state).encode())
        return made.hexdigest()

    @contextmanager
    def preserve(self) -> Iterator[None]:
        """Put everything back at the end of a block, to the bit, however the block ends."""
        before = deepcopy((self.params, self.state, self.random.bit_generator.state))
        try:
            yield
        finally:
            self.params, self.state, self.random.bit_generator.state = before


def find_rates(
    training: RunningTraining, low: float, high: float, steps: int
) -> tuple[np.ndarray, np.ndarray]:
    """Raise the learning rate from `low` to `high`, a factor a step; return rates and losses.

    Losses are those of the mini-batches, smoothed by a running average without bias. The test ends
    where the loss blows up. The training is afterwards as it was, to the bit.

    Shapes: (steps made,) each
    Source: Smith, 2017 (learning rate range test).
    """
    rates, losses, mean = np.geomspace(low, high, steps), [], 0.0
    with training.preserve(), np.errstate(all="ignore"):
        for count, lr in enumerate(rates.tolist(), 1):
            mean = SMOOTH * mean + (1 - SMOOTH) * training.step(lr)
            smooth = mean / (1 - SMOOTH**count)
            if not smooth <= BLOWN * min([smooth, *losses]):  # so that nan ends it too
                break
            losses.append(smooth)
    return rates[: len(losses)], np.array(losses)


def suggest_rate(rates: np.ndarray, losses: np.ndarray) -> float:
    """Return a tenth of the rate at which the loss of a range test is lowest."""
    return float(rates[np.argmin(losses)]) / 10
