"""A torch module at many vectors of parameters at once: the losses and gradients of many runs."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from optviz.pytorch.batches import call_module, map_tensors
from optviz.pytorch.loss_calls import check_loss
from optviz.pytorch.module_copy import check_parameters

TOLERANCE = {torch.float32: 1e-4, torch.float64: 1e-9}
"""By dtype: how far losses and gradients in one batch may lie from those taken one by one, as a
part of the largest."""
WORDS = 100
"""Letters of an error of torch's that are told."""


class LossModule(nn.Module):
    """A module and the loss of its output on data."""

    def __init__(self, module: nn.Module, loss_fn: Callable[[Any, Any], Tensor]):
        super().__init__()
        self.module, self.loss_fn = module, loss_fn

    def forward(self, inputs: Any, targets: Any) -> Tensor:
        """Return the loss, a tensor of no dimensions."""
        return check_loss(self.loss_fn(call_module(self.module, inputs), targets))


class StackedModule:
    """A module whose parameters have the runs as their first axis, in one tensor.

    Shapes: params (runs, n), what requires a gradient in the order of `module.parameters()`; data
        (runs, batch, ...) for gradients, (rows, ...) for losses
    Raises: ValueError: the module has no parameter that requires a gradient
    """

    def __init__(self, module: nn.Module, loss_fn: Callable[[Any, Any], Tensor]):
        self.whole = LossModule(module, loss_fn)
        self.free = {name: each for name, each in module.named_parameters() if each.requires_grad}
        check_parameters(self.free)
        self.shapes = {name: each.shape for name, each in self.free.items()}
        self.sizes = [each.numel() for each in self.free.values()]
        every, each = (
            [*module.named_parameters("", True, one), *module.named_buffers("", True, one)]
            for one in (False, True)
        )
        self.has_ties = len(every) > len(each)
        """True where a tensor has two names, which torch looks for at each call."""
        self._own = vmap(self._take)
        self._shared = vmap(self._take, in_dims=(0, 0, None, None))

    def read(self, module: nn.Module) -> tuple[Tensor, dict[str, Tensor]]:
        """Return what training moves of such a module, (n,), and all else that it holds.

        Raises: ValueError: make_module must give the same parameters each time
        """
        held = {**dict(module.named_parameters()), **dict(module.named_buffers())}
        found = {name: each.shape for name, each in held.items() if each.requires_grad}
        if found != self.shapes:
            raise ValueError("make_module must give the same parameters each time")
        flat = torch.cat([held.pop(name).detach().reshape(-1) for name in self.shapes])
        return flat, {name: each.detach() for name, each in held.items()}

    def read_many(
        self, modules: Sequence[nn.Module], which: np.ndarray
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the same of several modules, for each run that of its own: `which` (runs,)."""
        own = [self.read(each) for each in modules]
        fixed = {name: torch.stack([each[name] for _, each in own])[which] for name in own[0][1]}
        return torch.stack([flat for flat, _ in own])[which], fixed

    def _take(self, flat: Tensor, fixed: dict[str, Tensor], inputs: Any, targets: Any) -> Tensor:
        leaves = zip(self.shapes.items(), flat.split(self.sizes), strict=True)
        now = {f"module.{name}": part.view(shape) for (name, shape), part in leaves}
        now |= {f"module.{name}": each for name, each in fixed.items()}
        return functional_call(self.whole, now, (inputs, targets), tie_weights=self.has_ties)

    def losses(self, params: Tensor, fixed: dict[str, Tensor], inputs: Any, targets: Any) -> Tensor:
        """Return the loss of each run on the same data, (runs,)."""
        with torch.no_grad():
            return self._shared(params, fixed, inputs, targets)

    def losses_and_grads(
        self, params: Tensor, fixed: dict[str, Tensor], inputs: Any, targets: Any
    ) -> tuple[Tensor, Tensor]:
        """Return the loss of each run on its own data, (runs,), and the gradients (runs, n)."""
        leaf = params.detach().requires_grad_()
        losses = self._own(leaf, fixed, inputs, targets)
        # No run has a part in another's loss: the gradient of their sum is that of each. One
        # backward pass costs less than torch.func.grad within vmap.
        (grads,) = torch.autograd.grad(losses, leaf, torch.ones_like(losses))
        return losses.detach(), grads

    def find_obstacle(self, inputs: Any, targets: Any) -> str:
        """Return why many runs of the module cannot be made in one batch; "" where they can.

        The module itself is used up by that: its buffers may have moved.
        """
        dtypes = {each.dtype for each in self.free.values()}
        if len(dtypes) != 1 or not dtypes <= TOLERANCE.keys():
            return "its parameters are neither all float32 nor all float64"
        flat, fixed = self.read(self.whole.module)
        before = {name: each.clone() for name, each in fixed.items()}
        loss = self.whole(inputs, targets)
        grads = torch.autograd.grad(loss, list(self.free.values()), allow_unused=True)
        for name, each in self.read(self.whole.module)[1].items():
            if not torch.equal(each, before[name]):
                return f"training moves its buffer {name}"
        for name, each in zip(self.free, grads, strict=True):
            if each is None:
                return f"the loss does not depend on its parameter {name}"
        parts: list[Any] = list(grads)
        single = torch.cat([each.reshape(-1) for each in parts])
        return self._compare(flat, before, inputs, targets, loss.detach(), single)

    def _compare(
        self, flat: Tensor, fixed: Any, inputs: Any, targets: Any, loss: Tensor, grad: Tensor
    ) -> str:
        """Return why a batch of two alike runs does not give what one gives."""
        both = map_tensors(lambda each: torch.stack([each, each]), (flat, fixed, inputs, targets))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # torch warns of an operation that it makes slowly
                losses, grads = self.losses_and_grads(*both)
        except (RuntimeError, ValueError, UserWarning) as error:
            if "randomness" in str(error):
                return "it draws random numbers in training, such as dropout"
            return f"torch.func.vmap cannot make it: {str(error).splitlines()[0]:.{WORDS}}"
        tolerance = TOLERANCE[flat.dtype]
        for made, alone in ((losses, loss), (grads, grad)):
            scale = tolerance * float(alone.abs().max()) + tolerance**2
            scale = scale if math.isfinite(scale) else 0.0
            if not torch.allclose(made, alone.expand_as(made), tolerance, scale, equal_nan=True):
                return "its losses in one batch are others than one by one"
        return ""
