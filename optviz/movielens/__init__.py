"""MovieLens: ratings files -> arrays, the lesson's models, and their training."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optviz.movielens.baseline import bias_only
    from optviz.movielens.fetch import load
    from optviz.movielens.loop import Progress
    from optviz.movielens.models import EmbeddingDot, EmbeddingDotBias, EmbeddingNet
    from optviz.movielens.ratings import MovieLensError, Ratings
    from optviz.movielens.record import Training
    from optviz.movielens.trained import Prediction, Trained
    from optviz.movielens.training import DEFAULTS, slice_of, train

_WHERE = {
    "load": "optviz.movielens.fetch",
    "Ratings": "optviz.movielens.ratings",
    "MovieLensError": "optviz.movielens.ratings",
    "train": "optviz.movielens.training",
    "slice_of": "optviz.movielens.training",
    "DEFAULTS": "optviz.movielens.training",
    "Progress": "optviz.movielens.loop",
    "Training": "optviz.movielens.record",
    "Trained": "optviz.movielens.trained",
    "Prediction": "optviz.movielens.trained",
    "bias_only": "optviz.movielens.baseline",
    "EmbeddingDot": "optviz.movielens.models",
    "EmbeddingDotBias": "optviz.movielens.models",
    "EmbeddingNet": "optviz.movielens.models",
}
__all__ = [
    "DEFAULTS",
    "EmbeddingDot",
    "EmbeddingDotBias",
    "EmbeddingNet",
    "MovieLensError",
    "Prediction",
    "Progress",
    "Ratings",
    "Trained",
    "Training",
    "bias_only",
    "load",
    "slice_of",
    "train",
]


def __getattr__(name: str):
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
