"""What every rule promises, each of its spellings with and without each decay.

The cases come from RULES and the rules' own fields: a new rule is tested by being listed.
"""

from dataclasses import FrozenInstanceError, dataclass, fields, replace
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

import optviz as ov
from optviz.rules import DECAYS, RULES, Decay, Rule, hyper
from optviz.specs import unwrap_rule
from tests.support.cases import every

STEPS = 6


def list_rules() -> dict[str, Rule]:
    """Every rule at its defaults and with each of its switches turned over."""
    out: dict[str, Rule] = {}
    for name, kind in RULES.items():
        out[name] = kind()
        for spec in fields(kind):  # type: ignore[arg-type]
            if isinstance(spec.default, bool):
                out[f"{name} {spec.name}={not spec.default}"] = kind(
                    **{spec.name: not spec.default}
                )
    return out | {
        "adagrad lr_decay": ov.Adagrad(0.1, initial=0.2, lr_decay=0.3),
        "rmsprop beta1": ov.RMSProp(beta1=0.8),
        "rmsprop beta1 centered lagged": ov.RMSProp(beta1=0.8, centered=True, lagged=True),
    }


CASES: dict[str, Rule] = {}
for _name, _rule in list_rules().items():
    CASES[_name] = _rule
    CASES |= {f"{_name} {key}": decay(_rule, 0.03) for key, decay in DECAYS.items()}  # type: ignore[call-arg]
    CASES[f"{_name} maximize"] = ov.Maximize(ov.L2(_rule, 0.03))

each_case = every("rule", CASES.values(), ids=CASES.keys())


def list_numbers(kind: type) -> list[str]:
    """The names of a record's numeric hyperparameters."""
    return [spec.name for spec in fields(kind) if isinstance(spec.default, float)]


SETTINGS = [
    *[(name, key) for name, kind in RULES.items() for key in list_numbers(kind)],
    *[(f"{name} {decay}", key) for name in RULES for decay in DECAYS for key in ("wd", "lr")],
]
"""A case and each number in it, the wrapped rule's learning rate too."""


def set_value(rule: Any, key: str, value: Any) -> Any:
    """The rule with another value of one hyperparameter, its own or the wrapped rule's."""
    if key in {spec.name for spec in fields(rule)}:
        return replace(rule, **{key: value})
    return replace(rule, rule=set_value(rule.rule, key, value))


def draw_gradients(shape: tuple[int, ...], dtype: Any = np.float64) -> list[np.ndarray]:
    rng = np.random.default_rng(1)
    return [rng.normal(size=shape).astype(dtype) for _ in range(STEPS)]


def make_start(shape: tuple[int, ...], dtype: Any = np.float64) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape).astype(dtype)


def walk(rule: Rule, params: Any, grads: Any) -> tuple[list[Any], Any]:
    """The params after each step, and the last state."""
    state, path = rule.init(params), []
    for grad in grads:
        params, state = rule.update(params, grad, state)
        path.append(params)
    return path, state


# -- steps -----------------------------------------------------------------------------------------


@each_case
def test_a_step_leaves_params_gradient_and_state_untouched(rule):
    params, (first, second, *_) = make_start((3, 2)), draw_gradients((3, 2))
    _, state = rule.update(params, first, rule.init(params))
    inputs = [params, second, *[each for each in state if isinstance(each, np.ndarray)]]
    before = [each.copy() for each in inputs]
    counts = [each for each in state if not isinstance(each, np.ndarray)]
    rule.update(params, second, state)
    for now, then in zip(inputs, before, strict=True):
        np.testing.assert_array_equal(now, then)
    assert counts == [each for each in state if not isinstance(each, np.ndarray)]


@each_case
def test_the_same_step_twice_gives_the_same_numbers(rule):
    params, (first, second, *_) = make_start((3,)), draw_gradients((3,))
    _, state = rule.update(params, first, rule.init(params))
    (once, state_once), (twice, state_twice) = (rule.update(params, second, state) for _ in "ab")
    np.testing.assert_array_equal(once, twice)
    for left, right in zip(state_once, state_twice, strict=True):
        np.testing.assert_array_equal(left, right)


@each_case
@every("shape", [(3,), (3, 4), (3, 2, 4)], ids=str)
@every("dtype", [np.float32, np.float64])
def test_numpy_arrays_keep_their_dtype_and_shape(rule, dtype, shape):
    path, state = walk(rule, make_start(shape, dtype), draw_gradients(shape, dtype))
    for array in [*path, *[each for each in state if not isinstance(each, int)]]:
        assert (array.dtype, array.shape) == (dtype, shape)


