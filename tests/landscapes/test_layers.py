"""The curvature of layers, held to blocks of whole Hessians of torch."""

import numpy as np
import pytest

from optviz.landscapes.curvature.estimates import estimate_density, estimate_trace, top_eigenvalues
from optviz.landscapes.curvature.layers import curvature_by_layer
from optviz.landscapes.curvature.products import find_layer, open_products
from optviz.runs.work import WorkCanceledError
from tests.landscapes.test_curvature import RATINGS, make_module, make_whole
from tests.support.cases import every


def cut_block(problem, layer, point=None):
    """The layer's block of torch's whole Hessian."""
    places = find_layer(problem, layer)[1]
    whole = make_whole(problem, (problem.start if point is None else point).astype(float))
    return whole[places][:, places]


@pytest.fixture(scope="module", params=[np.float64, np.float32], ids=["float64", "float32"])
def model(request):
    import torch

    return make_module(getattr(torch, np.dtype(request.param).name))


@every("layer", ["0.weight", "2", "2.bias"], ids=str)
def test_the_products_of_a_layer_are_those_of_its_block(model, layer):
    block = cut_block(model, layer)
    with open_products(model, model.start, layer) as (multiply, size):
        made = np.array([multiply(each) for each in np.eye(size)])
    within = 1e-10 if model.start.dtype == np.float64 else 2e-6
    np.testing.assert_allclose(made, block, rtol=0, atol=within * np.abs(block).max())


@every("layer", ["0", "2.weight"], ids=str)
def test_the_largest_eigenvalues_of_a_layer_are_those_of_its_block(model, layer):
    made = top_eigenvalues(model, k=3, layer=layer)
    values = np.linalg.eigvalsh(cut_block(model, layer))[:-4:-1]
    within = 1e-8 if model.start.dtype == np.float64 else 5e-6
    np.testing.assert_allclose(made.values, values, rtol=within)


def test_a_rating_model_has_the_blocks_of_its_tables():
    problem = RATINGS["sigmoid"]
    values = np.linalg.eigvalsh(cut_block(problem, "movie"))
    made = top_eigenvalues(problem, k=2, layer="movie")
    np.testing.assert_allclose(made.values, values[:-3:-1], rtol=1e-8)


def test_the_density_and_the_trace_of_a_layer_are_those_of_its_block():
    problem = make_module()
    values = np.linalg.eigvalsh(cut_block(problem, "0"))
    made = estimate_density(problem, layer="0", draws=40, steps=12)
    for power in (1, 2):
        all_of_power = values**power
        error = np.sqrt(2 / 40 * np.sum(all_of_power**2)) / len(values)
        assert abs(made.moment(power) - np.mean(all_of_power)) < 3 * error
    trace, error = estimate_trace(problem, layer="0", draws=80)
    assert abs(trace - values.sum()) < 4 * error


def test_the_table_of_layers_adds_up_to_the_whole():
    problem, told = make_module(), []
    layers = curvature_by_layer(problem, draws=200, on_progress=lambda *each: told.append(each))
    whole = make_whole(problem, problem.start)
    assert layers.names == ("0.weight", "0.bias", "2.weight", "2.bias")
    assert layers.traces.sum() == pytest.approx(np.trace(whole), rel=1e-10)
    assert layers.top == pytest.approx(np.linalg.eigvalsh(whole)[-1], rel=1e-8)
    for i, name in enumerate(layers.names):
        assert layers.tops[i] == pytest.approx(np.linalg.eigvalsh(cut_block(problem, name))[-1])
    rows = layers.rows()
    assert sum(row["share of trace"] for row in rows) == pytest.approx(1)
    assert max(row["share of largest"] for row in rows) <= 1
    assert told == [(done, 5) for done in range(1, 6)]
    sharpest = max(rows, key=lambda row: row["largest eigenvalue"])
    assert f"The sharpest layer is {sharpest['layer']}: " in layers.words()


def test_groups_of_tensors_are_layers_too():
    layers = curvature_by_layer(make_module(), layers=["0", "2"], draws=2)
    assert layers.sizes.tolist() == [84, 65]
    assert (layers.errors > 0).all()


def test_it_ends_when_canceled():
    with pytest.raises(WorkCanceledError, match="canceled after 1 of 5 layers"):
        curvature_by_layer(make_module(), draws=2, cancel=iter([False, True]).__next__)


@every(
    "layer, sentence",
    [
        ("2.weights", 'no layer "2.weights"; nearest: 2.weight, '),
        ("fc", 'no layer "fc"; such as 0.weight'),
        ("", 'no layer ""; such as 0.weight'),
    ],
    ids=str,
)
def test_an_unknown_layer_gets_the_nearest_names(layer, sentence):
    with pytest.raises(ValueError, match=sentence):
        top_eigenvalues(make_module(), layer=layer)
