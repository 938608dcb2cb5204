"""The edge of stability along recorded trainings by torch's own optimizers."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from optviz import Plane, Recording, record, run
from optviz.landscapes.curvature.sharpness import sharpness_along
from optviz.pytorch import Adam as OurAdam
from optviz.pytorch.module_problem import ModuleProblem
from optviz.specs import parse_rule

X = torch.randn(48, 6, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
Y = X[:, :3].argmax(1)
OPTIMIZERS = {
    "sgd:lr=0.1": (torch.optim.SGD, {"lr": 0.1}),
    "momentum:lr=0.1": (torch.optim.SGD, {"lr": 0.1, "momentum": 0.9}),
    "nesterov:lr=0.1": (torch.optim.SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    "adam:lr=0.01": (torch.optim.Adam, {"lr": 0.01}),
    "adam:lr=0.01,wd=0.01": (torch.optim.AdamW, {"lr": 0.01, "fused": True}),
    "adam:lr=0.01,amsgrad=yes": (torch.optim.Adam, {"lr": 0.01, "amsgrad": True}),
    "adam:lr=0.02": (OurAdam, {"lr": 0.02}),
    "rmsprop:lr=0.01,beta2=0.99,centered=yes": (
        torch.optim.RMSprop,
        {"lr": 0.01, "centered": True},
    ),
    "adagrad:lr=0.05,lr_decay=0.1": (torch.optim.Adagrad, {"lr": 0.05, "lr_decay": 0.1}),
    "adadelta:lr=1": (torch.optim.Adadelta, {"lr": 1.0}),
}


def make_model():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 3)).double()


def train(model, optimizer, steps, scheduler=None):
    for _ in range(steps):
        optimizer.zero_grad()
        cross_entropy(model(X), Y).backward()
        optimizer.step()
        if scheduler:
            scheduler.step()


@pytest.mark.parametrize("text", OPTIMIZERS)
def test_a_recorded_run_has_the_edge_of_the_same_run_made_by_the_rule(text, tmp_path):
    kind, options = OPTIMIZERS[text]
    model, problem = make_model(), ModuleProblem(make_model(), cross_entropy, X, Y)
    optimizer = kind(model.parameters(), **options)
    has_state, file = not text.startswith("sgd"), tmp_path / "run.optviz"
    with record(model, optimizer, every=1, state=has_state, file=file):
        train(model, optimizer, 6)
    made = Recording.open(file)
    assert made.about["rule"] == text
    ours = sharpness_along(problem, made)
    theirs = sharpness_along(problem, run(problem, parse_rule(text), 6, keep="path"))
    assert ours.edge is not None
    assert theirs.edge is not None
    np.testing.assert_allclose(ours.edge, theirs.edge)
    np.testing.assert_allclose(ours.values, theirs.values, rtol=1e-5)
    assert (ours.formula, ours.is_scaled) == (theirs.formula, theirs.is_scaled)


def test_the_edge_follows_what_a_scheduler_changes():
    model = make_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1.0, total_steps=12)
    seen = []
    optimizer.register_step_pre_hook(
        lambda *_: seen.append([optimizer.param_groups[0][key] for key in ("lr", "momentum")])
    )
    with record(model, optimizer, every=3) as rec:
        train(model, optimizer, 10, scheduler)
    lr, beta1 = np.array(seen)[[0, 3, 6, 9]].T
    np.testing.assert_allclose(rec.lr[:-1], lr)
    problem = rec.problem(cross_entropy, X, Y)
    edge = sharpness_along(problem, rec.recording).edge
    assert edge is not None
    np.testing.assert_allclose(edge[:-1], (2 + 2 * beta1) / lr)
    assert np.isfinite(edge[-1])


def test_a_resumed_training_goes_on_with_the_count_of_its_optimizer():
    model, problem = make_model(), ModuleProblem(make_model(), cross_entropy, X, Y)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    train(model, optimizer, 3)
    with record(model, optimizer, every=1, state=True) as rec:
        train(model, optimizer, 3)
    whole = run(problem, parse_rule("adam:lr=0.01"), 6, keep="path")
    ours, theirs = (sharpness_along(problem, each).values for each in (rec.recording, whole))
    np.testing.assert_allclose(ours, theirs[3:], rtol=1e-3)  # of the search for it


def test_groups_that_differ_and_optimizers_without_a_rule_have_no_edge():
    model = make_model()
    first, second = model[0].parameters(), model[2].parameters()
    problem = ModuleProblem(make_model(), cross_entropy, X, Y)
    for optimizer, why in (
        (
            torch.optim.SGD([{"params": first, "lr": 0.1}, {"params": second, "lr": 0.2}]),
            "its groups have different learning rates",
        ),
        (torch.optim.NAdam(model.parameters()), "none is known for NAdam with its settings"),
    ):
        with record(model, optimizer) as rec:
            train(model, optimizer, 2)
        assert "rule" not in rec.about
        assert f"No edge: {why}." in sharpness_along(problem, rec.recording).words()
        assert np.isnan(rec.lr).all() == ("groups" in why)
    decays = [{"params": model[0].parameters()}, {"params": model[2].parameters(), "lr": 0.1}]
    optimizer = torch.optim.SGD(decays, lr=0.1, weight_decay=0.5)
    assert record(model, optimizer).about["rule"] == "sgd:lr=0.1,l2=0.5"


@pytest.mark.parametrize("every", [1, 5])
def test_averages_that_a_killed_process_did_not_write_are_not_known(every, tmp_path):
    torch.manual_seed(0)
    model, problem = make_model(), ModuleProblem(make_model(), cross_entropy, X, Y)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    file, killed = tmp_path / "run.optviz", tmp_path / "killed.optviz"
    with record(model, optimizer, every=every, state=True, file=file):
        train(model, optimizer, 20)
        killed.write_bytes(file.read_bytes())  # what is there if the process dies now
        train(model, optimizer, 5)
    made, whole = Recording.open(killed), Recording.open(file)
    steps, last = ("19 and 20", 19) if every == 1 else ("20", 4)
    assert made.step[-1] == 20
    assert f"averages are not known at step {steps}: what followed is not in" in made.words()
    assert made.lr is not None
    np.testing.assert_array_equal(np.isnan(made.lr), np.arange(len(made)) >= last)
    for point in range(len(made)):
        for name, expected in whole.before(point).items():
            is_known = made.step[point] < 20 or name == "count"
            np.testing.assert_array_equal(
                made.before(point)[name], expected if is_known else np.full(len(expected), np.nan)
            )
    ours, theirs = sharpness_along(problem, made), sharpness_along(problem, whole)
    np.testing.assert_array_equal(ours.values, theirs.values[:last])
    assert f"averages are not known at step {made.step[last]}: the curve ends th" in ours.words()
    with pytest.raises(ValueError, match="average gradient is not known at step 20: choose an"):
        Plane.optimizer(made, 20, "momentum", problem=problem)
    end = Plane.optimizer(whole, 25, "momentum", problem=problem)
    assert "the average gradient so far" in end.how
    average = whole.state["grad_avg"][-1].astype(float)
    across = average - end.axes.T @ (end.axes @ average)
    assert np.linalg.norm(across) < 1e-6 * np.linalg.norm(average)
    if every == 5:
        assert "gradient after step 16" in Plane.optimizer(made, 15, problem=problem).how
