"""What a person does without torch; it needs nothing that the extra `app` does not bring."""

import hashlib
import importlib
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

from optviz.experiments.ratings import RatingsExperiment
from optviz.movielens.cache import cache_folder
from optviz.recommenders import slice_trainings, train
from tests.support.movielens_made import made_ratings


def digest_trainings() -> str:
    """Train the models that need no torch, and return a digest of all that came out."""
    data, parts = made_ratings(), []
    for model in ("dot", "dot_bias"):
        record = train(model, data, "adam:lr=0.01,l2=0.0001", epochs=3, batch=16, seed=5, keep=2)
        cut = slice_trainings([record], data, size=5)
        parts += [record.trained.params.tobytes(), record.trajectory.path.tobytes()]
        parts += [cut.losses.tobytes(), repr((record.curve, record.predict(data, 1, 12))).encode()]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def ask_for_torch() -> list[str]:
    """Ask for everything that needs torch, and return the sentences that come instead."""
    data = made_ratings()
    trained = train("dot", data, epochs=1, batch=16, progress=False).trained
    asked: list[Callable[[], Any]] = [
        lambda: importlib.import_module("optviz.pytorch"),
        lambda: importlib.import_module("optviz").ModuleProblem,
        lambda: importlib.import_module("optviz.recommenders").EmbeddingNet,
        lambda: train("net", data),
        lambda: train(made_ratings, data),  # type: ignore[arg-type]  # no name of a model
        trained.module,
    ]
    return list(map(read_import_error, asked))


def read_import_error(call: Callable[[], Any]) -> str:
    """Return the text of the import error that a call raises; nothing without one."""
    try:
        call()
    except ImportError as error:
        return str(error)
    return ""


def open_pages(app: Any) -> list[int]:
    """Open every page of the app and call each of its callbacks; return the kinds of answers."""
    from optviz_app.pages import PAGES

    from tests.support.callback_bodies import CALLBACKS, make_bodies

    client = app.server.test_client()
    answers = [client.get(path).status_code for path in PAGES]
    answers += [client.post(CALLBACKS, json=each).status_code for each in make_bodies(app)]
    return sorted(set(answers))


def follow_training(jobs: Any, asked: RatingsExperiment, cancel: bool = False) -> Iterator[str]:
    """Train in a worker process as a page does, and yield the phases that it goes through."""
    from optviz_app.jobs.queue import ENDED
    from optviz_app.pages.movielens.training_task import make_training_request

    request = make_training_request(asked)
    jobs.submit(request, "browser")
    before = ""
    while before not in ENDED:
        jobs.watch(request.key, "browser")
        now = jobs.look(request, "browser")["phase"]
        if now != before:
            yield now
        if cancel and now == "training":
            jobs.cancel(request, "browser")
        before = now
        time.sleep(0.01)


def use_app() -> str:
    """Open all pages, train, cancel and ask for the mini net; return what is said of that."""
    from optviz_app.app import make_app
    from optviz_app.jobs.endpoint import find_jobs
    from optviz_app.pages.movielens.respond import predict
    from optviz_app.server import heavy

    from tests.support.ratings_made import few_ratings, small_ask

    few_ratings(cache_folder())
    app, small = make_app(), small_ask()
    jobs = find_jobs(app)
    try:
        answers = open_pages(app)
        assert set(answers) <= {200, 204}, answers
        phases = list(follow_training(jobs, small))
        assert phases[-1] == "finished", phases
        assert "stars" in str(predict(jobs, {"query": small.to_query()}, "4", "6"))
        phases = list(follow_training(jobs, replace(small, epochs=50, batch=1), cancel=True))
        assert phases[-1] == "canceled", phases
        try:
            list(follow_training(jobs, RatingsExperiment(data=small.data, model="net")))
        except ValueError as error:
            return str(error)
        return "the mini net was trained"
    finally:
        heavy.find_places(app).close()
        jobs.close()


if __name__ == "__main__":
    assert find_spec("torch") is None, "torch is installed here"
    print(use_app())
