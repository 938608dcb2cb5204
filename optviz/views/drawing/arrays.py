"""Numbers packed as plotly.js reads them fastest: typed arrays in base64."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

import numpy as np

from optviz.views.drawing.scale import to_single


def pack_arrays(value: Any, single: bool = False) -> Any:
    """Return the value with every numpy array in it as a typed-array spec, {"dtype", "bdata"}.

    An array of more than one axis has a "shape" too; one of texts becomes a list. `single` halves
    floats to 32 bits where these hold them; what is not finite becomes NaN.
    """
    if isinstance(value, dict):
        return {key: pack_arrays(each, single) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [pack_arrays(each, single) for each in value]
    if not isinstance(value, np.ndarray):
        return value.item() if isinstance(value, np.generic) else value
    if value.dtype.kind in "OUS":
        return value.tolist()
    if value.dtype.kind in "iub":
        array = value.astype("i4")
    elif single:
        array = to_single(value)
    else:
        finite = np.isfinite(value)
        array = value if finite.all() else np.where(finite, value, np.nan)
        array = array.astype("f8", copy=False)
    spec = {"dtype": array.dtype.str[1:], "bdata": b64encode(array.tobytes()).decode("ascii")}
    return spec | ({"shape": str(array.shape)[1:-1]} if array.ndim > 1 else {})


def unpack_array(value: Any) -> np.ndarray:
    """Return the array of a typed-array spec, or of plain numbers."""
    if isinstance(value, dict):
        flat = np.frombuffer(b64decode(value["bdata"]), dtype=value["dtype"])
        return flat.reshape([int(each) for each in str(value.get("shape", flat.size)).split(",")])
    return np.asarray(value, dtype=float)
