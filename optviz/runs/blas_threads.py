"""One BLAS thread for numpy's small linear algebra, whose threads cost more than they save."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import Any


def pin_blas() -> AbstractContextManager[Any]:
    """Use one BLAS thread within a block: some BLAS, on a busy machine, lose tenfold by more.

    Units: takes about 8 microseconds
    """
    return _find_blas().limit(limits=1, user_api="blas")


@cache
def _find_blas() -> Any:
    """Return the controller of the loaded libraries; to look for them takes milliseconds."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
