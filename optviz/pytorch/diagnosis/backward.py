"""The backward pass watched: which leaves it reaches, and where a gradient dies on its way."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

SQUASHING = {
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "Softmax": "softmax",
    "LogSoftmax": "log softmax",
    "Clamp": "clamp",
    "ClampMin": "clamp",
    "ClampMax": "clamp",
    "Hardtanh": "hardtanh",
    "Hardsigmoid": "hardsigmoid",
    "Hardswish": "hardswish",
    "Erf": "erf",
    "Atan": "atan",
    "Relu": "relu",
    "Threshold": "threshold",
    "LogSigmoid": "log sigmoid",
    "Gelu": "gelu",
    "Silu": "silu",
    "Softplus": "softplus",
    "Elu": "elu",
    "Exp": "exp",
}
"""The operations whose slope fades at an end, by the name of their node, and their plain names."""
PRODUCTS = {"Mul", "Mm", "Addmm", "Bmm", "Baddbmm", "Mv", "Addmv", "Dot", "Linear", "Convolution"}
"""The operations whose gradient in one factor is a product with the other factor."""
SATURATED = 1e-3
"""A gradient is called faded where such an operation leaves less than this part of it."""


class Edge(NamedTuple):
    """One step of a gradient back: through an operation, toward one of its inputs.

    Units: `before` and `after` are the largest sizes of an entry, NaN where one is not finite
    """

    operation: str
    before: float
    after: float
    child: Any

    @property
    def kills(self) -> bool:
        """True where a gradient goes in and exactly nothing comes out."""
        return self.before > 0 and self.after == 0

    @property
    def fades(self) -> bool:
        """True where a squashing operation leaves almost nothing."""
        return self.operation in SQUASHING and 0 < self.after < SATURATED * self.before

    @property
    def breaks(self) -> bool:
        """True where a finite gradient goes in and NaN or infinity comes out."""
        return self.before == self.before and self.after != self.after


class BackwardWatch:
    """The graph of a loss, with a hook at every operation; alive until `close`."""

    def __init__(self, loss: Tensor):
        self.root = loss.grad_fn
        self.edges: dict[Any, list[Edge]] = {}
        self.leaves: dict[int, Tensor] = {}
        self.nodes: list[Any] = []
        self.hooks: list[Any] = []
        waiting, seen = [self.root], {self.root}
        while waiting:
            node = waiting.pop()
            if node is None:
                continue
            self.nodes.append(node)
            leaf = getattr(node, "variable", None)
            if leaf is not None:
                self.leaves[id(leaf)] = leaf
            else:
                self.hooks.append(node.register_hook(self.make_hook(node)))
            for child, _ in node.next_functions:
                if child is not None and child not in seen:
                    seen.add(child)
                    waiting.append(child)

    def make_hook(self, node: Any) -> Any:
        """Return the hook that notes how an operation changes the gradient."""
        name = read_operation(node)
        children = [child for child, _ in node.next_functions]

        def note(inputs: tuple, outputs: tuple) -> None:
            before = find_size(*outputs)
            self.edges[node] = [
                Edge(name, before, find_size(each), child)
                for each, child in zip(inputs, children, strict=False)
                if child is not None
            ]

        return note

    def close(self) -> None:
        """Take the hooks away."""
        for each in self.hooks:
            each.remove()

    def list_causes(self, leaf: Tensor, kind: str) -> list[str]:
        """Return the operations at which the gradient of a leaf dies, of one kind of edge.

        `kind` is kills, fades or breaks. Only where every way from the loss to the leaf passes
        through such an edge is there a cause.
        """
        causes: list[Edge] = []
        reached, waiting = {self.root}, [self.root]
        while waiting:
            node = waiting.pop()
            if getattr(node, "variable", None) is leaf:
                return []
            for edge in self.edges.get(node, ()):
                if getattr(edge, kind):
                    causes.append(edge)
                elif edge.child not in reached:
                    reached.add(edge.child)
                    waiting.append(edge.child)
        leading = [each.operation for each in causes if self.leads(each.child, leaf)]
        return list(dict.fromkeys(map(name_operation, leading)))

    def leads(self, node: Any, leaf: Tensor) -> bool:
        """Return True where a node's gradient goes on to a leaf."""
        seen, waiting = {node}, [node]
        while waiting:
            node = waiting.pop()
            if getattr(node, "variable", None) is leaf:
                return True
            for child, _ in node.next_functions:
                if child is not None and child not in seen:
                    seen.add(child)
                    waiting.append(child)
        return False


def name_operation(operation: str) -> str:
    """Return the plain name of an operation at which a gradient ends."""
    if operation in PRODUCTS:
        return "a product whose other factor is 0"
    return SQUASHING.get(operation, operation.lower())


def read_operation(node: Any) -> str:
    """Return the operation of a node: Sigmoid for SigmoidBackward0."""
    return type(node).__name__.partition("Backward")[0]


def find_size(*tensors: Tensor | None) -> float:
    """Return the largest size of an entry; NaN where one is not finite, 0 where there is none."""
    sizes = [0.0]
    for each in tensors:
        if each is not None and each.numel():
            values = each.detach()
            values = values.coalesce().values() if values.is_sparse else values
            sizes.append(float(values.abs().max()))
    largest = max(sizes, key=lambda size: (size != size, size))
    return largest if largest < float("inf") else float("nan")


def find_norm(tensor: Tensor) -> float:
    """Return the Euclidean norm in double precision."""
    values = tensor.detach()
    values = values.coalesce().values() if values.is_sparse else values
    return float(torch.linalg.vector_norm(values.abs().double()))
