"""The picture of a claim shows each condition with its interval and its verdict."""

from typing import Any

import pytest

from optviz import Noisy, surface
from optviz.sweeps import Workload, claim
from optviz.sweeps.claims import VERDICTS
from optviz.views import claim_figure

LOAD = Workload(Noisy(surface("0.15*x^2 + 0.15*y^2"), 1e-9), steps=10)
MADE = claim("rmsprop:beta2=0.9 beats sgd", LOAD, trials=8, choosing=3, reporting=10)


def find_rows(figure) -> dict[int, str]:
    axis = figure.layout.yaxis
    return dict(zip(axis.tickvals, axis.ticktext, strict=True))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_condition_stands_in_its_row_with_its_value_and_interval(theme):
    figure: Any = claim_figure(MADE, theme=theme)
    labels = find_rows(figure)
    lines, marks = figure.data[:3], figure.data[3:]
    assert [each.name for each in marks] == list(VERDICTS)
    for name, line, mark in zip(VERDICTS, lines, marks, strict=True):
        found = [each for each in MADE.findings if each.verdict == name]
        assert list(mark.x) == [each.beats[0] for each in found]
        assert list(line.x) == [x for each in found for x in (*each.beats[1:], None)]
        for each, row in zip(found, mark.y, strict=True):
            assert labels[row].startswith(each.condition.title)
    assert figure.layout.title.text.replace("<br>", " ") == MADE.conclude()


def test_verdicts_differ_by_mark_and_word_too():
    figure: Any = claim_figure(MADE)
    assert len({each.marker.symbol for each in figure.data[3:]}) == 3
    words = [each.text for each in figure.layout.annotations]
    assert words == [
        f"<b>{each.verdict}, flips</b>" if each.flips else each.verdict for each in MADE.findings
    ]
    assert MADE.flips


def test_unfair_conditions_and_factors_are_named():
    labels = list(find_rows(claim_figure(MADE)).values())
    assert "SGD untuned, RMSProp beta2=0.9 tuned (unfair)" in labels
    factors = [each for each in labels if each.startswith("<b>")]
    assert factors == [
        f"<b>{each}</b>" for each in ("base", "schedule", "budget", "lr", "start", "noise", "seed")
    ]


def test_a_narrow_picture_has_each_condition_and_verdict_above_its_interval():
    figure: Any = claim_figure(MADE, narrow=True)
    words = [each for each in figure.layout.annotations if "<b>" not in each.text[:3]]
    conditions = [each for each in words if each.xanchor == "left"]
    assert [each.text.replace("<br>", " ") for each in conditions] == [
        each.condition.title + (" (unfair)" if each.unfair else "") for each in MADE.findings
    ]
    heights = sorted(y for mark in figure.data[3:] for y in mark.y)
    assert len(heights) == len(conditions)
    assert all(0 < y - each.y < 20 for y, each in zip(heights, conditions, strict=True))
    assert figure.layout.yaxis.range[0] > heights[-1]
