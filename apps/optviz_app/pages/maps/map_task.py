"""A map as long work: made in a worker, saved, and found again."""

from __future__ import annotations

import json
import time
from functools import lru_cache
from pathlib import Path

import optviz
from optviz.experiments.maps import MapExperiment
from optviz.runs.npz import RecordFileError
from optviz.sweeps.map_files import Maps, read_maps, write_maps
from optviz_app.components.long_work import WORKING
from optviz_app.jobs.channel import Reporter
from optviz_app.jobs.tasks import Product, Request, Result, Task

FILE = "map.npz"


class MapResult(Result):
    """The result of a map; its arrays are in a file beside it."""

    def read_maps(self) -> Maps:
        """Read the maps.

        Raises: RecordFileError: map.npz is broken: make it again
        """
        return load_maps(self.folder / FILE, self.stamp)

    def check(self) -> None:
        """Raise an error where a part of the result is missing."""
        if not (self.folder / FILE).exists() or not isinstance(self.words["said"], list):
            raise RecordFileError("a part of the map is missing")


class MapTask(Task):
    """A map of starts, or of two hyperparameters."""

    noun, plural = "map", "maps"
    phases = (WORKING,)
    result_type = MapResult

    def run(self, reporter: Reporter) -> Product:
        """Make the map; one that is canceled leaves nothing."""
        experiment = MapExperiment.from_json(json.dumps(json.loads(self.request.text)["map"]))
        begun = time.perf_counter()

        def tell(done: int, total: int) -> None:
            reporter.check()
            if reporter.is_due():
                words = f"{done:,} of {total:,} steps, all starts at once"
                reporter.tell(WORKING, done=done, total=total, words=words)

        made = experiment.perform(tell)
        size = f"{experiment.size} × {experiment.size}"
        what = "starts" if experiment.chart == "basin" else "pairs of values"
        took = f"{experiment.steps:,} steps each, {time.perf_counter() - begun:.1f} s"
        words = {"said": [f"{size} {what}", took]}
        return Product(words, lambda folder: write_maps(made, folder / FILE))


def make_map_request(query: str) -> Request:
    """Return the request for the map of a query.

    Raises: ValueError: no optimizer is switched on: switch one on
    """
    asked = MapExperiment.from_query(query)[0].map_part()
    words = {"map": json.loads(asked.to_json()), "version": optviz.__version__}
    return Request("map", json.dumps(words, sort_keys=True, separators=(",", ":")))


@lru_cache(maxsize=8)
def load_maps(file: Path, _stamp: str) -> Maps:
    """Read the maps of a file once; the stamp is another one after each new result."""
    return read_maps(file)
