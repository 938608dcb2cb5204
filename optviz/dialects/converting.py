"""From the settings of one spelling to those of another, where that is possible."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import permutations

from optviz.dialects.records import BIAS, CHOICES, DAMPENING, DIVISOR, EPS, KEPT, LR, Dialect
from optviz.dialects.spellings import spelling, spellings
from optviz.schedules import Schedule

FIRST_STEP, CONSTANT_LR, WARM_UP = "from the first step", "at a constant lr", "after warm-up"
NEVER = "never"
"""When a conversion holds.

After warm-up: given the same gradients, the two spellings' steps become the same; what differs at
first has been forgotten. Two runs that each follow their own gradients stay where that first
difference took them.
"""

Settings = dict[str, float]


@dataclass(frozen=True)
class Conversion:
    """What becomes of the settings where one choice is made otherwise. All of it is data."""

    optimizer: str
    term: str
    source: str
    target: str
    formula: str
    latex: str
    holds: str = FIRST_STEP
    change: Callable[[Settings], Settings] = dict
    zero: str = ""
    """The setting that must be 0, or else the conversion is refused for the reason."""
    reason: str = ""
    """Why it is refused; without a setting that must be 0 it always is."""
    schedule: Callable[[Settings], Schedule] | None = None
    """The schedule under which it holds from the first step instead."""

    @property
    def possible(self) -> bool:
        """Whether there are settings that it accepts."""
        return bool(self.zero) or not self.reason

    def __call__(self, settings: Settings) -> Settings:
        """The settings on the other side.

        Raises: ValueError: eps=1e-08 has no place there: ...
        """
        if self.reason and not (self.zero and settings[self.zero] == 0):
            got = f"{self.zero}={settings[self.zero]:g}: " if self.zero else ""
            way = f"; give {self.zero}=0" if self.zero else ""
            raise ValueError(f"{got}{self.reason}{way}")
        return self.change(settings)


def summed(settings: Settings) -> Settings:
    """The settings of the sum that steps as this average does."""
    return settings | {"lr": settings["lr"] * (1 - settings["beta1"])}


def averaged(settings: Settings) -> Settings:
    """The settings of the average that steps as this sum does."""
    return settings | {"lr": settings["lr"] / (1 - settings["beta1"])}


def without_eps(settings: Settings) -> Settings:
    """The settings with an eps that adds nothing."""
    return settings | {"eps": 0.0}


def eps_in_the_sum(settings: Settings) -> Settings:
    """The settings with eps as a part of the sum's start, which is where it is anyway."""
    return settings | {"initial": settings["initial"] + settings["eps"], "eps": 0.0}


def corrected(settings: Settings) -> Schedule:
    """Adam's bias correction as a factor of the learning rate, step by step."""
    beta1, beta2 = settings["beta1"], settings["beta2"]
    return lambda step: (1 - beta2 ** (step + 1)) ** 0.5 / (1 - beta1 ** (step + 1))


def uncorrected(settings: Settings) -> Schedule:
    """The factor of the learning rate that undoes Adam's bias correction."""
    factor = corrected(settings)
    return lambda step: 1 / factor(step)


NONE, EVERY, LATER = CHOICES["momentum"][DAMPENING]
OUT, IN = CHOICES["momentum"][LR]
AHEAD, ITERATE = CHOICES["nesterov"][KEPT]
THIS, BEFORE = CHOICES["rmsprop"][DIVISOR]
OUTSIDE, INSIDE, NO_EPS = CHOICES["rmsprop"][EPS]
AVERAGES, RATE, NO_BIAS = CHOICES["adam"][BIAS]
ANY_START, FIXED_START = "given", "fixed"

SAME, SAME_LATEX = "the same settings", r"\text{the same settings}"
TIMES, TIMES_LATEX = "lr <- lr*(1 - beta1)", r"\eta \leftarrow \eta\,(1-\beta_1)"
OVER, OVER_LATEX = "lr <- lr/(1 - beta1)", r"\eta \leftarrow \frac{\eta}{1-\beta_1}"
ZERO_EPS, ZERO_EPS_LATEX = "eps <- 0", r"\varepsilon \leftarrow 0"
VELOCITY = "the same settings; velocity = -lr*grad_avg"
VELOCITY_LATEX = r"v_t = -\eta\,m_t"
SHARED = "the same settings; iterate = params - beta1*velocity"
SHARED_LATEX = r"\theta_t = \varphi_t - \beta_1 v_t"
RATES = "the same settings; eps = eps_hat/sqrt(1 - beta2**count), so exact where eps = 0"
RATES_LATEX = r"\varepsilon = \frac{\hat\varepsilon}{\sqrt{1-\beta_2^t}}"
FACTOR = "the same settings; exact with lr*sqrt(1 - beta2**count)/(1 - beta1**count) at each step"
FACTOR_LATEX = r"\eta_t = \eta\,\frac{\sqrt{1-\beta_2^t}}{1-\beta_1^t}"
UNDO = "the same settings; exact with lr*(1 - beta1**count)/sqrt(1 - beta2**count) at each step"
UNDO_LATEX = r"\eta_t = \eta\,\frac{1-\beta_1^t}{\sqrt{1-\beta_2^t}}"
SUMMED = "initial <- initial + eps, eps <- 0"
SUMMED_LATEX = r"s_0 \leftarrow s_0 + \varepsilon,\quad \varepsilon \leftarrow 0"

