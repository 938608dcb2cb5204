"""The forward pass watched: which tensors it uses, and where it cuts them off from the loss."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode, resolve_name

LEAVING = {"item", "tolist", "numpy", "__float__", "__int__", "__bool__", "__array__"}
"""The operations that make something of a tensor that is no tensor."""
MODES = {"_set_grad_enabled", "set_grad_enabled"}


class ForwardWatch(TorchFunctionMode):
    """A watch over every torch function: it follows some tensors to what is made of them.

    `cuts` has, for the id of a followed tensor, the operations after which no gradient flows back;
    `used` has the ids of those that some operation took.
    """

    def __init__(self, tensors: Iterable[Tensor]):
        super().__init__()
        self.origins: dict[int, frozenset[int]] = {id(t): frozenset([id(t)]) for t in tensors}
        self.followed = {id(each) for each in tensors}
        self.kept: list[Any] = []  # else the id of a freed tensor would be another's
        self.used: set[int] = set()
        self.cuts: dict[int, list[str]] = {}

    def __torch_function__(self, func, types, args=(), kwargs=None):
        inputs = list(list_flat((args, kwargs or {})))
        origins = frozenset().union(*(self.origins.get(id(each), ()) for each in inputs))
        made = func(*args, **(kwargs or {}))
        name = read_name(func)
        if not origins or name in MODES:
            return made
        self.used |= {origin for origin in origins if origin in self.followed}
        outputs = list(list_flat(made))
        had = any(each.requires_grad for each in inputs)
        if had and not any(each.requires_grad for each in outputs) and makes_values(name, outputs):
            words = name if torch.is_grad_enabled() else f"{name} under no_grad"
            for origin in origins:
                self.cuts.setdefault(origin, []).append(words)
        for each in outputs:
            self.origins[id(each)] = self.origins.get(id(each), frozenset()) | origins
            self.kept.append(each)
        return made


def makes_values(name: str, outputs: list[Tensor]) -> bool:
    """Return True where the outcome carries values on, not sizes or flags alone."""
    return name in LEAVING or bool(outputs)


def read_name(func: Any) -> str:
    """Return the name of a torch function; `data` for the getter of that attribute."""
    name = getattr(func, "__name__", str(func))
    if name in ("__get__", "__set__"):
        full = resolve_name(func) or ""
        return full.split(".")[-2] if "." in full else name
    return name


def list_flat(value: Any) -> Iterator[Tensor]:
    """Yield the tensors in nested arguments."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from list_flat(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from list_flat(each)
