"""The app, and jobs that do not begin, as several test files use them."""

import pytest
from optviz_app.app import make_app
from optviz_app.jobs.queue import Jobs

from tests.support.long_work import Held, register_tiny


@pytest.fixture(scope="module")
def app():
    return make_app()


@pytest.fixture
def client(app):
    return app.server.test_client()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache without any data, and the second kind."""
    register_tiny(monkeypatch)
    monkeypatch.setenv("OPTVIZ_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def held(cache):
    """Jobs that do not begin, and their executor."""
    executor = Held()
    jobs = Jobs(cache, executor)
    yield jobs, executor
    jobs.close()
