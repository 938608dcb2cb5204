"""What tests of the rating models share."""

import numpy as np
import pytest


@pytest.fixture(scope="session")
def part_of_100k(ml100k):
    """A tenth of the real ratings, for what does not hang on their number."""
    return ml100k.take(np.arange(0, len(ml100k), 10))
