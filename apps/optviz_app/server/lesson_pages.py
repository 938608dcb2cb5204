"""The lessons at addresses of the app: the list of them, and a page each."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any

from dash import Dash
from flask import Flask, Response

from optviz.lessons.conditions import suggest
from optviz.lessons.library import read_library
from optviz.lessons.list_page import build_list_page
from optviz.lessons.page import build_lesson_page, find_next
from optviz.lessons.record import Lesson
from optviz.views.live.page import LivePage
from optviz_app.server.live_pages import answer_message, answer_page

LIST = "/lessons"


def register(app: Dash, own: Iterable[Lesson] = ()) -> None:
    """Serve the list of lessons at /lessons, and a lesson at /lesson/NAME.

    Lessons of one's own stand before those of the library, in the place of one of the same name.
    """
    server: Flask = app.server  # type: ignore[assignment]

    @cache
    def find_lessons() -> dict[str, Lesson]:
        known = {each.name: each for each in own}
        return known | {k: each for k, each in read_library().items() if k not in known}

    @server.get(LIST)
    def lessons() -> Response:
        return answer_page(make_list(tuple(find_lessons().values())))

    @server.get("/lesson/<name>")
    def lesson(name: str) -> Response:
        known = find_lessons()
        try:
            suggest("lesson", name, known)
        except ValueError as error:
            sentence = f"There is {error}."
            return answer_message("No such lesson", sentence, LIST, "All lessons", 404)
        return answer_page(make_page(known[name]))


@lru_cache(maxsize=32)
def make_page(lesson: Lesson) -> LivePage:
    """Return the page of a lesson as the app serves it."""
    more: dict[str, Any] = {"home": "/", "lessons": LIST}
    if follows := find_next(lesson):
        more["next"] = {"title": follows.title, "href": f"/lesson/{follows.name}"}
    return build_lesson_page(lesson, more)


@lru_cache(maxsize=4)
def make_list(lessons: tuple[Lesson, ...]) -> LivePage:
    """Return the list of lessons as the app serves it."""
    addresses = {each: f"/lesson/{each.name}" for each in lessons}
    return build_list_page(addresses, home="/")
