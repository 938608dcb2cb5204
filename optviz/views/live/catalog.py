"""All that a page without a server offers: rules, decays and schedules, and their modules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from itertools import product
from math import inf, isfinite

from optviz.javascript.grammar import describe_grammar, emit_operations
from optviz.problems.surfaces import SURFACES
from optviz.rules import DECAYS, RULES, SGD, Decay, Rule
from optviz.schedules import SCHEDULES, Constant
from optviz.views.live.entries import (
    Modules,
    Record,
    add_module,
    describe_kind,
    describe_schedule,
    find_domains,
    find_structural,
    write_variant,
)
from optviz.views.live.payload import LOOKS, describe_surface


def describe_catalog() -> Record:
    """Return rules, decays and schedules by their names, and the texts of all modules by key.

    A rule has its settings, and in `variants` the key of its module for each choice of what is
    structural: `chooseModule` of javascript/catalog.js finds it. A schedule is as an optimizer
    holds it, see `describe_entry`; the constant one needs no module and is not among them.

    Raises: ValueError: Sign cannot be written as formulas: it branches on a value
    """
    modules: Modules = {}
    schedules = {
        name: describe_schedule(kind(), 1, modules)
        for name, kind in SCHEDULES.items()
        if kind is not Constant
    }
    return {
        "rules": {name: describe_rule(kind, modules) for name, kind in RULES.items()},
        "decays": {name: describe_decay(kind) for name, kind in DECAYS.items()},
        "schedules": schedules,
        "looks": LOOKS,
        "modules": modules,
    }


def describe_surfaces() -> Record:
    """Return every known surface by its name, but for its module, and what reads formulas.

    `grammar` and `operations` (a module's text) are for javascript/formulas/surface.js: readModule
    makes the module of a surface of its formula, readSurface a surface of what a person types.
    """
    return {
        "surfaces": {name: describe_surface(each) for name, each in SURFACES.items()},
        "grammar": describe_grammar(),
        "operations": emit_operations(),
    }


def describe_rule(kind: type[Rule], modules: Modules) -> Record:
    """Return a rule with its settings and variants; their texts are added to `modules`."""
    variants = {sign: add_module(modules, text) for sign, text in list_variants(kind)}
    return {
        **describe_kind(kind),
        "structural": [*find_structural(kind()), "decay", "maximize"],
        "settings": describe_settings(kind),
        "variants": variants,
    }


def list_variants(kind: type[Rule]) -> Iterator[tuple[str, str]]:
    """Yield each variant of a rule and its module.

    A variant is named by a digit for each structural setting, 0 for one that is 0 or off, then the
    decay or "none", then a digit for `maximize`: "01 wd 0".
    """
    names = find_structural(kind())
    for digits in product((0, 1), repeat=len(names)):
        values = tuple(zip(names, map(bool, digits), strict=True))
        for (decay, wrap), climbs in product([("none", None), *DECAYS.items()], (0, 1)):
            text = write_variant(kind, values, wrap, bool(climbs))
            yield f"{''.join(map(str, digits))} {decay} {climbs}", text


def describe_decay(kind: type[Decay]) -> Record:
    """Return a decay: the only setting that it adds, `wd`."""
    [setting] = describe_settings(kind)
    domain = find_domains(kind, SGD())["wd"]
    return {"title": kind.__name__, "settings": [setting], "domain": domain}


def describe_settings(kind: type[Rule]) -> list[Record]:
    """Return each setting of a rule or decay: default, label, and the ends of its slider.

    `log` asks for a slider on a log scale; `below` is what a value must be below, None for
    anything finite; `isSwitch` is True for one that is on or off.
    """
    out = []
    for spec in fields(kind):  # type: ignore[arg-type]
        if spec.name == "rule":
            continue
        about = {"low": 0.0, "high": 1.0, "label": spec.name, "log": False, **spec.metadata}
        about["below"] = about["below"] if isfinite(about.get("below", inf)) else None
        flag = {"isSwitch": isinstance(spec.default, bool)}
        out.append({"name": spec.name, "default": spec.default} | about | flag)
    return out
