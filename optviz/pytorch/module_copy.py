"""A private copy of a torch module, evaluated at any vector of parameters and any buffers."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parameter import UninitializedParameter


class ModuleCopy:
    """A copy of a module that vectors and buffers are written to; the module itself stays.

    Raises: ValueError: the module has no parameter that requires a gradient
    """

    def __init__(self, module: nn.Module):
        self.module = copy_module(module)
        self.parts = list(self.module.modules())
        self.modes = [part.training for part in self.parts]
        """The train or eval mode that each part had in the module."""
        self.parameters = dict(self.module.named_parameters())
        free = {name: each for name, each in self.parameters.items() if each.requires_grad}
        check_parameters(free)
        self.names, self.leaves = list(free), list(free.values())
        self.sizes = [each.numel() for each in self.leaves]
        self.device = self.leaves[0].device
        kinds = {each.dtype for each in self.parameters.values() if each.is_floating_point()}
        self.dtype = kinds.pop() if len(kinds) == 1 else None
        """The one dtype of all parameters; None where they have several."""
        is_double = any(each.dtype == torch.float64 for each in self.leaves)
        self.wide = torch.float64 if is_double else torch.float32
        """The dtype of the vector: half precision is widened, so that small steps are not lost."""

    def read_vector(self) -> np.ndarray:
        """Return the parameters as one vector (n,)."""
        return self.flatten(self.leaves)

    def flatten(self, tensors: Any) -> np.ndarray:
        """Return tensors of the parameters' shapes as one vector (n,)."""
        dense = [each.to_dense() if each.layout != torch.strided else each for each in tensors]
        flat = [each.detach().to("cpu", self.wide).reshape(-1) for each in dense]
        return torch.cat(flat).numpy()

    def differentiate(self, loss: Tensor) -> np.ndarray:
        """Return the gradient of a loss as one vector (n,).

        Raises: ValueError: torch finds no way from the loss to a parameter
        """
        if not loss.requires_grad:
            hint = "leave out detach() and no_grad()"
            raise ValueError(f"torch finds no way from the loss to a parameter: {hint}")
        return self.flatten(torch.autograd.grad(loss, self.leaves, materialize_grads=True))

    def split(self, params: np.ndarray) -> list[Tensor]:
        """Return a vector (n,) as tensors of the parameters' shapes."""
        # A read-only array would make torch warn; asking for a writeable one copies it.
        flat = torch.from_numpy(np.require(params, requirements=["C", "W"]))
        parts = flat.split(self.sizes)
        return [part.view(leaf.shape) for part, leaf in zip(parts, self.leaves, strict=True)]

    def read_buffers(self, names: Any) -> dict[str, Tensor]:
        """Return copies of some buffers."""
        if not names:
            return {}
        # By their names each time: a forward pass may put other tensors in their places.
        now = dict(self.module.named_buffers())
        return {name: now[name].detach().clone() for name in names}

    @contextmanager
    def place(
        self,
        params: np.ndarray,
        buffers: Mapping[str, Tensor],
        modes: list[bool],
        seed: int,
        *,
        moves: bool = False,
    ) -> Iterator[None]:
        """Put the copy at a point and in its modes within a block, with random numbers of a seed.

        What the block leaves in the attributes of the copy is undone, unless it `moves`.

        Raises: ValueError: the forward pass changes the parameter 0.weight
        """
        kept = [] if moves else [(vars(part), dict(vars(part))) for part in self.parts]
        try:
            write_modes(self.parts, modes)
            with torch.no_grad():
                for leaf, part in zip(self.leaves, self.split(params), strict=True):
                    leaf.copy_(part)
                write_buffers(self.module, buffers)
            before = [each._version for each in self.parameters.values()]
            with seed_generator(seed, self.device):
                yield
            for (name, each), version in zip(self.parameters.items(), before, strict=True):
                if each._version != version:
                    hint = "a loss must only read it (an Embedding: max_norm=None)"
                    raise ValueError(f"the forward pass changes the parameter {name}: {hint}")
        finally:
            write_modes(self.parts, self.modes)
            for now, attributes in kept:
                now.update(attributes)
                for name in now.keys() - attributes.keys():
                    del now[name]


@contextmanager
def seed_generator(seed: int, device: torch.device) -> Iterator[None]:
    """Seed torch's random numbers within a block, and set its generators back."""
    if device.type != "cpu":
        with torch.random.fork_rng(devices=[device], device_type=device.type):
            torch.manual_seed(seed)
            yield
        return
    before = torch.get_rng_state()
    try:
        # Not torch.manual_seed: that one formats a whole traceback for other devices each time.
        torch.default_generator.manual_seed(seed)
        yield
    finally:
        torch.set_rng_state(before)


def copy_module(module: nn.Module) -> nn.Module:
    """Return a deep copy of a module, with the hooks on its parameters.

    Raises: ValueError: the module cannot be copied (cannot pickle '_io.TextIOWrapper' object)
    """
    # Tensors made by a forward pass, such as a stored activation, refuse to be copied themselves.
    made = {
        id(each): each.detach().clone()
        for part in module.modules()
        for each in vars(part).values()
        if isinstance(each, Tensor) and not each.is_leaf
    }
    try:
        out = copy.deepcopy(module, made)
    except Exception as error:
        hint = "keep such attributes outside of it"
        raise ValueError(f"the module cannot be copied ({error}): {hint}") from error
    for theirs, ours in zip(module.parameters(), out.parameters(), strict=True):
        for hook in (theirs._backward_hooks or {}).values():
            ours.register_hook(hook)
    return out


def check_parameters(free: Mapping[str, Tensor]) -> None:
    """Refuse parameters that make no vector of real numbers."""
    for name, each in free.items():
        if isinstance(each, UninitializedParameter):
            hint = "call the module once on a batch"
            raise ValueError(f"the parameter {name} has no shape yet: {hint}")
        if each.is_complex():
            hint = "keep its two parts as real ones, as torch.view_as_real gives them"
            raise ValueError(f"the parameter {name} is complex: {hint}")
        if each.is_meta:
            raise ValueError(f"the parameter {name} is on the meta device: give it numbers first")
    if not sum(each.numel() for each in free.values()):
        raise ValueError("the module has no parameter that requires a gradient")


def write_modes(parts: list[nn.Module], modes: list[bool]) -> None:
    """Set each part to train mode or to eval mode."""
    for part, mode in zip(parts, modes, strict=True):
        if part.training != mode:
            part.training = mode


def write_buffers(module: nn.Module, buffers: Mapping[str, Tensor]) -> None:
    """Write values into the buffers of a module."""
    if not buffers:
        return
    now = dict(module.named_buffers())
    with torch.no_grad():
        for name, value in buffers.items():
            now[name].detach_().copy_(value)


def to_array(buffer: Tensor) -> np.ndarray:
    """Return a buffer as an array; numpy has no bfloat16, whose numbers float32 holds."""
    wide = buffer.float() if buffer.dtype == torch.bfloat16 else buffer
    return wide.detach().cpu().numpy().copy()
