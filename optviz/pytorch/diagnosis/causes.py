"""The diagnosis of one tensor: the first thing that keeps it from learning, in one line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from optviz.pytorch.diagnosis.tensors import Found
from optviz.pytorch.diagnosis.trial import Trial

LEARNS = "learns"
"""The diagnosis of a parameter with which nothing is wrong."""
LEAST_MOVE = 1e-7
"""A tensor that a step moves by less than this part of its size stands still."""
Diagnosis = tuple[str, bool]
"""A line, and True where it is a fault."""


class Doctor:
    """The diagnoses of all tensors after one trial step."""

    def __init__(
        self, trial: Trial, owned: dict[int, Any], found: Sequence[Found], strays: Sequence[Found]
    ):
        self.trial, self.owned = trial, owned
        self.names: dict[int, list[str]] = {}
        for each in found:
            self.names.setdefault(id(each.tensor), []).append(each.name)
        self.strays = {tuple(each.tensor.shape) for each in strays}
        """The shapes of the optimizer's tensors that are none of the model's."""

    def diagnose(self, found: Found) -> Diagnosis:
        """Return the diagnosis of a tensor."""
        if id(found.tensor) not in self.names:
            return self.diagnose_stranger(found)
        if found.is_buffer:
            return self.diagnose_buffer(found.tensor)
        if not found.is_registered:
            return self.diagnose_unregistered(found)
        return self.find_fault(found.tensor) or self.describe_learning(found)

    def diagnose_stranger(self, found: Found) -> Diagnosis:
        """Return the diagnosis of a tensor that the model does not know."""
        key = id(found.tensor)
        if key not in self.owned:
            line = "in the loss, but neither in the model nor in the optimizer"
            return f"{line}: register it as a parameter, or detach it if it is a constant", True
        if key in self.trial.leaves:
            return "not the model's, but in the loss and in the optimizer: it is trained", False
        line = "in the optimizer, but no tensor of the model and not in the loss"
        return f"{line}: make the optimizer after the parameters are in their final place", True

    def diagnose_buffer(self, tensor: Tensor) -> Diagnosis:
        """Return the diagnosis of a registered buffer."""
        if tensor.requires_grad:
            return "a buffer that requires a gradient: parameters() leaves it out", True
        if id(tensor) in self.owned:
            return "a buffer in the optimizer: without a gradient nothing moves it", True
        return "a buffer: no rule moves it", False

    def diagnose_unregistered(self, found: Found) -> Diagnosis:
        """Return the diagnosis of a tensor that the model holds and torch does not see."""
        tensor, key = found.tensor, id(found.tensor)
        if key in self.owned and key in self.trial.leaves:
            fault = self.find_fault(tensor)
            line = "not registered, but trained: state_dict() and .to() leave it out"
            return fault or (line, False)
        wrapped = {
            "list": "use nn.ParameterList or nn.ModuleList",
            "dict": "use nn.ParameterDict or nn.ModuleDict",
        }.get(found.hidden, "wrap it in nn.Parameter")
        where = f", hidden in a {found.hidden}" if found.hidden else ""
        if not tensor.is_leaf:
            line = "not registered: it is the result of an operation, not a leaf"
            return f"{line}{where}: wrap it in nn.Parameter", True
        if tensor.requires_grad:
            return f"not registered{where}: parameters() leaves it out; {wrapped}", True
        if not tensor.is_floating_point() or key not in self.trial.used:
            return "a plain tensor of the model: no rule moves it", False
        line = f"not registered{where} and requires no gradient"
        return f"{line}: {wrapped} if it should learn", True

    def find_fault(self, tensor: Tensor) -> Diagnosis | None:
        """Return the first fault of a tensor that should learn."""
        for look in (
            self.find_frozen,
            self.find_cut,
            self.find_missing,
            self.find_bad_gradient,
            self.find_standing,
        ):
            if line := look(tensor):
                return line, True
        return None

    def find_frozen(self, tensor: Tensor) -> str:
        """Return the fault of a tensor that requires no gradient."""
        if tensor.requires_grad:
            return ""
        return "frozen: requires_grad is False"

    def find_cut(self, tensor: Tensor) -> str:
        """Return the fault of a tensor that the loss does not depend on."""
        key = id(tensor)
        if key in self.trial.leaves:
            return ""
        if not self.trial.is_watched:
            return "no gradient: the last backward pass did not reach it (loss= tells why)"
        cuts = list(dict.fromkeys(self.trial.cuts.get(key, ())))
        if cuts:
            shown = ", ".join(cuts[:3])
            return f"cut off from the loss in the forward pass by {shown}"
        if key in self.trial.used:
            return "used in the forward pass, but the loss does not depend on it"
        return "not used in the forward pass: no gradient reaches it"

    def find_missing(self, tensor: Tensor) -> str:
        """Return the fault of a tensor that no optimizer has."""
        if id(tensor) in self.owned:
            return ""
        if tuple(tensor.shape) in self.strays:
            line = "not in the optimizer, which has another tensor of this shape"
            return f"{line}: it was made, or replaced, after the optimizer"
        return "not in the optimizer: it gets a gradient that nobody uses"

    def find_bad_gradient(self, tensor: Tensor) -> str:
        """Return the fault of a gradient that is not finite, zero, or almost nothing."""
        key = id(tensor)
        grad, causes = self.trial.grads.get(key), self.trial.causes.get(key, {})
        if grad is None:
            return "no gradient reaches it"
        if grad != grad:
            return f"its gradient is not finite{spell_cause(causes.get('breaks'), 'broken by')}"
        if grad == 0:
            if tensor._backward_hooks:
                return "its gradient is exactly 0: a hook on it changes the gradient"
            cause = spell_cause(causes.get("kills"), "stopped by")
            return f"its gradient is exactly 0{cause}"
        if faded := causes.get("fades"):
            return f"saturated: {', '.join(faded)} leaves almost nothing of its gradient"
        return ""

    def find_standing(self, tensor: Tensor) -> str:
        """Return the fault of a tensor that has a gradient and does not move."""
        key = id(tensor)
        lr = self.owned[key].get("lr")
        if lr is not None and float(lr) == 0:
            return "the learning rate of its group is 0"
        moved = self.trial.moves.get(key, 0.0)
        if key in self.trial.overwritten:
            return "overwritten in the forward pass: what the step learned is lost"
        size = float(tensor.detach().double().norm())
        if moved == 0:
            return "has a gradient and did not move: the step is lost to rounding, or not made"
        if moved < LEAST_MOVE * size:
            return f"hardly moves: a step of {moved:.1e} beside its size of {size:.1e}"
        return ""

    def describe_learning(self, found: Found) -> Diagnosis:
        """Return the line of a tensor that learns."""
        others = [each for each in self.names[id(found.tensor)] if each != found.name]
        tied = f", tied to {', '.join(others)}" if others else ""
        return f"{LEARNS}{tied}", False


def spell_cause(operations: list[str] | None, verb: str) -> str:
    """Return the operations behind a fault, if they are known."""
    return f": {verb} {', '.join(operations)}" if operations else ""
