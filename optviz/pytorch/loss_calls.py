"""The loss of a module on one batch, and what a person is told where it cannot be computed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from torch import Tensor, nn

from optviz.pytorch.batches import call_module, read_own_loss, split_targets

LIKELY = "logits", "prediction", "predictions", "output", "out", "last_hidden_state"
"""Names of the part of an output that a loss is taken of, as a rule."""


class CallError(ValueError):
    """A sentence about a module, or a loss, that raised an error of its own."""


def compute_loss(
    module: nn.Module,
    batch: Any,
    loss_fn: Callable[[Any, Any], Tensor] | None,
    key: str | None,
    batch_loss: Callable[[nn.Module, Any], Tensor] | None,
) -> Tensor:
    """Return the loss of a batch, a tensor of no dimensions.

    Raises: ValueError: loss_fn(outputs, targets) failed (...): outputs are a tuple of (...)
    """
    if batch_loss is not None:
        try:
            loss = batch_loss(module, batch)
        except Exception as error:
            raise explain_batch(batch, error) from error
        return check_loss(loss)
    inputs, targets = (batch, None) if loss_fn is None else split_targets(batch, key)
    try:
        outputs = call_module(module, inputs)
    except Exception as error:
        raise explain_module(module, inputs, error) from error
    if loss_fn is None:
        return check_loss(read_own_loss(outputs))
    try:
        loss = loss_fn(outputs, targets)
    except Exception as error:
        raise explain_loss(outputs, targets, error) from error
    return check_loss(loss)


def check_loss_fn(loss_fn: Any) -> None:
    """Refuse what is no function of outputs and targets; None lets the module give its loss.

    Raises: ValueError: loss_fn must be a function, got the class MSELoss: write MSELoss()
    """
    if isinstance(loss_fn, type):
        name = loss_fn.__name__
        raise ValueError(f"loss_fn must be a function, got the class {name}: write {name}()")
    if loss_fn is not None and not callable(loss_fn):
        expected = "a function of outputs and targets, such as torch.nn.functional.mse_loss"
        raise ValueError(f"loss_fn must be {expected}, got {loss_fn!r:.60}")


def check_loss(loss: Any) -> Tensor:
    """Return a loss as a tensor of no dimensions.

    Raises: ValueError: a loss must be one real number, got shape (8, 2): take its mean
            ValueError: a loss must be a tensor of one number, got float: leave out float() or item
    """
    if not isinstance(loss, Tensor):
        hint = {
            "float": "leave out float() or .item(), through which no gradient goes",
            "NoneType": "the function has no return",
            "tuple": "return the loss alone",
            "dict": 'return the loss alone, such as outputs["loss"]',
        }.get(type(loss).__name__, "return the loss alone")
        raise ValueError(f"a loss must be a tensor of one number, got {describe(loss)}: {hint}")
    if loss.numel() != 1:
        got = f"shape {tuple(loss.shape)}, {loss.dtype}"
        hint = 'take its mean, as reduction="mean" does'
        raise ValueError(
            f"a loss must be one real number, got {got} for the rows that it was tried on: {hint}"
        )
    if not loss.is_floating_point():
        hint = "take its real part" if loss.is_complex() else "whole numbers have no gradient"
        raise ValueError(f"a loss must be one real number, got {loss.dtype}: {hint}")
    return loss.reshape(()) if loss.dim() else loss


def explain_module(module: nn.Module, inputs: Any, error: Exception) -> CallError:
    """Say what a module was called with when it raised an error."""
    way = "one argument"
    if isinstance(inputs, Mapping):
        way = f"the keywords {', '.join(map(str, inputs))}"
    elif isinstance(inputs, (tuple, list)):
        way = f"{len(inputs)} arguments"
    return CallError(
        f"{type(module).__name__} cannot be called with {way} ({shorten(error)}): it was given "
        f"{describe(inputs)}; pass such data as it takes, or batch_loss=function(module, batch)"
    )


def explain_loss(outputs: Any, targets: Any, error: Exception) -> CallError:
    """Say what a loss function was given when it raised an error, and how to write one."""
    text = f"loss_fn(outputs, targets) failed ({shorten(error)}): outputs are {describe(outputs)}"
    text = f"{text}, targets are {describe(targets)}"
    part = find_part(outputs)
    if part:
        text = f"{text}; write loss_fn=lambda outputs, targets: your_loss({part}, targets)"
    return CallError(text)


def explain_batch(batch: Any, error: Exception) -> CallError:
    """Say what a function of a module and a batch was given when it raised an error."""
    return CallError(
        f"batch_loss(module, batch) failed ({shorten(error)}): the batch is {describe(batch)}"
    )


def shorten(error: Exception) -> str:
    """Return the first line of an error, or its kind where it says nothing."""
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0][:200]}".removesuffix(": ")


def describe(thing: Any, depth: int = 2) -> str:
    """Say what something is made of: tensors by their shapes, others by their parts."""
    if isinstance(thing, Tensor):
        return f"a tensor {tuple(thing.shape)} of {str(thing.dtype).removeprefix('torch.')}"
    kind, parts = type(thing).__name__, dict(list_parts(thing))
    if not parts or not depth:
        return kind
    inner = (describe(each, depth - 1) for each in parts.values())
    if isinstance(thing, (tuple, list)):
        return f"{kind} ({', '.join(inner)})"
    pairs = (f"{name}: {each}" for name, each in zip(parts, inner, strict=True))
    return f"{kind} with {', '.join(pairs)}"


def list_parts(thing: Any) -> Iterator[tuple[str, Any]]:
    """Yield the parts of an output, each with how it is spelled after the output's name."""
    if isinstance(thing, Mapping):
        yield from ((f'["{name}"]', each) for name, each in thing.items())
    elif isinstance(thing, (tuple, list)):
        yield from ((f"[{place}]", each) for place, each in enumerate(thing))
    elif is_dataclass(thing):
        yield from ((f".{each.name}", getattr(thing, each.name)) for each in fields(thing))


def find_part(outputs: Any) -> str:
    """Return how the part of an output that a loss is likely taken of is spelled; "" for all."""
    parts = [name for name, each in list_parts(outputs) if isinstance(each, Tensor)]
    likely = [name for name in parts if name.strip('[]".') in LIKELY]
    return f"outputs{(likely or parts)[0]}" if parts else ""
