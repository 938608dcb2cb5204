"""The record of a training on MovieLens: model, optimizers, data, and what is predicted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Self

from optviz.experiments.base import Record, Texts
from optviz.experiments.limits import check_count, check_option
from optviz.recommenders.defaults import SUGGESTED_RULES
from optviz.specs import parse_number

if TYPE_CHECKING:
    from optviz.movielens.ratings import Ratings
    from optviz.recommenders.training import Training
    from optviz.recommenders.training_loop import Progress


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

    parsers: ClassVar = Record.parsers | {
        "data": str,
        "model": str,
        **{name: partial(parse_number, name) for name in ("epochs", "batch", "user", "movie")},
    }

    def __post_init__(self):
        self._set(model=check_option("model", self.model, tuple(SUGGESTED_RULES)))
        self._set(rules=self.rules or SUGGESTED_RULES[self.model])
        super().__post_init__()
        self._set(epochs=check_count("epochs", self.epochs))
        self._set(batch=check_count("batch", self.batch))
        self._set(data=check_option("data", self.data, ("ml-latest-small", "ml-100k")))
        for name in ("user", "movie"):
            if (value := getattr(self, name)) is not None:
                self._set(**{name: check_count(name, value, low=0)})

    def training(self) -> RatingsExperiment:
        """Return the part that a training depends on: no optimizer that is off, no prediction.

        Raises: ValueError: every optimizer is switched off: switch one on
        """
        on = tuple(text for text, entry in zip(self.rules, self.entries, strict=True) if entry.on)
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
        """Train with each optimizer that is switched on, one after another.

        `on_progress(index, progress)` is called during the training of that index. Ctrl-C, or
        `cancel()` being true, ends the current training, and no further one begins.
        """
        from optviz.movielens import load
        from optviz.recommenders.trainer import train

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
