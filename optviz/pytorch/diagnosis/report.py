"""The table of a model's tensors: what each needs to learn, and what is in its way."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor, nn
from torch.optim import Optimizer

from optviz.pytorch.diagnosis.backward import find_norm
from optviz.pytorch.diagnosis.causes import Doctor
from optviz.pytorch.diagnosis.tensors import Found, list_tensors
from optviz.pytorch.diagnosis.trial import Trial, make_trial

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class AuditRow:
    """One tensor, and what one trial step did to it."""

    name: str
    shape: tuple[int, ...]
    is_registered: bool
    requires_grad: bool
    in_optimizer: bool
    grad: float | None
    """The norm of its gradient; None where no gradient reaches it."""
    moved: float
    """The norm of its change by the step."""
    size: float
    """The norm of its values before."""
    diagnosis: str
    is_fault: bool
    """True where something keeps it from learning; a buffer need not learn."""


@dataclass(frozen=True)
class Audit:
    """Every tensor of a model after one trial step, which was undone."""

    loss: float
    rows: tuple[AuditRow, ...]

    @property
    def faults(self) -> tuple[AuditRow, ...]:
        """The rows of tensors that something keeps from learning."""
        return tuple(each for each in self.rows if each.is_fault)

    def to_frame(self) -> pd.DataFrame:
        """Return the table as a DataFrame."""
        import pandas as pd

        return pd.DataFrame([vars(each) for each in self.rows])

    def to_text(self) -> str:
        """Return one line a tensor."""
        width = max((len(each.name) for each in self.rows), default=0)
        lines = [
            f"{'✗' if each.is_fault else '✓'} {each.name:{width}}  {each.diagnosis}"
            for each in self.rows
        ]
        count = len(self.faults)
        loss = "" if self.loss != self.loss else f"loss {self.loss:.6g}; "
        head = f"{loss}{count or 'no'} of {len(self.rows)} tensors with a fault"
        return "\n".join([head, *lines])

    def _repr_html_(self) -> str:
        """Return the table, for notebooks."""
        return self.to_frame().to_html(index=False, float_format="{:.3g}".format)


def audit(
    model: nn.Module,
    optimizer: Optimizer | Iterable[Optimizer],
    loss: Callable[[], Tensor] | None = None,
) -> Audit:
    """Make one trial step, undo it, and say of every tensor whether it learns, and if not, why.

    `loss()` makes the forward pass and returns the loss, as a training loop does before
    `backward()`. Without it the gradients of the last backward pass are taken, and what happened on
    their way is not known. Listed are registered parameters and buffers, tensors that attributes,
    lists or dicts of the model hold unregistered, tensors of the optimizer that are none of the
    model's, and leaves of the loss's graph that neither knows. All is left as it was, bit for bit:
    values, gradients, buffers, optimizer state, modes, and the generators of torch, numpy and
    Python.

    Raises: ValueError: loss() must return a tensor of one number, got a tuple
    """
    optimizers = [optimizer] if isinstance(optimizer, Optimizer) else list(optimizer)
    found = list_tensors(model)
    owned = {id(t): g for one in optimizers for g in one.param_groups for t in g["params"]}
    known = {id(each.tensor) for each in found}
    strangers = [
        Found(f"optimizer.group[{place}][{number}]", each, False)
        for one in optimizers
        for place, group in enumerate(one.param_groups)
        for number, each in enumerate(group["params"])
        if id(each) not in known
    ]
    sizes = {id(each.tensor): find_norm(each.tensor) for each in [*found, *strangers]}
    tensors = {id(each.tensor): each.tensor for each in [*found, *strangers]}
    trial = make_trial(model, optimizers, list(tensors.values()), loss)
    outside = [
        Found(f"(outside the model, shape {tuple(leaf.shape)})", leaf, False)
        for key, leaf in trial.leaves.items()
        if key not in tensors
    ]
    sizes |= {id(each.tensor): find_norm(each.tensor) for each in outside}
    doctor = Doctor(trial, owned, found, strangers)
    rows = [
        make_row(each, trial, sizes[id(each.tensor)], owned, doctor)
        for each in [*found, *strangers, *outside]
    ]
    return Audit(trial.loss, tuple(rows))


def make_row(found: Found, trial: Trial, size: float, owned: dict, doctor: Doctor) -> AuditRow:
    """Return the row of one tensor."""
    tensor, key = found.tensor, id(found.tensor)
    diagnosis, is_fault = doctor.diagnose(found)
    return AuditRow(
        name=found.name,
        shape=tuple(tensor.shape),
        is_registered=found.is_registered,
        requires_grad=tensor.requires_grad,
        in_optimizer=key in owned,
        grad=trial.grads.get(key),
        moved=trial.moves.get(key, 0.0),
        size=size,
        diagnosis=diagnosis,
        is_fault=is_fault,
    )
