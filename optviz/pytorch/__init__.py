"""The rules as real torch optimizers: `from optviz.pytorch import Adam` is all a loop changes.

    import torch
    from optviz.pytorch import Adam  # was: from torch.optim import Adam

    model = torch.nn.Linear(3, 1)
    optimizer = Adam(model.parameters(), lr=1e-3, weight_decay=1e-4)  # the keywords are torch's
    model(torch.ones(3)).sum().backward()
    optimizer.step()

torch's schedulers drive them all. Any module is also a problem to look at: see `ModuleProblem`,
which takes tensors, a DataLoader or batches that are dicts, and slices of its loss that say with
which running averages they were taken.

`RuleOptimizer(params, rule)` runs any rule, your own too; the others carry torch's names. What
`state_dict()` saves is torch's own wherever torch.optim has the optimizer, and each loads the
other's: a training begun with one goes on with the other bit for bit. What does not fit is refused
in a sentence when it is loaded, and nothing has moved.
"""

from optviz.extras import require_torch

try:
    from optviz.pytorch.named import SGD, Adadelta, Adagrad, Adam, AdamW, RMSprop
    from optviz.pytorch.rule_optimizer import RuleOptimizer
except ModuleNotFoundError:
    require_torch("optviz.pytorch")
    raise

__all__ = ["SGD", "Adadelta", "Adagrad", "Adam", "AdamW", "RMSprop", "RuleOptimizer"]
