"""One trial step of a model and its optimizers, undone afterwards bit for bit."""

from __future__ import annotations

import copy
import inspect
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from optviz.pytorch.diagnosis.backward import BackwardWatch, find_norm
from optviz.pytorch.diagnosis.forward import ForwardWatch


class Trial(NamedTuple):
    """The record of one step; the dicts are keyed by the ids of tensors."""

    loss: float
    leaves: dict[int, Tensor]
    """The tensors in the graph of the loss, by id."""
    used: set[int]
    cuts: dict[int, list[str]]
    grads: dict[int, float]
    """The norm of each gradient; NaN where it is not finite."""
    moves: dict[int, float]
    """The norm of each tensor's change by the optimizers."""
    overwritten: set[int]
    """The tensors whose values the forward pass itself changed."""
    causes: dict[int, dict[str, list[str]]]
    """For each leaf the operations at which its gradient dies, by the kind of end."""
    is_watched: bool = True
    """False where no forward pass was made."""


def make_trial(
    model: nn.Module,
    optimizers: list[Optimizer],
    tensors: list[Tensor],
    loss: Callable[[], Tensor] | None,
) -> Trial:
    """Make one step, watch it, and put everything back.

    Without a loss the step is made from the gradients that are there.
    """
    with restoring(model, optimizers, tensors):
        if loss is None:
            return step_from_gradients(optimizers, tensors)
        for each in tensors:
            if each.is_leaf:
                each.grad = None
        before = [each.detach().clone() for each in tensors]
        with torch.enable_grad(), ForwardWatch(tensors) as forward:
            value = loss()
        check_loss(value)
        changed = zip(tensors, before, strict=True)
        overwritten = {id(each) for each, old in changed if not is_same(each, old)}
        if not value.requires_grad:
            return Trial(
                float(value.detach()), {}, forward.used, forward.cuts, {}, {}, overwritten, {}
            )
        backward = BackwardWatch(value)
        try:
            value.backward()
        finally:
            backward.close()
        every = {id(each): each for each in tensors} | backward.leaves
        causes = {
            key: {kind: backward.list_causes(each, kind) for kind in ("kills", "fades", "breaks")}
            for key, each in backward.leaves.items()
        }
        grads, moves = read_grads(every), find_moves(every, optimizers, loss)
        return Trial(
            float(value.detach()),
            backward.leaves,
            forward.used,
            forward.cuts,
            grads,
            moves,
            overwritten,
            causes,
        )


def step_from_gradients(optimizers: list[Optimizer], tensors: list[Tensor]) -> Trial:
    """Make the step from the gradients that the last backward pass left."""
    every = {id(each): each for each in tensors}
    grads = read_grads(every)
    leaves = {key: every[key] for key in grads}
    moves = find_moves(every, optimizers, None)
    return Trial(float("nan"), leaves, set(), {}, grads, moves, set(), {}, is_watched=False)


def read_grads(tensors: dict[int, Tensor]) -> dict[int, float]:
    """Return the norm of each gradient that is there; NaN where one is not finite."""
    there = {k: each.grad for k, each in tensors.items() if each.is_leaf and each.grad is not None}
    norms = {key: find_norm(grad) for key, grad in there.items()}
    return {key: norm if norm < float("inf") else float("nan") for key, norm in norms.items()}


def find_moves(
    tensors: dict[int, Tensor], optimizers: list[Optimizer], loss: Callable[[], Tensor] | None
) -> dict[int, float]:
    """Make a step of each optimizer and return the norm of each tensor's change."""
    before = {key: each.detach().clone() for key, each in tensors.items()}
    for each in optimizers:
        take_step(each, loss)
    return {key: find_norm(each.detach() - before[key]) for key, each in tensors.items()}


def take_step(optimizer: Optimizer, loss: Callable[[], Tensor] | None) -> None:
    """Make an optimizer's step, with a closure where it cannot do without one, as LBFGS."""
    closure = inspect.signature(type(optimizer).step).parameters.get("closure")
    if closure is None or closure.default is not inspect.Parameter.empty:
        optimizer.step()
        return
    if loss is None:
        raise ValueError(f"{type(optimizer).__name__} evaluates the loss in its step: give loss=")

    def evaluate() -> Tensor:
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    with torch.enable_grad():
        optimizer.step(evaluate)  # pyright: ignore[reportCallIssue, reportArgumentType]


def check_loss(value: object) -> None:
    """Refuse what is no loss.

    Raises: ValueError: loss() must return a tensor of one number, got a tuple
    """
    if not isinstance(value, Tensor) or value.numel() != 1:
        found = f"shape {tuple(value.shape)}" if isinstance(value, Tensor) else type(value).__name__
        raise ValueError(f"loss() must return a tensor of one number, got {found}")


def is_same(left: Tensor, right: Tensor) -> bool:
    """Return True for equal values, NaN being equal to NaN."""
    return bool(((left.detach() == right) | ((left != left) & (right != right))).all())


@contextmanager
def restoring(
    model: nn.Module, optimizers: list[Optimizer], tensors: list[Tensor]
) -> Iterator[None]:
    """Put back all that a step changes: values, gradients, states, modes and generators."""
    owned = [each for one in optimizers for group in one.param_groups for each in group["params"]]
    every = list({id(each): each for each in [*tensors, *owned]}.values())
    values = [each.detach().clone() for each in every]
    grads = [(each, each.grad) for each in every if each.is_leaf]
    modes = [(part, part.training) for part in model.modules()]
    states = [(one, one.state, copy_scalars(one)) for one in optimizers]
    groups = [
        (group, {k: copy_value(v) for k, v in group.items() if k != "params"})
        for one in optimizers
        for group in one.param_groups
    ]
    devices = list(range(torch.cuda.device_count())) if torch.cuda.is_initialized() else []
    generators = random.getstate(), np.random.get_state()
    for one in optimizers:
        # The trial works on a copy of the state: the true one is not even touched.
        one.state = defaultdict(dict, {k: copy.deepcopy(v) for k, v in one.state.items()})
    try:
        with torch.random.fork_rng(devices):
            yield
    finally:
        random.setstate(generators[0])
        np.random.set_state(generators[1])
        for one, state, scalars in states:
            one.state = state
            vars(one).update(scalars)
        for group, before in groups:
            group.update(before)
        for part, mode in modes:
            part.training = mode
        with torch.no_grad():
            for each, value in zip(every, values, strict=True):
                if not is_same(each, value):
                    each.copy_(value)
        for each, grad in grads:
            each.grad = grad


def copy_scalars(optimizer: Optimizer) -> dict[str, object]:
    """Return the numbers that an optimizer keeps beside its state."""
    return {
        key: value
        for key, value in vars(optimizer).items()
        if isinstance(value, (bool, int, float, str, type(None)))
    }


def copy_value(value: object) -> object:
    """Return a copy of a tensor, such as a learning rate that is one; all else as it is."""
    return value.detach().clone() if isinstance(value, Tensor) else value