LAGGED = (
    "this step's average holds this step's gradient, the one before does not: "
    "no setting puts it in or takes it out"
)
NO_PLACE = "there is no eps on the other side"
OTHER_FLOOR = (
    "eps outside the root adds to it, eps inside adds to the square: no one number does both "
    "(where the squares are 0, eps outside is the root of eps inside)"
)
REMEMBERED = (
    "the sum of squares never forgets where it started, and the other side starts elsewhere"
)

CONVERSIONS: tuple[Conversion, ...] = (
    Conversion("momentum", DAMPENING, NONE, EVERY, OVER, OVER_LATEX, change=averaged),
    Conversion("momentum", DAMPENING, EVERY, NONE, TIMES, TIMES_LATEX, change=summed),
    Conversion("momentum", DAMPENING, NONE, LATER, OVER, OVER_LATEX, WARM_UP, averaged),
    Conversion("momentum", DAMPENING, LATER, NONE, TIMES, TIMES_LATEX, WARM_UP, summed),
    Conversion("momentum", DAMPENING, EVERY, LATER, SAME, SAME_LATEX, WARM_UP),
    Conversion("momentum", DAMPENING, LATER, EVERY, SAME, SAME_LATEX, WARM_UP),
    Conversion("momentum", LR, OUT, IN, VELOCITY, VELOCITY_LATEX, CONSTANT_LR),
    Conversion("momentum", LR, IN, OUT, VELOCITY, VELOCITY_LATEX, CONSTANT_LR),
    Conversion("nesterov", LR, OUT, IN, VELOCITY, VELOCITY_LATEX, CONSTANT_LR),
    Conversion("nesterov", LR, IN, OUT, VELOCITY, VELOCITY_LATEX, CONSTANT_LR),
    Conversion("nesterov", KEPT, AHEAD, ITERATE, SHARED, SHARED_LATEX),
    Conversion("nesterov", KEPT, ITERATE, AHEAD, SHARED, SHARED_LATEX),
    Conversion("rmsprop", DIVISOR, THIS, BEFORE, "not possible", "", reason=LAGGED),
    Conversion("rmsprop", DIVISOR, BEFORE, THIS, "not possible", "", reason=LAGGED),
    Conversion("rmsprop", "initial", ANY_START, FIXED_START, SAME, SAME_LATEX, WARM_UP),
    Conversion("adagrad", "initial", ANY_START, FIXED_START, "not possible", "", reason=REMEMBERED),
    Conversion("adagrad", EPS, INSIDE, OUTSIDE, SUMMED, SUMMED_LATEX, change=eps_in_the_sum),
    Conversion("adagrad", EPS, INSIDE, NO_EPS, SUMMED, SUMMED_LATEX, change=eps_in_the_sum),
    Conversion("adam", BIAS, AVERAGES, RATE, RATES, RATES_LATEX, WARM_UP),
    Conversion("adam", BIAS, RATE, AVERAGES, RATES, RATES_LATEX, WARM_UP),
    Conversion("adam", BIAS, RATE, NO_BIAS, FACTOR, FACTOR_LATEX, WARM_UP, schedule=corrected),
    Conversion("adam", BIAS, NO_BIAS, RATE, UNDO, UNDO_LATEX, WARM_UP, schedule=uncorrected),
    Conversion("adam", BIAS, AVERAGES, NO_BIAS, SAME, SAME_LATEX, WARM_UP),
    Conversion("adam", BIAS, NO_BIAS, AVERAGES, SAME, SAME_LATEX, WARM_UP),
    *(
        Conversion(name, EPS, NO_EPS, place, ZERO_EPS, ZERO_EPS_LATEX, change=without_eps)
        for name in ("rmsprop", "adagrad", "adam")
        for place in CHOICES[name][EPS]
        if place != NO_EPS
    ),
    *(
        Conversion(name, EPS, place, NO_EPS, SAME, SAME_LATEX, zero="eps", reason=NO_PLACE)
        for name, place in (
            ("rmsprop", OUTSIDE),
            ("rmsprop", INSIDE),
            ("adagrad", OUTSIDE),
            ("adam", OUTSIDE),
        )
    ),
    *(
        Conversion(name, EPS, one, other, SAME, SAME_LATEX, zero="eps", reason=OTHER_FLOOR)
        for name, one, other in (
            ("rmsprop", OUTSIDE, INSIDE),
            ("rmsprop", INSIDE, OUTSIDE),
            ("adagrad", OUTSIDE, INSIDE),
        )
    ),
)
"""Every way from one choice to another, and what becomes of the settings on it."""


