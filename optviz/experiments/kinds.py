"""The kinds of experiment: one registry that links, scripts and the terminal read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from optviz.experiments.base import Record
from optviz.experiments.map_script import write_map_script
from optviz.experiments.maps import MapExperiment
from optviz.experiments.race_script import write_fair_race_script
from optviz.experiments.races import RaceExperiment
from optviz.experiments.ratings import RatingsExperiment
from optviz.experiments.scripts import write_race_script, write_training_script
from optviz.experiments.surface import Experiment


@dataclass(frozen=True)
class ExperimentKind:
    """One kind of experiment."""

    record: type[Record]
    path: str
    """The page of its links."""
    action: str
    """The verb for its links in an error about an option that does not fit."""
    write_script: Callable[[Any], str]
    report: str
    """The function that performs it in the terminal and returns the exit status, by its full name,
    since it stands above: (experiment, arguments of `optviz run`)."""

    def list_keys(self) -> set[str]:
        """Return the keys that its links may have."""
        return {self.record.lists.get(spec.name, spec.name) for spec in fields(self.record)}


KINDS: dict[str, ExperimentKind] = {
    "Experiment": ExperimentKind(
        record=Experiment,
        path="/",
        action="races on a surface",
        write_script=write_race_script,
        report="optviz.commands.reports.report_race",
    ),
    "RatingsExperiment": ExperimentKind(
        record=RatingsExperiment,
        path="/movielens",
        action="trains on MovieLens",
        write_script=write_training_script,
        report="optviz.commands.reports.report_training",
    ),
    "MapExperiment": ExperimentKind(
        record=MapExperiment,
        path="/maps",
        action="draws a map",
        write_script=write_map_script,
        report="optviz.commands.maps.report_map",
    ),
    "RaceExperiment": ExperimentKind(
        record=RaceExperiment,
        path="/race",
        action="holds a race",
        write_script=write_fair_race_script,
        report="optviz.commands.race.report_fair_race",
    ),
}
"""Each kind by the name of its record, which its JSON has too; the first is the default."""

LOCAL = ("127.0.0.1", "localhost", "::1")
"""The hosts at which an address without a query is the app's."""


def is_link(text: str) -> bool:
    """Return True for an address with a scheme, or a known key and its "=", also after a "?"."""
    if "://" in text:
        return True
    key, equals, _ = (text.partition("?")[2] if "?" in text else text).partition("=")
    return bool(equals) and any(key in ("v", *kind.list_keys()) for kind in KINDS.values())


def get_query(link: str) -> str:
    """Return the part of a link that sets fields; a link may be that part alone.

    It comes after the question mark, in the address of a live page after the "#".
    """
    if "?" not in link and "://" not in link:
        return link
    parts = urlsplit(link)
    return parts.query or (parts.fragment if is_link(parts.fragment) else "")


def find_kind(link: str) -> ExperimentKind:
    """Return the kind of a link: by its page, or else by keys that the default kind lacks.

    An address without any is that of this machine's app, or of a page with a name as it opens.

    Raises: ValueError: https://example.com is no link of the app: one such as ...
    """
    default, *others = KINDS.values()
    parts, query = urlsplit(link), get_query(link)
    path = parts.path.rstrip("/")
    keys = {key for key, _ in parse_qsl(query, keep_blank_values=True)}
    by_page = (kind for kind in others if path.endswith(kind.path))
    by_keys = (kind for kind in others if keys & (kind.list_keys() - default.list_keys()))
    if found := next(by_page, None) or next(by_keys, None):
        return found
    if "://" in link and not query and (path or parts.hostname not in LOCAL):
        example = "http://127.0.0.1:8050/?problem=bowl"
        raise ValueError(
            f"{link[:80]} is no link of the app: one such as {example} says what to do"
        )
    return default


def script(experiment: Record) -> str:
    """Return a Python script that makes the runs and pictures of an experiment.

    It uses only public names of optviz, so that it can be read, changed and kept.
    Raises: ValueError: no optimizer is switched on: switch one on
    """
    return KINDS[type(experiment).__name__].write_script(experiment)
