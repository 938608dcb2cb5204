"""A picture of the loss around trained models as long work: made in a worker, and found again."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import optviz
from optviz.experiments.ratings import LANDSCAPE, RatingsExperiment
from optviz.landscapes.pictures import PICTURES, Picture, draw_picture
from optviz.landscapes.ways import WAYS
from optviz.recommenders.training.settings import use_one_thread
from optviz_app.components.long_work import FETCHING, WORKING
from optviz_app.jobs.channel import Reporter
from optviz_app.jobs.tasks import Product, Request, Result, Task
from optviz_app.pages.movielens.training_films import is_finite
from optviz_app.pages.movielens.training_task import (
    TrainingResult,
    TrainingTask,
    make_training_request,
    read_ratings,
)

if TYPE_CHECKING:
    from optviz.movielens.ratings import Ratings
    from optviz.runs.trajectory import Trajectory

FILE = "picture.npz"
DRAFT = "draft.npz"
"""A picture that is not whole yet, in the folder by which its work is followed."""
GONE = "the trained models of this picture are gone: press Train to make them again"


class LandscapeResult(Result):
    """The result of a picture of the loss."""

    def read_picture(self) -> Picture:
        """Read the picture.

        Raises: RecordFileError: picture.npz is broken: make it again
        """
        return load_picture(self.folder / FILE, self.words["picture"], self.stamp)

    def check(self) -> None:
        """Raise an error where a part of the result is missing."""
        self.read_picture()


class PictureTeller:
    """The progress of a picture: the number of its points, and the picture as far as it is."""

    def __init__(self, reporter: Reporter):
        self.reporter, self.drafts = reporter, 0
        self.done = self.total = 0

    def tell(self, done: int, total: int) -> None:
        """Tell how many points are there, if that was not told a moment ago."""
        self.done, self.total = done, total
        self.reporter.check()
        if self.reporter.is_due():
            self.write()

    def show(self, picture: Picture) -> None:
        """Leave a picture that is not whole yet beside what is told."""
        folder = self.reporter.channel.folder
        part = picture.to_npz(folder / "part.npz")
        part.replace(folder / DRAFT)
        self.drafts += 1
        self.write()

    def write(self) -> None:
        """Tell how far the picture is; another number of rows lets the page draw it."""
        words = f"{self.done:,} of {self.total:,} points"
        more = {"rows": [*range(self.drafts)]} if self.drafts else {}
        self.reporter.tell(WORKING, done=self.done, total=self.total, words=words, **more)


class LandscapeTask(Task):
    """A picture of the loss around the paths of trained models."""

    noun, plural = "picture", "landscapes"
    phases = (FETCHING, WORKING)
    result_type = LandscapeResult

    @cached_property
    def experiment(self) -> RatingsExperiment:
        """The trainings, and the picture of them."""
        words = json.loads(self.request.text)
        return RatingsExperiment.from_json(json.dumps(words["landscape"]))

    def run(self, reporter: Reporter) -> Product:
        """Draw the picture; one that is canceled leaves nothing."""
        asked, begun = self.experiment, time.perf_counter()
        found, data, runs = self.read_trained()
        if not runs:
            raise ValueError("every training diverged: there is no path to draw")

        teller = PictureTeller(reporter)
        with use_one_thread(asked.model):
            made = draw_picture(
                asked.picture,
                make_problem(found, data),
                runs,
                axes=asked.axes,
                first=asked.first,
                second=asked.second,
                size=asked.grid,
                tell=teller.tell,
                show=teller.show,
            )
        title = PICTURES[asked.picture].title
        words = {"said": [title, f"{time.perf_counter() - begun:.1f} s"], "picture": asked.picture}
        words["checksum"] = data.checksum
        return Product(words, lambda folder: made.to_npz(folder / FILE))

    def prepare(self) -> None:
        """Read the ratings and the paths; what is wrong with them is told once it is asked for."""
        with suppress(ValueError):
            self.read_trained()

    def read_trained(self) -> tuple[TrainingResult, Ratings, list[Trajectory]]:
        """Return the result of the trainings, their ratings and their paths.

        Raises: ValueError: the trained models of this picture are gone: press Train to make them
            again
        """
        task = TrainingTask(make_training_request(self.experiment), self.cache)
        found: Any = task.find_result(task.find_checksum())
        data = read_ratings(self.experiment.data, self.cache)
        if found is None or data is None:
            raise ValueError(GONE)
        return found, data, list(read_runs(found.folder, found.stamp))

    def describe_missing(self) -> str:
        """Say which package the model needs that is not installed here."""
        return TrainingTask(make_training_request(self.experiment), self.cache).describe_missing()

    def find_checksum(self) -> str | None:
        """Return the checksum of the ratings on this machine; None where there are none."""
        data = read_ratings(self.experiment.data, self.cache)
        return data.checksum if data else None


def make_landscape_request(query: str) -> Request:
    """Return the request for the picture of a query, without what that picture does not need.

    Raises: ValueError: every optimizer is switched off: switch one on
    """
    asked = RatingsExperiment.from_query(query)[0]
    count = WAYS[asked.axes].runs if asked.picture == "plane" else PICTURES[asked.picture].runs
    kept = {name: getattr(asked, name) for name in LANDSCAPE}
    if asked.picture != "plane":
        kept["axes"] = RatingsExperiment().axes
    kept |= dict.fromkeys(("first", "second")[count:], 0)
    words = json.loads(replace(asked.training(), **kept).to_json())
    text = {"landscape": words, "version": optviz.__version__}
    return Request("landscape", json.dumps(text, sort_keys=True, separators=(",", ":")))


@lru_cache(maxsize=1)
def read_runs(folder: Path, stamp: str) -> tuple[Trajectory, ...]:
    """Read the paths of trainings that did not diverge, once for each result.

    Raises: ValueError: the trained models of this picture are gone: press Train to make them again
    """
    try:
        words = json.loads((folder / "result.json").read_text())
        runs = TrainingResult(folder, words, stamp).read_paths()
    except (OSError, ValueError, LookupError) as error:
        raise ValueError(GONE) from error
    return tuple(each for each in runs if is_finite(each))


def make_problem(result: TrainingResult, data: Any) -> Any:
    """Return the loss over the training ratings of a result."""
    trained = result.read_models()[0]
    ratings, _ = data.split(trained.about["split"], trained.about["valid"])
    return trained.problem(ratings, name=trained.about["problem"])


@lru_cache(maxsize=8)
def load_picture(file: Path, picture: str, _stamp: str) -> Picture:
    """Read a picture once; the stamp is another one after each new result."""
    return PICTURES[picture].read(file)
