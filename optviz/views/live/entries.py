"""An optimizer as data for the browser: its numbers, what they may be, and the module of its rule.

A module does not depend on the numbers of its rule, so that a slider needs no other one; only on
what is structural: switches, decays, and numbers of which the rule asks whether they are 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, fields, is_dataclass, replace
from functools import lru_cache
from hashlib import sha256
from math import inf
from typing import Any

from optviz.javascript import emit_rule, emit_schedule
from optviz.rules import DECAYS, RULES, Decay, Maximize, Rule
from optviz.schedules import SCHEDULES, Constant, Named, Schedule, fit_schedule, set_rule
from optviz.specs import OptimizerSpec, unwrap_rule
from optviz.tracing import trace

Record = dict[str, Any]
Modules = dict[str, str]
"""The texts of modules by their keys."""
HUGE = 1e300


def describe_entry(entry: OptimizerSpec, steps: int, modules: Modules, first: int = 0) -> Record:
    """Return an optimizer as data; the texts of its modules are added to `modules`.

    `structural` names the settings whose change from or to 0, no or nothing needs another module.

    Raises: ValueError: Sign cannot be written as formulas: it branches on a value
    """
    inner, decay = unwrap_rule(entry.rule), find_decay(entry.rule)
    # A schedule that cycles beta1 gives it to a rule that has none of its own.
    running = set_rule(entry.rule, fit_schedule(entry.schedule, steps), first)
    return {
        **describe_kind(type(inner)),
        "on": entry.on,
        "module": add_module(modules, write_rule(running)),
        "settings": asdict(inner),  # type: ignore[arg-type]
        "decay": decay and {"kind": find_name(decay, DECAYS), "value": decay.wd},  # type: ignore[attr-defined]
        "maximize": isinstance(entry.rule, Maximize),
        "structural": [*find_structural(inner), "decay", "maximize"],
        "schedule": describe_schedule(entry.schedule, steps, modules),
    }


def describe_schedule(schedule: Schedule | None, steps: int, modules: Modules) -> Record | None:
    """Return a schedule as data; None for a constant rate. An open length (None) is the run's.

    Of one that is not `Named` the module has the factors of the steps alone: `length` says of how
    many, and no other setting than its own is in its domain.
    """
    if schedule is None or isinstance(schedule, Constant):
        return None
    kind, is_named = type(schedule), isinstance(schedule, Named)
    specs = fields(kind) if is_dataclass(kind) else ()
    settings = {spec.name: getattr(schedule, spec.name) for spec in specs}
    text = write_schedule(kind) if is_named else emit_schedule(schedule, steps)
    fixed = {"lowOpen": False, "highOpen": False, "isWhole": False}
    own = {name: {"low": value, "high": value, **fixed} for name, value in settings.items()}
    return {
        "name": find_name(schedule, SCHEDULES),
        "module": add_module(modules, text),
        "settings": settings,
        "defaults": {spec.name: spec.default for spec in specs},
        "domain": find_domains(kind) if is_named else own,
        "length": None if is_named else steps,
    }


@lru_cache(maxsize=64)
def describe_kind(kind: type[Rule]) -> Record:
    """Return what is common to all rules of a class."""
    name = find_name(kind, RULES)
    return {
        "name": name,
        "title": kind.__name__,
        "kind": kind.__name__.lower(),
        "defaults": {spec.name: spec.default for spec in fields(kind)},  # type: ignore[arg-type]
        "domain": find_domains(kind),
        "rates": find_rates(kind),
    }


def find_rates(kind: type[Rule]) -> list[float] | None:
    """Return the ends of the slider of a rule's learning rate; None for one without."""
    for spec in fields(kind):  # type: ignore[arg-type]
        if spec.name == "lr":
            return [spec.metadata.get("low") or 1e-5, spec.metadata.get("high", 1.0)]
    return None


def find_name(record: Any, table: dict[str, Any]) -> str:
    """Return the name of a rule, decay or schedule in links; else that of its class."""
    kind = record if isinstance(record, type) else type(record)
    named = (name for name, each in table.items() if each is kind)
    return next(named, getattr(record, "__name__", kind.__name__))


