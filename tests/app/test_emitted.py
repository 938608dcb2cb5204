"""What the Surfaces page gets to make its runs by itself: the experiment and its modules."""

import numpy as np
import pytest
from optviz_app.pages.surfaces.live import describe_live

from optviz.experiments.surface import Experiment
from optviz.problems.base import Noisy
from optviz.problems.surfaces import surface
from optviz.views.live.payload import describe_experiment

EXPERIMENT = Experiment(
    rules=("momentum:lr=0.01,schedule=cosine", "adam:lr=0.05,wd=0.1"),
    problem="a*x^2 + y^2",
    pins=("rule=sgd:lr=0.1&problem=bowl",),
)


def list_keys(record):
    """The keys of all modules that an experiment's record names."""
    rules = [*record["rules"], *(fork["rule"] for fork in record["forks"])]
    keys = {record["problem"]["module"], *(rule["module"] for rule in rules)}
    keys |= {rule["schedule"]["module"] for rule in rules if rule["schedule"]}
    return keys.union(*map(list_keys, record["pins"]))


def test_every_module_that_is_named_is_served_under_the_hash_of_its_text(client):
    live = describe_live(EXPERIMENT)
    assert live is not None
    assert "modules" not in live
    texts = describe_experiment(EXPERIMENT)["modules"]
    assert list_keys(live) == set(texts)
    for key, text in texts.items():
        answer = client.get(f"/emitted/{key}.js?{EXPERIMENT.to_query()}")
        assert (answer.status_code, answer.text) == (200, text)
        assert answer.mimetype == "text/javascript"
        assert "immutable" in answer.headers["Cache-Control"]


def test_modules_do_not_change_with_the_numbers_of_an_experiment():
    moved = Experiment(
        rules=("momentum:lr=0.7,schedule=cosine(end=0.2)", "adam:lr=2,wd=3,eps=0.1"),
        problem=EXPERIMENT.problem,
        parameters=(("a", 7.0),),
        pins=EXPERIMENT.pins,
        steps=9,
        start=(1.0, 2.0),
    )
    assert list_keys(describe_live(moved)) == list_keys(describe_live(EXPERIMENT))


def locate(**changes):
    """Where the samples of a noisy experiment are, and for how many steps."""
    live = describe_live(Experiment(**{"noise": 0.5, "seed": 3} | changes))
    assert live is not None
    return live["samples"]


def test_noise_is_served_once_for_a_seed_under_the_hash_of_its_bytes(client):
    place = locate()
    assert len(place["address"]) < 60
    assert locate(noise=2.0, start=(1.0, 2.0), steps=place["steps"], rules=("adam",)) == place
    assert locate(seed=4)["address"] != place["address"]
    answer = client.get(place["address"])
    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]
    wanted = np.ravel(list(Noisy(surface("bowl"), 1.0).samples(place["steps"], 3)))
    np.testing.assert_array_equal(np.frombuffer(answer.data, "<f8"), wanted)


def test_noise_of_a_longer_run_begins_with_that_of_a_shorter_one(client):
    places = [locate(steps=steps) for steps in (1_000, 1_001, 20_000)]
    assert [each["steps"] for each in places] == [1_000, 2_000, 20_000]
    texts = [client.get(each["address"]).data for each in places]
    assert texts[1].startswith(texts[0])
    assert texts[2].startswith(texts[1])


def test_pin_has_the_noise_of_its_own_seed():
    pin = Experiment(rules=("sgd",), noise=1.0, seed=9).to_query()
    live = describe_live(Experiment(pins=(pin,)))
    assert live is not None
    assert live["samples"] is None
    assert live["pins"][0]["samples"] == locate(seed=9)


@pytest.mark.parametrize(
    "address",
    ["0.f8", "0123456789abcdef.f8?seed=3&steps=1000", "0.f8?seed=-1&steps=x", "0.f8?%ff%fe=%00"],
)
def test_an_address_of_no_noise_is_nothing(client, address):
    assert client.get(f"/noise/{address}").status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "0000.js",
        "0000.js?problem=((((&rule=nonsense",
        f"0000.js?problem={'%2B'.join('x' * 2000)}",
        "0000.js?%ff%fe=%00",
    ],
)
def test_an_address_of_no_module_is_nothing(client, address):
    assert client.get(f"/emitted/{address}").status_code == 404