def convert(name: str, settings: Mapping[str, float], source: str, target: str) -> Settings:
    """The settings that make the target's spelling do what the source's does at these.

    What is not given is the source's common setting. `holds(name, source, target, settings)` says
    when they do, `conversions(name, source, target, settings)` why.

    Raises: ValueError: adam, pytorch to workbook: eps=1e-08: there is no eps on the other side; ...
    """
    one, other = spelling(name, source), spelling(name, target)
    values = one.checked(settings)
    try:
        for each in between_spellings(one, other, values):
            values = each(values)
    except ValueError as error:
        raise ValueError(f"{name}, {source} to {target}: {error}") from None
    return {key: values.get(key, 0.0) for key in other.words}


def conversions(
    name: str | None = None,
    source: str | None = None,
    target: str | None = None,
    settings: Mapping[str, float] | None = None,
) -> list[Conversion]:
    """The conversions known, all or those of one optimizer, or those between two spellings.

    `settings` are the source's; they tell whether its squares start where the target's do.

    Raises: ValueError: give an optimizer and the names of two spellings, got only adam and keras
    """
    if source is None and target is None:
        if name is None:
            return list(CONVERSIONS)
        spellings(name)  # or a sentence that names the nearest
        return [each for each in CONVERSIONS if each.optimizer == name]
    if name is None or source is None or target is None:
        got = " and ".join(each for each in (name, source, target) if each is not None)
        raise ValueError(f"give an optimizer and the names of two spellings, got only {got}")
    one, other = spelling(name, source), spelling(name, target)
    return between_spellings(one, other, one.checked(settings))


def holds(name: str, source: str, target: str, settings: Mapping[str, float] | None = None) -> str:
    """When what `convert` gives of the settings holds: where all of its conversions do."""
    parts = conversions(name, source, target, settings)
    if not all(each.possible for each in parts):
        return NEVER
    found = {each.holds for each in parts}
    return ", ".join(each for each in (CONSTANT_LR, WARM_UP) if each in found) or FIRST_STEP


def between_spellings(one: Dialect, other: Dialect, values: Settings) -> list[Conversion]:
    """One conversion for each choice that two spellings make otherwise, and one for the start."""
    a, b = one.spelling, other.spelling
    out = [between(one.optimizer, key, a[key], b[key]) for key in a if a[key] != b[key]]
    for each in out:
        values = each.change(values)
    fixed = "initial" in other.defaults and "initial" not in other.words
    if fixed and values["initial"] != other.defaults["initial"]:
        out.append(between(one.optimizer, "initial", ANY_START, FIXED_START))
    return out


def between(name: str, term: str, source: str, target: str) -> Conversion:
    """The conversion from one option of a choice to another."""
    key = (name, term, source, target)
    return next(
        each for each in CONVERSIONS if (each.optimizer, each.term, each.source, each.target) == key
    )


def table(name: str | None = None) -> str:
    """The conversions as a Markdown table: what becomes of the settings, and when it holds."""
    rows = [row_of(each) for each in conversions(name)]
    lines = ["| " + " | ".join(row.values()) + " |" for row in rows]
    return "\n".join(["| " + " | ".join(rows[0]) + " |", "|---" * len(rows[0]) + "|", *lines])


def row_of(each: Conversion) -> dict[str, str]:
    """One line of the table."""
    when = each.holds if each.possible else "never: " + each.reason
    if each.zero:
        when += f", only where {each.zero} = 0: {each.reason}"
    return {
        "optimizer": each.optimizer,
        "term": each.term,
        "from": each.source,
        "to": each.target,
        "such as": example_of(each),
        "settings": each.formula,
        "holds": when,
    }


def example_of(each: Conversion) -> str:
    """Two spellings that a conversion lies between, if it can be with nothing else between them."""
    pairs = permutations(spellings(each.optimizer).values(), 2)
    found = {
        f"{one.name} to {other.name}": parts
        for one, other in pairs
        if each in (parts := conversions(each.optimizer, one.name, other.name))
    }
    return min(found, key=lambda pair: len(found[pair]), default="-")
