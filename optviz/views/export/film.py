"""Films of a run: GIF, MP4 and WebM, drawn fast over a picture that plotly draws once.

Chromium takes a third of a second for a frame; here it draws what stands still, and the lines and
marks of the runs are painted over it in the places of plotly's axes.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from optviz.extras import MissingPackageError, describe_missing
from optviz.views.drawing.theme import THEMES
from optviz.views.export.figure_page import Page
from optviz.views.export.figure_panels import Subject, read_subject
from optviz.views.export.figure_stamp import describe_subject
from optviz.views.export.film_options import FilmOptions, check_film
from optviz.views.export.paper import draw_page
from optviz.views.written import name_file

THINNINGS = 3
"""Times that every second frame is left out of a GIF that is too large."""


class FilmCanceledError(Exception):
    """Raised where a film was ordered to stop; nothing of it is left."""


class Film(NamedTuple):
    """A film that was written."""

    path: Path
    frames: int
    fps: int
    width: int
    height: int
    steps: int
    """The last step of the runs."""
    of_run: int
    """The frames that show the run; the others hold its end."""

    def words(self) -> str:
        """Return its length, its size, and which steps it shows."""
        kilo = self.path.stat().st_size / 1000
        size = f"{kilo / 1000:.1f} MB" if kilo >= 1000 else f"{kilo:.0f} kB"
        every = self.steps / max(1, self.of_run - 1)
        which = f"a frame every {every:.3g} steps of {self.steps:,}" if every > 1 else "every step"
        return (
            f"{self.frames / self.fps:.3g} s, {self.fps} frames a second, {which}; "
            f"{self.width} x {self.height} pixels, {size}"
        )


def save_film(
    thing: Any,
    file: str | Path,
    *,
    on_progress: Callable[[int, int], Any] | None = None,
    cancel: Callable[[], bool] | None = None,
    **options: Any,
) -> Film:
    """Write the run of an Experiment or a Comparison as a film; return what was written.

    The file's ending says what it becomes: GIF, MP4 or WebM. `panels` are of surface, loss,
    distance, state, rates, schedule; `width` is in pixels, `font` in points; `seconds` is the
    length of the run, `fps` the frames a second, `hold` the seconds that the end stays. `paths`
    grow with the step or are whole from the start. A GIF begins again at its end unless
    `loop=False`; of one above `most_mb` every second frame is left out, and again.

    `on_progress(done, total)` is called for each frame. Once `cancel()` is true the film ends and
    leaves no file; an earlier file of that name stays.

    Raises: ValueError: a film ends in .gif, .mp4 or .webm, got "run.avi"
            ValueError: a film of at most 1 MB cannot be made of this run: ...
            MissingPackageError: films need pillow: pip install "optviz[video]"
            RuntimeError: MP4 and WebM need a video writer: pip install "optviz[video]", or ...
            FilmCanceledError: once canceled
    """
    path, choices = Path(file), FilmOptions(**options)
    kind = check_film(path.name)
    check_writer(kind)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.touch()  # before the work: a folder may not be written to
        subject = read_subject(thing)
        film = write_part(part, kind, subject, choices, Watch(on_progress, cancel))
        part.replace(path)
    except OSError as error:
        if error.filename != str(part):
            raise
        raise name_file(error, path) from None
    finally:
        part.unlink(missing_ok=True)
    return film._replace(path=path)


class Watch(NamedTuple):
    """The listeners of a film under way: to its progress, and for an order to stop."""

    tell: Callable[[int, int], Any] | None = None
    cancel: Callable[[], bool] | None = None

    def check(self, done: int, total: int) -> None:
        """Tell how far the film is; leave it, if it was ordered to stop."""
        if self.cancel is not None and self.cancel():
            raise FilmCanceledError
        if self.tell is not None:
            self.tell(done, total)


def check_writer(kind: str) -> None:
    """Refuse to begin a film that nothing here can write."""
    try:
        import PIL  # noqa: F401
    except ImportError:
        raise MissingPackageError(
            describe_missing("a film", "pillow", "video"), name="PIL"
        ) from None
    if kind != "gif":
        from optviz.views.export.film_writers import find_ffmpeg

        find_ffmpeg()


def write_part(file: Path, kind: str, subject: Subject, options: FilmOptions, watch: Watch) -> Film:
    """Write a film to a file that is not yet its own; return what was written."""
    from optviz.views.export.film_writers import choose_palette, write_gif, write_video

    watch.check(0, options.count_frames())
    painter, colors = prepare(subject, options)
    last = max(int(each.step[-1]) for each in subject.runs)
    for _ in range(THINNINGS + 1):
        shown = choose_steps(last, options)
        frames = paint_frames(painter, shown, options, watch)
        if kind == "gif":
            some = [painter.paint(each, options.paths == "whole") for each in (0, last / 2, last)]
            write_gif(file, frames, choose_palette(some, colors), options.fps, options.loop)
        else:
            title = describe_subject(subject)["Title"]
            write_video(file, frames, kind, options.fps, title)
        wide, high = painter.still.size
        made = Film(file, len(shown), options.fps, wide, high, last, options.count_frames())
        if kind != "gif" or not options.most_mb or file.stat().st_size <= options.most_mb * 1e6:
            return made
        options = options.thin()
    raise ValueError(
        f"a film of at most {options.most_mb:g} MB cannot be made of this run: "
        f"it has {file.stat().st_size / 1e6:.3g} MB; make it narrower or shorter"
    )


def choose_steps(last: int, options: FilmOptions) -> list[float]:
    """Return the step of each frame: even along the run, then the end for as long as it stays.

    Where there are more steps than frames they are whole; else all is on its way between two.
    """
    count = options.count_frames()
    steps = np.linspace(0, last, count)
    steps = np.round(steps) if last >= count else steps
    return [*map(float, steps), *[float(last)] * round(options.hold * options.fps)]


def paint_frames(
    painter: Any, shown: list[float], options: FilmOptions, watch: Watch
) -> Iterator[Any]:
    """Yield the frames, each told and open to an order to stop."""
    before, frame = None, None
    for place, step in enumerate(shown):
        watch.check(place, len(shown))
        if step != before:
            before, frame = step, painter.paint(step, options.paths == "whole")
        yield frame
    watch.check(len(shown), len(shown))


def prepare(subject: Subject, options: FilmOptions) -> tuple[Any, list[str]]:
    """Return what paints the frames, and the colors that move in them."""
    from PIL import Image

    from optviz.views.export.files import render_image
    from optviz.views.export.film_painter import Painter
    from optviz.views.export.film_plots import split_figure

    subject = subject._replace(at=None)  # the film has steps of its own
    high = draw_page(subject, options.to_figure())[1].height
    figure, page = draw_page(subject, options.to_figure(2 * round(high / 2)))
    size = options.width, round(page.height)
    figure["layout"] |= {"width": size[0], "height": size[1]}
    still, plots = split_figure(figure, subject.runs)
    picture = Image.open(io.BytesIO(render_image(still, "png", *size)))
    colors = [each.look["color"] for plot in plots for each in plot.lines]
    colors += ["#ffffff", THEMES[options.theme].page, THEMES[options.theme].text]
    words = place_words(page, options)
    return Painter(picture, plots, THEMES[options.theme].text, words), colors


def place_words(page: Page, options: FilmOptions) -> tuple[float, float, float]:
    """Return the upper right corner of the words that tell the step, and their size."""
    size = options.to_figure().size_px
    first = page.places[0]
    return first.x + first.width, first.head + 0.35 * size, size
