"""What tests need from the machine: skipped without it, but for the check, where it fails."""

import os

import pytest

STRICT = os.environ.get("OPTVIZ_STRICT") == "1"
"""Set by .ci/run: what is missing fails there instead of being skipped."""


def missing(reason: str):
    """Skip for a reason, or fail where nothing may be missing."""
    if STRICT:
        pytest.fail(reason)
    pytest.skip(reason)
