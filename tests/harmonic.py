"""Harmonic chains solved in other ways: Lyapunov equation, ball arithmetic, closed forms."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import scipy
from flint import acb, acb_mat, arb, arb_mat, ctx

from caloriq.models.harmonic import HarmonicChain, OhmicBath


def between(
    hot: float = 1.5, cold: float = 0.5, friction: float = 1.0, other: float | None = None
) -> tuple[OhmicBath, ...]:
    """Baths at both ends."""
    return (
        OhmicBath(site=0, temperature=hot, friction=friction),
        OhmicBath(site=-1, temperature=cold, friction=friction if other is None else other),
    )


def force_matrix(model: HarmonicChain) -> np.ndarray:
    """Φ, from the potential energy of every bond and site."""
    N = model.sites
    found = np.diag(np.broadcast_to(np.asarray(model.pinning, dtype=float), N).copy())
    for i, k in enumerate(np.broadcast_to(np.asarray(model.spring, dtype=float), N - 1)):
        found[i : i + 2, i : i + 2] += k * np.array([[1, -1], [-1, 1]])
    found[0, 0] += model.wall
    found[-1, -1] += model.wall
    return found


def covariance(model: HarmonicChain, bath_temperatures: np.ndarray) -> np.ndarray:
    """⟨zz†⟩ of z = (x, v) for classical noise, from A C + C Aᵀ = -D, shape (2N, 2N); a bath on every site with friction."""
    N, m = model.sites, model.masses
    A = np.zeros((2 * N, 2 * N))
    A[:N, N:] = np.eye(N)
    A[N:, :N] = -force_matrix(model) / m[:, None]
    A[N:, N:] = -np.diag(model.frictions / m)
    D = np.zeros((2 * N, 2 * N))
    D[N:, N:] = np.diag(2 * model.frictions * bath_temperatures / m**2)
    return scipy.linalg.solve_continuous_lyapunov(A, -D)


def classical(model: HarmonicChain) -> dict[str, Any]:
    """Currents, temperatures and variances from the Lyapunov equation; inner temperatures from what they must do."""
    N, m = model.sites, model.masses
    T = np.zeros(N)
    T[list(model.bath_sites)] = [bath.temperature for bath in model.baths]
    inner = [i for i in range(N) if i not in model.bath_sites and model.inner_friction > 0]

    def heat(T: np.ndarray) -> np.ndarray:
        return model.frictions / m * (T - m * np.diag(covariance(model, T))[N:])

    if inner:
        base, columns = heat(T), []
        for i in inner:
            one = np.zeros(N)
            one[i] = 1.0
            columns.append((heat(T + one) - base)[inner])
        T[inner] = np.linalg.solve(np.array(columns).T, -base[inner])
    C = covariance(model, T)
    bonds = [model.springs[i] * C[i, N + i + 1] for i in range(N - 1)]
    return {
        "heat_currents": heat(T)[list(model.bath_sites)],
        "currents": np.array(bonds),
        "temperatures": m * np.diag(C)[N:],
        "position_variances": np.diag(C)[:N],
        "inner": heat(T)[inner],
    }


def response(model: HarmonicChain, w: acb) -> acb:
    """G_1N(ω) by Cramer's rule in ball arithmetic: the product of the springs over the determinant."""
    N, Phi = model.sites, force_matrix(model)
    D = [[acb(float(Phi[i, j])) for j in range(N)] for i in range(N)]
    for i in range(N):
        D[i][i] += -acb(float(model.masses[i])) * w * w - acb(0, 1) * w * acb(float(model.frictions[i]))
    product = acb(1)
    for k in model.springs:
        product *= acb(float(k))
    return product / acb_mat(D).det()


