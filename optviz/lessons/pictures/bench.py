"""A bench for rules: each is fed the same gradients, and the size of its steps is drawn.

No surface is involved: what a rule makes of a gradient is seen by itself. Where theory knows the
size that the steps settle at, it is drawn too.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from optviz.javascript import emit_rule
from optviz.lessons.pictures.picture import (
    Picture,
    Table,
    check_keys,
    collect_modules,
    describe_rules,
    read_names,
    read_number,
    read_rules,
    read_whole,
)
from optviz.rules import Rule, Wrapper

KEYS = ("gradients", "rules", "steps", "size", "spread", "every", "growth", "seed", "sliders")
DEFAULT = ("sgd:lr=0.01", "momentum:lr=0.01", "rmsprop:lr=0.01", "adam:lr=0.01")
SLIDERS = ("size", "lr", "beta1", "beta2")
GRADIENTS = {
    "constant": "the same at every step",
    "alternating": "the same size, the sign changes at every step",
    "noisy": "the same mean, with noise on every step",
    "sparse": "zero but for every few steps",
    "growing": "a little larger at every step",
    "flipping": "the same size, the sign changes every few steps",
}
"""The kinds of gradients, and what each is like."""
NOT_FED = "a bench has no params that a decay could shrink, got {}"


def describe(table: Table) -> dict[str, Any]:
    """Return the bench as data for the browser: kinds of gradients, rules, noise, sliders."""
    numbers = read_table(table)
    rules = numbers.pop("rules")
    return {
        **numbers,
        "words": GRADIENTS,
        "samples": draw_samples(numbers["steps"], numbers.pop("seed")).tolist(),
        "rules": [
            each | {"label": shorten_label(each["label"], numbers["sliders"])}
            for each in describe_rules(rules)
        ],
    }


def shorten_label(label: str, sliders: list[str]) -> str:
    """Return a rule's label without the settings that a slider moves."""
    return " ".join(each for each in label.split() if each.partition("=")[0] not in sliders)


def read_table(table: Table) -> dict[str, Any]:
    """Return the numbers of a bench, checked."""
    check_keys("bench", table, KEYS)
    rules = read_rules(table, DEFAULT)
    for each in rules:
        if isinstance(each, Wrapper):
            raise ValueError(NOT_FED.format(type(each).__name__))
    return {
        "gradients": read_names(table, "gradients", GRADIENTS, GRADIENTS),
        "rules": rules,
        "steps": read_whole(table, "steps", 100, 2, 2000),
        "size": read_number(table, "size", 1.0, 1e-4, 1e4),
        "spread": read_number(table, "spread", 3.0, 0, 100),
        "every": read_whole(table, "every", 10, 2, 200),
        "growth": read_number(table, "growth", 1.05, 1.0, 2.0),
        "seed": read_whole(table, "seed", 0, 0, 10**9),
        "sliders": read_names(table, "sliders", ["size"], SLIDERS),
    }


def make_modules(table: Table) -> dict[str, str]:
    """Return the modules of the rules."""
    return collect_modules(map(emit_rule, read_rules(table, DEFAULT)))


@lru_cache(maxsize=32)
def draw_samples(steps: int, seed: int) -> np.ndarray:
    """Return the standard normal numbers of the noisy gradients, one a step."""
    samples = np.random.default_rng(seed).standard_normal(steps)
    samples.flags.writeable = False
    return samples


