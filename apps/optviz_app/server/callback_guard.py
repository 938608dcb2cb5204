"""Whether the body of a callback's request is one that a page of ours sends.

Dash itself takes any: what it meets there would end in a server error, or worse, in a callback.
"""

from __future__ import annotations

import json
import math
from functools import lru_cache
from typing import Any

MOST_DEPTH = 24
MOST_VALUES = 20_000
MOST_LETTERS = 100_000
"""Of one text; more than the longest link that reaches the server."""
MOST_INTEGER = 2**53
"""The largest whole number that a browser holds exactly."""


def check(data: bytes, callbacks: dict[str, Any]) -> None:
    """Refuse the body of a request that fits none of the app's registered callbacks.

    Raises: ValueError: no callback for this output
    """
    try:
        body = json.loads(data, parse_constant=no_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    check_values(body)
    check_shape(body, callbacks)


def no_constant(name: str) -> None:
    """Refuse what is no JSON, though Python would read it.

    Raises: ValueError: NaN is no JSON
    """
    raise ValueError(f"{name} is no JSON")


def check_values(body: Any) -> None:
    """Refuse values that no browser sends.

    Raises: ValueError: more than 20000 values
    """
    count, open_ = 0, [(body, 1)]
    while open_:
        value, depth = open_.pop()
        inner = [*value, *value.values()] if isinstance(value, dict) else value
        if isinstance(inner, list):
            count += len(inner)
            if count > MOST_VALUES or depth > MOST_DEPTH:
                raise ValueError(f"more than {MOST_VALUES} values, or {MOST_DEPTH} within another")
            open_ += [(each, depth + 1) for each in inner]
        else:
            check_value(value)


def check_value(value: Any) -> None:
    """Refuse a number or a text that no browser sends.

    Raises: ValueError: a number that is not finite
    """
    if isinstance(value, str):
        if len(value) > MOST_LETTERS:
            raise ValueError(f"a text of more than {MOST_LETTERS} letters")
        value.encode()  # half a surrogate pair is no text
    elif isinstance(value, int) and abs(value) > MOST_INTEGER:
        raise ValueError("a whole number that no browser holds exactly")
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number that is not finite")


def check_shape(body: Any, callbacks: dict[str, Any]) -> None:
    """Refuse a body that names other outputs, inputs or states than a callback of ours.

    Raises: ValueError: no callback for this output
    """
    if not isinstance(body, dict) or not isinstance(body.get("output"), str):
        raise ValueError("not a callback's request")
    callback = callbacks.get(body["output"])
    if callback is None or "callback" not in callback:
        raise ValueError("no callback for this output")
    changed = body.get("changedPropIds", [])
    if not isinstance(changed, list) or not all(isinstance(each, str) for each in changed):
        raise ValueError("changedPropIds must be a list of texts")
    output, given = callback["output"], body.get("outputs") or []
    several = isinstance(output, (list, tuple))
    outputs = [each.to_dict() for each in (output if several else [output])]
    for name, sent, wanted in (
        ("outputs", given if several else [given], outputs),
        ("inputs", body.get("inputs", []), callback["inputs"]),
        ("state", body.get("state", []), callback["state"]),
    ):
        same = isinstance(sent, list) and len(sent) == len(wanted)
        if not same or not all(map(fits, sent, wanted)):
            raise ValueError(f"other {name} than the callback's")


def fits(sent: Any, wanted: dict[str, str]) -> bool:
    """Whether what was sent for an input, a state or an output is of the wanted component(s)."""
    pattern = pattern_of(wanted["id"])
    if isinstance(pattern, dict) and any(
        each in (["ALL"], ["ALLSMALLER"]) for each in pattern.values()
    ):
        return isinstance(sent, list) and all(is_of(each, pattern, wanted) for each in sent)
    return is_of(sent, pattern, wanted)


def is_of(sent: Any, pattern: Any, wanted: dict[str, str]) -> bool:
    """Whether one component that was sent matches; a wildcard stands for a text or a number."""
    if not isinstance(sent, dict) or not isinstance(sent.get("property"), str):
        return False
    if sent["property"].partition("@")[0] != wanted["property"]:
        return False
    own = sent.get("id")
    if not isinstance(pattern, dict) or not isinstance(own, dict):
        return own == pattern
    return own.keys() == pattern.keys() and all(
        isinstance(own[key], (str, int, float)) if isinstance(each, list) else own[key] == each
        for key, each in pattern.items()
    )


@lru_cache(maxsize=1000)
def pattern_of(text: str) -> Any:
    """The id of a registered callback: a text, or the dict that the text spells."""
    return json.loads(text) if text.startswith("{") else text
