"""The training of rating models as long work: run in a worker, saved, and found again."""

from __future__ import annotations

import json
import logging
import time
from functools import cached_property, lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import optviz
from optviz.experiments.ratings import RatingsExperiment
from optviz.recommenders.trained import describe_missing_package
from optviz.recommenders.training.curves import TrainingCurve
from optviz.runs.comparison import make_strict
from optviz.specs import format_label
from optviz_app.jobs.channel import Reporter, Stopped
from optviz_app.jobs.tasks import Product, Request, Result, Task
from optviz_app.pages.movielens.training_films import draw_films, evaluate_trainings, is_finite

if TYPE_CHECKING:
    from collections.abc import Callable

    from optviz.landscapes.slices.slice import Slice
    from optviz.movielens.ratings import Ratings
    from optviz.recommenders.trained import Trained
    from optviz.recommenders.training.record import Training
    from optviz.recommenders.training.training_loop import Progress
    from optviz.runs.trajectory import Trajectory

SIZES = {"dot": 51, "dot_bias": 51, "net": 31}
"""Grid lines of each model's slice: what takes well under a second."""
PATH_BYTES = 96 << 20
"""The size of all paths of a result on disk."""
ABOUT = ("steps", "split", "valid")
"""What a training says about itself that a page needs."""
SAMPLE = Path(__file__).parent / "sample"
"""The result that the app brings, so that the first visit shows one."""

READING = Lock()
"""Held while ratings are read: who asks meanwhile finds them in memory."""

_log = logging.getLogger("optviz")


class TrainingResult(Result):
    """The result of trainings: rows and curves in memory, slice and models read on demand.

    Its words: outcome, checksum, left_out, asked, steps, split, valid, drawn, and trainings: a
    row of the table and the curve of each. What the app brings also has `made`, and no models.
    """

    @property
    def is_bundled(self) -> bool:
        """True where it came with the app."""
        return "made" in self.words

    @property
    def curves(self) -> list[TrainingCurve]:
        """The losses of each training."""
        return [TrainingCurve.from_dict(each) for each in self.words["trainings"]]

    def check(self) -> None:
        """Read all of it once: words, slice and models."""
        _ = self.curves, [self.words[name] for name in ("asked", "left_out", *ABOUT)]
        files = sorted(self.folder.glob("[!p]*.npz"))  # paths are read where they are drawn
        stamps = tuple((each.name, each.stat().st_mtime_ns, each.stat().st_size) for each in files)
        check_files(self.folder, self.stamp, stamps, len(self.words["trainings"]))

    def read_slice(self) -> Slice | None:
        """Read the loss slice; None where there was none to draw."""
        from optviz.landscapes.slices.slice import Slice

        file = self.folder / "slice.npz"
        return Slice.from_npz(file) if file.exists() else None

    def read_models(self) -> list[Trained]:
        """Read the trained models, one an optimizer."""
        from optviz.recommenders.trained import Trained

        count = len(self.words["trainings"])
        return [Trained.load(self.folder / f"model-{i}.npz") for i in range(count)]

    @property
    def drawn(self) -> list[str]:
        """The labels of the trainings whose paths are kept; none of an earlier version's."""
        return list(self.words.get("drawn", ()))

    def read_paths(self) -> list[Trajectory]:
        """Read the paths of the trainings that did not diverge."""
        from optviz.runs.trajectory import Trajectory

        return [Trajectory.from_npz(self.folder / f"path-{i}.npz") for i in range(len(self.drawn))]

    def read_films(self) -> dict[str, Any]:
        """Read what is drawn of the embeddings along the trainings: see `draw_films`."""
        try:
            films = json.loads((self.folder / "films.json").read_text())
            return {"drift": list(films["drift"]), "spectra": films["spectra"]}
        except (OSError, ValueError, TypeError, LookupError):  # of an earlier version
            return {"drift": [], "spectra": None}


class TrainingTask(Task):
    """The training of every optimizer of an experiment, and the loss around their paths."""

    noun, plural = "training", "trainings"
    phases = ("fetching", "preparing", "training", "drawing")
    result_type = TrainingResult

    @cached_property
    def experiment(self) -> RatingsExperiment:
        """The experiment that the request spells."""
        return RatingsExperiment.from_json(self.request.text)

    def run(self, reporter: Reporter) -> Product:
        """Fetch ratings, train, and take the slice; what was trained before a cancel is kept."""
        from optviz.movielens import load

        def tell(what: str, done: int, total: int | None) -> None:
            reporter.check()
            if reporter.is_due():
                reporter.tell("fetching", what=what, done=done, total=total)

        data = load(self.experiment.data, progress=tell, cache=self.cache)
        reporter.tell("preparing")
        teller = TrainingTeller(reporter, self.experiment)
        trainings = self.experiment.perform(
            data, on_progress=teller.tell, cancel=reporter.orders.must_stop
        )
        if not trainings:
            reporter.check()
        reporter.tell("drawing")
        check = None if reporter.orders.why else reporter.check  # stopped before, it is still drawn
        cut, left_out = take_slice(trainings, data, check)
        labels = [each.label for each in teller.curves]
        words = describe_trainings(trainings, data, left_out) | {"asked": labels}
        words["evaluation"] = evaluate_trainings(trainings, data)
        films = draw_films(trainings, data)
        paths = thin_paths([each.trajectory for each in trainings if is_finite(each.trajectory)])
        words["drawn"] = [each.label for each in paths]

        def write_files(folder: Path) -> None:
            for i, each in enumerate(paths):
                each.to_npz(folder / f"path-{i}.npz")
            for i, each in enumerate(trainings):
                each.trained.save(folder / f"model-{i}.npz")
            if cut:
                cut.to_npz(folder / "slice.npz")
            (folder / "films.json").write_text(json.dumps(films))

        return Product(words, write_files)

    def describe_missing(self) -> str:
        """Say which package the model needs that is not installed here."""
        return describe_missing_package(self.experiment.model)

    def find_checksum(self) -> str | None:
        """Return the checksum of the ratings on this machine; None where there are none."""
        data = read_ratings(self.experiment.data, self.cache)
        return data.checksum if data else None

    def find_bundled(self) -> TrainingResult | None:
        """Return the result that the app brings, if it is of this experiment."""
        result = read_sample()
        made = result and RatingsExperiment.from_json(result.words["experiment"])
        return result if made == self.experiment else None


