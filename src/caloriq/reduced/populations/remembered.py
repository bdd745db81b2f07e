"""Correlation functions of transitions between product states under baths that remember: which ones there are, and their ends."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caloriq import wording
from caloriq._checks import Complex, Real
from caloriq.errors import CaloriqError, InvalidInput, Unsupported
from caloriq.models.correlations import Ohmic, PureDephasing, Sampled
from caloriq.models.transition_baths import ByTransition
from caloriq.reduced.populations.space import Space

FORGOTTEN = 40.0  # e-foldings after which g no longer counts


@dataclass(frozen=True)
class Product:
    """g(τ) of a transition: the product over the units whose level changes."""

    factors: tuple[Any, ...]

    def correlation(self, times: Real) -> Complex:
        """g(τ), shape (T,)."""
        found = np.ones(len(times), dtype=complex)
        for one in self.factors:
            found *= one.correlation(times)
        return found

    @property
    def fastest(self) -> float:
        """Scale of the variation of g, in inverse time."""
        return float(sum(one.fastest for one in self.factors))

    @cached_property
    def knots(self) -> Real:
        """Times at which g is not smooth."""
        return np.unique(np.concatenate([np.empty(0), *(getattr(one, "times", np.empty(0)) for one in self.factors)]))

    @property
    def unknown(self) -> Sampled | None:
        """The factor that ends first while it is not yet forgotten; None where the product is known at all times."""
        sampled = [one for one in self.factors if isinstance(one, Sampled)]
        open_ends = [one for one in sampled if np.isfinite(one.known_until)]
        if not open_ends:
            return None
        first = min(open_ends, key=lambda one: one.known_until)
        zero = min((float(one.times[-1]) for one in sampled if not np.isfinite(one.known_until)), default=np.inf)
        return first if first.known_until < zero else None

    def end(self) -> float:
        """Time after which g no longer counts: the earliest of the factors'.

        Raises
        ------
        InvalidInput, Unsupported
            If no factor has one.
        """
        ends, refused = [], None
        for one in self.factors:
            try:
                ends.append(_end(one))
            except CaloriqError as error:
                refused = error
        if refused is not None and (not ends or self.unknown is not None):
            raise refused
        return min(ends)


def _end(bath: Any) -> float:
    """Time after which one g no longer counts."""
    if isinstance(bath, Sampled):
        if bath.known_until < np.inf:
            raise InvalidInput(
                f"`bath` must have forgotten at its last sample for a Markov limit, but |g| is still {abs(bath.values[-1]):.2g} (got times until {bath.known_until:g}); give samples until it has fallen below 1e-6"
            )
        return float(bath.times[-1])
    if isinstance(bath, PureDephasing):
        if bath.rate == 0:
            raise Unsupported(
                f"`bath` must couple for a Markov limit, but its rate is zero (got {wording.spoken(bath)}); take a rate above 0"
            )
        return FORGOTTEN / bath.rate
    assert isinstance(bath, Ohmic)
    rate = np.pi * bath.strength * bath.temperature  # |g| ~ e^(-π α T τ)
    if bath.strength == 0:
        raise Unsupported(
            f"`bath` must couple for a Markov limit, but its strength is zero (got {wording.spoken(bath)}); take a strength above 0"
        )
    if rate == 0:
        raise Unsupported(
            f"`bath` must forget for a Markov limit, but its correlation function falls as a power of time only (got {wording.spoken(bath)}); take a temperature above 0, or order=2 at finite times"
        )
    return FORGOTTEN / rate + FORGOTTEN / bath.cutoff


def remembered(space: Space) -> tuple[NDArray[np.intp], tuple[Product, ...]]:
    """Number of the correlation function of every transition, and the functions.

    Raises
    ------
    InvalidInput
        If a transition moves a pair of levels whose function is not given.
    """
    bath = space.model.bath
    n, m, _ = space.transitions
    if not isinstance(bath, ByTransition):
        return np.zeros(len(n), dtype=np.intp), (Product((bath,)),)
    final, initial = space.states[n], space.states[m]
    M = space.level_energies.shape[1]
    low, high = np.minimum(final, initial), np.maximum(final, initial)
    # pairs of levels in order of their number, so that it does not matter which unit moves how
    moved = np.sort(np.where(low != high, low * M + high, -1), axis=1)
    kinds, number = np.unique(moved, axis=0, return_inverse=True)
    products = tuple(Product(tuple(bath.of_pair(*divmod(p, M)) for p in row if p >= 0)) for row in kinds.tolist())
    return number.ravel().astype(np.intp), products
