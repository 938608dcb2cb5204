"""The record of a training on MovieLens: model, optimizers, data, and what is predicted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Self

from optviz.experiments.base import Record, Texts
from optviz.experiments.limits import (
    check_count,
    check_length,
    check_option,
    format_rated,
    normalize_rule,
    parse_rated,
)
from optviz.landscapes.pictures import COLORS, LOOKS, PICTURES
from optviz.landscapes.ways import WAYS
from optviz.recommenders.studies.kinds import STUDIES
from optviz.recommenders.training.defaults import SUGGESTED_RULES
from optviz.specs import parse_number

if TYPE_CHECKING:
    from optviz.movielens.ratings import Ratings
    from optviz.recommenders.training.record import Training
    from optviz.recommenders.training.training_loop import Progress

COUNTS = ("epochs", "batch", "user", "movie", "optimizer", "known", "like", "least")
COUNTS += ("dims", "spot", "first", "second", "grid")
PANELS = ("train", "landscape", "embeddings", "recommend", "studies")
"""The parts of the page, in the order of their tabs."""
LOOKED_AT = ("user", "movie", "panel", "optimizer", "rated", "solver", "known", "like", "least")
LANDSCAPE = ("picture", "axes", "first", "second", "grid")
"""Fields that say which picture of the loss is drawn."""
LOOKED_AT += ("dims", "spot", "study", *LANDSCAPE, "color", "look")
"""Fields that say what is looked at once the training is done."""
GRIDS = (21, 31, 51, 101)
"""The points along each side of a picture of the loss."""


@dataclass(frozen=True)
class RatingsExperiment(Record):
    """Optimizers that train a rating model on MovieLens."""

    rules: tuple[str, ...] = ()
    """Without any: those that suit the model."""
    data: str = "ml-100k"
    model: str = "dot_bias"
    epochs: int = 5
    batch: int = 256
    user: int | None = None
    """The user whose rating is predicted, by published id; None is the first user."""
    movie: int | None = None
    """The movie of that prediction, by published id; None is the one rated most often."""
    panel: str = "train"
    """The part of the page that is open."""
    optimizer: int = 0
    """The optimizer whose model is looked at, by its place, the first being 1; 0 is the best."""
    rated: tuple[str, ...] = ()
    """The ratings of a new user: `50:4.5` is the movie 50 and its stars."""
    solver: str = "adam:lr=0.05"
    """The rule that finds the new user's vector."""
    known: int | None = None
    """The user of the data who is recommended to; None is the new user."""
    like: int | None = None
    """The movie to which others are similar; None is the one rated most often."""
    least: int = 20
    """The training ratings that a recommended movie has at least."""
    study: str = next(iter(STUDIES))
    """The study whose answer is looked at."""
    dims: int = 2
    """The dimensions of the map of embeddings."""
    spot: int | None = None
    """The movie that is looked at on the map."""
    picture: str = "plane"
    """The picture of the loss that is drawn."""
    axes: str = "paths"
    """How the axes of its plane are chosen."""
    first: int = 0
    """The run that a picture is about, by its place, the first being 1; 0 is the best."""
    second: int = 0
    """The other run of a picture of two; 0 is the best of the others."""
    grid: int = 51
    """The points along each side of the picture."""
    color: str = "run"
    """What the color of a path means."""
    look: str = "above"
    """How the picture is looked at."""

    commas: ClassVar = ("rated",)
    added: ClassVar = ("panel", "optimizer", "rated", "solver", "known", "like", "least", "study")
    added += ("dims", "spot", *LANDSCAPE, "color", "look")
    parsers: ClassVar = Record.parsers | {
        "data": str,
        "model": str,
        "panel": str,
        "rated": str,
        "solver": str,
        "study": str,
        **dict.fromkeys(("picture", "axes", "color", "look"), str),
        **{name: partial(parse_number, name) for name in COUNTS},
    }

    def __post_init__(self):
        self._set(model=check_option("model", self.model, tuple(SUGGESTED_RULES)))
        self._set(rules=self.rules or SUGGESTED_RULES[self.model])
        super().__post_init__()
        self._set(epochs=check_count("epochs", self.epochs))
        self._set(batch=check_count("batch", self.batch))
        self._set(data=check_option("data", self.data, ("ml-latest-small", "ml-100k")))
        self._set(panel=check_option("panel", self.panel, PANELS))
        self._set(study=check_option("study", self.study, tuple(STUDIES)))
        self._set(solver=normalize_rule(self.solver), least=check_count("least", self.least))
        self._set(optimizer=check_count("optimizer", self.optimizer, low=0))
        self._set(rated=check_rated(check_length("rated", self.rated)))
        if self.dims not in (2, 3):
            raise ValueError(f"dims must be 2 or 3, got {str(self.dims)[:40]}")
        self._set(dims=int(self.dims))
        self._check_landscape()
        for name in ("user", "movie", "known", "like", "spot"):
            if (value := getattr(self, name)) is not None:
                self._set(**{name: check_count(name, value, low=0)})

    def _check_landscape(self) -> None:
        """Refuse a picture of the loss that is not known."""
        options = {"picture": PICTURES, "axes": WAYS, "color": COLORS, "look": LOOKS}
        for name, known in options.items():
            self._set(**{name: check_option(name, getattr(self, name), tuple(known))})
        for name in ("first", "second"):
            self._set(**{name: check_count(name, getattr(self, name), low=0)})
        if self.grid not in GRIDS:
            *most, last = map(str, GRIDS)
            raise ValueError(f"grid must be {', '.join(most)} or {last}, got {str(self.grid)[:40]}")
        self._set(grid=int(self.grid))

    @property
    def stars(self) -> dict[int, float]:
        """The stars that the new user gave, by the published id of the movie."""
        return dict(map(parse_rated, self.rated))

    def training(self) -> RatingsExperiment:
        """Return the part that a training depends on: no optimizer that is off, nothing looked at.

        Raises: ValueError: every optimizer is switched off: switch one on
        """
        on = tuple(text for text, entry in zip(self.rules, self.entries, strict=True) if entry.on)
        if not on:
            raise ValueError("every optimizer is switched off: switch one on")
        looked_at = {each.name: each.default for each in fields(self) if each.name in LOOKED_AT}
        return replace(self, rules=on, **looked_at)

    def perform(
        self,
        data: Ratings | None = None,
        *,
        on_progress: Callable[[int, Progress], Any] | None = None,
        cancel: Callable[[], Any] | None = None,
    ) -> list[Training]:
        """Train with each optimizer that is switched on, one after another.

        `on_progress(index, progress)` is called during the training of that index. Ctrl-C, or
        `cancel()` being true, ends the current training, and no further one begins.
        """
        from optviz.movielens import load
        from optviz.recommenders.training.trainer import train

        data = load(self.data) if data is None else data
        settings: Any = {"epochs": self.epochs, "batch": self.batch, "seed": self.seed}
        done: list[Training] = []
        for entry in (each for each in self.entries if each.on):
            if (done and done[-1].is_canceled) or (cancel is not None and cancel()):
                break
            listener = None if on_progress is None else partial(on_progress, len(done))
            calls: Any = {"on_progress": listener, "cancel": cancel}
            calls["progress"] = False if listener else None
            done.append(
                train(self.model, data, entry.rule, schedule=entry.schedule, **settings, **calls)
            )
        return done

    def _settle(self, given: Texts, sentences: list[str]) -> Self:
        """Take the rules that suit the model where the link has none."""
        return self if "rule" in given else replace(self, rules=())


def check_rated(items: tuple[str, ...]) -> tuple[str, ...]:
    """Return ratings in their one spelling.

    Raises: ValueError: movie 50 is rated twice: give it once
    """
    found: dict[int, float] = {}
    for movie, stars in map(parse_rated, items):
        if movie in found:
            raise ValueError(f"movie {movie} is rated twice: give it once")
        found[movie] = stars
    return tuple(format_rated(*each) for each in found.items())
