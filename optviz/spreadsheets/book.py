"""The workbook of runs: a sheet for each, and a first one that explains them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from inspect import getdoc
from pathlib import Path
from typing import Any

from optviz.problems.base import Noisy
from optviz.rules import Wrapper
from optviz.runs.origin import describe_problem
from optviz.specs import format_spec
from optviz.spreadsheets.column import Column, Run
from optviz.spreadsheets.columns import collect_settings, trace_run, write_factor
from optviz.spreadsheets.run_sheet import RunSheet, make_chart
from optviz.spreadsheets.workbook_file import LOOKS, NUMBER, WorkbookFile

USE = (
    "Each run has a sheet. Its first table row holds the start and the rule's initial memory.",
    "Change a yellow cell there, such as lr: every row below is a formula of the row above it.",
    "The settings have names that only their sheet knows, so each run has its own lr.",
    "Folded columns (the + above the headings) hold parts of the formula and of its derivatives.",
    "Hold the pointer over a heading to read what the column is.",
)
NOISE = "The noise on the gradients stands as numbers, the same as in the recorded run."
SCHEDULE = "A schedule without a formula stands as numbers in the column lr factor."
STEPS = (
    "The number of steps: to add more, copy the last full row, from step to the last new, "
    "downward (the charts do not include them)."
)
EDGES = {"abs", "max", "min", "sign", "floor", "ceil", "relu", "mod", "where"}
"""Functions with edges, where the gradient jumps."""
ROUNDING = (
    "LibreOffice takes a tiny difference for 0: a run that comes within rounding of an edge of "
    "abs, max, min, sign, floor, ceil, relu, mod or where can take another path there than it did "
    "in optviz."
)

_HEAD = LOOKS["head"] | {"text_wrap": True}
RUN_LOOKS = LOOKS | {
    "head": _HEAD,
    "above": _HEAD | NUMBER,
    "input": LOOKS["input"] | {"border": 1},
    "start": NUMBER,
}
"""The cell formats; `above` is the heading of a column of numbers."""


def write_book(
    runs: list[Run],
    columns: list[list[Column]],
    left_out: Iterable[str] = (),
    file: str | Path | None = None,
) -> bytes:
    """Write the workbook and return its bytes; the same runs give the same bytes.

    `left_out` are sentences about runs that have no sheet.
    """
    out = WorkbookFile(RUN_LOOKS, "optviz runs", "Runs that compute themselves", 34)
    sheets = []
    for run, own in zip(runs, columns, strict=True):
        run = run._replace(label=replace_unwritable(run.label))
        sheet = RunSheet(out, run, own)
        sheet.write(collect_settings(run, trace_run(run)))
        sheets.append(sheet)
    write_about(out, sheets, left_out)
    return out.close(file)


def replace_unwritable(text: str) -> str:
    """Replace the characters that a spreadsheet's file cannot hold."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "\ufffd", text)


def write_about(out: WorkbookFile, sheets: list[RunSheet], left_out: Iterable[str]) -> None:
    """Write the first sheet: the runs, how to use the workbook, its problems and rules."""
    runs = [sheet.run for sheet in sheets]
    for sheet in sheets:
        out.write_sheet(sheet.name, describe_run(sheet.run))
    out.write_pairs(("", replace_unwritable(text)) for text in left_out)
    out.row += 1
    out.write_usage(USE)
    if any(isinstance(run.problem, Noisy) for run in runs):
        out.write_pairs([("not live", NOISE)])
    if any(write_factor(run.schedule) is None for run in runs):
        out.write_pairs([("not live", SCHEDULE)])
    out.write_pairs([("not live", STEPS)])
    formulas = [run.bare.formula for run in runs if hasattr(run.bare, "formula")]
    if any(node.op in EDGES for formula in formulas for node in formula.program.nodes):
        out.write_pairs([("not exact", ROUNDING)])
    out.write_pairs(("problem", text) for text in dict.fromkeys(map(describe_run_problem, runs)))
    out.row += 1
    add_charts(out, sheets)
    out.row += 22
    rules = dict.fromkeys(describe_rule(run.rule) for run in runs)
    out.write_pairs(("rule", text) for text in rules)


def describe_run_problem(run: Run) -> str:
    """Describe the problem of a run in words."""
    bare = run.bare
    noise = f", noise {run.problem.sigma:g}" if isinstance(run.problem, Noisy) else ""
    if hasattr(bare, "formula"):
        words, text = describe_problem(bare), bare.formula.text
        if bare.name == text:
            words = f"formula{words[len(text[:40]) :]}"
        return f"{words}: {text}{noise}"
    order = "all samples" if noise else "one sample, in their order"
    line = f"{bare.name}: a*x + b through {len(bare.x)} samples{noise}"
    return f"{line}; each step takes the gradient of {order}"


def describe_rule(rule: Any) -> str:
    """Describe a rule and its formula; then the rule that it wraps."""
    inner = f"\n\n{describe_rule(rule.rule)}" if isinstance(rule, Wrapper) else ""
    words = re.sub(r"Shapes:.*(\n .*)*\n?", "", getdoc(type(rule)) or "")
    return f"{type(rule).__name__}: {words.rstrip()}{inner}"


def describe_run(run: Run) -> str:
    """Describe how a run was made and how it ended."""
    trajectory = run.trajectory
    start = ", ".join(f"{value:.6g}" for value in trajectory.start)
    spelled = trajectory.about.get("rule") or format_spec(run.rule, run.schedule)
    first, last = int(trajectory.step[0]), int(trajectory.step[-1])
    return f"{spelled}; steps {first} to {last} from ({start}); {trajectory.ended}"


def add_charts(out: WorkbookFile, sheets: list[RunSheet]) -> None:
    """Add charts of the loss and the path of all runs to the first sheet."""
    log = all(sheet.is_positive() for sheet in sheets)
    loss = make_chart(out, "Loss of every run", "step", "loss", log=log)
    paths = make_chart(out, "Path of every run", *sheets[0].run.problem.names)
    for sheet in sheets:
        first, second = sheet.run.problem.names
        loss.add_series(sheet.make_series("step", "loss", label := [sheet.name, 0, 0]))
        paths.add_series(sheet.make_series(first, second, label))
    for place, each in enumerate((loss, paths)):
        each.set_size({"width": 620, "height": 380})
        each.set_legend({"position": "bottom"})
        out.about.insert_chart(out.row, 0, each, {"x_offset": 4 + 640 * place})
