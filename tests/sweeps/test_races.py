"""Fair races: the same trials, starts and noise for all, and unfair ones found."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from optviz import Adam, Line, Momentum, Noisy, parse_spec, run, surface
from optviz.schedules import LinearWarmup
from optviz.sweeps import Treatment, Workload, find_unfair, race
from optviz.sweeps.contestants import Contestant
from optviz.sweeps.trials import declare_space, draw_design, place_trials, set_trials

ROUGH = Noisy(surface("rosenbrock"), 0.5)
RULES = ["sgd", "momentum", "adam"]
SMALL: Any = {"trials": 6, "choosing": 3, "reporting": 10}


def test_each_trial_is_its_run_alone():
    workload = Workload(ROUGH, steps=40)
    made = race(workload, RULES, seed=2, **SMALL)
    starts = workload.draw_starts(made.choosing + made.reporting)
    for rival, trials in zip(made.contestants, made.results[0], strict=True):
        for place, seed in enumerate(made.choosing + made.reporting):
            for trial in range(0, 6, 2):
                values = {name: float(each[trial]) for name, each in rival.values.items()}
                rule = set_trials(rival.rule, values)
                alone = run(ROUGH, rule, 40, start=starts[:, place], seed=seed)
                loss = alone.losses[-1] if alone.is_finished else np.inf
                assert trials.final[place, trial] == loss


def test_rules_share_the_design_the_starts_and_the_seeds():
    made = race(Workload(ROUGH, steps=5), RULES, **SMALL)
    first, second, third = (each.values["lr"] for each in made.contestants)
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(first, third)
    assert not set(made.choosing) & set(made.reporting)
    assert made.evaluations == 3 * 6 * 13 * 5
    assert made.unfair == []


def test_the_same_seed_gives_the_same_race_in_any_order():
    first = race(Workload(ROUGH, steps=30), RULES, seed=4, **SMALL)
    again = race(Workload(ROUGH, steps=30), RULES[::-1], seed=4, **SMALL)
    rows = {each["rule"]: each for each in again.rows()}
    assert [rows[each["rule"]] for each in first.rows()] == first.rows()
    other = race(Workload(ROUGH, steps=30), RULES, seed=5, **SMALL)
    assert other.rows() != first.rows()


def test_momentum_beats_gradient_descent_in_a_ravine_and_is_told():
    ravine = Workload(surface("ravine", condition=200), steps=150)
    made = race(ravine, ["sgd", "momentum"], trials=16)
    assert made.winner == "Momentum"
    value, low, _ = made.beats("Momentum", "SGD")
    assert value > 0.8
    assert low > 0.5
    assert "beats every other rule" in made.conclude()


def test_a_rule_against_its_own_twin_has_no_winner():
    made = race(
        Workload(ROUGH, steps=30), ["momentum", "momentum:schedule=step(every=1000)"], **SMALL
    )
    assert made.winner is None
    assert made.beats(*made.labels)[0] == 0.5
    assert "do not allow a winner" in made.to_text()


def test_what_rounding_decides_is_a_tie():
    made = race(Workload(surface("bowl"), steps=400), ["sgd", "momentum"], trials=8)
    assert made.winner is None


def test_a_narrow_range_is_found_and_no_winner_declared():
    ravine = Workload(surface("ravine"), steps=60)
    made = race(ravine, ["sgd", "momentum"], spaces={"SGD": {"lr": (0.05, 0.08)}}, **SMALL)
    assert "SGD: the range of lr is 4% as wide as that of others" in made.unfair[0]
    assert made.conclude() == "No winner: the race is unfair."
    assert "unfair: SGD" in made.to_text()


FAIR = Treatment(
    "SGD",
    parse_spec("sgd").rule,
    trials=10,
    steps=100,
    space={"lr": (1e-5, 1.0)},
    choosing=(0, 1),
    reporting=tuple(range(2, 14)),
)
OTHER = replace(FAIR, label="Adam", rule=Adam())


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"trials": 20}, "the rules have different trials: SGD 10, Adam 20"),
        ({"steps": 200}, "the rules have different steps: SGD 100, Adam 200"),
        ({"schedule": LinearWarmup(steps=5)}, "different steps of warm-up: SGD 0, Adam 5"),
        ({"schedule": parse_spec("adam:schedule=cosine").schedule}, "the schedules differ"),
        ({"reporting": (0, *range(2, 14))}, "Adam: 1 of the seeds that report have chosen"),
        ({"reporting": (20, 21)}, "Adam: 2 seeds report, 10 are needed"),
        ({"choosing": (5,)}, "the seeds that choose differ"),
        ({"space": {"lr": (0.01, 0.1)}}, "Adam: the range of lr is 20% as wide"),
        (
            {"space": {"lr": (0.01, 0.1)}, "chosen": {"lr": 0.0316}},
            "as wide as that of others and centered on what was chosen",
        ),
    ],
)
def test_a_planted_unfairness_is_named(change, sentence):
    assert find_unfair([FAIR, OTHER]) == []
    assert sentence in " ".join(find_unfair([FAIR, replace(OTHER, **change)]))


def test_a_shorter_warmup_is_named():
    one = replace(FAIR, schedule=LinearWarmup(steps=50))
    other = replace(OTHER, schedule=LinearWarmup(steps=10))
    assert find_unfair([one, other]) == [
        "the rules have different steps of warm-up: SGD 50, Adam 10"
    ]
    assert find_unfair([one, replace(one, schedule=LinearWarmup(steps=10))]) == []


@pytest.mark.parametrize("trials", [1, 5, 16])
def test_the_design_fills_the_ranges(trials):
    design = draw_design(trials, 3)
    assert design.shape[0] == trials
    values = place_trials(declare_space(Adam()), design)
    assert list(values) == ["lr", "beta1", "beta2"]
    assert ((values["lr"] >= 1e-5) & (values["lr"] <= 1)).all()
    assert ((values["beta1"] >= 0) & (values["beta1"] <= 0.999)).all()
    if trials == 16:
        decades = np.floor(np.log10(values["lr"])).astype(int)
        assert set(decades) == {-5, -4, -3, -2, -1}


def test_a_memory_of_zero_stays_zero():
    assert list(declare_space(parse_spec("rmsprop").rule)) == ["lr", "beta2"]
    assert list(declare_space(parse_spec("adam:wd=0.01").rule)) == ["lr", "beta1", "beta2", "wd"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"rules": ["sgd"]}, "a race needs two rules, got 1"),
        ({"rules": "sgd"}, "a race needs two rules, got 1"),
        ({"rules": ["sgd", "sgd"]}, "each rule races once"),
        ({"rules": ["sgd", "adm"]}, "nearest: adam"),
        ({"workloads": []}, "a race needs a workload"),
        ({"workloads": "x^2"}, "problem must be a problem such as surface"),
        ({"workloads": Line()}, "draws samples"),
        ({"reporting": 5}, "reporting must be a whole number of at least 10"),
        ({"trials": 0}, "trials must be a whole number of at least 1"),
        ({"spaces": {"Adam": {"lr": (0.1, 1)}}}, 'no rule "Adam" in this race'),
        ({"spaces": {"SGD": {"lr": (1, 0.1)}}}, "the range of lr must be"),
        ({"spaces": {"SGD": {"beta9": (0, 1)}}}, 'SGD has no number "beta9"'),
    ],
)
def test_mistakes_are_told(change, sentence):
    given: Any = {"workloads": ROUGH, "rules": ["sgd", Momentum()]} | SMALL | change
    with pytest.raises(ValueError, match=sentence):
        race(given.pop("workloads"), given.pop("rules"), **given)


def test_it_tells_itself_and_strikes_the_luckiest_run_through():
    told = []
    made = race(
        [Workload(ROUGH, steps=10, name="rough"), surface("bowl")],
        RULES,
        on_progress=lambda *each: told.append(each),
        **SMALL,
    )
    assert told == [(place, 6) for place in range(7)]
    assert repr(made) == "Race(2 workloads, SGD, Momentum, Adam)"
    html = made._repr_html_()
    assert f"<s>{made.scores[0][0].luckiest:.4g}</s>" in html
    assert "luckiest" not in made.to_text()
    assert "rough" in made.to_text()


def test_a_contestant_brings_its_label_and_ranges():
    one = Contestant("slow", Momentum(beta1=0.5), None, {"lr": (0.01, 0.01)})
    made = race(ROUGH, [one, "momentum"], **SMALL)
    assert made.labels == ("slow", "Momentum")
    np.testing.assert_allclose(made.contestants[0].values["lr"], [0.01] * 6)
    assert made.unfair == ["slow: lr is not tuned, that of others is"]


def test_a_choice_at_the_end_of_the_range_is_told_and_is_not_unfair():
    spaces = {"SGD": {"lr": (1e-5, 1e-4)}, "Momentum": {"lr": (1e-5, 1e-4)}}
    made = race(Workload(surface("bowl"), 40), ["sgd", "momentum"], spaces=spaces, **SMALL)
    assert made.unfair == []
    assert len(made.edges) == 2
    assert "SGD: the lr that was chosen is the largest that was tried" in made.edges[0]
    assert f"note: {made.edges[0]}" in made.to_text()
    steep = Workload(surface("ravine", condition=100), 40)  # diverges at the largest
    assert race(steep, ["sgd", "momentum"], **SMALL).edges == []


def test_losses_that_count_alike_are_told():
    made = race(Workload(surface("bowl"), 200), ["sgd", "momentum"], **SMALL)
    assert any("what is left there is rounding" in each for each in made.notes)
    rough = race(Workload(ROUGH, 20), ["sgd", "momentum"], **SMALL)
    assert not any("rounding" in each for each in rough.notes)


def test_starts_without_a_loss_are_misses_and_give_no_ranks_of_their_own():
    made = race(Workload(surface("log(x) + y^2"), 20), ["sgd", "adam"], **SMALL)
    ranks = made.standing.ranks
    assert sum(ranks) == 3
    assert all(1 <= each <= 2 for each in ranks)
    assert not any(np.isnan(each["tuned loss"]) for each in made.rows())


def test_a_problem_is_raced_on_once():
    with pytest.raises(ValueError, match="each problem is raced on once, got Bowl, Bowl"):
        race([surface("bowl"), surface("bowl")], RULES, **SMALL)
