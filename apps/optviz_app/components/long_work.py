"""Long work of a page: its status line, its buttons, how far it is, and its result.

A page says what its controls ask for as a `Request`; its figures follow the store `NAME-result`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from flask import request as asked

from optviz_app.components.fields import aria, text_button
from optviz_app.components.status_line import (
    Status,
    build_status_panel,
    describe_fetching,
    end_sentence,
)
from optviz_app.jobs.channel import WATCHED_S
from optviz_app.jobs.endpoint import find_jobs, parse_address, parse_browser
from optviz_app.jobs.queue import ENDED, Jobs
from optviz_app.jobs.tasks import Request

POLL_MS = 400
STORES = ("run", "tick", "browser", "result", "asked")
WORKING = "working"
"""The phase in which a task tells how far it is: done, total and words."""
FETCHING = "fetching"
"""The phase in which it fetches or reads ratings: what, done and total."""


class Work(NamedTuple):
    """The long work of a page, in words."""

    name: str
    """Begins the ids of its controls."""
    noun: str
    doing: str
    """What happens while it works."""
    start: str
    """The words of the button."""
    make_request: Callable[[str], Request]
    """Returns what a page's query asks for; ValueError is a sentence on why it cannot be done."""
    canceled: str = "Nothing was kept."
    """What became of work that was canceled."""
    is_prompt: bool = False
    """True where a change of the page's query starts the work, and ends that of before."""
    is_page: bool = True
    """False for a part of a page, whose link and whose undo are not this work's."""


class Followed(NamedTuple):
    """The work that a page follows, as it said itself."""

    key: str = ""
    phase: str = "none"
    told: bool = False
    """True where it told the end of what it saw under way."""
    canceling: bool = False
    shown: Any = None
    """The result that it was told of: query, stamp, and the number of rows that had arrived."""


def build_stores(name: str) -> list[Any]:
    """Build the invisible parts."""
    stores = [dcc.Store(id=f"{name}-{each}") for each in STORES]
    return [*stores, dcc.Interval(id=f"{name}-poll", interval=POLL_MS, disabled=True)]


def build_status(work: Work, *tools: Any) -> Any:
    """Build the status line with its buttons, after other `tools`.

    On a phone, where the settings come after all results, one of its links leads to them.
    """
    name, live = work.name, aria("polite", "live")
    cancel: Any = {"id": f"{name}-cancel", "variant": "default", "size": "xs", "className": "away"}
    line = [
        html.Div(id=f"{name}-said", className="grow"),
        html.P(id=f"{name}-announced", className="hidden", role="status", **live),
        *([html.A("Settings", href=f"#{name}-settings", className="to-settings")] * work.is_page),
        *tools,
        *(build_undo() if work.is_page else ()),
        dmc.Button("Cancel", **cancel),
        dmc.Button(work.start, id=f"{name}-start", size="xs"),
    ]
    words = aria(f"progress of the {work.noun}")
    progress = dmc.Progress(id=f"{name}-progress", value=0, size="sm", **words)
    gone = "The server does not respond. This page keeps trying."
    parts = [
        html.Div(line, className="status-line"),
        html.Div(progress, id=f"{name}-progress-box", hidden=True),
        html.Div(gone, id=f"{name}-gone", className="gone", role="alert", hidden=True),
    ]
    return html.Div(parts, id=f"{name}-status", className=f"status {name}-status", tabIndex=-1)


def build_undo() -> list[Any]:
    """Build the buttons that take back a change of the page."""
    return [
        text_button("undo", "Undo", "take back the last change (u)"),
        text_button("redo", "Redo", "make it again (Shift+u)"),
    ]


def build_settings(work: Work, *parts: Any) -> Any:
    """Build the column of settings; on a phone a link at its head leads back to the results."""
    back = html.A("Back to the results", href=f"#{work.name}-status", className="to-settings")
    look: Any = {"gap": "md", "className": "controls", "attributes": {"root": {"tabIndex": -1}}}
    return dmc.Stack([back, *parts], id=f"{work.name}-settings", **look)


def register_work(app: Dash, work: Work, namespace: str) -> None:
    """Register the callbacks; `namespace` has the functions poll, watch and addLook."""
    name, jobs = work.name, find_jobs(app)
    outputs = {
        "run": Output(f"{name}-run", "data"),
        "said": Output(f"{name}-said", "children"),
        "announced": Output(f"{name}-announced", "children"),
        "progress": Output(f"{name}-progress", "value"),
        "unknown": Output(f"{name}-progress", "animated"),
        "idle": (Output(f"{name}-poll", "disabled"), Output(f"{name}-progress-box", "hidden")),
        "cancel": Output(f"{name}-cancel", "className"),
        "busy": Output(f"{name}-start", "disabled"),
        "result": Output(f"{name}-result", "data"),
    }
    inputs = {
        "presses": [Input(f"{name}-{each}", "n_clicks") for each in ("start", "cancel")],
        "tick": Input(f"{name}-tick", "data"),
        "query": Input(f"{name}-query", "data"),
        "run": State(f"{name}-run", "data"),
        "browser": State(f"{name}-browser", "data"),
    }

    @app.callback(output=outputs, inputs=inputs)
    def follow(query, run, tick, browser, **_):
        triggered = list(ctx.triggered_prop_ids.values())
        acts = ("cancel", "start", *(["query"] if work.is_prompt else []))
        presses = (each for each in acts if f"{name}-{each}" in triggered)
        who = parse_browser(browser), parse_address(asked.remote_addr)
        return follow_work(jobs, work, next(presses, ""), query, run, tick, *who)

    tick, gone = Output(f"{name}-tick", "data"), Output(f"{name}-gone", "hidden")
    run = State(f"{name}-run", "data")
    look = Input(f"{name}-result", "data"), Input("scheme-now", "data")
    link = Input(f"{name}-query", "data"), State("shown", "data")
    calls = [
        (namespace, "poll", (tick, gone), (Input(f"{name}-poll", "n_intervals"), run)),
        (namespace, "watch", (), (Input(f"{name}-run", "data"),)),
        ("common", "addLook", (Output(f"{name}-asked", "data"),), look),
    ]
    if work.is_page:
        calls.append(("common", "writeLink", (), link))
    for function, call, results, given in calls:
        code = ClientsideFunction(function, call)
        app.clientside_callback(code, *results, *given, prevent_initial_call=True)
    app.clientside_callback(
        ClientsideFunction("common", "identifyBrowser"),
        Output(f"{name}-browser", "data"),
        Input(f"{name}-browser", "id"),
    )


