"""Field types that every definition shares."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError


def plain(value: Any) -> Any:
    """NumPy scalars to Python ones; a boolean is not a number here."""
    if isinstance(value, bool | np.bool_):
        raise PydanticCustomError("not_a_number", "it is a truth value")
    return value.item() if isinstance(value, np.generic) else value


def short_too(*forms: dict[str, Any]) -> Any:
    """What a field's JSON schema allows beside what is stored: short forms that a file may hold."""

    def extra(own: dict[str, Any]) -> None:
        kept = {name: own.pop(name) for name in list(own) if name not in ("title", "default", "description")}
        own["anyOf"] = [*(kept.get("anyOf") or [kept]), *forms]

    return Field(json_schema_extra=extra)


def by_name(value: Any) -> Any:
    """A bare word stands for the mapping that holds it as its `kind`."""
    return {"kind": value} if isinstance(value, str) else value


FILE = {  # an array beside the model's file, in a JSON schema
    "anyOf": [
        {"type": "string", "description": "path of a .npy file beside the YAML file"},
        {
            "type": "object",
            "properties": {"file": {"type": "string"}, "sha256": {"type": "string"}},
            "required": ["file", "sha256"],
            "additionalProperties": False,
        },
    ]
}
MOST = 10**9  # beyond it no array of that length fits

Number = Annotated[float, BeforeValidator(plain)]
Positive = Annotated[float, Field(gt=0), BeforeValidator(plain)]
Count = Annotated[int, Field(ge=1, le=MOST), BeforeValidator(plain)]
Several = Annotated[int, Field(ge=2, le=MOST), BeforeValidator(plain)]
Index = Annotated[int, BeforeValidator(plain)]
Seed = Annotated[int, Field(ge=0), BeforeValidator(plain)]
Tolerance = Annotated[float, Field(ge=1e-14, le=1e-3), BeforeValidator(plain)]
