"""Weakly coupled subunits with a band each, and the chain of them of Michel, Mahler and Gemmer.

Sources: PRL 95, 180602 (2005), doi:10.1103/PhysRevLett.95.180602 (PRL);
PRE 73, 016101 (2006), doi:10.1103/PhysRevE.73.016101 (PRE).
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import PlainSerializer, ValidationInfo, WithJsonSchema, field_validator, model_validator

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.errors import InvalidInput
from caloriq.linalg.block_sparse import BlockSparse
from caloriq.linalg.block_tridiagonal import BlockTridiagonal
from caloriq.models.definition import Definition
from caloriq.models.fields import FILE, Count, Positive, Seed, Several
from caloriq.models.random import COUPLING, LEVELS, check_drawn, gaussian, generator
from caloriq.results import frozen

Bonds = NDArray[np.intp]


def _by_hash(matrices: Complex) -> dict[str, Any]:
    return {
        "shape": list(matrices.shape),
        "sha256": hashlib.sha256(np.ascontiguousarray(matrices).tobytes()).hexdigest(),
    }


Matrices = Annotated[
    Any,
    PlainSerializer(_by_hash, when_used="json-unless-none"),
    WithJsonSchema(FILE),
]


class Modular(Definition):
    """Identical subunits, each a ground level and a narrow band, coupled in pairs: what chains and networks share."""

    kind: str
    subunits: Several
    levels: Count
    bandwidth: Positive
    coupling: Positive
    gap: Positive = 1.0
    seed: Seed | None = None
    interaction: Literal["complex-gaussian", "real-gaussian", "given"] = "complex-gaussian"
    band: Literal["uniform", "random"] = "uniform"
    matrices: Matrices | None = None

    array_files: ClassVar[tuple[str, ...]] = ("matrices",)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.bandwidth >= 2 * self.gap:
            raise InvalidInput(
                f"`bandwidth` must be below twice the gap, but the band would reach the ground level (got {self.bandwidth:g} at gap {self.gap:g})"
            )
        if self.matrices is None and self.interaction == "given":
            raise InvalidInput(
                "`matrices` must be given with interaction 'given', but they are missing (got None); hand in an array, or in a file the path of a .npy file"
            )
        check_drawn(self.interaction, self.matrices, self.seed, self.band)
        return self

    @property
    def bond_count(self) -> int:
        """Number E of coupled pairs, known without listing them."""
        raise NotImplementedError

    @cached_property
    def bonds(self) -> Bonds:
        """Coupled pairs a < b, shape (E, 2), in order."""
        raise NotImplementedError

    @cached_property
    def weights(self) -> Real:
        """Factor w of every bond's coupling λ w, shape (E,)."""
        raise NotImplementedError

    @property
    def dimension(self) -> int:
        """Dimension N n of the one-excitation space."""
        return self.subunits * self.levels

    @property
    def counts(self) -> tuple[int, ...]:
        """N of every subunit."""
        return (self.levels,) * self.subunits

    @property
    def places(self) -> tuple[slice, ...]:
        """Where the levels of every subunit stand among all."""
        return tuple(slice(mu * self.levels, (mu + 1) * self.levels) for mu in range(self.subunits))

    @property
    def middle(self) -> float:
        """The energy that is left out of the dynamics, ΔE."""
        return self.gap

    @property
    def span(self) -> float:
        """Width of all bands together, δε."""
        return self.bandwidth

    @property
    def elements(self) -> float:
        """Number of all coupling elements."""
        return self.bond_count * float(self.levels) ** 2

    @cached_property
    def band_levels(self) -> Real:
        """Levels ε_i of the band relative to its middle, ascending, shape (n,), in the unit of `gap`."""
        if self.band == "random":
            assert self.seed is not None
            places = np.sort(generator(self.seed, LEVELS).random(self.levels))
        else:
            places = (np.arange(self.levels) + 0.5) / self.levels
        return frozen(self.bandwidth * (places - 0.5))

    def interaction_matrix(self, bond: int) -> Complex | Real:
        """Matrix v_ab of one bond, shape (n, n), without λ w; real for the real Gaussian interaction."""
        if self.matrices is not None:
            return np.asarray(self.matrices[bond])
        assert self.seed is not None
        real = self.interaction == "real-gaussian"
        a, b = self.bonds[bond].tolist()
        # neighbours in number draw from the first alone, as a chain does: a path in order has the chain's matrices
        path = (a,) if b == a + 1 else (a, b)
        return gaussian(generator(self.seed, COUPLING, *path), (self.levels, self.levels), real=real)

    @property
    def mean_squares(self) -> Real:
        """Mean |v_ij|² of every bond, shape (E,): 1 by construction for random matrices, measured for given ones."""
        if self.matrices is None:
            return np.ones(self.bond_count)
        squares: Real = np.mean(np.abs(self.matrices) ** 2, axis=(1, 2))
        return squares

    @property
    def real(self) -> bool:
        """Whether the interaction matrices are real."""
        return self.interaction == "real-gaussian" or (self.matrices is not None and not np.any(self.matrices.imag))

    def memory_needed(self) -> float:
        """Bytes that the Hamiltonian takes: 16 per coupling element (8 if real)."""
        return self.bond_count * float(self.levels) ** 2 * (8 if self.real else 16)

    def check_memory(self) -> None:
        """Refuse a model whose Hamiltonian would not fit in memory."""
        need = self.memory_needed() + 32.0 * self.levels**2
        _checks.memory("levels", self.levels, need, "take fewer levels or subunits")

    def coupling_blocks(self) -> tuple[Real, Real | None]:
        """Real and imaginary part of λ w v of every bond, shape (E, n, n) each; None for the imaginary part of real ones."""
        n = self.levels
        self.check_memory()
        re = np.empty((self.bond_count, n, n))
        im = None if self.real else np.empty_like(re)
        for bond, weight in enumerate(self.weights.tolist()):
            v, strength = self.interaction_matrix(bond), self.coupling * weight
            np.multiply(v.real, strength, out=re[bond])
            if im is not None:
                np.multiply(v.imag, strength, out=im[bond])
        return re, im

    def energies(self, *, with_gap: bool) -> Real:
        """Diagonal of the Hamiltonian, shape (N, n)."""
        ladder = self.band_levels + (self.gap if with_gap else 0.0)
        return np.ascontiguousarray(np.broadcast_to(ladder, (self.subunits, self.levels)))

    def hamiltonian(self, *, with_gap: bool = True) -> BlockSparse:
        """Hamiltonian of the one-excitation space.

        Parameters
        ----------
        with_gap : bool
            Whether the diagonal holds ΔE + ε_i, or ε_i alone: with one excitation ΔE is a constant, which carries no
            dynamics but costs digits where the band is narrow.

        Raises
        ------
        InvalidInput
            If it would not fit in memory; says how much it needs.
        """
        blocks = self.coupling_blocks()
        pairs = [(a, b) for a, b in self.bonds.tolist()]
        diagonal = self.energies(with_gap=with_gap).reshape(-1)
        return BlockSparse(diagonal, [self.levels] * self.subunits, pairs, *blocks)


