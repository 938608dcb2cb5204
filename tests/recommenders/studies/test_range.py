"""The studies of the rating range: their gradients, and what their saved results say."""

import numpy as np
import pytest

from optviz.recommenders.studies import Study, StudyCanceledError, load_saved, perform_study
from optviz.recommenders.studies import padding as padding_study
from optviz.recommenders.studies.descent import choose_best, split_twice
from optviz.recommenders.studies.padding import DECAYS, PACES, STARTS, Padded, select
from optviz.recommenders.studies.sigmoid import VARIANTS, Shifted, list_reports
from optviz.recommenders.studies.table import average
from tests.support.movielens_made import made_ratings


def make(kind, **more):
    data = made_ratings()
    return kind(
        data.user,
        data.movie,
        data.rating,
        users=data.users,
        movies=data.movies,
        factors=3,
        bounds=data.scale,
        batch=16,
        **more,
    )


def differentiate(function, params):
    step = 1e-6
    ways = step * np.eye(len(params))
    return np.array([(function(params + w) - function(params - w)) / (2 * step) for w in ways])


def test_the_gradient_of_a_learned_padding_is_that_of_the_loss():
    problem = make(Padded, decay=0.3, unit=2.0)
    params = np.append(np.random.default_rng(0).normal(size=problem.size), 0.4)
    sample = np.arange(20)

    def loss(at):
        return problem.loss_and_grad(at, sample)[0] + 0.3 * problem.read_pad(at) ** 2 / 2

    _, grad = problem.loss_and_grad(params, sample)
    assert grad == pytest.approx(differentiate(loss, params), abs=1e-7)


def test_a_shifted_score_begins_at_the_mean_rating():
    mean = 3.4
    share = (mean - 1) / 4
    problem = make(Shifted, shift=np.log(share / (1 - share)))
    at_rest = problem.predict(np.zeros(problem.size), np.array([0]), np.array([0]))
    assert at_rest[0] == pytest.approx(mean)


def test_the_ratings_of_the_report_have_no_part_in_the_tuning(ml100k):
    tuning, report = split_twice(ml100k)

    def pairs(data):
        return set(zip(data.user.tolist(), data.movie.tolist(), strict=True))

    judged = pairs(report.valid)
    assert not judged & (pairs(tuning.train) | pairs(tuning.valid))
    assert pairs(tuning.train) | pairs(tuning.valid) == pairs(report.train)


def test_a_rate_that_diverges_is_not_chosen():
    rows = [{"lr": 1, "best": 0.9}, {"lr": 1, "best": 0.8}, {"lr": 2, "best": float("inf")}]
    assert choose_best([*rows, {"lr": 2, "best": 0.1}], "lr", "best") == 1


def test_a_made_study_of_the_sigmoid_is_whole():
    study = perform_study("sigmoid", made_ratings(), seeds=[0, 1], epochs=2, batch=16, factors=2)
    assert len(study.table().rows) == len(VARIANTS) + 1
    assert Study.from_json(study.to_json()) == study


def test_the_saved_sigmoid_keeps_predictions_in_the_range_and_judges_with_other_seeds():
    rows = load_saved("sigmoid").rows
    for row in list_reports(rows, "sigmoid"):
        assert row["outside"] == 0
    assert average(r["outside"] for r in list_reports(rows, "no sigmoid, mean")).low > 0
    seeds = {
        phase: {r["seed"] for r in rows if r["phase"] == phase} for phase in ("tuning", "report")
    }
    assert not seeds["tuning"] & seeds["report"]
    missing = [
        one["best"] - other["best"]
        for one, other in zip(
            list_reports(rows, "no sigmoid"), list_reports(rows, "no sigmoid, mean"), strict=True
        )
    ]
    assert average(missing).low > 0


def test_the_saved_padding_moves_and_meets_only_under_its_own_decay():
    rows = load_saved("padding").rows
    ends = {
        decay: [
            average(r["k"] for r in select(rows, decay=decay, start=s, pace=p)).mean
            for s in STARTS
            for p in PACES
        ]
        for decay in DECAYS
    }
    assert max(ends[0.0]) > 1.5 * min(ends[0.0])
    assert max(ends[0.1]) - min(ends[0.1]) < 0.1
    training = [
        average(r["train"] for r in select(rows, kind="fixed", start=k)).mean for k in (0, 4)
    ]
    assert training[1] < training[0]


def test_a_study_that_trains_is_canceled_within_a_training(monkeypatch):
    monkeypatch.setattr(padding_study, "FIXED", (0.0,))
    asked = []

    def cancel():
        asked.append(1)
        return len(asked) > 4

    with pytest.raises(StudyCanceledError):
        perform_study("padding", made_ratings(), seeds=[0], batch=16, factors=2, cancel=cancel)
    assert len(asked) == 5
