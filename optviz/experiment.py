"""What a person asked for, as a frozen record: in a link, in JSON, and performed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qsl, quote

from optviz.checks import MOST, amount, count, deep_tuple, one_of, pairs_of, point, spell_field
from optviz.movielens.raters import RATERS
from optviz.spelling import Entry, number, parse_entry, spell_entry

if TYPE_CHECKING:
    from optviz.comparison import Comparison
    from optviz.movielens.ratings import Ratings
    from optviz.movielens.record import Training
    from optviz.movielens.training import Progress
    from optviz.problems.base import Problem

VERSION = 1


@dataclass(frozen=True)
class Record:
    """What both kinds of experiment share: their rules, their seed, and their way into text."""

    rules: tuple[str, ...] = ()
    """Each optimizer as `spelling.parse_entry` reads it, kept in the canonical spelling."""
    seed: int = 0

    lists: ClassVar[dict[str, str]] = {"rules": "rule"}
    """Fields that a link repeats, and their key there."""

    def __post_init__(self):
        if not 1 <= len(self.rules) <= MOST["rules"]:
            raise ValueError(f"an experiment has 1 to {MOST['rules']} rules, got {len(self.rules)}")
        self._set(rules=tuple(canonical(text) for text in self.rules))
        self._set(seed=count("seed", self.seed, low=0))

    def _set(self, **changes: Any) -> None:
        for name, value in changes.items():
            object.__setattr__(self, name, value)

    @property
    def entries(self) -> list[Entry]:
        """The optimizers, those switched off among them."""
        return [parse_entry(text) for text in self.rules]

    def to_json(self) -> str:
        """The canonical JSON: the identity of the experiment and the key of every cache."""
        record = {"kind": type(self).__name__, "version": VERSION, **asdict(self)}
        return json.dumps(record, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Any:
        """The experiment that `to_json` wrote.

        Raises: ValueError: not an experiment: ...
        """
        try:
            record = dict(json.loads(text))
        except (TypeError, ValueError):
            raise ValueError("not an experiment: the text is not a JSON object") from None
        kind, version = record.pop("kind", None), record.pop("version", None)
        if kind != cls.__name__ or version != VERSION:
            raise ValueError(f"not an experiment of version {VERSION}: {kind!r} {version!r}")
        if extra := set(record) - {spec.name for spec in fields(cls)}:
            raise ValueError(f"not an experiment: unknown field {min(extra)!r}")
        return cls(**{key: deep_tuple(value) for key, value in record.items()})

    @property
    def key(self) -> str:
        """A short name for caches, from the canonical JSON."""
        return sha256(self.to_json().encode()).hexdigest()[:16]

    def to_query(self) -> str:
        """The link's part after the question mark; what is at its default is left out."""
        pairs: list[tuple[str, str]] = []
        for spec in fields(self):
            value = getattr(self, spec.name)
            if spec.name in self.lists:
                pairs += [(self.lists[spec.name], text) for text in value]
            elif value != spec.default:
                pairs.append((spec.name, spell_field(value)))
        return "&".join(f"{key}={quote(text, safe=':,=()*/^-._')}" for key, text in pairs)

    @classmethod
    def from_query(cls, query: str, base: Any = None) -> tuple[Any, list[str]]:
        """The experiment of a link, and a sentence for each part that was not understood.

        Such a part keeps the value that `base` (or the default) has.
        """
        experiment, sentences = base or cls(), []
        given: dict[str, list[str]] = {}
        for key, text in parse_qsl(query.lstrip("?"), keep_blank_values=True):
            given.setdefault(key, []).append(text)
        # In the order of the fields: a problem comes before the parameters that it must have.
        for name, parse in cls.parsers().items():
            texts = given.pop(cls.lists.get(name, name), [])
            if name in cls.lists:
                texts = [text for text in texts if understood(text, sentences)]
            try:
                if texts:
                    value = tuple(texts) if name in cls.lists else parse(texts[-1])
                    experiment = replace(experiment, **{name: value})
            except ValueError as error:
                sentences.append(str(error))
        sentences += [f'the link has an unknown part "{key[:40]}"' for key in given]
        return experiment, sentences

    @classmethod
    def parsers(cls) -> dict[str, Callable[[str], Any]]:
        """How a link's text becomes each field."""
        return {"rules": str, "seed": lambda text: number("seed", text)}


