"""Fixtures that several test files share: real data, reference figures, one torch thread."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

from optviz.movielens import download
from tests.support.libreoffice import libreoffice  # noqa: F401  a fixture
from tests.support.light import make_light
from tests.support.movielens_server import (
    Start,
    publish_made_100k,
    publish_made_zip,
    refuse_connections,
    running_server,
)
from tests.support.requirements import missing

hypothesis.settings.register_profile("repeated", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("repeated")  # the same cases each time, however busy the machine

LONG = {"browser", "office", "slow"}
"""Marks of tests that take long."""


def pytest_xdist_auto_num_workers() -> int:
    """Take half as many processes again as there are cores: many tests wait for another process."""
    cores = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    return cores + cores // 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs LibreOffice, and begin with files that take long: no core waits for one."""
    for item in items:
        if "libreoffice" in getattr(item, "fixturenames", ()):
            item.add_marker("office")
    long = {each.path for each in items if not LONG.isdisjoint(m.name for m in each.iter_markers())}
    items.sort(key=lambda item: item.path not in long)


@pytest.fixture(autouse=True)
def one_torch_thread():
    torch = sys.modules.get("torch")
    if torch and torch.get_num_threads() != 1:
        torch.set_num_threads(1)


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder of reference figures: workbook/ and data/."""
    folder = os.environ.get("OPTVIZ_REFERENCE")
    if folder == "none":
        pytest.skip("OPTVIZ_REFERENCE says that there are no reference figures")
    if not folder:
        missing("OPTVIZ_REFERENCE does not name the folder of reference figures")
    path = Path(folder or ".").resolve()
    if not (path / "workbook").is_dir():
        missing(f"OPTVIZ_REFERENCE names {path}, which has no folder workbook/")
    return path


@pytest.fixture(scope="session")
def light_python(tmp_path_factory) -> Path:
    """The python of an environment without torch: with the packages of the extra `app` alone."""
    return make_light(tmp_path_factory.mktemp("light"))


@pytest.fixture(scope="session")
def ml100k():
    """The real ml-100k ratings, from the cache or fetched."""
    from optviz.movielens import load

    try:
        return load("ml-100k")
    except (OSError, ValueError) as error:
        missing(f"ml-100k cannot be had: {error}")


@pytest.fixture(scope="session")
def ml_small(reference):
    """The real ml-latest-small ratings, from the reference folder."""
    from optviz.movielens import load

    return load(reference / "data" / "ml-latest-small.zip")


@pytest.fixture
def made_zip(tmp_path, monkeypatch) -> bytes:
    """A made ml-latest-small, published where the test's server will serve it."""
    return publish_made_zip(tmp_path, monkeypatch)


@pytest.fixture
def server(monkeypatch) -> Iterator[Start]:
    """A function that starts a server in GroupLens' place."""
    with running_server(monkeypatch) as start:
        yield start


@pytest.fixture
def no_server(monkeypatch) -> None:
    """Nobody answers in GroupLens' place."""
    refuse_connections(monkeypatch)


@pytest.fixture
def made_100k(monkeypatch) -> None:
    """A made ml-100k, whose checksums count as the known ones."""
    publish_made_100k(monkeypatch)


@pytest.fixture
def fake_pip(tmp_path, monkeypatch) -> Callable[[str], None]:
    """A function that puts a script in pip's place."""

    def put(code: str) -> None:
        script = tmp_path / "pip_made.py"
        script.write_text(code)
        monkeypatch.setattr(download, "PIP", (sys.executable, str(script)))

    return put
