"""Range tests that leave a training as it was, to the bit; schedules, and the saved result."""

import numpy as np
import pytest
import torch

from optviz.recommenders.problems.dot_problem import DotBias
from optviz.recommenders.studies import Watch, load_saved, perform_study
from optviz.recommenders.studies.descent import build_problem, split_twice
from optviz.recommenders.studies.learning_rate import (
    SCHEDULES,
    average_reports,
    conclude,
    make_schedule,
    train_one,
)
from optviz.recommenders.studies.rate_range import RunningTraining, find_rates, suggest_rate
from optviz.rules import L2, RULES, Adam
from optviz.schedules import fit_schedule
from tests.support.movielens_made import made_ratings


def start(rule, steps: int = 5) -> RunningTraining:
    problem = build_problem(DotBias, made_ratings(), 16, factors=3)
    first = np.random.default_rng(1).normal(0, 0.3, problem.size).astype(np.float32)
    training = RunningTraining(problem, rule, first, seed=2)
    for _ in range(steps):
        training.step()
    return training


def read_bytes(training: RunningTraining) -> list[bytes]:
    """Return the bytes of weights, optimizer state and random state, one by one."""
    state = [np.asarray(each).tobytes() for each in training.state]
    return [training.params.tobytes(), *state, repr(training.random.bit_generator.state).encode()]


@pytest.fixture(scope="module")
def saved():
    return load_saved("learning_rate")


@pytest.mark.parametrize("name", RULES)
def test_a_range_test_leaves_every_byte_as_found(name):
    training = start(RULES[name](lr=0.01))  # type: ignore[call-arg]
    before = read_bytes(training)
    rates, losses = find_rates(training, 1e-4, 10.0, 60)
    assert len(rates) == len(losses) > 5
    assert read_bytes(training) == before


def test_the_training_goes_on_as_if_no_test_had_been():
    tested, alone = (start(L2(Adam(lr=0.01), 1e-3)) for _ in range(2))
    find_rates(tested, 1e-4, 10.0, 60)
    assert [tested.step() for _ in range(7)] == [alone.step() for _ in range(7)]
    assert read_bytes(tested) == read_bytes(alone)
    assert tested.digest() == alone.digest()


def test_a_test_that_is_broken_off_restores_too():
    training = start(Adam(lr=0.01))
    before, step = read_bytes(training), training.step

    def break_off(lr=None):
        step(lr)
        raise KeyboardInterrupt

    training.step = break_off  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        find_rates(training, 1e-4, 1.0, 10)
    assert read_bytes(training) == before


def test_a_digest_sees_every_part_of_a_training():
    digests = {start(Adam(lr=0.01)).digest()}
    for change in ("params", "state", "random"):
        training = start(Adam(lr=0.01))
        if change == "params":
            training.params[3] = np.nextafter(training.params[3], np.float32(9))
        elif change == "state":
            training.state = training.state._replace(count=training.state.count + 1)
        else:
            training.random.random()
        digests.add(training.digest())
    assert len(digests) == 4


def test_the_losses_of_a_range_test_are_those_of_torchs_sgd():
    training = start(RULES["sgd"](lr=0.01), steps=0)  # type: ignore[call-arg]
    problem, tensor = training.problem, torch.tensor(training.params, requires_grad=True)
    optimizer, draw = torch.optim.SGD([tensor], lr=1.0), np.random.default_rng(2)
    expected, mean = [], 0.0
    for count, lr in enumerate(np.geomspace(1e-3, 0.1, 20), 1):
        rows = draw.choice(len(problem.rating), 16, replace=False)
        loss, grad = problem.loss_and_grad(tensor.detach().numpy(), rows)
        mean = 0.9 * mean + 0.1 * loss
        expected.append(mean / (1 - 0.9**count))
        tensor.grad, optimizer.param_groups[0]["lr"] = torch.tensor(grad), lr
        optimizer.step()
    _, losses = find_rates(training, 1e-3, 0.1, 20)
    assert losses == pytest.approx(expected, rel=1e-5)


def test_a_range_test_ends_where_the_loss_blows_up():
    training = start(RULES["sgd"](lr=0.01))  # type: ignore[call-arg]
    training.problem.bounds = None
    rates, losses = find_rates(training, 1e-3, 1e6, 100)
    assert len(rates) < 100
    assert np.isfinite(losses).all()
    assert suggest_rate(rates, losses) == pytest.approx(rates[losses.argmin()] / 10)


def test_schedules_are_those_of_torch():
    twins = {
        "step": lambda each: torch.optim.lr_scheduler.StepLR(each, 10, 0.5),
        "cosine": lambda each: torch.optim.lr_scheduler.CosineAnnealingLR(each, 50),
        "onecycle": lambda each: torch.optim.lr_scheduler.OneCycleLR(
            each, 1.0, total_steps=50, cycle_momentum=False
        ),
    }
    assert {*twins, "constant"} == set(SCHEDULES)
    for name, make in twins.items():
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
        twin, expected = make(optimizer), []
        for _ in range(50):
            expected.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            twin.step()
        ours = fit_schedule(make_schedule(name, 10), 50)
        assert [ours(step) for step in range(50)] == pytest.approx(expected, abs=1e-7), name


def test_a_small_study_is_whole():
    study = perform_study("learning_rate", made_ratings(), seeds=[0, 1], epochs=2, trials=4)
    assert len(study.table().rows) == len(SCHEDULES) + 1
    assert "to the bit" in study.conclude()
    assert [len(each.series) for each in study.pictures()] == [len(SCHEDULES), 1, 1]


def test_the_saved_range_tests_left_their_trainings_as_found(saved):
    tests = [row for row in saved.rows if row["part"] == "range"]
    assert len(tests) == 5
    assert all(row["restored"] and row["continued"] for row in tests)


def test_saved_trials_have_no_part_in_the_report(saved):
    tuning, report = (
        {row["seed"] for row in saved.rows if row["part"] == part} for part in ("tuning", "report")
    )
    assert len(report) == 5
    assert not tuning & report


def test_the_saved_rates_of_annealing_are_higher_than_the_constant_one(saved):
    lines = average_reports(saved.rows)
    assert max(lines["constant"]["rates"]) < min(lines["cosine"]["rates"])
    assert max(line["last"].mean for line in lines.values()) < lines["constant"]["baseline"]


def move_reports(saved, schedule: str, by: float) -> list[dict]:
    """Return the rows with the errors of one schedule moved."""
    return [
        row | ({"last": row["last"] + by} if is_report(row, schedule) else {}) for row in saved.rows
    ]


def is_report(row: dict, schedule: str) -> bool:
    return row["part"] == "report" and row["schedule"] == schedule


def test_a_gain_is_claimed_only_where_intervals_do_not_overlap(saved):
    gain = average_reports(saved.rows)
    best = min(SCHEDULES, key=lambda name: gain[name]["last"].mean)
    is_shown = gain[best]["last"].high < gain["constant"]["last"].low
    assert ("annealing gains" in saved.conclude()) == is_shown
    assert "annealing gains" in conclude(move_reports(saved, "constant", 0.1))
    assert "annealing shows no gain" in conclude(move_reports(saved, "constant", -0.1))


@pytest.mark.data
@pytest.mark.slow
def test_a_saved_error_is_found_again_by_training(saved, ml100k):
    row = next(each for each in saved.rows if is_report(each, "onecycle"))
    more = {"schedule": "onecycle", "epochs": 5, "batch": 512}
    found = train_one(split_twice(ml100k)[1], row["seed"], row["lr"], Watch(), **more)
    assert found["last"] == pytest.approx(row["last"], rel=1e-3)
