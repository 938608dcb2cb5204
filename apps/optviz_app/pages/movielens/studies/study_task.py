"""A study as long work: measured in a worker, saved, and found again."""

from __future__ import annotations

import json
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from optviz.recommenders.studies import (
    Study,
    StudyCanceledError,
    StudyKind,
    find_study,
    load_saved,
    perform_study,
)
from optviz_app.jobs.channel import Reporter, Stopped
from optviz_app.jobs.tasks import Product, Request, Result, Task
from optviz_app.pages.movielens.training_task import read_ratings


class StudyResult(Result):
    """The result of a study; its words have the record under `study`."""

    @property
    def is_bundled(self) -> bool:
        """True where it came with the app."""
        return self.words.get("bundled", False)

    def read_study(self) -> Study:
        """Read the record."""
        return parse_study(self.words["study"])

    def check(self) -> None:
        """Read the record once, its table with it."""
        self.read_study().table()


class StudyTask(Task):
    """A study at its usual settings, on its own data."""

    noun, plural = "study", "studies"
    phases = ("fetching", "measuring")
    result_type = StudyResult

    @cached_property
    def name(self) -> str:
        """The name of the study."""
        return json.loads(self.request.text)["study"]

    @property
    def kind(self) -> StudyKind:
        """The kind of the study."""
        return find_study(self.name)

    def run(self, reporter: Reporter) -> Product:
        """Fetch the ratings and measure; a study that is canceled leaves nothing."""
        from optviz.movielens import load

        def tell_fetching(what: str, done: int, total: int | None) -> None:
            reporter.check()
            if reporter.is_due():
                reporter.tell("fetching", what=what, done=done, total=total)

        def tell(done: int, total: int, words: str) -> None:
            if reporter.is_due():
                reporter.tell("measuring", done=done, total=total, words=words)

        data = load(self.kind.data, progress=tell_fetching, cache=self.cache)
        cancel = reporter.orders.must_stop
        try:
            study = perform_study(self.name, data, on_progress=tell, cancel=cancel)
        except StudyCanceledError as error:
            raise Stopped from error
        words = {"checksum": data.checksum, "study": study.to_json()}
        return Product(words, lambda _: None)

    def find_checksum(self) -> str | None:
        """Return the checksum of the ratings on this machine; None where there are none."""
        data = read_ratings(self.kind.data, self.cache)
        return data.checksum if data else None

    def find_bundled(self) -> StudyResult | None:
        """Return the result that comes with optviz."""
        text = load_saved(self.name).to_json()
        words = {"study": text, "outcome": "finished", "bundled": True}
        return StudyResult(Path(), words, f"bundled {self.name}")


def make_study_request(name: str) -> Request:
    """Return the request to make a study anew."""
    return Request("study", json.dumps({"study": name}))


@lru_cache(maxsize=32)
def parse_study(text: Any) -> Study:
    """Read the record of a study, once."""
    return Study.from_json(text)
