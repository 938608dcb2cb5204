"""MovieLens: ratings files to arrays, wherever they come from.

`load()` finds your copy, the cache, GroupLens, or the copy that pip can fetch; `load(PATH)` takes a
folder, a zip or tar, or one ratings file with its movies beside it, of any MovieLens release,
Kaggle or recbole. Separators, header, columns, scale and encoding are told by the content, and
said. Bad rows are refused with the first reason; `on_bad="report"` keeps the good ones.

    from optviz.movielens import load

    ratings = load()
    print(len(ratings), ratings.users, ratings.movies, ratings.scale)

The data are GroupLens' and keep their license; optviz ships none of them, and GroupLens does not
endorse it.

Source: F. Maxwell Harper and Joseph A. Konstan. 2015. The MovieLens Datasets: History and Context.
ACM TiiS 5, 4:19, doi 10.1145/2827872.
"""

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
