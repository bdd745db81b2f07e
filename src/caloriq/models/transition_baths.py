r"""Baths whose correlation function depends on the transition: what level independence (A3) is tested with.

Every unit has a bath of its own. A coherence between its levels a and b is forgotten as g_ab(τ), so that a transition from
the product state m to n has :math:`g_{nm}(\tau) = \prod_i g_{n_i m_i}(\tau)`, the product over the units whose level changes.

Source: L.-A. Wu, D. Segal (2008), arXiv:0711.4599 (WS), eq. 5: :math:`D_{nm}(\tau)` depends on n and m.
"""

from __future__ import annotations

from itertools import combinations
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput
from caloriq.models.baths import NotNegative
from caloriq.models.correlations import Correlation, Ohmic, PureDephasing, Sampled
from caloriq.models.definition import Definition
from caloriq.models.fields import Index

POSITIVE = 1e-12  # of the largest rate: negative eigenvalues below it are rounding


class NumberDephasing(Definition):
    r"""White noise that couples to the level number of every unit, L = √γ n̂.

    A coherence between levels a and b of one unit decays at :math:`\tfrac12\gamma(a-b)^2`, a transition that exchanges them
    between two units at :math:`\gamma(a-b)^2`. For two levels it is `PureDephasing` of the same rate.

    Parameters
    ----------
    rate : float
        γ ≥ 0.
    """

    kind: Literal["number-dephasing"] = "number-dephasing"
    rate: NotNegative

    def level_rates(self, levels: int) -> Real:
        """Decay of the coherences of one unit, shape (M, M)."""
        n = np.arange(levels)
        return np.asarray(self.rate / 2 * (n[:, None] - n) ** 2, dtype=float)


def _pair(value: Any) -> Any:
    """Two different levels, the lower one first; what is no pair of numbers is left to be refused."""
    if not isinstance(value, list | tuple | np.ndarray) or len(value) != 2:
        return value
    numbers = all(isinstance(one, int | float | np.number) for one in value)
    return tuple(sorted(value)) if numbers else tuple(value)


class PairCorrelation(Definition):
    """Correlation function of one unit that goes from one level to the other, or back.

    Parameters
    ----------
    levels : two int
        The levels a ≠ b, from 0; in any order.
    correlation : PureDephasing, Ohmic or Sampled
        g_ab(τ) of that unit alone; of a PureDephasing, e^(-Γτ).
    """

    levels: Annotated[tuple[Index, Index], BeforeValidator(_pair)]
    correlation: Correlation

    @model_validator(mode="after")
    def _two_levels(self) -> Self:
        a, b = self.levels
        if a < 0 or a == b:
            raise InvalidInput(f"`levels` must be two different levels from 0, but they are not (got {a} and {b})")
        return self


class ByTransition(Definition):
    r"""One correlation function for every pair of levels of a unit.

    Parameters
    ----------
    pairs : sequence of PairCorrelation
        Every pair of levels once. Pairs that no transition moves may be left out.

    Raises
    ------
    InvalidInput
        For a pair that is given twice.

    Notes
    -----
    White noise at rates Γ_ab is the limit of a bath only if -Γ is positive on vectors that sum to zero (then e^(-Γt) is a
    correlation matrix at every time); it is asked for where all pairs are white and given. Whether functions that remember
    belong to one bath is not looked at.
    """

    kind: Literal["by-transition"] = "by-transition"
    pairs: Annotated[tuple[PairCorrelation, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _once(self) -> Self:
        seen: set[tuple[int, int]] = set()
        for one in self.pairs:
            if one.levels in seen:
                raise InvalidInput(
                    f"`pairs` must have every pair of levels once, but one is given twice (got {one.levels[0]} and {one.levels[1]})"
                )
            seen.add(one.levels)
        return self

    @classmethod
    def of_number(cls, bath: Ohmic | PureDephasing, levels: int) -> Self:
        """A bath that couples to the level number of every unit: the exponent of g times (a - b)²/2, one half for one step.

        Parameters
        ----------
        bath : Ohmic or PureDephasing
            g of a transition that moves one excitation from a unit to another, both units together.
        levels : int
            M.

        Notes
        -----
        Such a bath of oscillators also shifts level n by -n² times its reorganisation energy. The levels of the units are
        those with the shift.
        """
        if not isinstance(bath, Ohmic | PureDephasing):
            raise InvalidInput(
                f"`bath` must be an Ohmic or PureDephasing one, whose exponent can be scaled, but it is not (got {_checks.shown(bath)})"
            )
        M = _checks.whole("levels", levels, 2)
        field = "rate" if isinstance(bath, PureDephasing) else "strength"
        found = []
        for a, b in combinations(range(M), 2):
            scaled = bath.model_copy(update={field: getattr(bath, field) * (a - b) ** 2 / 2})
            found.append(PairCorrelation(levels=(a, b), correlation=scaled))
        return cls(pairs=tuple(found))

    def of_pair(self, a: int, b: int) -> PureDephasing | Ohmic | Sampled:
        """Correlation function of a pair of levels.

        Raises
        ------
        InvalidInput
            If it is not given.
        """
        wanted = (min(a, b), max(a, b))
        for one in self.pairs:
            if one.levels == wanted:
                return one.correlation
        given = ", ".join(f"{x}-{y}" for x, y in (one.levels for one in self.pairs))
        raise InvalidInput(
            f"`bath` must have a correlation function for every pair of levels whose coherence counts, but for levels {wanted[0]} and {wanted[1]} it has none (got {given}); add the pair"
        )

    def level_rates(self, levels: int) -> Real | None:
        """Decay of the coherences of one unit, shape (M, M), NaN for pairs that are not given; None if any of them remembers."""
        found = np.full((levels, levels), np.nan)
        np.fill_diagonal(found, 0.0)
        for one in self.pairs:
            if not isinstance(one.correlation, PureDephasing):
                return None
            a, b = one.levels
            found[a, b] = found[b, a] = one.correlation.rate
        return found

    def check_levels(self, levels: int) -> None:
        """Refuse pairs of levels that no unit has, and white noise that no bath makes."""
        for one in self.pairs:
            if one.levels[1] >= levels:
                raise InvalidInput(
                    f"`bath` must be of levels 0..{levels - 1}, but a pair is not (got {one.levels[0]} and {one.levels[1]})"
                )
        rates = self.level_rates(levels)
        if rates is None or np.any(np.isnan(rates)):
            return
        P = np.eye(levels) - 1 / levels
        least = float(np.linalg.eigvalsh(-P @ rates @ P)[0])
        if least < -POSITIVE * float(rates.max(initial=0.0)):
            raise InvalidInput(
                f"`bath` must be white noise that keeps the density matrix positive, but no bath has these rates (got an eigenvalue {least:.3g} of -Γ on vectors that sum to zero); √Γ_ab must be distances, as of points in a space"
            )


UnitBath = Annotated[PureDephasing | Ohmic | Sampled | NumberDephasing | ByTransition, Field(discriminator="kind")]


def level_rates(bath: Any, levels: int) -> Real | None:
    """Decay of the coherences of one unit under white noise, shape (M, M); None for a bath that remembers, or without one."""
    if isinstance(bath, PureDephasing):
        return bath.rate / 2 * (1 - np.eye(levels))
    if isinstance(bath, NumberDephasing | ByTransition):
        return bath.level_rates(levels)
    return None
