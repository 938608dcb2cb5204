"""Rules and schedules as text: there and back, and a sentence for every slip."""

import re
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

import optviz as ov
from optviz.rules import DECAYS, RULES, Rule
from optviz.schedules import SCHEDULES
from optviz.specs import (
    OptimizerSpec,
    format_label,
    format_spec,
    parse_rule,
    parse_spec,
    unwrap_rule,
)
from tests.support.cases import every


def to_plain(record: Any) -> Any:
    """A rule or schedule as plain data, so that two of them can be compared."""
    if not hasattr(record, "__dataclass_fields__"):
        return record
    return type(record), {
        spec.name: to_plain(getattr(record, spec.name)) for spec in fields(record)
    }


def change_settings(kind: Any) -> Any:
    """A rule or schedule with no setting at its default."""
    values = {}
    for spec in fields(kind):
        default: Any = spec.default
        if isinstance(default, bool):
            values[spec.name] = not default
        elif spec.name in ("steps", "every"):
            values[spec.name] = 73
        else:
            values[spec.name] = default * 0.7 + 0.01
    return kind(**values)


ENTRIES: dict[str, OptimizerSpec] = {name: OptimizerSpec(kind()) for name, kind in RULES.items()}
ENTRIES |= {f"{name} turned": OptimizerSpec(change_settings(kind)) for name, kind in RULES.items()}
ENTRIES |= {
    f"{name} {key}": OptimizerSpec(decay(change_settings(RULES[name]), 0.037))  # type: ignore[call-arg]
    for name in RULES
    for key, decay in DECAYS.items()
}
ENTRIES |= {
    f"{name} maximize": OptimizerSpec(ov.Maximize(decay(RULES[name](), 0.02)))  # type: ignore[call-arg]
    for name in RULES
    for decay in DECAYS.values()
}
ENTRIES |= {
    f"schedule {name}": OptimizerSpec(ov.Adam(), kind()) for name, kind in SCHEDULES.items()
}
ENTRIES |= {
    f"schedule {name} turned": OptimizerSpec(
        ov.Decoupled(ov.Adam(0.3), 0.01), change_settings(kind)
    )
    for name, kind in SCHEDULES.items()
}


@every("name", ENTRIES)
def test_what_is_spelled_is_read_back_the_same(name):
    entry = ENTRIES[name]
    assert [*map(to_plain, parse_spec(format_spec(*entry)))] == [*map(to_plain, entry)]


@pytest.mark.parametrize("lr", [1e-300, 0.1 + 0.2, 1e20, 1.0, 123456789.0, 5e-324])
def test_numbers_are_spelled_to_the_last_digit(lr):
    assert parse_spec(format_spec(ov.SGD(lr))).rule.lr == lr


def test_an_entry_that_is_switched_off_stays_so():
    assert parse_spec(format_spec(*parse_spec("adam:lr=0.1,on=no"))).on is False


def test_a_text_is_read_once_and_again_when_a_name_is_registered(monkeypatch):
    class Careful(ov.Adam):
        pass

    first = parse_spec("adam:lr=0.125,schedule=cosine")
    assert parse_spec("adam:lr=0.125,schedule=cosine") is first
    monkeypatch.setitem(RULES, "adam", Careful)
    assert type(parse_spec("adam:lr=0.125,schedule=cosine").rule) is Careful
    monkeypatch.delitem(RULES, "adam")
    with pytest.raises(ValueError, match='no rule "adam"'):
        parse_spec("adam:lr=0.125,schedule=cosine")


READ = {
    "adam": ov.Adam(),
    "adam:": ov.Adam(),
    " Adam : lr = 0.05 ": ov.Adam(0.05),
    "adam:lr=5e-2,wd=0.01": ov.Decoupled(ov.Adam(0.05), 0.01),
    "adam:l2=0.01,lr=.05": ov.L2(ov.Adam(0.05), 0.01),
    "momentum:damped=yes": ov.Momentum(damped=True),
    "momentum:damped=ON,beta1=0": ov.Momentum(beta1=0.0, damped=True),
    "adam:debias=false": ov.Adam(debias=False),
    "adam:amsgrad=yes,maximize=no": ov.Adam(amsgrad=True),
    "adam:maximize=yes,l2=0.1": ov.Maximize(ov.L2(ov.Adam(), 0.1)),
    "rmsprop:beta1=0.9,centered=yes": ov.RMSProp(beta1=0.9, centered=True),
    "adagrad:initial=.1,lr_decay=.01": ov.Adagrad(initial=0.1, lr_decay=0.01),
}


