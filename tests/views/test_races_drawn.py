"""The picture of a race shows its scores."""

from typing import Any

import numpy as np
import pytest

from optviz import Noisy, surface
from optviz.sweeps import Workload, race
from optviz.views import race_figure

LOADS = [Workload(Noisy(surface(name), 0.3), 30) for name in ("rosenbrock", "ravine")]
MADE = race(LOADS, ["sgd", "momentum", "adam"], trials=4, choosing=2, reporting=10)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_losses_stand_over_the_best_with_their_intervals(theme):
    figure: Any = race_figure(MADE, theme=theme)
    assert [each.name for each in figure.data] == list(MADE.labels)
    for row, scores in enumerate(MADE.scores):
        best = min(each.loss for each in scores)
        for trace, score in zip(figure.data, scores, strict=True):
            assert trace.x[row] == pytest.approx(score.loss / best)
            low, high = (each / best for each in score.interval)
            if np.isfinite(high) and low > 1e-3:
                assert trace.x[row] - trace.error_x.arrayminus[row] == pytest.approx(low)
    assert figure.layout.title.text == MADE.conclude()
    assert list(figure.layout.yaxis.ticktext) == ["Rosenbrock", "Ravine"]


def test_a_rule_that_never_ends_finite_is_drawn_at_the_edge():
    made = race(
        Workload(surface("rosenbrock"), 40),
        ["sgd", "momentum"],
        trials=2,
        spaces={"SGD": {"lr": (0.5, 1.0)}, "Momentum": {"lr": (0.5, 1.0)}},
        reporting=10,
    )
    figure: Any = race_figure(made)
    assert np.isfinite([each for trace in figure.data for each in trace.x]).all()
