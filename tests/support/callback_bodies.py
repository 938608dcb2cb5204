"""A valid request of every callback, made from the layouts that the pages open with."""

import json
from collections.abc import Iterator
from typing import Any

from optviz_app.pages import PAGES
from optviz_app.shell import frame
from plotly.utils import PlotlyJSONEncoder

LINKS = ("/?problem=x**2%2Ba*y**2&steps=40&noise=0.1", "/movielens?model=net")
LINKS += ("/workbook?tab=adam&epochs=2&samples=1,5;2,7;4,11&row=5",)
LINKS += ("/maps?chart=sweep&rule=momentum:lr=0.1&problem=ravine", "/race?mode=claim")
"""Beside the page of each path."""
CALLBACKS = "/_dash-update-component"


def find_components(tree: Any) -> Iterator[dict[str, Any]]:
    """Yield the props of all components with an id, in a layout as JSON."""
    if isinstance(tree, dict):
        if "namespace" in tree and "id" in tree["props"]:
            yield tree["props"]
        for each in tree.values():
            yield from find_components(each)
    elif isinstance(tree, list):
        for each in tree:
            yield from find_components(each)


def match_components(found: list[dict[str, Any]], wanted: dict[str, str]) -> list[dict[str, Any]]:
    """Return the components that an input, state or output of a callback means, as sent."""
    text, name = wanted["id"], wanted["property"]
    pattern = json.loads(text) if text.startswith("{") else text
    return [
        {"id": props["id"], "property": name, "value": props.get(name.partition("@")[0])}
        for props in found
        if props["id"] == pattern or fits_pattern(props["id"], pattern)
    ]


def fits_pattern(own: Any, pattern: Any) -> bool:
    """Return True if a component's id is of a pattern."""
    if not isinstance(own, dict) or not isinstance(pattern, dict) or own.keys() != pattern.keys():
        return False
    return all(isinstance(each, list) or own[key] == each for key, each in pattern.items())


def make_part(found: list[dict[str, Any]], wanted: dict[str, str]) -> Any:
    """Make what a page sends for one input, state or output; LookupError where it is not there."""
    matches = match_components(found, wanted)
    return matches if '["ALL' in wanted["id"] else matches[0]


def make_request(key: str, callback: dict[str, Any], found: list[dict[str, Any]]) -> dict[str, Any]:
    """Make the request of one callback, triggered by its first input; LookupError as above."""
    several = isinstance(callback["output"], (list, tuple))
    outputs = callback["output"] if several else [callback["output"]]
    asked = [make_part(found, each.to_dict()) for each in outputs]
    for each in asked:
        for one in each if isinstance(each, list) else [each]:
            del one["value"]
    inputs = [make_part(found, each) for each in callback["inputs"]]
    first = next((each for each in inputs if each), [])
    first = first[0] if isinstance(first, list) else first
    own = first["id"]
    name = own if isinstance(own, str) else json.dumps(own, separators=(",", ":"), sort_keys=True)
    return {
        "output": key,
        "outputs": asked if several else asked[0],
        "inputs": inputs,
        "changedPropIds": [f"{name}.{first['property']}"],
        "state": [make_part(found, each) for each in callback["state"]],
    }


def to_json(layout: Any) -> Any:
    """Return a layout as the browser gets it."""
    return json.loads(json.dumps(layout, cls=PlotlyJSONEncoder))


def open_page(link: str) -> list[dict[str, Any]]:
    """Return the components with an id that a browser has once it has opened a link."""
    path, _, search = link.partition("?")
    around = find_components(to_json(frame.layout()))
    known = {"wanted": {"data": {"path": path, "search": search}}}
    page = find_components(to_json(frame.open_link(path, search, None)[0]))
    return [*(each | known.get(str(each["id"]), {}) for each in around), *page]


def make_bodies(app: Any) -> list[dict[str, Any]]:
    """Make a valid request of every callback of every page, made for the links above."""
    served = {key: each for key, each in app.callback_map.items() if "callback" in each}
    made = []
    for link in (*PAGES, *LINKS):
        shown = open_page(link)
        for key, callback in served.items():
            try:
                made.append(make_request(key, callback, shown))
            except LookupError:  # the callback of another page
                continue
    return made
