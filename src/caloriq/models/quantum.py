"""Closed chains of spins 1/2 with neighbour couplings and fields: what blocks are cut from.

Sources: E. Lieb, T. Schultz, D. Mattis, Ann. Phys. 16, 407 (1961), doi:10.1016/0003-4916(61)90115-4 (XX);
M. C. Bañuls, J. I. Cirac, M. B. Hastings, PRL 106, 050405 (2011), doi:10.1103/PhysRevLett.106.050405 (tilted Ising);
A. Pal, D. A. Huse, PRB 82, 174411 (2010), doi:10.1103/PhysRevB.82.174411 (disordered Heisenberg).
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput, Unsupported
from caloriq.models.definition import Definition
from caloriq.models.driven import Values, per_site, sites_of
from caloriq.models.fields import Number, Seed, Several, plain
from caloriq.models.random import FIELD, generator
from caloriq.results import frozen
from caloriq.spaces.basis import on_sites
from caloriq.spaces.terms import IY, X, Z

Strength = Annotated[float, Field(ge=0), BeforeValidator(plain)]
Carried = Literal["energy", "spin"]


class QuantumChain(Definition):
    r"""Open chain of spins 1/2, closed to the outside.

    .. math::
        H = \sum_j \big(J_x S^x_j S^x_{j+1} + J_y S^y_j S^y_{j+1} + J_z S^z_j S^z_{j+1}\big)
            + \sum_j \big(h^x_j S^x_j + h^z_j S^z_j\big), \qquad S = \sigma/2

    Parameters
    ----------
    sites : int
        N, at least 2.
    jx, jy, jz : float
        Couplings of neighbours, between spin operators S = σ/2 (a coupling of Pauli matrices is a quarter of it). In
        units of energy. Default 0.
    hx, hz : float or sequence of N
        Fields on S (a field on a Pauli matrix is half of it), in units of energy. Default 0.
    disorder : float
        W ≥ 0: every hz gets an independent number, uniform in [-W, W], on top. Default 0.
    seed : int
        Of these numbers.

    Raises
    ------
    InvalidInput
        For values outside their domain, wrong lengths, or a chain without any coupling.
    """

    kind: Literal["quantum-chain"] = "quantum-chain"
    sites: Several
    jx: Number = 0.0
    jy: Number = 0.0
    jz: Number = 0.0
    hx: Values = 0.0
    hz: Values = 0.0
    disorder: Strength = 0.0
    seed: Seed = 0

    array_files: ClassVar[tuple[str, ...]] = ("hx", "hz")

    @model_validator(mode="before")
    @classmethod
    def _arrays(cls, data: Any) -> Any:
        N = sites_of(data)
        if N is None:
            return data
        return {**data, **{name: per_site(name, data.get(name, 0.0), N, "sites") for name in ("hx", "hz")}}

    @model_validator(mode="after")
    def _coupled(self) -> Self:
        if self.jx == self.jy == self.jz == 0:
            raise InvalidInput(
                "`jx` must couple the spins, or `jy` or `jz` must, but all three are zero (got 0); give one of them"
            )
        return self

    @classmethod
    def xx(cls, sites: int, *, coupling: float = 1.0) -> Self:
        """XX chain: J (SxSx + SySy), free fermions."""
        return cls(sites=sites, jx=coupling, jy=coupling)

    @classmethod
    def xxz(cls, sites: int, *, anisotropy: float, coupling: float = 1.0) -> Self:
        """XXZ chain: J (SxSx + SySy + Δ SzSz)."""
        return cls(sites=sites, jx=coupling, jy=coupling, jz=_checks.scalar("anisotropy", anisotropy) * coupling)

    @classmethod
    def heisenberg(cls, sites: int, *, coupling: float = 1.0, disorder: float = 0.0, seed: int = 0) -> Self:
        """Heisenberg chain J S·S with fields uniform in [-W, W] (Pal, Huse 2010, eq. 1)."""
        return cls(sites=sites, jx=coupling, jy=coupling, jz=coupling, disorder=disorder, seed=seed)

    @classmethod
    def tilted_ising(
        cls, sites: int, *, coupling: float = 1.0, transverse: float = -1.05, longitudinal: float = 0.5
    ) -> Self:
        """Ising chain in a tilted field: J σzσz + g σx + h σz, Pauli matrices; by default at the point of Bañuls et al."""
        return cls(
            sites=sites,
            jz=4 * _checks.scalar("coupling", coupling),
            hx=2 * _checks.scalar("transverse", transverse),
            hz=2 * _checks.scalar("longitudinal", longitudinal),
        )

    @cached_property
    def transverse_fields(self) -> Real:
        """hx, shape (N,)."""
        return frozen(np.broadcast_to(np.asarray(self.hx, dtype=float), (self.sites,)).copy())

    @cached_property
    def fields(self) -> Real:
        """Fields hz with their disorder, shape (N,); the number of site j is the same in chains of any length."""
        h = np.broadcast_to(np.asarray(self.hz, dtype=float), (self.sites,)).copy()
        if self.disorder:
            h += self.disorder * generator(self.seed, FIELD).uniform(-1, 1, self.sites)
        return frozen(h)

    @property
    def forbids_spin(self) -> str | None:
        """The term that does not conserve ΣSz, in words; None if there is none."""
        if np.any(self.transverse_fields):
            site = int(np.argmax(self.transverse_fields != 0))
            return f"the field hx Sx (hx = {self.transverse_fields[site]:g} on site {site})"
        if self.jx != self.jy:
            return f"the coupling (jx - jy)/4 (S⁺S⁺ + S⁻S⁻) (jx = {self.jx:g}, jy = {self.jy:g})"
        return None

    @property
    def conserves_spin(self) -> bool:
        """Whether ΣSz commutes with H."""
        return self.forbids_spin is None

    def bond(self, site: int, *, first: int = 0, sites: int | None = None) -> Any:
        """Coupling of `site` with the next one, sparse, in the space of `sites` spins from `first` on (all by default)."""
        n = self.sites if sites is None else sites
        k = _checks.index("site", site, self.sites - 1) - first
        J = self.jx * np.kron(X, X) - self.jy * np.kron(IY, IY) + self.jz * np.kron(Z, Z)
        return on_sites(J, (k, k + 1), n)

    def field(self, site: int, *, first: int = 0, sites: int | None = None) -> Any:
        """Term hx Sx + hz Sz of `site`, in the space of `sites` spins from `first` on."""
        n = self.sites if sites is None else sites
        j = _checks.index("site", site, self.sites)
        return on_sites(self.transverse_fields[j] * X + self.fields[j] * Z, (j - first,), n)

    def hamiltonian(self, *, first: int = 0, sites: int | None = None) -> Any:
        """H of `sites` spins from `first` on (of the whole chain by default), sparse and real, shape (2^n, 2^n)."""
        n = self._length(first, sites)
        total = sum(self.density("energy", first=first, sites=n))
        return total.tocsr()

    def density(self, carries: Carried, *, first: int = 0, sites: int | None = None) -> list[Any]:
        """Carried quantity site by site, sparse: Sz; or the field of the site and half of each of its bonds.

        Raises
        ------
        Unsupported
            For "spin" where a term of H does not conserve it; the message names the term.
        """
        n = self._length(first, sites)
        if carries == "spin":
            self.check_carries(carries)
            return [on_sites(Z, (j,), n) for j in range(n)]
        parts = [self.field(first + j, first=first, sites=n) for j in range(n)]
        for j in range(n - 1):
            half = self.bond(first + j, first=first, sites=n) / 2
            parts[j], parts[j + 1] = parts[j] + half, parts[j + 1] + half
        return parts

    def check_carries(self, carries: Any) -> None:
        """Refuse a quantity that is unknown, or that this chain does not conserve."""
        if not isinstance(carries, str) or carries not in ("energy", "spin"):
            raise InvalidInput(
                f"`carries` must be 'energy' or 'spin', but it is neither (got {_checks.shown(carries)})"
            )
        if carries == "spin" and (term := self.forbids_spin) is not None:
            raise Unsupported(
                f"`carries` must be a conserved quantity, but ΣSz is changed by {term} (got 'spin'); take 'energy'"
            )

    def _length(self, first: int, sites: int | None) -> int:
        n = self.sites - first if sites is None else sites
        if first < 0 or n < 1 or first + n > self.sites:
            raise InvalidInput(
                f"`sites` must lie within the chain of {self.sites}, but they do not (got {n} from {first})"
            )
        _checks.memory("sites", n, 400.0 * n * 2.0**n, "take fewer sites")
        return n
