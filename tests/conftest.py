"""Fixtures that several test files share: real data, reference figures, one torch thread."""

import os
from pathlib import Path

import pytest

STRICT = os.environ.get("OPTVIZ_STRICT") == "1"
"""Set by .ci/run: what is missing fails there instead of being skipped."""


def missing(reason: str):
    """Skip for a reason, or fail where nothing may be missing."""
    if STRICT:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session", autouse=True)
def one_torch_thread():
    try:
        import torch
    except ImportError:
        return
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder of reference figures: workbook/ and data/."""
    folder = os.environ.get("OPTVIZ_REFERENCE")
    if not folder:
        missing("OPTVIZ_REFERENCE does not name the folder of reference figures")
    path = Path(folder or ".").resolve()
    if not (path / "workbook").is_dir():
        missing(f"OPTVIZ_REFERENCE names {path}, which has no folder workbook/")
    return path


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