def follow_work(
    jobs: Jobs,
    work: Work,
    press: str,
    query: Any,
    run: Any = None,
    tick: Any = None,
    browser: str = "",
    address: str = "",
) -> dict[str, Any]:
    """Return what a page shows of its work after a button, a change or the passing of time.

    `press` is "start", "cancel", or "query" where a change starts the work.
    """
    before, query = parse_followed(run), query if isinstance(query, str) else ""
    try:
        request = work.make_request(query)
    except ValueError as error:
        wrong = Status("Nothing to do", end_sentence(str(error)), is_wrong=True)
        now: dict[str, Any] = {"phase": "none", "version": 0}
        return write_answer(work, query, None, now, before, wrong, tick)
    refused = ""
    if press == "cancel":
        jobs.cancel(request, browser)
    if press == "query" and before.key != request.key:
        jobs.cancel_key(before.key, browser)
        press = "" if jobs.find_result(request) else "start"
    if press == "start" and (query or work.is_page):
        try:
            jobs.submit(request, browser, True, address)
        except ValueError as error:
            refused = str(error)
    now = jobs.look(request, browser)
    is_same = before.key == request.key
    now["canceling"] = now["phase"] not in ENDED and (
        press == "cancel" or (is_same and before.canceling)
    )
    now["news"] = is_same and (before.phase not in ENDED or before.told)
    result = jobs.find_result(request)
    now |= {"stamp": result.stamp if result else "", "made": result.words if result else {}}
    said = describe_work(work, now)
    if refused:
        said = Status("Not started", end_sentence(refused), is_wrong=True)
    return write_answer(work, query, request, now, before, said, tick)


def write_answer(
    work: Work,
    query: str,
    request: Request | None,
    now: dict[str, Any],
    before: Followed,
    said: Status,
    tick: Any,
) -> dict[str, Any]:
    """Return the outputs of `follow_work`."""
    is_active = now["phase"] not in ENDED
    count = len(now["rows"]) if "rows" in now else None
    shown = [query, now.get("stamp", ""), count]
    run = {
        "key": request.key if request and is_active else None,
        "work": request.key if request else "",
        "phase": now["phase"],
        "told": bool(now.get("news")) and not is_active,
        "canceling": bool(now.get("canceling")),
        "shown": shown,
        "watch": round(WATCHED_S / 4.5 * 1000),
        "tick": tick if isinstance(tick, int) else None,
    }
    result = {"query": query, "stamp": shown[1], "rows": now.get("rows")}
    return {
        "run": run,
        "said": build_status_panel(said),
        "announced": announce_work(work, now, said),
        "progress": round(100 * (said.share or 0)),
        "unknown": is_active and said.share is None,
        "idle": (not is_active, not is_active),
        "cancel": "" if is_active and now.get("mine") else "away",
        "busy": is_active or request is None or not (query or work.is_page),
        "result": no_update if before.shown == shown else result,
    }


def parse_followed(value: Any) -> Followed:
    """Return the work that a page said it follows."""
    sent = value if isinstance(value, dict) else {}
    return Followed(
        key=str(sent.get("work") or "")[:60],
        phase=str(sent.get("phase") or "none")[:20],
        told=sent.get("told") is True,
        canceling=sent.get("canceling") is True,
        shown=sent.get("shown"),
    )


def describe_work(work: Work, now: dict[str, Any]) -> Status:
    """Describe what `Jobs.look` says of the work, and what its result says of itself."""
    phase, made = now["phase"], now.get("made") or {}
    if now.get("canceling"):
        return Status("Canceling …")
    if phase == WORKING:
        done, total = now["done"], now["total"]
        return Status(f"{work.doing} …", now["words"], done / total if total else None)
    if phase == FETCHING:
        return describe_fetching(now)
    if phase == "waiting":
        place = f"Waiting: place {now['place']} of {now['waiting']} in the queue"
        return Status(place, f"{now['slots']} at a time; browsers take turns.")
    if phase == "starting":
        return Status("Starting", "A worker process is starting.")
    if phase == "saving":
        return Status("Saving the result", share=1.0)
    if phase == "failed":
        head = f"The {work.noun} failed"
        return Status(head, end_sentence(now.get("why") or "the log says more"), is_wrong=True)
    if phase == "canceled" and now.get("news"):
        why = end_sentence(now.get("why") or "canceled")
        return Status(why, "The result from before stays." if made else work.canceled)
    if phase == "none" and now.get("news"):
        head = f"The server was restarted and this {work.noun} was lost"
        return Status(head, f"{work.start} starts it again.", is_wrong=True)
    return Status(*made["said"]) if "said" in made else Status("")


def announce_work(work: Work, now: dict[str, Any], said: Status) -> str:
    """Return the status for a screen reader: every quarter, not every part."""
    if said.is_wrong or not said.text:
        return ""
    if now["phase"] != WORKING or said.share is None:
        return f"{said.text} {said.detail}"
    return f"{work.doing}, {int(4 * said.share) * 25} % done."
