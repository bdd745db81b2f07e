"""Dynamics of lattices against QuTiP, on Hamiltonians, starts and currents put together from QuTiP's own operators."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.terms import Term
from testers import assert_close

TIMES = np.linspace(0, 4, 9)
# Adams at rtol 1e-12: its error over four units of time is below 1e-9, which is asked for
OPTIONS = {"method": "adams", "rtol": 1e-12, "atol": 1e-14, "nsteps": 100_000, "progress_bar": ""}
AGREE = 1e-9


@pytest.fixture(scope="module")
def qutip():
    return pytest.importorskip("qutip")


def placed(qutip, operator, site, N):
    """Operator of one site of N."""
    one = [qutip.qeye(operator.shape[0])] * N
    return qutip.tensor([*one[:site], operator, *one[site + 1 :]])


def means(qutip, H, psi, operators):
    """⟨A⟩(t), shape (T, operators)."""
    return np.array(qutip.sesolve(H, psi, TIMES, e_ops=operators, options=OPTIONS).expect).real.T


def passed(H, sites):
    """Currents of an open chain with neighbours alone: what goes from x to x + 1 is what the sites up to x lose."""
    rates = [1j * H.commutator(a) if hasattr(H, "commutator") else 1j * (H * a - a * H) for a in sites]
    return [-sum(rates[: x + 1]) for x in range(len(sites) - 1)]


@pytest.mark.parametrize("method", [cq.Exact(), cq.Chebyshev(tol=1e-12), cq.Krylov(tol=1e-12)], ids=lambda m: m.kind)
def test_spins_with_every_kind_of_term(qutip, method):
    """XYZ with fields, a Dzyaloshinskii-Moriya term and second neighbours, from a product of directions."""
    N, angles = 5, [(0.3, 0.1), (1.2, 2.0), (2.5, -1.0), (0.9, 0.4), (1.8, 3.0)]
    model = Lattice(
        sites=N,
        terms=(
            Term("Sx Sx", 1.1),
            Term("Sy Sy", 0.7),
            Term("Sz Sz", [0.5, -0.3, 0.8, 0.2]),
            Term("S+ S-", 0.3j, plus="hermitian-conjugate"),
            Term("X X", 0.2, on="second-neighbours"),
            Term("Z", [0.1, 0.4, -0.2, 0.3, 0.5]),
            Term("Y", 0.25),
        ),
    )
    sx, sy, sz = (
        [placed(qutip, s / 2, x, N) for x in range(N)] for s in (qutip.sigmax(), qutip.sigmay(), qutip.sigmaz())
    )
    h = [0 * sx[0]] * N

    def shared(sites, operator):
        for x in sites:
            h[x] = h[x] + operator / len(sites)

    zz, fields = [0.5, -0.3, 0.8, 0.2], [0.1, 0.4, -0.2, 0.3, 0.5]
    for x in range(N - 1):
        raised = (sx[x] + 1j * sy[x]) * (sx[x + 1] - 1j * sy[x + 1])
        pair = 1.1 * sx[x] * sx[x + 1] + 0.7 * sy[x] * sy[x + 1] + zz[x] * sz[x] * sz[x + 1] + 0.3j * raised
        shared((x, x + 1), pair - 0.3j * raised.dag())
    for x in range(N - 2):
        shared((x, x + 2), 0.8 * sx[x] * sx[x + 2])
    for x in range(N):
        shared((x,), 2 * fields[x] * sz[x] + 0.5 * sy[x])
    H = sum(h)
    up, down = qutip.basis(2, 0), qutip.basis(2, 1)
    psi = qutip.tensor([np.cos(t / 2) * up + np.exp(1j * p) * np.sin(t / 2) * down for t, p in angles])
    start = cq.starts.site_states([{"theta": t, "phi": p} for t, p in angles])
    asked = ["energy", "magnetisation", Term("X Y", on=[[0, 3], [4, 1]])]
    run = cq.evolve(model, TIMES, initial=start, method=method, observables=asked)
    flows = [1j * (h[x] * h[y] - h[y] * h[x]) for x, y in run.bonds.tolist()]
    assert_close(run.profiles["energy"], means(qutip, H, psi, h), AGREE)
    assert_close(run.profiles["magnetisation"], means(qutip, H, psi, sz), AGREE)
    assert_close(run.currents["energy"], means(qutip, H, psi, flows), AGREE)
    assert_close(run.observables["X_Y"], means(qutip, H, psi, [4 * sx[0] * sy[3], 4 * sx[4] * sy[1]]), AGREE)
    assert "magnetisation" not in run.currents


def test_spins_of_one(qutip):
    """Bilinear and biquadratic exchange with anisotropy, in the sector of its wall."""
    N, theta = 4, 0.4
    S = [[placed(qutip, qutip.jmat(1, axis), x, N) for x in range(N)] for axis in "xyz"]
    bonds = [sum(s[x] * s[x + 1] for s in S) for x in range(N - 1)]
    H = sum(np.cos(theta) * b + np.sin(theta) * b * b for b in bonds) + 0.3 * sum(z * z for z in S[2])
    # (S·S)² in words: every pair of letters
    words = [Term(f"S{a}*S{b} S{a}*S{b}", np.sin(theta)) for a in "xyz" for b in "xyz"]
    model = Lattice(
        sites=N,
        local="spin-1",
        terms=(*(Term(f"S{a} S{a}", np.cos(theta)) for a in "xyz"), *words, Term("Sz^2", 0.3)),
    )
    up, middle, down = (qutip.basis(3, k) for k in range(3))
    run = cq.evolve(model, TIMES, initial=cq.starts.site_states(["up", 1, "down", "up"]))
    assert "magnetisation 1" in run.method.statistics["sector"]
    psi = qutip.tensor([up, middle, down, up])
    assert_close(run.profiles["magnetisation"], means(qutip, H, psi, S[2]), AGREE)
    near = run.bonds[:, 1] - run.bonds[:, 0] == 1
    assert_close(run.currents["magnetisation"][:, near], means(qutip, H, psi, passed(H, S[2])), AGREE)
    assert not run.currents["magnetisation"][:, ~near].any()
    assert_close(run.energy, means(qutip, H, psi, [H])[:, 0], AGREE)


def test_fermions(qutip):
    """Hopping with a phase, repulsion and second neighbours, whose signs QuTiP makes on its own."""
    N = 5
    c = [qutip.fdestroy(N, x) for x in range(N)]
    n = [one.dag() * one for one in c]
    hop, far = -1.0 + 0.4j, 0.3
    H = sum(
        hop * c[x].dag() * c[x + 1] + np.conj(hop) * c[x + 1].dag() * c[x] + 0.7 * n[x] * n[x + 1] for x in range(N - 1)
    )
    H += sum(far * (c[x].dag() * c[x + 2] + c[x + 2].dag() * c[x]) for x in range(N - 2))
    model = Lattice(
        sites=N,
        local="fermion",
        terms=(
            Term("c+ c-", hop, plus="hermitian-conjugate"),
            Term("n n", 0.7),
            Term("c+ c-", far, on="second-neighbours", plus="hermitian-conjugate"),
        ),
    )
    words = ["filled", "empty", "filled", "filled", "empty"]
    empty = qutip.tensor([qutip.basis(2, 0)] * N)
    # n is 1 where QuTiP's first factor of fdestroy says so: the vacuum is annihilated by every c
    vacuum = empty if (c[0] * empty).norm() < 1e-12 else qutip.tensor([qutip.basis(2, 1)] * N)
    psi = vacuum
    for x in reversed(range(N)):
        psi = c[x].dag() * psi if words[x] == "filled" else psi
    run = cq.evolve(model, TIMES, initial=cq.starts.site_states(words))
    assert run.method.statistics["sector"] == "sector of particles 3"
    flows = []
    for x, y in run.bonds.tolist():
        t = {1: hop, 2: far}.get(y - x, 0.0)
        flows.append(1j * (t * c[x].dag() * c[y] - np.conj(t) * c[y].dag() * c[x]))
    assert_close(run.profiles["particles"], means(qutip, H, psi, n), AGREE)
    # dn_x/dt = i[H, n_x] = -i t c_x†c_y + h.c.: what flows from x to y is i t c_x†c_y + h.c.
    assert_close(run.currents["particles"], means(qutip, H, psi, flows), AGREE)


def test_bosons_below_and_at_the_cut_off(qutip):
    """In a sector with fewer quanta than levels nothing is cut off; else the last level's population is what QuTiP has."""
    N, cut = 3, 2
    b = [placed(qutip, qutip.destroy(cut + 1), x, N) for x in range(N)]
    n = [one.dag() * one for one in b]
    H = sum(b[x].dag() * b[x + 1] + b[x + 1].dag() * b[x] for x in range(N - 1)) + 0.5 * sum(k * (k - 1) for k in n)
    model = Lattice(
        sites=N,
        local={"boson": cut},
        terms=(Term("b+ b-", plus="hermitian-conjugate"), Term("n*n", 0.5), Term("n", -0.5)),
    )
    free = cq.evolve(model, TIMES, initial=cq.starts.site_states([2, 0, 0]))
    psi = qutip.tensor([qutip.basis(cut + 1, k) for k in (2, 0, 0)])
    assert_close(free.profiles["particles"], means(qutip, H, psi, n), AGREE)
    with pytest.raises(cq.NotConverged, match="boson cut-off") as caught:
        cq.evolve(model, TIMES, initial=cq.starts.site_states([1, 1, 1]))
    last = [placed(qutip, qutip.fock_dm(cut + 1, cut), x, N) for x in range(N)]
    psi = qutip.tensor([qutip.basis(cut + 1, 1)] * N)
    found = caught.value.solution.certificate["boson cut-off"].value
    assert found == pytest.approx(means(qutip, H, psi, last).max(), abs=AGREE)
