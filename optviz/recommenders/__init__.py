"""The lesson's rating models: trained, compared with a baseline, asked for predictions.

    from optviz.movielens import load
    from optviz.recommenders import train

    ratings = load()
    result = train("dot_bias", ratings, "adam:lr=0.006,l2=0.0001,schedule=cosine", epochs=5)
    print(result.best, result.baseline)  # validation MSE, beside the bias-only model's

    from optviz.recommenders import Recommender

    model = Recommender(result, ratings)
    print(model.recommend(1)[0].words())  # with its reasons
    someone = model.new_user({"Fargo (1996)": 5, "Twister (1996)": 2})
    print(someone.recommend(3), model.ask(3))  # and what to ask next

The models are `dot` (a dot product alone), `dot_bias` and `net`. `slice_trainings` cuts the exact
loss along the paths of several trainings and says how much the cut hides.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optviz.recommenders.baseline import bias_only
    from optviz.recommenders.evaluation.evaluator import evaluate
    from optviz.recommenders.evaluation.left_out import leave_out, measure_new_users
    from optviz.recommenders.evaluation.question_sessions import measure_questions
    from optviz.recommenders.evaluation.report import Evaluation
    from optviz.recommenders.models import EmbeddingDot, EmbeddingDotBias, EmbeddingNet
    from optviz.recommenders.movie_tables import Neighbor, Recommendation
    from optviz.recommenders.new_users.asking import Narrowing, Question
    from optviz.recommenders.new_users.new_user import NewUser
    from optviz.recommenders.new_users.new_user_problem import NewUserProblem
    from optviz.recommenders.new_users.new_user_slice import slice_new_user
    from optviz.recommenders.recommender import Recommender
    from optviz.recommenders.trained import Prediction, Trained
    from optviz.recommenders.training.capsules import Capsule, Difference, diff
    from optviz.recommenders.training.curves import TrainingCurve
    from optviz.recommenders.training.defaults import DEFAULTS
    from optviz.recommenders.training.estimates import Estimate
    from optviz.recommenders.training.record import Training
    from optviz.recommenders.training.replays import ReplayError, replay
    from optviz.recommenders.training.trainer import estimate, slice_trainings, train
    from optviz.recommenders.training.training_loop import Progress

_HOME = {
    "training.defaults": "DEFAULTS",
    "training.trainer": "train estimate slice_trainings",
    "training.estimates": "Estimate",
    "training.capsules": "Capsule Difference diff",
    "training.replays": "ReplayError replay",
    "training.training_loop": "Progress",
    "training.record": "Training",
    "training.curves": "TrainingCurve",
    "trained": "Trained Prediction",
    "baseline": "bias_only",
    "recommender": "Recommender",
    "movie_tables": "Neighbor Recommendation",
    "new_users.new_user": "NewUser",
    "new_users.new_user_problem": "NewUserProblem",
    "evaluation.evaluator": "evaluate",
    "evaluation.report": "Evaluation",
    "new_users.new_user_slice": "slice_new_user",
    "new_users.asking": "Question Narrowing",
    "evaluation.left_out": "leave_out measure_new_users",
    "evaluation.question_sessions": "measure_questions",
    "models": "EmbeddingDot EmbeddingDotBias EmbeddingNet",
}
_MODULE = {name: module for module, names in _HOME.items() for name in names.split()}
__all__ = [
    "DEFAULTS",
    "Capsule",
    "Difference",
    "EmbeddingDot",
    "EmbeddingDotBias",
    "EmbeddingNet",
    "Estimate",
    "Evaluation",
    "Narrowing",
    "Neighbor",
    "NewUser",
    "NewUserProblem",
    "Prediction",
    "Progress",
    "Question",
    "Recommendation",
    "Recommender",
    "ReplayError",
    "Trained",
    "Training",
    "TrainingCurve",
    "bias_only",
    "diff",
    "estimate",
    "evaluate",
    "leave_out",
    "measure_new_users",
    "measure_questions",
    "replay",
    "slice_new_user",
    "slice_trainings",
    "train",
]


def __getattr__(name: str) -> Any:
    if name in _MODULE:
        return getattr(import_module(f"optviz.recommenders.{_MODULE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
