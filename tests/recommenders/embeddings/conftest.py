"""One training on each real set, for all that looks at its embeddings."""

import pytest

from optviz.recommenders import Training, train


@pytest.fixture(scope="session")
def trained_100k(ml100k) -> Training:
    return train("dot_bias", ml100k)


@pytest.fixture(scope="session")
def trained_small(ml_small) -> Training:
    return train("dot_bias", ml_small)