@dataclass(frozen=True)
class Experiment(Record):
    """Optimizers that race on a surface."""

    rules: tuple[str, ...] = (
        "sgd:lr=0.001",
        "momentum:lr=0.001",
        "rmsprop:lr=0.01",
        "adam:lr=0.05",
    )
    problem: str = "rosenbrock"
    """A surface's name, or a formula in x and y."""
    parameters: tuple[tuple[str, float], ...] = ()
    """Values of the surface's named parameters that are not at their default."""
    start: tuple[float, ...] | None = None
    """Where every run begins; None is the surface's own start."""
    steps: int = 500
    noise: float = 0.0
    """Standard deviation of the Gaussian noise on each gradient."""

    def __post_init__(self):
        super().__post_init__()
        self._set(steps=count("steps", self.steps), noise=amount("noise", self.noise))
        self._set(parameters=tuple((str(name), float(value)) for name, value in self.parameters))
        surface = self.surface()
        self._set(problem=named_or_typed(surface.name, self.problem))
        own = (
            replace(self, parameters=(), start=None).surface().formula.parameters
            if self.parameters
            else {}
        )
        self._set(parameters=tuple(sorted(set(self.parameters) - set(own.items()))))
        if self.start is not None:
            chosen = point(self.start)
            self._set(start=None if chosen == tuple(surface.start.tolist()) else chosen)

    def surface(self) -> Any:
        """The surface, its parameters set."""
        from optviz.problems.surfaces import surface

        return surface(self.problem, **dict(self.parameters))

    def build(self) -> Problem:
        """The problem, noise included."""
        from optviz.problems.base import Noisy

        return Noisy(self.surface(), self.noise) if self.noise else self.surface()

    def perform(self) -> Comparison:
        """The runs of all optimizers that are switched on, and their table."""
        from optviz.comparison import compare

        on = [entry for entry in self.entries if entry.on]
        return compare(self.build(), on, self.steps, self.seed, start=self.start)

    @classmethod
    def parsers(cls):
        return super().parsers() | {
            "problem": str,
            "parameters": pairs_of,
            "start": lambda text: tuple(number("start", each) for each in text.split(",")),
            "steps": lambda text: number("steps", text),
            "noise": lambda text: number("noise", text),
        }


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
        from optviz.movielens.training import train

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
    def from_query(cls, query: str, base: Any = None) -> tuple[Any, list[str]]:
        experiment, sentences = super().from_query(query, base)
        if base is None and "rule" not in dict(parse_qsl(query.lstrip("?"))):
            experiment = replace(experiment, rules=())
        return experiment, sentences

    @classmethod
    def parsers(cls):
        whole = ("epochs", "batch", "user", "movie")
        numbers = {name: (lambda text, name=name: number(name, text)) for name in whole}
        return super().parsers() | {"data": str, "model": str, **numbers}


def canonical(text: str) -> str:
    """The one spelling of an optimizer.

    Raises: ValueError: no rule "adm"; nearest: adam
    """
    if not isinstance(text, str) or len(text) > 500:
        raise ValueError("a rule is a text of at most 500 characters, such as adam:lr=0.05")
    return spell_entry(*parse_entry(text))


def named_or_typed(name: str, text: str) -> str:
    """The key of a known surface, or else the formula as it was typed."""
    from optviz.problems.surfaces import SURFACES

    return name if name in SURFACES else text.strip()


def understood(text: str, sentences: list[str]) -> bool:
    """Whether a text spells an optimizer; if not, why is added to the sentences."""
    try:
        canonical(text)
    except ValueError as error:
        sentences.append(str(error))
        return False
    return True
