"""The workbook of runs: a sheet for each, and one that says what they are and how to use them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from datetime import datetime
from inspect import getdoc
from typing import Any

import xlsxwriter

from optviz import __version__
from optviz.problems.base import Noisy
from optviz.rules import Decay
from optviz.runs.origin import problem_words
from optviz.specs import spell_entry
from optviz.spreadsheets.about_sheet import LOOKS, NUMBER, begin, formats_of, write_pairs
from optviz.spreadsheets.column import Column, Run
from optviz.spreadsheets.columns import settings_of
from optviz.spreadsheets.run_sheet import RunSheet, chart
from optviz.spreadsheets.schedule_cells import factor_text
from optviz.tracing import trace

USE = (
    "Each run has a sheet. Its first table row holds the start and what the rule remembered.",
    "Change a yellow cell there, such as lr: every row below is a formula of the row above it.",
    "The settings have names that only their sheet knows, so each run has its own lr.",
    "Folded columns (the + above the headings) hold parts of the formula and of its derivatives.",
    "Rest the pointer on a heading to read what the column is.",
)
KINKS = {"abs", "max", "min", "sign", "floor", "ceil"}
HAIR = (
    "LibreOffice takes a tiny difference for 0: a run that comes within rounding of an edge of "
    "abs, max, min, sign, floor or ceil can go another way there than it did in optviz."
)

_HEAD = LOOKS["head"] | {"text_wrap": True}
RUN_LOOKS = LOOKS | {
    "head": _HEAD,
    "above": _HEAD | NUMBER,
    "input": LOOKS["input"] | {"border": 1},
    "start": NUMBER,
}
"""How cells look; `above` is the heading of a column of numbers."""


def book(runs: list[Run], columns: list[list[Column]], left_out: Iterable[str] = ()) -> bytes:
    """The bytes of the workbook; the same runs give the same bytes.

    `left_out` are sentences about runs that have no sheet.
    """
    data = io.BytesIO()
    workbook = xlsxwriter.Workbook(data, {"in_memory": True})
    workbook.set_properties({"title": "optviz runs", "created": datetime(2000, 1, 1)})
    formats = formats_of(workbook, RUN_LOOKS)
    about = workbook.add_worksheet("about")
    sheets = []
    for run, own in zip(runs, columns, strict=True):
        run = run._replace(label=writable(run.label))
        sheet = RunSheet(workbook, formats, sheet_name(run.label, sheets), run, own)
        sheet.write(settings_of(run, trace(run.rule)))
        sheets.append(sheet)
    write_about(workbook, about, formats, sheets, left_out)
    workbook.close()
    return data.getvalue()


def sheet_name(label: str, others: list[RunSheet]) -> str:
    """A label as a sheet can be called: 31 characters, some left out, no two alike."""
    taken = {"about", "history", "true", "false", *(each.name.casefold() for each in others)}
    plain = cut(re.sub(r"[\[\]:*?/\\'!\x00-\x1f]+", " ", label).strip(), 31).strip() or "run"
    name, number = plain, 2
    while name.casefold() in taken:
        tail = f" #{number}"
        name, number = cut(plain, 31 - len(tail)) + tail, number + 1
    return name


def writable(text: str) -> str:
    """A text without the characters that a spreadsheet's file cannot hold."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "\ufffd", text)


def cut(text: str, most: int) -> str:
    """The beginning of a text, of so many characters as Excel counts them: an emoji is two."""
    return text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore")


def write_about(
    workbook: Any,
    about: Any,
    formats: dict[str, Any],
    sheets: list[RunSheet],
    left_out: Iterable[str],
) -> None:
    """The sheet that says what the workbook is."""
    begin(about, formats, "Runs that compute themselves", 34)
    row = 2
    for sheet in sheets:
        about.write_url(row, 0, f"internal:'{sheet.name}'!A1", formats["link"], sheet.name)
        about.write_string(row, 1, ended(sheet.run), formats["text"])
        row += 1
    row = write_pairs(about, formats, row, [("", writable(text)) for text in left_out])
    row = write_pairs(about, formats, row + 1, described([sheet.run for sheet in sheets]))
    add_charts(workbook, about, row + 1, sheets)
    rules = {rule_text(sheet.run.rule): None for sheet in sheets}
    write_pairs(about, formats, row + 22, [("rule", text) for text in rules])


