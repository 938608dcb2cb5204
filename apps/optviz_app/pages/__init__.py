"""The pages of the app, one line each: header, router, titles and callbacks read this table."""

from __future__ import annotations

from pkgutil import resolve_name
from typing import Any, NamedTuple


class Page(NamedTuple):
    """One page. Its code is named, not held, and imported when first used."""

    path: str
    title: str
    module: str
    """A module with `layout(record, sentences)` and `register(app)`."""
    record: str
    """The class of what the page's link says, with `from_query` and `to_query`: module:class."""
    home: str = ""
    """What an address without a query shows, module:name; none is the record with its defaults."""

    @property
    def nav(self) -> str:
        """The id of the page's link in the header."""
        return f"nav-{self.title.lower().replace(' ', '-')}"

    def load(self) -> Any:
        """Import and return the page's module."""
        return resolve_name(self.module)

    def read_link(self, search: str) -> tuple[Any, list[str]]:
        """Return the record of a link, and a sentence for each part that was not understood."""
        if self.home and not search.strip("?"):
            return resolve_name(self.home), []
        return resolve_name(self.record).from_query(search)


SURFACES, WORKBOOK = f"{__name__}.surfaces", f"{__name__}.workbook"
MODELS = f"{__name__}.models"
MOVIELENS, MAPS, RACES = (f"{__name__}.{each}" for each in ("movielens", "maps", "races"))
SURFACE, RATINGS = "optviz.experiments.surface", "optviz.experiments.ratings"
HOME = "optviz.experiments.home:HOME"
TABLE = (
    Page("/", "Surfaces", f"{SURFACES}.callbacks", f"{SURFACE}:Experiment", HOME),
    Page("/maps", "Maps", f"{MAPS}.callbacks", "optviz.experiments.maps:MapExperiment"),
    Page("/race", "Race", f"{RACES}.callbacks", "optviz.experiments.races:RaceExperiment"),
    Page("/workbook", "Workbook", f"{WORKBOOK}.callbacks", f"{WORKBOOK}.state:WorkbookState"),
    Page("/model", "Your model", f"{MODELS}.callbacks", f"{MODELS}.state:ModelState"),
    Page("/movielens", "MovieLens", f"{MOVIELENS}.callbacks", f"{RATINGS}:RatingsExperiment"),
)
PAGES = {page.path: page for page in TABLE}
"""Each page by its path, in the order of the header."""
