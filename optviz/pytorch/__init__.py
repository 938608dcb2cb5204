"""The rules as real torch optimizers: `from optviz.pytorch import Adam` is all a loop changes.

`RuleOptimizer(params, rule)` runs any rule, your own too; the others carry torch's names.
"""

from optviz.pytorch.named import SGD, Adadelta, Adagrad, Adam, AdamW, RMSprop
from optviz.pytorch.rule_optimizer import RuleOptimizer

__all__ = ["SGD", "Adadelta", "Adagrad", "Adam", "AdamW", "RMSprop", "RuleOptimizer"]
