"""The picture of a race of schedules: losses above, learning rates below, the same steps."""

from typing import Any

import numpy as np
import pytest

from optviz import Noisy, surface
from optviz.sweeps import Workload, race_schedules
from optviz.views import schedule_race_figure

SMALL: Any = {"trials": 4, "choosing": 2, "reporting": 10}
MADE = race_schedules(Workload(Noisy(surface("ravine"), 0.5), 40), "sgd", **SMALL)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_medians_stand_above_and_rates_below(theme):
    figure: Any = schedule_race_figure(MADE, theme=theme)
    above = [each for each in figure.data if each.mode == "lines" and each.showlegend is None]
    below = [each for each in figure.data if each.yaxis == "y2"]
    assert len(above) == len(below) == 6
    for place, (loss, rate) in enumerate(zip(above, below, strict=True)):
        assert loss.y == pytest.approx(MADE.medians[place])
        assert rate.y == pytest.approx(MADE.rates[place])
        assert loss.line.color == rate.line.color
        assert rate.line.shape == "hv"
    upper, lower = figure.layout.yaxis.domain, figure.layout.yaxis2.domain
    assert lower[1] < upper[0]
    assert figure.layout.xaxis.anchor == "y2"


def test_bands_hold_the_middle_half_of_the_seeds():
    figure: Any = schedule_race_figure(MADE)
    bands = [each for each in figure.data if each.fill == "toself"]
    low, high = MADE.bands[:, 1]
    assert bands[1].y == pytest.approx(np.concatenate([low, high[::-1]]))


def test_legend_tells_lr_and_the_loss_with_its_interval():
    figure: Any = schedule_race_figure(MADE)
    names = [each.name for each in figure.data if each.showlegend is None]
    score, rival = MADE.race.scores[0][0], MADE.race.contestants[0]
    lr = rival.values["lr"][score.trial]
    assert names[0].startswith("constant: lr ")
    assert float(names[0].split("lr ")[1].split(",")[0]) == pytest.approx(lr, rel=0.01)
    assert float(names[0].split("loss ")[1].split()[0]) == pytest.approx(score.loss, rel=0.01)
    text = figure.layout.title.text
    assert text.lower() == f"sgd on ravine: {MADE.conclude()}".lower()


def test_rates_far_apart_have_a_log_axis():
    made = race_schedules(
        Workload(surface("bowl"), 10),
        "sgd",
        [lambda _: 1.0, lambda_small],
        space={"lr": (0.1, 0.11)},
        **SMALL,
    )
    assert schedule_race_figure(made).layout.yaxis2.type == "log"  # type: ignore[attr-defined]
    assert schedule_race_figure(MADE_ALIKE).layout.yaxis2.type != "log"  # type: ignore[attr-defined]


def lambda_small(_step: int) -> float:
    """A schedule of a user's own, a thousandth of the rate."""
    return 1e-3


MADE_ALIKE = race_schedules(
    Workload(surface("bowl"), 10), "sgd", ["constant", "cosine"], space={"lr": (0.1, 0.2)}, **SMALL
)


def test_losses_that_are_negative_have_a_linear_axis():
    made = race_schedules(
        Workload(surface("x^2 + y^2 - 5"), 10), "sgd", ["constant", "cosine"], **SMALL
    )
    assert schedule_race_figure(made).layout.yaxis.type != "log"  # type: ignore[attr-defined]
    assert schedule_race_figure(MADE_ALIKE).layout.yaxis.type == "log"  # type: ignore[attr-defined]


def test_seeds_that_diverge_leave_no_gap_in_a_band_and_are_named():
    made = race_schedules(
        Workload(surface("rosenbrock"), 40),
        "sgd",
        ["constant", "cosine"],
        space={"lr": (0.5, 1.0)},
        **SMALL,
    )
    figure: Any = schedule_race_figure(made)
    assert "diverged" in figure.data[2].name
    for band in figure.data[:2]:
        assert np.isfinite(band.y).all()
