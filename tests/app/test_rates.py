"""Losses against the learning rate, where the browser cannot measure them."""

import numpy as np
import pytest

from optviz import Experiment, learning_rates

LINK = Experiment(
    problem="ravine",
    rules=("sgd:lr=0.02", "adam:lr=0.1,on=no", "momentum:lr=0.5,schedule=cosine"),
    steps=400,
    noise=0.1,
    seed=4,
    start=(1.0, 1.5),
)


def test_the_server_has_the_curve_of_each_optimizer_that_is_on(client):
    answer = client.get(f"/rates.json?{LINK.to_query()}")
    assert answer.status_code == 200
    assert [each["place"] for each in answer.json] == [0, 2]
    assert [each["title"] for each in answer.json] == ["SGD", "Momentum"]
    for each in answer.json:
        entry = LINK.entries[each["place"]]
        wanted = learning_rates(
            LINK.build(), (entry.rule, entry.schedule), steps=400, start=(1.0, 1.5), seed=4
        )
        for name, values in (("final", wanted.final), ("best", wanted.best)):
            own = np.array([np.nan if loss is None else float(loss) for loss in each[name]])
            np.testing.assert_array_equal(own, values)
        assert each["rates"] == wanted.rates.tolist()
        assert each["lr"] == entry.rule.lr
    assert "inf" in answer.json[0]["final"]
    assert answer.json[0]["edge"]["rate"] == pytest.approx(2 / 25)
    assert answer.json[1]["edge"] is None


def test_a_point_without_a_derivative_is_no_loss(client):
    kink = Experiment(
        problem="sqrt(abs(x)) + y^2", start=(0.0, 1.0), rules=("sgd:lr=0.1",), steps=3
    )
    [curve] = client.get(f"/rates.json?{kink.to_query()}").json
    assert set(curve["final"]) == {None}


@pytest.mark.parametrize("query", ["", "problem=((((&rule=nonsense", "%ff%fe=%00", "steps=-4"])
def test_an_address_that_is_wrong_breaks_nothing(client, query):
    assert client.get(f"/rates.json?{query}").status_code in (200, 400)
