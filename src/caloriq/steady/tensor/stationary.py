r"""The conductance of a chain at infinite temperature, by a number that is stationary: what a train is off by enters squared.

To first order in the drive μ of the baths, ρ = 1 + μx + … with :math:`\mathcal L_0x=-b`, :math:`b=\mathcal L_1 1`. Transposition θ of operators
turns the generator of a real H with hermitian dissipators into its transpose, and leaves b as it is:

.. math::
    \theta\mathcal L_0\theta=\mathcal L_0^{\mathsf T},\qquad \theta b=b .

So θ𝓛₀ is symmetric, and

.. math::
    S[x] = 2\,b^{\mathsf T}x + x^{\mathsf T}\theta\mathcal L_0x

is stationary where 𝓛₀x = -b, with the value bᵀx there, which is what one end has of the number above the other: the conductance. A train
that is off by δ gives S off by δᵀθ𝓛₀δ, while each of its currents is off by what is linear in δ. (A functional of this kind for a transport
equation of kinetic theory: J. M. Ziman, Can. J. Phys. 34, 1256 (1956), doi:10.1139/p56-139.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from caloriq._checks import Real
from caloriq.errors import Unsupported
from caloriq.linalg.tensor_train import Train, joined
from caloriq.steady.tensor.cells import Cells
from caloriq.steady.tensor.reading import Reading, trace

UNEQUAL = 1e-12  # of a generator, that its mirror image may be off by


def transposition(cells: Cells) -> list[Real]:
    """Θ: the sign of every letter of every cell when operators are transposed."""
    signs = []
    for c in range(cells.count):
        B = cells.basis(c)
        traced = np.einsum("aij,bij->ab", B, B).real / B.shape[1]  # Tr(B_a B_bᵀ)/d
        if not np.allclose(np.abs(traced), np.eye(len(B)), rtol=0, atol=UNEQUAL):
            raise Unsupported("the basis of a cell must be one of symmetric and antisymmetric operators, but it is not")
        signs.append(np.diag(traced).copy())
    return signs


def turns(generators: Sequence[Real], signs: Sequence[Real]) -> bool:
    """Whether θ𝓛θ is the transpose of every generator, as the principle asks for."""
    for k, M in enumerate(generators):
        both = np.kron(signs[k], signs[k + 1])
        if float(np.abs(both[:, None] * M * both - M.T).max(initial=0.0)) > UNEQUAL * float(np.abs(M).max(initial=1.0)):
            return False
    return True


def paired(train: Train, generators: Sequence[Real], signs: Sequence[Real]) -> float:
    """Of a train of trace one, xᵀθ𝓛x; of order N χ³.

    Parameters
    ----------
    train : Train
        Without blocks, whatever its norm.
    generators : sequence of array, shape (C - 1,)
        Of every two neighbouring cells.
    signs : sequence of array, shape (C,)
        Θ.
    """
    tensors = train.tensors
    turned = [one * sign[None, :, None] for one, sign in zip(tensors, signs, strict=True)]
    left, right = [np.ones((1, 1))], [np.ones((1, 1))]
    for one, other in zip(turned[:-1], tensors[:-1], strict=True):
        left.append(np.tensordot(one, np.tensordot(left[-1], other, 1), ((0, 1), (0, 1))))
    for one, other in zip(reversed(turned[1:]), reversed(tensors[1:]), strict=True):
        right.append(np.tensordot(one, np.tensordot(other, right[-1], ((2,), (1,))), ((1, 2), (1, 2))))
    right.reverse()
    found = 0.0
    for c, M in enumerate(generators):
        both, mirrored = (joined(x[c], x[c + 1]) for x in (tensors, turned))
        acted = np.tensordot(left[c], np.matmul(M, both), 1)
        found += float(np.vdot(mirrored, np.tensordot(acted, right[c + 1], ((2,), (1,)))))
    return found / trace(train) ** 2


@dataclass(frozen=True, eq=False)
class Stationary(Reading):
    """What a weakly driven chain is read for: derivatives by the drive, and behind them the conductance by its principle.

    Attributes
    ----------
    resting : tuple of array
        Generators at no drive.
    signs : tuple of array
        Θ.
    rate : float
        Γ of each bath.
    drive : float
        μ, so small that its square is nothing.
    ends : tuple of int
        Where the populations of the ends stand among the numbers.
    """

    resting: tuple[Real, ...]
    signs: tuple[Real, ...]
    rate: float
    drive: float
    ends: tuple[int, int]

    def values(self, train: Train) -> Real:
        """Numbers, and dj/dμ = Γ/2 - S/4 from what both baths bring, shape (K + 1,)."""
        found = super().values(train)
        first, last = self.ends
        linear = 2 * self.rate * (found[first] - found[last])  # bᵀx, of means of Z
        S = 2 * linear + paired(train, self.resting, self.signs) / self.drive**2
        return np.append(found, self.rate / 2 - S / 4)
