"""The tables of the Race page, and the sentences around them."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from dash import html

from optviz.experiments.races import TRAINED, RaceExperiment
from optviz.experiments.suite import RATING_SETS
from optviz.recommenders.rating_workload import RatingWorkload
from optviz.sweeps.races import LUCKIEST, OUTSIDE
from optviz.sweeps.scores import MOST
from optviz.sweeps.workloads import TARGETS, Workload
from optviz.views.drawing.scale import spell_number
from optviz_app.components.fields import build_table
from optviz_app.components.status_line import spell_count

HEADS = ["problem", "rule", "loss at the end", "95 % interval", "chosen settings"]
HEADS += [f"steps to {name} target" for name in TARGETS]
HEADS += ["best single run (no result)"]
ROW_NOTE = (
    "A dash: fewer than half of the seeds reach the target. The best single run, over all trials "
    "and seeds, is luck and no result: it is shown, struck through, so that nobody quotes it."
)
PROFILE_NOTE = (
    "The profile area is 1 where a rule reaches every target first, and 0 where it always takes "
    f"{MOST:g} times the fewest steps or more."
)
CLAIM_NOTE = (
    "P is the probability that the first rule has the lower loss with the same seed. The claim "
    "holds where the whole interval is above 0.5, fails where it is below, else it is undecided. "
    "Flips: the verdict is the opposite of that of the base condition."
)


def spell(value: Any) -> str:
    """Write a loss or a number of steps; JSON has no infinity."""
    return spell_number(value, 4) if isinstance(value, (int, float)) and isfinite(value) else "∞"


def build_rows(rows: list[dict[str, Any]]) -> Any:
    """Build the table of tuned losses; the best single run is struck through."""
    body = []
    for place, row in enumerate(rows):
        is_first = not place or rows[place - 1]["workload"] != row["workload"]
        steps = [spell(row[f"steps to {name}"]) for name in TARGETS]
        interval = f"[{spell(row['low'])}, {spell(row['high'])}]"
        cells = [
            html.Th(row["workload"] if is_first else "", scope="row" if is_first else None),
            html.Td(row["rule"]),
            html.Td(spell(row["tuned loss"]), className="number"),
            html.Td(interval, className="number"),
            html.Td(row["settings"]),
            *[html.Td(each if each != "∞" else "–", className="number") for each in steps],
            html.Td(html.S(spell(row[LUCKIEST])), className="number"),
        ]
        body.append(html.Tr(cells, className="first-row" if is_first and place else ""))
    return build_table(HEADS, body, className="race-rows")


def build_cells(rows: list[dict[str, str]]) -> Any:
    """Build the table of a claim, whose cells are texts."""
    rows = [put_verdict_first(each) for each in rows]
    heads = list(rows[0])
    body = []
    for place, row in enumerate(rows):
        is_first = not place or rows[place - 1]["factor"] != row["factor"]
        first, *rest = row.values()
        head = html.Th(first if is_first else "", scope="row" if is_first else None)
        marks = ["", "", *["number"] * (len(rest) - 2)]
        data = [html.Td(cell, className=mark) for cell, mark in zip(rest, marks, strict=True)]
        is_apart = is_first and place
        body.append(html.Tr([head, *data], className="first-row" if is_apart else ""))
    return build_table(heads, body, className="claim-rows")


def put_verdict_first(row: dict[str, str]) -> dict[str, str]:
    """Return a row with its verdict right after the condition, in sight on a phone."""
    names = "factor", "condition", "verdict"
    return {name: row[name] for name in names} | row


def explain_targets(problems: Sequence[str]) -> str:
    """Say what the targets are, on each kind of problem that is raced on."""
    said = []
    if any(each not in TRAINED for each in problems):
        said.append(f"{spell_parts(Workload.parts)} of the way is left on surfaces")
    if any(each in RATING_SETS for each in problems):
        parts = spell_parts(RatingWorkload.parts)
        said.append(f"{parts} of the way to the bias-only model on ratings")
    if "digits" in problems:
        from optviz.pytorch.training_workload import TrainingWorkload

        said.append(f"{spell_parts(TrainingWorkload.parts)} of the way to zero on digits")
    names = ", ".join(TARGETS[:-1]) + f" and {TARGETS[-1]}"
    where = "lie between the first loss and the lowest known"
    return f"The {names} targets {where}: {'; '.join(said)}."


def spell_parts(parts: Sequence[float]) -> str:
    """Write parts of a whole: "10 %, 1 % and 0.01 %"."""
    texts = [f"{100 * each:g} %" if each else "nothing" for each in parts]
    return ", ".join(texts[:-1]) + f" and {texts[-1]}"


def build_ranks(ranks: list[list[Any]], problems: Sequence[str]) -> list[Any]:
    """Build the table of mean ranks and of areas under the profiles, the best first.

    The notes around it explain both tables.
    """
    body = []
    for name, rank, low, high, profile in sorted(ranks, key=lambda each: each[1]):
        cells = [f"{rank:.2f}", f"[{low:.2f}, {high:.2f}]", f"{profile:.2f}"]
        data = [html.Td(cell, className="number") for cell in cells]
        body.append(html.Tr([html.Th(name, scope="row"), *data]))
    heads = ["rule", "mean rank (1 is best)", "95 % interval", "profile area (0 to 1)"]
    return [
        html.P(f"{explain_targets(problems)} {ROW_NOTE}", className="note"),
        build_table(heads, body, className="ranks"),
        html.P(PROFILE_NOTE, className="note"),
    ]


def build_conclusion(words: dict[str, Any]) -> Any:
    """Build the sentence that the intervals allow, what is unfair, and what to mind."""
    parts: list[Any] = [html.P(words["conclusion"], className="conclusion race-conclusion")]
    if words["unfair"]:
        parts.append(html.Ul([html.Li(f"Unfair: {each}.") for each in words["unfair"]]))
    if words.get("left_out"):
        parts.append(html.P(f"Left out: {'; '.join(words['left_out'])}.", className="note"))
    if words["notes"]:
        title = f"Notes on ranges and rounding ({len(words['notes'])})"
        listed = html.Ul([html.Li(f"{each}.") for each in words["notes"]], className="slips")
        parts.append(html.Details([html.Summary(title), listed], className="edges"))
    return parts


def build_plan(experiment: RaceExperiment) -> Any:
    """Build the words on a race that was not held yet: what every rule will get."""
    if experiment.mode == "claim":
        return build_claim_plan(experiment)
    problems, rules = experiment.list_problems(), experiment.list_labels()
    counts = f"{spell_count(len(problems), 'problem')}, {spell_count(experiment.trials, 'trial')}"
    lines = [
        f"{spell_count(len(rules), 'rule')}: {', '.join(rules)}.",
        f"{counts} for each rule on each, {spell_seeds(experiment)}.",
        f"{spell_work(experiment)}.",
    ]
    listed = html.Ul([html.Li(each) for each in lines], className="promise")
    tail = "Press Start: it runs in the background, and its table grows problem by problem."
    parts = [html.Strong("This race has not been held here yet"), listed, html.P(tail)]
    return html.Div(parts, className="empty")


def spell_seeds(experiment: RaceExperiment) -> str:
    """Say how many seeds choose and report."""
    report = f"{spell_count(experiment.reporting, 'seed')} that report"
    if experiment.mode == "race" and experiment.tuning != OUTSIDE:
        return report
    count = experiment.choosing
    choose = f"{spell_count(count, 'seed')} that {'chooses' if count == 1 else 'choose'}"
    return f"{choose} and {report}"


def spell_work(experiment: RaceExperiment) -> str:
    """Say how much a race computes: gradients on surfaces, trainings of models."""
    trained = [each for each in experiment.list_problems() if each in TRAINED]
    said = [f"{experiment.work():,} gradients on surfaces"] if experiment.work() else []
    said += [f"{'the' if said else 'The'} trainings of {', '.join(trained)}"] if trained else []
    return ", and ".join(said)


def build_claim_plan(experiment: RaceExperiment) -> Any:
    """Build the words on a claim that was not checked yet."""
    lines = [
        f"“{experiment.claim}”, each rule with {spell_count(experiment.trials, 'trial')}.",
        f"{spell_seeds(experiment)}.",
        "The same under each of about twenty conditions.",
    ]
    listed = html.Ul([html.Li(each) for each in lines], className="promise")
    tail = "Press Start: it is checked in the background, and kept."
    head = html.Strong("This claim has not been checked here yet")
    return html.Div([head, listed, html.P(tail)], className="empty")
