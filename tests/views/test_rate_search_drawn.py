"""The picture of a learning-rate search shows what it found."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from optviz.pytorch.lr_finder import lr_find
from optviz.views import rate_search_figure


def find(high=20.0):
    torch.manual_seed(0)
    inputs = torch.randn(64, 3)
    batches = [
        (inputs[i : i + 16], inputs[i : i + 16].sum(1, keepdim=True)) for i in range(0, 64, 16)
    ]
    loss = nn.functional.mse_loss
    return lr_find(nn.Linear(3, 1), batches, loss, low=1e-3, high=high, steps=40, sweep=6)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_suggestions_stand_on_the_curve_and_the_edge_where_trainings_fail(theme):
    found = find()
    figure: Any = rate_search_figure(found, theme=theme)
    for name, each in found.suggested.items():
        [mark] = [trace for trace in figure.data if trace.name == name]
        assert mark.x[0] == np.median(each)
        assert mark.x[0] + mark.error_x.array[0] == pytest.approx(each.max())
    [median] = [each for each in figure.data if each.name == "short trainings, at the end"]
    ends = np.median(found.sweep_losses, axis=0)
    np.testing.assert_allclose(
        np.array(median.y, float)[np.isfinite(ends)], ends[np.isfinite(ends)]
    )
    assert figure.layout.shapes[0].x0 == found.largest
    assert figure.layout.xaxis.type == "log"


def test_a_search_that_finds_nothing_is_drawn():
    inputs = torch.full((8, 1), 1e20)
    found = lr_find(
        nn.Linear(1, 1), [(inputs, inputs)], nn.functional.mse_loss, steps=10, seeds=1, sweep=2
    )
    assert not rate_search_figure(found).to_dict()["layout"].get("shapes")


def test_several_suggestions_that_fail_share_one_line_of_title():
    found = find()
    wild = {"steepest": np.array([9e9]), "valley": np.array([1e-9]), "slide": np.array([8e9])}
    figure: Any = rate_search_figure(replace(found, suggested=wild))
    title = figure.layout.title.text
    assert title == (f"steepest, slide: above {found.largest:.2g}, the largest rate that survives")
