"""Closed chains of spins 1/2 with couplings of neighbours and next neighbours, and fields: what blocks are cut from.

Sources: E. Lieb, T. Schultz, D. Mattis, Ann. Phys. 16, 407 (1961), doi:10.1016/0003-4916(61)90115-4 (XX);
M. C. Bañuls, J. I. Cirac, M. B. Hastings, PRL 106, 050405 (2011), doi:10.1103/PhysRevLett.106.050405 (tilted Ising);
A. Pal, D. A. Huse, PRB 82, 174411 (2010), doi:10.1103/PhysRevB.82.174411 (disordered Heisenberg).
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

import numpy as np
import scipy
from pydantic import BeforeValidator, Field, model_validator

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput, Unsupported
from caloriq.linalg.pauli_products import PauliSum
from caloriq.models.definition import Definition
from caloriq.models.driven import Values, per_site, sites_of
from caloriq.models.fields import Seed, Several, plain
from caloriq.models.random import FIELD, generator
from caloriq.results import frozen
from caloriq.spaces.basis import on_sites
from caloriq.spaces.terms import IY, X, Z

if TYPE_CHECKING:
    from caloriq.models.lattice.model import Lattice

Strength = Annotated[float, Field(ge=0), BeforeValidator(plain)]
Carried = Literal["energy", "spin"]
NEAR, NEXT, FIELDS = ("jx", "jy", "jz"), ("next_jx", "next_jy", "next_jz"), ("hx", "hz")


class QuantumChain(Definition):
    r"""Open chain of spins 1/2, closed to the outside.

    .. math::
        H = \sum_{d=1,2} \sum_j \big(J^{(d)}_{x,j} S^x_j S^x_{j+d} + J^{(d)}_{y,j} S^y_j S^y_{j+d}
            + J^{(d)}_{z,j} S^z_j S^z_{j+d}\big) + \sum_j \big(h^x_j S^x_j + h^z_j S^z_j\big), \qquad S = \sigma/2

    Parameters
    ----------
    sites : int
        N, at least 2.
    jx, jy, jz : float or sequence of N - 1
        Couplings of neighbours, between spin operators S = σ/2 (a coupling of Pauli matrices is a quarter of it); one for
        every bond where blocks are joined by weaker ones. In units of energy. Default 0.
    next_jx, next_jy, next_jz : float or sequence of N - 2
        Couplings of next neighbours, j with j + 2, in the same units. Default 0. With them the chain is a zigzag ladder:
        even and odd sites are its legs.
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
    jx: Values = 0.0
    jy: Values = 0.0
    jz: Values = 0.0
    next_jx: Values = 0.0
    next_jy: Values = 0.0
    next_jz: Values = 0.0
    hx: Values = 0.0
    hz: Values = 0.0
    disorder: Strength = 0.0
    seed: Seed = 0

    array_files: ClassVar[tuple[str, ...]] = (*NEAR, *NEXT, *FIELDS)

    @model_validator(mode="before")
    @classmethod
    def _arrays(cls, data: Any) -> Any:
        N = sites_of(data)
        if N is None:
            return data
        kinds = ((NEAR, N - 1, "bonds"), (NEXT, N - 2, "pairs of next neighbours"), (FIELDS, N, "sites"))
        return {**data, **{k: per_site(k, data.get(k, 0.0), n, of) for names, n, of in kinds for k in names}}

    @model_validator(mode="after")
    def _coupled(self) -> Self:
        if not any(np.any(getattr(self, name)) for name in (*NEAR, *NEXT)):  # not row by row: sites may be too many
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
    def couplings(self) -> tuple[Real, Real]:
        """Couplings (jx, jy, jz) of neighbours, shape (3, N - 1), and of next neighbours, shape (3, N - 2)."""
        return self._rows(NEAR, self.sites - 1), self._rows(NEXT, self.sites - 2)

    def _rows(self, names: tuple[str, ...], count: int) -> Real:
        return frozen(np.stack([np.broadcast_to(np.asarray(getattr(self, k), dtype=float), (count,)) for k in names]))

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

    def lattice(self) -> Lattice:
        """The same Hamiltonian as a lattice of local terms."""
        from caloriq.models.lattice.of_models import of_quantum_chain

        return of_quantum_chain(self)

    @property
    def forbids_spin(self) -> str | None:
        """The term that does not conserve ΣSz, in words; None if there is none."""
        if np.any(self.transverse_fields):
            site = int(np.argmax(self.transverse_fields != 0))
            return f"the field hx Sx (hx = {self.transverse_fields[site]:g} on site {site})"
        for (jx, jy, _), begin in zip(self.couplings, ("", "next_"), strict=True):
            if np.any(jx != jy):
                at = int(np.argmax(jx != jy))
                return f"the coupling ({begin}jx - {begin}jy)/4 (S⁺S⁺ + S⁻S⁻) ({begin}jx = {jx[at]:g}, {begin}jy = {jy[at]:g})"
        return None

    @property
    def conserves_spin(self) -> bool:
        """Whether ΣSz commutes with H."""
        return self.forbids_spin is None

    def bond(self, site: int, *, apart: int = 1, first: int = 0, sites: int | None = None) -> Any:
        """Coupling of `site` with the one `apart` sites on, sparse, in the space of `sites` spins from `first` on (all by default)."""
        n = self.sites if sites is None else sites
        k = _checks.index("site", site, self.sites - apart)
        jx, jy, jz = self.couplings[apart - 1][:, k]
        J = jx * np.kron(X, X) - jy * np.kron(IY, IY) + jz * np.kron(Z, Z)
        return on_sites(J, (k - first, k - first + apart), n)

    def crossing(self, cut: int) -> list[tuple[int, int, Real]]:
        """Pairs of sites coupled across the cut before site `cut`, with their (jx, jy, jz)."""
        pairs = [(j, apart) for apart in (1, 2) for j in range(max(0, cut - apart), min(cut, self.sites - apart))]
        found = [(j, j + apart, self.couplings[apart - 1][:, j]) for j, apart in pairs]
        return [(j, k, J) for j, k, J in found if np.any(J)]

    def joint(self, cut: int, *, first: int = 0, sites: int | None = None) -> Any:
        """All couplings across the cut before site `cut`, sparse, in the space of `sites` spins from `first` on."""
        n = self.sites if sites is None else sites
        zero = scipy.sparse.csr_array((2**n, 2**n))
        return sum((self.bond(j, apart=k - j, first=first, sites=n) for j, k, _ in self.crossing(cut)), zero)

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

    def flips(
        self, *, first: int = 0, sites: int | None = None, contact: float = 1.0, block: int | None = None
    ) -> PauliSum:
        """H of `sites` spins from `first` on without a matrix; couplings across the ends of blocks are times `contact`."""
        n = self._length(first, sites)
        strings = [(1 << j, 0, hx / 2) for j, hx in enumerate(self.transverse_fields[first : first + n])]
        strings += [(0, 1 << j, hz / 2) for j, hz in enumerate(self.fields[first : first + n])]
        for apart in (1, 2):
            for j in range(n - apart):
                across = block is not None and j // block != (j + apart) // block
                jx, jy, jz = (0.25 * (contact if across else 1.0) * J for J in self.couplings[apart - 1][:, first + j])
                both = 1 << j | 1 << j + apart
                strings += [(both, 0, jx), (both, both, jy), (0, both, jz)]
        flip, sign, value = zip(*strings, strict=True)
        return PauliSum(n, np.array(flip, dtype=np.int64), np.array(sign, dtype=np.int64), np.array(value, dtype=float))

    def density(self, carries: Carried, *, first: int = 0, sites: int | None = None) -> list[Any]:
        """Carried quantity site by site, sparse: Sz; or the field of the site and half of each of its couplings.

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
        for apart in (1, 2):
            for j in range(n - apart):
                if not np.any(self.couplings[apart - 1][:, first + j]):
                    continue
                half = self.bond(first + j, apart=apart, first=first, sites=n) / 2
                parts[j], parts[j + apart] = parts[j] + half, parts[j + apart] + half
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
