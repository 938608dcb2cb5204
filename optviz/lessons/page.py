"""The page of a lesson: its text beside the live pictures, in one file that works from a disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from json import dumps
from pathlib import Path
from typing import Any

from optviz.experiments.surface import PLAY, Experiment
from optviz.glossary import WORDS, find_term
from optviz.lessons.conditions import write_condition
from optviz.lessons.library import read_library
from optviz.lessons.prose import split_text
from optviz.lessons.record import Lesson, Question, Shown, Step
from optviz.views.live.bundle import read_module
from optviz.views.live.page import LivePage, build_page, describe_page
from optviz.views.live.payload import pack_samples
from optviz.views.written import check_page, write_whole

ENTRY = "views/live/lesson/main.js"
STYLES = ("views/live/lesson/lesson.css", "views/live/lesson/pictures/pictures.css")


def lesson_page(lesson: Lesson, file: str | Path) -> Path:
    """Write the page of a lesson as one file that needs no server and no network.

    Raises: ValueError: a page ends in .html, got "my.pdf"
    """
    path = check_page(file)
    return write_whole(path, build_lesson_page(lesson).text)


def build_lesson_page(lesson: Lesson, more: Mapping[str, Any] | None = None) -> LivePage:
    """Return the page of a lesson.

    `more` goes into its data: `home`, the address of the app within it; `lessons`, that of the list
    of lessons; `next`, the title and the address of the lesson that follows.
    """
    data = describe_lesson_page(lesson) | dict(more or {})
    return build_page(
        data,
        title=lesson.title,
        lead=lesson.about,
        about="",
        entry=ENTRY,
        style="\n".join(map(read_module, STYLES)),
        connects="home" in data,
    )


def describe_lesson_page(lesson: Lesson) -> dict[str, Any]:
    """Return the data of the page: the live page's, and the lesson."""
    races = list_races(lesson)
    pins = tuple(dict.fromkeys(pin for race in races for pin in race.pins))
    first = replace(races[0] if races else Experiment(), pins=pins, seed=find_seed(lesson))
    data = describe_page(first)
    noisy = max([data["noisy"], *(race.steps for race in races if race.noise)])
    data["noisy"], data["experiment"]["samples"] = noisy, pack_samples(noisy, first.seed)
    for shown in list_shown(lesson):
        if shown.picture:
            from optviz.lessons.pictures import PICTURES

            data["modules"] |= PICTURES[shown.picture].modules(shown.table)
    return data | {"lesson": describe_lesson(lesson)}


def describe_lesson(lesson: Lesson) -> dict[str, Any]:
    """Return a lesson as data for views/live/lesson/main.js."""
    seed = find_seed(lesson)
    record = {
        "name": lesson.name,
        "title": lesson.title,
        "about": lesson.about,
        "learned": [describe_text(each) for each in lesson.learned],
        "steps": [describe_step(each, seed) for each in lesson.steps],
        "terms": {term: WORDS[find_term(term)].says for term in list_terms(lesson)},
    }
    text = dumps(record["steps"], sort_keys=True)
    return record | {"key": f"optviz-lesson-{lesson.name}-{sha256(text.encode()).hexdigest()[:8]}"}


def describe_step(step: Step, seed: int) -> dict[str, Any]:
    """Return a step as data."""
    return {
        "title": step.title,
        "text": describe_text(step.text),
        "shown": describe_shown(step.shown, seed),
        "highlight": step.highlight,
        "elsewhere": step.elsewhere and {"text": step.elsewhere.text, "link": step.elsewhere.link},
        "question": step.question and describe_question(step.question, step.shown, seed),
    }


def describe_question(question: Question, before: Shown, seed: int) -> dict[str, Any]:
    """Return a question as data; `isHidden` where its answer is the run of the step itself."""
    return {
        "ask": describe_text(question.ask),
        "explain": describe_text(question.explain),
        "shown": describe_shown(question.shown, seed),
        "isHidden": question.shown == before,
        "choices": [
            {
                "text": describe_text(each.text),
                "holds": None if each.holds is None else write_condition(each.holds),
            }
            for each in question.choices
        ],
    }


def describe_shown(shown: Shown, seed: int) -> dict[str, Any]:
    """Return a race as its query, with that of the same without its runs; or a picture."""
    if shown.experiment is None:
        from optviz.lessons.pictures import PICTURES

        table = PICTURES[shown.picture].describe(shown.table)
        return {"picture": shown.picture, "table": table, "query": ""}
    view = tuple(each for each in shown.experiment.view if each != PLAY)
    race = replace(shown.experiment, seed=seed, at=None, view=view)
    off = tuple(text if text.endswith("on=no") else f"{text},on=no" for text in race.rules)
    bare = replace(race, rules=off, forks=(), pins=())
    return {"picture": "", "query": race.to_query(), "bare": bare.to_query()}


def describe_text(text: str) -> list[list[str]]:
    """Return the pieces of a text, each as kind, words and term."""
    return [list(each) for each in split_text(text)]


def list_shown(lesson: Lesson) -> Iterator[Shown]:
    """Yield what the steps and the answers of a lesson show."""
    for step in lesson.steps:
        yield step.shown
        if step.question:
            yield step.question.shown


def list_races(lesson: Lesson) -> list[Experiment]:
    """Return the races of a lesson in order."""
    return [each.experiment for each in list_shown(lesson) if each.experiment]


def find_seed(lesson: Lesson) -> int:
    """Return the seed of a lesson's noise."""
    return next((race.seed for race in list_races(lesson) if race.noise), 0)


def list_terms(lesson: Lesson) -> set[str]:
    """Return the terms of the glossary that a lesson's texts link."""
    texts = list(lesson.learned)
    for step in lesson.steps:
        texts.append(step.text)
        if asked := step.question:
            texts += [asked.ask, asked.explain, *(each.text for each in asked.choices)]
    return {piece.term for text in texts for piece in split_text(text) if piece.kind == "term"}


def find_next(lesson: Lesson) -> Lesson | None:
    """Return the lesson that follows one of the library."""
    names = list(read_library())
    place = names.index(lesson.name) + 1 if lesson.name in names else len(names)
    return read_library()[names[place]] if place < len(names) else None
