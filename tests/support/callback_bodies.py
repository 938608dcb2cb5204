"""What the pages send: a request of every callback, made from the layouts that they open with."""

import json
from collections.abc import Iterator
from typing import Any

from optviz_app.pages import PAGES
from optviz_app.shell import frame
from plotly.utils import PlotlyJSONEncoder

LINKS = ("/?problem=x**2%2Ba*y**2&steps=40&noise=0.1", "/movielens?model=net")
LINKS += ("/workbook?tab=adam&epochs=2&samples=1,5;2,7;4,11&row=5",)
"""Beside the page of each path."""
CALLBACKS = "/_dash-update-component"


def components(tree: Any) -> Iterator[dict[str, Any]]:
    """The props of all components with an id, in a layout as JSON."""
    if isinstance(tree, dict):
        if "namespace" in tree and "id" in tree["props"]:
            yield tree["props"]
        for each in tree.values():
            yield from components(each)
    elif isinstance(tree, list):
        for each in tree:
            yield from components(each)


def matching(found: list[dict[str, Any]], wanted: dict[str, str]) -> list[dict[str, Any]]:
    """The components on a page that a callback's input, state or output means, as they are sent."""
    text, name = wanted["id"], wanted["property"]
    pattern = json.loads(text) if text.startswith("{") else text
    return [
        {"id": props["id"], "property": name, "value": props.get(name.partition("@")[0])}
        for props in found
        if props["id"] == pattern or fits(props["id"], pattern)
    ]


def fits(own: Any, pattern: Any) -> bool:
    """Whether a component's id is of a pattern."""
    if not isinstance(own, dict) or not isinstance(pattern, dict) or own.keys() != pattern.keys():
        return False
    return all(isinstance(each, list) or own[key] == each for key, each in pattern.items())


def sent(found: list[dict[str, Any]], wanted: dict[str, str]) -> Any:
    """What a page sends for one input, state or output; LookupError where it is not on the page."""
    matches = matching(found, wanted)
    return matches if '["ALL' in wanted["id"] else matches[0]


def body_of(key: str, callback: dict[str, Any], found: list[dict[str, Any]]) -> dict[str, Any]:
    """The request of one callback, triggered by its first input; LookupError as for `sent`."""
    several = isinstance(callback["output"], (list, tuple))
    outputs = callback["output"] if several else [callback["output"]]
    asked = [sent(found, each.to_dict()) for each in outputs]
    for each in asked:
        for one in each if isinstance(each, list) else [each]:
            del one["value"]
    inputs = [sent(found, each) for each in callback["inputs"]]
    first = next((each for each in inputs if each), [])
    first = first[0] if isinstance(first, list) else first
    own = first["id"]
    name = own if isinstance(own, str) else json.dumps(own, separators=(",", ":"), sort_keys=True)
    return {
        "output": key,
        "outputs": asked if several else asked[0],
        "inputs": inputs,
        "changedPropIds": [f"{name}.{first['property']}"],
        "state": [sent(found, each) for each in callback["state"]],
    }


def as_sent(layout: Any) -> Any:
    """A layout as the browser gets it."""
    return json.loads(json.dumps(layout, cls=PlotlyJSONEncoder))


def open_page(link: str) -> list[dict[str, Any]]:
    """Return the components with an id that a browser has once it has opened a link."""
    path, _, search = link.partition("?")
    around = components(as_sent(frame.layout()))
    known = {"wanted": {"data": {"path": path, "search": search}}}
    page = components(as_sent(frame.open_link(path, search, None)[0]))
    return [*(each | known.get(str(each["id"]), {}) for each in around), *page]


def bodies(app: Any) -> list[dict[str, Any]]:
    """A valid request of every callback of every page, made for the links above."""
    served = {key: each for key, each in app.callback_map.items() if "callback" in each}
    made = []
    for link in (*PAGES, *LINKS):
        shown = open_page(link)
        for key, callback in served.items():
            try:
                made.append(body_of(key, callback, shown))
            except LookupError:  # the callback of another page
                continue
    return made
