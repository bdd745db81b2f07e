"""Definitions: frozen, validated, serialisable. The same object is Python, YAML, JSON schema and CLI input."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from caloriq import display, wording
from caloriq._checks import shown
from caloriq.errors import InvalidInput
from caloriq.files import SCHEMA_VERSION


class Definition(BaseModel):
    """Base of everything that can be written to a file and hashed.

    Raises
    ------
    InvalidInput
        If a field is missing, unknown or outside its domain; one sentence names the field.
    """

    array_files: ClassVar[tuple[str, ...]] = ()  # fields that may be .npy files beside the model's

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=True)

    def __init__(self, **data: Any) -> None:
        try:
            super().__init__(**{name: unpacked(value) for name, value in data.items()})
        except ValidationError as error:
            raise refusal(error, known=type(self).model_fields) from None

    def _repr_html_(self) -> str:
        return display.definition_html(self)

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """As pydantic's, with the house's errors."""
        try:
            return super().model_validate(obj, **options)
        except ValidationError as error:
            raise refusal(error, known=cls.model_fields) from None

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:  # noqa: ARG002
        """A copy with some fields changed: validated anew, nothing carried over that was computed from the old ones."""
        return type(self)(**{**{name: getattr(self, name) for name in type(self).model_fields}, **(update or {})})

    @classmethod
    def from_mapping(cls, mapping: Any) -> Self:
        """Definition from a mapping of field names to values (what a YAML file holds)."""
        if not isinstance(mapping, dict):
            raise InvalidInput(
                f"`{cls.__name__}` must be a mapping of names to values, but it is not (got {shown(mapping)})"
            )
        for key in mapping:
            if not isinstance(key, str):
                refused = InvalidInput(f"`{cls.__name__}` must have text as keys, but one is not (got {key!r})")
                refused.place, refused.unknown = (str(key),), True
                raise refused
        return cls(**mapping)

    def to_mapping(self) -> dict[str, Any]:
        """Plain mapping of names to numbers, texts and lists; arrays by shape and hash."""
        return self.model_dump(mode="json", exclude_none=True)

    def whole_mapping(self) -> dict[str, Any]:
        """As `to_mapping`, and arrays that it gives by their hash in full: `from_mapping` makes the same definition of it."""
        mapping = self.to_mapping()
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, Definition):
                mapping[name] = value.whole_mapping()
            elif value is not None and _hashed(mapping.get(name)):
                mapping[name] = _packed(value)
        return mapping

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, Definition) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the resolved definition and the schema version: a name for what is simulated."""
        content = {"type": type(self).__name__, "schema": SCHEMA_VERSION, **self.to_mapping()}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _hashed(value: Any) -> bool:
    """Whether a field of a mapping stands by its hash, or each of its entries does."""
    return (
        isinstance(value, dict)
        and bool(value)
        and ("sha256" in value or all(re.fullmatch("[0-9a-f]{64}", str(v)) for v in value.values()))
    )


def _packed(value: Any) -> dict[str, Any]:
    """An array, or arrays by channel, as text that holds every bit."""
    if isinstance(value, Mapping):
        return {"channels": [[list(map(list, key)), _packed(array)] for key, array in value.items()]}
    array = np.ascontiguousarray(value)
    text = base64.b64encode(array.tobytes()).decode("ascii")
    return {"shape": list(array.shape), "dtype": array.dtype.str, "base64": text}


def unpacked(value: Any) -> Any:
    """The array of `_packed`; anything else as it is."""
    if not isinstance(value, dict):
        return value
    try:
        if value.keys() == {"channels"}:
            return {tuple(map(tuple, key)): unpacked(array) for key, array in value["channels"]}
        if value.keys() == {"shape", "dtype", "base64"}:
            content = base64.b64decode(value["base64"], validate=True)
            return np.frombuffer(content, np.dtype(value["dtype"])).reshape(value["shape"])
    except (ValueError, TypeError):
        return value  # refused as what it is by the field
    return value


_CLAIMS = {
    "greater_than": ("be greater than {gt}", "it is not"),
    "greater_than_equal": ("be at least {ge}", "it is smaller"),
    "less_than": ("be less than {lt}", "it is not"),
    "less_than_equal": ("be at most {le}", "it is larger"),
    "finite_number": ("be finite", "it is not"),
    "literal_error": ("be {expected}", "it is not"),
    "not_a_number": ("be a number", "it is a truth value"),
    "int_type": ("be a whole number", "it is not"),
    "int_parsing": ("be a whole number", "it is not"),
    "int_from_float": ("be a whole number", "it is not"),
    "float_type": ("be a number", "it is not"),
    "float_parsing": ("be a number", "it is not"),
    "string_type": ("be text", "it is not"),
    "bool_type": ("be true or false", "it is not"),
    "bool_parsing": ("be true or false", "it is not"),
    "string_too_short": ("hold at least {min_length} character(s)", "it holds fewer"),
    "model_type": ("be a mapping of names to values", "it is not"),
    "model_attributes_type": ("be a mapping of names to values", "it is not"),
    "dict_type": ("be a mapping of names to values", "it is not"),
    "list_type": ("be a list", "it is not"),
    "tuple_type": ("be a list", "it is not"),
    "too_short": ("hold at least {min_length}", "it holds fewer"),
    "too_long": ("hold at most {max_length}", "it holds more"),
    "union_tag_invalid": ("have a `kind` among {expected_tags}", "it has not"),
    "union_tag_not_found": ("have a `kind`", "it has none"),
}


def refusal(error: ValidationError, known: Any) -> InvalidInput:
    """The first complaint of a validation, in the house grammar, with the place of its value."""
    complaints = error.errors(include_url=False)
    # a misspelt name is also a missing one: say the cause
    first = next(
        (c for c in complaints if c["type"] == "extra_forbidden" and wording.nearest(c["loc"][-1], known)),
        complaints[0],
    )
    cause = first.get("ctx", {}).get("error")
    refused = InvalidInput(str(cause) if isinstance(cause, InvalidInput) else _sentence(first, known))
    refused.place, refused.unknown = tuple(first["loc"]), first["type"] == "extra_forbidden"
    if isinstance(cause, InvalidInput):
        refused.place, refused.unknown = (*refused.place, *cause.place), cause.unknown
    return refused


def _sentence(complaint: Any, known: Any) -> str:
    name = ".".join(str(part) for part in complaint["loc"]) or "input"
    value, kind, context = shown(complaint["input"]), complaint["type"], complaint.get("ctx", {})
    if "tag" in context:
        value = repr(context["tag"])
    if kind == "missing":
        return f"`{name}` must be given, but it is missing (got nothing); add `{name}`"
    if kind == "extra_forbidden":
        return unknown(name, value, known)
    must, but = _CLAIMS.get(kind, ("be valid", complaint["msg"]))
    return f"`{name}` must {must.format(**context)}, but {but} (got {value})"


def unknown(name: str, value: str, known: Iterable[str], *, before: str = "") -> str:
    """The sentence about a name that is not known; what is known is told after `before`."""
    names = list(known)
    meant = wording.remedy(name.rpartition(".")[2], names, f"known are {before}{', '.join(names)}", quote="`")
    return f"`{name}` must be a known name, but it is not (got {name}: {value}); {meant}"
