r"""The matrix product of the maximally driven XXZ chain, in balls.

T. Prosen, PRL 107, 137201 (2011), doi:10.1103/PhysRevLett.107.137201, and for unequal rates arXiv:1205.3126:
:math:`\rho = S\kappa^{\sum n}S^\dagger/Z_N` with

.. math::
    S = \langle 0|\prod_k (A_1 n_k + A_0 (1-n_k) + A_+\sigma^+_k + A_-\sigma^-_k)|0\rangle,\qquad Z_N = \langle 0|T^N|0\rangle

and T the transfer matrix of the trace. With Δ = zz/|g|, the rates f of filling and d of draining in units of |g|, κ = f/d, and Chebyshev
polynomials T_q, U_q of Δ, in the gauge in which A₊ takes state q to q + 1 with weight 1,

    ⟨q|A₁|q⟩ = T_q + ½ id U_(q-1),   ⟨q|A₀|q⟩ = T_q + ½ if U_(q-1),
    ⟨q+1|A₋|q⟩ = x_q = U_q (½ i(f + d) T_q - (1 - Δ² + fd/4) U_(q-1)).

Traces reach states (q, q) of the doubled auxiliary space alone, where T is tridiagonal with entries κ|A₁|² + |A₀|², 1 and κ|x_q|²,
none of them negative: Z and the populations are sums without cancellation. Coherences pass through states (q, q+1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Row = list[Any]  # balls, by the state of the auxiliary space


@dataclass(frozen=True)
class LaxProduct:
    """Coefficients of the product, and what follows from them: ⟨row| on the left of a site, by q.

    Attributes
    ----------
    weight : arb
        κ.
    filled_by, emptied_by : list of acb, length K
        Diagonals of A₁ and A₀; K - 1 is the highest state.
    x : list of acb, length K
        x_q.
    full, void, back : list of arb, length K
        κ|A₁|², |A₀|² and κ|x_q|².
    """

    weight: Any
    filled_by: Row
    emptied_by: Row
    x: Row
    full: Row
    void: Row
    back: Row

    @classmethod
    def of(cls, anisotropy: Any, fill: Any, drain: Any, highest: int) -> LaxProduct:
        """Up to a highest state, for Δ, f and d as balls, at the present precision."""
        from flint import acb

        first: Row = [1, anisotropy]  # T_q
        second: Row = [0, 1]  # U_(q-1)
        for q in range(1, highest + 1):
            first.append(2 * anisotropy * first[q] - first[q - 1])
            second.append(2 * anisotropy * second[q] - second[q - 1])
        mixed = 1 - anisotropy * anisotropy + fill * drain / 4
        both = (fill + drain) / 2
        x = [acb(-mixed * u * up, both * t * up) for t, u, up in zip(first, second, second[1:], strict=False)]
        one, none = ([acb(t, r * u / 2) for t, u, _ in zip(first, second, x, strict=False)] for r in (drain, fill))
        k = fill / drain
        return cls(
            k, one, none, x, [k * _square(v) for v in one], [_square(v) for v in none], [k * _square(v) for v in x]
        )

    def after(self, row: Row) -> Row:
        """⟨row|T."""
        return self._summed(row, [v + w for v, w in zip(self.full, self.void, strict=True)], self.back, up=True)

    def filled(self, row: Row) -> Row:
        """⟨row| with ⟨n⟩ of the next site in place of its trace."""
        return self._summed(row, self.full, None, up=True)

    def empty(self, row: Row) -> Row:
        """⟨row| with ⟨1 - n⟩ of the next site."""
        return self._summed(row, self.void, self.back, up=False)

    def _summed(self, row: Row, stay: Row, back: Row | None, *, up: bool) -> Row:
        out: Row = [stay[q] * v for q, v in enumerate(row)]
        if back is not None:
            for q in range(len(row) - 1):
                out[q] += back[q] * row[q + 1]
        if up:
            out.append(0)
            for q, v in enumerate(row):
                out[q + 1] += v
        return out[: len(self.x)]

    def raised(self, row: Row) -> Row:
        """⟨row| with σ⁺ of the next site: entries for the states (q, q + 1)."""
        a, b, x = self.filled_by, self.emptied_by, self.x
        out: Row = [v * b[q] for q, v in enumerate(row[: len(x) - 1])]
        for q in range(min(len(row), len(x)) - 1):
            out[q] += self.weight * row[q + 1] * x[q] * a[q + 1].conjugate()
        return out

    def carried(self, row: Row) -> Row:
        """⟨row|T of states (q, q + 1)."""
        a, b, x, k = self.filled_by, self.emptied_by, self.x, self.weight
        out: Row = [(k * a[q] * a[q + 1].conjugate() + b[q] * b[q + 1].conjugate()) * v for q, v in enumerate(row)]
        for q in range(len(row) - 1):
            out[q] += k * x[q] * x[q + 1].conjugate() * row[q + 1]
        out.append(0)
        for q, v in enumerate(row):
            out[q + 1] += v
        return out[: len(x) - 1]

    def lowered(self, row: Row) -> Row:
        """⟨row| of states (q, q + 1) with σ⁻ of the next site."""
        a, b, x = self.filled_by, self.emptied_by, self.x
        out: Row = [self.weight * a[q] * x[q].conjugate() * v for q, v in enumerate(row)]
        out.append(0)
        for q, v in enumerate(row):
            out[q + 1] += b[q + 1].conjugate() * v
        return out

    def rows(self, sites: int) -> list[Row]:
        """⟨0|T^m for m = 0..sites, each up to the states that can still come back."""
        out: list[Row] = [[1]]
        for m in range(1, sites + 1):
            out.append(self.after(out[-1])[: sites - m + 1])
        return out

    def weights(self) -> Row:
        """w_q with ⟨q|T^m|0⟩ = w_q ⟨0|T^m|q⟩: the products of |x|²."""
        out: Row = [1]
        for v in self.back[:-1]:
            out.append(out[-1] * v)
        return out


def _square(value: Any) -> Any:
    """|z|² of a ball."""
    return value.real * value.real + value.imag * value.imag


def paired(row: Row, other: Row) -> Any:
    """Σ_q of products."""
    return sum((v * w for v, w in zip(row, other, strict=False)), start=0 * row[0])
