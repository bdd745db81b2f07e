"""Nearly degenerate levels in any basis: bounds beside 200 bits, in which the same matrices have other eigenvectors."""

from dataclasses import replace

import numpy as np
import pytest

from caloriq.models.random import generator
from caloriq.models.spectra import OhmicSpectrum
from caloriq.steady.thermal.levels import levels
from caloriq.steady.thermal.solve import driven_state
from caloriq.steady.thermal.system import OpenSystem, OwnJumps, ThermalBath

SPECTRUM = OhmicSpectrum(coupling=0.05, cutoff=4.0, form="drude")
KINDS = ["local", "global", "redfield", "universal"]
GAPS = [1e-4, 1e-6, 1e-8, 2e-9, 1e-10, 0.0]  # those below 1e-9 of the width are one level
WIDE = 1e6  # bound over error that is no use any more


def nearly_degenerate(seed, gap, kind, dimension=4):
    """Two levels a gap apart among others, everything in a random basis, between a hot bath and a cold one."""
    rng = generator(seed, 0)

    def complexes():
        return rng.standard_normal((dimension, dimension)) + 1j * rng.standard_normal((dimension, dimension))

    def hermitian(A):
        return (A + A.conj().T) / 2

    U = np.linalg.qr(complexes())[0]
    E = np.concatenate([[0.3, 0.3 + gap], rng.uniform(-1.0, 1.0, dimension - 2)])
    local = np.diag(np.repeat([0.5, -0.5], dimension // 2)) if kind == "local" else None
    baths = []
    for name, T in (("hot", 1.5), ("cold", 0.6)):
        W = np.linalg.qr(complexes())[0]
        own = None if local is None else hermitian(W @ local @ W.conj().T)
        baths.append(ThermalBath(hermitian(complexes()), T, SPECTRUM, kind, own, name=name))
    return OpenSystem(hermitian(U @ np.diag(E) @ U.conj().T), tuple(baths))


def exactly(A):
    """A matrix of doubles as one of balls."""
    import flint

    return np.array([[flint.acb(float(z.real), float(z.imag)) for z in row] for row in np.asarray(A, dtype=complex)])


def dagger(A):
    return np.array([[z.conjugate() for z in row] for row in A.T])


class Exact:
    """The equations once more, from the matrices, in balls of 200 bits; levels are joined as they were found."""

    def __init__(self, system):
        import flint

        self.flint = flint
        self.D = D = system.levels
        self.E, self.Q, w, groups = self.levels(system.hamiltonian)
        maps = [self.generator(*self.bath(bath, w, groups)) for bath in system.baths]
        for one in system.environments:
            L = [dagger(self.Q) @ exactly(A) @ self.Q for A in one.operators]
            maps.append(self.generator([(A, A) for A in L], sum(dagger(A) @ A for A in L) / 2))
        M = sum(maps)
        for a in range(D):
            for b in range(D):
                M[a * D + b, a * D + b] -= flint.acb(0, 1) * (self.E[a] - self.E[b])
                M[a * (D + 1), b * (D + 1)] += flint.acb(1) / D
        right = [[flint.acb(1) / D if k % (D + 1) == 0 else flint.acb(0)] for k in range(D * D)]
        rho = np.array(flint.acb_mat(M.tolist()).solve(flint.acb_mat(right)).tolist())[:, 0]
        self.populations = rho[:: D + 1]
        self.energy = self.E @ self.populations
        self.heat = np.array([self.E @ (one @ rho)[:: D + 1] for one in maps])

    def levels(self, H):
        E, R = self.flint.acb_mat(exactly(H).tolist()).eig(right=True)
        order = np.argsort([float(one.real) for one in E])
        E, Q = np.array(E)[order], np.array(R.tolist())[:, order]
        Q = Q / np.array([self.flint.acb(one.real).sqrt() for one in (dagger(Q) @ Q).diagonal()])
        groups = levels(H).groups
        mean = np.array([E[row == 0].sum() / int(np.count_nonzero(row == 0)) for row in groups])
        return (
            E,
            Q,
            [[(mean[n] - mean[m]).real if groups[m, n] else None for n in range(len(E))] for m in range(len(E))],
            groups,
        )

    def noise(self, w, T):
        """S(ω) of Drude's form."""
        if w is None:
            return self.flint.arb(SPECTRUM.coupling) * T
        J = SPECTRUM.coupling * abs(w) / (1 + (w / SPECTRUM.cutoff) ** 2)
        n = 1 / (abs(w) / T).expm1()
        return J * (n + 1 if w > 0 else n)

    def bath(self, bath, w, groups):
        """L and R of the jumps ΣLρR†, and N of the decay."""
        Q = self.Q
        if bath.equation == "local":
            _, Q, w, groups = self.levels(bath.local)
        A = dagger(Q) @ exactly(bath.operator) @ Q
        S = np.array([[self.noise(one, bath.temperature) for one in row] for row in w])
        if bath.equation == "redfield":
            half = S / 2 * A
            return [(half, A), (A, half)], dagger(A) @ half
        L = np.array([[s.sqrt() for s in row] for row in S]) * A
        parts = (
            [L]
            if bath.equation == "universal"
            else [np.where(groups == g, L, self.flint.acb(0)) for g in np.unique(groups)]
        )
        if bath.equation == "local":
            turn = dagger(self.Q) @ Q
            parts = [turn @ one @ dagger(turn) for one in parts]
        return [(one, one) for one in parts], sum(dagger(one) @ one for one in parts) / 2

    def generator(self, pairs, N):
        """On row-stacked ρ, shape (D², D²)."""
        one = exactly(np.eye(self.D))
        conjugate = dagger(N).T
        return sum(np.kron(L, dagger(R).T) for L, R in pairs) - np.kron(N, one) - np.kron(one, conjugate)


def errors(system):
    """Error and bound of every number, by name."""
    import flint

    state, baths = driven_state(system), len(system.baths)
    with flint.ctx.workprec(200):
        exact = Exact(system)
        entropy = -sum(J / bath.temperature for J, bath in zip(exact.heat, system.baths, strict=False))
        told = {
            "populations": (state.populations, exact.populations),
            "heat_currents": (state.heat_currents, exact.heat[:baths]),
            "environment_currents": (state.environment_currents, exact.heat[baths:]),
            "energy": ([state.energy], [exact.energy]),
            "entropy_production": ([state.entropy_production], [entropy]),
        }
        return {
            name: (
                np.array([float(abs(theirs - float(ours)).upper()) for ours, theirs in zip(*both, strict=True)]),
                np.atleast_1d(state.bounds[name]),
            )
            for name, both in told.items()
        }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("gap", GAPS)
def test_bounds_hold_the_rounding_of_the_eigenbasis(kind, gap):
    found = [errors(nearly_degenerate(seed, gap, kind)) for seed in range(4)]
    for name in set(found[0]) - {"environment_currents"}:
        for error, bound in (one[name] for one in found):
            assert np.all(error <= bound), name
        largest = max(float(one[name][0].max()) for one in found)
        assert max(float(one[name][1].max()) for one in found) <= WIDE * max(largest, 1e-17), name


@pytest.mark.parametrize("gap", GAPS)
def test_equations_together_and_jumps_beside_them(gap):
    """A global and a universal bath, and jumps of no energy of their own."""
    system = nearly_degenerate(11, gap, "global")
    hot, cold = system.baths
    jumps = OwnJumps(0.1 * cold.operator[None] @ hot.operator[None], name="jumps")
    together = OpenSystem(system.hamiltonian, (hot, replace(cold, equation="universal")), (jumps,))
    for name, (error, bound) in errors(together).items():
        assert np.all(error <= bound), name
        assert name == "populations" or bound.max() < 1e-7, name  # of one level they depend on its basis


@pytest.mark.parametrize("kind", KINDS)
def test_vectors_of_near_levels_are_refined(kind):
    """A gap of 1e-8 costs eight digits: of vectors in double precision these are the last eight that a number has."""
    if np.finfo(np.longdouble).eps > 1e-18:
        pytest.skip("this platform has no extended precision")
    for seed in range(4):
        found = errors(nearly_degenerate(seed, 1e-8, kind))
        assert found["populations"][0].max() < 1e-12
        assert found["heat_currents"][0].max() < 1e-14


@pytest.mark.parametrize("kind", KINDS)
def test_bounds_hold_without_extended_precision(kind, monkeypatch):
    """As beyond 256 levels, and on platforms that have none."""
    monkeypatch.setattr("caloriq.steady.thermal.levels.EXTENDED", 0)
    for gap in GAPS:
        for name, (error, bound) in errors(nearly_degenerate(1, gap, kind)).items():
            assert np.all(error <= bound), name


def test_levels_that_rounding_turns_into_each_other_have_no_bound():
    """A gap of ten roundings of the largest energy, with a tolerance below it."""
    system = nearly_degenerate(0, 1e-13, "global")
    far = OpenSystem(system.hamiltonian + 100 * np.eye(4), system.baths)
    state = driven_state(far, tolerance=1e-14)
    assert np.all(np.isinf(state.bounds["populations"]))
    assert np.all(np.isinf(state.bounds["heat_currents"]))
    assert np.all(np.isfinite(driven_state(far).bounds["heat_currents"]))
