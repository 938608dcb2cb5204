"""The first weights of the dot product models: those that torch would draw, without torch.

torch's generator on the CPU is the Mersenne Twister, seeded as numpy's `RandomState` seeds it, and
`uniform_(low, high)` takes the low 24 bits of each number that it draws.
"""

from __future__ import annotations

import numpy as np

RANGES = {"dot": (0.0, 0.05), "dot_bias": (-0.01, 0.01)}
"""The range of the first weights, by model, as in the lesson."""
FACTORS = 50


def draw_weights(
    model: str, users: int, movies: int, seed: int, factors: int = FACTORS
) -> np.ndarray:
    """Draw the first weights of a dot product model: as `models.build_model`, to the bit.

    Shapes: (n,) with n = (users + movies) * factors for dot, * (factors + 1) for dot_bias
    """
    columns = factors + (model == "dot_bias")
    return draw_uniform((users + movies) * columns, *RANGES[model], seed)


def draw_uniform(size: int, low: float, high: float, seed: int) -> np.ndarray:
    """Draw numbers between two bounds as torch does after `manual_seed(seed)`, in float32.

    torch adds `low` in one operation with the product, without rounding in between, on every
    processor that can. In float64 nothing is rounded here before the end.

    Source: pytorch, aten/src/ATen/core/TransformationHelper.h, `uniform_real`.
    """
    drawn = np.random.RandomState(seed % 2**32).randint(2**32, size=size, dtype=np.uint32)
    shares = (drawn & 0xFFFFFF) * 2.0**-24
    first, last = np.float32(low), np.float32(high)
    return (shares * float(last - first) + float(first)).astype(np.float32)
