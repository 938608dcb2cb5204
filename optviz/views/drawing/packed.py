"""Numbers packed as plotly.js reads them fastest: typed arrays in base64."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import numpy as np

SINGLE = float(np.finfo("f4").max)


def packed(value: Any, single: bool = False) -> Any:
    """The value with every numpy array in it as a typed-array spec, {"dtype", "bdata"}.

    `single` halves floats to 32 bits where these hold them; what is not finite becomes NaN.
    """
    if isinstance(value, dict):
        return {key: packed(each, single) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [packed(each, single) for each in value]
    if isinstance(value, np.ndarray):
        return spec(value, single)
    return value.item() if isinstance(value, np.generic) else value


def spec(array: np.ndarray, single: bool = False) -> dict[str, str]:
    """One array as {"dtype", "bdata"}, and "shape" where it has more than one axis."""
    if array.dtype.kind in "iub":
        array = array.astype("i4")
    else:
        array = np.where(np.isfinite(array), array, np.nan)
        small = single and np.nanmax(np.abs(array), initial=0.0) < SINGLE
        array = array.astype("f4" if small else "f8", copy=False)
    out = {"dtype": array.dtype.str[1:], "bdata": b64encode(array.tobytes()).decode("ascii")}
    return out | ({"shape": str(array.shape)[1:-1]} if array.ndim > 1 else {})
