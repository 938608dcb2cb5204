"""The picture of a bench for rules shows its steps and what theory says of them."""

from typing import Any

import numpy as np
import pytest

from optviz.sweeps import gradient_bench
from optviz.sweeps.gradients import GRADIENTS
from optviz.views import gradient_bench_figure

MADE = gradient_bench(["sgd", "momentum", "rmsprop"], steps=120, size=3.0)
BARE = gradient_bench("adadelta", ["growing", "noisy"], steps=20)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_panel_has_the_steps_of_each_rule(theme):
    figure: Any = gradient_bench_figure(MADE, theme=theme)
    lines = [each for each in figure.data if each.name in MADE.labels]
    assert len(lines) == 18
    for place, line in enumerate(lines):
        column, row = divmod(place, 3)
        sizes = np.abs(MADE.steps[row, column])
        there = np.isfinite(line.y)
        assert line.y[there] == pytest.approx(sizes[there])
        assert (sizes[~there] <= 1e-12).all()
        assert line.showlegend == (column == 0)
        assert line.xaxis == f"x{column + 1 if column else ''}"


def test_theory_is_drawn_where_it_is_known_and_explained_once():
    figure: Any = gradient_bench_figure(MADE)
    dotted = [each for each in figure.data if str(each.name).endswith(", theory")]
    assert len(dotted) == 15
    assert dotted[1].y == pytest.approx(np.full(120, 0.3))  # momentum, constant
    sparse = dotted[2 * 3 + 2]
    assert list(sparse.x[:3]) == [1, 11, 21]
    assert [each.name for each in figure.data].count("theory, once settled") == 1
    names = [each.name for each in gradient_bench_figure(BARE).data]  # type: ignore[attr-defined]
    assert "theory, once settled" not in names


def test_panels_are_named_and_have_log_axes_around_all_that_they_show():
    figure: Any = gradient_bench_figure(MADE)
    heads = [each.text for each in figure.layout.annotations]
    assert heads == [f"<b>{name}</b><br>{words}" for name, words in GRADIENTS.items()]
    layout = figure.to_dict()["layout"]
    for line in figure.data[:-1]:
        axis = layout[f"yaxis{line.yaxis[1:]}"]
        assert axis["type"] == "log"
        sizes = line.y[np.isfinite(line.y)]
        low, high = axis["range"]
        assert ((np.log10(sizes) > low) & (np.log10(sizes) < high)).all()
    assert figure.layout.title.text == "Steps made of the same gradients, of size 3"


def test_a_theme_that_is_none_is_told():
    with pytest.raises(ValueError, match='theme must be light or dark, got "blue"'):
        gradient_bench_figure(BARE, theme="blue")
