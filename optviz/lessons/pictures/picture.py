"""What a picture of a lesson is, and how the table of a step that holds one is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from hashlib import sha256
from math import inf, isfinite
from typing import Any, NamedTuple

from optviz.javascript import emit_rule
from optviz.rules import Rule
from optviz.specs import OptimizerSpec, check_name, format_label, parse_spec, unwrap_rule
from optviz.views.drawing.colors import style_of

Table = Mapping[str, Any]
"""The table of a step as TOML gives it."""


class Picture(NamedTuple):
    """A picture that is no race: three functions of the table of its step."""

    describe: Callable[[Table], dict[str, Any]]
    measure: Callable[[Table], dict[str, float]]
    modules: Callable[[Table], dict[str, str]]


def check_keys(name: str, table: Table, known: Iterable[str]) -> None:
    """Refuse a key that the picture does not have.

    Raises: ValueError: no setting of bench "rule"; nearest: rules
    """
    if not isinstance(table, Mapping):
        raise ValueError(f"{name} must be a table such as [step.{name}], got {table!r:.60}")
    for key in table:
        check_name(f"setting of {name}", key, list(known))


def read_number(
    table: Table, key: str, default: float, low: float = -inf, high: float = inf
) -> float:
    """Return a number of the table that lies between two ends.

    Raises: ValueError: size must be a number from 0.0001 to 10000, got 0
    """
    value = table.get(key, default)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not (is_number and isfinite(value) and low <= value <= high):
        ends = "" if high == inf else f" from {low:g} to {high:g}"
        raise ValueError(f"{key} must be a number{ends}, got {value!r:.60}")
    return float(value)


def read_whole(table: Table, key: str, default: int, low: int, high: int) -> int:
    """Return a whole number of the table.

    Raises: ValueError: steps must be a whole number from 2 to 2000, got 2.5
    """
    value = table.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"{key} must be a whole number from {low} to {high}, got {value!r:.60}")
    return value


def read_point(table: Table, key: str, default: Iterable[float]) -> list[float]:
    """Return two finite numbers of the table.

    Raises: ValueError: point must be two numbers such as [0.5, -1], got [1]
    """
    value = table.get(key, list(default))
    is_pair = isinstance(value, list) and len(value) == 2
    if not (is_pair and all(_is_number(each) for each in value)):
        raise ValueError(f"{key} must be two numbers such as [0.5, -1], got {value!r:.60}")
    return [float(each) for each in value]


def read_window(table: Table, key: str, default: Iterable[float]) -> list[list[float]]:
    """Return a window of the table, [x low, x high, y low, y high], as two pairs.

    Raises: ValueError: window must be four numbers, x low, x high, y low, y high, got [1, 2]
    """
    value = table.get(key, list(default))
    is_window = isinstance(value, list) and len(value) == 4 and all(map(_is_number, value))
    if not (is_window and value[0] < value[1] and value[2] < value[3]):
        words = "four numbers, x low, x high, y low, y high"
        raise ValueError(f"{key} must be {words}, got {value!r:.60}")
    return [[float(value[0]), float(value[1])], [float(value[2]), float(value[3])]]


def read_names(table: Table, key: str, default: Iterable[str], known: Iterable[str]) -> list[str]:
    """Return names of the table, each one that is known.

    Raises: ValueError: no gradient "constnat"; nearest: constant
    """
    value = table.get(key, list(default))
    if not isinstance(value, list) or not value:
        raise ValueError(f'{key} must be a list of names such as ["constant"], got {value!r:.60}')
    return [check_name(key.rstrip("s"), str(each), list(known)) for each in value]


def read_rules(table: Table, default: Iterable[str]) -> list[Rule]:
    """Return the rules of a table's texts such as `adam:lr=0.05`.

    Raises: ValueError: rules must be a list of one to eight texts such as ["adam:lr=0.01"], got []
    """
    value = table.get("rules", list(default))
    is_list = isinstance(value, list) and all(isinstance(each, str) for each in value)
    if not is_list or not 1 <= len(value) <= 8:
        words = 'a list of one to eight texts such as ["adam:lr=0.01"]'
        raise ValueError(f"rules must be {words}, got {value!r:.60}")
    entries = [parse_spec(each) for each in value]
    for text, entry in zip(value, entries, strict=True):
        if entry.schedule is not None:
            raise ValueError(f"a picture's rules have no schedule, got {text!r}")
    return [entry.rule for entry in entries]


def describe_rules(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    """Return rules as data, each with the look of its lines."""
    found = [_describe_rule(each) for each in rules]
    looks = style_of([each["kind"] for each in found])
    return [each | {"look": look._asdict()} for each, look in zip(found, looks, strict=True)]


def _describe_rule(rule: Rule) -> dict[str, Any]:
    """Return the label of a rule, its class, that of its decay, its settings and its module."""
    inner: Any = unwrap_rule(rule)
    settings = asdict(inner)
    if rule is not inner:
        settings["wd"] = rule.wd  # type: ignore[attr-defined]
    text = emit_rule(rule)
    return {
        "label": format_label(OptimizerSpec(rule)),
        "kind": type(inner).__name__.lower(),
        "name": type(inner).__name__,
        "decay": None if rule is inner else type(rule).__name__.lower(),
        "settings": settings,
        "module": name_module(text),
    }


def collect_modules(texts: Iterable[str]) -> dict[str, str]:
    """Return the texts of modules by their keys."""
    return {name_module(text): text for text in texts}


def name_module(text: str) -> str:
    """Return the key of a module, made from its text as in views/live/entries.py."""
    return sha256(text.encode()).hexdigest()[:16]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)
