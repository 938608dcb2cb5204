"""Rules for the spellings that `optviz.rules` lacks: where lr, eps and the start differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from optviz.rules import Adagrad, AdagradState, Adam, AdamState, Array, RMSProp, RMSPropState, Rule
from optviz.rules import hyper as setting


class VelocityState(NamedTuple):
    """The state of `VelocityMomentum`."""

    velocity: Array
    count: int


@dataclass(frozen=True, eq=False)
class VelocityMomentum(Rule):
    """Keep the steps themselves: lr goes into the memory.

        velocity <- beta1*velocity - lr*grad
        velocity <- beta1*velocity - (1 - beta1)*lr*grad    if damped
        params   <- params + velocity

    Shapes: params, grad, velocity: (n,) or (n, *runs); count: the steps made
    Differs: `optviz.rules.Momentum` multiplies the memory by lr when it steps. At a constant lr
        the two are one, velocity = -lr*grad_avg; when lr changes, here the old steps keep theirs.
    Source: Polyak, 1964; Sutskever et al., 2013, equations 1 and 2; Keras.
    """

    lr: float = setting(0.01, 1e-5, 1.0, "learning rate", log=True)
    beta1: float = setting(0.9, 0.0, 0.999, "memory of steps", below=1.0)
    damped: bool = setting(False, label="average instead of sum")
    dampening: float = setting(0.0, 0.0, 0.99, "dampening after the first step", below=1.0)

    def init(self, params):
        """Return the state before the first step."""
        return VelocityState(0.0 * params, 0)

    def update(self, params, grad, state):
        """Make one step."""
        damping = self.beta1 if self.damped else self.dampening * (state.count > 0)
        velocity = self.beta1 * state.velocity - (1 - damping) * (self.lr * grad)
        return params + velocity, VelocityState(velocity, state.count + 1)


class NesterovVelocityState(NamedTuple):
    """The state of `VelocityNesterov`."""

    velocity: Array


@dataclass(frozen=True, eq=False)
class VelocityNesterov(Rule):
    """Keep the look-ahead and the steps: lr goes into the memory.

        velocity <- beta1*velocity - lr*grad
        params   <- params + beta1*velocity - lr*grad

    Shapes: params, grad, velocity: (n,) or (n, *runs)
    Differs: `optviz.rules.Nesterov` multiplies the memory by lr when it steps. The params, which
        are drawn, are the look-ahead in both.
    Source: Keras 3.15.1, keras/src/optimizers/sgd.py, `SGD(nesterov=True)`.
    """

    lr: float = setting(0.01, 1e-5, 1.0, "learning rate", log=True)
    beta1: float = setting(0.9, 0.0, 0.999, "memory of steps", below=1.0)

    def init(self, params):
        """Return the state before the first step."""
        return NesterovVelocityState(0.0 * params)

    def update(self, params, grad, state):
        """Make one step."""
        velocity = self.beta1 * state.velocity - self.lr * grad
        new = params + self.beta1 * velocity - self.lr * grad
        return new, NesterovVelocityState(velocity)


class IterateState(NamedTuple):
    """The state of `IterateNesterov`."""

    velocity: Array
    iterate: Array


@dataclass(frozen=True, eq=False)
class IterateNesterov(VelocityNesterov):
    """Keep the iterate, and take the gradient where the velocity would lead it.

        velocity <- beta1*velocity - lr*grad      with the gradient at the look-ahead
        iterate  <- iterate + velocity
        params   <- iterate + beta1*velocity      the next look-ahead

    Shapes: params, grad, velocity, iterate: (n,) or (n, *runs)
    Differs: the paper draws the iterate. A run takes its gradient at the params, so here they
        are the look-ahead, as in PyTorch and Keras; the iterate is the state's own column.
    Source: Sutskever et al., 2013, equations 3 and 4, for the method of Nesterov, 1983.
    """

    def init(self, params):
        """Return the state before the first step."""
        return IterateState(0.0 * params, 1.0 * params)

    def update(self, params, grad, state):
        """Make one step."""
        velocity = self.beta1 * state.velocity - self.lr * grad
        iterate = state.iterate + velocity
        return iterate + self.beta1 * velocity, IterateState(velocity, iterate)


@dataclass(frozen=True, eq=False)
class SpelledRMSProp(RMSProp):
    """RMSProp whose eps may stand inside the root and whose average may start anywhere.

        sqr_avg <- beta2*sqr_avg + (1 - beta2)*grad**2     from `initial` at first
        params  <- params - lr*grad / sqrt(sqr_avg + eps)  if inside

    Shapes: params, grad, sqr_avg: (n,) or (n, *runs)
    Differs: in `optviz.rules.RMSProp` eps stands outside the root and the average starts at 0.
    Source: Keras 3.15.1, rmsprop.py; optax 0.2.8, `scale_by_rms`; TensorFlow 1 starts at 1.
    """

    inside: bool = setting(False, label="eps inside the root")
    initial: float = setting(0.0, 0.0, 1e6, "average of squares at first")
    without = ("beta1", "centered")

    def init(self, params):
        """Return the state before the first step."""
        return RMSPropState(0.0 * params + self.initial)

    def update(self, params, grad, state):
        """Make one step."""
        sqr_avg = self.beta2 * state.sqr_avg + (1 - self.beta2) * grad**2
        scale = state.sqr_avg if self.lagged else sqr_avg
        root = (scale + self.eps) ** 0.5 if self.inside else scale**0.5 + self.eps
        return params - self.lr * grad / root, RMSPropState(sqr_avg)


@dataclass(frozen=True, eq=False)
class SpelledAdagrad(Adagrad):
    """Adagrad whose eps may stand inside the root.

        sqr_sum <- sqr_sum + grad**2                       from `initial` at first
        params  <- params - lr*grad / sqrt(sqr_sum + eps)  if inside

    Shapes: params, grad, sqr_sum: (n,) or (n, *runs)
    Differs: in `optviz.rules.Adagrad` eps stands outside the root.
    Source: Keras 3.15.1, adagrad.py; optax 0.2.8, `scale_by_rss`, both from 0.1.
    """

    inside: bool = setting(False, label="eps inside the root")
    without = ("lr_decay",)

    def update(self, params, grad, state):
        """Make one step."""
        sqr_sum = state.sqr_sum + grad**2
        root = (sqr_sum + self.eps) ** 0.5 if self.inside else sqr_sum**0.5 + self.eps
        return params - self.lr * grad / root, AdagradState(sqr_sum)


@dataclass(frozen=True, eq=False)
class EpsHatAdam(Adam):
    """Adam that corrects the learning rate instead of the averages.

        rate    =  lr * sqrt(1 - beta2**count)/(1 - beta1**count)
        params  <- params - rate*grad_avg / (sqrt(sqr_avg) + eps)

    Shapes: params, grad, grad_avg, sqr_avg: (n,) or (n, *runs); count: the steps made
    Differs: eps is added before the correction, not after it: it is the paper's eps-hat, which
        counts for eps/sqrt(1 - beta2**count) in `optviz.rules.Adam`.
    Source: Kingma and Ba, 2015, end of section 2; Keras 3.15.1, adam.py.
    """

    without = ("amsgrad",)

    def update(self, params, grad, state):
        """Make one step."""
        count = state.count + 1
        grad_avg = self.beta1 * state.grad_avg + (1 - self.beta1) * grad
        sqr_avg = self.beta2 * state.sqr_avg + (1 - self.beta2) * grad**2
        mean_scale = 1 - self.beta1**count
        root_scale = (1 - self.beta2**count) ** 0.5
        rate = self.lr * root_scale / mean_scale
        new = params - rate * grad_avg / (sqr_avg**0.5 + self.eps)
        return new, AdamState(grad_avg, sqr_avg, count)
