"""The scores of races, held to tables made by hand and to simulation."""

import numpy as np
import pytest

from optviz.sweeps.scores import (
    count_wins,
    find_interval,
    measure_profiles,
    rank_losses,
    rank_rules,
    score_workload,
)

INF = np.inf


def test_the_profile_of_a_table_made_by_hand():
    # Steps of three rules on four problems; nobody solves the last one.
    steps = np.array([[10, 20, INF], [30, 30, 40], [5, 40, 10], [INF, INF, INF]])
    areas = [(1 + 1 + 1 + 0) / 4, (2 / 3 + 1 + 0 + 0) / 4, (0 + (4 - 4 / 3) / 3 + 2 / 3 + 0) / 4]
    assert measure_profiles(steps) == pytest.approx(areas)


def test_a_rule_that_begins_at_the_target_does_not_divide_by_zero():
    assert measure_profiles(np.array([[0, 2.0], [0, 0]])) == pytest.approx([1, (2 / 3 + 1) / 2])


def test_ranks_share_places():
    ranks = rank_losses(np.array([[3.0, 1.0, 2.0], [1.0, 1.0, 2.0], [INF, 5.0, INF]]))
    assert ranks.tolist() == [[3, 1, 2], [1.5, 1.5, 3], [2.5, 1, 2.5]]


def test_wins_count_ties_and_two_misses_half():
    assert count_wins(np.array([1, 2, INF, 4.0]), np.array([2, 2, INF, 3.0])) == 0.5
    assert count_wins(np.array([1.0, INF]), np.array([INF, INF])) == 0.75


def test_seeds_that_choose_do_not_report():
    choosing = np.array([[1.0, 9.0], [1.0, 9.0], [1.0, 9.0]])
    reporting = np.array([[5.0, 0.0]] * 10)  # the other trial would have reported less
    final = np.concatenate([choosing, reporting])
    [score] = score_workload([(final, np.full((1, 13, 2), 7.0))], 3)
    assert (score.trial, score.loss, score.interval) == (0, 5.0, (5.0, 5.0))
    assert score.luckiest == 0.0
    assert score.steps == (7.0,)


def test_a_miss_counts_as_infinity():
    final, reached = np.ones((13, 1)), np.full((2, 13, 1), 4.0)
    reached[0, 3:9] = INF
    [score] = score_workload([(final, reached)], 3)
    assert score.steps == (INF, 4.0)


def test_the_choice_of_a_trial_widens_the_interval():
    rng = np.random.default_rng(1)
    luck = rng.normal(0, 1, (25, 40)) + np.repeat(rng.normal(0, 1, (1, 40)), 25, axis=0)
    [score] = score_workload([(luck, np.zeros((1, 25, 40)))], 5)
    fixed = luck[5:, [score.trial]]
    [alone] = score_workload(
        [(np.concatenate([luck[:5, [score.trial]], fixed]), np.zeros((1, 25, 1)))], 5
    )
    assert np.ptp(score.interval) >= np.ptp(alone.interval)


def test_intervals_cover_the_true_median():
    rng, covered = np.random.default_rng(3), 0
    for _ in range(200):
        final = rng.normal(2.0, 1.0, (45, 1))
        [score] = score_workload([(final, np.zeros((1, 45, 1)))], 5)
        covered += score.interval[0] <= 2.0 <= score.interval[1]
    assert 0.89 <= covered / 200 <= 0.99


def make_scores(shift, seeds=25, seed=0):
    rng = np.random.default_rng(seed)
    common = rng.normal(0, 1, (seeds, 1))  # paired: both meet the same seed
    one, other = common + rng.normal(0, 0.1, (2, seeds, 1))
    reached = np.full((1, seeds, 1), 3.0)
    return score_workload([(one, reached), (other + shift, reached)], 5)


def test_pairs_tell_apart_what_intervals_of_each_cannot():
    first, second = make_scores(0.4)
    assert first.interval[1] > second.interval[0]
    standing = rank_rules([(first, second)])
    assert standing.winner == 0
    assert standing.beats[0][1][0] > 0.95
    assert standing.beats[0][1][0] + standing.beats[1][0][0] == pytest.approx(1)


def test_no_winner_is_declared_between_equals():
    named = [rank_rules([make_scores(0.0, seed=seed)]).winner for seed in range(40)]
    assert named.count(None) >= 36


def test_the_interval_is_of_percentiles():
    draws = np.arange(1.0, 1001)
    assert find_interval(draws) == (26.0, 975.0)
    assert find_interval(np.append(draws, [INF] * 100))[1] == INF


def test_rules_that_are_alike_hardly_ever_have_a_winner():
    winners = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        rules = [(rng.normal(0, 1, (25, 8)), np.zeros((1, 25, 8))) for _ in range(4)]
        winners += rank_rules([score_workload(rules, 5, seed)]).winner is not None
    assert winners <= 200 * 0.05
