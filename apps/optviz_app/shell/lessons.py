"""The lessons in the header: a menu of links, by group."""

from __future__ import annotations

from typing import Any

from dash import html

from optviz.lessons.library import group_lessons
from optviz.lessons.record import Lesson
from optviz_app.components.fields import build_menu
from optviz_app.server.lesson_pages import LIST


def menu() -> Any:
    """List the lessons as links that can be shared and opened in new tabs, behind one word."""
    content: list[Any] = []
    for group, lessons in group_lessons().items():
        content.append(html.P(group, className="group"))
        content += map(write_link, lessons)
    content.append(html.A("All lessons", href=LIST, className="all"))
    return build_menu("lessons", "Lessons", content)


def write_link(lesson: Lesson) -> Any:
    """Build the link to a lesson, with how long it is."""
    count = len(lesson.steps)
    parts = html.Span(f"{count} step{'s' * (count != 1)}", className="parts")
    return html.A([lesson.title, parts], href=f"/lesson/{lesson.name}", title=lesson.about)
