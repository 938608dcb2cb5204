"""One training in a process of its own: it reads orders, tells progress and leaves a result."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import optviz
from optviz.experiments.ratings import RatingsExperiment
from optviz.specs import label_of
from optviz_app.jobs.channel import Channel, Orders
from optviz_app.jobs.results import find, save

if TYPE_CHECKING:
    from optviz.landscapes.slices import Slice
    from optviz.movielens.ratings import Ratings
    from optviz.recommenders.training import Training
    from optviz.recommenders.training_loop import Progress

TELL_S = 0.1
"""How often progress is told at most."""


NICE = 10
"""How far a training stands back behind whoever else wants the processor: beside two of them on two
cores another's redraw took 1.0 times as long, 1.4 times at 5, 1.7 times at 0."""
SIZES = {"dot": 51, "dot_bias": 51, "net": 31}
"""Grid lines of each model's slice: what takes well under a second."""


class Stopped(Exception):  # noqa: N818 - not an error
    """Raised to leave a part of the work, once ordered to stop."""


def begin(stop: str) -> None:
    """Make a worker process ready: it ends with its server, and by its server's order.

    Ctrl-C in a terminal reaches workers too; the server decides what becomes of them. The server,
    which answers everybody, goes before a training.
    """
    if hasattr(os, "nice"):
        os.nice(NICE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=end_with_server, args=[Path(stop)], daemon=True).start()


def end_with_server(stop: Path) -> None:
    """End this process as soon as its parent is gone or a stop file appears.

    A parent that was killed could not remove the folder of its channels.
    """
    from multiprocessing import parent_process

    parent = parent_process()
    while parent is not None and parent.is_alive() and not stop.exists():
        parent.join(0.2)
    if not stop.exists():
        shutil.rmtree(stop.parent, ignore_errors=True)
    os._exit(0)


def seen(sign: str) -> tuple[str, bool]:
    """The version of optviz here, and whether a file is seen from here."""
    return optviz.__version__, Path(sign).exists()


def work(channel: str, experiment: str, results: str, cache: str | None = None) -> None:
    """Train what an experiment asks for; the result appears in the folder of results.

    Ratings are looked for in `cache`, else where this process looks. Arguments are texts, so that
    any executor can carry them.
    """
    Job(Channel(Path(channel)), experiment, Path(results), Path(cache) if cache else None).run()


