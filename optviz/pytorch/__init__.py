"""The rules as real torch optimizers: `from optviz.pytorch import Adam` is all a loop changes.

`RuleOptimizer(params, rule)` runs any rule, your own too; the others carry torch's names. What
`state_dict()` saves is torch's own wherever torch.optim has the optimizer, and each loads the
other's: a training begun with one goes on with the other bit for bit. What does not fit is refused
in a sentence when it is loaded, and nothing has moved.
"""

from optviz.pytorch.named import SGD, Adadelta, Adagrad, Adam, AdamW, RMSprop
from optviz.pytorch.rule_optimizer import RuleOptimizer

__all__ = ["SGD", "Adadelta", "Adagrad", "Adam", "AdamW", "RMSprop", "RuleOptimizer"]
