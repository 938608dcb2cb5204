"""Reads a lesson from its TOML: the lesson, or all of its mistakes, a sentence each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from optviz.experiments.kinds import find_kind, get_query
from optviz.experiments.surface import Experiment
from optviz.lessons.conditions import OTHERWISE, parse_condition, suggest
from optviz.lessons.files import load_table
from optviz.lessons.highlights import check_highlight
from optviz.lessons.record import Choice, Elsewhere, Lesson, Question, Shown, Step
from optviz.lessons.tables import MOST, Tables

QUESTIONS = 2
"""The fewest questions of a lesson."""
LESSON_KEYS = ("title", "about", "group", "order", "learned", "step")
STEP_KEYS = ("title", "text", "link", "picture", "highlight", "question", "elsewhere")
QUESTION_KEYS = ("ask", "link", "explain", "choice")
CHOICE_KEYS = ("text", "holds")


class LessonError(ValueError):
    """All mistakes of a lesson; `mistakes` has a sentence for each."""

    def __init__(self, name: str, mistakes: list[str]):
        self.mistakes = mistakes
        count = f"{len(mistakes)} mistakes" if len(mistakes) > 1 else "1 mistake"
        super().__init__("\n".join([f"{name}: {count}", *(f"  {each}" for each in mistakes)]))


def read_lesson(source: str | Path, name: str = "") -> Lesson:
    """Read a lesson from a file (a Path) or from the text of one.

    Whether its questions have one answer each is asked by `check_lesson`, which makes the runs.

    Raises: LessonError: my.toml: 2 mistakes, and a sentence for each
    """
    name = name or (source.stem if isinstance(source, Path) else "lesson")
    reader, lesson = _Reader(), None
    with reader.catching("the file"):
        lesson = reader.read(load_table(source), name)
    if lesson is None or reader.mistakes:
        shown = source.name if isinstance(source, Path) else name
        raise LessonError(shown, reader.mistakes)
    return lesson


class _Reader(Tables):
    """Reads the tables of one lesson."""

    # ---- the lesson and its steps ----
    def read(self, table: dict[str, Any], name: str) -> Lesson | None:
        where = "the lesson"
        self.check_keys(where, table, LESSON_KEYS)
        title = self.read_text(where, table, "title")
        about = self.read_text(where, table, "about")
        group = self.read_text(where, table, "group") if "group" in table else ""
        learned = self.read_texts(where, table, "learned")
        order = table.get("order", 0)
        if isinstance(order, bool) or not isinstance(order, (int, float)):
            self.add(where, f"order must be a number, got {order!r:.40}")
        steps: list[Step] = []
        tables = self.read_tables(where, table, "step")
        for place, each in enumerate(tables, 1):
            steps.append(self.read_step(f"step {place}", each, steps[-1] if steps else None))
        count = sum("question" in each for each in tables)
        if count < QUESTIONS:
            why = f"it needs at least {QUESTIONS} questions, a [step.question] each, got {count}"
            self.add(where, why)
        if self.mistakes:
            return None
        return Lesson(name, title, about, tuple(steps), learned, group, float(order))

    def read_step(self, where: str, table: Mapping[str, Any], before: Step | None) -> Step:
        title = self.read_text(where, table, "title")
        where = f'{where} ("{title}")' if title else where
        picture = self.read_picture(where, table)
        self.check_keys(where, table, (*STEP_KEYS, *filter(None, [picture])))
        shown = self.read_shown(where, table, picture, before.shown if before else None)
        text = self.read_text(where, table, "text")
        highlight = self.read_texts(where, table, "highlight")
        if shown:
            for each in highlight:
                with self.catching(f"{where}, highlight"):
                    check_highlight(each, shown)
        question = self.read_question(where, table.get("question"), shown)
        elsewhere = self.read_elsewhere(where, table.get("elsewhere"))
        return Step(title, text, shown or Shown(), highlight, question, elsewhere)

    def read_picture(self, where: str, table: Mapping[str, Any]) -> str:
        """Return the name of a step's picture, "" for a race."""
        picture = table.get("picture", "")
        with self.catching(f"{where}, picture"):
            if "picture" in table:
                from optviz.lessons.pictures import PICTURES

                return suggest("picture", str(picture), PICTURES)
        return ""

    def read_shown(
        self, where: str, table: Mapping[str, Any], picture: str, before: Shown | None
    ) -> Shown | None:
        """Return what a step or question shows: its own, or that before it."""
        if picture and "link" in table:
            self.add(where, 'it has both "picture" and "link": leave out one')
        elif picture and picture in table:
            return self.read_settings(f"{where}, {picture}", picture, table[picture])
        elif "link" in table:
            if (experiment := self.read_race(f"{where}, link", table["link"])) is not None:
                return Shown(experiment)
        elif picture:
            self.add(where, f"the settings of its picture are missing: a table [step.{picture}]")
        elif before is None:
            self.add(where, 'it lacks "link", the link of what it shows, copied from the app')
        return before

    def read_settings(self, where: str, picture: str, settings: Any) -> Shown | None:
        """Return a picture that is no race with its settings."""
        if not isinstance(settings, dict):
            self.add(where, f"it must be a table of settings, got {settings!r:.40}")
            return None
        with self.catching(where):
            from optviz.lessons.pictures import PICTURES

            PICTURES[picture].describe(settings)
            return Shown(picture=picture, table=settings)
        return None

    def read_race(self, where: str, link: Any) -> Experiment | None:
        """Return the experiment of a link, whole or its part after the question mark."""
        if not isinstance(link, str) or not link.strip() or len(link) > MOST["link"]:
            most = f"at most {MOST['link']} characters"
            self.add(where, f"it must be a link of the app in quotes, of {most}, got {link!r:.40}")
            return None
        with self.catching(where):
            kind = find_kind(link.strip())
            if kind.record is not Experiment:
                raise ValueError(f"a step shows a race on a surface, and this link {kind.action}")
            query = get_query(link.strip())
            if "=" not in query:
                raise ValueError(f'"{link[:80]}" says nothing after a "?": copy it from the app')
            experiment, sentences = Experiment.from_query(query)
            for each in sentences:
                self.add(where, each)
            if not any(entry.on for entry in experiment.entries) and not experiment.pins:
                raise ValueError("no optimizer is switched on: switch one on")
            return experiment
        return None

    def read_question(self, where: str, table: Any, shown: Shown | None) -> Question | None:
        if table is None:
            return None
        where = f"{where}, question"
        if not isinstance(table, dict):
            self.add(where, f"it must be a table [step.question], got {table!r:.40}")
            return None
        picture = shown.picture if shown else ""
        self.check_keys(where, table, (*QUESTION_KEYS, *filter(None, [picture])))
        ask = self.read_text(where, table, "ask")
        explain = self.read_text(where, table, "explain")
        answer = self.read_answer(where, table, picture, shown)
        choices = []
        for place, each in enumerate(self.read_tables(where, table, "choice"), 1):
            choices.append(self.read_choice(f"{where}, choice {place}", each, answer))
        if sum(each.holds is None for each in choices) > 1 and not self.mistakes:
            self.add(where, f'at most one choice holds "{OTHERWISE}"')
        texts = [each.text for each in choices if each.text]
        if len(set(texts)) < len(texts):
            self.add(where, "two choices have the same text")
        return Question(ask, tuple(choices), explain, answer or Shown())

    def read_answer(
        self, where: str, table: Mapping[str, Any], picture: str, shown: Shown | None
    ) -> Shown | None:
        """Return what shows the answer: that of the question, or that of its step."""
        if picture and "link" not in table:
            given = table.get(picture)
            if given is None:
                return shown
            return self.read_settings(f"{where}, {picture}", picture, given)
        # A step that lacks its link is told once.
        return self.read_shown(where, table, "", shown) if "link" in table else shown

    def read_choice(self, where: str, table: Any, shown: Shown | None) -> Choice:
        self.check_keys(where, table, CHOICE_KEYS)
        text = self.read_text(where, table, "text", "choice")
        holds = table.get("holds")
        condition = None
        if not isinstance(holds, str):
            got = f", got {holds!r:.40}" if holds is not None else ""
            why = f'it lacks "holds", what the run must show, such as "final 1 < final 2"{got}'
            self.add(where, why)
        elif holds.strip() != OTHERWISE:
            with self.catching(f"{where}, holds"):
                measures = self.list_measures(shown)
                condition = parse_condition(holds, measures)
        return Choice(text, condition)

    def list_measures(self, shown: Shown | None) -> list[str] | None:
        """Return the names of a picture's measures, None for a race."""
        if not shown or not shown.picture:
            return None
        from optviz.lessons.pictures import PICTURES

        return list(PICTURES[shown.picture].measure(dict(shown.table)))

    def read_elsewhere(self, where: str, table: Any) -> Elsewhere | None:
        if table is None:
            return None
        where = f"{where}, elsewhere"
        if not isinstance(table, dict):
            self.add(where, f"it must be a table [step.elsewhere], got {table!r:.40}")
            return None
        self.check_keys(where, table, ("text", "link"))
        text = self.read_text(where, table, "text", "elsewhere")
        link = self.read_text(where, table, "link")
        with self.catching(f"{where}, link"):
            check_page_link(link)
        return Elsewhere(text, link)


def check_page_link(link: str) -> None:
    """Check a link to a page: of the app, or of the web.

    Raises: ValueError: javascript:alert(1) is no link to a page: it begins with / or https://
    """
    parts = urlsplit(link)
    if parts.scheme in ("http", "https") and parts.netloc:
        return
    if parts.scheme or not link.startswith("/") or link.startswith("//"):
        raise ValueError(f"{link[:60]} is no link to a page: it begins with / or https://")
    if parts.query and parts.path in ("/", "/movielens"):
        _, sentences = find_kind(link).record.from_query(parts.query)
        if sentences:
            raise ValueError(sentences[0])