@each_case
@every("dtype", [torch.float32, torch.float64])
def test_torch_tensors_keep_their_dtype_and_shape(rule, dtype):
    grads = [torch.tensor(grad, dtype=dtype) for grad in draw_gradients((3, 2))]
    path, state = walk(rule, torch.tensor(make_start((3, 2)), dtype=dtype), grads)
    for tensor in [*path, *[each for each in state if not isinstance(each, int)]]:
        assert (tensor.dtype, tuple(tensor.shape)) == (dtype, (3, 2))


@each_case
def test_torch_tensors_give_numpys_numbers(rule):
    path, _ = walk(rule, make_start((5,)), draw_gradients((5,)))
    theirs, _ = walk(rule, torch.tensor(make_start((5,))), map(torch.tensor, draw_gradients((5,))))
    np.testing.assert_allclose(np.stack(path), torch.stack(theirs), rtol=1e-14, atol=0)


@each_case
def test_python_floats_give_numpys_numbers(rule):
    path, _ = walk(rule, make_start((5,)), draw_gradients((5,)))
    for i in range(5):
        alone, _ = walk(
            rule, float(make_start((5,))[i]), [float(grad[i]) for grad in draw_gradients((5,))]
        )
        assert {type(each) for each in alone} == {float}
        np.testing.assert_allclose(np.stack(path)[:, i], alone, rtol=1e-14, atol=0)


@each_case
def test_many_starts_at_once_equal_one_by_one(rule):
    shape = (2, 3, 4)
    together, _ = walk(rule, make_start(shape), draw_gradients(shape))
    for i, j in np.ndindex(3, 4):
        grads = [grad[:, i, j] for grad in draw_gradients(shape)]
        alone, _ = walk(rule, make_start(shape)[:, i, j], grads)
        np.testing.assert_array_equal(np.stack(together)[..., i, j], alone)


@every("case, key", SETTINGS)
def test_an_array_of_settings_equals_one_by_one(case, key):
    values, shape = np.array([0.0, 0.3, 0.9]), (2, 3)
    together, _ = walk(
        set_value(CASES[case], key, values), make_start(shape), draw_gradients(shape)
    )
    for i, value in enumerate(values):
        grads = [grad[:, i] for grad in draw_gradients(shape)]
        alone, _ = walk(set_value(CASES[case], key, float(value)), make_start(shape)[:, i], grads)
        np.testing.assert_allclose(np.stack(together)[..., i], alone, rtol=1e-13, atol=0)


@each_case
def test_the_state_is_a_named_tuple_of_arrays_like_params_and_counts(rule):
    state: Any = rule.init(make_start((3, 2)))
    assert isinstance(state, tuple)
    for name, value in state._asdict().items():  # type: ignore[attr-defined]
        first = unwrap_rule(rule).initial if name == "sqr_sum" else 0  # type: ignore[attr-defined]
        assert value == 0 if isinstance(value, int) else (value == first).all()
        assert name == "count" or np.shape(value) == (3, 2)


# -- hyperparameters -------------------------------------------------------------------------------

BAD = {
    "negative": (-0.1, "got -0.1"),
    "not a number": (float("nan"), "got nan"),
    "infinite": (float("inf"), "got inf"),
    "an array with one bad entry": (np.array([0.1, -0.5, 0.2]), "got -0.5"),
    "an array with nan": (np.array([0.1, np.nan]), "got nan"),
    "text": ("fast", "got 'fast'"),
    "a number as text": ("0.1", "got '0.1'"),
    "nothing": (None, "got None"),
    "a truth value": (True, "got True"),
    "complex": (0.1j, "got 0.1j"),
}


@every("bad", BAD)
@every("case, key", SETTINGS)
def test_a_bad_setting_is_refused_by_name_and_value(case, key, bad):
    value, got = BAD[bad]
    with pytest.raises(ValueError, match=rf"^{key} must be (at least 0|a number).*, {got}$"):
        set_value(CASES[case], key, value)


MEMORIES = [(case, key) for case, key in SETTINGS if key.startswith(("beta", "dampening"))]


@every("case, key", MEMORIES)
def test_a_memory_of_one_or_more_is_refused(case, key):
    with pytest.raises(ValueError, match=rf"^{key} must be at least 0 and below 1, got 1$"):
        set_value(CASES[case], key, 1.0)


SWITCHES = [
    (kind, spec.name)
    for kind in RULES.values()
    for spec in fields(kind)  # type: ignore[arg-type]
    if isinstance(spec.default, bool)
]


@every("kind, key", SWITCHES)
def test_a_switch_takes_only_true_or_false(kind, key):
    with pytest.raises(ValueError, match=f"^{key} must be True or False, got 1$"):
        kind(**{key: 1})


@every("decay", DECAYS.values())
@every("inner", ["adam", 0.1, None, ov.Adam], ids=str)
def test_a_decay_wraps_nothing_but_a_rule(decay, inner):
    with pytest.raises(ValueError, match=r"^a decay wraps a rule such as Adam\(\), got"):
        decay(inner, 0.1)


