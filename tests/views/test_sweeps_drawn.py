"""The picture of a sweep shows what the sweep says."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from optviz import Noisy, surface
from optviz.sweeps import sweep_map
from optviz.sweeps.sweep_records import REGIMES
from optviz.views.sweeps import SHOWN, sweep_figure

MADE = sweep_map(
    Noisy(surface("ravine"), 0.01), "momentum", {"lr": (0.01, 1), "beta1": (0, 0.9)}, 50, seeds=3
)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("show", SHOWN)
def test_every_map_is_drawn_with_its_border(show, theme):
    figure: Any = sweep_figure(MADE, show, theme=theme)
    heat, border = figure.data
    assert np.shape(heat.z) == (41, 41)
    np.testing.assert_array_equal(np.stack([border.x, border.y], axis=1), MADE.border)
    assert SHOWN[show] in figure.layout.title.text
    assert figure.layout.xaxis.type == "log"
    assert figure.layout.yaxis.type == "linear"


def test_losses_are_on_a_log_scale_and_gone_where_the_runs_diverge():
    figure: Any = sweep_figure(MADE)
    heights = np.array(figure.data[0].z, float)
    stays = (MADE.diverged <= 0.5) & np.isfinite(MADE.median)
    assert np.isnan(heights[~stays]).all()
    np.testing.assert_allclose(10 ** heights[stays], MADE.median[stays], rtol=1e-6)


def test_a_regime_is_told_by_name():
    figure: Any = sweep_figure(MADE, "regime")
    assert (np.array(figure.data[0].text) == np.array(REGIMES)[MADE.regime]).all()


def test_the_title_says_which_seeds_are_shown():
    taken = {
        "final": "median of 3 seeds",
        "steps": "median of 3 seeds",
        "diverged": "3 seeds",
        "rate": "the first seed",
        "regime": "the first seed",
    }
    for show, words in taken.items():
        figure: Any = sweep_figure(MADE, show)
        assert figure.layout.title.text.endswith(f", {words}"), show


def test_another_picture_is_refused():
    with pytest.raises(ValueError, match=r'show must be of final, steps, .*, got "loss"'):
        sweep_figure(MADE, "loss")


def test_losses_within_a_decade_have_ticks_too():
    near = replace(MADE, final=np.full_like(MADE.final, 1.5) + MADE.x / 10, diverged=MADE.rate * 0)
    figure: Any = sweep_figure(near)
    bar = figure.data[0].colorbar
    assert list(bar.ticktext) == ["1.5", "1.53", "1.57", "1.6"]
    assert 10 ** bar.tickvals[0] == pytest.approx(near.final.min())
