"""MovieLens: ratings files -> arrays."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optviz.movielens.fetch import load
    from optviz.movielens.ratings import MovieLensError, Ratings

_WHERE = {
    "load": "optviz.movielens.fetch",
    "Ratings": "optviz.movielens.ratings",
    "MovieLensError": "optviz.movielens.ratings",
}
__all__ = ["MovieLensError", "Ratings", "load"]


def __getattr__(name: str):
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
