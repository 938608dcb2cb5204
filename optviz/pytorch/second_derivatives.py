"""Second derivatives of a loss in torch, on the kept graph of its gradient."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel


@contextmanager
def allow_second_derivatives() -> Iterator[None]:
    """Let torch compute attention and recurrent layers in ways that it can differentiate twice.

    Raises: ValueError: torch has no second derivatives of this loss (...)
    """
    try:
        with sdpa_kernel(SDPBackend.MATH), torch.backends.cudnn.flags(enabled=False):
            yield
    except RuntimeError as error:  # NotImplementedError is one
        text = str(error).partition("\n")[0]
        if "derivative" not in text and "double backward" not in text:
            raise
        hint = "write that part in operations that have them, such as Embedding for EmbeddingBag"
        raise ValueError(
            f"torch has no second derivatives of this loss ({text}): {hint}"
        ) from error


def differentiate_along(
    loss: Tensor, leaves: Sequence[Tensor]
) -> Callable[[list[Tensor]], tuple[Tensor, ...]]:
    """Return the function that gives the derivative of a loss's gradient along a direction.

    The graph of the gradient is kept, so that each direction costs one pass through it.
    """
    grads = torch.autograd.grad(loss, leaves, create_graph=True, materialize_grads=True)
    places = [n for n, each in enumerate(grads) if each.requires_grad]

    def differentiate(parts: list[Tensor]) -> tuple[Tensor, ...]:
        if not places:  # the loss is linear in all of them
            return tuple(map(torch.zeros_like, leaves))
        ways = [parts[n].to(grads[n].dtype) for n in places]
        return torch.autograd.grad(
            [grads[n] for n in places], leaves, ways, retain_graph=True, materialize_grads=True
        )

    return differentiate
