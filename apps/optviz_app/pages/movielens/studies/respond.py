"""What the Studies tab shows: a study's result, and how far one under way is."""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import Any, NamedTuple

from dash import html, no_update
from flask import Response

from optviz.recommenders.studies import STUDIES, Study, Table
from optviz.views.drawing.theme import build_figure
from optviz.views.studies import build_study_parts
from optviz_app.components.downloads import attach
from optviz_app.components.fields import build_table
from optviz_app.components.figures import pack_figure
from optviz_app.components.status_line import Status, build_status_panel, end_sentence
from optviz_app.jobs.channel import WATCHED_S
from optviz_app.jobs.endpoint import parse_browser
from optviz_app.jobs.queue import ENDED, Jobs
from optviz_app.jobs.tasks import Request
from optviz_app.pages.movielens import status_text
from optviz_app.pages.movielens.state import parse_text, parse_whole
from optviz_app.pages.movielens.studies.layout import FIGURES, FORMATS
from optviz_app.pages.movielens.studies.study_task import StudyResult, make_study_request

MIMES = {"csv": "text/csv", "json": "application/json"}
_log = logging.getLogger("optviz")


class Followed(NamedTuple):
    """The study that a page follows, as it said itself."""

    name: str = ""
    phase: str = "none"
    stamp: str = ""
    """That of the result it shows."""
    canceling: bool = False
    told: bool = False
    """True where it told the end of what it saw: a late question does not take that away."""


def parse_study_run(value: Any) -> Followed:
    """Return the study that a page said it follows."""
    sent = value if isinstance(value, dict) else {}
    return Followed(
        name=parse_text(sent.get("name"), 40),
        phase=parse_text(sent.get("phase"), 40) or "none",
        stamp=parse_text(sent.get("stamp"), 80),
        canceling=sent.get("canceling") is True,
        told=sent.get("told") is True,
    )


def parse_name(value: Any) -> str:
    """Return the name of a study that was sent; the first one for anything else."""
    name = parse_text(value, 40)
    return name if name in STUDIES else next(iter(STUDIES))


def follow_study(
    jobs: Jobs,
    trigger: Any,
    study: Any,
    run: Any = None,
    tick: Any = None,
    browser: Any = None,
    address: str = "",
) -> dict[str, Any]:
    """Return what the tab shows after a button, the passing of time or another question."""
    name, before, browser = parse_name(study), parse_study_run(run), parse_browser(browser)
    request = make_study_request(name)
    refused = press(jobs, trigger, request, browser, address)
    now = jobs.look(request, browser)
    active, mine = now["phase"] not in ENDED, now.get("mine", False)
    same = before.name == name
    canceling = active and mine and (trigger == "study-cancel" or (same and before.canceling))
    is_news = same and (before.phase not in ENDED or before.told)
    said = describe_study(now, canceling, is_news)
    if refused:
        said = Status("Not started", end_sentence(refused), is_wrong=True)
    result: Any = jobs.find_result(request)
    is_shown = same and before.stamp == result.stamp
    return {
        "run": {
            "name": name,
            "phase": now["phase"],
            "stamp": result.stamp,
            "canceling": canceling,
            "told": is_news and not active,
            "key": request.key if active else None,
            "watch": round(WATCHED_S / 4.5 * 1000),
            "tick": parse_whole(tick),
        },
        "said": build_status_panel(said, ""),
        "announced": announce_study(now, said),
        "progress": round(100 * (said.share or 0)),
        "unknown": active and said.share is None,
        "idle": (not active, not active),
        "cancel": "" if active and mine else "away",
        "busy": active,
        **(UNCHANGED if is_shown else show_study(name, result)),
    }


def press(jobs: Jobs, trigger: Any, request: Request, browser: str, address: str) -> str:
    """Begin or cancel a study, as the button says; return why that was refused, if it was."""
    if trigger == "study-cancel":
        jobs.cancel(request, browser)
    if trigger == "study-start":
        try:
            jobs.submit(request, browser, True, address)
        except ValueError as error:
            return str(error)
    return ""


