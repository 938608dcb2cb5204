"""The stories: a page for each, with its picture, its text and its result."""

from __future__ import annotations

from collections.abc import Iterator

from optviz.experiments.scripts import write_race_script
from optviz.experiments.stories import STORIES, Story
from optviz.site.code import show_code
from optviz.site.frame import File, Page, Section, write_heading
from optviz.site.markup import element, join, section
from optviz.site.plan import Plan
from optviz.site.race_parts import make_race, write_card

STORIES_PART = Section("stories", "Stories", "Small races that each show one thing.")


def make_stories(plan: Plan) -> Iterator[Page | File]:
    """Yield the list of stories, then each story's picture and page."""
    known = {each.name: each for each in STORIES}
    chosen = [known[name] for name in plan.choose("stories", known)]
    cards = [write_card(f"/stories/{each.name}", each.title, each.text) for each in chosen]
    head = write_heading(STORIES_PART.title, STORIES_PART.about)
    body = join(head, element("ul", cards, class_="gallery"))
    yield Page("stories/index.html", STORIES_PART.title, STORIES_PART.about, body)
    for each in chosen:
        yield from make_story(each)


def make_story(story: Story) -> Iterator[Page | File]:
    """Yield the page of a story and the files of its race."""
    race = make_race(f"stories/{story.name}", story.experiment, story.title)
    body = join(
        write_heading(story.title, story.text, above=STORIES_PART),
        race.body,
        section(
            "Make it again",
            element("p", "In the app, with this address below the app's own:"),
            element("pre", story.link, class_="doc", tabindex=0),
            element("p", "In the terminal:"),
            show_code(f"optviz run '{story.link}'", "bash", "command"),
            element("p", "In Python:"),
            show_code(write_race_script(story.experiment)),
        ),
    )
    yield Page(f"stories/{story.name}.html", story.title, story.text, body, race.needs)
    yield from race.files