@pytest.mark.parametrize("text", READ)
def test_a_rule_is_read_from_text(text):
    assert to_plain(parse_spec(text).rule) == to_plain(READ[text])
    assert parse_spec(text).schedule is None


def test_a_schedules_own_commas_do_not_end_it():
    entry = parse_spec("sgd:schedule=step(every=50, factor=0.3),lr=0.1")
    assert to_plain(entry.schedule) == to_plain(ov.Step(50, 0.3))
    assert entry.rule.lr == 0.1


SLIPS = {
    "": 'no rule ""; choose from sgd, momentum',
    "   ": 'no rule ""; choose from',
    "adamw:lr=0.1": 'no rule "adamw"; write adam:wd=0.01',
    "adam(lr=0.05, eps=1e-8)": 'no rule "adam(lr=0.05, eps=1e-8)"; write adam:lr=0.05,eps=1e-8',
    "Adam lr=0.05": 'no rule "adam lr=0.05"; write adam:lr=0.05',
    "adam:weight_decay=0.1": 'adam has no "weight_decay"; write l2, or wd for',
    "adam:learning_rate=0.1": 'adam has no "learning_rate"; write lr; it has lr, beta1',
    "adm": 'no rule "adm"; nearest: adam',
    "rmsporp:lr=1": 'no rule "rmsporp"; nearest: rmsprop',
    "xyz": 'no rule "xyz"; choose from sgd, momentum, nesterov, adagrad, adadelta, rmsprop, adam',
    "adam:lr": 'adam: write settings as key=value, got "lr"',
    "adam:lr=": 'lr must be a number, got ""',
    "adam:lr=fast": 'lr must be a number, got "fast"',
    "adam:lr=nan": "lr must be at least 0 and finite, got nan",
    "adam:lr=1e400": "lr must be at least 0 and finite, got inf",
    "adam:lr=-1": "lr must be at least 0 and finite, got -1",
    "adam:beta2=1": "beta2 must be at least 0 and below 1, got 1",
    "adam:wd=-0.1": "wd must be at least 0 and finite, got -0.1",
    "adam:wd=0.1,l2=0.2": "adam: give l2= or wd=, not both",
    "adam:lr=1,lr=2": "adam: lr is given twice",
    "adam:speed=3": 'adam has no "speed"; it has lr, beta1, beta2, eps, debias, amsgrad, l2, wd',
    "sgd:rule=adam": 'sgd has no "rule"; it has lr, l2, wd',
    "adam:debias=maybe": 'adam: debias must be yes or no, got "maybe"',
    "adam:schedule=cosin": 'no schedule "cosin"; nearest: cosine',
    "adam:schedule=": 'schedule must read like cosine or step(every=50), got ""',
    "adam:schedule=step(every=5": 'schedule must read like cosine or step(every=50), got "step(',
    "adam:schedule=step(every=2.5)": "every must be a whole number of at least 1, got 2.5",
    "adam:schedule=step(pace=2)": 'step has no "pace"; it has every, factor',
    "adam:schedule=constant(lr=2)": 'constant has no "lr"; it has no settings',
    "adam:schedule=step(every)": "every must be a number",
    "__import__('os')": "no rule",
}


@pytest.mark.parametrize("text", SLIPS)
def test_a_slip_is_answered_with_a_sentence(text):
    with pytest.raises(ValueError, match="^" + re.escape(SLIPS[text])):
        parse_spec(text)


def test_a_label_names_the_rule_and_what_sets_it_apart():
    label = format_label(parse_spec("adam:lr=0.05,wd=0.01,schedule=step(every=5,factor=0.1)"))
    assert label == "Adam lr=0.05 wd=0.01 schedule=step(every=5,factor=0.1)"


def test_a_function_as_schedule_is_called_by_its_name():
    def halving(step):
        return 0.5**step

    assert format_spec(ov.SGD(0.1), halving) == "sgd:lr=0.1,schedule=halving"


def test_an_array_of_settings_is_told_by_its_shape():
    rule: Rule = ov.SGD(np.ones((2, 3)))  # type: ignore[arg-type]
    assert format_spec(rule) == "sgd:lr=2x3 values"


def test_rule_is_read_off_a_text_whose_schedule_has_no_name_here():
    rule = parse_rule("adam:lr=0.05,schedule=<lambda>,wd=0.01")
    assert format_spec(rule) == "adam:lr=0.05,wd=0.01"


def test_innermost_rule_is_the_one_inside_all_decays():
    inner = ov.Adam()
    assert unwrap_rule(ov.Decoupled(ov.L2(inner, 0.1), 0.2)) is inner
    assert unwrap_rule(inner) is inner
