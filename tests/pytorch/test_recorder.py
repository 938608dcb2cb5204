"""A recorder around loops that know nothing of it: every torch optimizer, models of any kind."""

import resource
import signal
import subprocess
import sys
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.nn.utils import parametrizations

from optviz import Recording, compare_runs, record
from optviz.pytorch import Adam as OurAdam
from optviz.pytorch.logged_values import date_value, read_clock
from optviz.pytorch.point_reader import PointReader, list_buffers
from optviz.runs.recording_files import Layout
from optviz.runs.sketches import Sketch

X = torch.randn(48, 6, generator=torch.Generator().manual_seed(1))
Y = X[:, :3].argmax(1)


class Tied(nn.Module):
    """An encoder and a decoder with one weight."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(6, 6), nn.Linear(6, 6)
        self.second.weight = self.first.weight

    def forward(self, x):
        return self.second(torch.tanh(self.first(x)))


class Adapted(nn.Module):
    """A frozen layer with a low-rank correction that is trained."""

    def __init__(self):
        super().__init__()
        self.base = nn.Linear(6, 3).requires_grad_(False)
        self.down, self.up = nn.Linear(6, 2, bias=False), nn.Linear(2, 3, bias=False)

    def forward(self, x):
        return self.base(x) + self.up(self.down(x))


def plain():
    return nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Dropout(0.2), head())


def head():
    return nn.Linear(8, 3)


def mixed():
    model = nn.Sequential(nn.Linear(6, 8).bfloat16(), nn.Tanh(), head().double())
    model[0].register_forward_pre_hook(lambda _, given: (given[0].bfloat16(),))
    model[2].register_forward_pre_hook(lambda _, given: (given[0].double(),))
    return model


def sgd(model):
    return torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)


def grouped(model):
    first, second = nn.ModuleList(model[:2]), nn.ModuleList(model[2:])
    groups = [{"params": second.parameters(), "lr": 0.01}, {"params": first.parameters()}]
    return torch.optim.AdamW(groups, lr=0.02)


MODELS = {
    "plain": (plain, sgd),
    "several groups in another order": (plain, grouped),
    "tied": (Tied, sgd),
    "low rank": (Adapted, sgd),
    "bfloat16 and float64": (mixed, sgd),
    "spectral norm": (lambda: nn.Sequential(parametrizations.spectral_norm(nn.Linear(6, 3))), sgd),
    "ours": (plain, lambda model: OurAdam(model.parameters(), lr=0.01)),
    "LBFGS": (plain, lambda model: torch.optim.LBFGS(model.parameters(), max_iter=3)),
    "Rprop": (plain, lambda model: torch.optim.Rprop(model.parameters())),
}


def train(model, optimizer, steps=12, on_step=None):
    """Train as a script does; return the points after each step, parameters and buffers."""
    torch.manual_seed(2)
    points = [take_point(model)]
    for step in range(steps):
        rows = slice(8 * (step % 6), 8 * (step % 6) + 8)

        def closure(rows=rows):
            optimizer.zero_grad()
            loss = cross_entropy(model(X[rows]).float(), Y[rows])
            loss.backward()
            return loss

        optimizer.step(closure)
        points.append(take_point(model))
        if on_step:
            on_step(step)
    return points


def take_point(model):
    params = [each.detach().float().flatten() for each in model.parameters() if each.requires_grad]
    return torch.cat(params).numpy(), {n: b.clone().numpy() for n, b in model.named_buffers()}


def build(name="plain"):
    make, choose = MODELS[name]
    torch.manual_seed(0)
    model = make()
    return model, choose(model)


@pytest.mark.parametrize("name", MODELS)
def test_every_point_is_recorded_and_the_training_is_the_same_bit_for_bit(name):
    model, optimizer = build(name)
    expected, state = train(model, optimizer), torch.get_rng_state()
    twin, again = build(name)
    with record(twin, again, every=1) as rec:
        train(twin, again)
    assert torch.equal(torch.get_rng_state(), state)
    for ours, theirs in zip(twin.state_dict().values(), model.state_dict().values(), strict=True):
        assert torch.equal(ours, theirs)
    np.testing.assert_array_equal(rec.step, range(13))
    np.testing.assert_array_equal(rec.path, [params for params, _ in expected])
    for key, each in rec.all_buffers.items():
        np.testing.assert_array_equal(each, [buffers[key] for _, buffers in expected])
    assert not again._optimizer_step_post_hooks
    assert not again._optimizer_step_pre_hooks
    problem = rec.problem(lambda out, target: cross_entropy(out.float(), target), X, Y)
    np.testing.assert_allclose(problem.start, rec.path[-1], rtol=1e-6)
    assert problem.blocks() == rec.blocks


def test_accumulated_gradients_count_as_one_step_each():
    model, optimizer = build()
    with record(model, optimizer, every=2) as rec:
        for batch in range(15):
            (cross_entropy(model(X), Y) / 3).backward()
            if batch % 3 == 2:
                optimizer.step()
                optimizer.zero_grad()
    np.testing.assert_array_equal(rec.step, [0, 2, 4, 5])


@pytest.mark.parametrize("fused", [False, True])
def test_a_step_that_a_grad_scaler_skips_does_not_count(fused):
    model, _ = build()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, fused=fused)
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0)
    points = []
    with record(model, optimizer, every=1) as rec:
        for step in range(6):
            points.append(take_point(model)[0])
            with torch.autocast("cpu", torch.bfloat16):
                loss = cross_entropy(model(X), Y)
            scaler.scale(loss * (torch.inf if step == 3 else 1)).backward()
            scaler.step(optimizer)
            scaler.update()
            optimizer.zero_grad()
    np.testing.assert_array_equal(rec.step, range(6))
    np.testing.assert_array_equal(rec.path[:5], [*points[:4], points[5]])


def test_points_stay_evenly_spaced_and_within_the_memory_given(tmp_path):
    for steps in (3, 20, 37, 100):
        model, optimizer = build()
        plan = record(model, optimizer).plan
        for file in (None, tmp_path / f"{steps}.optviz"):
            model, optimizer = build()
            memory = 21.5 * plan.layout.size
            with record(model, optimizer, every=1, memory=memory, file=file) as rec:
                points = train(model, optimizer, steps)
            used = file.stat().st_size - 8192 if file else rec._writer.rows.raw.nbytes
            assert used <= memory
            *grid, last = rec.step.tolist()
            assert (last, grid[0]) == (steps, 0)
            assert len({b - a for a, b in pairwise(grid)}) <= 1
            assert len(rec.step) >= min(steps, 10)
            np.testing.assert_array_equal(rec.path, [points[i][0] for i in rec.step])
            for key, each in rec.buffers.items():
                np.testing.assert_array_equal(each, [points[i][1][key] for i in rec.step])


def test_at_most_so_many_points_are_kept():
    model, optimizer = build()
    with record(model, optimizer, points=10) as rec:
        assert "10 points: when they are taken, every second one is dropped" in rec.words()
        train(model, optimizer, 100)
    np.testing.assert_array_equal(rec.step, [0, 16, 32, 48, 64, 80, 96, 100])


ORDERS = ("before backward", "before the step", "after the step", "after the step as a number")


@pytest.mark.parametrize("every", [1, 2, 5])
@pytest.mark.parametrize("order", ORDERS)
def test_a_logged_loss_is_that_of_its_point_wherever_it_is_logged(order, every, tmp_path):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), head())
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    file = tmp_path / "run.optviz" if every > 1 else None
    with record(model, optimizer, every=every, file=file) as rec:
        for step in range(13):
            optimizer.zero_grad()
            loss = cross_entropy(model(X), Y)
            if order == ORDERS[0]:
                rec.log(loss=loss)
            loss.backward()
            if order == ORDERS[1]:
                rec.log(loss=loss)
            optimizer.step()
            if order == ORDERS[2]:
                rec.log(loss=loss)
            if order == ORDERS[3]:
                rec.log(loss=loss.item())
            if step == 11:
                with torch.no_grad():
                    rec.log(error=cross_entropy(model(X), Y))
    assert rec.step[-1] == 13
    assert len(rec.step) == 13 // every + (2 if 13 % every else 1)
    problem = rec.problem(cross_entropy, X, Y)
    expected = [problem.loss(point) for point in rec.path]
    np.testing.assert_allclose(rec.logs["loss"][:-1], expected[:-1], rtol=1e-5)
    assert np.isnan(rec.logs["loss"][-1])
    assert np.isfinite(rec.logs["error"]).sum() == 1


def test_a_closure_that_is_called_at_several_points_logs_the_loss_of_the_first():
    model = nn.Linear(6, 3)
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=4)

    def closure():
        optimizer.zero_grad()
        loss = cross_entropy(model(X), Y)
        rec.log(loss=loss)
        loss.backward()
        return loss

    with record(model, optimizer, every=2) as rec:
        for _ in range(5):
            optimizer.step(closure)
    expected = [rec.problem(cross_entropy, X, Y).loss(point) for point in rec.path]
    np.testing.assert_allclose(rec.logs["loss"][:-1], expected[:-1], rtol=1e-5)


def test_a_value_that_is_logged_now_and_then_stands_at_the_next_point(tmp_path):
    model, optimizer = build()
    with record(model, optimizer, every=4, file=tmp_path / "run.optviz") as rec:
        for step in range(10):
            optimizer.zero_grad()
            loss = cross_entropy(model(X), Y)
            rec.log(loss=loss)
            loss.backward()
            if step in (1, 6):
                rec.log(rate=step)
            value = loss.item()
            loss.detach().zero_()  # the value is that of the call
            optimizer.step()
            if step == 3:
                rec.log(error=value)  # of a step whose point is not recorded
        rec.log(loss=cross_entropy(model(X), Y))
        last = cross_entropy(model(X), Y).item()
        for words, values in {
            r"must be one number, got loss of shape \(2,\): take": {"loss": torch.zeros(2)},
            "must be one number, got loss='low'": {"loss": "low"},
            "must be one number, got the complex loss": {"loss": torch.ones(1, dtype=torch.cfloat)},
            "has 16 logged values at most, 'n13' is one more": {f"n{i}": i for i in range(15)},
        }.items():
            with pytest.raises(ValueError, match=words):
                rec.log(**values)
    np.testing.assert_array_equal(rec.step, [0, 4, 8, 10])
    np.testing.assert_array_equal(rec.logs["rate"], [np.nan, 1, 6, np.nan])
    np.testing.assert_array_equal(np.isfinite(rec.logs["error"]), [False, True, False, False])
    np.testing.assert_allclose(rec.logs["loss"][-1], last, rtol=0.5)
    assert np.isfinite(rec.logs["loss"]).all()


def test_the_clock_of_autograd_counts_nodes_with_gradients_alone():
    weight = torch.ones(2, requires_grad=True)
    start = read_clock()
    loss = (weight * 2).sum()
    assert start <= date_value(loss) < read_clock() == start + 2
    assert date_value(loss.item()) == read_clock() - 1
    loss.backward()
    with torch.no_grad():
        (weight * 2).sum()
    assert read_clock() == start + 2


def test_the_state_of_the_optimizer_is_recorded_on_request(tmp_path):
    for file in (None, tmp_path / "run.optviz"):
        model, optimizer = build("several groups in another order")
        seen = []

        def keep(step, model=model, optimizer=optimizer, seen=seen):
            averages = [optimizer.state[each]["exp_avg_sq"] for each in model.parameters()]
            seen.append(torch.cat([each.flatten() for each in averages]).numpy().copy())

        with record(model, optimizer, every=1, state=True, file=file) as rec:
            points = train(model, optimizer, on_step=keep)
        assert set(rec.state) == {"grad_avg", "sqr_avg"}
        np.testing.assert_array_equal(rec.state["sqr_avg"], [*seen, seen[-1]])
        np.testing.assert_array_equal(rec.path, [params for params, _ in points])
    model = nn.Linear(6, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with (
        pytest.warns(UserWarning, match="the SGD keeps no averages"),
        record(model, optimizer, state=True) as rec,
    ):
        train(model, optimizer)
    assert (len(rec.step), rec.state) == (13, {})


def test_an_exception_passes_on_and_what_was_recorded_stays(tmp_path):
    def interrupt(step):
        if step == 7:
            raise KeyboardInterrupt

    for file in (None, tmp_path / "run.optviz"):
        model, optimizer = build()
        with pytest.raises(KeyboardInterrupt), record(model, optimizer, every=3, file=file) as rec:
            train(model, optimizer, on_step=interrupt)
        np.testing.assert_array_equal(rec.step, [0, 3, 6, 8])
        assert rec.ended == "closed by an exception in the loop"


def test_a_step_that_breaks_off_half_made_is_no_point():
    class Broken(torch.optim.SGD):
        def step(self, closure: Any = None):
            closure()
            with torch.no_grad():
                self.param_groups[0]["params"][0].add_(1)
            raise FloatingPointError

    model, _ = build()
    optimizer = Broken(model.parameters())
    with pytest.raises(FloatingPointError), record(model, optimizer) as rec:
        train(model, optimizer)
    np.testing.assert_array_equal(rec.step, [0])


def test_weights_that_are_not_finite_are_recorded_and_named():
    def spoil(step):
        if step == 8:
            with torch.no_grad():
                model[4].bias[1] = torch.nan

    model, optimizer = build()
    with record(model, optimizer, every=1, label="wild") as rec:
        train(model, optimizer, on_step=spoil)
    assert "From step 10 on not all parameters are finite (0.weight, 0.bias, " in rec.words()
    cut = rec.slice(cross_entropy, X, Y, size=3)
    assert cut.shadows[0].step[-1] == 9
    assert "(wild without its last 3 points: From step 10 on not all" in cut.about


def test_a_full_disk_ends_the_recording_with_one_warning_and_not_the_training(tmp_path):
    expected, optimizer = build()
    train(expected, optimizer)
    model, optimizer = build()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with record(model, optimizer, every=1, file=tmp_path / "run.optviz") as rec:
        most = rec._writer.rows.start + int(5.5 * rec.plan.layout.size)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, limits[1]))  # half a point is written
        try:
            with pytest.warns(UserWarning, match=r"ends at step 5 .*File too large") as warned:
                train(model, optimizer)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert len(warned) == 1
    np.testing.assert_array_equal(rec.step, range(5))
    assert "training goes on" in rec.words()
    assert torch.equal(model[0].weight, expected[0].weight)


KILLED = """
import sys, torch, optviz
from tests.pytorch.test_recorder import build, train
torch.set_num_threads(1)
model, optimizer = build()
def tell(step):
    print(step, flush=True)
