"""Disorder: an ensemble of chains is a model too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from caloriq import _checks
from caloriq.errors import InvalidInput
from caloriq.models.baths import NotNegative
from caloriq.models.definition import Definition
from caloriq.models.fields import Count, Number, Seed
from caloriq.models.random import DISORDER, generator
from caloriq.models.spins import SpinChain

if TYPE_CHECKING:
    from caloriq.models.lattice.model import Lattice

Quantity = Literal["frequency", "hopping", "zz", "dephasing", "couplings"]
QUANTITIES: tuple[Quantity, ...] = ("frequency", "hopping", "zz", "dephasing", "couplings")
CHUNK = 1024  # samples drawn from one generator


class Disorder(Definition):
    """Independent random values of one quantity.

    Parameters
    ----------
    quantity : {"frequency", "hopping", "zz", "dephasing", "couplings"}
        What is random: per site, per bond, or every pair (`couplings`, all-to-all; ZZ terms, then a
        matrix, stay as they are).
    distribution : {"uniform", "normal"}
        Uniform over an interval of `width`, or normal with standard deviation `width`.
    width : float
        At least 0.
    centre : float, optional
        Middle of the distribution; by default the chain's own values, to which the disorder is added.
    """

    quantity: Quantity
    distribution: Literal["uniform", "normal"] = "uniform"
    width: NotNegative
    centre: Number | None = None


class DisorderedChain(Definition):
    """Ensemble of chains that differ in their disorder.

    Parameters
    ----------
    chain : SpinChain
        What all samples share.
    disorder : sequence of Disorder
        What differs, each quantity once.
    samples : int
        Their number. A longer ensemble of the same seed begins with the shorter one.
    seed : int
        Seed of the disorder.
    """

    kind: Literal["disordered-chain"] = "disordered-chain"
    chain: SpinChain
    disorder: tuple[Disorder, ...]
    samples: Count
    seed: Seed

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not self.disorder:
            raise InvalidInput("`disorder` must name what is random, but it is empty (got nothing)")
        names = [d.quantity for d in self.disorder]
        for name in names:
            if names.count(name) > 1:
                raise InvalidInput(f"`disorder` must name every quantity once, but one is named twice (got {name})")
        pairs = self.chain.couplings is not None or "couplings" in names
        if pairs and ("hopping" in names or "zz" in names):
            raise InvalidInput(
                f"`disorder` must be of `couplings` where the chain has them, but it is not (got {', '.join(names)})"
            )
        if "zz" in names and np.ndim(self.chain.zz) == 2:
            raise InvalidInput(
                f"`zz` must be a number or a list where it is random, but it is a matrix (got shape {self.chain.zz.shape}); give it bond by bond"
            )
        if "couplings" in names and self.chain.interacting and np.ndim(self.chain.zz) < 2:
            raise InvalidInput(
                f"`zz` must be 0 or a matrix where all couplings are random, but it is not (got {_checks.shown(self.chain.zz)}); a matrix says which pairs it is on"
            )
        return self

    @property
    def sites(self) -> int:
        """N."""
        return self.chain.sites

    def draws(self, quantity: Quantity, start: int, stop: int) -> NDArray[Any]:
        """Values of a quantity in samples `start`..`stop`, shape (samples, N), (samples, N-1) or (samples, pairs)."""
        one = next((d for d in self.disorder if d.quantity == quantity), None)
        base = self._base(quantity)
        if one is None:
            return np.broadcast_to(base, (stop - start, base.size))
        first, last = start // CHUNK, -(-stop // CHUNK)
        blocks = []
        for chunk in range(first, last):
            rng = generator(self.seed, DISORDER, QUANTITIES.index(quantity), chunk)
            rows = min(CHUNK, stop - chunk * CHUNK)
            normal = one.distribution == "normal"
            blocks.append(rng.standard_normal((rows, base.size)) if normal else rng.random((rows, base.size)) - 0.5)
        return _around(one, base, np.concatenate(blocks)[start - first * CHUNK :])

    def first_draws(self, quantity: Quantity, seeds: Sequence[int]) -> NDArray[Any]:
        """Values of a quantity in the first sample of every seed; shapes as those of `draws`, the model's own seed left aside."""
        one = next((d for d in self.disorder if d.quantity == quantity), None)
        base = self._base(quantity)
        if one is None:
            return np.broadcast_to(base, (len(seeds), base.size))
        normal, place = one.distribution == "normal", QUANTITIES.index(quantity)
        raw = np.empty((len(seeds), base.size))
        for row, seed in zip(raw, seeds, strict=True):
            rng = generator(seed, DISORDER, place, 0)
            if normal:
                rng.standard_normal(out=row)
            else:
                rng.random(out=row)
        return _around(one, base, raw if normal else raw - 0.5)

    def _base(self, quantity: Quantity) -> NDArray[Any]:
        chain, N = self.chain, self.sites
        if quantity == "frequency":
            return chain.frequencies
        if quantity == "dephasing":
            return chain.dephasing_rates
        if quantity == "couplings":
            upper = np.triu_indices(N, 1)
            own: NDArray[Any] = chain.one_excitation()[upper]
            return own
        given = chain.hopping if quantity == "hopping" else chain.zz
        return np.broadcast_to(np.asarray(given, dtype=float), (N - 1,)).copy()

    @property
    def may_cut(self) -> bool:
        """Whether the random hopping of a bond comes arbitrarily near 0: the resistance of a dephased bond, ∝ 1/g², has no mean then."""
        for d in self.disorder:
            if d.quantity in ("hopping", "couplings") and d.width > 0:
                middle = np.abs(self.chain.bonds.hopping if d.centre is None else d.centre)
                if d.distribution == "normal" or float(np.min(middle)) <= d.width / 2:
                    return True
        return False

    def sample(self, number: int) -> SpinChain:
        """One chain of the ensemble.

        Raises
        ------
        InvalidInput
            If there is no such sample, or its values are outside their domain.
        """
        i = _checks.index("number", number, self.samples)
        changed: dict[str, Any] = {}
        for one in self.disorder:
            values = self.draws(one.quantity, i, i + 1)[0]
            if one.quantity == "couplings":
                g = np.zeros((self.sites, self.sites), dtype=values.dtype)
                g[np.triu_indices(self.sites, 1)] = values
                changed |= {"couplings": g + g.conj().T, "hopping": None}
                changed["zz"] = self.chain.zz if np.ndim(self.chain.zz) == 2 else 0.0
            else:
                changed[one.quantity] = values
        return self.chain.model_copy(update=changed)

    def lattice(self, number: int) -> Lattice:
        """One chain of the ensemble as a lattice of local terms and jump operators."""
        return self.sample(number).lattice()


def _around(one: Disorder, base: NDArray[Any], raw: NDArray[Any]) -> NDArray[Any]:
    """Random numbers of unit width as values."""
    values: NDArray[Any] = (base if one.centre is None else one.centre) + one.width * raw
    return values