def landauer(model: HarmonicChain) -> float:
    """J between two quantum baths at the ends, proved to 12 digits."""
    hot, cold = (acb(bath.temperature) for bath in model.baths)
    strength = acb(4 * float(model.frictions[0]) * float(model.frictions[-1]))

    def integrand(w: acb, _: bool) -> acb:
        through = strength * w * w * response(model, w) * response(model, -w)  # G(-ω) is the conjugate for real ω
        noise = 1 / ((w / hot).exp() - 1) - 1 / ((w / cold).exp() - 1)
        return through * w * noise / (2 * acb.pi())

    end = 60 * max(bath.temperature for bath in model.baths)
    found = acb.integral(integrand, acb(1e-7), acb(end), rel_tol=arb("1e-13"), abs_tol=arb("1e-25"))
    assert float(found.real.rad()) < 1e-11 * abs(float(found.real.mid()))
    return float(found.real.mid())


def damped(T: float, stiffness: float, mass: float, friction: float) -> tuple[float, float]:
    """⟨x²⟩ of one damped oscillator, and ⟨p²⟩/m less that at T = 0.

    U. Weiss, Quantum Dissipative Systems, 4th ed. (World Scientific 2012), ch. 6: sums over Matsubara frequencies in
    digammas. The cutoff that ⟨p²⟩ needs drops out of the difference.
    """
    w2, g, period = acb(stiffness) / acb(mass), acb(friction) / acb(mass), 2 * acb.pi() * acb(T)
    root = (g * g / 4 - w2).sqrt()
    one, two = g / 2 + root, g / 2 - root

    def rest(x: acb) -> acb:
        """ψ(1 + x/2πT) less its logarithm, which is what T = 0 leaves."""
        return (1 + x / period).digamma() - (x / period).log()

    scale = acb.pi() * (one - two)
    zero = (one / two).log() / (acb(mass) * scale)
    x2 = zero + acb(T) / (acb(mass) * w2) + (rest(one) - rest(two)) / (acb(mass) * scale)
    p2 = acb(T) - (one * one * rest(one) - two * two * rest(two)) / scale
    return float(x2.real.mid()), float(p2.real.mid())


def rieder(sites: int, spring: float, mass: float, friction: float) -> tuple[float, np.ndarray]:
    """J/ΔT and (T_i - T̄)/ΔT of a chain between walls of its own springs.

    Rieder, Lebowitz, Lieb, J. Math. Phys. 8, 1073 (1967), doi:10.1063/1.1705319: φ_j = sinh (N - j)α/sinh Nα,
    cosh α = 1 + ν/2, ν = km/γ².
    """
    ratio = spring * mass / friction**2
    alpha = np.arccosh(1 + ratio / 2)

    def phi(j: np.ndarray) -> np.ndarray:
        return np.sinh((sites - j) * alpha) / np.sinh(sites * alpha)

    current = spring / (2 * friction) * float(phi(np.array(1)))
    # T_i = T̄ ± ½ΔT (1 - ν φ_1) at the ends, ∓ ½ΔT ν φ_{2i-1} inside, odd about the middle
    i = np.arange(1, sites + 1)
    inside = np.where(2 * i - 1 <= sites, -phi(2 * i - 1), phi(2 * (sites - i) + 1)) * ratio / 2
    inside[0], inside[-1] = (1 - ratio * phi(np.array(1))) / 2, -(1 - ratio * phi(np.array(1))) / 2
    return current, inside