def find_decay(rule: Any) -> Decay | None:
    """Return the decay around a rule."""
    rule = rule.rule if isinstance(rule, Maximize) else rule
    return rule if isinstance(rule, Decay) else None


def find_structural(rule: Rule) -> tuple[str, ...]:
    """Return the switches of a rule, and the numbers of which it asks whether they are 0."""
    values = tuple((spec.name, bool(getattr(rule, spec.name))) for spec in fields(rule))  # type: ignore[arg-type]
    return _find_structural(type(rule), values)


@lru_cache(maxsize=512)
def _find_structural(kind: type[Rule], values: tuple[tuple[str, bool], ...]) -> tuple[str, ...]:
    """Return those of a rule by which of its settings are on or not 0."""
    plain: Any = kind()
    rule = replace(plain, **{name: choose_value(plain, name, on) for name, on in values})
    flags = [spec.name for spec in fields(rule) if isinstance(spec.default, bool)]  # type: ignore[arg-type]
    return (*flags, *trace(rule).structural)


def write_rule(rule: Rule) -> str:
    """Return the module of a rule, the same for all rules that differ in numbers alone."""
    inner, decay = unwrap_rule(rule), find_decay(rule)
    values = tuple((name, bool(getattr(inner, name))) for name in find_structural(inner))
    return write_variant(type(inner), values, decay and type(decay), isinstance(rule, Maximize))


@lru_cache(maxsize=512)
def write_variant(
    kind: type[Rule], values: tuple[tuple[str, bool], ...], decay: Any, climbs: bool
) -> str:
    """Return the module of a rule with some settings on or off and all others at their default."""
    rule: Any = kind()
    changes = {name: choose_value(rule, name, on) for name, on in values}
    rule = replace(rule, **changes)
    rule = rule if decay is None else decay(rule)
    return emit_rule(Maximize(rule) if climbs else rule)


def choose_value(rule: Any, name: str, on: bool) -> Any:
    """Return a value of a setting that is on or off: the default where that fits."""
    [spec] = [each for each in fields(rule) if each.name == name]
    if isinstance(spec.default, bool):
        return on
    return spec.default if bool(spec.default) == on else on * spec.metadata.get("high", 1.0) / 2


@lru_cache(maxsize=64)
def write_schedule(kind: type[Named]) -> str:
    """Return the module of a named schedule."""
    return emit_schedule(kind(), 100)


def add_module(modules: Modules, text: str) -> str:
    """Add a text to the modules and return its key, which is made from the text."""
    key = sha256(text.encode()).hexdigest()[:16]
    modules[key] = text
    return key


@lru_cache(maxsize=64)
def find_domains(kind: Any, *inner: Rule) -> dict[str, Record]:
    """Return the domain of each number of a rule, decay or schedule, see `find_domain`.

    A decay stands around the rule `inner`.
    """
    return {
        spec.name: find_domain(
            lambda value, name=spec.name: kind(*inner, **{name: value}),
            spec.metadata.get("below", inf),
        )
        for spec in fields(kind)[len(inner) :]
        if not isinstance(spec.default, bool)
    }


def find_domain(make: Callable[[Any], Any], below: float = inf) -> Record:
    """Return which numbers are accepted, found by trying those at the ends.

    low and high are the ends (None: there is none), lowOpen and highOpen say which are left out,
    isWhole is True where only whole numbers do.
    """

    def accepts(value: float) -> bool:
        try:
            make(value)
        except ValueError:
            return False
        return True

    low = next((each for each in (-HUGE, 0.0, 1e-9) if accepts(each)), 1.0)
    bounds = sorted({1.0, below} - {inf})
    high = next((each for each in bounds if not accepts(each * 1.5)), None)
    high = None if accepts(HUGE) else high
    is_whole = high is None and accepts(2.0) and not accepts(1.5)
    return {
        "low": None if low == -HUGE else 0.0 if low == 1e-9 else low,
        "lowOpen": low in (-HUGE, 1e-9),
        "high": high,
        "highOpen": high is None or not accepts(high),
        "isWhole": is_whole,
    }
