"""The workbook's own two rules: what every rule promises, and their formulas by hand."""

from typing import Any

import numpy as np
import pytest
import torch

import optviz as ov
from optviz.formulas.expressions import evaluate
from optviz.tracing import trace
from optviz.workbook import EpochAdagrad, Eve, compute_d

CASES = {"eve": Eve(), "eve without eps": Eve(0.1, 0.7, 0.9, 0.0)}
CASES |= {"adagrad": EpochAdagrad(0.1, 3), "adagrad, first": EpochAdagrad(0.1, 2, 5.0)}  # type: ignore[dict-item]
each_case = pytest.mark.parametrize("rule", CASES.values(), ids=CASES.keys())


def gradients(shape: tuple[int, ...], dtype: Any = np.float64) -> list[np.ndarray]:
    rng = np.random.default_rng(1)
    return [rng.normal(size=shape).astype(dtype) for _ in range(8)]


def start(shape: tuple[int, ...], dtype: Any = np.float64) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape).astype(dtype)


def walk(rule: Any, params: Any, grads: Any) -> list[Any]:
    """The params after each step."""
    state, path = rule.init(params), []
    for grad in grads:
        params, state = rule.update(params, grad, state)
        path.append(params)
    return path


@each_case
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_numpy_arrays_keep_their_dtype_and_shape(rule, dtype):
    for array in walk(rule, start((3, 2), dtype), gradients((3, 2), dtype)):
        assert (array.dtype, array.shape) == (dtype, (3, 2))


@each_case
def test_torch_tensors_give_numpys_numbers(rule):
    path = walk(rule, start((5,)), gradients((5,)))
    theirs = walk(rule, torch.tensor(start((5,))), map(torch.tensor, gradients((5,))))
    np.testing.assert_allclose(np.stack(path), torch.stack(theirs), rtol=1e-14, atol=0)


@each_case
def test_python_floats_give_numpys_numbers(rule):
    path = walk(rule, start((5,)), gradients((5,)))
    for i in range(5):
        alone = walk(rule, float(start((5,))[i]), [float(grad[i]) for grad in gradients((5,))])
        assert {type(each) for each in alone} == {float}
        np.testing.assert_allclose(np.stack(path)[:, i], alone, rtol=1e-14, atol=0)


@each_case
def test_many_runs_at_once_equal_one_by_one(rule):
    together = np.stack(walk(rule, start((2, 4)), gradients((2, 4))))
    for i in range(4):
        alone = walk(rule, start((2, 4))[:, i], [grad[:, i] for grad in gradients((2, 4))])
        np.testing.assert_array_equal(together[..., i], alone)


@pytest.mark.parametrize(
    ("make", "values"),
    [
        (lambda v: Eve(beta1=v), [0.0, 0.5, 0.9]),
        (lambda v: EpochAdagrad(v), [0.1, 0.2, 0.3]),
        (lambda v: EpochAdagrad(0.1, v), [2.0, 3.0, 5.0]),
    ],
    ids=["beta1", "lr", "every"],
)
def test_an_array_of_settings_equals_one_by_one(make, values):
    together = np.stack(walk(make(np.array(values)), start((2, 3)), gradients((2, 3))))
    for i, value in enumerate(values):
        alone = walk(make(value), start((2, 3))[:, i], [grad[:, i] for grad in gradients((2, 3))])
        np.testing.assert_allclose(together[..., i], alone, rtol=1e-13)


@each_case
def test_their_formulas_on_symbols_give_their_numbers(rule):
    params, (grad, *_) = start((3,)), gradients((3,))
    _, state = rule.update(params, grad, rule.init(params))
    found = trace(rule)
    values = {"params": params, "grad": grad, **found.hypers, **state._asdict()}
    new, after = rule.update(params, grad, state)
    np.testing.assert_array_equal(evaluate(found.new, values), new)
    for name, expected in after._asdict().items():
        np.testing.assert_array_equal(evaluate(found.state[name], values), expected)


def test_eve_is_adam_without_bias_correction_divided_by_d():
    eve, adam = Eve(0.1, 0.7, 0.9), ov.Adam(0.1, 0.7, 0.9, debias=False)
    np.testing.assert_array_equal(
        walk(eve, start((4,)), gradients((4,))), walk(adam, start((4,)), gradients((4,)))
    )
    params, (grad, *_) = start((4,)), gradients((4,))
    whole, _ = eve.update(params, grad, eve.init(params))
    third, after = eve.update(params, grad, eve.init(params)._replace(d=3.0))
    np.testing.assert_allclose(third - params, (whole - params) / 3, rtol=1e-13)
    assert after.d == 3.0


def test_d_averages_the_relative_change_of_two_losses():
    assert compute_d(1.0, 3.0, 2.0) == pytest.approx(0.9 + 0.1 * 0.5)
    assert compute_d(1.0, 2.0, 3.0) == compute_d(1.0, 3.0, 2.0)
    assert compute_d(0.5, 4.0, 4.0, beta3=0.8) == 0.4
    assert compute_d(1.0, 0.0, 0.0) == 0.9
    assert compute_d(1.0, 1.0, 0.0) == np.inf


def test_adagrad_of_the_workbook_keeps_its_scale_for_an_epoch():
    rule, grads = EpochAdagrad(1.0, 2, 10.0), [3.0, 4.0, 6.0, 8.0, 1.0]
    path = np.array([0.0, *walk(rule, 0.0, grads)])
    # By 10 for two steps, by sqrt(9 + 16)/2, by sqrt(36 + 64)/2.
    np.testing.assert_allclose(-np.diff(path), [0.3, 0.4, 6 / 2.5, 8 / 2.5, 1 / 5.0])


@pytest.mark.parametrize("every", [0, 2.5, np.array([2.0, 0.5])], ids=str)
def test_an_epoch_of_no_whole_number_of_steps_is_refused(every):
    with pytest.raises(ValueError, match="every must be a whole number of at least 1, got"):
        EpochAdagrad(every=every)


@pytest.mark.parametrize("kind", [Eve, EpochAdagrad])
def test_their_docstrings_say_formula_shapes_difference_and_source(kind):
    for word in ("<-", "Shapes:", "Differs:", "Source:"):
        assert word in kind.__doc__
    assert kind.__name__.lower() not in ov.RULES
