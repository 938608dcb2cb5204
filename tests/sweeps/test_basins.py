"""Basin maps, held to runs alone and to known shares."""

from typing import Any

import numpy as np
import pytest

from optviz import Adam, DotBias, Noisy, parse_spec, run, surface
from optviz.sweeps import basin_maps
from optviz.sweeps.basins import DIVERGED, ELSEWHERE, NO_LOSS
from tests.support.cases import every

RATINGS = DotBias(np.arange(3), np.arange(3), np.ones(3), factors=2)
WELLS = "x^2 + y^2 - 2*exp(-((x-1)^2+y^2)/.2) - 3*exp(-((x+1)^2+y^2)/.2)"
KNOWN = [
    ("sgd:lr=0.02", 500, 55),
    ("momentum:lr=0.01,beta1=0.8", 200, 59),
    ("rmsprop:lr=0.01,beta2=0.99", 300, 65),
    ("adam:lr=0.01,beta1=0.7,debias=no", 100, 67),
    ("adam:lr=0.01,beta1=0.7", 100, 30),
]


def test_the_shares_are_the_known_ones():
    rules, steps, known = zip(*KNOWN, strict=True)
    maps = basin_maps(
        surface(WELLS),
        rules,
        steps,
        window=((-2, 2), (-2, 2)),
        minima=[(-1, 0), (1, 0)],
        within=0.15,
    )
    for each, share in zip(maps, known, strict=True):
        assert abs(100 * each.share(0) - share) <= 1, each.label


@every("text", ["sgd:lr=0.01", "momentum:lr=0.01", "adam:lr=0.3,schedule=cosine"])
@every("noise", [0.0, 3.0])
def test_each_cell_is_where_the_run_alone_goes(text, noise):
    base = surface("himmelblau")
    problem = Noisy(base, noise) if noise else base
    [basins] = basin_maps(problem, text, 80, size=9, seed=2)
    rule, schedule, _ = parse_spec(text)
    for row, column in np.ndindex(9, 9):
        start = basins.x[column], basins.y[row]
        alone = run(problem, rule, 80, start=start, schedule=schedule, seed=2)
        end = basins.end[row, column]
        if not alone.is_finished:
            assert end == DIVERGED, alone.ended
            continue
        away = np.hypot(*(basins.minima - alone.end).T)
        assert end == (away.argmin() if away.min() <= basins.within else ELSEWHERE)
        if end >= 0:
            near = np.hypot(*(alone.path - basins.minima[end]).T) <= basins.within
            assert near[basins.arrived[row, column] :].all()
            assert basins.arrived[row, column] == 0 or not near[basins.arrived[row, column] - 1]


def test_a_start_without_a_loss_and_one_that_diverges_are_told_apart():
    [basins] = basin_maps(
        surface("log(x + 1) - log(x + 1) + x^4 + y^2"),
        "sgd:lr=0.1",
        100,
        window=((-3, 40), (-1, 1)),
        size=44,
        minima=[(0, 0)],
        within=0.5,
    )
    assert (basins.end[:, basins.x < -1] == NO_LOSS).all()
    assert (basins.end[:, basins.x == 0] == 0).all()
    assert DIVERGED in basins.end[:, -1] or NO_LOSS in basins.end[:, -1]
    assert sum(basins.shares().values()) == pytest.approx(1)


def test_arrived_is_nearer_to_that_minimum_than_to_any_other():
    minima = [(-0.01, 0), (0.01, 0)]
    [basins] = basin_maps(surface("bowl"), "sgd", 5, size=5, minima=minima)
    away = np.hypot(*(basins.minima[0] - basins.minima[1]))
    assert basins.within < away / 2


def test_it_tells_its_steps_and_stops_when_that_raises():
    told = []
    basin_maps(
        surface("bowl"), ["sgd", "adam"], [3, 4], size=3, on_step=lambda *each: told.append(each)
    )
    assert told == [(step, 7) for step in range(7)]

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        basin_maps(surface("bowl"), "sgd", 3, size=3, on_step=stop)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"problem": "x^2"}, "problem must be a problem such as surface"),
        (
            {"problem": RATINGS},
            "a basin map needs 2 parameters",
        ),
        ({"steps": [1, 2]}, "steps must be one for each of 1 rules, got 2"),
        ({"steps": 0}, "steps must be a whole number of at least 1"),
        ({"size": 1}, "size must be a whole number of at least 2"),
        ({"minima": 5}, "minima must be points"),
        ({"minima": [(0, np.nan)]}, "minima must be points"),
        ({"rules": "adm"}, "nearest: adam"),
    ],
)
def test_mistakes_are_told(change, sentence):
    given: Any = {"problem": surface("bowl"), "rules": "adam", "steps": 2, "size": 3} | change
    with pytest.raises(ValueError, match=sentence):
        basin_maps(given.pop("problem"), given.pop("rules"), given.pop("steps"), **given)


def test_it_tells_itself():
    [basins] = basin_maps(surface("himmelblau"), Adam(lr=0.3), 60, size=11)
    assert repr(basins) == "BasinMap('Adam lr=0.3' on 'Himmelblau': 11 x 11 starts)"
    text = basins.to_text()
    assert "60 steps from 121 starts" in text
    assert f"{basins.share(2):.1%}  minimum 3 at (3, 2)" in text
    assert "minimum 3" in basins._repr_html_()
