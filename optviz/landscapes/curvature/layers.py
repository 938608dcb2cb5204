"""The curvature of each layer of a model, beside that of the whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from optviz.landscapes.curvature.estimates import sum_diagonal
from optviz.landscapes.curvature.lanczos import find_largest
from optviz.landscapes.curvature.products import find_layer, open_products, read_place
from optviz.problems.base import Problem
from optviz.runs.loop import check_whole
from optviz.runs.work import WorkCanceledError


@dataclass(frozen=True, eq=False)
class Layers:
    """The curvature of each layer of a model: of its own block of the Hessian, and of the whole.

    Shapes: sizes, traces, errors, tops (layers,)
    """

    names: tuple[str, ...]
    sizes: np.ndarray
    """The parameters of each layer."""
    traces: np.ndarray
    errors: np.ndarray
    """The standard error of each trace."""
    tops: np.ndarray
    """The largest eigenvalue of each block: never above that of the whole."""
    top: float
    """The largest eigenvalue of the whole Hessian."""
    name: str = ""
    statistics: str = ""
    """Words for the buffers that the loss was taken with; empty where there are none."""

    def rows(self) -> list[dict[str, Any]]:
        """Return a row of plain numbers for each layer, with its shares of the whole."""
        total = float(self.traces.sum())
        return [
            {
                "layer": name,
                "parameters": int(self.sizes[i]),
                "trace": float(self.traces[i]),
                "error": float(self.errors[i]),
                "share of trace": float(self.traces[i]) / total if total else np.nan,
                "largest eigenvalue": float(self.tops[i]),
                "share of largest": float(self.tops[i]) / self.top if self.top else np.nan,
            }
            for i, name in enumerate(self.names)
        ]

    def words(self) -> str:
        """Say which layer is steepest, and how much of the curvature no single layer has."""
        steep, large = int(np.argmax(self.tops)), int(np.argmax(self.traces))
        parts = self.rows()
        share = parts[steep]["share of largest"]
        rest = "; the rest comes from layers that move together" if share < 0.995 else ""
        there, size = parts[large]["share of trace"], self.sizes[large] / self.sizes.sum()
        return (
            f"The sharpest layer is {self.names[steep]}: the largest eigenvalue of its own block "
            f"is {self.tops[steep]:.3g}, {share:.0%} of the {self.top:.3g} of the whole "
            f"Hessian{rest}. The trace is {self.traces.sum():.3g}, {there:.0%} of it in "
            f"{self.names[large]}, which has {size:.0%} of the parameters."
            + (f" The loss is taken {self.statistics}." if self.statistics else "")
        )


def curvature_by_layer(
    problem: Problem,
    point: Any = None,
    layers: Sequence[str] | None = None,
    *,
    draws: int = 100,
    buffers: Any = None,
    seed: int = 0,
    on_progress: Callable[[int, int], Any] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Layers:
    """Return trace and largest eigenvalue of each layer's own block of the Hessian.

    `point` and `buffers` are as `top_eigenvalues` takes them: the end of a run or a recording comes
    with its own buffers. `layers` are names of tensors or of groups of them; left out, every one.

        import torch
        from optviz import ModuleProblem, curvature_by_layer

        net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
        data = torch.rand(50, 4), torch.rand(50, 1)
        problem = ModuleProblem(net, torch.nn.functional.mse_loss, *data)
        print(curvature_by_layer(problem, layers=["0", "2"]).words())

    Raises: ValueError: no layer "fc3"; nearest: fc1, fc2
    """
    where, buffers, statistics = read_place(problem, point, buffers)
    draws = check_whole("draws", draws, low=2)
    names = tuple(name for name, _ in problem.blocks()) if layers is None else tuple(layers)
    spans = [find_layer(problem, name)[1] for name in names]
    every: list[Any] = [*zip(names, spans, strict=True), (None, np.arange(where.size))]
    found = []
    for done, (name, span) in enumerate(every):
        if cancel is not None and cancel():
            raise WorkCanceledError(f"canceled after {done} of {len(every)} layers")
        rng = np.random.default_rng(check_whole("seed", seed, low=0))
        with open_products(problem, where, name, buffers) as (multiply, size):
            top = find_largest(multiply, 1, rng.normal(size=size)).values[0]
            is_whole = name is None
            trace = (0.0, 0.0) if is_whole else sum_diagonal(multiply, len(span), draws, rng)
            found.append((size, *trace, top))
        if on_progress is not None:
            on_progress(done + 1, len(every))
    sizes, traces, errors, tops = np.array(found[:-1]).T
    whole = found[-1][-1]
    return Layers(names, sizes.astype(int), traces, errors, tops, whole, problem.name, statistics)
