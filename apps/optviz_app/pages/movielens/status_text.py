"""What the MovieLens page says of a training, in sentences."""

from __future__ import annotations

from typing import Any, NamedTuple

from optviz_app.pages.movielens.requests import PHASES


class Status(NamedTuple):
    """The status line: what happens, more of it in small, and the share that is done."""

    text: str
    detail: str = ""
    share: float | None = None
    """None where it is not known."""
    wrong: bool = False


def status(state: dict[str, Any]) -> Status:
    """The status of a training from what `Jobs.look` says of it."""
    if state["phase"] not in PHASES:
        return SAY[state["phase"]](state)
    if state.get("canceling"):
        return Status("Canceling …", "What was reached is kept.", state.get("share"))
    now = SAY[state["phase"]](state)
    if state.get("mine", True):
        return now
    return now._replace(detail=f"{now.detail} · asked for by another browser".removeprefix(" · "))


def announced(state: dict[str, Any], now: Status) -> str:
    """The status as a screen reader says it: not every step, but every quarter.

    What is wrong is an alert, which is said anyway.
    """
    if now.wrong:
        return ""
    if state["phase"] != "training" or state.get("canceling"):
        return f"{now.text}. {now.detail}" if now.text else ""
    done = f", {int(4 * state['share']) * 25} % of all done" if state["share"] >= 0.25 else ""
    return f"Optimizer {state['index'] + 1} of {len(state['curves'])} learns{done}."


def waiting(state: dict[str, Any]) -> Status:
    """The place in the queue."""
    at_once = f"{state['slots']} training{'s' if state['slots'] != 1 else ''}"
    verb = "run" if state["slots"] != 1 else "runs"
    return Status(
        f"Waiting: place {state['place']} of {state['waiting']} in the queue",
        f"{at_once} {verb} at once, and browsers take turns.",
    )


def starting(_: dict[str, Any]) -> Status:
    """A worker process was found."""
    return Status("Starting", "A worker process gets ready.")


def fetching(state: dict[str, Any]) -> Status:
    """How far the ratings have come."""
    done, total = state["done"], state["total"]
    size = f" ({done / 1e6:.1f} of {total / 1e6:.1f} MB)" if total else ""
    return Status("Getting the ratings", f"{state['what']}{size}", done / total if total else None)


def preparing(_: dict[str, Any]) -> Status:
    """The model is made, and the model to beat."""
    return Status("Getting ready", "The bias-only model is fitted first: it is the one to beat.")


def training(state: dict[str, Any]) -> Status:
    """How far the training is."""
    curves, index = state["curves"], state["index"]
    left = f" · {duration(state['left'])} left" if state["left"] is not None else ""
    return Status(
        f"Training {index + 1} of {len(curves)}: {curves[index]['label']}",
        f"epoch {state['epoch']}, step {state['step']:,} of {state['steps']:,}{left}",
        state["share"],
    )


def drawing(_: dict[str, Any]) -> Status:
    """The slice is being taken."""
    return Status("Taking the loss slice", "over all training ratings, on a grid of a plane", 1.0)


def finished(state: dict[str, Any]) -> Status:
    """All were trained, here or before the app came here."""
    if made := state.get("made"):
        return Status(
            f"Trained beforehand on the real {made['data']} ratings (seed {made['seed']})",
            f"{state['summary']} Train to do it yourself, and to ask for predictions.",
        )
    return Status("Trained", state.get("summary", ""))


def canceled(state: dict[str, Any]) -> Status:
    """Some were trained, or none, or all in an earlier training."""
    why = state["why"][:1].upper() + state["why"][1:]
    if not state.get("result"):
        return Status(why, "Nothing was trained yet. Train starts from the beginning.")
    if state.get("earlier"):
        return Status(why, f"{earlier(state)}: {state.get('summary', '')}")
    return Status(why, f"{state.get('summary', '')} Train starts from the beginning.")


def failed(state: dict[str, Any]) -> Status:
    """Why it did not work."""
    why = sentence(state["why"])
    more = f" {earlier(state)}." if state.get("earlier") else ""
    return Status("This training could not be done", why + more, wrong=True)


def earlier(state: dict[str, Any]) -> str:
    """What is shown though a training left nothing."""
    if state.get("made"):
        return "What you see was trained beforehand"
    return "What you see is the earlier result"


def none(state: dict[str, Any]) -> Status:
    """Nothing runs; it may have been lost with its server."""
    if state.get("lost"):
        return Status(
            "The server was started again and this training is gone",
            "Train starts it from the beginning.",
            wrong=True,
        )
    return Status("")


SAY = {
    each.__name__: each
    for each in (
        *(none, waiting, starting, fetching, preparing, training, drawing),
        *(finished, canceled, failed),
    )
}


def summary(words: dict[str, Any]) -> str:
    """What a result holds, in a sentence or two; `words` as `saved.Result` has them."""
    trained = words["trainings"]
    cut_short = [each for each in trained if each["ended"].startswith("canceled")]
    seconds = sum(each["seconds"] for each in trained)
    parts = []
    if words["outcome"] == "finished":
        parts.append(f"{optimizers(len(trained))} in {duration(seconds, about=False)}.")
    parts += [
        f"{each['label']} was {each['ended']}; what it reached is shown." for each in cut_short
    ]
    missing = len(words["asked"]) - len(trained)
    if missing:
        parts.append(f"{optimizers(missing)} of {len(words['asked'])} had not begun.")
    return " ".join(part for part in [*parts, best(trained)] if part)


def best(trained: list[dict[str, Any]]) -> str:
    """A sentence on the best of some trainings; none where none ended an epoch."""
    known = [each for each in trained if each["best"] is not None]
    if not known:
        return ""
    top = min(known, key=lambda each: each["best"])
    gain = 1 - top["best"] / top["baseline"]
    side = "below" if gain >= 0 else "above"
    return (
        f"Best on the ratings held back: {top['label']}, error {top['best']:.3f}, "
        f"{abs(gain):.1%} {side} the bias-only model."
    )


def optimizers(count: int) -> str:
    """A number of optimizers in words."""
    return f"{count} optimizer{'s' if count != 1 else ''}"


def duration(seconds: float, about: bool = True) -> str:
    """A time as one reads it aloud."""
    if seconds >= 90:
        minutes = round(seconds / 60)
        return f"about {minutes} minute{'s' if minutes != 1 else ''}" if about else f"{minutes} min"
    return f"about {max(1, round(seconds))} s" if about else f"{seconds:.1f} s"


def sentence(text: str) -> str:
    """The text with a capital first and a stop last."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def given_words(rating: tuple[float, bool] | None, user: int, title: str) -> str:
    """What a user really gave a movie."""
    if rating is None:
        return f"User {user} has not rated {title}, so nobody knows."
    stars, held = rating
    how = "held back, so no optimizer saw it" if held else "one of the training ratings"
    return f"User {user} really gave {title} {stars:g} stars: {how}."
