"""First weights without torch: to the bit those of torch's own generator."""

import numpy as np
import pytest
import torch

from optviz.recommenders.initial_weights import draw_uniform, draw_weights
from optviz.recommenders.models import build_model
from optviz.recommenders.training.preparation import build_untrained, read_module
from tests.support.movielens_made import made_ratings

FUSED = pytest.mark.skipif(
    torch.backends.cpu.get_cpu_capability() == "DEFAULT",
    reason="torch rounds twice on a processor that cannot multiply and add at once",
)
SEEDS = (0, 1, 42, 2**31, 2**32 - 1, 2**32 + 5)
SIZES = (1, 7, 8, 15, 16, 17, 33, 623, 624, 625, 1000, 40_001)
"""Around what fits a register, and around the 624 words of the generator's state."""


@FUSED
@pytest.mark.parametrize("bounds", [(0.0, 0.05), (-0.01, 0.01), (0.0, 1.0)])
def test_numbers_are_those_of_torch_to_the_bit(bounds):
    low, high = bounds
    for seed in SEEDS:
        for size in SIZES:
            torch.manual_seed(seed)
            expected = torch.empty(size).uniform_(low, high).numpy()
            ours = draw_uniform(size, low, high, seed)
            assert ours.tobytes() == expected.tobytes(), (seed, size)


@FUSED
@pytest.mark.parametrize(("model", "settings"), [("dot", {"factors": 3}), ("dot_bias", {})])
def test_weights_are_those_of_the_torch_module_to_the_bit(model, settings):
    for seed in SEEDS:
        module = build_model(model, 943, 1682, seed, **settings)
        expected = np.concatenate([each.detach().numpy().ravel() for each in module.parameters()])
        ours = draw_weights(model, 943, 1682, seed, **settings)
        assert ours.dtype == np.float32
        assert ours.tobytes() == expected.tobytes(), seed


def test_numbers_stay_between_their_bounds():
    drawn = draw_uniform(100_000, -0.01, 0.01, 3)
    assert -0.01 <= drawn.min() < -0.0099
    assert 0.0099 < drawn.max() <= np.float32(0.01)
    assert abs(drawn.mean()) < 1e-4


@pytest.mark.parametrize("model", ["dot", "dot_bias"])
def test_an_untrained_model_is_that_of_the_torch_module(model):
    data = made_ratings()
    ours, none = build_untrained(model, data, 7)
    settings = {} if model == "dot" else {"scale": data.scale}
    theirs = read_module(build_model(model, data.users, data.movies, 7, **settings), data)
    assert none is None
    assert (ours.model, ours.settings) == (theirs.model, theirs.settings)
    np.testing.assert_allclose(ours.params, theirs.params, atol=1e-9)
