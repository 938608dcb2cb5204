"""What a person asked for, as a frozen record: in a link, in JSON, and performed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qsl, quote

from optviz.spelling import Entry, number, parse_entry, spell_entry, split_outside

if TYPE_CHECKING:
    from optviz.comparison import Comparison
    from optviz.problems.base import Problem

VERSION = 1
MOST = {"steps": 20_000, "rules": 12, "epochs": 50, "batch": 100_000, "seed": 2**32 - 1}


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

    rules: tuple[str, ...] = ("adam:lr=0.0015,l2=0.00015", "sgd:lr=1.5,l2=0.00005")
    data: str = "ml-100k"
    model: str = "dot_bias"
    epochs: int = 5
    batch: int = 64

    def __post_init__(self):
        super().__post_init__()
        self._set(epochs=count("epochs", self.epochs), batch=count("batch", self.batch))
        self._set(data=one_of("data", self.data, ("ml-latest-small", "ml-100k")))
        self._set(model=one_of("model", self.model, ("dot", "dot_bias", "net")))

    @classmethod
    def parsers(cls):
        whole = {name: (lambda text, name=name: number(name, text)) for name in ("epochs", "batch")}
        return super().parsers() | {"data": str, "model": str, **whole}


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


def count(name: str, value: Any, low: int = 1) -> int:
    """The value as a whole number within the limits of an experiment.

    Raises: ValueError: steps must be a whole number from 1 to 20000, got 0
    """
    if not isinstance(value, (int, float)) or value != value or not low <= value <= MOST[name]:
        value = str(value)[:40]
    elif value == int(value):
        return int(value)
    raise ValueError(f"{name} must be a whole number from {low} to {MOST[name]}, got {value}")


def amount(name: str, value: Any) -> float:
    """The value as a float of at least 0, or a ValueError in words."""
    if not isinstance(value, (int, float)) or not 0 <= value <= 1e6:
        raise ValueError(f"{name} must be a number from 0 to 1000000, got {str(value)[:40]}")
    return float(value)


def point(start: Any) -> tuple[float, ...]:
    """Two finite floats, or a ValueError in words."""
    try:
        x, y = (float(each) for each in start)
    except (TypeError, ValueError):
        raise ValueError(f"start must be 2 numbers such as -1.2,1, got {str(start)[:40]}") from None
    if not (abs(x) <= 1e12 and abs(y) <= 1e12):
        raise ValueError(f"start must be finite, at most 1e12 in size, got {x:g}, {y:g}")
    return x, y


def one_of(name: str, value: Any, options: tuple[str, ...]) -> str:
    """The value, if it is one of the options, or a ValueError in words."""
    if value not in options:
        raise ValueError(f'{name} must be one of {", ".join(options)}, got "{str(value)[:40]}"')
    return value


def pairs_of(text: str) -> tuple[tuple[str, float], ...]:
    """The parameters that a text such as `a=3,b=-1` sets."""
    out = []
    for part in split_outside(text):
        name, _, value = part.partition("=")
        out.append((name.strip(), number(name.strip() or "parameters", value)))
    return tuple(out)


def spell_field(value: Any) -> str:
    """A field as a link holds it."""
    if isinstance(value, tuple):
        return ",".join(
            spell_field(each)
            if not isinstance(each, tuple)
            else f"{each[0]}={spell_field(each[1])}"
            for each in value
        )
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def deep_tuple(value: Any) -> Any:
    """JSON's lists as tuples."""
    return tuple(map(deep_tuple, value)) if isinstance(value, list) else value
