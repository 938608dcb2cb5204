"""Optimizers as the browser gets them: what their numbers may be, and what needs another module."""

from base64 import b64decode
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pytest

from optviz import Noisy, surface
from optviz.experiments.surface import Experiment
from optviz.rules import RULES, SGD
from optviz.schedules import SCHEDULES, Named
from optviz.specs import parse_spec
from optviz.views.live.catalog import describe_catalog
from optviz.views.live.entries import describe_entry, find_domains
from optviz.views.live.payload import describe_experiment

TRIED = (-1.0, -1e-9, 0.0, 1e-9, 0.5, 1 - 1e-9, 1.0, 1.5, 2.0, 3.0, 1e6, 2.0**60, float("inf"))


@dataclass(frozen=True)
class Half(Named):
    """A schedule that optviz does not know."""

    share: float = 0.5

    def __call__(self, step):
        """Return the factor at a step."""
        return self.share


@dataclass(frozen=True)
class Bare:
    """A function of the step that is no named schedule."""

    slope: float = 0.1

    def __call__(self, step):
        return 1 / (1 + self.slope * step)


def unpack(spec: dict[str, Any]) -> np.ndarray:
    return np.frombuffer(b64decode(spec["bdata"]), spec["dtype"])


def is_in(domain: dict[str, Any], value: float) -> bool:
    low, high = domain["low"], domain["high"]
    above = low is None or value > low or (value == low and not domain["lowOpen"])
    below = high is None or value < high or (value == high and not domain["highOpen"])
    return above and below and value < float("inf") and not (domain["isWhole"] and value % 1)


def is_accepted(make: Any, value: float) -> bool:
    try:
        make(value)
    except ValueError:
        return False
    return True


def test_a_domain_has_just_the_numbers_that_the_rule_or_schedule_accepts():
    for kind in (*RULES.values(), *SCHEDULES.values()):
        for name, domain in find_domains(kind).items():
            for value in TRIED:
                accepted = is_accepted(lambda each, k=kind, n=name: k(**{n: each}), value)
                assert is_in(domain, value) == accepted, (kind, name, value)
    for name, decay in describe_catalog()["decays"].items():
        for value in TRIED:
            accepted = is_accepted(lambda each, n=name: parse_spec(f"sgd:{n}={each}"), value)
            assert is_in(decay["domain"], value) == accepted, (name, value)


def find_module(text: str) -> str:
    return describe_entry(parse_spec(text), 50, {})["module"]


def test_only_what_is_structural_needs_another_module():
    for name, kind in RULES.items():
        described = describe_entry(parse_spec(name), 50, {})
        plain, structural = described["module"], described["structural"]
        assert find_module(f"{name}:maximize=yes") != plain
        assert len({plain, *(find_module(f"{name}:{decay}=0.1") for decay in ("l2", "wd"))}) == 3
        assert find_module(f"{name}:l2=0") == find_module(f"{name}:l2=0.1")
        for spec in fields(kind):  # type: ignore[arg-type]
            if isinstance(spec.default, bool):
                assert spec.name in structural
                other = "no" if spec.default else "yes"
                assert find_module(f"{name}:{spec.name}={other}") != plain
                continue
            found = {find_module(f"{name}:{spec.name}={value}") for value in (0, 0.2, 0.7)}
            assert len(found) == 1 + (spec.name in structural), (name, spec.name)
    assert describe_entry(parse_spec("rmsprop"), 50, {})["structural"] == [
        *("lagged", "centered", "beta1", "decay", "maximize")
    ]


def test_a_schedule_that_cycles_beta1_needs_the_module_with_it():
    cycled = "schedule=onecycle(cycle_momentum=yes)"
    assert find_module(f"rmsprop:{cycled}") == find_module("rmsprop:beta1=0.9")


def test_samples_are_those_of_the_noise_for_a_size_of_1():
    for noise in (0.3, 2.7, 1e-7):
        payload = describe_experiment(Experiment(noise=noise, seed=5, steps=30))
        wanted = list(Noisy(surface("rosenbrock"), noise).samples(30, 5))
        np.testing.assert_array_equal(unpack(payload["samples"]) * noise, np.ravel(wanted))
    longer = describe_experiment(Experiment(noise=1.0, seed=5, steps=40))["samples"]
    np.testing.assert_array_equal(unpack(longer)[:60], unpack(payload["samples"]))
    assert describe_experiment(Experiment())["samples"] is None


def test_a_rule_that_cannot_be_written_is_refused_in_a_sentence(monkeypatch):
    class Sign(SGD):
        def update(self, params, grad, state):
            return params - self.lr * (grad if grad > 0 else -grad), state

    monkeypatch.setitem(RULES, "sign", Sign)
    with pytest.raises(ValueError, match="Sign cannot be written as formulas: it branches"):
        describe_experiment(Experiment(rules=("sign:lr=0.1",)))


def test_a_rule_and_a_schedule_of_ones_own_are_described(monkeypatch):
    monkeypatch.setitem(RULES, "mine", type("Mine", (SGD,), {}))
    monkeypatch.setitem(SCHEDULES, "half", Half)
    payload = describe_experiment(Experiment(rules=("mine:lr=0.1,schedule=half(share=0.25)",)))
    [described] = payload["rules"]
    assert (described["name"], described["title"]) == ("mine", "Mine")
    schedule = described["schedule"]
    assert (schedule["name"], schedule["settings"]) == ("half", {"share": 0.25})
    assert "return settings.share" in payload["modules"][schedule["module"]]


def test_of_a_schedule_that_is_a_mere_function_the_factors_are_sent(monkeypatch):
    monkeypatch.setitem(SCHEDULES, "bare", Bare)
    experiment = Experiment(rules=("sgd:lr=0.1,schedule=bare(slope=0.5)",), steps=3)
    payload = describe_experiment(experiment)
    schedule = payload["rules"][0]["schedule"]
    assert (schedule["settings"], schedule["length"]) == ({"slope": 0.5}, 3)
    assert not is_in(schedule["domain"]["slope"], 0.6)
    assert f"[1, {1 / 1.5}, 0.5]" in payload["modules"][schedule["module"]]