memory = 40.5 * optviz.record(model, optimizer).plan.layout.size
with optviz.record(model, optimizer, every=1, file=sys.argv[1], memory=memory) as rec:
    train(model, optimizer, 10**6, tell)
"""


@pytest.mark.parametrize("steps", [20, 90])
def test_a_recording_opens_after_its_process_is_killed(steps, tmp_path):
    file = tmp_path / "run.optviz"
    with subprocess.Popen([sys.executable, "-c", KILLED, file], stdout=subprocess.PIPE) as child:
        assert child.stdout
        while int(child.stdout.readline()) < steps:
            pass
        child.send_signal(signal.SIGKILL)
        child.wait()
    made = Recording.open(file)
    assert "not closed: still being written, or its process ended" in made.words()
    assert made.step[0] == 0
    assert made.step[-1] >= steps - 4
    assert len({b - a for a, b in pairwise(made.step[:-1])}) == 1
    model, optimizer = build()
    points = train(model, optimizer, made.step[-1])
    np.testing.assert_array_equal(made.path, [points[i][0] for i in made.step])
    model, _ = build()
    cut = compare_runs({"killed": made}, cross_entropy, X, Y, model=model, size=3)
    assert cut.shadows[0].label == "killed"


def test_a_model_too_large_for_the_memory_is_sketched_with_its_error_stated(tmp_path):
    def make():
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(6, 400), nn.Tanh(), nn.Linear(400, 100), nn.Linear(100, 3))
        return model, torch.optim.Adam(model.parameters(), lr=0.003)

    model, optimizer = make()
    with record(model, optimizer, every=1, points=60) as whole:
        train(model, optimizer, 50)
    wide = pairs(whole.distances())
    np.testing.assert_allclose(wide, pairs(measure_distances(whole.path)), rtol=1e-5)
    found = []
    for seed in range(8):
        model, optimizer = make()
        options = {"every": 1, "points": 60, "memory": 5e5, "seed": seed}
        rec = record(model, optimizer, file=tmp_path / str(seed), **options)
        assert f"distances right to {rec.plan.sketch.error:.1%} (one standard" in rec.words()
        with rec:
            train(model, optimizer, 50)
        assert "For whole points pass a larger memory=" in rec.plan.words()
        assert (tmp_path / str(seed)).stat().st_size < 5e5 + 8192
        np.testing.assert_array_equal(rec.step, range(51))
        found.append(pairs(Recording.open(tmp_path / str(seed)).distances()) / wide - 1)
    error = np.sqrt(np.mean(np.square(found)))
    assert 0.5 * rec.sketch.error < error < 1.3 * rec.sketch.error
    ours, theirs = (each.coordinates()[0] for each in (rec, whole))
    scale = np.abs(theirs).max()
    np.testing.assert_allclose(np.abs(ours), np.abs(theirs), atol=6 * rec.sketch.error * scale)
    model, optimizer = make()
    plan = record(model, optimizer, memory=1.2e6).plan
    assert plan.words().endswith("pass a larger memory=, or points=6.")
    assert record(model, optimizer, memory=1.2e6, points=6).plan.sketch is None
    with pytest.raises(ValueError, match=r"sketch, \d+ numbers for the 43203 .* no slices. Record"):
        rec.slice(cross_entropy, X, Y)


def pairs(distances):
    return distances[np.triu_indices(len(distances), 1)]


def measure_distances(path):
    return np.linalg.norm(path[:, None].astype(float) - path, axis=2)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"every": 0}, "every must be a whole number of at least 1, got 0"),
        ({"points": 2}, "points must be a whole number of at least 3, got 2"),
        ({"memory": -1}, "memory must be a number of bytes above 0, as 2e9, got -1"),
        ({"memory": 1e18}, r"memory=1e\+18 is more than the .* free: pass a smaller one, or rec"),
        ({"memory": float("inf")}, "memory must be a number of bytes above 0, as 2e9, got inf"),
        (
            {"memory": 1000},
            r"takes 656 bytes: .* for 16 of them, nor for 256 .*least memory=10496$",
        ),
        ({"memory": 1000, "state": True}, "no averages of the optimizer: .*10496, or state=False"),
        ({"seed": -1}, "seed must be a whole number of at least 0, got -1"),
        ({"label": 3}, "label must be a text of at most 1000 letters, got 3"),
        ({"label": "a" * 1001}, "label must be a text of at most 1000 letters, got 'aaa"),
        ({"file": 3}, "file must be the path of a file to write, got 3"),
        ({"file": "/tmp"}, "/tmp is a folder: give the path of a file in it"),
    ],
)
def test_what_cannot_be_recorded_is_refused_in_a_sentence(options, words):
    model, optimizer = build()
    with pytest.raises(ValueError, match=words):
        record(model, optimizer, **options)


def test_another_model_and_another_optimizer_are_refused():
    model, optimizer = build()
    with pytest.raises(ValueError, match="the optimizer has none of the model's parameters"):
        record(plain(), optimizer)
    with pytest.raises(ValueError, match=r"model must be a torch\.nn.Module, got 3"):
        record(3, optimizer)
    with pytest.raises(ValueError, match=r"has no hooks, got 'adam'.*call rec.count_step"):
        record(model, "adam")
    with pytest.raises(ValueError, match="the list of optimizers is empty: pass one, or None"):
        record(model, [])


def test_what_is_logged_after_the_end_is_told_to_be_lost():
    model, optimizer = build()
    with record(model, optimizer) as rec:
        train(model, optimizer, 3)
    for name in ("loss", "late"):
        with pytest.warns(
            UserWarning, match=r"log\(\) keeps no more values after the end: call it"
        ):
            rec.log(**{name: 1.0})
    assert "late" not in rec.logs


def test_a_validation_loss_stands_at_its_point_after_the_next_training_loss():
    model = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), head())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with record(model, optimizer, every=1) as rec:
        for _ in range(5):
            with torch.no_grad():
                early = cross_entropy(model(X), Y)
            optimizer.zero_grad()
            loss = cross_entropy(model(X), Y)
            loss.backward()
            rec.log(loss=loss, early=early)
            optimizer.step()
            with torch.no_grad():
                rec.log(after=cross_entropy(model(X), Y))
    np.testing.assert_array_equal(rec.logs["early"], rec.logs["loss"])
    np.testing.assert_array_equal(rec.logs["after"][:4], rec.logs["loss"][1:5])


def test_parameters_that_come_later_are_noted():
    model, _ = build("low rank")
    model.up.requires_grad_(False)
    optimizer = torch.optim.SGD(model.down.parameters(), lr=0.1)

    def unfreeze(step):
        if step == 4:
            optimizer.add_param_group({"params": model.up.requires_grad_(True).parameters()})

    with (
        pytest.warns(UserWarning, match="optviz.record: ") as warned,
        record(model, optimizer) as rec,
    ):
        train(model, optimizer, on_step=unfreeze)
    assert [name for name, _ in rec.blocks] == ["down.weight"]
    first, second = (str(each.message) for each in warned)
    assert "parameters were added to the optimizer during the recording" in first
    assert "changed during the recording, which does not hold them" in second
    with pytest.raises(ValueError, match=r"has no slice, as .* \(up.weight\): begin another"):
        rec.slice(cross_entropy, X, Y)


def test_frozen_parts_of_another_model_are_refused():
    runs = {}
    for seed in (0, 1):
        torch.manual_seed(seed)
        model = Adapted()
        optimizer = sgd(model)
        with record(model, optimizer) as runs[f"seed {seed}"]:
            train(model, optimizer)
    with pytest.raises(ValueError, match="parameters that seed 1 does not move differ from the"):
        compare_runs(runs, cross_entropy, X, Y)


def test_steps_are_counted_by_hand_without_an_optimizer():
    model, optimizer = build()
    rec = record(model, every=4).start()
    train(model, optimizer, on_step=lambda _: rec.count_step())
    with pytest.raises(ValueError, match="not closed yet: leave its with block first"):
        rec.recording  # noqa: B018
    assert rec.close() is rec.recording
    np.testing.assert_array_equal(rec.step, [0, 4, 8, 12])


def test_a_file_is_not_written_over_unless_asked(tmp_path):
    file = tmp_path / "run.optviz"
    for overwrite in (False, True):
        model, optimizer = build()
        with record(model, optimizer, file=file, overwrite=overwrite):
            train(model, optimizer, 2)
    with pytest.raises(FileExistsError, match="exists: give another file, or pass overwrite=True"):
        record(model, optimizer, file=file)


@pytest.mark.parametrize("width", [None, 40])
def test_points_are_gathered_on_a_device_first(width):
    model, _ = build()
    named = dict(model.named_parameters())
    sizes = [each.numel() for each in named.values()]
    layout = Layout(width or sum(sizes), list_buffers(model))
    sketch = Sketch(sizes, width) if width else None
    rows = np.zeros((2, 1, layout.size), np.uint8)
    for raw, device in zip(rows, (None, torch.device("cpu")), strict=True):
        PointReader(model, named, layout, raw, sketch, device).read(5)
    assert rows[0].tobytes() == rows[1].tobytes()
    assert rows[0].any()


def test_what_cannot_begin_or_never_steps_says_so(tmp_path):
    model, optimizer = build()
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*no: make it first"):
        record(model, optimizer, file=tmp_path / "no" / "run")
    with (
        pytest.warns(UserWarning, match="keeps no averages"),
        record(model, optimizer, file=tmp_path / "run", state=True) as rec,
    ):
        pass
    assert len(Recording.open(tmp_path / "run")) == len(rec.step) == 1
    with pytest.raises(ValueError, match="a recorder records once: make another by"):
        rec.start()


def test_schedulers_checkpoints_and_a_second_recorder_do_not_matter():
    model, optimizer = build()
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)

    def act(step):
        scheduler.step()
        if step == 5:
            optimizer.load_state_dict(optimizer.state_dict())
            model.load_state_dict(model.state_dict())

    with record(model, optimizer, every=1) as first, record(model, [optimizer], every=3) as second:
        points = train(model, optimizer, on_step=act)
    np.testing.assert_array_equal(first.path, [params for params, _ in points])
    np.testing.assert_array_equal(second.path, first.path[::3])
