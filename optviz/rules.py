"""Every update rule, simplest first: a gradient goes in, a step comes out.

A rule is a frozen record of hyperparameters with two pure methods, `init` and `update`, written
with arithmetic alone, so that one text runs on numpy arrays, torch tensors and Python floats.
Hyperparameters may be arrays: params of shape (n, *runs) then make many runs at once.
An option that needs more memory has a state of its own: without the option nothing is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, NamedTuple

import numpy as np

Array = Any
"""A numpy array, a torch tensor or a float."""


def hyper(
    default: Any,
    low: float = 0.0,
    high: float = 1.0,
    label: str = "",
    *,
    log: bool = False,
    below: float = np.inf,
) -> Any:
    """Declare a hyperparameter: its default, the ends of its slider, and its label.

    What is refused is wider than the slider: anything outside 0 <= value < `below`.
    """
    return field(
        default=default,
        metadata={"low": low, "high": high, "label": label, "log": log, "below": below},
    )


def check_value(name: str, value: Any, below: float = np.inf) -> Any:
    """Return a Python float, or a float array, that lies in 0 <= value < below.

    Raises: ValueError: lr must be at least 0 and finite, got -0.1
    """
    try:
        array = np.asarray(value)
    except (TypeError, ValueError):
        array = np.array(None)
    if array.dtype.kind not in "fiu":  # neither text, nor True or False, nor nothing
        raise ValueError(f"{name} must be a number, got {value!r}")
    bad = ~((array >= 0) & (array < below))  # so that nan is bad too
    if bad.any():
        domain = "at least 0 and finite" if below == np.inf else f"at least 0 and below {below:g}"
        raise ValueError(f"{name} must be {domain}, got {array[bad][0]:g}")
    # A numpy scalar would lift float32 params to float64; a Python float does not.
    if array.ndim == 0:
        return float(array)
    return np.array(array, dtype=array.dtype if array.dtype.kind == "f" else float)


def maximum(first: Array, second: Array) -> Array:
    """Return the larger of two values, of any kind that a rule runs on."""
    if hasattr(first, "maximum"):  # tensors and symbols have their own
        return first.maximum(second)
    larger = np.maximum(first, second)
    return larger if np.ndim(larger) else float(larger)


class Rule:
    """A way to turn a gradient into a step; subclasses are frozen dataclasses of their numbers."""

    lr: Any
    without: ClassVar[tuple[str, ...]] = ()
    """Inherited settings that a variant of a rule does not have."""

    def __post_init__(self):
        for name in self.without:
            if np.any(getattr(self, name)):
                raise ValueError(f"{type(self).__name__} has no {name}")
        for spec in fields(self):  # type: ignore[arg-type]
            value = getattr(self, spec.name)
            if isinstance(spec.default, bool):
                if not isinstance(value, (bool, np.bool_)):
                    raise ValueError(f"{spec.name} must be True or False, got {value!r}")
            elif spec.metadata:
                value = check_value(spec.name, value, spec.metadata["below"])
            object.__setattr__(self, spec.name, value)

    def init(self, params: Array) -> Any:
        """Return the state before the first step: averages of zero, shaped like params."""
        return EmptyState()

    def update(self, params: Array, grad: Array, state: Any) -> tuple[Array, Any]:
        """Return the params and the state after one step."""
        raise AttributeError(f"{type(self).__name__} has no update")

    def with_lr(self, lr: Any) -> Any:
        """Return the rule at another learning rate."""
        return self.with_values(lr=lr)

    def with_values(self, **values: Any) -> Any:
        """Return the rule with other numbers, such as lr and beta1, which schedules change."""
        # One such copy is made each step of a schedule: it need not be checked again.
        copy = object.__new__(type(self))
        copy.__dict__.update(self.__dict__, **values)
        return copy


class EmptyState(NamedTuple):
    pass


@dataclass(frozen=True, eq=False)
class SGD(Rule):
    """Step against the gradient.

        params  <- params - lr*grad

    Shapes: params, grad: (n,) or (n, *runs)
    Source: Robbins and Monro, 1951; workbook tab `basic`.
    """

    lr: float = hyper(0.01, 1e-5, 1.0, "learning rate", log=True)

    def update(self, params, grad, state):
        return params - self.lr * grad, state


class MomentumState(NamedTuple):
    grad_avg: Array
    count: int


@dataclass(frozen=True, eq=False)
class Momentum(Rule):
    """Step along a decaying sum of the gradients (heavy ball).

        grad_avg <- beta1*grad_avg + grad              as PyTorch
        grad_avg <- beta1*grad_avg + (1 - beta1)*grad  if damped: an average, as the workbook
        params   <- params - lr*grad_avg

    Shapes: params, grad, grad_avg: (n,) or (n, *runs); count: the steps made
    Differs: `dampening` is PyTorch's: new gradients weigh 1 - dampening, but the first weighs 1.
    Source: Polyak, 1964; workbook tab `momentum` (damped).
    """

    lr: float = hyper(0.01, 1e-5, 1.0, "learning rate", log=True)
    beta1: float = hyper(0.9, 0.0, 0.999, "memory of gradients", below=1.0)
    damped: bool = hyper(False, label="average instead of sum")
    dampening: float = hyper(0.0, 0.0, 0.99, "dampening after the first step", below=1.0)

    def init(self, params):
        return MomentumState(0.0 * params, 0)

    def update(self, params, grad, state):
        damping = self.beta1 if self.damped else self.dampening * (state.count > 0)
        grad_avg = self.beta1 * state.grad_avg + (1 - damping) * grad
        return params - self.lr * grad_avg, MomentumState(grad_avg, state.count + 1)


class NesterovState(NamedTuple):
    grad_avg: Array


@dataclass(frozen=True, eq=False)
class Nesterov(Rule):
    """Step along the decaying sum of gradients as it will be one step ahead.

        grad_avg <- beta1*grad_avg + grad
        params   <- params - lr*(grad + beta1*grad_avg)

    Shapes: params, grad, grad_avg: (n,) or (n, *runs)
    Differs: the paper keeps an iterate and a look-ahead; this, like PyTorch, keeps the look-ahead
        alone, so the look-ahead is what is drawn.
    Source: Nesterov, 1983; Sutskever et al., 2013.
    """

    lr: float = hyper(0.01, 1e-5, 1.0, "learning rate", log=True)
    beta1: float = hyper(0.9, 0.0, 0.999, "memory of gradients", below=1.0)

    def init(self, params):
        return NesterovState(0.0 * params)

    def update(self, params, grad, state):
        grad_avg = self.beta1 * state.grad_avg + grad
        return params - self.lr * (grad + self.beta1 * grad_avg), NesterovState(grad_avg)


class AdagradState(NamedTuple):
    sqr_sum: Array


class CountedAdagradState(NamedTuple):
    sqr_sum: Array
    count: int


@dataclass(frozen=True, eq=False)
class Adagrad(Rule):
    """Divide the gradient by the root of the sum of all its squares.

        sqr_sum <- sqr_sum + grad**2                 from `initial` at first
        rate    =  lr / (1 + lr_decay*count)
        params  <- params - rate*grad / (sqrt(sqr_sum) + eps)

    Shapes: params, grad, sqr_sum: (n,) or (n, *runs); count: the steps made, with lr_decay alone
    Differs: the workbook's tab of this name divides by an epoch's sum over the count.
    Source: Duchi, Hazan and Singer, 2011; `initial` and `lr_decay` as PyTorch.
    """

    lr: float = hyper(0.01, 1e-5, 1.0, "learning rate", log=True)
    eps: float = hyper(1e-10, 1e-12, 1e-2, "small constant", log=True)
    initial: float = hyper(0.0, 0.0, 1.0, "sum of squares at first")
    lr_decay: float = hyper(0.0, 0.0, 1.0, "decay of the learning rate")

    def init(self, params):
        sqr_sum = 0.0 * params + self.initial
        return CountedAdagradState(sqr_sum, 0) if np.any(self.lr_decay) else AdagradState(sqr_sum)

    def update(self, params, grad, state):
        sqr_sum = state.sqr_sum + grad**2
        rate, after = self.lr, AdagradState(sqr_sum)
        if isinstance(state, CountedAdagradState):
            rate = self.lr / (1 + self.lr_decay * state.count)
            after = CountedAdagradState(sqr_sum, state.count + 1)
        return params - rate * grad / (sqr_sum**0.5 + self.eps), after


class AdadeltaState(NamedTuple):
    sqr_avg: Array
    sqr_step_avg: Array


@dataclass(frozen=True, eq=False)
class Adadelta(Rule):
    """Scale the gradient by the ratio of recent steps to recent gradients.

        sqr_avg      <- beta2*sqr_avg + (1 - beta2)*grad**2
        move         =  grad * sqrt(sqr_step_avg + eps) / sqrt(sqr_avg + eps)
        sqr_step_avg <- beta2*sqr_step_avg + (1 - beta2)*move**2
        params       <- params - lr*move

    Shapes: params, grad, sqr_avg, sqr_step_avg: (n,) or (n, *runs)
    Source: Zeiler, 2012 (lr 1 there).
    """

    lr: float = hyper(1.0, 1e-3, 100.0, "learning rate", log=True)
    beta2: float = hyper(0.9, 0.0, 0.9999, "memory of squares", below=1.0)
    eps: float = hyper(1e-6, 1e-12, 1e-2, "small constant", log=True)

    def init(self, params):
        return AdadeltaState(0.0 * params, 0.0 * params)

    def update(self, params, grad, state):
        sqr_avg = self.beta2 * state.sqr_avg + (1 - self.beta2) * grad**2
        move = grad * ((state.sqr_step_avg + self.eps) ** 0.5 / (sqr_avg + self.eps) ** 0.5)
        sqr_step_avg = self.beta2 * state.sqr_step_avg + (1 - self.beta2) * move**2
        return params - self.lr * move, AdadeltaState(sqr_avg, sqr_step_avg)


class RMSPropState(NamedTuple):
    sqr_avg: Array


class CenteredState(NamedTuple):
    sqr_avg: Array
    grad_avg: Array


class MovingState(NamedTuple):
    sqr_avg: Array
    move_avg: Array


class CenteredMovingState(NamedTuple):
    sqr_avg: Array
    grad_avg: Array
    move_avg: Array


@dataclass(frozen=True, eq=False)
class RMSProp(Rule):
    """Divide the gradient by the root of its recent mean square.

        sqr_avg <- beta2*sqr_avg + (1 - beta2)*grad**2
        params  <- params - lr*grad / (sqrt(sqr_avg) + eps)

    With `centered`, the variance takes the place of the mean square: sqr_avg - grad_avg**2, with
    grad_avg <- beta2*grad_avg + (1 - beta2)*grad. With beta1 (PyTorch's momentum) the step is
    lr*move_avg, with move_avg <- beta1*move_avg + grad / (sqrt(sqr_avg) + eps).

    Shapes: params, grad, sqr_avg, grad_avg, move_avg: (n,) or (n, *runs)
    Differs: the workbook divides by the row above's average (`lagged`) and has no eps.
    Source: Hinton, lecture 6e, 2012; workbook tab `rmsprop`; centered: Graves, 2013.
    """

    lr: float = hyper(0.01, 1e-5, 1.0, "learning rate", log=True)
    beta2: float = hyper(0.9, 0.0, 0.9999, "memory of squares", below=1.0)
    eps: float = hyper(1e-8, 1e-12, 1e-2, "small constant", log=True)
    lagged: bool = hyper(False, label="use the row above")
    beta1: float = hyper(0.0, 0.0, 0.999, "memory of moves", below=1.0)
    centered: bool = hyper(False, label="variance instead of mean square")

    def init(self, params):
        kind: Any = CenteredState if self.centered else RMSPropState
        if np.any(self.beta1):
            kind = CenteredMovingState if self.centered else MovingState
        return kind(*[0.0 * params for _ in kind._fields])

    def update(self, params, grad, state):
        sqr_avg = self.beta2 * state.sqr_avg + (1 - self.beta2) * grad**2
        scale = state.sqr_avg if self.lagged else sqr_avg
        averages, kind = [sqr_avg], type(state)
        if self.centered:
            grad_avg = self.beta2 * state.grad_avg + (1 - self.beta2) * grad
            scale = scale - (state.grad_avg if self.lagged else grad_avg) ** 2
            averages.append(grad_avg)
        if isinstance(state, (MovingState, CenteredMovingState)):
            move_avg = self.beta1 * state.move_avg + grad / (scale**0.5 + self.eps)
            return params - self.lr * move_avg, kind(*averages, move_avg)
        return params - self.lr * grad / (scale**0.5 + self.eps), kind(*averages)


class AdamState(NamedTuple):
    grad_avg: Array
    sqr_avg: Array
    count: int


class AmsgradState(NamedTuple):
    grad_avg: Array
    sqr_avg: Array
    sqr_max: Array
    count: int


@dataclass(frozen=True, eq=False)
class Adam(Rule):
    """Divide the average gradient by the root of the average square.

        grad_avg <- beta1*grad_avg + (1 - beta1)*grad
        sqr_avg  <- beta2*sqr_avg + (1 - beta2)*grad**2
        params   <- params - lr*mean / (sqrt(square) + eps)

    With `debias`, mean = grad_avg/(1 - beta1**count) and square = sqr_avg/(1 - beta2**count),
    which undoes the start from zero; without it they are the averages themselves.
    With `amsgrad`, sqr_max <- max(sqr_max, sqr_avg) takes the place of sqr_avg in square.

    Shapes: params, grad, grad_avg, sqr_avg, sqr_max: (n,) or (n, *runs); count: the steps made
    Differs: the workbook has neither bias correction nor eps.
    Source: Kingma and Ba, 2015; workbook tab `adam`; amsgrad: Reddi, Kale and Kumar, 2018.
    """

    lr: float = hyper(0.001, 1e-5, 1.0, "learning rate", log=True)
    beta1: float = hyper(0.9, 0.0, 0.999, "memory of gradients", below=1.0)
    beta2: float = hyper(0.999, 0.0, 0.9999, "memory of squares", below=1.0)
    eps: float = hyper(1e-8, 1e-12, 1e-2, "small constant", log=True)
    debias: bool = hyper(True, label="bias correction")
    amsgrad: bool = hyper(False, label="largest average square so far")

    def init(self, params):
        if self.amsgrad:
            return AmsgradState(0.0 * params, 0.0 * params, 0.0 * params, 0)
        return AdamState(0.0 * params, 0.0 * params, 0)

    def update(self, params, grad, state):
        count = state.count + 1
        grad_avg = self.beta1 * state.grad_avg + (1 - self.beta1) * grad
        sqr_avg = self.beta2 * state.sqr_avg + (1 - self.beta2) * grad**2
        sqr_max = maximum(state.sqr_max, sqr_avg) if self.amsgrad else sqr_avg
        mean_scale = 1 - self.beta1**count if self.debias else 1.0
        root_scale = (1 - self.beta2**count) ** 0.5 if self.debias else 1.0
        move = (self.lr / mean_scale) * grad_avg / (sqr_max**0.5 / root_scale + self.eps)
        if self.amsgrad:
            return params - move, AmsgradState(grad_avg, sqr_avg, sqr_max, count)
        return params - move, AdamState(grad_avg, sqr_avg, count)


class Wrapper(Rule):
    """A rule around a rule: its state and its numbers for schedules are the inner rule's."""

    rule: Rule
    word: ClassVar[str]

    def __post_init__(self):
        if not isinstance(self.rule, Rule):
            raise ValueError(f"{self.word} wraps a rule such as Adam(), got {self.rule!r}")
        if isinstance(self.rule, Maximize):
            raise ValueError("Maximize stands around the whole rule: Maximize(L2(Adam(), 0.01))")
        super().__post_init__()

    @property
    def lr(self):
        return self.rule.lr

    def with_values(self, **values):
        copy = object.__new__(type(self))
        copy.__dict__.update(self.__dict__, rule=self.rule.with_values(**values))
        return copy

    def init(self, params):
        return self.rule.init(params)


class Decay(Wrapper):
    """A weight decay around a rule."""

    word = "a decay"


@dataclass(frozen=True, eq=False)
class L2(Decay):
    """Add the gradient of (wd/2)*|params|**2 to the gradient, before the rule sees it.

        grad   <- grad + wd*params

    Source: L2 regularization; PyTorch's `weight_decay` in all but AdamW.
    """

    rule: Rule
    wd: float = hyper(0.01, 0.0, 0.1, "weight decay, L2")

    def update(self, params, grad, state):
        return self.rule.update(params, grad + self.wd * params, state)


@dataclass(frozen=True, eq=False)
class Decoupled(Decay):
    """Shrink the params beside the rule's step, which never sees the decay.

        params <- rule's params - lr*wd*params    with the params from before the step

    Source: Loshchilov and Hutter, 2019 (AdamW is Decoupled(Adam)).
    """

    rule: Rule
    wd: float = hyper(0.01, 0.0, 0.1, "weight decay, decoupled")

    def update(self, params, grad, state):
        new, state = self.rule.update(params, grad, state)
        return new - self.lr * self.wd * params, state


@dataclass(frozen=True, eq=False)
class Maximize(Wrapper):
    """Climb instead of descend: the rule sees the gradient with its sign changed.

        grad   <- -grad    before a weight decay, which still shrinks the params

    Source: PyTorch's `maximize`.
    """

    rule: Rule
    word = "maximize"

    def update(self, params, grad, state):
        return self.rule.update(params, -grad, state)


RULES: dict[str, type[Rule]] = {
    "sgd": SGD,
    "momentum": Momentum,
    "nesterov": Nesterov,
    "adagrad": Adagrad,
    "adadelta": Adadelta,
    "rmsprop": RMSProp,
    "adam": Adam,
}
"""Every rule by the name that links, tables and the command line use."""

DECAYS: dict[str, type[Decay]] = {"l2": L2, "wd": Decoupled}
"""The weight decays by the key that switches them on."""