def describe_study(state: dict[str, Any], canceling: bool, is_news: bool) -> Status:
    """Describe what `Jobs.look` says of a study; `is_news` where the page saw it under way."""
    phase = state["phase"]
    if canceling:
        return Status("Canceling …", "The result from before stays.")
    if phase == "measuring":
        done, total = state["done"], state["total"]
        share = done / total if total else None
        return Status(f"Measuring: {done} of {total}", state["words"], share)
    if phase in ("waiting", "fetching"):
        return status_text.describe_progress(state)
    if phase == "starting":
        return Status("Starting", "A worker process is starting.")
    if phase == "saving":
        return Status("Saving the result", share=1.0)
    if phase in ("failed", "canceled") and (is_news or phase == "failed"):
        why = end_sentence(state.get("why") or "it was canceled")
        is_failed = phase == "failed"
        head = "The study failed" if is_failed else "Canceled"
        return Status(head, f"{why} The result from before stays.", is_wrong=is_failed)
    return Status("Measured anew", "Below is its result.") if is_news else Status("")


def announce_study(state: dict[str, Any], now: Status) -> str:
    """Return the status for a screen reader: every quarter, not every part."""
    if now.is_wrong or not now.text:
        return ""
    if state["phase"] != "measuring" or now.share is None:
        return f"{now.text}. {now.detail}"
    return f"Measuring, {int(4 * now.share) * 25} % done."


UNCHANGED: dict[str, Any] = {
    **dict.fromkeys(("question", "words", "table", "made"), no_update),
    **dict.fromkeys(("titles", "figures", "hidden"), [no_update] * FIGURES),
    "files": [no_update] * len(FORMATS),
}
"""The outputs that a result fills, where they have it already."""


def show_study(name: str, result: StudyResult) -> dict[str, Any]:
    """Return the answer of a study: sentences, pictures, table, and how it was made."""
    study = result.read_study()
    pictures = draw_pictures(result.words["study"])
    gaps = FIGURES - len(pictures)
    made = "This result comes with optviz." if result.is_bundled else "This result was made here."
    links = [f"/movielens/studies/{name}.{kind}?{result.stamp}" for kind in FORMATS]
    return {
        "question": study.question,
        "words": study.conclude(),
        "titles": [*(title for title, _ in pictures), *[""] * gaps],
        "figures": [*(figure for _, figure in pictures), *[None] * gaps],
        "hidden": [place >= len(pictures) for place in range(FIGURES)],
        "table": build_study_table(study.table()),
        "made": f"{made} {study.words()}",
        "files": links,
    }


@lru_cache(maxsize=16)
def draw_pictures(record: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the title and the figure of each picture of a study's record."""
    out = []
    for picture in Study.from_json(record).pictures():
        figure = build_figure(build_study_parts(picture), "light")
        out.append((picture.title, pack_figure(figure.update_layout(title=None, margin_t=16))))
    return out


def build_study_table(table: Table) -> Any:
    """Build the table of a study: the first column names its row."""
    body = []
    for row, cells in zip(table.rows, table.write_cells(), strict=True):
        first, *rest = cells
        words = [isinstance(row.get(each.key), str) for each in table.columns[1:]]
        marks = ["" if is_text else "number" for is_text in words]
        data = [html.Td(cell, className=mark) for cell, mark in zip(rest, marks, strict=True)]
        body.append(html.Tr([html.Th(first, scope="row"), *data]))
    return build_table([each.title for each in table.columns], body)


def answer_study_file(jobs: Jobs, name: str, kind: str) -> Response:
    """Answer with a study's table as CSV or its measurements as JSON."""
    if name not in STUDIES or kind not in FORMATS:
        text = f"There is no such file: studies are {', '.join(STUDIES)}, as .csv or .json.\n"
        return Response(text, 404, mimetype="text/plain")
    result: Any = jobs.find_result(make_study_request(name))
    study = result.read_study()
    content = study.to_json() if kind == "json" else study.table().to_frame().to_csv(index=False)
    return attach(content, MIMES[kind], f"optviz-study-{name.replace('_', '-')}.{kind}")
