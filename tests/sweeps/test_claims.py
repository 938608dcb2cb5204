"""Claims: held to problems whose answer is known, and no more said than the intervals allow."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch

from optviz import Noisy, surface
from optviz.problems.base import Problem
from optviz.sweeps import TrialStore, WorkCanceledError, Workload, claim, race

ROUGH = Workload(Noisy(surface("rosenbrock"), 0.5), steps=20)
SMALL: Any = {"trials": 4, "choosing": 3, "reporting": 10}


class MatrixFit(Problem):
    """The squared error of A X against A X*, with X a matrix of 4 rows and 3 columns."""

    name = title = "matrix"
    shape = 4, 3

    def __init__(self):
        rng = np.random.default_rng(0)
        left, right = (np.linalg.qr(rng.normal(size=(4, 4)))[0] for _ in range(2))
        self.factor = left * np.array([10.0, 1.0, 1.0, 0.1]) @ right.T
        self.best = rng.normal(size=self.shape)
        self.start = np.zeros(12)
        self.window = ((-2.0, 2.0),) * 12
        self.minima = (tuple(self.best.ravel()),)

    def find_errors(self, params):
        """Return A (X - X*), (4, 3, *runs)."""
        runs = params.shape[1:]
        best = self.best.reshape(*self.shape, *(1,) * len(runs))
        return np.tensordot(self.factor, params.reshape(*self.shape, *runs) - best, 1)

    def loss(self, params):
        """Return the loss."""
        return (self.find_errors(params) ** 2).sum((0, 1)) / 2

    def grad(self, params, sample=None):
        """Return the gradient."""
        return np.tensordot(self.factor.T, self.find_errors(params), 1).reshape(params.shape)


class Well(Problem):
    """A round well in a plateau, on which the start lies."""

    name = title = "well"
    start = np.array([6.0, 0.0])
    window = ((-1.0, 1.0), (-1.0, 1.0))
    minima = ((0.0, 0.0),)

    def loss(self, params):
        """Return the loss."""
        return 1 - np.exp(-(params**2).sum(0) / 2)

    def grad(self, params, sample=None):
        """Return the gradient."""
        return params * np.exp(-(params**2).sum(0) / 2)


def tune_with_torch(problem, make, is_annealed):
    """Return the lowest loss after 200 steps from X = 0 over learning rates, by torch."""
    factor, best = (torch.tensor(each) for each in (problem.factor, problem.best))

    def find_losses():
        return ((factor @ (torch.stack(runs) - best)) ** 2).sum((1, 2)) / 2

    rates = np.geomspace(1e-4, 1, 33).tolist()
    runs = [torch.zeros(problem.shape, dtype=torch.float64, requires_grad=True) for _ in rates]
    groups = [{"params": [each], "lr": lr} for each, lr in zip(runs, rates, strict=True)]
    optimizer = make(groups)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 200)
    for _ in range(200):
        optimizer.zero_grad()
        find_losses().sum().backward()
        optimizer.step()
        if is_annealed:
            schedule.step()
    return np.nanmin(find_losses().detach().numpy())


def find(made, words):
    return next(each for each in made.findings if words in each.condition.title)


def test_a_matrix_problem_flips_between_constant_and_cosine_as_torch_says():
    problem = MatrixFit()
    made = claim("sgd beats rmsprop", Noisy(problem, 0.1), choosing=10, reporting=20)
    assert made.base.verdict == "holds"
    assert find(made, "cosine").flips
    assert find(made, "cosine").verdict == "fails"
    sgd, annealed_sgd = (
        tune_with_torch(problem, torch.optim.SGD, is_annealed) for is_annealed in (False, True)
    )
    rmsprop, annealed_rmsprop = (
        tune_with_torch(problem, partial(torch.optim.RMSprop, alpha=0.9), is_annealed)
        for is_annealed in (False, True)
    )
    assert sgd < rmsprop
    assert annealed_sgd > annealed_rmsprop


def test_the_budget_flips_where_speed_comes_before_precision():
    # At lr <= 1 gradient descent shrinks x by 0.86 a step at best; RMSProp walks at the pace of its
    # lr, and ends about one step away.
    bowl = surface("0.07*x^2 + 0.07*y^2")
    made = claim("rmsprop:beta2=0.2 beats sgd", Workload(bowl, 20))
    assert made.base.verdict == "holds"
    assert find(made, "four times the steps").flips
    first = np.median(bowl.loss(Workload(bowl, 20).draw_starts(made.base.race.reporting)))
    assert made.base.losses[1][0] >= first * 0.86**40 * (1 - 1e-9)


def test_the_start_flips_on_a_plateau():
    made = claim("sgd beats rmsprop:beta2=0.9", Well())
    assert made.base.verdict == "holds"
    start = find(made, "own start")
    assert start.flips
    assert start.condition.title.endswith("one run")
    assert start.losses[0][0] > 0.99


def test_the_base_condition_is_a_race():
    made = claim("adam beats sgd", ROUGH, seed=3, **SMALL)
    raced = race(ROUGH, ["adam", "sgd"], seed=3, **SMALL)
    assert made.base.beats == raced.beats("Adam", "SGD")
    assert [each[0] for each in made.base.losses] == [each["tuned loss"] for each in raced.rows()]


def test_each_condition_changes_one_thing():
    made = claim("adam beats sgd", ROUGH, **SMALL)
    base = made.base.condition
    factors = {}
    for each in (finding.condition for finding in made.findings[1:]):
        load: Any = each.workload
        own: Any = base.workload
        changes = {
            "schedule": each.one.schedule != base.one.schedule,
            "budget": load.steps != own.steps,
            "lr": (each.one.space, each.other.space) != (base.one.space, base.other.space),
            "start": load.starts != own.starts,
            "noise": load.problem.sigma != own.problem.sigma,
            "seed": each.seed != base.seed or each.is_single,
        }
        assert [name for name, changed in changes.items() if changed] == [each.factor]
        assert each.one.schedule == each.other.schedule
        factors[each.factor] = factors.get(each.factor, 0) + 1
    assert factors == {"schedule": 5, "budget": 2, "lr": 6, "start": 1, "noise": 2, "seed": 3}


def test_blocks_of_seeds_are_disjoint():
    made = claim("adam beats sgd", ROUGH, **SMALL)
    races = [each.race for each in made.findings if each.condition.factor == "seed"]
    blocks = [set(each.choosing + each.reporting) for each in races]
    assert sum(map(len, blocks)) == len(set.union(*blocks)) == 39


def test_a_rule_left_untuned_is_unfair_and_does_not_count():
    made = claim("adam beats sgd", ROUGH, **SMALL)
    unfair = [each.condition.title for each in made.findings if each.unfair]
    assert unfair == [
        "Adam untuned, SGD tuned",
        "SGD untuned, Adam tuned",
        "a single seed tunes and reports",
    ]
    assert find(made, "Adam untuned").unfair == ("Adam: lr is not tuned, that of others is",)
    assert f"of {len(made.findings) - 3} fair conditions" in made.conclude()
    assert "Adam untuned, SGD tuned (unfair)" in made.to_text()


def test_both_at_a_learning_rate_are_the_rules_at_that_rate():
    made = find(claim("adam beats sgd", ROUGH, **SMALL), "both at lr 0.01")
    alone = race(ROUGH, ["adam", "sgd"], trials=1, choosing=3, reporting=10)
    assert made.settings == ("lr=0.01", "lr=0.01")
    assert made.race.seed == alone.seed
    spaces = {"Adam": {"lr": (0.01, 0.01)}, "SGD": {"lr": (0.01, 0.01)}}
    same = race(ROUGH, ["adam", "sgd"], trials=1, choosing=3, reporting=10, spaces=spaces)
    assert made.beats == same.beats("Adam", "SGD")


def test_a_single_seed_tunes_and_reports_itself():
    made = claim("adam beats sgd", ROUGH, **SMALL)
    one, other = (trials.final for trials in made.base.race.results[0])
    shares = [float(one[seed].min() < other[seed].min()) for seed in range(13)]
    single = find(made, "single seed")
    assert single.beats[0] == pytest.approx(np.mean(shares))
    assert single.beats[1] <= single.beats[0] <= single.beats[2]
    assert single.settings == ("", "")


def test_what_is_written_of_a_rule_is_kept_and_the_rest_tuned():
    made = claim("momentum:beta1=0.5 beats momentum", ROUGH, **SMALL)
    assert made.labels == ("Momentum beta1=0.5", "Momentum")
    one, other = made.base.race.contestants
    rule: Any = one.rule
    assert rule.beta1 == 0.5
    assert list(one.values) == ["lr"]
    assert list(other.values) == ["lr", "beta1"]
    assert made.base.unfair == ()


def test_a_written_lr_is_kept_and_tuned_as_a_condition():
    made = claim("adam:lr=0.05 beats sgd:lr=0.002", ROUGH, **SMALL)
    assert [set(each.values["lr"].round(12)) for each in made.base.race.contestants] == [
        {0.05},
        {0.002},
    ]
    assert made.labels == ("Adam", "SGD")
    assert made.base.condition.title.startswith("Adam at lr 0.05, SGD at lr 0.002, ")
    tuned = race(ROUGH, ["adam", "sgd"], **SMALL)
    assert find(made, "each lr tuned").beats == tuned.beats("Adam", "SGD")


def test_a_claim_about_the_lr_alone_has_it_in_its_labels():
    made = claim("sgd:lr=0.001 beats sgd:lr=0.1", ROUGH, **SMALL)
    assert made.labels == ("SGD lr=0.001", "SGD lr=0.1")
    assert made.base.verdict == "holds"
    titles = [each.condition.title for each in made.findings]
    assert titles[0] == "SGD lr=0.001, SGD lr=0.1, constant lr, 20 steps"
    assert "each lr tuned" not in titles  # there both are the same


def test_rules_with_different_schedules_are_an_unfair_claim():
    made = claim("adam beats sgd:schedule=cosine", ROUGH, **SMALL)
    assert made.conclude().startswith("The claim is unfair: the schedules differ: ")
    schedules = [each for each in made.findings if each.condition.factor == "schedule"]
    assert len(schedules) == 6
    assert all(not each.unfair for each in schedules)
    assert "unfair, every condition: the schedules differ" in made.to_text()


def test_a_claim_about_a_schedule_does_not_vary_it():
    made = claim("sgd:schedule=cosine beats sgd", ROUGH, **SMALL)
    assert "schedule: the claim is about nothing else" in made.left_out
    assert "schedule" not in {each.condition.factor for each in made.findings}
    assert made.base.unfair == ()


def test_a_problem_without_noise_has_none_to_vary():
    made = claim("adam beats sgd on x^2 + 3*y^2", **SMALL)
    assert made.left_out == ("noise: this problem has no gradient noise that could be changed",)
    assert "left out, noise" in made.to_text()


def test_a_claim_that_holds_throughout_is_told_so():
    flat = Workload(Noisy(surface("1e-6*(x^2 + y^2)"), 1e-9), steps=40)
    made = claim("adam beats sgd", flat, **SMALL)
    fair = [each for each in made.findings if not each.unfair]
    assert {each.verdict for each in fair} == {"holds"}
    assert made.conclude() == f"Adam beats SGD in all {len(fair)} fair conditions."
    against = claim("sgd beats adam", flat, **SMALL).conclude()
    count = len(fair)
    assert against == f"SGD beats Adam in 0 of {count} fair conditions; it fails in {count}."


def test_the_opposite_claim_has_the_opposite_answer():
    one = claim("adam beats sgd", ROUGH, **SMALL)
    other = claim("sgd beats adam", ROUGH, **SMALL)
    for first, second in zip(one.findings[:8], other.findings[:8], strict=True):
        assert first.beats[0] == pytest.approx(1 - second.beats[0])
        assert {first.verdict, second.verdict} in ({"holds", "fails"}, {"undecided"})


def test_it_goes_on_from_the_store_and_with_any_executor(tmp_path):
    alone = claim("adam beats sgd", ROUGH, **SMALL)
    path = tmp_path / "claim.sqlite"
    asked = iter([*[False] * 10, *[True] * 100])
    with pytest.raises(WorkCanceledError):
        claim("adam beats sgd", ROUGH, store=path, cancel=lambda: next(asked), **SMALL)
    with TrialStore(path) as store:
        assert len(store) >= 5
    with ThreadPoolExecutor(2) as executor:
        made = claim("adam beats sgd", ROUGH, store=path, executor=executor, **SMALL)
    assert made.rows() == alone.rows()


def test_progress_is_told_to_its_end():
    told = []
    claim("adam beats sgd", ROUGH, on_progress=lambda *each: told.append(each), **SMALL)
    done = [each for each, _ in told]
    assert done == sorted(done)
    assert {total for _, total in told} == {38}
    assert done[-1] == 38


def test_rows_and_tables_tell_each_condition():
    made = claim("adam beats sgd", ROUGH, **SMALL)
    rows = made.rows()
    assert len(rows) == len(made.findings)
    assert rows[0]["P(Adam beats SGD)"] == made.base.beats[0]
    assert rows[0]["SGD loss, high"] == made.base.losses[1][2]
    assert made.conclude() in made._repr_html_()
    assert "cosine decay" in made._repr_html_()
    assert repr(made).startswith("Claim('adam beats sgd': 20 conditions, ")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("adam is best", "a claim reads like \"adam beats sgd\", got 'adam is best'"),
        ("adam beats sgd beats rmsprop", "a claim reads like"),
        (3, "a claim reads like"),
        ("adm beats sgd", 'no rule "adm"; nearest: adam'),
        ("adam beats", "a claim reads like"),
        ("adam beats adam", "the claim compares Adam with itself: name two optimizers"),
        ("sgd:lr=0.1 beats sgd:lr=0.10", "the claim compares SGD with itself"),
        ("adam:lr=0 beats sgd", "lr must be > 0 in a claim, got 0"),
        ("adam beats sgd on bowl", "the claim names bowl, and a problem is given besides"),
    ],
)
def test_mistakes_are_told(text, sentence):
    with pytest.raises(ValueError) as told:
        claim(text, ROUGH)
    assert sentence in str(told.value)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"workload": None}, 'the claim names no problem: write "adam beats sgd on rosenbrock"'),
        ({"reporting": 3}, "reporting must be a whole number of at least 10"),
        ({"choosing": 900, "reporting": 200}, "at most 1000 seeds together, got 1100"),
        ({"trials": 0}, "trials must be a whole number of at least 1"),
    ],
)
def test_wrong_numbers_are_told(change, sentence):
    with pytest.raises(ValueError) as told:
        claim("adam beats sgd", **({"workload": ROUGH} | change))
    assert sentence in str(told.value)