class ModularChain(Modular):
    r"""N identical subunits, each a ground level and a narrow band, coupled to their neighbours.

    In the space of one excitation (dimension N n) the Hamiltonian is block tridiagonal (PRL 3, PRE 3, 6, 7):
    N diagonal blocks, the band levels :math:`\Delta E + \varepsilon_i`, and N - 1 off-diagonal blocks
    :math:`\lambda v_{\mu,\mu+1}` with :math:`\langle|v_{ij}|^2\rangle = 1`.

    Parameters
    ----------
    subunits : int
        N, at least 2.
    levels : int
        n, the levels of each band, at least 1.
    bandwidth : float
        δε > 0, in the unit of `gap`. Uniform levels are the midpoints of n equal parts of the band,
        so that the level density is exactly n/δε.
    coupling : float
        λ > 0, in the unit of `gap`.
    gap : float
        ΔE > 0, the energy of the band's middle above the ground level. Default 1.
    seed : int
        Seed of the random matrices and levels. Needed unless nothing is random.
    interaction : {"complex-gaussian", "real-gaussian", "given"}
        Distribution of the entries of v; "given" with `matrices`.
    band : {"uniform", "random"}
        Equally spaced levels, or independent uniform ones (the same in every subunit).
    matrices : array, optional
        Interaction handed in: shape (n, n) for every bond, (N-1, n, n) for v_{µ,µ+1} bond by bond, or (N n, N n) for
        the whole hermitian V with neighbour blocks only. In a YAML file: the path of a .npy file beside it.

    Notes
    -----
    The matrices are built on demand and not kept: the definition stays small and can be sent anywhere.
    Bond b draws from its own seed child, so chains of different length share their first bonds.
    """

    kind: Literal["modular-chain"] = "modular-chain"

    @field_validator("matrices")
    @classmethod
    def _blocks(cls, value: Any, info: ValidationInfo) -> Complex | None:
        if value is None or "subunits" not in info.data or "levels" not in info.data:
            return None
        N = info.data["subunits"]
        return frozen(interaction_blocks(value, path_bonds(N), N, info.data["levels"]))

    @property
    def bond_count(self) -> int:
        """N - 1."""
        return self.subunits - 1

    @cached_property
    def bonds(self) -> Bonds:
        """Neighbours (µ, µ+1), shape (N-1, 2)."""
        return path_bonds(self.subunits)

    @cached_property
    def weights(self) -> Real:
        """1 for every bond, shape (N-1,)."""
        return frozen(np.ones(self.subunits - 1))

    def hamiltonian(self, *, with_gap: bool = True) -> BlockTridiagonal:
        """Hamiltonian of the one-excitation space, as `Modular.hamiltonian`, with a layout by subunits."""
        blocks = self.coupling_blocks()
        return BlockTridiagonal(self.energies(with_gap=with_gap), *blocks)


