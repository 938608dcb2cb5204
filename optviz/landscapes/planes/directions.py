"""Random directions whose parts have the sizes of the weights that they move."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

FILTER, LAYER, WEIGHT, NONE = NORMALIZATIONS = "filter", "layer", "weight", "none"
"""What has the size that the point has there: each row of a tensor, each tensor, each number."""
Blocks = Sequence[tuple[str, tuple[int, ...]]]
"""The tensors that make up a vector of parameters: the name and the shape of each, in its order."""


def draw_direction(
    point: np.ndarray, blocks: Blocks, rng: np.random.Generator, normalize: str, biases: bool
) -> np.ndarray:
    """Return a Gaussian direction at a point, its parts scaled, (n,).

    A tensor of one dimension (a bias, a norm) has no rows: without `biases` it stays where it is,
    with them it is scaled as a whole.

    Raises: ValueError: normalize must be filter, layer, weight or none, got "row"
    """
    if normalize not in NORMALIZATIONS:
        *most, last = NORMALIZATIONS
        raise ValueError(f'normalize must be {", ".join(most)} or {last}, got "{normalize:.40}"')
    if sum(prod(shape) for _, shape in blocks) != len(point):
        raise ValueError(f"the point has {len(point)} numbers, the problem's tensors have others")
    direction, cut = rng.normal(size=len(point)), 0
    for _, shape in blocks:
        span = slice(cut, cut + prod(shape))
        cut = span.stop
        if len(shape) < 2 and not biases and len(blocks) > 1:
            direction[span] = 0.0
        else:
            direction[span] = scale_block(direction[span], point[span], shape, normalize)
    return direction


def scale_block(
    direction: np.ndarray, weights: np.ndarray, shape: tuple[int, ...], normalize: str
) -> np.ndarray:
    """Return the part of a direction that moves a tensor, with the sizes of its weights."""
    if normalize == NONE:
        return direction
    if normalize == WEIGHT:
        return direction * np.abs(weights)
    rows = (shape[0], -1) if normalize == FILTER and len(shape) > 1 else (1, -1)
    ways, values = direction.reshape(rows), weights.reshape(rows)
    lengths = np.linalg.norm(ways, axis=1, keepdims=True)
    return (ways * (np.linalg.norm(values, axis=1, keepdims=True) / lengths)).ravel()