def conductivity_in_balls(k: float, m: float, pinning: float, friction: float, T: float) -> arb:
    """κ of the infinite chain with quantum baths on all sites, proved: by G_r = G_0 z^r at both signs of the frequency.

    No digits are lost at 400 bits. √(d ∓ 2k) is turned by 90°, which puts its cut away from the real axis; what is left
    out at the ends is bounded by the size of the integrand there.
    """
    k_, m_, p_, g_, T_ = (acb(one) for one in (k, m, pinning, friction, T))

    def decay(w: acb, sign: int, analytic: bool) -> tuple[acb, acb]:
        d, turn = p_ + 2 * k_ - m_ * w * w - acb(0, sign) * w * g_, acb(0, sign)
        root = -turn * (turn * (d - 2 * k_)).sqrt(analytic=analytic) * (turn * (d + 2 * k_)).sqrt(analytic=analytic)
        return 2 * k_ / (d + root), root

    def integrand(w: acb, analytic: bool) -> acb:
        (z, root), (back, other) = decay(w, 1, analytic), decay(w, -1, analytic)
        one, x = z * back, w / (2 * T_)
        rise = (x / x.sinh()) ** 2
        return 2 / acb.pi() * (g_ * w) ** 2 * rise / (root * other) * one * (1 + one) / (1 - one) ** 3

    def logarithmic(y: acb, analytic: bool) -> acb:
        return integrand(y.exp(), analytic) * y.exp()

    bits = ctx.prec
    try:
        ctx.prec = 400
        low, top = (float(np.sqrt(one / m)) for one in (pinning, pinning + 4 * k))
        near, far = 1e-40 * min(one for one in (low, top, T) if one > 0), 100 * T + 10 * friction / m + 3 * top
        far = min(far, 150 * T)
        marks = sorted({near, far} | {one for one in (low, top, friction / m, T) if near < one < far})
        cuts = [acb(one).log() for one in marks]
        total = arb(0)
        for a, b in itertools.pairwise(cuts):
            total += acb.integral(logarithmic, a, b, rel_tol=arb("1e-22"), eval_limit=10**6).real
        total += 2 * near * integrand(acb(near), False).real.union(arb(0))
        total += far * integrand(acb(far), False).real.union(arb(0))
    finally:
        ctx.prec = bits
    return total


def classical_in_balls(model: HarmonicChain) -> dict[str, np.ndarray]:
    """As `classical`, for baths of given temperature alone, with the Lyapunov equation solved at 400 bits."""
    N, n, bits = model.sites, 2 * model.sites, ctx.prec
    number = {pair: i for i, pair in enumerate(itertools.combinations_with_replacement(range(n), 2))}

    def at(i: int, j: int) -> int:
        return number[min(i, j), max(i, j)]

    try:
        ctx.prec = 400
        m, g, k = ([arb(float(x)) for x in one] for one in (model.masses, model.frictions, model.springs))
        held = [arb(float(x)) for x in np.broadcast_to(np.asarray(model.pinning, dtype=float), N)]
        held[0], held[-1] = held[0] + arb(model.wall), held[-1] + arb(model.wall)
        A = [[arb(0)] * n for _ in range(n)]
        for i in range(N):
            A[i][N + i], A[N + i][N + i] = arb(1), -g[i] / m[i]
            A[N + i][i] -= held[i] / m[i]
            for j, spring in ((i - 1, i - 1), (i + 1, i)):
                if 0 <= j < N:
                    A[N + i][i] -= k[spring] / m[i]
                    A[N + i][j] += k[spring] / m[i]
        matrix = [[arb(0)] * len(number) for _ in number]
        noise = [[arb(0)] for _ in number]
        for (i, j), row in number.items():
            for l in range(n):
                matrix[row][at(l, j)] += A[i][l]
                matrix[row][at(i, l)] += A[j][l]
        for site, bath in zip(model.bath_sites, model.baths, strict=True):
            noise[at(N + site, N + site)] = [-2 * g[site] * arb(bath.temperature) / m[site] ** 2]
        C = arb_mat(matrix).solve(arb_mat(noise))
        T = [m[i] * C[at(N + i, N + i), 0] for i in range(N)]
        heat = [
            g[s] / m[s] * (arb(bath.temperature) - T[s]) for s, bath in zip(model.bath_sites, model.baths, strict=True)
        ]
        found = {
            "heat_currents": heat,
            "currents": [k[i] * C[at(i, N + i + 1), 0] for i in range(N - 1)],
            "temperatures": T,
            "position_variances": [C[at(i, i), 0] for i in range(N)],
        }
    finally:
        ctx.prec = bits
    assert all(float(one.rad()) < 1e-30 for ones in found.values() for one in ones)
    return {name: np.array([float(one.mid()) for one in ones]) for name, ones in found.items()}
