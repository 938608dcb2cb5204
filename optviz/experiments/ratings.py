"""The record of a training on MovieLens: model, optimizers, data, and what is predicted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from optviz.experiments.base import Record, parts_of
from optviz.experiments.limits import count, one_of
from optviz.recommenders.defaults import RATERS
from optviz.specs import number, parse_entry

if TYPE_CHECKING:
    from optviz.movielens.ratings import Ratings
    from optviz.recommenders.training import Training
    from optviz.recommenders.training_loop import Progress


@dataclass(frozen=True)
class RatingsExperiment(Record):
    """Optimizers that train a rating model on MovieLens."""

    rules: tuple[str, ...] = ()
    """None at all are those that suit the model."""
    data: str = "ml-100k"
    model: str = "dot_bias"
    epochs: int = 5
    batch: int = 256
    user: int | None = None
    """Whose rating is predicted, by published id; None is the first user."""
    movie: int | None = None
    """Of which movie, by published id; None is the one rated most often."""

    def __post_init__(self):
        self._set(model=one_of("model", self.model, tuple(RATERS)))
        self._set(rules=self.rules or RATERS[self.model])
        super().__post_init__()
        self._set(epochs=count("epochs", self.epochs), batch=count("batch", self.batch))
        self._set(data=one_of("data", self.data, ("ml-latest-small", "ml-100k")))
        for name in ("user", "movie"):
            if getattr(self, name) is not None:
                self._set(**{name: count(name, getattr(self, name), low=0)})

    def training(self) -> RatingsExperiment:
        """The part that a training depends on: optimizers that are on, and no prediction.

        Raises: ValueError: every optimizer is switched off: switch one on
        """
        on = tuple(text for text in self.rules if parse_entry(text).on)
        if not on:
            raise ValueError("every optimizer is switched off: switch one on")
        return replace(self, rules=on, user=None, movie=None)

    def perform(
        self,
        data: Ratings | None = None,
        *,
        on_progress: Callable[[int, Progress], Any] | None = None,
        cancel: Callable[[], Any] | None = None,
    ) -> list[Training]:
        """The training of each optimizer that is switched on, one after another.

        `on_progress(index, progress)` is told how far the training of that index is. Once
        `cancel()` is true the training under way ends, and no further one begins.
        """
        from optviz.movielens import load
        from optviz.recommenders.trainer import train

        data = load(self.data) if data is None else data
        settings: Any = {"epochs": self.epochs, "batch": self.batch, "seed": self.seed}
        done: list[Training] = []
        for entry in (each for each in self.entries if each.on):
            if cancel is not None and cancel():
                break
            listener = None if on_progress is None else partial(on_progress, len(done))
            calls: Any = {"on_progress": listener, "cancel": cancel}
            calls["progress"] = False if listener else None
            done.append(
                train(self.model, data, entry.rule, schedule=entry.schedule, **settings, **calls)
            )
        return done

    @classmethod
    def from_query(cls, query: str) -> tuple[Any, list[str]]:
        experiment, sentences = super().from_query(query)
        if "rule" not in parts_of(query, []):
            experiment = replace(experiment, rules=())
        return experiment, sentences

    @classmethod
    def parsers(cls):
        whole = ("epochs", "batch", "user", "movie")
        numbers = {name: (lambda text, name=name: number(name, text)) for name in whole}
        return super().parsers() | {"data": str, "model": str, **numbers}
