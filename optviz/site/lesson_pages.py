"""The lessons: a list with a picture of each, and the page of each in one file."""

from __future__ import annotations

from collections.abc import Iterator

from optviz.lessons.library import read_library
from optviz.lessons.list_page import count_parts
from optviz.lessons.page import build_lesson_page, list_races
from optviz.lessons.record import Lesson
from optviz.site.frame import File, Page, Section, write_heading
from optviz.site.markup import Markup, element, join, link
from optviz.site.plan import Plan
from optviz.views.small_pictures import draw_race

LESSONS_PART = Section(
    "lessons", "Lessons", "Each takes a few minutes: read, predict, and let the run answer."
)


def make_lessons(plan: Plan) -> Iterator[Page | File]:
    """Yield the list of lessons, then each lesson's picture and page."""
    known = read_library()
    chosen = [known[name] for name in plan.choose(LESSONS_PART.name, known)]
    head = write_heading(LESSONS_PART.title, LESSONS_PART.about)
    body = join(head, element("ul", map(write_card, chosen), class_="gallery"))
    yield Page("lessons/index.html", LESSONS_PART.title, LESSONS_PART.about, body)
    for each, follows in zip(chosen, [*chosen[1:], None], strict=True):
        more: dict = {"lessons": "index.html"}
        if follows:
            more["next"] = {"title": follows.title, "href": f"{follows.name}.html"}
        page = build_lesson_page(each, more)
        yield File(f"lessons/{each.name}.html", page.text.encode())
        if races := list_races(each):
            picture = draw_race(races[0].perform(), each.title)
            yield File(f"lessons/{each.name}.svg", picture.encode())


def write_card(lesson: Lesson) -> Markup:
    """Write the picture of a lesson's first race, its title and what it is about, as one link."""
    address = f"/lessons/{lesson.name}"
    size = {"width": 480, "height": 360, "loading": "lazy"}
    picture = element("img", src=f"{address}.svg", alt="", **size) if list_races(lesson) else None
    words = (
        element("span", lesson.title, class_="name"),
        element("span", f"{lesson.about} {count_parts(lesson).capitalize()}.", class_="says"),
    )
    return element("li", link(f"{address}.html", picture, words, class_="tile"))
