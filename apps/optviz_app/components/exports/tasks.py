"""A figure or a film as long work: made in a worker, saved, and found again."""

from __future__ import annotations

import json
import shutil
import tempfile
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import optviz
from optviz.experiments.surface import Experiment
from optviz.extras import describe_missing
from optviz_app.jobs.channel import Reporter, Stopped
from optviz_app.jobs.tasks import PART, Product, Request, Task


class ExportTask(Task):
    """The shared part of figures and films: a request of a link, a format and options."""

    phases = ("drawing",)
    what = ""
    """What needs packages, in a sentence."""

    @cached_property
    def asked(self) -> dict[str, Any]:
        """The link, the format and the options."""
        return json.loads(self.request.text)

    @property
    def experiment(self) -> Experiment:
        """The experiment of the link."""
        return Experiment.from_query(self.asked["link"])[0]

    @property
    def name(self) -> str:
        """The file's name."""
        return f"{self.noun}.{self.asked['format']}"

    def describe_missing(self) -> str:
        """Say that Chromium's driver is not installed here, and how to get it."""
        return "" if find_spec("kaleido") else describe_missing(self.what, "kaleido", "image")


class FigureTask(ExportTask):
    """A figure for a paper or a slide."""

    noun, plural, what = "figure", "figures", "a figure"

    def run(self, reporter: Reporter) -> Product:
        """Draw the figure; one that is canceled leaves nothing."""
        from optviz.views.export.figure_options import FigureOptions
        from optviz.views.export.paper import make_figure_file

        reporter.tell("drawing", done=0, total=1)
        options = FigureOptions.from_dict(self.asked["options"])
        try:
            content = make_figure_file(self.experiment, self.asked["format"], options)
        except RuntimeError as error:  # such as a browser that is missing
            raise ValueError(str(error)) from error
        reporter.check()
        words = {"file": self.name, "said": f"{len(content) / 1000:,.0f} kB"}
        return Product(words, lambda folder: (folder / self.name).write_bytes(content))


class FilmTask(ExportTask):
    """A film of a run."""

    noun, plural, what = "film", "films", "a film"

    def describe_missing(self) -> str:
        """Say which package is not installed here, and how to get it."""
        if missing := super().describe_missing():
            return missing
        from optviz.views.export.film import check_writer

        try:
            check_writer(self.asked["format"])
        except (RuntimeError, ValueError) as error:
            return str(error)
        return ""

    def run(self, reporter: Reporter) -> Product:
        """Write the film, told frame by frame; one that is canceled leaves nothing."""
        from optviz.views.export.film import FilmCanceledError, save_film

        def tell(done: int, total: int) -> None:
            if reporter.is_due():
                reporter.tell("drawing", done=done, total=total)

        home = self.target.parent
        home.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=PART, dir=home))
        given = {
            key: tuple(v) if isinstance(v, list) else v for key, v in self.asked["options"].items()
        }
        cancel = reporter.orders.must_stop
        try:
            film = save_film(
                self.experiment, folder / self.name, on_progress=tell, cancel=cancel, **given
            )
        except BaseException as error:
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, FilmCanceledError):
                raise Stopped from error
            if isinstance(error, RuntimeError):
                raise ValueError(str(error)) from error
            raise

        def move(target: Path) -> None:
            film.path.replace(target / self.name)
            shutil.rmtree(folder, ignore_errors=True)

        return Product({"file": self.name, "said": film.words()}, move)


def make_export_request(sent: Any) -> Request:
    """Return the request for what a page asked, in its one spelling.

    Raises: ValueError: a sentence on what is not understood
    """
    from optviz.views.export.figure_options import FORMATS as FIGURES
    from optviz.views.export.figure_options import FigureOptions, check_choice
    from optviz.views.export.film_options import FORMATS as FILMS
    from optviz.views.export.film_options import FilmOptions

    sent = sent if isinstance(sent, dict) else {}
    kind = check_choice("kind", sent.get("kind"), ("figure", "film"))
    formats, read = (FIGURES, FigureOptions) if kind == "figure" else (FILMS, FilmOptions)
    words = {
        "format": check_choice("format", sent.get("format"), formats),
        "link": parse_link(sent.get("link")).to_query(),
        "options": json.loads(read.from_dict(sent.get("options")).to_json()),
        "version": optviz.__version__,
    }
    return Request(kind, json.dumps(words, sort_keys=True, separators=(",", ":")))


def parse_link(sent: Any) -> Experiment:
    """Return the experiment of a link; one that is not understood is refused.

    Raises: ValueError: no surface "rosenbrok"; ...
    """
    if not isinstance(sent, str):
        raise ValueError("the link of an experiment is missing: reload the page")
    experiment, sentences = Experiment.from_query(sent)
    if sentences:
        raise ValueError(". ".join(sentences))
    return experiment