def described(runs: list[Run]) -> list[tuple[str, str]]:
    """What the workbook holds and how to use it: pairs of a word and its text."""
    pairs = [("how to use it" if text is USE[0] else "", text) for text in USE]
    pairs += [("not live", text) for text in not_live(runs)]
    pairs += [("not exact", HAIR)] if any(map(kinked, runs)) else []
    pairs += [("problem", text) for text in {problem_text(run): None for run in runs}]
    return [*pairs, ("made by", f"optviz {__version__}")]


def not_live(runs: list[Run]) -> list[str]:
    """What of the runs stands as numbers and does not change with the settings."""
    out = []
    if any(isinstance(run.problem, Noisy) for run in runs):
        out.append("The noise on the gradients stands as numbers, the same as in the recorded run.")
    if any(factor_text(run.schedule) is None for run in runs):
        out.append("A schedule without a formula stands as numbers in the column lr factor.")
    out.append(
        "The number of steps: copy the last full row, from step to the last new, downward to make "
        "more (in no chart)."
    )
    return out


def kinked(run: Run) -> bool:
    """Whether the formula of a run has edges, where the gradient jumps."""
    formula = getattr(run.bare, "formula", None)
    return formula is not None and any(node.op in KINKS for node in formula.program.nodes)


def problem_text(run: Run) -> str:
    """The problem of a run in words."""
    bare = run.bare
    noise = f", noise {run.problem.sigma:g}" if isinstance(run.problem, Noisy) else ""
    if hasattr(bare, "formula"):
        words, text = problem_words(bare), bare.formula.text
        if bare.name == text:
            words = f"formula{words[len(text[:40]) :]}"
        return f"{words}: {text}{noise}"
    samples = "each step takes the gradient of one sample, in their order"
    order = "each step takes the gradient of all samples" if noise else samples
    return f"{bare.name}: a*x + b through {len(bare.x)} samples{noise}; {order}"


def rule_text(rule: Any) -> str:
    """The name of a rule, what it does, and its formula; of a decay, those of the rule in it."""
    inner = f"\n\n{rule_text(rule.rule)}" if isinstance(rule, Decay) else ""
    words = re.sub(r"Shapes:.*(\n .*)*\n?", "", getdoc(type(rule)) or "")
    return f"{type(rule).__name__}: {words.rstrip()}{inner}"


def ended(run: Run) -> str:
    """How a run was made and how it ended."""
    trajectory = run.trajectory
    start = ", ".join(f"{value:.6g}" for value in trajectory.start)
    spelled = trajectory.about.get("rule") or spell_entry(run.rule, run.schedule)
    first, last = int(trajectory.step[0]), int(trajectory.step[-1])
    return f"{spelled}; steps {first} to {last} from ({start}); {trajectory.ended}"


def add_charts(workbook: Any, about: Any, row: int, sheets: list[RunSheet]) -> None:
    """The loss and the path of all runs, under what is said of them."""
    log = all(sheet.positive() for sheet in sheets)
    loss = chart(workbook, "Loss of every run", "step", "loss", log=log)
    paths = chart(workbook, "Path of every run", *sheets[0].run.problem.names)
    for sheet in sheets:
        first, second = sheet.run.problem.names
        loss.add_series(sheet.series("step", "loss", label := [sheet.name, 0, 0]))
        paths.add_series(sheet.series(first, second, label))
    for place, each in enumerate((loss, paths)):
        each.set_size({"width": 620, "height": 380})
        each.set_legend({"position": "bottom"})
        about.insert_chart(row, 0, each, {"x_offset": 4 + 640 * place})
