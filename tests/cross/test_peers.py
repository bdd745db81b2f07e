"""Our dynamics against QuTiP's solver and SciPy's exponential, on Hamiltonians that we put together ourselves."""

import numpy as np
import pytest
import scipy

import caloriq as cq
from caloriq.closed.states import columns
from problems import MODELS, dense_hamiltonian, random_chain
from testers import assert_close

METHODS = [cq.Exact(), cq.Chebyshev(tol=1e-12), cq.Krylov(tol=1e-12)]


def populations(states, model):
    """P_µ of states (T, N n)."""
    return (np.abs(states.reshape(len(states), model.subunits, model.levels)) ** 2).sum(axis=2)


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.kind)
@pytest.mark.parametrize("name", MODELS)
def test_expm_multiply(name, method):
    """SciPy's truncated Taylor series, good to 1e-16 ‖H‖t per step: 1e-11 with room."""
    model = MODELS[name]
    times = np.linspace(0, 80, 9)
    start = cq.haar(-1, seed=7)
    psi = columns(start, model)[:, 0]
    H = scipy.sparse.csr_array(dense_hamiltonian(model))
    states = scipy.sparse.linalg.expm_multiply(-1j * H, psi, start=0, stop=80, num=9, endpoint=True)
    exact = cq.evolve(model, times, initial=start, method=method)
    assert_close(exact.populations, populations(states, model), 1e-11)
    # currents from the definition dP_µ/dt = i⟨[H, P_µ]⟩, summed up from the left
    projectors = [np.kron(np.eye(model.subunits)[mu], np.ones(model.levels)) for mu in range(model.subunits)]
    flow = np.array([[2 * np.vdot(p * s, H @ s).imag for p in projectors] for s in states])
    assert_close(exact.currents, -np.cumsum(flow, axis=1)[:, :-1], 1e-11)
    energy = np.array([np.vdot(s, H @ s).real for s in states])
    assert_close(exact.energy, energy, 1e-11 * model.gap)
    local = np.tile(model.gap + model.band_levels, model.subunits)
    expected = (np.abs(states) ** 2 * local).reshape(9, model.subunits, -1).sum(axis=2)
    assert_close(exact.local_energies, expected, 1e-11 * model.gap)


@pytest.fixture(scope="module")
def qutip():
    return pytest.importorskip("qutip")


@pytest.mark.parametrize("name", ["complex", "real", "random band", "given bond by bond"])
def test_qutip(qutip, name):
    """Adams at rtol 1e-11: its global error over 60 units of time is about 1e-9, its own stated accuracy per step × steps."""
    model = MODELS[name]
    times = np.linspace(0, 60, 13)
    start = cq.haar(0, seed=3)
    d = model.dimension
    H = qutip.Qobj(dense_hamiltonian(model))
    psi = qutip.Qobj(columns(start, model))
    projectors = [
        qutip.Qobj(np.diag(np.kron(np.eye(model.subunits)[mu], np.ones(model.levels)))) for mu in range(model.subunits)
    ]
    options = {"method": "adams", "rtol": 1e-11, "atol": 1e-13, "nsteps": 100_000, "progress_bar": ""}
    peer = qutip.sesolve(H, psi, times, e_ops=projectors, options=options)
    assert psi.shape == (d, 1)
    exact = cq.evolve(model, times, initial=start, method=cq.Exact())
    assert_close(exact.populations, np.array(peer.expect).T, 1e-8)


def test_qutip_mixed_start(qutip):
    """The mixed start is the density matrix P_0/n: von Neumann's equation by qutip.mesolve without dissipation."""
    model = random_chain(subunits=2, levels=4)
    times = np.linspace(0, 60, 7)
    H = qutip.Qobj(dense_hamiltonian(model))
    rho = qutip.Qobj(np.diag(np.repeat([0.25, 0.0], 4)).astype(complex))
    first = qutip.Qobj(np.diag(np.repeat([1.0, 0.0], 4)))
    options = {"method": "adams", "rtol": 1e-11, "atol": 1e-13, "nsteps": 100_000, "progress_bar": ""}
    peer = qutip.mesolve(H, rho, times, c_ops=[], e_ops=[first], options=options)
    exact = cq.evolve(model, times, initial=cq.starts.mixed(), method=cq.Exact())
    assert_close(exact.populations[:, 0], np.array(peer.expect[0]), 1e-8)


def test_qutip_path(qutip):
    """Tight binding is our chain with one level: QuTiP's own spin chain in its one-excitation space."""
    N, hopping = 4, 0.3
    lower = [qutip.tensor([qutip.sigmam() if j == k else qutip.qeye(2) for j in range(N)]) for k in range(N)]
    H = sum(
        (hopping * (lower[k].dag() * lower[k + 1] + lower[k + 1].dag() * lower[k]) for k in range(N - 1)),
        start=0 * lower[0],
    )
    up, down = qutip.basis(2, 0), qutip.basis(2, 1)
    psi = qutip.tensor([up if k == 0 else down for k in range(N)])
    times = np.linspace(0, 40, 9)
    options = {"method": "adams", "rtol": 1e-11, "atol": 1e-13, "nsteps": 100_000, "progress_bar": ""}
    peer = qutip.sesolve(H, psi, times, e_ops=[a.dag() * a for a in lower], options=options)
    model = cq.ModularChain(
        subunits=N, levels=1, bandwidth=0.1, coupling=hopping, interaction="given", matrices=np.eye(1)
    )
    exact = cq.evolve(model, times, initial=cq.starts.level())
    assert_close(exact.populations, np.array(peer.expect).T, 1e-8)
