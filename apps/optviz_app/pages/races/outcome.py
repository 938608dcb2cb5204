"""A race as the page shows it: words, rows and figures as plain data, which a file can hold."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from optviz.experiments.races import RaceExperiment
from optviz.runs.comparison import make_strict
from optviz.sweeps.claims import Claim
from optviz.sweeps.contestants import Contestant
from optviz.sweeps.races import Race
from optviz.sweeps.scores import rank_rules, score_workload
from optviz.sweeps.workloads import BaseWorkload, Trials
from optviz.views.claims import claim_figure
from optviz.views.drawing.arrays import pack_arrays
from optviz.views.profiles import profile_figure
from optviz.views.races import race_figure
from optviz.views.sensitivity import sensitivity_figure

FIGURES = {
    "losses": ("Loss at the end, over the best of each problem", race_figure),
    "profiles": ("Performance profiles", profile_figure),
    "sensitivity": ("Final loss against the learning rate", sensitivity_figure),
}
"""The figures of a race, each with its title and what draws it."""
NARROW = {"sensitivity": "sensitivity, one panel above another"}
NARROW["claim"] = "claim, conditions above their intervals"
"""The figures that stand in the place of others on a phone."""
TITLES = {name: title for name, (title, _) in FIGURES.items()}
TITLES["claim"] = "How sure, under each condition"
"""The titles of all figures of the page."""


def describe_race(race: Race) -> dict[str, Any]:
    """Return everything that the page says of a race, as JSON may hold it."""
    standing = race.standing
    ranks = zip(
        race.labels, standing.ranks, standing.rank_intervals, standing.profiles, strict=True
    )
    return {
        "rows": race.rows(),
        "ranks": [[name, rank, *ends, profile] for name, rank, ends, profile in ranks],
        "conclusion": race.conclude(),
        "unfair": race.unfair,
        "notes": race.notes,
        "seconds": race.seconds,
        "gradients": race.evaluations,
    }


def draw_race(race: Race) -> dict[str, Any]:
    """Return each figure of a race for the browser, which has its title as a heading."""
    made = {name: draw(race) for name, (_, draw) in FIGURES.items()}
    if race.trial_rows():
        made[NARROW["sensitivity"]] = sensitivity_figure(race, columns=1)
    else:
        del made["sensitivity"]
    made["losses"].update_xaxes(title_text="ratio of losses (log scale)")  # fits a phone
    out = {}
    for name, figure in made.items():
        margin = 40 if name.startswith("sensitivity") else 16
        packed = figure.update_layout(title=None, margin_t=margin).to_dict()
        packed["layout"].pop("template", None)
        out[name] = pack_arrays(packed)
    return out


def describe_claim(made: Claim) -> dict[str, Any]:
    """Return everything that the page says of a claim, as JSON may hold it."""
    return {
        "rows": made.rows(),
        "cells": made.tabulate(),
        "conclusion": made.conclude(),
        "unfair": list(made.base.unfair),
        "notes": made.base.race.notes,
        "left_out": list(made.left_out),
        "seconds": made.seconds,
    }


def draw_claim(made: Claim) -> dict[str, Any]:
    """Return the figure of a claim for the browser, which has its sentence above it."""
    out = {}
    for name, narrow in (("claim", False), (NARROW["claim"], True)):
        packed = claim_figure(made, narrow=narrow).to_dict()
        layout = packed["layout"]
        layout["height"] -= layout["margin"]["t"] - 16
        layout["margin"]["t"] = 16
        del layout["title"]
        layout.pop("template", None)
        out[name] = pack_arrays(packed)
    return out


def score_part(
    experiment: RaceExperiment,
    workload: BaseWorkload,
    rivals: Sequence[Contestant],
    trials: Sequence[Trials],
) -> list[dict[str, Any]]:
    """Return the rows of one workload of a race, whose trials are all there."""
    first = 1000 * experiment.seed
    count = experiment.choosing if experiment.tuning == "outside" else 0
    scores = score_workload([(each.final, each.reached) for each in trials], count, experiment.seed)
    part = Race(
        workloads=(workload,),
        contestants=tuple(rivals),
        trials=experiment.trials,
        choosing=tuple(range(first, first + count)),
        reporting=tuple(range(first + count, first + count + experiment.reporting)),
        seed=experiment.seed,
        results=(tuple(trials),),
        scores=(scores,),
        standing=rank_rules((scores,)),
        evaluations=0,
        seconds=0.0,
        tuning=experiment.tuning,
    )
    return part.rows()


def race_to_json(words: dict[str, Any], trials: Sequence[dict[str, Any]]) -> str:
    """Return the table, the ranks and the trials of a race as JSON; what is not finite is null."""
    kept = {key: each for key, each in words.items() if key not in ("said", "outcome")}
    return json.dumps(make_strict(kept | {"trials": list(trials)}), allow_nan=False)
