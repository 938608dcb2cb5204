"""A private copy of a torch module, evaluated at any vector of parameters and any buffers."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch._utils import _flatten_dense_tensors, _unflatten_dense_tensors
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
        self.homes: list[Tensor] = []
        """The memory of each parameter, of a copy whose parameters may be moved in place."""
        self.device = self.leaves[0].device
        kinds = {each.dtype for each in self.parameters.values() if each.is_floating_point()}
        self.dtype = kinds.pop() if len(kinds) == 1 else None
        """The one dtype of all parameters; None where they have several."""
        is_double = any(each.dtype == torch.float64 for each in self.leaves)
        self.wide = torch.float64 if is_double else torch.float32
        """The dtype of the vector: half precision is widened, so that small steps are not lost."""
        self.is_plain = self.device.type == "cpu" and all(e.dtype == self.wide for e in self.leaves)

    def read_vector(self) -> np.ndarray:
        """Return the parameters as one vector (n,)."""
        return self.flatten([each.detach() for each in self.leaves])

    def flatten(self, tensors: Sequence[Tensor]) -> np.ndarray:
        """Return tensors of the parameters' shapes as one vector (n,)."""
        if not self.is_plain or any(each.layout is not torch.strided for each in tensors):
            tensors = [self._flatten_one(each) for each in tensors]
        return _flatten_dense_tensors(tensors).numpy()

    def _flatten_one(self, tensor: Tensor) -> Tensor:
        """Return a tensor as a vector in the computer's own memory."""
        if tensor.layout != torch.strided:
            tensor = tensor.to_dense()
        if tensor.dtype != self.wide or tensor.device.type != "cpu":
            tensor = tensor.to("cpu", self.wide)
        return tensor.reshape(-1)

    def view_leaves(self) -> list[np.ndarray] | None:
        """Return each parameter as a vector of the same memory; None where they have no such."""
        owners = {each.untyped_storage().data_ptr() for each in self.leaves if self.is_plain}
        is_own = len(owners) == len(self.leaves) and all(e.is_contiguous() for e in self.leaves)
        # A forward pass may put other tensors in their places.
        homes, now = ([each.data_ptr() for each in all] for all in (self.homes, self.leaves))
        if not is_own or homes != now:
            return None
        return [each.view(-1).numpy() for each in self.homes]

    def differentiate(self, loss: Tensor) -> Sequence[Tensor]:
        """Return the gradient of a loss in tensors of the parameters' shapes.

        Raises: ValueError: torch finds no way from the loss to a parameter
        """
        if not loss.requires_grad:
            hint = "leave out detach() and no_grad(), and what has no derivative, such as argmax"
            raise ValueError(f"torch finds no way from the loss to a parameter: {hint}")
        grads = torch.autograd.grad(loss, self.leaves, allow_unused=True)
        if any(each is None for each in grads):
            pairs = zip(grads, self.leaves, strict=True)
            grads = [torch.zeros_like(leaf) if each is None else each for each, leaf in pairs]
        return grads

    def split(self, params: np.ndarray) -> Sequence[Tensor]:
        """Return a vector (n,) as tensors of the parameters' shapes."""
        if not (params.flags.c_contiguous and params.flags.writeable):
            params = params.copy()  # a read-only array would make torch warn
        flat = torch.from_numpy(params)
        return _unflatten_dense_tensors(flat, self.leaves)

    def read_buffers(self, names: Any) -> dict[str, Tensor]:
        """Return copies of some buffers."""
        if not names:
            return {}
        # By their names each time: a forward pass may put other tensors in their places.
        now = dict(self.module.named_buffers())
        return {name: now[name].detach().clone() for name in names}

    def write(self, params: np.ndarray | None, buffers: Mapping[str, Tensor]) -> None:
        """Write a vector (n,) into the copy, where one is given, and buffers."""
        with torch.no_grad():
            if params is not None:
                torch._foreach_copy_(self.leaves, self.split(params))  # type: ignore
            write_buffers(self.module, buffers)

    @contextmanager
    def place(
        self, params: np.ndarray, buffers: Mapping[str, Tensor], modes: list[bool], seed: int
    ) -> Iterator[None]:
        """Put the copy at a point and in its modes within a block, with random numbers of a seed.

        What the block leaves in the attributes of the copy is undone.
        """
        with self.open(modes):
            before = self.go_to(params, buffers, seed)
            yield
            self.check_unchanged(before)

    def open(self, modes: list[bool], *, moves: bool = False) -> Visit:
        """Put the copy in its modes within a block, and torch's generators back after it.

        What the block leaves in the attributes of the copy is undone, unless it `moves`.
        """
        return Visit(self, modes, moves)

    def go_to(
        self, params: np.ndarray | None, buffers: Mapping[str, Tensor], seed: int
    ) -> list[int]:
        """Put an open copy at a point, with random numbers of a seed; return its versions there."""
        self.write(params, buffers)
        seed_generator(seed, self.device)
        return self.read_versions()

    def read_versions(self) -> list[int]:
        """Return how often each parameter was written to."""
        return [each._version for each in self.parameters.values()]

    def check_unchanged(self, before: list[int]) -> None:
        """Refuse a forward pass that has written to a parameter.

        Raises: ValueError: the forward pass changes the parameter 0.weight
        """
        if self.read_versions() == before:
            return
        for (name, each), version in zip(self.parameters.items(), before, strict=True):
            if each._version != version:
                hint = "a loss must only read it (an Embedding: max_norm=None)"
                raise ValueError(f"the forward pass changes the parameter {name}: {hint}")


class Visit:
    """A block within which a copy of a module is in some modes and its random numbers are free."""

    def __init__(self, copied: ModuleCopy, modes: list[bool], moves: bool):
        self.copied, self.modes, self.moves = copied, modes, moves

    def __enter__(self) -> None:
        # A block without a generator of Python: it is a good part of a small net's step.
        device, parts = self.copied.device, self.copied.parts
        self.device = nullcontext()
        if device.type != "cpu":
            self.device = torch.random.fork_rng(devices=[device], device_type=device.type)
        self.device.__enter__()
        self.random = torch.get_rng_state()
        self.kept = [] if self.moves else [(vars(part), dict(vars(part))) for part in parts]
        write_modes(parts, self.modes)

    def __exit__(self, *_: object) -> None:
        torch.set_rng_state(self.random)
        self.device.__exit__(None, None, None)
        write_modes(self.copied.parts, self.copied.modes)
        for now, attributes in self.kept:
            now.update(attributes)
            for name in now.keys() - attributes.keys():
                del now[name]


def seed_generator(seed: int, device: torch.device) -> None:
    """Seed torch's random numbers."""
    if device.type != "cpu":
        torch.manual_seed(seed)
    else:  # torch.manual_seed formats a whole traceback for other devices each time
        torch.default_generator.manual_seed(seed)


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


def check_buffers(buffers: Mapping[str, Any], own: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return buffers as tensors; refuse those that have not the names and shapes of a module's own.

    Raises: ValueError: buffers must be those of the module (1.running_mean, 1.running_var)
    """
    given = {name: torch.as_tensor(value) for name, value in buffers.items()}
    shapes, wanted = ({name: each.shape for name, each in all.items()} for all in (given, own))
    if shapes != wanted:
        names = ", ".join(wanted) or "it has none that training moves"
        raise ValueError(f"buffers must be those of the module ({names}), got {list(shapes)}")
    return given


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
