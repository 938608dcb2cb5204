"""The data of a torch module: whole tensors, or batches such as a DataLoader gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import cycle, islice, repeat
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import (
    DataLoader,
    Dataset,
    RandomSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)

from optviz.problems.batches import shuffle_batches
from optviz.runs.loop import check_whole

MOST_BYTES = 4e9
"""Batches above this size in all are refused: they are kept in memory."""
TENSOR_BYTES = 1000
"""What a tensor takes besides its numbers, about: endless small batches have a bound too."""


class Data(NamedTuple):
    """Batches of data: tensors, or tuples, lists and dicts of tensors, nested or not."""

    batches: list[Any]
    rows: list[int]
    """The number of rows of each batch."""
    is_whole: bool
    """True for one batch whose tensors have a row for each example, so that it can be cut."""
    is_shuffled: bool = False
    """True for the batches of a DataLoader that gives them in another order each time."""


class ShuffledBatches:
    """Mini-batches of tensors in a new order each time, which its generator draws.

    As a DataLoader gives them, without taking the rows one by one.
    Raises: ValueError: batch must be a whole number of at least 1, got 0
    """

    def __init__(self, inputs: Any, targets: Any, batch: int):
        self.data = read_data(inputs, targets)
        self.batch, self.generator = check_whole("batch", batch), torch.Generator()

    def __iter__(self) -> Iterator[Any]:
        order = torch.randperm(self.data.rows[0], generator=self.generator)
        for rows in order.split(self.batch):
            yield map_tensors(lambda each, rows=rows: each[rows], self.data.batches[0])


def read_data(inputs: Any, targets: Any) -> Data:
    """Return the data that a person gives: whole tensors, one batch, or many batches.

    Raises: ValueError: inputs and targets must have equally many rows, got 5 and 40
            ValueError: a Dataset gives single examples: pass DataLoader(dataset, batch_size=64)
    """
    if targets is not None and not isinstance(targets, str):
        whole = read_tensors(inputs), read_tensors(targets)
        lengths = {len(each) for each in find_tensors(whole) if each.dim()}
        if lengths <= {0}:
            raise ValueError("inputs and targets have no rows: give at least one example")
        if len(lengths) != 1:
            hint = "where rows are no examples, pass a list of batches"
            counts = " and ".join(map(str, sorted(lengths)))
            raise ValueError(
                f"inputs and targets must have equally many rows, got {counts}: {hint}"
            )
        return Data([whole], [*lengths], is_whole=True)
    if isinstance(inputs, Dataset):
        hint = "pass DataLoader(dataset, batch_size=64)"
        raise ValueError(f"a Dataset gives single examples: {hint}")
    if isinstance(inputs, (Tensor, np.ndarray, Mapping, tuple)):
        batch = read_tensors(inputs)
        rows = count_rows(batch)
        lengths = {len(each) if each.dim() else 0 for each in find_tensors(batch)}
        return Data([batch], [rows], is_whole=lengths == {rows})
    if isinstance(inputs, (str, bytes)) or not isinstance(inputs, Iterable):
        expected = "tensors with targets, a DataLoader, or a list of batches"
        raise ValueError(f"the data must be {expected}, got {inputs!r:.60}")
    return read_batches(inputs)


def read_batches(loader: Iterable[Any]) -> Data:
    """Read every batch of a DataLoader, or of another iterable, into memory.

    Raises: ValueError: the batches take more than 4 GB: pass a DataLoader over fewer rows
    """
    batches, size = [], 0.0
    with torch.random.fork_rng(devices=[]):  # a DataLoader draws from torch's own generator
        for each in loader:
            batch = read_tensors(each)
            size += sum(part.nbytes + TENSOR_BYTES for part in find_tensors(batch))
            if size > MOST_BYTES:
                hint = "pass a DataLoader over fewer rows"
                raise ValueError(f"the batches take more than {MOST_BYTES / 1e9:g} GB: {hint}")
            batches.append(batch)
    if not batches:
        raise ValueError("the data has no batch: pass a DataLoader over at least one row")
    return Data(batches, [count_rows(each) for each in batches], False, is_random(loader))


def is_random(loader: Any) -> bool:
    """Check that a loader is a DataLoader that draws the order of its rows."""
    if not isinstance(loader, DataLoader) or loader.batch_sampler is None:
        return False
    sampler = getattr(loader.batch_sampler, "sampler", None)
    return isinstance(sampler, (RandomSampler, SubsetRandomSampler, WeightedRandomSampler))


def read_tensors(batch: Any) -> Any:
    """Return a batch with its arrays as tensors; refuse one without a tensor.

    Raises: ValueError: data must be made of tensors in tuples, lists or dicts, got 3
    """
    if any(isinstance(each, np.ndarray) for each in find_leaves(batch)):
        batch = map_leaves(
            lambda each: torch.tensor(each) if isinstance(each, np.ndarray) else each, batch
        )
    if not any(True for _ in find_tensors(batch)):
        expected = "made of tensors in tuples, lists or dicts"
        raise ValueError(f"data must be {expected}, got {batch!r:.60}")
    return batch


def check_sizes(data: Data, **sizes: int | None) -> None:
    """Refuse numbers of rows below 1, or of data that comes in batches already.

    Raises: ValueError: batch must be a whole number of at least 1, got 0
    """
    for name, size in sizes.items():
        if size is not None and not data.is_whole:
            raise ValueError(f"the data comes in batches with rows of their own: leave out {name}=")
        if size is not None:
            check_whole(name, size)


def draw_rows(data: Data, batch: int | None, steps: int, seed: Any) -> Iterator[Any]:
    """Return the rows of each step: of whole tensors, or the number of a batch."""
    if batch is not None:
        return shuffle_batches(data.rows[0], batch, steps, seed)
    if data.is_whole:
        return repeat(slice(None), steps)
    if data.is_shuffled:
        return (int(each[0]) for each in shuffle_batches(len(data.batches), 1, steps, seed))
    return islice(cycle(range(len(data.batches))), steps)


def convert_data(data: Data, function: Callable[[Tensor], Tensor]) -> Data:
    """Return data with a function applied to its tensors; batches it leaves as they are stay."""
    made = [
        map_tensors(function, each)
        if any(function(part) is not part for part in find_tensors(each))
        else each
        for each in data.batches
    ]
    return data._replace(batches=made)


def cast_floats(tensor: Tensor, dtype: torch.dtype | None) -> Tensor:
    """Return a tensor of floating numbers in a dtype, where one is given; others as they are."""
    return tensor if dtype is None or not tensor.is_floating_point() else tensor.to(dtype)


def count_rows(batch: Any) -> int:
    """Return the number of rows of a batch: those of its last tensor, its targets as a rule.

    Raises: ValueError: a batch has no rows
    """
    lengths = [len(each) for each in find_tensors(batch) if each.dim()] or [1]
    if not lengths[-1]:
        raise ValueError("a batch has no rows: leave it out")
    return lengths[-1]


def map_leaves(function: Callable[[Any], Any], tree: Any) -> Any:
    """Apply a function to everything in nested tuples, lists and dicts that is none of these."""
    if isinstance(tree, Tensor):
        return function(tree)
    if isinstance(tree, Mapping):
        return {key: map_leaves(function, each) for key, each in tree.items()}
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(map_leaves(function, each) for each in tree))
    if isinstance(tree, (tuple, list)):
        return type(tree)(map_leaves(function, each) for each in tree)
    return function(tree)


def map_tensors(function: Callable[[Tensor], Tensor], tree: Any) -> Any:
    """Apply a function to every tensor of nested tuples, lists and dicts."""
    return map_leaves(lambda each: function(each) if isinstance(each, Tensor) else each, tree)


def find_tensors(tree: Any) -> Iterator[Tensor]:
    """Yield every tensor of nested tuples, lists and dicts."""
    return (each for each in find_leaves(tree) if isinstance(each, Tensor))


def find_leaves(tree: Any) -> Iterator[Any]:
    """Yield everything in nested tuples, lists and dicts that is none of these."""
    if isinstance(tree, (Mapping, tuple, list)):
        for each in tree.values() if isinstance(tree, Mapping) else tree:
            yield from find_leaves(each)
    else:
        yield tree


def split_targets(batch: Any, key: str | None) -> tuple[Any, Any]:
    """Return the inputs and the targets of a batch: all but its last part, and the last.

    Raises: ValueError: a batch must be (inputs, targets), got 1 part: pass batch_loss=
    """
    if key is None and isinstance(batch, (tuple, list)) and len(batch) > 1:
        *inputs, targets = batch
        return (inputs[0] if len(inputs) == 1 else inputs), targets
    if isinstance(batch, Mapping):
        if key not in batch:
            keys, last = ", ".join(map(str, batch)), [*batch][-1]
            hint = f'name that of the targets, as in targets="{last}", or pass batch_loss='
            raise ValueError(f"a batch is a dict with the keys {keys}: {hint}")
        return {name: each for name, each in batch.items() if name != key}, batch[key]
    if key is not None:
        got = type(batch).__name__
        raise ValueError(f"targets={key!r} names a key of dict batches, got a {got}")
    got = f"{len(batch)} part" if isinstance(batch, (tuple, list)) else "a single tensor"
    raise ValueError(f"a batch must be (inputs, targets), got {got}: pass batch_loss=")


def call_module(module: nn.Module, inputs: Any) -> Any:
    """Call a module: with a tuple or list as its arguments, with a dict as its keywords."""
    if isinstance(inputs, (tuple, list)):
        return module(*inputs)
    if isinstance(inputs, Tensor) or not isinstance(inputs, Mapping):
        return module(inputs)
    return module(**inputs)


def read_own_loss(output: Any) -> Any:
    """Return the loss that a module gives itself: its output, or `loss` in it."""
    if isinstance(output, Mapping) and "loss" in output:
        return output["loss"]
    return getattr(output, "loss", output)
