"""From runs that were made back to the experiment that makes them again."""

import numpy as np
import pytest

import optviz as ov
from optviz.experiments.recovery import recover_experiment

RICH = ov.Experiment(
    problem="ravine",
    parameters=(("condition", 5.0),),
    rules=("sgd:lr=0.01", "adam:lr=0.1,schedule=cosine,wd=0.01", "sgd:on=no", "momentum:lr=0.01"),
    start=(2.0, 1.0),
    steps=60,
    noise=0.3,
    seed=4,
    also=((1.0, 1.0), (0.5, -1.0)),
    forks=("4@50:adam:lr=0.1",),
    pins=("rule=adam:lr=0.2&steps=50&v=2",),
    target=0.5,
)


def test_the_experiment_of_a_comparison_makes_the_same_runs():
    booth = ov.surface("booth")
    start = {"start": (1, 2), "also": [(3, 3)]}
    for race in (
        RICH.perform(),
        ov.Experiment(problem="x^2 + a*y^2", parameters=(("a", 3.0),), steps=30).perform(),
        ov.compare(booth, {"mine": ov.Adam(0.1), "sgd": (ov.SGD(0.01), ov.Cosine())}, 40, **start),
        ov.compare(ov.Noisy(booth, 0.1), ["sgd"], 20, seed=3, target=0.25),
    ):
        again = recover_experiment(race).perform()
        assert again.target == race.target
        pairs = zip(race.trajectories.values(), again.trajectories.values(), strict=True)
        assert all(np.array_equal(a.path, b.path) for a, b in pairs)


@pytest.mark.parametrize(
    ("race", "sentence"),
    [
        (ov.compare(ov.Line(), ["sgd"], 5), "a race on a surface, and line is none"),
        (ov.Comparison(ov.Line(), {}, 0.0), "needs the runs of compare"),
    ],
)
def test_what_is_no_experiment_is_refused(race, sentence):
    with pytest.raises(ValueError, match=sentence):
        recover_experiment(race)
