"""Slices of recorded trainings of real models: each true loss with the point's own buffers."""

from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

import optviz
from optviz import Plane, Recording, compare_runs, record, slice_loss

DIGITS: Any = load_digits()
IMAGES = torch.tensor(DIGITS.images / 16, dtype=torch.float32)[:300]
LABELS = torch.tensor(DIGITS.target)[:300]


class Rows(nn.Module):
    """An LSTM over the rows of an image."""

    def __init__(self):
        super().__init__()
        self.lstm, self.head = nn.LSTM(8, 12, batch_first=True), nn.Linear(12, 10)

    def forward(self, x):
        return self.head(self.lstm(x)[0][:, -1])


class Attention(nn.Module):
    """A small transformer over the rows of an image, with places in a constant buffer."""

    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(8, 10)
        self.register_buffer("places", torch.linspace(0, 1, 8)[:, None])

    def forward(self, x):
        return self.head(self.encoder(x + self.places).mean(1))


def convolve():
    return nn.Sequential(
        nn.Unflatten(1, (1, 8)),
        nn.Conv2d(1, 4, 3),
        nn.BatchNorm2d(4, momentum=0.5),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Flatten(),
        nn.Linear(144, 10),
    )


def train(make, choose, steps=24, lr=0.01, **options):
    """Record a training; return the recorder and the true losses at its points."""
    torch.manual_seed(0)
    model, losses = make(), []
    optimizer = choose(model.parameters(), lr=lr)

    def note():
        model.eval()
        with torch.no_grad():
            losses.append(cross_entropy(model(IMAGES), LABELS).item())
        model.train()

    note()
    with record(model, optimizer, every=4, **options) as rec:
        for step in range(steps):
            rows = slice(32 * (step % 9), 32 * (step % 9) + 32)
            optimizer.zero_grad()
            cross_entropy(model(IMAGES[rows]), LABELS[rows]).backward()
            optimizer.step()
            if step % 4 == 3:
                note()
    return rec, losses


@pytest.mark.parametrize("make", [convolve, Rows, Attention])
def test_true_losses_of_a_recorded_model_are_those_of_the_loop(make):
    rec, losses = train(make, torch.optim.Adam)
    loader = DataLoader(TensorDataset(IMAGES, LABELS), batch_size=100)
    for data in ((IMAGES, LABELS), (loader,)):
        cut = rec.slice(cross_entropy, *data, size=3)
        (shadow,) = cut.shadows
        np.testing.assert_array_equal(shadow.step, range(0, 25, 4))
        np.testing.assert_allclose(shadow.true, losses, rtol=1e-5)
    assert "not known" not in cut.words()
    assert shadow.statistics == ""
    if make is convolve:  # one set of buffers for all points gives other losses
        problem = rec.problem(cross_entropy, IMAGES, LABELS)
        shared = np.array([problem.loss(each) for each in rec.path])
        assert np.abs(shared / losses - 1).max() > 0.01
        assert shared[-1] == pytest.approx(losses[-1], rel=1e-5)


def test_runs_are_compared_on_one_plane_in_one_line(tmp_path):
    file = tmp_path / "sgd.optviz"
    first, losses = train(convolve, torch.optim.SGD, lr=0.1, file=file)
    second, others = train(convolve, torch.optim.Adam)
    runs = {"SGD": first, "Adam": second}
    cut = compare_runs(runs, cross_entropy, IMAGES, LABELS, size=5)
    assert [(each.label, each.kind) for each in cut.shadows] == [("SGD", "sgd"), ("Adam", "adam")]
    assert cut.plane.how == "principal axes of 2 paths together"
    for shadow, true in zip(cut.shadows, (losses, others), strict=True):
        np.testing.assert_allclose(shadow.true, true, rtol=1e-5)
    assert "off" in cut.words()
    opened = {"SGD": Recording.open(file), "Adam": second.recording}
    options = {"size": 5, "plane": cut.plane, "buffers": "own"}
    torch.manual_seed(5)
    again = compare_runs(opened, cross_entropy, IMAGES, LABELS, model=second.model, **options)
    for ours, theirs in zip(again.shadows, cut.shadows, strict=True):
        np.testing.assert_array_equal(ours.true, theirs.true)
    with pytest.raises(ValueError, match="have no model with them: pass model="):
        compare_runs(opened, cross_entropy, IMAGES, LABELS)
    with pytest.raises(ValueError, match="there is no recording to compare: pass"):
        compare_runs({}, cross_entropy, IMAGES, LABELS)


