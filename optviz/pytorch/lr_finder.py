"""A learning-rate finder for any torch module, whose suggestions are tried before they are told."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from math import isfinite
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from optviz.pytorch.batches import call_module
from optviz.pytorch.module_copy import copy_module
from optviz.pytorch.rule_optimizer import RuleOptimizer
from optviz.rules import Rule
from optviz.runs.loop import check_whole
from optviz.specs import OptimizerSpec, format_label, to_spec
from optviz.sweeps.rate_search import RateSearch
from optviz.sweeps.suggestions import SUGGESTIONS, smooth_losses

GONE = 4.0
"""A range test ends where its smoothed loss is so many times the lowest one."""
FEW = 5
"""Losses of a range test that suggest something, at least."""
LAST = 0.1
"""The part of a short training at its end over which its loss is averaged."""


def lr_find(
    model: nn.Module,
    loader: Iterable[Any],
    loss_fn: Callable[[Any, Tensor], Tensor],
    *,
    rule: Any = "sgd",
    low: float = 1e-6,
    high: float = 10.0,
    steps: int = 100,
    seeds: int = 3,
    sweep: int = 8,
    on_progress: Callable[[int, int], Any] | None = None,
) -> RateSearch:
    """Find a learning rate for a module: a range test over several seeds, then short trainings.

    `loader` yields (inputs, targets), `loss_fn(model(inputs), targets)` is a mean loss; inputs that
    are a tuple or a dict are the model's arguments or keywords. The test
    raises lr from `low` to `high` in `steps` steps of `rule`, a text or rule as for `run`; the
    trainings make as many steps at `sweep` constant rates. All is done on a copy: weights, buffers,
    modes, gradients, the loader's order and the random numbers of torch, numpy and Python are as
    before, to the bit, also where it is stopped.

        import torch
        from optviz.pytorch.lr_finder import lr_find

        inputs = torch.randn(256, 3)
        data = torch.utils.data.TensorDataset(inputs, inputs.sum(1, keepdim=True))
        loader = torch.utils.data.DataLoader(data, batch_size=32, shuffle=True)
        print(lr_find(torch.nn.Linear(3, 1), loader, torch.nn.functional.mse_loss).to_text())

    Raises: ValueError: low must be below high, got 1 and 0.1
    """
    if not 0 < low < high < np.inf:
        raise ValueError(f"low must be above 0 and below high, got {low!r} and {high!r}")
    steps, count = check_whole("steps", steps, low=10), check_whole("seeds", seeds)
    chosen, schedule, _ = to_spec(rule)
    if schedule is not None:
        raise ValueError("a range test sets the learning rate itself: leave the schedule out")
    rates = np.geomspace(low, high, steps)
    places = np.geomspace(low, high, check_whole("sweep", sweep, low=2))
    plans = [rates, *(np.full(steps, each) for each in (0.0, *places))]
    tests, ends = [], np.empty((count, 1 + len(places)))
    with keep_randomness(loader):
        for seed in range(count):
            for place, plan in enumerate(plans):
                if on_progress is not None:
                    on_progress(seed * len(plans) + place, count * len(plans))
                losses = train_briefly(model, loader, loss_fn, chosen, plan, seed, not place)
                if not place:
                    tests.append(losses)
                    continue
                tail = losses[-max(1, int(LAST * steps)) :]
                is_whole = len(losses) == steps and np.isfinite(tail).all()
                ends[seed, place - 1] = tail.mean() if is_whole else np.inf
    smooth = [smooth_losses(each) for each in tests]
    return RateSearch(
        label=format_label(OptimizerSpec(chosen, None)).split(" ")[0],
        rates=rates,
        losses=pad_rows(tests, steps),
        smooth=pad_rows(smooth, steps),
        suggested={
            name: np.array(
                [
                    suggest(rates[: len(each)], each) if len(each) >= FEW else np.nan
                    for each in smooth
                ]
            )
            for name, suggest in SUGGESTIONS.items()
        },
        sweep_rates=places,
        sweep_losses=ends[:, 1:],
        still=ends[:, 0],
        steps=steps,
    )


def train_briefly(
    model: nn.Module,
    loader: Iterable[Any],
    loss_fn: Callable[[Any, Tensor], Tensor],
    rule: Rule,
    rates: np.ndarray,
    seed: int,
    is_test: bool,
) -> np.ndarray:
    """Train a copy at a rate for each step, and return the loss before each, (steps made,).

    A range test ends where the smoothed loss has left; a training where a loss is not finite.
    """
    seed_all(seed, list_generators(loader))
    copied = copy_module(model)
    optimizer = RuleOptimizer(copied.parameters(), rule)
    losses: list[float] = []
    for rate, (inputs, targets) in zip(rates.tolist(), repeat_batches(loader), strict=False):
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss = loss_fn(call_module(copied, inputs), targets)
        losses.append(float(loss.detach()))
        if not isfinite(losses[-1]):
            break
        if is_test and len(losses) > 10:
            smooth = smooth_losses(np.array(losses))
            if smooth[-1] > GONE * smooth.min() > 0:
                break
        loss.backward()
        optimizer.step()
    if len(losses) > 1 and not isfinite(losses[-1]):
        losses.pop()
    return np.array(losses)


def repeat_batches(loader: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """Yield the batches of a loader again and again.

    Raises: ValueError: the loader has no batches
    """
    while True:
        is_empty = True
        for batch in loader:
            try:
                inputs, targets = batch
            except (TypeError, ValueError):
                raise ValueError("the loader must yield (inputs, targets)") from None
            is_empty = False
            yield inputs, targets
        if is_empty:
            raise ValueError("the loader has no batches")


def seed_all(seed: int, generators: Iterable[torch.Generator]) -> None:
    """Seed the random numbers of torch, numpy and Python, and generators."""
    for each in generators:
        each.manual_seed(seed)
    torch.manual_seed(seed)
    np.random.seed(seed)
    random.seed(seed)


def list_generators(loader: Any) -> list[torch.Generator]:
    """Return the generators of a loader and its samplers."""
    parts = [loader, *(getattr(loader, name, None) for name in ("sampler", "batch_sampler"))]
    parts.append(getattr(parts[-1], "sampler", None))
    found = [getattr(each, "generator", None) for each in parts]
    return [each for each in found if isinstance(each, torch.Generator)]


@contextmanager
def keep_randomness(loader: Any) -> Iterator[None]:
    """Set all random numbers back after a block: torch's, numpy's, Python's and the loader's."""
    generators = list_generators(loader)
    states = [each.get_state() for each in generators]
    own, numbers, python = torch.get_rng_state(), np.random.get_state(), random.getstate()
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    try:
        yield
    finally:
        torch.set_rng_state(own)
        if cuda:
            torch.cuda.set_rng_state_all(cuda)
        np.random.set_state(numbers)
        random.setstate(python)
        for each, state in zip(generators, states, strict=True):
            each.set_state(state)


def pad_rows(rows: list[np.ndarray], width: int) -> np.ndarray:
    """Return rows of different lengths as one array, nan at their ends."""
    out = np.full((len(rows), width), np.nan)
    for place, row in enumerate(rows):
        out[place, : len(row)] = row
    return out
