"""Capsules: same seed, same result, in another process; and what differs where it is not."""

import json
import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from optviz.recommenders import Capsule, EmbeddingNet, ReplayError, Training, diff, replay, train
from optviz.recommenders.training.capsules import MOST_BYTES
from optviz.rules import SGD
from optviz.runs.npz import RecordFileError

pytestmark = pytest.mark.data
HOW: Any = {"rule": "adam:lr=0.01,l2=0.0001,schedule=cosine", "epochs": 2, "batch": 256}

OTHER_PROCESS = """
import sys
import numpy as np
from optviz.movielens import load
from optviz.recommenders import replay
part = load("ml-100k").take(np.arange(0, 100_000, 10))
replay(sys.argv[1], part).capsule().save(sys.argv[2])
"""


@pytest.fixture(scope="module")
def made(part_of_100k) -> Training:
    return train("dot_bias", part_of_100k, **HOW)


@pytest.mark.parametrize(
    ("model", "more"),
    [
        ("dot_bias", {}),
        ("dot", {"engine": "fused", "patience": 1}),
        ("net", {}),
        ("net", {"threads": 2, "epochs": 1, "batch": 1024}),
        ("dot_bias", {"device": "cpu", "split": "time"}),
    ],
)
def test_another_process_makes_the_same_bytes(part_of_100k, tmp_path, model, more):
    record = train(model, part_of_100k, **HOW | more)
    files = record.capsule().save(tmp_path / "run.json"), tmp_path / "again.json"
    command = [sys.executable, "-c", OTHER_PROCESS, *map(str, files)]
    subprocess.run(command, check=True, timeout=120)
    again = Capsule.load(files[1])
    assert diff(record, again) is None
    assert again.result == record.capsule().result


def test_a_capsule_is_small_also_of_a_long_training(part_of_100k):
    rule = "adam:lr=0.0012345678901,beta1=0.8765432109,beta2=0.98765432101,l2=0.000123456789"
    long = train("net", part_of_100k, rule, epochs=150, batch=10_000, threads=2, patience=150)
    capsule = long.capsule()
    assert len(capsule.to_json().encode()) <= MOST_BYTES
    assert Capsule.from_json(capsule.to_json()) == capsule


def test_a_saved_training_still_has_its_capsule(made, tmp_path):
    again = Training.from_npz(made.to_npz(tmp_path / "run.npz"))
    assert diff(made, again) is None


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"seed": 1}, "seed: 0 and 1"),
        ({"split": 3, "seed": 1}, "seed: 0 and 1"),
        ({"rule": "adam:lr=0.02"}, "rule: adam:lr=0.01,l2=0.0001,schedule=cosine and adam:lr=0.02"),
        ({"batch": 128}, "batch: 256 and 128"),
        ({"engine": "fused"}, "engine: rule and fused"),
        ({"patience": 3}, "patience: nothing and 3"),
    ],
)
def test_the_first_thing_that_differs_is_named(made, part_of_100k, changes, what):
    other = train("dot_bias", part_of_100k, **HOW | changes)
    assert str(diff(made, other)) == what


def test_other_ratings_are_named_before_all_else(made, part_of_100k):
    changed = replace(part_of_100k, rating=part_of_100k.rating.copy())
    changed.rating[0] = changed.rating[0] % 5 + 1
    found = diff(made, train("dot_bias", changed, **HOW | {"seed": 5}))
    assert found is not None
    assert str(found).startswith("the ratings: ")


def test_the_first_loss_that_differs_is_named(made, part_of_100k):
    start = made.start.params.copy()
    start[0] += 1e-3
    first, second = (
        train("dot_bias", part_of_100k, start=each, **HOW) for each in (made.start, start)
    )
    found = diff(first, second)
    assert found is not None
    assert found.what == "start"
    same_start = replace_result(second.capsule(), start=first.capsule().result["start"])
    found = diff(first, same_start)
    assert found is not None
    differing = [
        step
        for step, one, two in zip(
            first.curve.step, first.curve.train, second.curve.train, strict=True
        )
        if one != two
    ]
    assert found.what == f"the loss of step {differing[0]}"


def replace_result(capsule: Capsule, **values: Any) -> Capsule:
    return replace(capsule, result={**capsule.result, **values})


@pytest.mark.parametrize("changed", ["end", "losses"])
def test_a_replay_with_other_bytes_is_refused(made, part_of_100k, changed):
    forged = replace_result(made.capsule(), **{changed: "0" * 64})
    with pytest.raises(ReplayError, match="the replay has other bytes; the ") as caught:
        replay(forged, part_of_100k)
    assert caught.value.training.trained.params.tobytes() == made.trained.params.tobytes()


def test_other_versions_alone_are_no_fault(made, part_of_100k):
    capsule = made.capsule()
    older = replace(capsule, versions={**capsule.versions, "numpy": "1.0"})
    assert str(diff(older, made)) == f"numpy: 1.0 and {np.__version__}"
    assert diff(replay(older, part_of_100k), made) is None
    with pytest.raises(ReplayError, match=rf"\(numpy: 1.0 and {np.__version__}\)"):
        replay(replace_result(older, end="0" * 64), part_of_100k)


def halve(step: int) -> float:
    return 0.5


def test_what_a_capsule_cannot_hold_is_given_again(part_of_100k):
    class Mine(SGD):
        pass

    data, net = part_of_100k, EmbeddingNet(part_of_100k.users, part_of_100k.movies, 4, hidden=3)
    first = train(net, data, Mine(0.1), schedule=halve, epochs=1, batch=1024)
    start = first.start
    with pytest.raises(ValueError, match="were given: pass them as start="):
        replay(first, data)
    with pytest.raises(ValueError, match='no rule "mine"'):
        replay(first, data, start=start)
    again = replay(first, data, start=start, rule=Mine(0.1), schedule=halve)
    assert again.trained.settings == first.trained.settings


def test_a_canceled_training_is_not_replayed(part_of_100k):
    def interrupt(now):
        raise KeyboardInterrupt

    part = train("dot_bias", part_of_100k, on_progress=interrupt, **HOW)
    with pytest.raises(ValueError, match="this training was canceled at step 1"):
        replay(part, part_of_100k)


def test_a_replay_on_other_ratings_is_refused(made, ml100k):
    with pytest.raises(ValueError, match=r"these are other ratings: \w{12}\.\.\. and \w{12}\.\.\."):
        replay(made, ml100k)
    named = replace(made.capsule(), data={**made.capsule().data, "data": "mine"})
    with pytest.raises(ValueError, match='"mine" is no published data set: pass the ratings'):
        replay(named)


def test_what_is_no_capsule_is_refused_in_words(made, tmp_path):
    file = tmp_path / "run.json"
    words = json.loads(made.capsule().to_json())
    for text in ("", "[]", "{}", json.dumps(words | {"config": {}}), json.dumps(words)[:-9]):
        file.write_text(text)
        with pytest.raises(RecordFileError, match=r"run.json: this is no capsule"):
            Capsule.load(file)
    with pytest.raises(ValueError, match="as a training or as a file, got 3"):
        diff(made, 3)
