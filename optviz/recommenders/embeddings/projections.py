"""Projections of vectors to two or three dimensions: PCA, and UMAP where it is installed."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from optviz.recommenders.embeddings.vectors import Vectors
from optviz.runs.blas_threads import pin_blas
from optviz.runs.loop import check_whole

NEIGHBORS = 15
"""Neighbors that UMAP begins with."""


@dataclass(frozen=True, eq=False)
class Projection:
    """Vectors as points of a plane or a space.

    Shapes: points (rows, dims); shares (dims,); axes (dims, factors). UMAP has neither shares nor
        axes: it keeps neighborhoods, not directions.
    """

    how: str
    """PCA or UMAP."""
    points: np.ndarray
    shares: np.ndarray | None = None
    """The share of the variance along each axis."""
    axes: np.ndarray | None = None

    @property
    def dims(self) -> int:
        """The dimensions of the picture, 2 or 3."""
        return self.points.shape[1]


def project_pca(vectors: Vectors, dims: int = 2) -> Projection:
    """Project vectors on their principal axes, those of the largest variance first.

    The entry of largest size of each axis is positive, so that the same vectors give the same
    picture.

    Raises: ValueError: a picture in 3 dimensions needs at least 3 factors and 4 rows, got 2 and 50
    """
    check_dims(vectors, dims)
    points, shares, axes = find_principal_axes(vectors.vectors)
    return Projection("PCA", points[:, :dims], shares[:dims], axes[:dims])


def find_principal_axes(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the points along all principal axes, the shares of the variance, and the axes.

    Shapes: vectors (rows, factors) -> (rows, k), (k,), (k, factors), k the smaller number
    """
    centered = vectors - vectors.mean(axis=0)
    with pin_blas():
        left, values, axes = np.linalg.svd(centered, full_matrices=False)
    signs = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])
    total = np.sum(values**2)
    shares = values**2 / total if total > 0 else np.zeros(len(values))
    return left * (values * signs), shares, axes * signs[:, None]


def project_umap(
    vectors: Vectors, dims: int = 2, *, neighbors: int = NEIGHBORS, seed: int = 0, **more: Any
) -> Projection:
    """Project vectors by UMAP, which keeps each one's nearest neighbors (by cosine) together.

    Distances between groups mean little there, and there are no axes. One seed gives one picture,
    on one thread. The first call in a process compiles for up to a minute. `more` goes to UMAP.

    Raises: RuntimeError: UMAP needs umap-learn: pip install "optviz[umap]"
    """
    check_dims(vectors, dims)
    seed = check_whole("seed", seed, low=0)
    neighbors = check_whole("neighbors", neighbors, low=2)
    if neighbors >= len(vectors):
        raise ValueError(f"neighbors must be below the {len(vectors)} rows, got {neighbors}")
    with warnings.catch_warnings():
        # It says at import that TensorFlow is not there, which nothing here needs.
        warnings.simplefilter("ignore", ImportWarning)
        try:
            from umap import UMAP
        except ImportError:
            raise RuntimeError('UMAP needs umap-learn: pip install "optviz[umap]"') from None
    settings: dict[str, Any] = {"n_components": dims, "n_neighbors": neighbors, "n_jobs": 1}
    settings |= {"metric": "cosine", "random_state": seed} | more
    shifted = (vectors.vectors - vectors.center).astype(np.float32)
    return Projection("UMAP", np.asarray(UMAP(**settings).fit_transform(shifted), float))


def check_dims(vectors: Vectors, dims: int) -> None:
    """Refuse pictures of other than 2 or 3 dimensions, and those with too little to draw."""
    if dims not in (2, 3):
        raise ValueError(f"a picture has 2 or 3 dimensions, got {dims!r}")
    rows, factors = vectors.vectors.shape
    if factors < dims or rows <= dims:
        needs = f"at least {dims} factors and {dims + 1} rows"
        raise ValueError(f"a picture in {dims} dimensions needs {needs}, got {factors} and {rows}")
