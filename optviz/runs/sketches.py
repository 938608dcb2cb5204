"""A seeded random projection of many parameters to few numbers that keeps distances about."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

import numpy as np

NUMBERS = 2**18
"""Signs drawn at once, so that temporaries stay small."""
SIGNS = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).astype(np.float32) * 2 - 1
"""The eight signs in each byte (256, 8)."""


class Sketch:
    """A random projection of the tensors of a model, whose matrix is never stored.

    Each tensor is cut into blocks of `width` numbers. The numbers of a block get random signs, the
    block is turned by a random number of places, and all blocks are added: each parameter counts
    once, in one of `width` sums. The squared distance of two sketches is on average that of the
    points, with a variance of at most 2/width of its square. Signs are drawn again each time.

    Shapes: tensors of `sizes` numbers -> (width,)
    Source: Charikar, Chen and Farach-Colton, 2002, Finding frequent items in data streams
    """

    def __init__(self, sizes: Iterable[int], width: int, seed: int = 0):
        self.sizes, self.width, self.seed = tuple(sizes), width, seed

    @cached_property
    def turns(self) -> list[int]:
        """The number of places by which each block is turned."""
        count = sum(-(-size // self.width) for size in self.sizes)
        raw = np.random.PCG64([self.seed, 1]).random_raw(count)
        return (raw % np.uint64(self.width)).tolist()

    @property
    def error(self) -> float:
        """The standard deviation of a distance between sketches, relative to the distance."""
        return (2 * self.width) ** -0.5

    def project(
        self, tensors: Iterable[Any], out: Any, convert: Callable[[np.ndarray], Any] = np.asarray
    ) -> None:
        """Write the sketch of flat arrays to `out` (width,); tensors need a way to `convert`."""
        out[:] = 0
        turns, bits = iter(self.turns), np.random.PCG64([self.seed, 0])
        chunk = self.width * max(1, NUMBERS // self.width)
        for flat in tensors:
            for start in range(0, len(flat), chunk):
                part = flat[start : start + chunk]
                signed = part * convert(draw_signs(bits, len(part)))
                for cut in range(0, len(part), self.width):
                    block, turn = signed[cut : cut + self.width], next(turns)
                    room = self.width - turn
                    out[turn : turn + len(block)] += block[:room]
                    if len(block) > room:
                        out[: len(block) - room] += block[room:]


def draw_signs(bits: np.random.PCG64, count: int) -> np.ndarray:
    """Return random signs (count,), a bit of the generator for each."""
    raw = np.atleast_1d(bits.random_raw(-(-count // 64))).astype("<u8").view(np.uint8)
    return SIGNS[raw].reshape(-1)[:count]


def multiply_points(points: np.ndarray) -> np.ndarray:
    """Return the products of points, less the last: (points, n) -> (points, points)."""
    gram = np.zeros((len(points),) * 2)
    for cut in range(0, points.shape[1], 8192):
        block = points[:, cut : cut + 8192] - points[-1, cut : cut + 8192]
        gram += block @ block.T.astype(float)
    return gram


def find_coordinates(gram: np.ndarray) -> tuple[np.ndarray, float]:
    """Return points along their two principal axes, from their products, and the share there.

    Shapes: gram (points, points); coordinates (points, 2)
    """
    gram = gram - gram.mean(axis=0)
    gram -= gram.mean(axis=1, keepdims=True)
    values, vectors = np.linalg.eigh(gram)
    top = np.clip(values[:-3:-1], 0, None)
    total = max(float(np.trace(gram)), np.finfo(float).tiny)
    return vectors[:, :-3:-1] * np.sqrt(top), float(min(1.0, top.sum() / total))
