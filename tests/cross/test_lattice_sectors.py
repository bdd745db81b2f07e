"""Spins with bosons, in the sectors of what they conserve together, against QuTiP in the whole space."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.closed.lattice import blocks
from caloriq.closed.lattice.equation_of_state import equation_of_state
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.terms import Term
from testers import assert_close

TIMES = np.linspace(0, 4, 9)
OPTIONS = {"method": "adams", "rtol": 1e-12, "atol": 1e-14, "nsteps": 100_000, "progress_bar": ""}
AGREE = 1e-9
PLUS = {"plus": "hermitian-conjugate"}
CUT = 3


@pytest.fixture(scope="module")
def qutip():
    return pytest.importorskip("qutip")


def operators(qutip, cells, cut):
    """σ⁻ and a of every cell; QuTiP's σ⁻ lowers basis(2, 0)."""
    dims = [2, cut + 1] * cells
    every = []
    for x, d in enumerate(dims):
        one = [qutip.qeye(k) for k in dims]
        one[x] = qutip.sigmam() if d == 2 and x % 2 == 0 else qutip.destroy(d)
        every.append(qutip.tensor(one))
    return every[0::2], every[1::2]


def evolved(qutip, H, psi, numbers):
    return np.array(qutip.sesolve(H, psi, TIMES, e_ops=numbers, options=OPTIONS).expect).real.T


@pytest.mark.parametrize("method", [cq.Exact(), cq.Chebyshev(tol=1e-12), cq.Krylov(tol=1e-12)], ids=lambda m: m.kind)
@pytest.mark.parametrize("cells", [1, 2, 3])
def test_jaynes_cummings(qutip, cells, method):
    """One cell, and chains of them whose photons hop: everything within the sector of the excitations."""
    lower, a = operators(qutip, cells, CUT)
    H = sum(1.2 * s.dag() * s + 0.9 * b.dag() * b for s, b in zip(lower, a, strict=True))
    H += sum(0.7 * (s.dag() * b + s * b.dag()) for s, b in zip(lower, a, strict=True))
    H += sum((0.3 * (a[k].dag() * a[k + 1] + a[k + 1].dag() * a[k]) for k in range(cells - 1)), 0 * H)
    spins, modes = [[2 * k] for k in range(cells)], [[2 * k + 1] for k in range(cells)]
    terms = [
        Term("n", 1.2, on=spins),
        Term("n", 0.9, on=modes),
        Term("S+ b-", 0.7, on=[[2 * k, 2 * k + 1] for k in range(cells)], **PLUS),
    ]
    if cells > 1:
        terms.append(Term("b+ b-", 0.3, on=[[2 * k + 1, 2 * k + 3] for k in range(cells - 1)], **PLUS))
    model = Lattice(sites=2 * cells, local=["spin-1/2", {"boson": CUT}], terms=tuple(terms))
    run = cq.evolve(model, TIMES, initial=cq.starts.site_states(["up", 2, *["down", 0] * (cells - 1)]), method=method)
    assert run.method.statistics["sector"] == f"sector of magnetisation + particles {3 - cells / 2:g}"
    assert run.method.statistics["dimension"] == {1: 2, 2: 12, 3: 38}[cells]
    vacuum = [qutip.basis(2, 1), qutip.basis(CUT + 1, 0)] * (cells - 1)
    psi = qutip.tensor([qutip.basis(2, 0), qutip.basis(CUT + 1, 2), *vacuum])
    up = evolved(qutip, H, psi, [s.dag() * s for s in lower])
    quanta = evolved(qutip, H, psi, [b.dag() * b for b in a])
    assert_close(run.profiles["magnetisation"][:, 0::2], up - 0.5, AGREE)
    assert_close(run.profiles["particles"][:, 1::2], quanta, AGREE)


def test_a_spin_and_a_mode_that_keep_only_the_parity(qutip):
    """Rabi's model with counter-rotating terms: half of the states; and its equation of state."""
    cut = 14
    (lower,), (a,) = operators(qutip, 1, cut)
    H = 1.1 * lower.dag() * lower + 0.8 * a.dag() * a + 0.25 * (lower + lower.dag()) * (a + a.dag())
    model = Lattice(
        sites=2,
        local=["spin-1/2", {"boson": cut}],
        terms=(Term("n", 1.1, on=[[0]]), Term("n", 0.8, on=[[1]]), Term("X b+", 0.25, on=[[0, 1]], **PLUS)),
    )
    assert str(model.symmetries) == "parity of magnetisation + particles, real"
    run = cq.evolve(model, TIMES, initial=cq.starts.site_states(["up", 0]))
    assert run.method.statistics["sector"] == "sector of parity of magnetisation + particles odd"
    assert run.method.statistics["dimension"] == cut + 1
    psi = qutip.tensor(qutip.basis(2, 0), qutip.basis(cut + 1, 0))
    expected = evolved(qutip, H, psi, [lower.dag() * lower, a.dag() * a])
    assert_close(run.profiles["magnetisation"][:, 0], expected[:, 0] - 0.5, AGREE)
    assert_close(run.profiles["particles"][:, 1], expected[:, 1], AGREE)
    state = equation_of_state(model, [0.5, 2.0])
    for T, energy in zip(state.temperatures, state.energy, strict=True):
        rho = (-H / T).expm()
        assert energy == pytest.approx(qutip.expect(H, rho) / rho.tr() / 2, abs=1e-10)
    assert state.method.statistics["sectors"] == 2


