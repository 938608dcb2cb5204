"""One finished training on a few made ratings, for tests of what looks at its models."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from optviz_app.jobs.queue import Jobs
from optviz_app.pages.movielens.training_task import make_training_request

from tests.support.ratings_made import few_ratings, small_ask


class TrainedResult(NamedTuple):
    """The jobs, and the result as a page says that it shows it."""

    jobs: Jobs
    result: dict[str, Any]

    def ask(self, **more: Any) -> str:
        """Return the query of a page on this training that looks at something."""
        rest = "&".join(f"{key}={value}" for key, value in more.items())
        return f"{self.result['query']}&{rest}" if rest else self.result["query"]


@contextmanager
def train_result(folder: Path) -> Iterator[TrainedResult]:
    """Train once, and keep the result while a block runs."""
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(1) as thread:
        patch.setenv("OPTVIZ_CACHE", str(folder))
        few_ratings(folder)
        jobs, request = Jobs(folder, thread), make_training_request(small_ask())
        jobs.submit(request)
        future = jobs.jobs[request.key].future
        assert future
        future.result(timeout=60)
        jobs.look(request)
        yield TrainedResult(jobs, {"query": small_ask().to_query(), "stamp": "now"})
        jobs.close()