def make_gradients(kind: str, numbers: dict[str, Any]) -> np.ndarray:
    """Return the gradient of each step."""
    step, size, every = np.arange(numbers["steps"]), numbers["size"], numbers["every"]
    if kind == "alternating":
        return size * (1.0 - 2.0 * (step % 2))
    if kind == "noisy":
        samples = draw_samples(numbers["steps"], numbers.get("seed", 0))
        return size * (1.0 + numbers["spread"] * samples)
    if kind == "sparse":
        return size * (step % every == 0)
    if kind == "growing":
        return size * numbers["growth"] ** step
    if kind == "flipping":
        return size * (1.0 - 2.0 * (step // every % 2))
    return size * np.ones(len(step))


def feed(rule: Rule, gradients: np.ndarray) -> np.ndarray:
    """Return the step that a rule makes of each gradient, its memory carried on.

    The params stand at 0 before each step, so that no step is lost in the rounding of a sum.
    """
    origin = np.zeros(1)
    state, out = rule.init(origin), []
    for grad in gradients:
        params, state = rule.update(origin, np.array([grad]), state)
        out.append(float(params[0]))
    return np.array(out)


class Fed(NamedTuple):
    """The input of a bench: sizes of the gradients, their growth, the steps between sparse ones."""

    sizes: np.ndarray
    growth: float
    every: int

    @property
    def count(self) -> np.ndarray:
        """The number of gradients so far that are not zero."""
        return np.maximum(np.cumsum(self.sizes > 0), 1)


def find_steady(rule: Any, kind: str, numbers: dict[str, Any]) -> np.ndarray:
    """Return the size that theory gives a rule's steps once its averages have settled.

    One value a step, nan where no formula is known; for sparse gradients where there is one.
    """
    sizes = np.abs(make_gradients(kind, numbers))
    settle = SETTLED.get(type(rule).__name__)
    if settle is None or not getattr(rule, "debias", True) or _has_other_scale(rule):
        return np.full(len(sizes), np.nan)
    found = settle(rule, Fed(sizes, numbers["growth"], numbers["every"])).get(kind, np.nan)
    return np.where(sizes > 0, found, np.nan)


def _has_other_scale(rule: Any) -> bool:
    return getattr(rule, "centered", False) or getattr(rule, "lagged", False)


def _keep(beta: float, ratio: float = 1.0) -> float:
    """Return the sum of 1, beta/ratio, (beta/ratio)**2, ..."""
    return 1 / (1 - beta / ratio)


def _swing(beta: float) -> float:
    """Return the sum of 1, -beta, beta**2, ..."""
    return 1 / (1 + beta)


def _pulse(beta: float, every: int) -> float:
    """Return the sum of 1, beta**every, beta**(2*every), ..."""
    return 1 / (1 - beta**every)


def _root(beta: float, ratio: float) -> float:
    """Return the last gradient's size over the root of the average square, of growing ones."""
    return ((1 - beta / ratio**2) / (1 - beta)) ** 0.5


def _rare(beta: float, every: int) -> float:
    """Return the root of the average square at a sparse gradient, over its size."""
    return ((1 - beta) * _pulse(beta, every)) ** 0.5


def _settle_sgd(rule: Any, fed: Fed) -> dict[str, Any]:
    return dict.fromkeys(GRADIENTS, rule.lr * fed.sizes)


def _settle_momentum(rule: Any, fed: Fed) -> dict[str, Any]:
    weight = 1 - (rule.beta1 if rule.damped else rule.dampening)
    plain = rule.lr * weight * fed.sizes
    return {
        "constant": plain * _keep(rule.beta1),
        "alternating": plain * _swing(rule.beta1),
        "sparse": plain * _pulse(rule.beta1, fed.every),
        "growing": plain * _keep(rule.beta1, fed.growth),
    }


def _settle_nesterov(rule: Any, fed: Fed) -> dict[str, Any]:
    plain = rule.lr * fed.sizes
    return {
        "constant": plain * _keep(rule.beta1),
        "alternating": plain * (1 + 2 * rule.beta1) * _swing(rule.beta1),
        "growing": plain * (1 + rule.beta1 * _keep(rule.beta1, fed.growth)),
    }


def _settle_rmsprop(rule: Any, fed: Fed) -> dict[str, Any]:
    return {
        "constant": rule.lr * _keep(rule.beta1),
        "alternating": rule.lr * _swing(rule.beta1),
        "flipping": rule.lr if rule.beta1 == 0 else np.nan,
        "sparse": rule.lr * _pulse(rule.beta1, fed.every) / _rare(rule.beta2, fed.every),
        "growing": rule.lr * _root(rule.beta2, fed.growth) * _keep(rule.beta1),
    }


def _settle_adagrad(rule: Any, fed: Fed) -> dict[str, Any]:
    shared = dict.fromkeys(
        ("constant", "alternating", "flipping", "sparse"), rule.lr / fed.count**0.5
    )
    return shared | {"growing": rule.lr * (1 - fed.growth**-2) ** 0.5}


def _settle_adam(rule: Any, fed: Fed) -> dict[str, Any]:
    plain = rule.lr * (1 - rule.beta1)
    return {
        "constant": rule.lr,
        "alternating": plain * _swing(rule.beta1),
        "sparse": plain * _pulse(rule.beta1, fed.every) / _rare(rule.beta2, fed.every),
        "growing": plain * _keep(rule.beta1, fed.growth) * _root(rule.beta2, fed.growth),
    }


SETTLED: dict[str, Callable[[Any, Fed], dict[str, Any]]] = {
    "SGD": _settle_sgd,
    "Momentum": _settle_momentum,
    "Nesterov": _settle_nesterov,
    "RMSProp": _settle_rmsprop,
    "Adagrad": _settle_adagrad,
    "Adam": _settle_adam,
}
"""The settled size of a rule's steps by kind of gradient, from its settings and what it is fed."""


def measure(table: Table) -> dict[str, float]:
    """Return of each rule, under the first kind of gradient, numbers by name and place from 1.

    first    the size of its first step
    step     the mean size of its last tenth of steps
    largest  the size of its largest step
    drift    how far it moved a step on average, one way
    theory   the settled size at the last step where it is known, else nan
    """
    numbers = read_table(table)
    kind = numbers["gradients"][0]
    gradients, out = make_gradients(kind, numbers), {}
    for place, rule in enumerate(numbers["rules"], 1):
        steps = feed(rule, gradients)
        sizes = np.abs(steps)
        steady = find_steady(rule, kind, numbers)
        known = steady[np.isfinite(steady)]
        out[f"first {place}"] = float(sizes[0])
        out[f"step {place}"] = float(sizes[-max(1, len(sizes) // 10) :].mean())
        out[f"largest {place}"] = float(sizes.max())
        out[f"drift {place}"] = abs(float(steps.mean()))
        out[f"theory {place}"] = float(known[-1]) if known.size else float("nan")
    return out


BENCH = Picture(describe, measure, make_modules)
