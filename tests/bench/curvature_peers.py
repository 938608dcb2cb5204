"""Curvature beside curvlinops and PyHessian, on one model of about a thousand parameters.

Both are to be installed by hand: curvlinops-for-pytorch 3.0.1, PyHessian 0.1. curvlinops asks for
torchvision, which must match the build of torch, so that no extra of optviz brings it.
"""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from scipy.sparse.linalg import eigsh
from sklearn.datasets import load_digits
from torch import nn

from optviz.landscapes.curvature.estimates import estimate_density, estimate_trace, top_eigenvalues
from optviz.pytorch.module_problem import ModuleProblem

from .timing import Row, compare, gate, measure_work

K, PAIRS, DRAWS = 5, 4, 40
TRAINED = 200
"""Steps after which the largest eigenvalues are the largest in absolute value too: PyHessian's
power iteration finds those."""


def make_model() -> tuple[nn.Module, Any, tuple[torch.Tensor, torch.Tensor]]:
    """Return a net of 1,042 parameters on all digits, with its loss and data."""
    inputs, labels = load_digits(return_X_y=True)
    data = torch.tensor(inputs / 16 - 0.5, dtype=torch.float32), torch.tensor(labels)
    torch.manual_seed(0)
    layers = nn.Linear(64, 12), nn.Tanh(), nn.Linear(12, 10), nn.Tanh(), nn.Linear(10, 12)
    net, loss_fn = nn.Sequential(*layers), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
    for _ in range(TRAINED):
        optimizer.zero_grad()
        loss_fn(net(data[0]), data[1]).backward()
        optimizer.step()
    return net, loss_fn, data


def rows() -> Iterator[Row]:
    """Report the time of the five largest eigenvalues, and that all results agree."""
    warnings.simplefilter("ignore")  # both use what torch has deprecated
    net, loss_fn, data = make_model()
    problem = ModuleProblem(net, loss_fn, *data)
    ours = top_eigenvalues(problem, k=K)
    yield Row(
        f"{problem.start.size:,} parameters, {len(data[0]):,} rows", f"{ours.products} products"
    )
    yield from compare_curvlinops(problem, net, loss_fn, data, ours.values)
    yield from compare_pyhessian(problem, net, loss_fn, data, ours.values)


def compare_curvlinops(problem, net, loss_fn, data, values) -> Iterator[Row]:
    """Compare time, eigenvalues, trace and moments."""
    try:
        from curvlinops import HessianLinearOperator  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        yield Row("curvlinops", f"cannot be imported: {error}")
        return

    def open_operator():
        params = list(net.parameters())
        made = HessianLinearOperator(net, loss_fn, params, [data], check_deterministic=False)
        return made.to_scipy()

    def find_theirs():
        return eigsh(open_operator(), k=K, which="LA", return_eigenvectors=False)[::-1]

    error = float(np.abs(find_theirs() / values - 1).max())
    yield gate("largest eigenvalues, relative difference from curvlinops", error, 5e-6)
    operator = open_operator()
    whole = np.stack([operator @ each for each in np.eye(problem.start.size, dtype=np.float32)])
    trace, spread = estimate_trace(problem, draws=DRAWS)
    yield gate(
        "trace: standard errors away from curvlinops", abs(trace - np.trace(whole)) / spread, 4.0
    )
    density = estimate_density(problem, draws=DRAWS, steps=30)
    spectrum = np.linalg.eigvalsh(whole.astype(float))
    for power in (1, 2, 3):
        each = spectrum**power
        away = abs(density.moment(power) - each.mean())
        noise = np.sqrt(2 / DRAWS * np.sum(each**2)) / len(each)
        yield gate(f"moment {power} of the density: standard errors away", away / noise, 4.0)
    yield compare(
        f"{K} largest eigenvalues, over curvlinops with the same ARPACK",
        lambda: measure_work(lambda: top_eigenvalues(problem, k=K)),
        lambda: measure_work(find_theirs),
        1.0,
        pairs=PAIRS,
        unit="s",
    )


def compare_pyhessian(problem, net, loss_fn, data, values) -> Iterator[Row]:
    """Compare time and eigenvalues; its density fails with today's torch."""
    try:
        from pyhessian import hessian  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        yield Row("PyHessian", f"cannot be imported: {error}")
        return

    def find_theirs():
        net.zero_grad(set_to_none=True)
        made = hessian(net, loss_fn, data=data, cuda=False)
        return made.eigenvalues(maxIter=1000, tol=1e-6, top_n=K)[0]

    error = float(np.abs(np.array(find_theirs()) / values - 1).max())
    yield Row("largest eigenvalues, relative difference from PyHessian", f"{error:.1e}")
    yield compare(
        f"{K} largest eigenvalues, over PyHessian's power iteration to 1e-6",
        lambda: measure_work(lambda: top_eigenvalues(problem, k=K)),
        lambda: measure_work(find_theirs),
        1.0,
        pairs=PAIRS,
        unit="s",
    )
    try:
        hessian(net, loss_fn, data=data, cuda=False).density()
        yield Row("PyHessian's density", "runs")
    except Exception as error:
        yield Row("PyHessian's density", f"fails: {str(error).splitlines()[0]:.70}")
    net.zero_grad(set_to_none=True)
