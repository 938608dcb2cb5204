"""Which training the MovieLens page follows, and what of it is new."""

from __future__ import annotations

from typing import Any

from dash import no_update

from optviz.experiments.ratings import RatingsExperiment
from optviz_app.jobs.channel import WATCHED_S
from optviz_app.jobs.fairness import known
from optviz_app.jobs.queue import Jobs
from optviz_app.pages.movielens import figures as ratings_figures
from optviz_app.pages.movielens import requests as ratings_sent
from optviz_app.pages.movielens.panels import said
from optviz_app.pages.movielens.requests import PHASES
from optviz_app.pages.movielens.status_text import Status, announced, sentence, status, summary

CHANGED = {
    True: "The settings were changed since; they can be trained once this is over.",
    False: "The settings were changed since: what you see is of the earlier ones.",
}
NOTHING = ratings_sent.run(None)


def follow(
    jobs: Jobs,
    trigger: Any,
    query: Any,
    run: Any = None,
    result: Any = None,
    tick: Any = None,
    browser: Any = None,
) -> dict[str, Any]:
    """What the page shows after a button was pressed, time has passed or the settings changed.

    `run` is what it followed before: query, phase and version. `result` is what it shows.
    """
    query, before, browser = ratings_sent.text(query), ratings_sent.run(run), known(browser)
    wanted, refused = training_of(query), ""
    if trigger == "train":
        refused = begun(jobs, query, before, browser)
        before = before if refused else NOTHING
    followed = chosen(jobs, wanted, before)
    if trigger == "cancel" and followed:
        jobs.cancel(followed, browser)
    state = state_of(jobs, followed, before, browser)
    state["canceling"] = state.get("mine", False) and (trigger == "cancel" or before["canceling"])
    out = shown(jobs, state, followed, before)
    now = Status("Nothing was started", sentence(refused), wrong=True) if refused else status(state)
    other = followed is not None and followed != wanted and state["phase"] != "none"
    out["said"] = said(now, CHANGED[state["phase"] in PHASES] if other else "")
    out["announced"] = announced({"phase": "none"} if refused else state, now)
    out["run"]["tick"] = ratings_sent.whole(tick)
    again = state["phase"] == "finished" and not state.get("made") and not other
    out["train"] = "Train again" if again else "Train"
    same = out["result"] == ratings_sent.result(result)
    return out | {"result": no_update if same else out["result"]}


def begun(jobs: Jobs, query: str, before: dict[str, Any], browser: str) -> str:
    """Begin the training that a query asks for; why it was refused, if it was."""
    try:
        experiment = RatingsExperiment.from_query(query)[0].training()
        over = before["phase"] in ("finished", "canceled")
        jobs.submit(experiment, browser, again=over and training_of(before["query"]) == experiment)
    except ValueError as error:
        return str(error)
    return ""


def training_of(query: str | None) -> RatingsExperiment | None:
    """The training that a query asks for; None where every optimizer is off, or for no query."""
    if query is None:
        return None
    try:
        return RatingsExperiment.from_query(query)[0].training()
    except ValueError:
        return None


def chosen(
    jobs: Jobs, wanted: RatingsExperiment | None, before: dict[str, Any]
) -> RatingsExperiment | None:
    """The training to follow: the one under way, else that of the settings, else the one before."""
    earlier = training_of(before["query"])
    if earlier is None or wanted is None or before["phase"] in PHASES:
        return earlier or wanted
    return wanted if jobs.look(wanted)["phase"] != "none" else earlier


def state_of(
    jobs: Jobs, followed: RatingsExperiment | None, before: dict[str, Any], browser: str
) -> dict[str, Any]:
    """What is known of the training that is followed."""
    if followed is None:
        return {"phase": "none", "version": 0}
    state = jobs.look(followed, browser)
    state["lost"] = state["phase"] == "none" and before["phase"] in PHASES
    if state.get("earlier") and before["phase"] not in (*PHASES, "canceled", "failed"):
        # That another training of this was canceled is news only for who saw it run.
        result = jobs.result(followed)
        state |= {"phase": "finished", "version": result.stamp if result else 0}
    return state


def shown(
    jobs: Jobs, state: dict[str, Any], followed: Any, before: dict[str, Any]
) -> dict[str, Any]:
    """The outputs that a state decides."""
    phase, query = state["phase"], followed.to_query() if followed else None
    result = jobs.result(followed) if state.get("result") else None
    if result:
        state |= {"summary": summary(result.words), "made": result.words.get("made")}
    active, now = phase in PHASES, status(state)
    run = {"query": query, "phase": phase, "version": state["version"]}
    new = any(before.get(name) != value for name, value in run.items())
    run |= {"canceling": active and state["canceling"], "key": followed.key if active else None}
    run["watch"] = round(WATCHED_S / 4.5 * 1000)
    return {
        "run": run,
        "progress": round(100 * (1.0 if now.share is None else now.share)),
        "unknown": active and now.share is None,
        "idle": (not active, not active),
        "cancel": "" if active and state["mine"] else "away",
        "busy": active,
        "begun": phase != "none",
        "live": live(state, followed, result) if new else no_update,
        "no_curves": not (result or phase in ("training", "drawing")),
        "result": {"query": query, "stamp": result.stamp} if result else None,
    }


def live(state: dict[str, Any], followed: RatingsExperiment, result: Any) -> Any:
    """The figure of the curves, where there are new ones."""
    if result:
        return ratings_figures.pictures(result)["live"]
    if state["phase"] != "training":
        return no_update
    return ratings_figures.live(state["curves"], followed.epochs, state["steps"], state["baseline"])
