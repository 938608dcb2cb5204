"""The status of a training in sentences."""

from __future__ import annotations

from typing import Any

from optviz.recommenders.training.record import compare_with_baseline
from optviz_app.components.status_line import (
    Status,
    describe_fetching,
    end_sentence,
    spell_count,
)
from optviz_app.pages.movielens.state import UNDER_WAY


def describe_state(state: dict[str, Any]) -> Status:
    """Describe what `Jobs.look` says of a training."""
    if state["phase"] not in UNDER_WAY:
        return describe_end(state)
    if state.get("canceling"):
        return Status("Canceling …", "The results so far are kept.", state.get("share"))
    now = describe_progress(state)
    if state.get("mine", True):
        return now
    return now._replace(detail=f"{now.detail} · started from another browser".removeprefix(" · "))


def announce_state(state: dict[str, Any], now: Status) -> str:
    """Return the status for a screen reader: not every step, but every quarter."""
    if now.is_wrong:  # an alert, which is read anyway
        return ""
    if state["phase"] != "training" or state.get("canceling"):
        return f"{now.text}. {now.detail}" if now.text else ""
    done = f", {int(4 * state['share']) * 25} % done in all" if state["share"] >= 0.25 else ""
    return f"Training optimizer {state['index'] + 1} of {len(state['curves'])}{done}."


FIXED = {
    "starting": Status("Starting", "A worker process is starting."),
    "preparing": Status("Preparing", "The bias-only baseline is fitted first."),
    "drawing": Status("Computing the loss slice", "on a grid, over all training ratings", 1.0),
    "saving": Status("Saving the results", share=1.0),
}
"""The status of phases without numbers."""


def describe_progress(state: dict[str, Any]) -> Status:
    """Describe a training under way: its place in the queue, or how far it is."""
    match state["phase"]:
        case "waiting":
            slots = state["slots"]
            at_once = "1 training runs" if slots == 1 else f"{slots} trainings run"
            return Status(
                f"Waiting: place {state['place']} of {state['waiting']} in the queue",
                f"{at_once} at a time; browsers take turns.",
            )
        case "fetching":
            return describe_fetching(state)
        case "training":
            curves, index = state["curves"], state["index"]
            left = f" · {spell_duration(state['left'])} left" if state["left"] is not None else ""
            return Status(
                f"Training {index + 1} of {len(curves)}: {curves[index]['label']}",
                f"epoch {state['epoch']}, step {state['step']:,} of {state['steps']:,}{left}",
                state["share"],
            )
    return FIXED[state["phase"]]


def describe_end(state: dict[str, Any]) -> Status:
    """Describe a training that is not under way: what it left, or why it left nothing."""
    made, summary = state.get("made"), state.get("summary", "")
    earlier = f"The {'example' if made else 'earlier'} result is shown."
    match state["phase"]:
        case "finished" if made:
            return Status(
                f"Example result, trained in advance on the real {made['data']} ratings "
                f"(seed {made['seed']})",
                f"{summary} Press Train to run it here and to predict ratings.",
            )
        case "finished":
            return Status("Training finished", summary)
        case "canceled":
            why = state["why"][:1].upper() + state["why"][1:]
            if not state.get("result"):
                return Status(why, "Nothing was trained. Train starts over.")
            if state.get("earlier"):
                return Status(why, f"{earlier} {summary}")
            return Status(why, f"{summary} Train starts over.")
        case "failed":
            more = f" {earlier}" if state.get("earlier") else ""
            return Status("Training failed", end_sentence(state["why"]) + more, is_wrong=True)
    if not state.get("lost"):
        return Status("")
    lost = "The server was restarted and this training was lost"
    return Status(lost, "Train starts it again.", is_wrong=True)


def summarize(words: dict[str, Any]) -> str:
    """Sum up the words of a result in a sentence or two."""
    trained, asked = words["trainings"], len(words["asked"])
    parts = []
    if words["outcome"] == "finished":
        took = spell_duration(sum(each["seconds"] for each in trained), about=False)
        parts.append(f"{spell_count(len(trained), 'optimizer')} in {took}.")
    parts += [
        f"{each['label']} was {each['ended']}; its results so far are shown."
        for each in trained
        if each["ended"].startswith("canceled")
    ]
    if missing := asked - len(trained):
        verb = "was" if missing == 1 else "were"
        parts.append(f"{missing} of {spell_count(asked, 'optimizer')} {verb} not started.")
    known = [each for each in trained if each["best"] is not None]
    if known:  # one that ended an epoch
        top = min(known, key=lambda each: each["best"])
        gain = compare_with_baseline(top["best"], top["baseline"])
        beside = f"the bias-only baseline has {top['baseline']:.3f}"
        if gain is not None:
            beside = f"{abs(gain):.1%} {'below' if gain <= 0 else 'above'} the bias-only baseline"
        parts.append(f"Best validation error: {top['best']:.3f} ({top['label']}), {beside}.")
    return " ".join(parts)


def spell_duration(seconds: float, about: bool = True) -> str:
    """Return a time as one reads it aloud."""
    if seconds >= 90:
        minutes = round(seconds / 60)
        return f"about {spell_count(minutes, 'minute')}" if about else f"{minutes} min"
    return f"about {max(1, round(seconds))} s" if about else f"{seconds:.1f} s"


def describe_rating(rating: tuple[float, bool] | None, user: int, title: str) -> str:
    """Say how a user really rated a movie."""
    if rating is None:
        return f"User {user} has not rated {title}: there is no rating to compare with."
    stars, in_validation = rating
    part = "validation set, so no optimizer saw it" if in_validation else "training set"
    return f"User {user} rated {title} {stars:g} stars (in the {part})."
