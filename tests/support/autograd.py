"""An oracle for formulas: torch's autograd on the text as Python reads it."""

import math

from optviz.formulas.errors import ONE_ARGUMENT


def autograd_derivatives(text: str, x: float, y: float, **parameters: float) -> list[float]:
    """Value, fx, fy, fxx, fxy, fyy by autograd, of the text as Python reads it."""
    import torch

    def of_tensors(function):
        return lambda *args: function(*(torch.as_tensor(arg, dtype=torch.float64) for arg in args))

    names = (*ONE_ARGUMENT, "hypot", "atan2")
    means: dict = {name: of_tensors(getattr(torch, name)) for name in names if name != "cbrt"}
    means |= {"max": of_tensors(torch.maximum), "min": of_tensors(torch.minimum)}
    means |= {"mod": of_tensors(torch.remainder), "where": lambda c, u, v: u if c else v}
    means["cbrt"] = of_tensors(lambda u: torch.sign(u) * torch.abs(u) ** (1 / 3))
    constants = {"pi": math.pi, "e": math.e}
    means |= {k: torch.tensor(v, dtype=torch.float64) for k, v in (constants | parameters).items()}
    point = torch.tensor([x, y], dtype=torch.float64, requires_grad=True)
    value = eval(text.replace("^", "**"), {**means, "x": point[0], "y": point[1]})  # noqa: S307
    value = value + 0 * (point**2).sum()  # so that a constant has derivatives as well
    (grad,) = torch.autograd.grad(value, point, create_graph=True)
    rows = [torch.autograd.grad(slope, point, retain_graph=True)[0] for slope in grad]
    return [v.item() for v in (value, *grad, rows[0][0], rows[0][1], rows[1][1])]
