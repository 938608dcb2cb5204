"""The embeddings of a trained rating model: maps, neighbors, films, bias lists, singular values.

    from optviz.movielens import load
    from optviz.recommenders import train
    from optviz.recommenders.embeddings import map_embeddings, measure_genre_overlap, read_vectors

    ratings = load()
    result = train("dot_bias", ratings, epochs=5)
    shown = map_embeddings(result, ratings)  # the movies with at least 50 training ratings
    print(shown.words())  # the share of the variance, and how far the picture can be trusted
    print([shown.titles[row] for row in shown.list_neighbors("Star Wars")])
    print(measure_genre_overlap(read_vectors(result, ratings)).words())

Neighbors are those of the full space: by the cosine of vectors whose mean was taken off.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optviz.recommenders.embeddings.bias_lists import Bias, BiasRanking, rank_biases
    from optviz.recommenders.embeddings.drift import Drift, film_drift
    from optviz.recommenders.embeddings.genres import GenreOverlap, measure_genre_overlap
    from optviz.recommenders.embeddings.maps import EmbeddingMap, map_embeddings
    from optviz.recommenders.embeddings.nearest import find_nearest
    from optviz.recommenders.embeddings.projections import Projection, project_pca, project_umap
    from optviz.recommenders.embeddings.spectra import Spectra, measure_rank, measure_spectra
    from optviz.recommenders.embeddings.trust import Trust, measure_trust
    from optviz.recommenders.embeddings.vectors import Vectors, read_tables, read_vectors

_HOME = {
    "bias_lists": "Bias BiasRanking rank_biases",
    "drift": "Drift film_drift",
    "genres": "GenreOverlap measure_genre_overlap",
    "maps": "EmbeddingMap map_embeddings",
    "nearest": "find_nearest",
    "projections": "Projection project_pca project_umap",
    "spectra": "Spectra measure_rank measure_spectra",
    "trust": "Trust measure_trust",
    "vectors": "Vectors read_tables read_vectors",
}
_MODULE = {name: module for module, names in _HOME.items() for name in names.split()}
__all__ = [
    "Bias",
    "BiasRanking",
    "Drift",
    "EmbeddingMap",
    "GenreOverlap",
    "Projection",
    "Spectra",
    "Trust",
    "Vectors",
    "film_drift",
    "find_nearest",
    "map_embeddings",
    "measure_genre_overlap",
    "measure_rank",
    "measure_spectra",
    "measure_trust",
    "project_pca",
    "project_umap",
    "rank_biases",
    "read_tables",
    "read_vectors",
]


def __getattr__(name: str) -> Any:
    if name in _MODULE:
        return getattr(import_module(f"{__name__}.{_MODULE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
