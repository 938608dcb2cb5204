"""The steps of a training: by the rule's own text, or its proven twin in torch.optim.

Both work on one flat vector, a numpy array or a torch tensor on any device, and keep the params
before a step whole until the next one, so that Ctrl-C never leaves half a step behind.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np

from optviz.problems.batches import split_range
from optviz.rules import RULES, Rule
from optviz.specs import format_spec, unwrap_rule

CHUNK = 32768
"""Parameters updated at once: a rule's temporaries then stay in cache."""
ENGINES = ("rule", "fused")
"""The engines that make steps: the rule's text, or its twin in torch.optim."""


def make_stepper(engine: str, rule: Rule, params: Any) -> Stepper | TwinStepper:
    """Return what makes the steps of a rule from these params."""
    return (TwinStepper if engine == "fused" else Stepper)(rule, params)


class Stepper:
    """A rule applied to one vector, in chunks that fit the cache."""

    def __init__(self, rule: Rule, params: Any):
        # Our rules treat each parameter by itself; another may need the whole vector at once.
        is_ours = type(unwrap_rule(rule)) in RULES.values()
        size = CHUNK if is_ours and is_on_cpu(params) else max(1, len(params))
        self.params, self.spare = params, copy_vector(params)
        self.spans = list(split_range(len(params), size))
        self.states = [rule.init(params[span]) for span in self.spans]

    @property
    def current(self) -> Any:
        """The params after the last step."""
        return self.params

    def step(self, rule: Rule, grad: Any) -> Any:
        """Return the params after one more step; those before it stay whole until the next."""
        for i, span in enumerate(self.spans):
            new, self.states[i] = rule.update(self.params[span], grad[span], self.states[i])
            self.spare[span] = new
        self.params, self.spare = self.spare, self.params
        return self.params

    def pack(self) -> dict[str, np.ndarray]:
        """Return the state as arrays by name; what has one number for all parameters as one.

        Raises: ValueError: Clipped keeps a state that is no named tuple of numbers
        """
        parts = [check_state(each) for each in self.states]
        found: dict[str, np.ndarray] = {}
        for name, first in parts[0].items():
            values = [np.asarray(each[name]) for each in parts]
            is_vector = np.ndim(first) > 0
            found[name] = np.concatenate(values) if is_vector else values[0]
        return found

    def unpack(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Set the state to what `pack` returned."""
        for i, span in enumerate(self.spans):
            before = check_state(self.states[i])
            values = {}
            for name, old in before.items():
                value = arrays[name]
                values[name] = like(old, value[span]) if np.ndim(old) else value.item()
            self.states[i] = type(self.states[i])(**values)


def check_state(state: Any) -> dict[str, Any]:
    """Return the fields of a rule's state.

    Raises: ValueError: a checkpoint needs a state that is a named tuple of numbers, got a list
    """
    if hasattr(state, "_asdict"):
        fields = state._asdict()
        if all(np.asarray(each).dtype.kind in "biuf" for each in fields.values()):
            return fields
    kind = type(state).__name__
    raise ValueError(f"a checkpoint needs a state that is a named tuple of numbers, got a {kind}")


class TwinStepper:
    """The twin of a rule in torch.optim, fused where torch has that, on one flat tensor."""

    def __init__(self, rule: Rule, params: Any):
        import torch

        self.twin, keywords = find_fast_twin(rule)
        self.is_array = isinstance(params, np.ndarray)
        now = torch.from_numpy(params) if self.is_array else params
        self.now, self.spare = now, now.clone()
        self.leaf = torch.nn.Parameter(self.spare)
        keywords.pop("decoupled_weight_decay", None)
        has_fused = "fused" in inspect.signature(self.twin.kind).parameters
        # Adagrad has a fused kernel for the processor alone.
        if has_fused and (is_on_cpu(now) or self.twin.kind is not torch.optim.Adagrad):
            keywords |= {"fused": True, "foreach": None}
        self.optimizer = self.twin.kind([self.leaf], **keywords)  # type: ignore[arg-type]
        # Without the profiler's hooks around it, which take a tenth of a small model's step.
        self.make_step = inspect.unwrap(type(self.optimizer).step)
        self.rule = rule

    @property
    def current(self) -> Any:
        """The params after the last step."""
        return self.now.numpy() if self.is_array else self.now

    def step(self, rule: Rule, grad: Any) -> Any:
        """Return the params after one more step; those before it stay whole until the next."""
        import torch

        if rule is not self.rule:
            self.write_settings(rule)
        self.spare.copy_(self.now)
        self.leaf.data = self.spare
        self.leaf.grad = torch.from_numpy(grad) if self.is_array else grad
        with torch.no_grad():
            self.make_step(self.optimizer)
        self.now, self.spare = self.spare, self.now
        return self.current

    def write_settings(self, rule: Rule) -> None:
        """Give the twin the numbers that a schedule has changed: lr, and beta1 where it cycles."""
        inner, group = unwrap_rule(rule), self.optimizer.param_groups[0]
        for key, words in self.twin.settings.items():
            if words and key in group:
                found = tuple(getattr(inner, word, 0.0) for word in words.split())
                group[key] = found if len(found) > 1 else next(iter(found))
        self.rule = rule

    def pack(self) -> dict[str, np.ndarray]:
        """Return the state as arrays by name."""
        state = self.optimizer.state.get(self.leaf, {})
        return {name: to_array(each) for name, each in state.items() if each is not None}

    def unpack(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Set the state to what `pack` returned."""
        import torch

        places = {"step": "cpu"} if not self.is_fused else {}
        self.optimizer.state[self.leaf] = {
            name: torch.from_numpy(each.copy()).to(places.get(name, self.leaf.device))
            for name, each in arrays.items()
        }

    @property
    def is_fused(self) -> bool:
        """True where one kernel of torch's makes the whole step."""
        return bool(self.optimizer.param_groups[0].get("fused"))


def find_fast_twin(rule: Rule) -> Any:
    """Return the twin of a rule with its keywords.

    Raises: ValueError: torch.optim has no twin of momentum:lr=0.1,damped=yes: engine="rule" ...
    """
    from optviz.pytorch.twins import find_twin

    found = find_twin(rule)
    if found is None:
        text = format_spec(rule)
        raise ValueError(f'torch.optim has no twin of {text}: engine="rule" takes any rule')
    return found


def is_on_cpu(params: Any) -> bool:
    """Return True for an array, and for a tensor in the processor's own memory."""
    return isinstance(params, np.ndarray) or params.device.type == "cpu"


def copy_vector(params: Any) -> Any:
    """Return a copy of an array or a tensor."""
    return params.copy() if isinstance(params, np.ndarray) else params.clone()


def to_array(params: Any) -> np.ndarray:
    """Return an array or a tensor of any device as an array, not copied where it need not be."""
    return params if isinstance(params, np.ndarray) else params.detach().cpu().numpy()


def like(old: Any, value: np.ndarray) -> Any:
    """Return values of the kind of an array or a tensor."""
    if isinstance(old, np.ndarray):
        return value.astype(old.dtype)
    import torch

    return torch.from_numpy(value.copy()).to(old.device, old.dtype)
