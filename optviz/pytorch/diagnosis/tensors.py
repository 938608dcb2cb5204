"""The tensors of a model: those that it registers, and those that it only holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from torch import Tensor, nn
from torch.nn.parameter import UninitializedParameter

DEPTH = 4
"""How deep lists, dicts and plain objects are searched for tensors."""
INNER = {"_parameters", "_buffers", "_modules"}
"""The attributes of a module in which torch itself keeps what is registered."""


class Found(NamedTuple):
    """A tensor under its name, and the container that hides it from torch, if any."""

    name: str
    tensor: Tensor
    is_registered: bool
    hidden: str = ""
    """list, dict, ... where the tensor, or its module, lies in a container that torch ignores."""
    is_buffer: bool = False


def list_tensors(model: nn.Module) -> list[Found]:
    """Return the parameters, the buffers and every other tensor that a model's attributes hold.

    A tensor with several names (tied weights) is there once for each.

    Raises: ValueError: the model has parameters without values yet (layer.weight): ...
    """
    for name, each in model.named_parameters():
        if isinstance(each, UninitializedParameter):
            hint = "make one forward pass first"
            raise ValueError(f"the model has parameters without values yet ({name}): {hint}")
    found = [Found(n, p, True) for n, p in model.named_parameters(remove_duplicate=False)]
    buffers = model.named_buffers(remove_duplicate=False)
    found += [Found(name, each, True, is_buffer=True) for name, each in buffers]
    known = {id(each.tensor) for each in found}
    for prefix, module in model.named_modules():
        for key, value in vars(module).items():
            if key not in INNER and not key.endswith("_hooks"):
                name = f"{prefix}.{key}" if prefix else key
                found += [each for each in search(name, value) if id(each.tensor) not in known]
                known |= {id(each.tensor) for each in found}
    return found


def search(
    name: str, value: Any, hidden: str = "", depth: int = DEPTH, seen: frozenset[int] = frozenset()
) -> Iterator[Found]:
    """Yield the tensors in an attribute's value that torch does not register."""
    if isinstance(value, Tensor):
        yield Found(name, value, False, hidden)
        return
    if id(value) in seen or depth == 0 or isinstance(value, (str, bytes, type)):
        return
    seen |= {id(value)}
    if isinstance(value, nn.Module):
        for part, each in value.named_parameters():
            yield Found(f"{name}.{part}", each, False, hidden or "plain attribute")
        return
    kind = type(value).__name__
    if isinstance(value, Mapping):
        pairs = [(f"{name}[{key!r}]", each) for key, each in value.items()]
    elif isinstance(value, (list, tuple, set, frozenset)):
        pairs = [(f"{name}[{place}]", each) for place, each in enumerate(value)]
    elif hasattr(value, "__dict__") and not callable(value):
        pairs = [(f"{name}.{key}", each) for key, each in vars(value).items()]
    else:
        return
    for part, each in pairs:
        yield from search(part, each, hidden or kind, depth - 1, seen)
