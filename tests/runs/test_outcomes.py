"""What became of many runs, held to the same runs alone."""

import numpy as np
import pytest

from optviz import SURFACES, Line, Momentum, Noisy, parse_spec, run, surface
from optviz.problems.base import Problem
from optviz.runs.outcomes import (
    DIVERGED,
    FINISHED,
    NEVER,
    STOPPED,
    estimate_bytes,
    reduce_runs,
)
from tests.support.cases import every

RULES = ["sgd:lr=0.004", "momentum:lr=0.002", "adam:lr=0.1,wd=0.01", "rmsprop:schedule=cosine"]


def make_starts(problem, count=40):
    low, high = np.array(problem.window).T
    return np.random.default_rng(5).uniform(low, high, (count, 2)).T


def find_arrival(path, minima, within):
    """The minimum near which a path ends, and the step from which on it stays there."""
    away = np.linalg.norm(path[:, None] - np.asarray(minima)[None], axis=2)
    near = np.where((away <= within).any(axis=1), away.argmin(axis=1), NEVER)
    if near[-1] == NEVER:
        return NEVER, NEVER
    others = np.flatnonzero(near != near[-1])
    return int(near[-1]), int(others[-1]) + 1 if others.size else 0


@every("text", RULES)
@every("noise", [0.0, 5.0])
def test_each_run_of_many_ends_as_it_does_alone(text, noise):
    base = surface("himmelblau")
    problem = Noisy(base, noise) if noise else base
    rule, schedule, _ = parse_spec(text)
    starts, targets = make_starts(base), [100.0, 1.0, 1e-6, -1.0]
    told = {"minima": base.minima, "within": 0.3, "schedule": schedule, "seed": 4}
    made = reduce_runs(problem, rule, 90, start=starts, targets=targets, **told)
    bare = reduce_runs(problem, rule, 90, start=starts, losses=False, **told)
    best, arrived, minimum = map(np.asarray, (made.best, made.arrived, made.minimum))
    for place, start in enumerate(starts.T):
        alone = run(problem, rule, 90, start=start, schedule=schedule, seed=4)
        finite = alone.losses[np.isfinite(alone.losses)]
        assert made.first[place] == alone.losses[0]
        assert best[place] == finite.min()
        assert made.final[place] == (alone.losses[-1] if alone.is_finished else np.inf)
        for goal, reached in zip(targets, np.asarray(made.reached), strict=True):
            steps = np.flatnonzero(alone.losses <= goal)
            assert reached[place] == (steps[0] if steps.size else NEVER)
        if alone.is_finished:
            arrival = find_arrival(alone.path, base.minima, 0.3)
            assert (minimum[place], arrived[place]) == arrival
            assert made.ended[place] == NEVER
        else:
            assert made.ended[place] == alone.step[-1]
    for name in ("final", "minimum", "arrived", "end"):
        np.testing.assert_array_equal(getattr(made, name), getattr(bare, name))
    assert bare.best is None
    assert bare.reached is None


def test_a_run_that_diverges_differs_from_one_that_meets_no_derivative():
    starts = np.array([[1.0, 1.0, -1.0, 1.0], [0.5, 1e6, 0.0, 0.0]])
    made = reduce_runs(
        surface("x - log(x) + y^4 + 0.01*sqrt(abs(y))"),
        parse_spec("sgd:lr=0.1").rule,
        20,
        start=starts,
    )
    bare = reduce_runs(
        surface("x - log(x) + y^4 + 0.01*sqrt(abs(y))"),
        parse_spec("sgd:lr=0.1").rule,
        20,
        start=starts,
        losses=False,
    )
    for each in (made, bare):
        assert each.end.tolist() == [FINISHED, DIVERGED, STOPPED, STOPPED]
        assert each.ended[3] == 1
        assert np.isnan(each.final[3])
        assert np.isinf(each.final[1:3]).all()


@every("shape", [(7,), (3, 4)], ids=str)
@every("text", ["sgd:lr=0.002", "adam:lr=0.1"])
def test_noise_of_each_run_is_that_of_its_own_seed(shape, text):
    problem, rule = Noisy(surface("rosenbrock"), 2.0), parse_spec(text).rule
    seeds = np.random.default_rng(0).integers(0, 5, shape)
    many = run(problem, rule, 150, seed=seeds)
    assert many.path.shape == (151, 2, *shape)
    for place in np.ndindex(shape):
        alone = run(problem, rule, 150, seed=int(seeds[place]))
        np.testing.assert_array_equal(many.path[(..., *place)], alone.path)
        np.testing.assert_array_equal(many.losses[(..., *place)], alone.losses)
        own = many.sample_loss[(..., *place)]
        np.testing.assert_allclose(own, alone.sample_loss, rtol=1e-12, atol=1e-9)
    reduced = reduce_runs(problem, rule, 150, seed=seeds)
    np.testing.assert_array_equal(reduced.final, many.losses[-1])


def test_seeds_rates_and_starts_are_broadcast_together():
    problem = Noisy(surface("bowl"), 1.0)
    rates, seeds = np.array([0.01, 0.1, 0.2])[:, None], np.arange(4)
    many = run(problem, Momentum(lr=rates), 20, seed=seeds)
    assert many.path.shape == (21, 2, 3, 4)
    alone = run(problem, Momentum(lr=0.2), 20, seed=3)
    np.testing.assert_array_equal(many.path[..., 2, 3], alone.path)
    assert many.about["seed"] == [[0, 1, 2, 3]] * 3


@pytest.mark.parametrize(
    ("problem", "seed", "sentence"),
    [
        (Noisy(surface("bowl"), 1.0), [0.5], "seeds must be whole numbers of at least 0"),
        (Noisy(surface("bowl"), 1.0), [-1, 2], "seeds must be whole numbers of at least 0"),
        (Noisy(surface("bowl"), 1.0), [], "seeds must be whole numbers of at least 0"),
        (Line(), [1, 2], "seeds of their own are for runs with gradient noise"),
    ],
)
def test_seeds_that_cannot_be_are_refused(problem, seed, sentence):
    with pytest.raises(ValueError, match=sentence):
        run(problem, parse_spec("sgd").rule, 5, seed=seed)


def test_runs_say_what_memory_they_take_and_refuse_too_much():
    made = reduce_runs(surface("bowl"), Momentum(), 3, start=np.ones((2, 1000)))
    least = estimate_bytes(np.ones((2, 1000)), [np.ones((2, 1000))])
    assert least <= made.bytes < 1.01 * least
    wide = np.broadcast_to(np.ones((2, 1)), (2, 60_000_000))
    with pytest.raises(ValueError, match=r"these runs need [\d.]+ GB: take fewer at once"):
        reduce_runs(SURFACES["bowl"], Momentum(), 3, start=wide)


class Odd(Problem):
    start = np.array([1.0, 2.0])

    def loss(self, params):
        return (params**2).sum(axis=0)

    def grad(self, params, sample=None):
        return np.concatenate([params, params[:1]])


def test_a_gradient_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"shape of the params, \(2,\), problem gave \(3,\)"):
        run(Odd(), Momentum(), 3)


def test_a_problem_without_a_start_is_refused():
    with pytest.raises(ValueError, match="Problem has no start: set it"):
        run(Problem(), Momentum(), 3)
