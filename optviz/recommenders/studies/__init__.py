"""The lesson's questions about the rating model, answered by measuring: one study a file.

    from optviz.movielens import load
    from optviz.recommenders.studies import STUDIES, perform_study
    from optviz.views import draw_study

    print(list(STUDIES))
    study = perform_study("lookup", load())
    print(study.table().to_text())
    print(study.conclude())
    study.to_json("lookup.json")  # the measurements; the table can be made from them again
    figures = draw_study(study)

`load_saved(name)` returns the result that comes with optviz, with when and with what it was made.
In a terminal: `optviz study lookup`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from optviz.recommenders.studies.kinds import STUDIES, StudyError, StudyKind, find_study

if TYPE_CHECKING:
    from optviz.recommenders.studies.study import (
        Study,
        StudyCanceledError,
        Watch,
        load_saved,
        perform_study,
    )
    from optviz.recommenders.studies.table import Interval, Table, average

_HOME = {
    "study": "Study StudyCanceledError Watch load_saved perform_study",
    "table": "Interval Table average",
}
"""What loads when it is first used: links need the names of the studies alone."""
_MODULE = {name: module for module, names in _HOME.items() for name in names.split()}

__all__ = [
    "STUDIES",
    "Interval",
    "Study",
    "StudyCanceledError",
    "StudyError",
    "StudyKind",
    "Table",
    "Watch",
    "average",
    "find_study",
    "load_saved",
    "perform_study",
]


def __getattr__(name: str) -> Any:
    if name in _MODULE:
        return getattr(import_module(f"optviz.recommenders.studies.{_MODULE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