class Job:
    """A training under way, and what it has told so far."""

    def __init__(self, channel: Channel, experiment: str, results: Path, cache: Path | None = None):
        self.channel, self.orders = channel, Orders(channel)
        self.results, self.cache = results, cache
        self.experiment = RatingsExperiment.from_json(experiment)
        entries = self.experiment.entries
        self.told: dict[str, Any] = {"version": 0, "phase": "starting"}
        self.curves = [
            {"label": label_of(each), "kind": kind, "step": [], "train": [], "valid": []}
            for each, kind in zip(entries, kinds(self.experiment.rules), strict=True)
        ]
        self.began, self.spoke = 0.0, 0.0

    def run(self) -> None:
        """Fetch, train, draw and save; an order or a sentence may end it earlier."""
        try:
            self.tell(phase="starting")
            if self.orders.stop():
                raise Stopped
            self.train_all()
        except Stopped:
            self.tell(phase="canceled", why=self.orders.why)
        except ValueError as error:
            self.tell(phase="failed", why=str(error))

    def train_all(self) -> None:
        """Everything from the ratings to the saved result.

        Raises: Stopped, where nothing was trained yet; ValueError, as MovieLensError is one
        """
        from optviz.movielens import load

        data = load(self.experiment.data, progress=self.fetching, cache=self.cache)
        self.tell(phase="preparing")
        trainings = self.experiment.perform(
            data, on_progress=self.training, cancel=self.orders.stop
        )
        if not trainings and self.orders.why:
            raise Stopped
        self.tell(phase="drawing", curves=self.curves)
        before = find(self.results, self.experiment, data.checksum)
        kept = before is not None and before.whole
        if not (kept and self.orders.why):  # what is cut short never replaces what is whole
            self.save(trainings, data, kept)
        if self.orders.why:
            self.tell(phase="canceled", result=True, earlier=kept, why=self.orders.why)
        else:
            self.tell(phase="finished", result=True)

    def save(self, trainings: list[Training], data: Ratings, kept: bool) -> None:
        """Slice the loss, and write everything that the page shows; nothing, if cut short now
        and a whole result is `kept`."""
        cut, hidden = sliced(trainings, data, self.go_on)
        if kept and self.orders.why:
            return
        words = record(trainings, data, cut, hidden) | {
            "outcome": self.orders.why or "finished",
            "asked": [each["label"] for each in self.curves],
        }
        save(self.results, self.experiment, trainings, cut, words)

    def go_on(self) -> None:
        """Leave the slice where it is ordered to stop now; what was stopped before is drawn.

        Raises: Stopped
        """
        if not self.orders.why and self.orders.stop():
            raise Stopped

    def fetching(self, what: str, done: int, total: int | None) -> None:
        """Tell how far the fetching or reading of the ratings is.

        Raises: Stopped
        """
        if self.orders.stop():
            raise Stopped
        self.now_and_then(lambda: self.tell(phase="fetching", what=what, done=done, total=total))

    def training(self, index: int, now: Progress) -> None:
        """Tell how far the training of one optimizer is."""
        self.began = self.began or time.monotonic()
        self.curves[index] = now.curve.to_dict()
        share = (index + now.step / now.steps) / len(self.curves)
        elapsed = time.monotonic() - self.began
        where: dict[str, Any] = {
            "index": index,
            "epoch": now.epoch,
            "step": now.step,
            "steps": now.steps,
        }
        where |= {"baseline": now.baseline, "curves": self.curves, "share": share}
        where["left"] = elapsed * (1 - share) / share if elapsed > 0.5 else None
        self.now_and_then(lambda: self.tell(phase="training", **where))

    def now_and_then(self, say: Callable[[], None]) -> None:
        """Say something, unless something was said a moment ago."""
        now = time.monotonic()
        if now - self.spoke >= TELL_S:
            self.spoke = now
            say()

    def tell(self, **progress: Any) -> None:
        """Say how far the job is."""
        self.told = {"version": self.told["version"] + 1, **progress}
        self.channel.tell(self.told)


def record(
    trainings: list[Training], data: Ratings, cut: Slice | None, hidden: str
) -> dict[str, Any]:
    """What a page must know of some trainings, beside their curves."""
    about = trainings[0].about
    return {
        "outcome": "finished",
        "checksum": data.checksum,
        "loss_of": cut.about if cut else "",
        "slice_words": hidden,
        "asked": [each.label for each in trainings],
        **{name: about[name] for name in ("steps", "split", "valid")},
    }


def sliced(
    trainings: list[Training], data: Ratings, check: Callable[[], Any] | None = None
) -> tuple[Slice | None, str]:
    """The loss slice of what was trained, and in words what it hides.

    A training that diverged is left out: its last points would be all that the plane shows.
    `check` is called now and then; where it raises Stopped, there is no slice.
    """
    from optviz.recommenders.trainer import slice_of

    drawn = [each for each in trainings if finite(each)]
    left = [
        f"{each.label} is not drawn: it {each.ended}." for each in trainings if not finite(each)
    ]
    size = SIZES[trainings[0].trained.model]
    try:
        cut = slice_of(drawn, data, size, check=check)
    except Stopped:
        return None, "There is no slice: the training was canceled while it was taken."
    except ValueError as error:
        return None, " ".join([f"There is no slice: {error}.", *left])
    return cut, " ".join([cut.words(), *left])


def finite(training: Training) -> bool:
    """Whether every recorded point and loss of a training is a number."""
    path = training.trajectory
    return bool(np.isfinite(path.losses).all() and np.isfinite(path.path).all())


def kinds(rules: tuple[str, ...]) -> list[str]:
    """The name of each optimizer's rule."""
    return [text.partition(":")[0] for text in rules]
