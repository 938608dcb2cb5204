"""What one edit of a learning rate on the Surfaces page costs the server, in memory.

The request is the one that a browser sends, made of the page's own layout; it is sent again and
again, each time with another learning rate, so that no answer was made before.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import optviz_app
from optviz_app.app import make_app

import optviz
from tests.support.callback_bodies import CALLBACKS, make_request, open_page

from .load import MARK, next_rate
from .timing import Row, compare_work, do_fixed_work, gate

LIMITS = {
    "experiments built": 2,  # before: 26
    "optimizer texts parsed": 12,  # before: 98
    "processor time": 1.0,  # before: 1.29 to 1.35, in units of the fixed work; now .75 to .9
}
COUNTED = {
    "experiments built": "Experiment.__post_init__",
    "optimizer texts parsed": "_read_spec",
    "optimizer texts written": "format_spec",  # before: 41
}
"""Functions by their qualified names; of a cached one only those calls count that reach it."""
LINK = "/"
RATE = {"card": 3, "field": "lr", "owner": "surfaces", "role": "hyper"}
"""The field that is edited, as the page names it."""
OURS = tuple(str(Path(each.__file__ or "").parent) for each in (optviz, optviz_app))


def make_body(app: Any) -> dict[str, Any]:
    """Return the request of an edit to MARK, from a browser that knows no run yet."""
    key = next(key for key in app.callback_map if "race.data" in key)
    body = make_request(key, app.callback_map[key], open_page(LINK))
    name = json.dumps(RATE, separators=(",", ":"), sort_keys=True)
    fields = [each for group in body["inputs"] if isinstance(group, list) for each in group]
    next(each for each in fields if each["id"] == RATE)["value"] = MARK
    return body | {"changedPropIds": [f"{name}.value"]}


def make_editor() -> Callable[[], None]:
    """Return a function that makes one edit."""
    app = make_app()
    client, body = app.server.test_client(), make_body(app)

    def edit() -> Any:
        asked = json.dumps(body).replace(MARK, next_rate())
        headers = {"Content-Type": "application/json", "Accept-Encoding": "gzip, deflate, br, zstd"}
        answer = client.post(CALLBACKS, data=asked, headers=headers)
        if answer.status_code != 200:
            raise RuntimeError(f"the server answered {answer.status_code}: {answer.text[:200]}")
        return answer

    known = next(each for each in body["state"] if each["id"] == "known-runs")
    runs = client.post(CALLBACKS, json=body).get_json()["response"]["race"]["data"]["runs"]
    known["value"] = [run["key"] for run in runs]
    return edit


def count_calls(work: Callable[[], Any]) -> Counter[tuple[str, str]]:
    """Return how often each Python function was called, by its file and its qualified name."""
    calls: Counter[tuple[str, str]] = Counter()

    def note(frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            calls[frame.f_code.co_filename, frame.f_code.co_qualname] += 1

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls


def rows() -> Iterator[Row]:
    """Report the calls of an edit, what it builds, and its processor time."""
    opened: list[Any] = []
    names = {name for _, name in count_calls(lambda: opened.append(make_editor()))}
    if unknown := set(COUNTED.values()) - names:
        raise RuntimeError(f"opening the page never calls {min(unknown)}: has it another name?")
    [edit] = opened
    edit()
    calls = count_calls(edit)
    own = {key: n for key, n in calls.items() if key[0].startswith(OURS)}
    files = len({path for path, _ in own})
    found = f"{calls.total():,}, of them {sum(own.values()):,} in {files} files of optviz"
    yield Row("Python calls of an edit", found)
    for what, name in COUNTED.items():
        count = sum(n for (_, each), n in own.items() if each == name)
        told = Row(f"{what} by an edit", str(count))
        yield gate(told.what, count, LIMITS[what]) if what in LIMITS else told
    what = "processor time of an edit, against the fixed work"
    yield compare_work(what, edit, do_fixed_work, LIMITS["processor time"])
