"""The status of a training in sentences."""

from __future__ import annotations

from typing import Any, NamedTuple

from optviz_app.pages.movielens.state import UNDER_WAY


class Status(NamedTuple):
    """The status line: what happens, more of it in small print, and the share that is done."""

    text: str
    detail: str = ""
    share: float | None = None
    """None where it is not known."""
    is_wrong: bool = False


def describe_state(state: dict[str, Any]) -> Status:
    """Describe what `Jobs.look` says of a training."""
    phase = state["phase"]
    if phase not in UNDER_WAY:
        return DESCRIBE[phase](state)
    if state.get("canceling"):
        return Status("Canceling …", "The results so far are kept.", state.get("share"))
    now = DESCRIBE[phase](state) if phase in DESCRIBE else FIXED[phase]
    if state.get("mine", True):
        return now
    return now._replace(detail=f"{now.detail} · started from another browser".removeprefix(" · "))


def announce_state(state: dict[str, Any], now: Status) -> str:
    """Return the status for a screen reader: not every step, but every quarter.

    What is wrong is an alert, which is read anyway.
    """
    if now.is_wrong:
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


def describe_waiting(state: dict[str, Any]) -> Status:
    """Tell the place in the queue."""
    at_once = "1 training runs" if state["slots"] == 1 else f"{state['slots']} trainings run"
    return Status(
        f"Waiting: place {state['place']} of {state['waiting']} in the queue",
        f"{at_once} at a time; browsers take turns.",
    )


def describe_fetching(state: dict[str, Any]) -> Status:
    """Tell how much of the ratings has come."""
    done, total = state["done"], state["total"]
    size = f" ({done / 1e6:.1f} of {total / 1e6:.1f} MB)" if total else ""
    return Status("Loading the ratings", f"{state['what']}{size}", done / total if total else None)


def describe_training(state: dict[str, Any]) -> Status:
    """Tell how far the training is."""
    curves, index = state["curves"], state["index"]
    left = f" · {spell_duration(state['left'])} left" if state["left"] is not None else ""
    return Status(
        f"Training {index + 1} of {len(curves)}: {curves[index]['label']}",
        f"epoch {state['epoch']}, step {state['step']:,} of {state['steps']:,}{left}",
        state["share"],
    )


def describe_finished(state: dict[str, Any]) -> Status:
    """Sum up what was trained, here or before the app came here."""
    if made := state.get("made"):
        return Status(
            f"Example result, trained in advance on the real {made['data']} ratings "
            f"(seed {made['seed']})",
            f"{state['summary']} Press Train to run it here and to predict ratings.",
        )
    return Status("Training finished", state.get("summary", ""))


def describe_canceled(state: dict[str, Any]) -> Status:
    """Tell what there is: some trainings, none, or those of an earlier result."""
    why = state["why"][:1].upper() + state["why"][1:]
    if not state.get("result"):
        return Status(why, "Nothing was trained. Train starts over.")
    if state.get("earlier"):
        return Status(why, f"{name_earlier(state)} {state.get('summary', '')}")
    return Status(why, f"{state.get('summary', '')} Train starts over.")


def describe_failed(state: dict[str, Any]) -> Status:
    """Tell why it did not work."""
    more = f" {name_earlier(state)}" if state.get("earlier") else ""
    return Status("Training failed", end_sentence(state["why"]) + more, is_wrong=True)


def name_earlier(state: dict[str, Any]) -> str:
    """Name what is shown though a training left nothing."""
    return f"The {'example' if state.get('made') else 'earlier'} result is shown."


def describe_none(state: dict[str, Any]) -> Status:
    """Tell that a training was lost with its server, if one was."""
    if not state.get("lost"):
        return Status("")
    lost = "The server was restarted and this training was lost"
    return Status(lost, "Train starts it again.", is_wrong=True)


DESCRIBE = {
    "none": describe_none,
    "waiting": describe_waiting,
    "fetching": describe_fetching,
    "training": describe_training,
    "finished": describe_finished,
    "canceled": describe_canceled,
    "failed": describe_failed,
}


def summarize(words: dict[str, Any]) -> str:
    """Sum up the words of a result in a sentence or two."""
    trained, asked = words["trainings"], len(words["asked"])
    parts = []
    if words["outcome"] == "finished":
        seconds = sum(each["seconds"] for each in trained)
        parts.append(
            f"{spell_count(len(trained), 'optimizer')} in {spell_duration(seconds, about=False)}."
        )
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
        gain = 1 - top["best"] / top["baseline"]
        parts.append(
            f"Best validation error: {top['best']:.3f} ({top['label']}), "
            f"{abs(gain):.1%} {'below' if gain >= 0 else 'above'} the bias-only baseline."
        )
    return " ".join(parts)


def spell_count(count: int, noun: str) -> str:
    """Return a number of things in words."""
    return f"{count} {noun}{'s' if count != 1 else ''}"


def spell_duration(seconds: float, about: bool = True) -> str:
    """Return a time as one reads it aloud."""
    if seconds >= 90:
        minutes = round(seconds / 60)
        return f"about {spell_count(minutes, 'minute')}" if about else f"{minutes} min"
    return f"about {max(1, round(seconds))} s" if about else f"{seconds:.1f} s"


def end_sentence(text: str) -> str:
    """Return the text with a capital first and a full stop last."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def describe_rating(rating: tuple[float, bool] | None, user: int, title: str) -> str:
    """Say how a user really rated a movie."""
    if rating is None:
        return f"User {user} has not rated {title}: there is no rating to compare with."
    stars, in_validation = rating
    part = (
        "in the validation set, so no optimizer saw it" if in_validation else "in the training set"
    )
    return f"User {user} rated {title} {stars:g} stars ({part})."