def test_spins_that_pair_keep_the_parity(qutip):
    """XYZ in a field from a wall: products without a matrix on one site less."""
    N = 5
    s = [
        [qutip.tensor([op if y == x else qutip.qeye(2) for y in range(N)]) for x in range(N)]
        for op in (qutip.sigmax(), qutip.sigmay(), qutip.sigmaz())
    ]
    J, field = (0.9, 0.4, -0.6), 0.35
    H = sum(j * s[k][x] * s[k][x + 1] for k, j in enumerate(J) for x in range(N - 1))
    H += field * sum(s[2]) + 0.2 * sum(s[0][x] * s[1][x + 1] for x in range(N - 1))
    words = ("X X", "Y Y", "Z Z")
    model = Lattice(
        sites=N, terms=(*(Term(w, j) for w, j in zip(words, J, strict=True)), Term("Z", field), Term("X Y", 0.2))
    )
    run = cq.evolve(
        model, TIMES, initial=cq.starts.domain_wall(), observables=["magnetisation", Term("X X"), Term("X")]
    )
    assert run.method.statistics["sector"] == "sector of parity of magnetisation even"
    assert (run.method.statistics["dimension"], run.method.statistics["kernel"]) == (16, "Pauli strings")
    psi = qutip.tensor([qutip.basis(2, 0)] * 2 + [qutip.basis(2, 1)] * 3)
    assert_close(run.profiles["magnetisation"], evolved(qutip, H, psi, [z / 2 for z in s[2]]), AGREE)
    pairs = [s[0][x] * s[0][x + 1] for x in range(N - 1)]
    assert_close(run.observables["X_X"], evolved(qutip, H, psi, pairs), AGREE)
    assert_close(run.observables["X"], np.zeros((TIMES.size, N)), AGREE)


@pytest.mark.parametrize("kind", ["spins", "fermions"])
def test_rings_by_momentum_have_the_energies_of_qutip(qutip, kind):
    """Translation, reflection and flipped spins; the hop that closes a ring of fermions has QuTiP's own sign."""
    N, T = 6, 0.6
    ring = {"kind": "chain", "periodic": True}
    pairs = [(x, (x + 1) % N) for x in range(N)]
    if kind == "spins":
        s = [
            [qutip.tensor([op / 2 if y == x else qutip.qeye(2) for y in range(N)]) for x in range(N)]
            for op in (qutip.sigmax(), qutip.sigmay(), qutip.sigmaz())
        ]
        H = sum(j * s[k][x] * s[k][y] for k, j in enumerate((1.0, 1.0, 0.4)) for x, y in pairs)
        model = Lattice(sites=N, geometry=ring, terms=(Term("Sx Sx"), Term("Sy Sy"), Term("Sz Sz", 0.4)))
    else:
        c = [qutip.fdestroy(N, x) for x in range(N)]
        n = [one.dag() * one for one in c]
        H = sum(-c[x].dag() * c[y] - c[y].dag() * c[x] + 0.7 * n[x] * n[y] for x, y in pairs)
        terms = (Term("c+ c-", -1.0, **PLUS), Term("n n", 0.7))
        model = Lattice(sites=N, local="fermion", geometry=ring, terms=terms)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "FEW", 1)
        state = equation_of_state(model, [T], method=cq.Exact())
    assert state.method.statistics["blocks"] > 2 * state.method.statistics["sectors"] - 4
    rho = (-H / T).expm()
    rho = rho / rho.tr()
    energy = qutip.expect(H, rho)
    assert state.energy[0] * N == pytest.approx(energy, abs=1e-10)
    assert state.heat_capacity[0] * N * T**2 == pytest.approx(qutip.expect(H * H, rho) - energy**2, abs=1e-9)


def test_a_wall_on_a_ring_evolves_in_blocks_of_momentum(qutip):
    """A start without a momentum, and densities and currents of single sites."""
    N = 6
    s = [
        [qutip.tensor([op / 2 if y == x else qutip.qeye(2) for y in range(N)]) for x in range(N)]
        for op in (qutip.sigmax(), qutip.sigmay(), qutip.sigmaz())
    ]
    H = sum(j * s[k][x] * s[k][(x + 1) % N] for k, j in enumerate((1.0, 1.0, 0.4)) for x in range(N))
    ring = {"kind": "chain", "periodic": True}
    model = Lattice(sites=N, geometry=ring, terms=(Term("Sx Sx"), Term("Sy Sy"), Term("Sz Sz", 0.4)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "FEW", 1)
        run = cq.evolve(model, TIMES, initial=cq.starts.domain_wall(), method=cq.Exact())
    psi = qutip.tensor([qutip.basis(2, 0)] * 3 + [qutip.basis(2, 1)] * 3)
    assert_close(run.profiles["magnetisation"], evolved(qutip, H, psi, s[2]), AGREE)
    flows = [s[0][x] * s[1][y] - s[1][x] * s[0][y] for x, y in run.bonds.tolist()]
    near = [k for k, (x, y) in enumerate(run.bonds.tolist()) if (y - x) % N in (1, N - 1)]
    # what flows from x to y = x ± 1: i[H, Sz] has the parts S_x^x S_y^y - S_x^y S_y^x of every bond
    assert_close(run.currents["magnetisation"][:, near], evolved(qutip, H, psi, flows)[:, near], AGREE)
