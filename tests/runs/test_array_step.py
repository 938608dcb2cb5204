"""Steps on long arrays give the numbers of the rule's own text to the last bit."""

import numpy as np
import pytest

from optviz.rules import L2, SGD, Adam, Maximize
from optviz.runs.step_choice import choose_step
from tests.test_microscope import RULES


@pytest.mark.parametrize("rule", [*RULES.values(), Maximize(L2(Adam(0.1)))], ids=repr)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_step_on_arrays_is_the_rule_s_own_to_the_last_bit(rule, dtype):
    generator = np.random.default_rng(0)
    first = params = generator.normal(size=1000).astype(dtype)
    state = own = rule.init(params)
    step = choose_step(rule, params, state)
    with np.errstate(all="ignore"):
        for k in range(8):
            grad = generator.normal(0.0, 10.0**k, 1000).astype(dtype)
            grad[k] = 0.0
            given = [each.copy() for each in (params, grad, *own) if isinstance(each, np.ndarray)]
            (new, after), (wanted, state) = (
                step(rule, params, grad, own),
                rule.update(first, grad, state),
            )
            now = [each for each in (params, grad, *own) if isinstance(each, np.ndarray)]
            for a, b in zip((new, *after, *now), (wanted, *state, *given), strict=True):
                np.testing.assert_array_equal(a, b)
                assert np.asarray(a).dtype == np.asarray(b).dtype
            params, own, first = new, after, wanted
    assert type(after) is type(state)


def test_numbers_wider_than_the_params_are_not_rounded():
    params, grad = np.ones(20, np.float32), np.full(20, 1 / 3)
    new, _ = choose_step(SGD(0.1), params, SGD().init(params))(SGD(0.1), params, grad, ())
    np.testing.assert_array_equal(new, params - 0.1 * grad)
    assert new.dtype == np.float64
