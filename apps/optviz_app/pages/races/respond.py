"""The answers of the Race page: to its controls, and to what has arrived of a race."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from dash import html, no_update

from optviz.experiments.races import TRAINED, RaceExperiment
from optviz.runs.work import Here
from optviz_app.components.status_line import end_sentence
from optviz_app.jobs.queue import Jobs
from optviz_app.pages.races import panels
from optviz_app.pages.races.layout import ABOUT
from optviz_app.pages.races.outcome import NARROW, TITLES, describe_race, draw_race
from optviz_app.pages.races.race_task import make_race_request
from optviz_app.pages.races.state import FIELDS, list_named, list_rules, read_controls
from optviz_app.server.heavy import weigh

QUICK_STEPS, QUICK_GRADIENTS = 2_500, 2_000_000
"""A race that is held at once: the steps of all rules on all problems, and its gradients."""
AT_ONCE = "This small race was held at once. Start keeps it."

Outcome = tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]
"""The words of a race, its figures, and the table of its trials."""


def answer(query: str, controls: dict[str, Any]) -> dict[str, Any]:
    """Return the new query, a sentence for each wrong field, and the lists as they are read."""
    before = RaceExperiment.from_query(query)[0]
    after, wrong = read_controls(before, controls)
    problems, rules = list_named(after)[0], list_rules(after)[0]
    is_right = not wrong
    return {
        "query": after.to_query() if after != before else no_update,
        "problems": problems if is_right and problems != controls["problems"] else no_update,
        "rules": rules if is_right and rules != controls["rules"] else no_update,
        "errors": [wrong.get(name) for name in FIELDS],
        "parts": [after.mode != "race", after.mode == "race"],
        "about": ABOUT[after.mode],
    }


def show_race(jobs: Jobs, asked: Any) -> dict[str, Any]:
    """Return what the page shows of a race: its outcome, what has arrived of it, or a plan."""
    asked = asked if isinstance(asked, dict) else {}
    experiment = RaceExperiment.from_query(str(asked.get("query") or ""))[0]
    hidden: dict[str, Any] = {
        **{"figures": [no_update] * len(TITLES), "heights": [no_update] * len(TITLES)},
        **{"hidden": [True] * len(TITLES), "ranks": None, "notice": "", "no_notice": True},
    }
    rows = asked.get("rows")
    if isinstance(rows, list):
        return hidden | show_partial(rows)
    try:
        outcome, is_kept = find_outcome(jobs, experiment)
    except ValueError as error:
        return hidden | {"conclusion": end_sentence(str(error)), "table": None}
    if outcome is None:
        return hidden | {"conclusion": panels.build_plan(experiment), "table": None}
    words, figures, _ = outcome
    if asked.get("columns") == 1:
        narrow = {name: figures[each] for name, each in NARROW.items() if each in figures}
        figures = figures | narrow
    drawn = [figures.get(name) for name in TITLES]
    return {
        "conclusion": panels.build_conclusion(words),
        "table": panels.build_cells(words["cells"])
        if "cells" in words
        else panels.build_rows(words["rows"]),
        "ranks": panels.build_ranks(words["ranks"], experiment.list_problems())
        if "ranks" in words
        else html.P(panels.CLAIM_NOTE, className="note"),
        "figures": drawn,
        "heights": [{"height": each["layout"]["height"]} if each else {} for each in drawn],
        "hidden": [each is None for each in drawn],
        "notice": "" if is_kept else AT_ONCE,
        "no_notice": is_kept,
    }


def show_partial(rows: list[Any]) -> dict[str, Any]:
    """Return what is shown of a race under way."""
    whole = [row for row in rows if isinstance(row, dict) and "workload" in row]
    words = "The table grows as each problem is finished; what it says is no result yet."
    conclusion = html.P(words, className="note")
    return {"conclusion": conclusion, "table": panels.build_rows(whole) if whole else None}


def find_outcome(jobs: Jobs, experiment: RaceExperiment) -> tuple[Outcome | None, bool]:
    """Return the outcome of a race, and True if it was kept; None where it takes long.

    Raises: ValueError: a race needs two rules, got 1
    """
    result: Any = jobs.find_result(make_race_request(experiment.to_query()))
    if result:
        return (result.words, result.read_figures(), result.read_trials()), True
    if experiment.mode == "claim":
        return None, False
    problems = experiment.list_problems()
    steps = experiment.steps * len(experiment.list_on()) * len(problems)
    is_trained = any(each in TRAINED for each in problems)
    if is_trained or steps > QUICK_STEPS or experiment.work() > QUICK_GRADIENTS:
        return None, False
    weigh(10 * steps)
    return hold_race(experiment), False


@lru_cache(maxsize=8)
def hold_race(experiment: RaceExperiment) -> Outcome:
    """Hold a small race here, and remember it."""
    made = experiment.perform(executor=Here())
    return describe_race(made), draw_race(made), made.trial_rows()
