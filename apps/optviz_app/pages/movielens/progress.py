"""The training that the MovieLens page follows, and what of it is new."""

from __future__ import annotations

from typing import Any

from dash import no_update

from optviz.experiments.ratings import RatingsExperiment
from optviz.recommenders.training.curves import TrainingCurve
from optviz_app.components.status_line import build_status_panel
from optviz_app.jobs.channel import WATCHED_S
from optviz_app.jobs.endpoint import parse_browser
from optviz_app.jobs.queue import Jobs
from optviz_app.pages.movielens import figures, state, status_text
from optviz_app.pages.movielens.empty_tab import BUTTONS, PROMISES
from optviz_app.pages.movielens.results import MODEL_TABS
from optviz_app.pages.movielens.state import UNDER_WAY, Followed
from optviz_app.pages.movielens.training_task import make_training_request

CHANGED = {
    True: "The settings have changed; you can train them once this is done.",
    False: "The settings have changed: these results are for the earlier ones.",
}


def follow(
    jobs: Jobs,
    trigger: Any,
    query: Any,
    run: Any = None,
    result: Any = None,
    tick: Any = None,
    browser: Any = None,
    address: str = "",
) -> dict[str, Any]:
    """Return what the page shows after a button, the passing of time or new settings.

    `run` is what it followed before: query, phase and version. `result` is what it shows.
    """
    query, before = state.parse_text(query), state.parse_followed(run)
    browser, wanted, refused = parse_browser(browser), read_training(query), ""
    if trigger == "train":
        refused = start_training(jobs, query, before, browser, address)
        before = before if refused else Followed()
    followed = choose_training(jobs, wanted, before)
    if trigger == "cancel" and followed:
        jobs.cancel(make_training_request(followed), browser)
    now = look_at(jobs, followed, before, browser)
    now["canceling"] = now.get("mine", False) and (trigger == "cancel" or before.canceling)
    out = build_outputs(now, followed, before)
    said = status_text.describe_state(now)
    if refused:
        sentence = status_text.end_sentence(refused)
        now, said = {"phase": "none"}, status_text.Status("Not started", sentence, is_wrong=True)
    phase = out["run"]["phase"]
    other = followed is not None and followed != wanted and phase != "none"
    out["said"] = build_status_panel(said, CHANGED[phase in UNDER_WAY] if other else "")
    out["announced"] = status_text.announce_state(now, said)
    out["run"]["tick"] = state.parse_whole(tick)
    again = phase == "finished" and not now.get("made") and not other
    out["train"] = "Train again" if again else "Train"
    if out["result"] == result:
        out["result"] = no_update
    return out


def start_training(
    jobs: Jobs, query: str, before: Followed, browser: str, address: str = ""
) -> str:
    """Start the training that a query asks for; return why it was refused, if it was."""
    try:
        experiment = RatingsExperiment.from_query(query)[0].training()
        over = before.phase in ("finished", "canceled")
        again = over and read_training(before.query) == experiment
        jobs.submit(make_training_request(experiment), browser, again, address)
    except ValueError as error:
        return str(error)
    return ""


def read_training(query: str | None) -> RatingsExperiment | None:
    """Return the training of a query; None where every optimizer is off, or for no query."""
    if query is None:
        return None
    try:
        return RatingsExperiment.from_query(query)[0].training()
    except ValueError:
        return None


def choose_training(
    jobs: Jobs, wanted: RatingsExperiment | None, before: Followed
) -> RatingsExperiment | None:
    """Return the training under way, else that of the settings, else the one before."""
    earlier = read_training(before.query)
    if earlier is None or wanted is None or before.phase in UNDER_WAY:
        return earlier or wanted
    return wanted if jobs.look(make_training_request(wanted))["phase"] != "none" else earlier


def look_at(
    jobs: Jobs, followed: RatingsExperiment | None, before: Followed, browser: str
) -> dict[str, Any]:
    """Return what is known of the training that is followed."""
    if followed is None:
        return {"phase": "none", "version": 0}
    request = make_training_request(followed)
    now = jobs.look(request, browser)
    now["lost"] = now["phase"] == "none" and before.phase in UNDER_WAY
    result = jobs.find_result(request) if now.get("result") else None
    if now.get("earlier") and before.phase not in (*UNDER_WAY, "canceled", "failed"):
        # That another training of this was canceled is news only for who saw it run.
        now |= {"phase": "finished", "version": result.stamp if result else 0}
    if result:
        now |= {"summary": status_text.summarize(result.words), "made": result.words.get("made")}
    return now | {"found": result}


def build_outputs(
    now: dict[str, Any], followed: RatingsExperiment | None, before: Followed
) -> dict[str, Any]:
    """Build the outputs that the state of a training decides."""
    phase, query, result = now["phase"], followed and followed.to_query(), now.get("found")
    active, share = phase in UNDER_WAY, status_text.describe_state(now).share
    live: Any = no_update
    if (query, phase, now["version"]) != before[:3]:
        if result:
            live = (figures.draw_result(result.folder, result.stamp) or {"live": no_update})["live"]
        elif phase == "training" and followed:
            curves = [TrainingCurve.from_dict(each) for each in now["curves"]]
            live = figures.draw_curves(curves, followed.epochs, now["steps"], now["baseline"])
    return {
        "run": {
            "query": query,
            "phase": phase,
            "version": now["version"],
            "canceling": active and now["canceling"],
            "key": make_training_request(followed).key if followed and active else None,
            "watch": round(WATCHED_S / 4.5 * 1000),
        },
        "progress": round(100 * (1.0 if share is None else share)),
        "unknown": active and share is None,
        "idle": (not active, not active),
        "cancel": "" if active and now["mine"] else "away",
        "busy": [active] * (1 + len(BUTTONS)),
        "filled": [phase != "none", *list_filled(result)],
        "live": live,
        "no_curves": not (result or phase in ("training", "drawing", "saving")),
        "result": {"query": query, "stamp": result.stamp} if result else None,
    }


def list_filled(result: Any) -> list[bool]:
    """Return, for each tab that may be empty, True where a result has what it shows."""
    has_models = result is not None and not result.is_bundled
    return [has_models if name in MODEL_TABS else result is not None for name in PROMISES]
