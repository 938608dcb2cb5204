"""Checkpoints, early stopping and given starts: interrupted and resumed is uninterrupted."""

import signal
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from optviz.recommenders import EmbeddingDotBias, Training, train
from optviz.runs.npz import RecordFileError

pytestmark = pytest.mark.data
HOW: Any = {"rule": "adam:lr=0.01,l2=0.0001,schedule=cosine", "epochs": 3, "batch": 256}


def assert_same_bytes(one: Training, two: Training) -> None:
    assert one.trained.params.tobytes() == two.trained.params.tobytes()
    for name in ("path", "losses", "step"):
        first, second = (getattr(each.trajectory, name) for each in (one, two))
        assert first.tobytes() == second.tobytes(), name
    assert one.curve == two.curve
    assert one.ended == two.ended


def interrupt_at(step):
    def listen(now):
        if now.step >= step:
            raise KeyboardInterrupt

    return listen


@pytest.mark.parametrize(
    ("model", "more"),
    [
        ("dot_bias", {}),
        ("dot_bias", {"engine": "fused"}),
        ("dot_bias", {"device": "cpu", "rule": "momentum:lr=0.1"}),
        ("net", {}),
        ("net", {"engine": "fused", "patience": 2}),
    ],
)
def test_an_interrupted_training_goes_on_to_the_same_bytes(part_of_100k, tmp_path, model, more):
    file, how = tmp_path / "run.npz", HOW | more
    whole = train(model, part_of_100k, **how)
    resume: Any = {"checkpoint": file, "resume": True, **how}
    first = train(model, part_of_100k, on_progress=interrupt_at(45), **resume)
    assert first.ended == "canceled at step 45"
    seen = []
    rest = train(model, part_of_100k, on_progress=seen.append, **resume)
    assert seen[0].step == 33
    assert_same_bytes(rest, whole)
    assert_same_bytes(train(model, part_of_100k, **resume), whole)  # there is nothing left to do


KILLED = """
import sys
import numpy as np
from optviz.movielens import load
from optviz.recommenders import train
part = load("ml-100k").take(np.arange(0, 100_000, 10))
def tell(now):
    print(now.step, flush=True)
train("dot_bias", part, "adam:lr=0.01", epochs=400, batch=256, checkpoint=sys.argv[1],
      keep=10_000, on_progress=tell)
"""


def test_a_killed_process_leaves_a_whole_checkpoint(part_of_100k, tmp_path):
    file = tmp_path / "run.npz"
    command = [sys.executable, "-c", KILLED, str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) > 150:
                break
        process.send_signal(signal.SIGKILL)
    how: Any = {"rule": "adam:lr=0.01", "epochs": 400, "batch": 256, "keep": 10_000}
    seen = []
    rest = train(
        "dot_bias",
        part_of_100k,
        resume=file,
        on_progress=seen.append,
        cancel=lambda: bool(seen),
        **how,
    )
    end = seen[0].step
    assert end > 32
    whole = train("dot_bias", part_of_100k, on_progress=interrupt_at(end), **how)
    assert_same_bytes(rest, whole)


def test_a_checkpoint_of_another_training_is_refused_in_words(part_of_100k, tmp_path):
    file = tmp_path / "run.npz"
    train("dot_bias", part_of_100k, checkpoint=file, **HOW)
    with pytest.raises(ValueError, match=r"is of another training: its seed is 0, this one's 1"):
        train("dot_bias", part_of_100k, checkpoint=file, resume=True, seed=1, **HOW)
    with pytest.raises(ValueError, match="its epochs is 3, this one's 4"):
        train("dot_bias", part_of_100k, resume=file, **HOW | {"epochs": 4})
    with pytest.raises(ValueError, match="its ratings is"):
        train("dot_bias", part_of_100k.take(np.arange(9990)), resume=file, **HOW)


def test_a_broken_checkpoint_is_refused_in_words(part_of_100k, tmp_path):
    file = tmp_path / "run.npz"
    train("dot_bias", part_of_100k, checkpoint=file, **HOW)
    file.write_bytes(file.read_bytes()[:-500])
    with pytest.raises(RecordFileError, match="is broken"):
        train("dot_bias", part_of_100k, resume=file, **HOW)


def test_resume_needs_a_file(part_of_100k, tmp_path):
    with pytest.raises(ValueError, match="resume=True needs checkpoint=, the file to go on from"):
        train("dot_bias", part_of_100k, resume=True)
    with pytest.raises(ValueError, match=r"no checkpoint .*none.npz to go on from"):
        train("dot_bias", part_of_100k, resume=tmp_path / "none.npz")
    with pytest.raises(ValueError, match=r"no folder .*none to write the checkpoint"):
        train("dot_bias", part_of_100k, checkpoint=tmp_path / "none" / "run.npz")
    (tmp_path / "text.npz").write_text("no npz")
    with pytest.raises(RecordFileError, match=r"text.npz is broken or no npz file: make it again"):
        train("dot_bias", part_of_100k, resume=tmp_path / "text.npz")


def test_it_stops_early_with_the_weights_of_the_best_epoch(part_of_100k):
    how: Any = {"rule": "adam:lr=0.02", "batch": 256}
    stopped = train("dot_bias", part_of_100k, epochs=9, patience=2, **how)
    best, epochs = stopped.best_epoch, len(stopped.curve.valid)
    assert (best, epochs - best) == (stopped.best_epoch, 2)
    assert epochs < 9
    assert stopped.ended == (
        f"stopped early at step {32 * epochs}: no lower validation loss for 2 epochs, "
        f"so the weights are those of epoch {best}"
    )
    alone = train("dot_bias", part_of_100k, epochs=best, **how)
    assert stopped.trained.params.tobytes() == alone.trained.params.tobytes()


# -- initial weights -----------------------------------------------------------------------


def test_saved_initial_weights_are_used_again(part_of_100k, tmp_path):
    first = train("dot_bias", part_of_100k, **HOW)
    file = first.start.save(tmp_path / "start.npz")
    for start in (file, first.start, first.start.params):
        again = train("dot_bias", part_of_100k, start=start, **HOW)
        assert_same_bytes(again, first)
    other = train("dot_bias", part_of_100k, start=file, **HOW | {"rule": "sgd:lr=1"})
    np.testing.assert_array_equal(other.trajectory.start, first.trajectory.start)


def test_a_training_goes_on_from_the_end_of_another(part_of_100k):
    first = train("net", part_of_100k, **HOW)
    second = train("net", part_of_100k, start=first, **HOW)
    np.testing.assert_array_equal(second.trajectory.start, first.trained.params)
    assert second.trajectory.losses[0] == first.trajectory.losses[-1]


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (np.zeros(3), "start must be the 133875 weights of a dot_bias, got 3"),
        (np.full(133_875, np.nan), "start must be finite"),
    ],
)
def test_a_start_that_does_not_fit_is_refused_in_words(part_of_100k, start, words):
    with pytest.raises(ValueError, match=words):
        train("dot_bias", part_of_100k, start=start, **HOW)


def test_the_start_of_another_model_is_refused_in_words(part_of_100k):
    module = EmbeddingDotBias(part_of_100k.users, part_of_100k.movies, 4, part_of_100k.scale)
    other = train(module, part_of_100k, "sgd:lr=1", epochs=1, batch=1024)
    with pytest.raises(ValueError, match=r"start must be a dot_bias with .*'factors': 50"):
        train("dot_bias", part_of_100k, start=other.start, **HOW)
