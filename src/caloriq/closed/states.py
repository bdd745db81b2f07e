"""Initial states in the one-excitation space, as definitions: what is started, not the vector itself."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, field_validator

from caloriq import _checks
from caloriq._checks import Complex
from caloriq.errors import InvalidInput
from caloriq.models.definition import Definition
from caloriq.models.fields import Count, Index, Seed, by_name
from caloriq.models.random import START, gaussian, generator
from caloriq.models.unequal import OneExcitation
from caloriq.results import frozen


class Haar(Definition):
    """Uniformly distributed pure state(s) of one subunit's band, all other subunits in their ground level.

    Parameters
    ----------
    subunit : int
        Index of the excited subunit, from 0; negative ones count from the end.
    seed : int
        Seed; sample k draws from its own child, so it does not depend on how many there are.
    samples : int, optional
        Number of states; results then carry a leading axis of that length. None: one state, no such axis.
    """

    kind: Literal["haar"] = "haar"
    subunit: Index = 0
    seed: Seed = 0
    samples: Count | None = None

    def amplitudes(self, model: OneExcitation) -> Complex:
        """Amplitudes within the band, shape (n, samples), one column of norm 1 per state."""
        n = model.counts[self.subunit]
        columns = np.empty((n, self.samples or 1), dtype=complex)
        for k in range(columns.shape[1]):
            psi = gaussian(generator(self.seed, START, k), (n,))
            columns[:, k] = psi / np.linalg.norm(psi)
        return columns


class Level(Definition):
    """One level of one subunit's band.

    Parameters
    ----------
    subunit : int
        Index of the excited subunit.
    level : int
        Index of the level within the band, ascending in energy.
    """

    kind: Literal["level"] = "level"
    subunit: Index = 0
    level: Index = 0
    samples: None = None

    def amplitudes(self, model: OneExcitation) -> Complex:
        """Amplitudes within the band, shape (n, 1)."""
        n = model.counts[self.subunit]
        column = np.zeros((n, 1), dtype=complex)
        column[_checks.index("level", self.level, n), 0] = 1.0
        return column


class Mixed(Definition):
    """Maximally mixed state of one subunit's band, ρ = P_µ/n: the exact average over all Haar starts, not a sample.

    Parameters
    ----------
    subunit : int
        Index of the excited subunit.
    """

    kind: Literal["mixed"] = "mixed"
    subunit: Index = 0
    samples: None = None

    def amplitudes(self, model: OneExcitation) -> Complex:
        """An orthonormal basis of the band, shape (n, n); the state is its equal mixture."""
        return np.eye(model.counts[self.subunit], dtype=complex)


class Vector(Definition):
    """Any vector of the one-excitation space; it is normalised.

    Parameters
    ----------
    vector : array, shape (N n,) or (N n, 2)
        Amplitudes, subunit by subunit; in a file the path of a .npy file beside it, or a list of numbers or [re, im].
    """

    kind: Literal["vector"] = "vector"
    vector: Annotated[
        Any,
        PlainSerializer(lambda v: [[z.real, z.imag] for z in v], when_used="json"),
        WithJsonSchema(
            {"type": ["string", "array"], "description": "path of a .npy file beside the YAML file, or a list"}
        ),
    ]
    samples: None = None

    @field_validator("vector")
    @classmethod
    def _amplitudes(cls, value: Any) -> Complex:
        if isinstance(value, str):
            raise InvalidInput(
                f"`vector` must be an array in Python, but it is a path (got {value!r}); load it with numpy.load"
            )
        amplitudes = _checks.numbers("vector", value, complex)
        if amplitudes.ndim == 2 and amplitudes.shape[1] == 2 and not np.any(amplitudes.imag):
            amplitudes = amplitudes[:, 0] + 1j * amplitudes[:, 1]  # as a file holds it
        if amplitudes.ndim != 1:
            raise InvalidInput(
                f"`vector` must be a list of amplitudes or of [re, im], but it is not (got shape {amplitudes.shape})"
            )
        return frozen(amplitudes.copy())


# in a file: a mapping with its `kind`, or the kind alone
Initial = Annotated[Haar | Level | Mixed | Vector, Field(discriminator="kind"), BeforeValidator(by_name)]


def columns(initial: Haar | Level | Mixed | Vector, model: OneExcitation) -> Complex:
    """Starting vectors, shape (D, k), one column each."""
    if isinstance(initial, Vector):
        return _checks.state("vector", initial.vector, model.dimension)[:, None]
    place = model.places[_checks.index("subunit", initial.subunit, model.subunits)]
    inside = initial.amplitudes(model)
    start = np.zeros((model.dimension, inside.shape[1]), dtype=complex)
    start[place] = inside
    return start


def haar(subunit: int = 0, *, seed: int = 0, samples: int | None = None) -> Haar:
    """Uniformly random pure state of one subunit's band (`samples` of them: an ensemble); see `Haar`."""
    return Haar(subunit=subunit, seed=seed, samples=samples)


def level(subunit: int = 0, level: int = 0) -> Level:
    """One band level of one subunit."""
    return Level(subunit=subunit, level=level)


def mixed(subunit: int = 0) -> Mixed:
    """Maximally mixed band of one subunit, treated exactly."""
    return Mixed(subunit=subunit)


def vector(amplitudes: ArrayLike) -> Vector:
    """Any vector of the one-excitation space, shape (N n,)."""
    return Vector(vector=_checks.numbers("vector", amplitudes, complex))
