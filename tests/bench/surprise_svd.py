"""scikit-surprise's SVD beside dot_bias: its defaults, and tuned by TRIALS random trials.

The trials are judged on an inner split of the training ratings, never on those held back; so were
the defaults of dot_bias, once, within the training ratings of split 0.
"""

import os
from collections.abc import Iterator

from optviz.recommenders import evaluate, train
from tests.support.surprise_svd import SurpriseScorer, tune_svd

from .rating_models import data_sets
from .timing import Row

TRIALS = int(os.environ.get("OPTVIZ_TRIALS", "30"))


def rows() -> Iterator[Row]:
    """The report; it only tells."""
    for data in data_sets():
        for split in (0, 1):
            training, _ = data.split(split)
            best = tune_svd(training, TRIALS)[0].settings
            beside = {
                "SVD, defaults": SurpriseScorer(training),
                f"SVD, best of {TRIALS} trials": SurpriseScorer(training, **best),
            }
            found = evaluate(train("dot_bias", data, split=split), data, beside=beside)
            for name, measures in found.measures.items():
                texts = (f"{found.name_measure(key)} {measures[key].write()}" for key in measures)
                settings = f" ({best})" if "trials" in name else ""
                yield Row(f"{data.name}, split {split}, {name}{settings}", "  ".join(texts))
            for name in beside:
                against = found.compare("dot_bias", name)["rmse"].write("+.4f")
                yield Row(f"{data.name}, split {split}: RMSE of dot_bias minus {name}", against)
