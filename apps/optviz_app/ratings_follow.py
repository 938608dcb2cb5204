"""Which training the MovieLens page follows, and what of it is new."""

from __future__ import annotations

from typing import Any

from dash import no_update

from optviz.experiment import RatingsExperiment
from optviz_app import ratings_figures
from optviz_app.jobs import ACTIVE, Jobs
from optviz_app.ratings_panels import said
from optviz_app.ratings_words import Status, sentence, status, summary

CHANGED = {
    True: "The settings were changed since; they can be trained once this is over.",
    False: "The settings were changed since: what you see is of the earlier ones.",
}
NOTHING: dict[str, Any] = {"query": None, "phase": "none", "version": None}


def follow(
    jobs: Jobs, trigger: Any, query: str, run: dict[str, Any] | None, result: Any, tick: Any
) -> dict[str, Any]:
    """What the page shows after a button was pressed, time has passed or the settings changed.

    `run` is what it followed before: query, phase and version. `result` is what it shows.
    """
    wanted, before, refused = training_of(query), run or NOTHING, ""
    if trigger == "train":
        try:
            experiment = RatingsExperiment.from_query(query)[0]
            again = before["phase"] == "finished" and training_of(before["query"]) == wanted
            jobs.submit(experiment, again=again)
            before = NOTHING
        except ValueError as error:
            refused = str(error)
    followed = chosen(jobs, wanted, before)
    if trigger == "cancel" and followed:
        jobs.cancel(followed)
    state = jobs.look(followed) if followed else {"phase": "none", "version": 0}
    state["canceling"] = trigger == "cancel" or before.get("canceling", False)
    state["lost"] = state["phase"] == "none" and before["phase"] in ACTIVE
    out = shown(jobs, state, followed, before)
    now = Status("Nothing was started", sentence(refused), wrong=True) if refused else status(state)
    other = followed is not None and followed != wanted and state["phase"] != "none"
    out["said"] = said(now, CHANGED[state["phase"] in ACTIVE] if other else "")
    out["run"]["tick"] = tick
    out["train"] = "Train" if other or state["phase"] != "finished" else "Train again"
    return out | {"result": no_update if out["result"] == result else out["result"]}


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
    if earlier is None or wanted is None or before["phase"] in ACTIVE:
        return earlier or wanted
    return wanted if jobs.look(wanted)["phase"] != "none" else earlier


def shown(
    jobs: Jobs, state: dict[str, Any], followed: Any, before: dict[str, Any]
) -> dict[str, Any]:
    """The outputs that a state decides."""
    phase, query = state["phase"], followed.to_query() if followed else None
    result = jobs.result(followed) if state.get("result") else None
    if result:
        state["summary"] = summary(result.words)
    active, now = phase in ACTIVE, status(state)
    run = {"query": query, "phase": phase, "version": state["version"]}
    new = any(before.get(name) != value for name, value in run.items())
    run |= {"canceling": active and state["canceling"], "key": followed.key if active else None}
    return {
        "run": run,
        "progress": round(100 * (1.0 if now.share is None else now.share)),
        "unknown": active and now.share is None,
        "idle": (not active, not active),
        "cancel": "" if active else "away",
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