def path_bonds(subunits: int) -> Bonds:
    """Neighbours (µ, µ+1) of a path, shape (N-1, 2)."""
    first = np.arange(subunits - 1)
    return frozen(np.stack([first, first + 1], axis=1))


def interaction_blocks(value: Any, bonds: Bonds, subunits: int, levels: int) -> Complex:
    """Coupling blocks (E, n, n) out of the three accepted shapes."""
    if isinstance(value, str | Path):
        raise InvalidInput(
            f"`matrices` must be an array in Python, but it is a path (got {value!r}); load it with numpy.load"
        )
    V = _checks.numbers("matrices", value, complex)
    N, n, E = subunits, levels, len(bonds)
    if V.shape == (E, n, n):
        return V.copy()
    if V.shape == (n, n):
        return np.broadcast_to(V, (E, n, n)).copy()
    if V.shape == (N * n, N * n):
        V = _checks.hermitian("matrices", V)
        blocks = V.reshape(N, n, N, n).transpose(0, 2, 1, 3)  # (µ, ν, n, n)
        strangers = np.ones((N, N), dtype=bool)
        strangers[bonds[:, 0], bonds[:, 1]] = strangers[bonds[:, 1], bonds[:, 0]] = False
        far = np.argwhere(strangers & np.any(blocks, axis=(2, 3)))
        if far.size:
            raise InvalidInput(
                f"`matrices` must couple neighbouring subunits only, but block {tuple(far[0].tolist())} is not zero (got shape {V.shape})"
            )
        found: Complex = blocks[bonds[:, 0], bonds[:, 1]]
        return found
    raise InvalidInput(
        f"`matrices` must have shape {(n, n)}, {(E, n, n)} or {(N * n, N * n)}, but they have another (got shape {V.shape})"
    )
