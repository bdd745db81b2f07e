"""Starts of banded chains: product states, thermal or in given bands, pure or mixed.

Source: PRE 73, 016101 (2006), eqs. 37-38 and text, doi:10.1103/PhysRevE.73.016101.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BeforeValidator, model_validator

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.errors import InvalidInput
from caloriq.models.banded import BandedChain
from caloriq.models.definition import Definition
from caloriq.models.fields import Count, Index, Seed
from caloriq.models.random import START, check_mixture, gaussian, generator

Draw = Literal["haar", "phases", "mixed"]


def _listed(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value


def _temperatures(value: Any) -> Any:
    """One temperature or a tuple of them, of either sign."""
    array = _checks.signed_temperatures(value, "temperatures")
    if array.ndim > 1 or isinstance(value, str | bool):
        raise InvalidInput(
            f"`temperatures` must be one number or a list, but they are not (got {_checks.shown(value)})"
        )
    return float(array) if array.ndim == 0 else tuple(array.tolist())


class _ProductStart(Definition):
    """Product of subunit states; pure ones are superpositions of bands with random amplitudes inside each."""

    draw: Draw = "haar"
    seed: Seed = 0
    samples: Count | None = None

    @model_validator(mode="after")
    def _one_mixture(self) -> Any:
        check_mixture(self.draw, self.samples)
        return self

    def band_weights(self, model: BandedChain) -> Real:
        """Occupation of every band of every subunit, shape (N, B)."""
        raise NotImplementedError

    def weights(self, model: BandedChain, configurations: NDArray[np.intp]) -> Real:
        """Occupation of configurations of bands, shape (C,) (PRE 38)."""
        p = self.band_weights(model)
        found: Real = np.prod([p[mu, configurations[:, mu]] for mu in range(model.subunits)], axis=0)
        return found

    def check_shells(self, model: BandedChain) -> None:
        """Refuse a start in given bands that lies outside the shells in which the model couples."""

    def band_states(self, model: BandedChain, sample: int) -> list[list[Complex]]:
        """Normalised random amplitudes within every band of every subunit."""
        return [
            [self._inside(generator(self.seed, START, sample, mu, band), inside[band]) for band in range(len(inside))]
            for mu, inside in enumerate(self.inside_bands(model))
        ]

    def inside_bands(self, model: BandedChain) -> list[list[Real]]:
        """Share of every level within its band, of every subunit: equal ones."""
        equal = [np.full(n, 1 / n) for n in model.levels]
        return [equal] * model.subunits

    def level_weights(self, model: BandedChain, configurations: NDArray[np.intp]) -> Real | None:  # noqa: ARG002
        """Occupation of every product level of the configurations, shape (dimension,); None where those of a band are equal."""
        return None

    def _inside(self, rng: np.random.Generator, shares: Real) -> Complex:
        n = shares.size
        if self.draw == "phases":
            phases: Complex = np.exp(2j * np.pi * rng.random(n)) * np.sqrt(shares)
            return phases
        psi = gaussian(rng, (n,)) * np.sqrt(n * shares)
        unit: Complex = psi / np.linalg.norm(psi)
        return unit

    def amplitudes(self, model: BandedChain, configurations: NDArray[np.intp]) -> Complex:
        """Amplitudes of all product levels of the configurations, shape (dimension, samples)."""
        root = np.sqrt(self.weights(model, configurations))
        columns = np.empty((int(model.sizes(configurations).sum()), self.samples or 1), dtype=complex)
        for k in range(columns.shape[1]):
            states, parts = self.band_states(model, k), []
            for amplitude, bands in zip(root, configurations.tolist(), strict=True):
                part = np.full(1, amplitude, dtype=complex)
                for mu, band in enumerate(bands):
                    part = np.multiply.outer(part, states[mu][band]).ravel()
                parts.append(part)
            columns[:, k] = np.concatenate(parts)
        return columns


class Thermal(_ProductStart):
    r"""Every subunit at its own temperature: bands occupied by :math:`n_i e^{-E_i/T}/Z` (PRE 37-38).

    Parameters
    ----------
    temperatures : float or sequence of float
        T of all subunits or of each, in the unit of the gap; negative ones occupy higher bands more than lower ones.
    draw : {"haar", "phases", "mixed"}
        Quasi-thermal pure state with Haar-random amplitudes within the bands, or with equal ones and random phases; or
        the mixed thermal state, whose levels within a band are equally occupied, treated exactly.
    seed : int
        Seed; every sample, subunit and band draws from its own child.
    samples : int, optional
        Number of pure states; results then carry a leading axis of that length.
    boltzmann : {"levels"}, optional
        Whether every level has its own factor :math:`e^{-(E_i + \varepsilon)/T}`; by default a band has that of its middle,
        as in the paper. It matters where T is not large against the bands' widths. The rate equation starts from the bands'
        occupations and takes the levels within them for equally occupied. Haar amplitudes are normalised in every band, so
        that their mean has these factors up to one over the number of levels that are occupied; phases have them exactly.
    """

    kind: Literal["thermal"] = "thermal"
    temperatures: Annotated[float | tuple[float, ...], BeforeValidator(_temperatures)]
    boltzmann: Literal["levels"] | None = None

    def band_weights(self, model: BandedChain) -> Real:
        """p_i of every subunit."""
        T = self._every(model)
        if self.boltzmann is None:
            return model.occupations(T)
        E = [model.band_energies[i] + model.band_levels(i) for i in range(len(model.levels))]
        low, high = min(float(e.min()) for e in E), max(float(e.max()) for e in E)
        p = np.array([[np.exp(-(e - (low if t > 0 else high)) / t).sum() for e in E] for t in T.tolist()])
        normalised: Real = p / p.sum(axis=1, keepdims=True)
        return normalised

    def inside_bands(self, model: BandedChain) -> list[list[Real]]:
        """Equal shares, or Boltzmann factors of the levels."""
        if self.boltzmann is None:
            return super().inside_bands(model)
        T = self._every(model).tolist()
        return [[_boltzmann(model.band_levels(i), t) for i in range(len(model.levels))] for t in T]

    def level_weights(self, model: BandedChain, configurations: NDArray[np.intp]) -> Real | None:
        """Products of band occupations and shares within the bands."""
        if self.boltzmann is None:
            return None
        inside, parts = self.inside_bands(model), []
        for weight, bands in zip(self.weights(model, configurations), configurations.tolist(), strict=True):
            part = np.full(1, weight)
            for mu, band in enumerate(bands):
                part = np.multiply.outer(part, inside[mu][band]).ravel()
            parts.append(part)
        return np.concatenate(parts)

    def _every(self, model: BandedChain) -> Real:
        """T of every subunit."""
        T = np.asarray(self.temperatures, dtype=float)
        if T.ndim and T.shape != (model.subunits,):
            raise InvalidInput(
                f"`temperatures` must be one number or one per subunit ({model.subunits}), but they are not (got {T.size})"
            )
        return np.broadcast_to(T, (model.subunits,))


def _boltzmann(levels: Real, temperature: float) -> Real:
    weight = np.exp(-(levels - (levels.min() if temperature > 0 else levels.max())) / temperature)
    shares: Real = weight / weight.sum()
    return shares


class InBands(_ProductStart):
    """Every subunit in one band.

    Parameters
    ----------
    bands : sequence of int
        Band of every subunit.
    draw, seed, samples
        As for `Thermal`.
    """

    kind: Literal["in-bands"] = "in-bands"
    bands: Annotated[tuple[Index, ...], BeforeValidator(_listed)]

    def band_weights(self, model: BandedChain) -> Real:
        """One band of every subunit."""
        if len(self.bands) != model.subunits:
            raise InvalidInput(
                f"`bands` must name one band per subunit ({model.subunits}), but it does not (got {len(self.bands)})"
            )
        p = np.zeros((model.subunits, len(model.levels)))
        for mu, band in enumerate(self.bands):
            p[mu, _checks.index("bands", band, len(model.levels))] = 1.0
        return p

    def check_shells(self, model: BandedChain) -> None:
        """Refuse a start outside the shells in which the model couples."""
        if model.shells is None:
            return
        for shell in model.total_shells:
            occupied = np.flatnonzero(self.weights(model, shell.configurations))
            moving = np.concatenate([shell.transfers.first, shell.transfers.second])
            if occupied.size and not np.any(np.isin(occupied, moving)):
                raise InvalidInput(
                    f"`initial` must lie in a shell that is coupled, {', '.join(f'{E:g}' for E in model.shells)}, but it does not (got bands {self.bands})"
                )


def thermal(
    temperature: ArrayLike,
    *,
    difference: float = 0.0,
    draw: Draw = "haar",
    seed: int = 0,
    samples: int | None = None,
    boltzmann: Literal["levels"] | None = None,
) -> Thermal:
    """Product state at a temperature, or at two of them.

    Parameters
    ----------
    temperature : float or array_like, shape (N,)
        T, of all subunits or of each; negative ones are inverted.
    difference : float
        ΔT: with one positive T, the pair at T + ΔT/2 and T - ΔT/2 (PRE 40). At most T in absolute value.
    draw, seed, samples, boltzmann
        See `Thermal`.
    """
    T = _checks.signed_temperatures(temperature)
    gap = _checks.scalar("difference", difference)
    if gap == 0.0:
        values = T.tolist() if T.ndim == 0 else tuple(T.tolist())
        return Thermal(temperatures=values, draw=draw, seed=seed, samples=samples, boltzmann=boltzmann)
    if T.ndim:
        raise InvalidInput(
            f"`difference` must go with one temperature, but there are several (got {gap:g}); give them all"
        )
    _checks.positive("temperature", float(T))
    if abs(gap) > T:
        raise InvalidInput(f"`difference` must be at most the temperature {float(T):g}, but it is larger (got {gap:g})")
    pair = (float(T) + gap / 2, float(T) - gap / 2)
    return Thermal(temperatures=pair, draw=draw, seed=seed, samples=samples, boltzmann=boltzmann)


def in_bands(bands: ArrayLike, *, draw: Draw = "haar", seed: int = 0, samples: int | None = None) -> InBands:
    """Every subunit in one band; see `InBands`."""
    given = _checks.numbers("bands", bands)
    if given.ndim != 1 or np.any(given != np.round(given)):
        raise InvalidInput(f"`bands` must be a list of whole numbers, but it is not (got {_checks.shown(bands)})")
    whole = tuple(int(b) for b in given)
    return InBands(bands=whole, draw=draw, seed=seed, samples=samples)


def started(model: BandedChain, initial: Thermal | InBands | None) -> Thermal | InBands:
    """The start that is meant, checked against the model: by default subunit 0 in its second band, the others in the lowest."""
    start = InBands(bands=(1, *(0,) * (model.subunits - 1))) if initial is None else initial
    if not isinstance(start, Thermal | InBands):
        raise InvalidInput(
            f"`initial` must be a start such as thermal() or in_bands(), but it is not (got {_checks.shown(start)})"
        )
    start.band_weights(model)
    start.check_shells(model)
    return start
