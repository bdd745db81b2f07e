"""Field types that every definition shares."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError


def _plain(value: Any) -> Any:
    """NumPy scalars to Python ones; a boolean is not a number here."""
    if isinstance(value, bool | np.bool_):
        raise PydanticCustomError("not_a_number", "it is a truth value")
    return value.item() if isinstance(value, np.generic) else value


Number = Annotated[float, BeforeValidator(_plain)]
Positive = Annotated[float, BeforeValidator(_plain), Field(gt=0)]
NonNegative = Annotated[float, BeforeValidator(_plain), Field(ge=0)]
Count = Annotated[int, BeforeValidator(_plain), Field(ge=1)]
Several = Annotated[int, BeforeValidator(_plain), Field(ge=2)]
Index = Annotated[int, BeforeValidator(_plain)]
Seed = Annotated[int, BeforeValidator(_plain), Field(ge=0)]