def test_a_recording_of_another_model_is_refused():
    first, _ = train(convolve, torch.optim.SGD, steps=4)
    second, _ = train(Rows, torch.optim.SGD, steps=4)
    with pytest.raises(ValueError, match=r"b has lstm.weight_ih_l0 \(48, 8\), the problem no such"):
        compare_runs({"a": first, "b": second}, cross_entropy, IMAGES, LABELS)
    with pytest.raises(ValueError, match="the recording is not closed yet: leave its with block"):
        compare_runs({"a": record(Rows())}, cross_entropy, IMAGES, LABELS)


def test_constant_buffers_of_another_model_are_refused():
    rec, _ = train(Attention, torch.optim.SGD, steps=4)
    rec.model.places.add_(1)
    with pytest.raises(ValueError, match="the buffer places differs between SGD and the model"):
        rec.slice(cross_entropy, IMAGES, LABELS)


def test_dict_batches_and_ways_to_choose_a_plane():
    class Named(Rows):
        def forward(self, pixels):
            return super().forward(pixels)

    rec, losses = train(Rows, torch.optim.Adam, steps=8)
    rec.model.__class__ = Named
    batches = [{"pixels": IMAGES[:150], "y": LABELS[:150]}]
    batches += [{"pixels": IMAGES[150:], "y": LABELS[150:]}]
    plane = rec.plane("through", rec.path[0], rec.path[1], rec.path[-1])
    cut = rec.slice(cross_entropy, batches, "y", plane=plane, size=3)
    np.testing.assert_allclose(cut.shadows[0].true, losses, rtol=1e-5)
    assert cut.shadows[0].exact[[0, 1, -1]].all()
    with pytest.raises(ValueError, match='Plane has no way "pcb" to choose a plane'):
        rec.plane("pcb")


def test_a_recorder_is_a_path_wherever_one_is_drawn():
    rec, losses = train(convolve, torch.optim.Adam, steps=8)
    problem = rec.problem(cross_entropy, IMAGES, LABELS)
    for path in (rec, rec.recording):
        cut = slice_loss(problem, Plane.pca([path]), [path], size=3)
        np.testing.assert_allclose(cut.shadows[0].true, losses, rtol=1e-5)
    assert optviz.record is record


def test_runs_that_diverged_are_cut_said_and_ranked_last_and_have_no_end():
    torch.manual_seed(0)
    x = torch.randn(40, 3)
    runs = {}
    for name, bad in (("slow", 99), ("fast", 7)):
        torch.manual_seed(1)
        model = nn.Linear(3, 2)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.5 if bad < 99 else 0.05)
        with record(model, optimizer, every=1, label=name) as runs[name]:
            for step in range(10):
                optimizer.zero_grad()
                scale = torch.nan if step == bad else 1.0
                (scale * nn.functional.mse_loss(model(x), x[:, :2])).backward()
                optimizer.step()
    data = nn.functional.mse_loss, x, x[:, :2]
    cut = compare_runs(runs, *data, size=3)
    said = "fast diverged: it is not finite from step 8 on, what is drawn ends at step 7."
    assert cut.words().startswith(said)
    assert "slow, fast (diverged)" in cut.verdict()
    wild, problem = runs["fast"].recording, runs["slow"].problem(*data)
    own = slice_loss(problem, Plane.pca(wild), wild, size=3)
    assert own.shadows[0].step[-1] == 7
    assert own.verdict().startswith(said)
    bent = optviz.slice_sheet(problem, optviz.Sheet.between(runs["slow"], wild), size=3)
    assert bent.words().startswith(said)
    for take in (
        lambda end: optviz.top_eigenvalues(problem, end, 2).values,
        lambda end: Plane.hessian(problem, end).origin,
        lambda end: optviz.profile_loss(problem, problem.start, end, size=3).ends,
    ):
        with pytest.raises(ValueError, match=r"fast diverged .* recording\.pick\(\[7\]\)"):
            take(wild)
        assert np.isfinite(take(wild.pick([7]))).all()


def test_what_cannot_be_sliced_is_told_as_it_is():
    x = torch.ones(6, 3)
    model = nn.Linear(3, 1)
    with record(model, torch.optim.SGD(model.parameters(), lr=0.1)) as rec:
        pass
    mse = nn.functional.mse_loss
    with pytest.raises(ValueError, match="the path has one finite point and so no direction"):
        rec.slice(mse, x, x[:, :1])
    with pytest.raises(ValueError, match="inputs and targets have no rows: give at least one"):
        rec.slice(mse, x[:0], x[:0, :1])
    with pytest.raises(ValueError, match="equally many rows, got 4 and 6: where"):
        rec.slice(mse, x, x[:4, :1])
    with pytest.raises(ValueError, match=r'for the rows that it was tried on.*reduction="mean"'):
        rec.slice(nn.MSELoss(reduction="none"), x, x[:, :1])
