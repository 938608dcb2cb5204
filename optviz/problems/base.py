"""The problem to minimize: the one seam between optimizers and everything they work on."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from itertools import repeat
from typing import Any, Literal

import numpy as np

ALL: Any = None
"""The sample that means "the whole of the data": no noise, no mini-batch."""
BLOCK = 64
"""Steps whose noise is drawn at once: the numbers are the same at any size."""


class Problem:
    """One flat parameter vector with a loss and a gradient.

    Shapes: params is (n,) or (n, *runs); loss gives () or (*runs,), grad the shape of params.
    A subclass sets `start`, and what else it has of the attributes below, and defines `loss` and
    `grad`; `samples` and `sample_loss` where its gradient is taken on noise or mini-batches; `hess`
    (n, n, *runs) where it has one.

        import numpy as np
        from optviz import SGD, run
        from optviz.problems.base import Problem

        class Bowl(Problem):
            start = np.array([1.0, 2.0])
            window = (-3, 3), (-3, 3)

            def loss(self, params):
                return (params**2).sum(axis=0)

            def grad(self, params, sample=None):
                return 2 * params

        print(run(Bowl(), SGD(lr=0.1), 20).losses[-1])
    """

    name: str = "problem"
    names: tuple[str, ...] = ()
    """A name for each parameter; empty where there are too many to name."""
    start: np.ndarray
    """The start of a run unless it is given another, (n,)."""
    window: tuple[tuple[float, float], ...] | None = None
    """(low, high) of each parameter to draw, or None."""
    minima: tuple[tuple[float, ...], ...] = ()
    """The known global minima, each (n,)."""

    policy: Literal["", "own", "batch", "frozen"] = ""
    """The buffers that a loss is taken with, where a point is more than its parameters."""
    statistics: str = ""
    """The same in words that go on from "the loss is taken"; empty where there are none."""
    buffers: dict[str, np.ndarray] | None = None
    """What a point has besides its parameters, such as running averages, by name; None: nothing."""

    def begin_run(self, params: np.ndarray, buffers: Any = None) -> Problem:
        """Return the problem for one run: itself, unless its steps move its buffers."""
        return self

    def true_loss(self, params: np.ndarray, buffers: Any = None) -> Any:
        """Return the full loss of a point with its own buffers."""
        return self.loss(params)

    def loss(self, params: np.ndarray) -> Any:
        """Return the full loss."""
        raise AttributeError(f"{type(self).__name__} has no loss")

    def losses_at(self, points: np.ndarray) -> np.ndarray:
        """Return the full losses at points (k, n) of a slice: (k,)."""
        losses = np.asarray(self.loss(np.ascontiguousarray(points.T)), dtype=float)
        return np.array(np.broadcast_to(losses, len(points)))

    def grad(self, params: np.ndarray, sample: Any = ALL) -> np.ndarray:
        """Return the gradient of the loss, or of `sample_loss` on one sample."""
        raise AttributeError(f"{type(self).__name__} has no grad")

    def full_loss_and_grad(self, params: np.ndarray, sample: Any) -> tuple[Any, np.ndarray]:
        """Return the full loss, and the gradient on a sample: both may be faster together."""
        grad = self.grad(params, sample)
        return self.loss(params), grad

    def sample_loss(self, params: np.ndarray, sample: Any) -> Any:
        """Return the loss of one sample of `samples`, whose gradient is `grad(params, sample)`."""
        return self.loss(params)

    has_seeds: bool = True
    """True where `samples` takes an array of seeds, one for each run."""
    is_vectorized: bool = True
    """True where many runs at once take less time than one after another."""

    def hess_products(
        self, params: np.ndarray, *, buffers: Any = None, blocks: Any = None
    ) -> AbstractContextManager[Any]:
        """Return a block in which a function multiplies the Hessian at params with a vector (n,).

        With the names of some `blocks` the vectors are 0 outside of them, and the products are used
        inside of them alone: what lies outside need not be right. `buffers` are those of the point.

        Raises: ValueError: ratings has no second derivatives
        """
        hess = getattr(self, "hess", None)
        if hess is None:
            raise ValueError(f"{self.name} has no second derivatives")
        return nullcontext(hess(params).__matmul__)

    def open_parts(self, params: np.ndarray) -> list[np.ndarray] | None:
        """Return the parts of params where a run may move them in place; None where it may not.

        From then on `part_grads(sample)` is the gradient where they are, in the same parts.
        """
        return None

    def part_grads(self, sample: Any) -> list[np.ndarray]:
        """Return the gradient in parts, at the params that `open_parts` has given."""
        raise AttributeError(f"{type(self).__name__} has no parts")

    def blocks(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """Return the name and the shape of each tensor that the parameters consist of, in order."""
        return (("", np.shape(self.start)),)

    def samples(self, steps: int, seed: Any) -> Iterable[Any]:
        """Return one sample for each step; the same seed gives the same samples."""
        return repeat(ALL, steps)


def check_problem(problem: Any) -> Problem:
    """Return a problem.

    Raises: ValueError: problem must be a problem such as surface("x^2 + y^2"), got 'x^2 + y^2'
    """
    if isinstance(problem, Problem):
        if not hasattr(problem, "start"):
            raise ValueError(f"{type(problem).__name__} has no start: set it, an array (n,)")
        return problem
    text = f'surface("{problem}")' if isinstance(problem, str) else 'surface("ravine")'
    raise ValueError(f"problem must be a problem such as {text}, got {problem!r}")


def find_title(problem: Problem) -> str:
    """Return the name of a problem as headings have it; noise has none of its own."""
    inner = getattr(problem, "problem", problem)
    return str(getattr(inner, "title", "") or problem.name)


class Noisy(Problem):
    """A problem whose every gradient carries Gaussian noise of standard deviation `sigma`.

    A sample is the noise vector (n,), so that sample_loss is loss + noise . params; with an array
    of seeds it is (n, *runs), the noise of each run that of its own seed alone, to the last bit.
    """

    def __init__(self, problem: Problem, sigma: float):
        if not (np.isfinite(sigma) and sigma >= 0):
            raise ValueError(f"noise must be at least 0, got {sigma}")
        self.problem, self.sigma = problem, float(sigma)
        self.name, self.names, self.start = problem.name, problem.names, problem.start
        self.window, self.minima = problem.window, problem.minima
        self.is_vectorized = problem.is_vectorized
        self.policy, self.statistics, self.buffers = (
            problem.policy,
            problem.statistics,
            problem.buffers,
        )

    def true_loss(self, params, buffers=None):
        """Return the full loss of a point with its own buffers, without noise."""
        return self.problem.true_loss(params, buffers)

    def loss(self, params):
        """Return the full loss, without noise."""
        return self.problem.loss(params)

    def grad(self, params, sample=ALL):
        """Return the gradient plus the noise that is the sample."""
        grad = self.problem.grad(params)
        if sample is ALL:
            return grad
        wide = sample.reshape(sample.shape + (1,) * (params.ndim - sample.ndim))
        return grad + wide.astype(params.dtype)

    def sample_loss(self, params, sample):
        """Return the loss whose gradient has this noise."""
        noise = np.tensordot(sample, params, 1) if sample.ndim == 1 else (sample * params).sum(0)
        return self.loss(params) + noise

    def samples(self, steps, seed):
        """Return a noise vector for each step, or one for each run where `seed` is an array."""
        if np.ndim(seed):
            return self._draw_many(steps, np.asarray(seed))
        rng = np.random.default_rng(seed)
        return (rng.normal(0.0, self.sigma, self.start.shape) for _ in range(steps))

    def _draw_many(self, steps, seeds):
        each, places = np.unique(seeds, return_inverse=True)
        rngs = [np.random.default_rng(seed) for seed in each.tolist()]
        places = places.reshape(seeds.shape)
        for begin in range(0, steps, BLOCK):
            shape = (min(BLOCK, steps - begin), self.start.size)
            drawn = np.stack([rng.normal(0.0, self.sigma, shape) for rng in rngs], axis=-1)
            yield from (noise[:, places] for noise in drawn)
