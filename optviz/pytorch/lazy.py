"""Deferred tensor arithmetic, with which a rule's text costs few passes over memory.

Written on tensors, `beta1*grad_avg + (1 - beta1)*grad` is three passes and two temporary tensors.
Here products with numbers are only noted down, and a sum is worked out when its value is needed,
by torch's functions on whole lists of tensors: two passes, one new tensor for each parameter, and
one call for all parameters together. The result is the text's, up to rounding, and torch's own to
the last bit: products, quotients and averages are rounded where torch.optim rounds them.

torch documents these list functions in public, under names that begin with an underscore.
"""

# pyright: reportPrivateImportUsage=false
from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class Lazy:
    """scale*first, scale*first*second or scale*first/second, plus the terms in `rest`.

    `first` and `second` are lists of tensors, one for each parameter; a term in `rest` without
    a `first` is a number. Where `blends`, an average a*first + (1 - a)*second is torch's `lerp`.
    """

    blends = False
    __slots__ = ("divides", "first", "rest", "scale", "second")

    def __init__(
        self,
        first: list[Tensor] | None,
        scale: float = 1.0,
        second: list[Tensor] | None = None,
        divides: bool = False,
        rest: tuple[Lazy, ...] = (),
    ):
        self.first, self.scale, self.second = first, scale, second
        self.divides, self.rest = divides, rest

    def value(self) -> list[Tensor]:
        """Return the tensors, computed once."""
        total, scale = self.first, self.scale
        rest: Any = self.rest
        assert total is not None
        fresh = self.second is not None or scale != 1.0
        if self.second is not None:
            combine = torch._foreach_div if self.divides else torch._foreach_mul
            total = list(combine(total, self.second))
            if scale != 1.0:
                torch._foreach_mul_(total, scale)
        elif self.is_average():
            (other,) = rest
            total, rest = list(torch._foreach_lerp(total, other.first, other.scale)), ()
        elif fresh:
            total = list(torch._foreach_mul(total, scale))
        for term in rest:
            if fresh:
                term.add_to(total)
            else:
                total, fresh = term.plus(total), True
        self.first, self.scale, self.second, self.rest = total, 1.0, None, ()
        return total

    def is_average(self) -> bool:
        """Check for a*first + (1 - a)*second, where such sums are to be averages."""
        if not self.blends or self.second is not None or len(self.rest) != 1:
            return False
        other = self.rest[0]
        alone = other.first is not None and other.second is None
        return alone and 0 <= self.scale < 1 and other.scale == 1 - self.scale

    def plus(self, total: list[Tensor]) -> list[Tensor]:
        """Return total + this one term, in one pass."""
        first, second, scale = self.first, self.second, self.scale
        if first is None:
            return list(torch._foreach_add(total, scale))
        if second is None:
            return list(torch._foreach_add(total, first, alpha=scale))
        fused = torch._foreach_addcdiv if self.divides else torch._foreach_addcmul
        return list(fused(total, first, second, value=scale))

    def add_to(self, total: list[Tensor]) -> None:
        """Add this one term to the total in place, in one pass."""
        first, second, scale = self.first, self.second, self.scale
        if first is None:
            torch._foreach_add_(total, scale)
        elif second is None:
            torch._foreach_add_(total, first, alpha=scale)
        else:
            fused = torch._foreach_addcdiv_ if self.divides else torch._foreach_addcmul_
            fused(total, first, second, value=scale)

    def write(self, params: list[Tensor]) -> None:
        """Change the params to this sum, in place where they appear only as scale*params."""
        scale, rest = 0.0, []
        for term in (type(self)(self.first, self.scale, self.second, self.divides), *self.rest):
            if term.first is params and term.second is None:
                scale += term.scale
            else:
                rest.append(term)
        if scale == 0.0 or any(term.first is params or term.second is params for term in rest):
            torch._foreach_copy_(params, self.value())
            return
        if scale != 1.0:
            torch._foreach_mul_(params, scale)
        for term in rest:
            term.add_to(params)

    def factor(self) -> tuple[float, list[Tensor]]:
        """Return a number and tensors whose product this is."""
        if self.first is not None and self.second is None and not self.rest:
            return self.scale, self.first
        return 1.0, self.value()

    def __add__(self, other: Lazy | float) -> Lazy:
        if not isinstance(other, Lazy):
            term = type(self)(None, other)
        elif other.rest:
            term = type(self)(other.value())
        else:
            term = other
        return type(self)(self.first, self.scale, self.second, self.divides, (*self.rest, term))

    __radd__ = __add__

    def __neg__(self) -> Lazy:
        return type(self)(list(torch._foreach_neg(self.value())))

    def __sub__(self, other: Lazy | float) -> Lazy:
        return self + other * -1.0

    def __rsub__(self, other: float) -> Lazy:
        return self * -1.0 + other

    def __mul__(self, other: Lazy | float) -> Lazy:
        if isinstance(other, Lazy):
            (scale, first), (other_scale, second) = self.factor(), other.factor()
            return type(self)(first, scale * other_scale, second)
        if self.rest:
            return type(self)(self.value(), other)
        return type(self)(self.first, self.scale * other, self.second, self.divides)

    __rmul__ = __mul__

    def __truediv__(self, other: Lazy | float) -> Lazy:
        if not isinstance(other, Lazy):
            if other == 1:
                return self
            return type(self)(list(torch._foreach_div(self.value(), other)))
        scale, first = self.factor()
        return type(self)(first, scale, other.value(), divides=True)

    def __rtruediv__(self, other: float) -> Lazy:
        return type(self)(list(torch._foreach_reciprocal(self.value())), other)

    def __pow__(self, power: float) -> Lazy:
        if power == 2:
            return self * self
        if power == 0.5:
            return type(self)(list(torch._foreach_sqrt(self.value())))
        return type(self)(list(torch._foreach_pow(self.value(), power)))

    def maximum(self, other: Lazy) -> Lazy:
        """Return the larger of the two, as `rules.maximum` asks for."""
        return type(self)(list(torch._foreach_maximum(self.value(), other.value())))


class LazyAverages(Lazy):
    """Lazy arithmetic for rules whose averages torch computes by `lerp`: all but SGD's."""

    blends = True
