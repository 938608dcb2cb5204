"""MovieLens: ratings files to arrays, wherever they come from."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optviz.movielens.fetch import load
    from optviz.movielens.ratings import MovieLensError, Ratings

_MODULE = {"load": "fetch", "Ratings": "ratings", "MovieLensError": "ratings"}
__all__ = ["MovieLensError", "Ratings", "load"]


def __getattr__(name: str) -> Any:
    if name in _MODULE:
        return getattr(import_module(f"optviz.movielens.{_MODULE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
