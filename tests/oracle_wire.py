"""Current of a long chain without interaction and dephasing in ball arithmetic, from the definition of the model alone."""

from __future__ import annotations

import flint
import numpy as np
from flint import acb, acb_mat, acb_poly, arb

import caloriq as cq
from oracle import TooCoarse, _contact, _each, _known


def wire_current(model: cq.SpinChain, *, bits: int = 1024) -> arb:
    """Excitation current of a chain of any length without ZZ terms and dephasing, one bath at each end.

    J = γ₁γ_N (s₁ - s_N) A with A = ∫|⟨N|(E - h - iG/2)⁻¹|1⟩|² dE/2π = Π g² ∫ dE/(2π D D*), D the characteristic
    polynomial of h + iG/2. All roots of D are above the real axis: with a D + b D* = 1 the integral is i b_{N-1}.

    Raises
    ------
    TooCoarse
        If the precision given does not leave 25 digits.
    """
    N = model.sites
    with flint.ctx.workprec(bits):
        w = _each(model.frequency, N)
        first, last = (_contact(b, N, w) for b in sorted(model.baths, key=lambda b: b.site % N))
        g = [arb(float(x)) for x in np.broadcast_to(np.asarray(model.hopping, dtype=float), (N - 1,))]
        before, D = acb_poly([0]), acb_poly([1])
        for k in range(N):
            damping = first.total / 2 if k == 0 else last.total / 2 if k == N - 1 else arb(0)
            step = acb_poly([-acb(w[k] - w[0], damping), 1]) * D
            before, D = D, step - (before * (g[k - 1] ** 2) if k else before)
        d = [D[k] for k in range(N + 1)]
        both = [d, [x.conjugate() for x in d]]  # unknowns: a, then b, both of degree below N
        rows = [
            [poly[power - k] if 0 <= power - k <= N else acb(0) for poly in both for k in range(N)]
            for power in range(2 * N)
        ]
        right = acb_mat([[acb(1 if power == 0 else 0)] for power in range(2 * N)])
        leading = acb_mat(rows).solve(right, algorithm="lu")[2 * N - 1, 0]
        A = (leading * acb(0, 1)).real
        for x in g:
            A *= x**2
        # γ₁γ_N (s₁ - s_N), without the difference of two nearly equal numbers
        J = (first.gain * last.loss - last.gain * first.loss) * A
        if not _known(J):
            raise TooCoarse(f"{bits} bits do not suffice for {N} sites")
        return J
