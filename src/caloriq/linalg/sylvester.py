"""Hermitian Sylvester equations K X + X K† = R by one eigendecomposition, in real arithmetic.

A hermitian matrix R = A + iB (A symmetric, B antisymmetric) is packed into the real matrix P = A + B, which keeps the
Frobenius norm. A congruence W R W† then takes five real matrix products instead of the eight of two complex ones: with
W = C + iD, (P + iPᵀ)(C + iD)ᵀ = G + iH is one complex product (three real ones), and the packed result is C G + D H.
Everything is in array-API style, so that the same code runs on the arrays of a GPU.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from caloriq._checks import Complex, Real


def pack(R: Complex) -> Real:
    """Real packing Re R + Im R of a hermitian matrix."""
    packed: Real = R.real + R.imag
    return packed


def unpack(P: Real) -> Complex:
    """Hermitian matrix (P + Pᵀ)/2 + i (P - Pᵀ)/2 of a packing."""
    matrix: Complex = (P + P.T) / 2 + 1j * ((P - P.T) / 2)
    return matrix


class Congruence:
    """P ↦ packing of W R W† for a fixed square W, R the hermitian matrix packed in P.

    Cost: five real products of 2 d³ operations; memory 24 d² bytes in double precision.
    """

    def __init__(self, C: Any, D: Any) -> None:
        self.C, self.D, self.sum = C, D, C + D

    @property
    def transposed(self) -> Congruence:
        """The same with Wᵀ, sharing its memory."""
        other = object.__new__(Congruence)
        other.C, other.D, other.sum = self.C.T, self.D.T, self.sum.T
        return other

    def __call__(self, P: Any) -> Any:
        """Apply."""
        real, imaginary = P @ self.C.T, P.T @ self.D.T
        H = (P + P.T) @ self.sum.T  # three products for (P + iPᵀ)(Cᵀ + iDᵀ)
        H -= real
        H -= imaginary
        real -= imaginary
        out = self.C @ real
        out += self.D @ H
        return out


class Sylvester:
    """Inverse of X ↦ K X + X K† + shift X on packed hermitian matrices, for K of shape (d, d).

    If K equals its transpose, V⁻¹ = Vᵀ and half of the memory is saved. `convert` makes a NumPy array one of the library,
    device and precision to work in.
    """

    def __init__(self, K: Complex, convert: Callable[[Any], Any] = np.asarray) -> None:
        self._convert = convert
        self.values, V = np.linalg.eig(K)
        V, inverse = _inverted(V, symmetric=np.array_equal(K, K.T))
        # 1 for a normal K, large near a defective one
        self.condition = float(np.linalg.norm(V) * np.linalg.norm(inverse) / len(V))
        self._forward = _congruence(inverse, convert)
        self._back = self._forward.transposed if inverse.base is V else _congruence(V, convert)
        self.shift(0.0)

    @property
    def slowest(self) -> float:
        """Smallest decay rate -2 Re λ of K, without the shift."""
        return float(-2 * self.values.real.max())

    def shift(self, amount: float) -> None:
        """Solve with that shift from now on; costs no new decomposition."""
        with np.errstate(
            divide="ignore", invalid="ignore", over="ignore"
        ):  # a state that does not decay; shifted before use
            weights = 1.0 / (self.values[:, None] + self.values.conj() + amount)
        self._real, self._imaginary = self._convert(weights.real.copy()), self._convert(weights.imag.copy())

    def solve(self, P: Any) -> Any:
        """Packed X of the packed right-hand side."""
        Q = self._forward(P)
        Z = Q * self._real
        Z += Q.T * self._imaginary
        return self._back(Z)


def _inverted(V: Complex, *, symmetric: bool) -> tuple[Complex, Complex]:
    """Eigenvectors and their inverse; for a symmetric matrix scaled so that the inverse is the transpose."""
    if symmetric:
        with np.errstate(divide="ignore", invalid="ignore"):
            scaled = V / np.sqrt(np.einsum("ij,ij->j", V, V))
        # columns of one eigenvalue need not come out orthogonal
        if np.all(np.isfinite(scaled)) and np.abs(scaled.T @ scaled - np.eye(len(V))).max() < 1e-9:
            inverse: Complex = scaled.T
            return scaled, inverse
    try:
        inverse = np.linalg.inv(V).astype(complex)
        return V, inverse
    except np.linalg.LinAlgError:
        return V, np.full_like(V, np.inf)


def _congruence(W: Complex, convert: Callable[[Any], Any]) -> Congruence:
    return Congruence(convert(np.ascontiguousarray(W.real)), convert(np.ascontiguousarray(W.imag)))