@lru_cache(maxsize=64)
def check_files(folder: Path, stamp: str, _files: tuple[Any, ...], models: int) -> None:
    """Read the files of a result, once for each state of theirs.

    Raises: ValueError: model-0.npz is broken (its checksum does not fit): make it again
    """
    result = TrainingResult(folder, {"trainings": [None] * models}, stamp)
    result.read_slice()
    result.read_models()


def make_training_request(experiment: RatingsExperiment) -> Request:
    """Return the request to train an experiment."""
    return Request("training", experiment.training().to_json())


class TrainingTeller:
    """The curves so far, and how long the trainings may still take."""

    def __init__(self, reporter: Reporter, experiment: RatingsExperiment):
        self.reporter, self.began = reporter, 0.0
        self.curves = [
            TrainingCurve(format_label(entry), text.partition(":")[0], ())
            for entry, text in zip(experiment.entries, experiment.rules, strict=True)
        ]

    def tell(self, index: int, now: Progress) -> None:
        """Tell how far the training of one optimizer is."""
        self.began = self.began or time.monotonic()
        self.curves[index] = now.curve
        if not self.reporter.is_due():
            return
        share = (index + now.step / now.steps) / len(self.curves)
        elapsed = time.monotonic() - self.began
        self.reporter.tell(
            "training",
            index=index,
            epoch=now.epoch,
            step=now.step,
            steps=now.steps,
            baseline=now.baseline,
            curves=[each.to_dict() for each in self.curves],
            share=share,
            left=elapsed * (1 - share) / share if elapsed > 0.5 else None,
        )


def take_slice(
    trainings: list[Training], data: Ratings, check: Callable[[], Any] | None = None
) -> tuple[Slice | None, str]:
    """Take the loss slice of what was trained, and name the trainings that are not on it.

    `check` is called now and then; where it raises Stopped, there is no slice.
    """
    from optviz.recommenders.training.trainer import slice_trainings

    drawn, left = [], []
    for each in trainings:
        if is_finite(each.trajectory):
            drawn.append(each)
        else:  # its last points would be all that the plane shows
            left.append(f"{each.label} is not drawn: it {each.ended}.")
    try:
        cut = slice_trainings(drawn, data, SIZES[trainings[0].trained.model], check=check)
    except Stopped:
        return None, "There is no slice: the training was canceled while it was taken."
    except ValueError as error:
        return None, " ".join([f"There is no slice: {error}.", *left])
    return cut, " ".join(left)


def thin_paths(paths: list[Trajectory]) -> list[Trajectory]:
    """Return paths with as many of their points as PATH_BYTES hold, but a few at least."""
    total = sum(each.path.nbytes for each in paths)
    return [each.thin(max(5, int(len(each.path) * min(1, PATH_BYTES / total)))) for each in paths]


def describe_trainings(trainings: list[Training], data: Ratings, left_out: str) -> dict[str, Any]:
    """Return what a page must know of some trainings, as JSON can hold it."""
    about = trainings[0].about
    return {
        "checksum": data.checksum,
        "left_out": left_out,
        "trainings": make_strict([each.row() | each.curve.to_dict() for each in trainings]),
        **{name: about[name] for name in ABOUT},
    }


def read_ratings(name: str, cache: Path | None = None) -> Ratings | None:
    """Return the ratings of a data set that is on this machine, else None."""
    from optviz.movielens.cache import cache_folder, find_cached

    path = find_cached(name, cache_folder(cache))
    try:
        with READING:
            return read_file(path, path.stat().st_mtime_ns) if path else None
    except OSError:  # it has just been removed
        return None


@lru_cache(maxsize=4)
def read_file(path: Path, _changed: int) -> Ratings | None:
    """Read the ratings of a file, once for each change; None where they cannot be read."""
    from optviz.movielens import load

    try:
        return load(path)
    except ValueError as error:
        _log.error("%s", error)
        return None


@lru_cache(maxsize=1)
def read_sample() -> TrainingResult | None:
    """Read the result that the app brings."""
    try:
        text = (SAMPLE / "result.json").read_text()
        result = TrainingResult(SAMPLE, json.loads(text), optviz.__version__)
        result.read_slice()
    except (OSError, ValueError):
        return None
    return result
