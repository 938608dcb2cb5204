"""The Python scripts that hold the same race as an experiment."""

from __future__ import annotations

from optviz.experiments.races import RaceExperiment
from optviz.experiments.scripts import quote, write_call, write_list
from optviz.sweeps.claim_sentences import split_claim
from optviz.sweeps.races import OUTSIDE


def write_fair_race_script(experiment: RaceExperiment) -> str:
    """Return the script of a race, or of the check of a claim."""
    if experiment.mode == "claim":
        return write_claim_script(experiment)
    counts = [f"{name}={getattr(experiment, name)}" for name in ("trials", "choosing", "reporting")]
    own = [] if experiment.tuning == OUTSIDE else [f"tuning={quote(experiment.tuning)}"]
    own += [f"seed={experiment.seed}"] if experiment.seed else []
    rules = [quote(text) for text in experiment.list_on()]
    budget = ["problems", str(experiment.steps)]
    budget += [repr(experiment.noise)] if experiment.noise else []
    lines = [
        '"""Optimizers race, each tuned by the same number of trials."""',
        "",
        "from optviz.experiments.suite import list_workloads",
        "from optviz.sweeps import race",
        "from optviz.views import profile_figure, race_figure, sensitivity_figure",
        "",
        write_list("problems", map(quote, experiment.problems)),
        write_list("rules", rules),
        "",
        write_call("workloads = list_workloads", budget),
        write_call("found = race", ["workloads", "rules", *counts, *own]),
        "print(found.to_text())",
        "for draw in (race_figure, profile_figure, sensitivity_figure):",
        "    draw(found).show()",
    ]
    return "\n".join(lines) + "\n"


def write_claim_script(experiment: RaceExperiment) -> str:
    """Return the script of the check of a claim."""
    one, other, where = split_claim(experiment.claim)
    counts = [f"{name}={getattr(experiment, name)}" for name in ("trials", "choosing", "reporting")]
    own = [f"seed={experiment.seed}"] if experiment.seed else []
    budget = ["[problem]", str(experiment.steps)]
    budget += [repr(experiment.noise)] if experiment.noise else []
    lines = [
        '"""When does one optimizer beat another, and when does that flip?"""',
        "",
        "from optviz.experiments.suite import list_workloads",
        "from optviz.sweeps import claim",
        "from optviz.views import claim_figure",
        "",
        f"problem = {quote(where or experiment.list_problems()[0])}",
        write_call("(workload,) = list_workloads", budget),
        write_call("found = claim", [quote(f"{one} beats {other}"), "workload", *counts, *own]),
        "print(found.to_text())",
        "claim_figure(found).show()",
    ]
    return "\n".join(lines) + "\n"