def test_maximize_stands_around_the_whole_rule():
    for around in (ov.L2, ov.Decoupled, ov.Maximize):
        with pytest.raises(ValueError, match="Maximize stands around the whole rule"):
            around(ov.Maximize(ov.SGD()))
    with pytest.raises(ValueError, match=r"^maximize wraps a rule such as"):
        ov.Maximize("adam")  # type: ignore[arg-type]


def test_an_option_that_is_off_keeps_nothing_and_one_that_is_on_keeps_what_it_needs():
    kept = {
        ov.Adam(): "grad_avg sqr_avg count",
        ov.Adam(amsgrad=True): "grad_avg sqr_avg sqr_max count",
        ov.Adagrad(initial=0.1): "sqr_sum",
        ov.Adagrad(lr_decay=0.1): "sqr_sum count",
        ov.RMSProp(): "sqr_avg",
        ov.RMSProp(centered=True): "sqr_avg grad_avg",
        ov.RMSProp(beta1=0.9): "sqr_avg move_avg",
        ov.Maximize(ov.RMSProp(beta1=0.9, centered=True)): "sqr_avg grad_avg move_avg",
    }
    for rule, columns in kept.items():
        trajectory = ov.run(ov.surface("bowl"), rule, 3)
        assert list(trajectory.state) == columns.split()


@each_case
def test_a_rule_cannot_be_changed(rule):
    for spec in fields(rule):
        with pytest.raises(FrozenInstanceError):
            setattr(rule, spec.name, 0.5)


def test_a_rule_keeps_its_own_copy_of_an_array():
    lr = np.array([0.1, 0.2])
    rule = ov.SGD(lr)  # type: ignore[arg-type]
    lr[0] = -1.0
    np.testing.assert_array_equal(rule.lr, [0.1, 0.2])


@each_case
def test_another_learning_rate_reaches_the_innermost_rule(rule):
    other, was = rule.with_lr(0.123), rule.lr
    fresh = set_value(rule, "lr", 0.123)
    assert (other.lr, rule.lr) == (0.123, was)
    path, expected = (
        walk(each, make_start((3,)), draw_gradients((3,)))[0] for each in (other, fresh)
    )
    np.testing.assert_array_equal(path, expected)


def test_a_decay_around_a_decay_has_both():
    both = ov.L2(ov.Decoupled(ov.SGD(0.1), 0.5), 0.25)
    new, _ = both.update(2.0, 1.0, both.init(2.0))
    assert new == pytest.approx(2 - 0.1 * (1 + 0.25 * 2) - 0.1 * 0.5 * 2)
    assert both.with_lr(0.2).lr == 0.2


@every("kind", [*RULES.values(), *DECAYS.values()])
def test_every_slider_spans_its_default_within_what_is_allowed(kind):
    for spec in fields(kind):
        if not spec.metadata:
            continue
        low, high, below = (spec.metadata[key] for key in ("low", "high", "below"))
        assert spec.metadata["label"]
        if isinstance(spec.default, float):
            assert 0 <= low <= spec.default <= high < below
            assert low > 0 or not spec.metadata["log"]


@every("kind", RULES.values())
def test_every_rule_says_its_formula_its_shapes_and_its_source(kind):
    text = kind.__doc__
    assert "params" in text.split("Shapes:")[0]
    assert "<-" in text.split("Shapes:")[0]
    assert "Shapes:" in text
    assert "Source:" in text


# -- a rule of one's own ---------------------------------------------------------------------------


class PullState(NamedTuple):
    middle: Any


@dataclass(frozen=True, eq=False)
class Pulled(Rule):
    """A rule that this file adds: params are also pulled toward their own average."""

    lr: float = hyper(0.1, 1e-3, 1.0, "learning rate", log=True)
    pull: float = hyper(0.1, 0.0, 1.0, "pull", below=1.0)

    def init(self, params):
        return PullState(0.0 * params)

    def update(self, params, grad, state):
        middle = 0.9 * state.middle + 0.1 * params
        return params - self.lr * grad - self.pull * (params - middle), PullState(middle)


def test_a_rule_of_ones_own_runs_and_decays_like_any_other():
    rule = ov.Decoupled(Pulled(0.05), 0.1)
    assert isinstance(rule, Decay)
    path = ov.run(ov.surface("bowl"), rule, 50).path
    assert np.abs(path[-1]).max() < 0.1 * np.abs(path[0]).max()


def test_a_rule_of_ones_own_has_its_settings_checked():
    with pytest.raises(ValueError, match="pull must be at least 0 and below 1, got 2"):
        Pulled(pull=2.0)
