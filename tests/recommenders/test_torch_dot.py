"""The dot product on torch, on any device: the numbers of the numpy problem."""

from typing import Any

import numpy as np
import pytest
import torch

from optviz.recommenders import train
from optviz.recommenders.problems.dot_problem import DotBias
from optviz.recommenders.problems.torch_dot import TorchDot
from optviz.recommenders.training.settings import check_device

pytestmark = pytest.mark.data
MODELS = {"dot": {"bias": False, "bounds": None}, "dot_bias": {"bounds": (0.5, 5.0)}}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("rows", [None, np.arange(5, 9000, 3)])
def test_loss_and_gradient_are_those_in_numpy(part_of_100k, model, rows):
    data, settings = part_of_100k, MODELS[model]
    draw, columns = np.random.default_rng(0), (data.user, data.movie, data.rating)
    ours = DotBias(*columns, rows=rows, users=data.users, movies=data.movies, **settings)
    ours.start = draw.normal(0, 0.3, ours.size)
    there = TorchDot(ours, torch.device("cpu"))
    assert there.loss(there.start) == pytest.approx(ours.loss(ours.start), rel=1e-12)
    for sample in (None, draw.integers(0, len(data), 3000)):
        loss, grad = ours.loss_and_grad(ours.start, sample)
        their_loss, their_grad = there.loss_and_grad(there.start, sample)
        assert their_loss == pytest.approx(loss, rel=1e-12)
        np.testing.assert_allclose(their_grad.numpy(), grad, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("model", ["dot", "dot_bias", "net"])
def test_a_device_gives_the_training_that_numpy_gives(part_of_100k, model):
    how: Any = {"rule": "sgd:lr=0.5", "epochs": 1, "batch": 256, "keep": 16}
    ours, there = (train(model, part_of_100k, device=each, **how) for each in (None, "cpu"))
    np.testing.assert_allclose(there.trained.params, ours.trained.params, atol=1e-6)
    assert there.best == pytest.approx(ours.best, rel=1e-5)
    assert there.about["device"] == "cpu"


def test_a_module_of_yours_stays_on_its_own_device(part_of_100k):
    from optviz.recommenders import EmbeddingNet

    module = EmbeddingNet(part_of_100k.users, part_of_100k.movies, 4)
    record = train(module, part_of_100k, "adam:lr=0.01", epochs=1, batch=1024, device="cpu")
    end = torch.cat([each.detach().ravel() for each in module.parameters()])
    np.testing.assert_array_equal(end.numpy(), record.trained.params)


@pytest.mark.parametrize("device", ["tpu", "cuda:x", "meta", "cpu:"])
def test_what_is_no_device_is_refused_in_words(device):
    with pytest.raises(ValueError, match=f'device must be cpu, cuda or mps, got "{device}"'):
        check_device(device)


def test_a_device_that_is_not_here_is_refused_in_words(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert check_device(torch.device("cuda")) == "cuda"
    for name in ("mps", "cuda:1"):
        with pytest.raises(ValueError, match=f'no device "{name}" here, torch finds cpu, cuda'):
            check_device(name)


@pytest.mark.parametrize("more", [{"device": "cpu"}, {"engine": "fused"}])
def test_without_torch_a_sentence_says_what_to_install(part_of_100k, more, monkeypatch):
    monkeypatch.setattr("optviz.extras.find_spec", lambda _name: None)
    with pytest.raises(ValueError, match=r'needs torch: pip install "optviz\[torch\]"'):
        train("dot_bias", part_of_100k, **more)
