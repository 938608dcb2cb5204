"""Why a parameter does not move: every tensor of a model followed through one trial step.

    import torch
    from optviz.pytorch.diagnosis import audit

    model = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.Sigmoid(), torch.nn.Linear(8, 1))
    optimizer = torch.optim.SGD(model[0].parameters(), lr=0.1)  # the last layer is forgotten
    rows, targets = torch.randn(16, 3), torch.randn(16, 1)
    found = audit(model, optimizer, lambda: ((model(rows) - targets) ** 2).mean())
    print(found.to_text())
    print(found.faults)  # the rows of what does not move

The step is undone: weights, buffers, gradients, the optimizer's state, modes and all random
generators are as before, bit for bit.
"""

from optviz.pytorch.diagnosis.report import Audit, AuditRow, audit

__all__ = ["Audit", "AuditRow", "audit"]
