"""The lesson's rating models: trained, compared with a baseline, asked for predictions.

    from optviz.movielens import load
    from optviz.recommenders import train

    ratings = load()
    result = train("dot_bias", ratings, "adam:lr=0.006,l2=0.0001,schedule=cosine", epochs=5)
    print(result.best, result.baseline)  # validation MSE, beside the bias-only model's

The models are `dot` (a dot product alone), `dot_bias` and `net`. `slice_trainings` cuts the exact
loss along the paths of several trainings and says how much the cut hides.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optviz.recommenders.baseline import bias_only
    from optviz.recommenders.curves import TrainingCurve
    from optviz.recommenders.defaults import DEFAULTS
    from optviz.recommenders.models import EmbeddingDot, EmbeddingDotBias, EmbeddingNet
    from optviz.recommenders.trained import Prediction, Trained
    from optviz.recommenders.trainer import slice_trainings, train
    from optviz.recommenders.training import Training
    from optviz.recommenders.training_loop import Progress

_HOME = {
    "defaults": "DEFAULTS",
    "trainer": "train slice_trainings",
    "training_loop": "Progress",
    "training": "Training",
    "curves": "TrainingCurve",
    "trained": "Trained Prediction",
    "baseline": "bias_only",
    "models": "EmbeddingDot EmbeddingDotBias EmbeddingNet",
}
_MODULE = {name: module for module, names in _HOME.items() for name in names.split()}
__all__ = [
    "DEFAULTS",
    "EmbeddingDot",
    "EmbeddingDotBias",
    "EmbeddingNet",
    "Prediction",
    "Progress",
    "Trained",
    "Training",
    "TrainingCurve",
    "bias_only",
    "slice_trainings",
    "train",
]


def __getattr__(name: str) -> Any:
    if name in _MODULE:
        return getattr(import_module(f"optviz.recommenders.{_MODULE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
