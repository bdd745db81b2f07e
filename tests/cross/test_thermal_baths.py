"""Coupled baths beside QuTiP: Bloch-Redfield tensors with and without the secular approximation, and jumps made by hand."""

from dataclasses import replace

import numpy as np
import pytest

from caloriq.models.spectra import GivenSpectrum
from caloriq.steady.thermal.acting import acting
from caloriq.steady.thermal.solve import driven_state
from caloriq.steady.thermal.system import OpenSystem, ThermalBath
from thermal import FLAT, OHMIC, X, between, drawn, matrix_of, on, spins

AGREE = 1e-9

GIVEN = GivenSpectrum(frequencies=[0.0, 0.5, 1.0, 2.0, 9.0], values=[0.0, 0.03, 0.05, 0.04, 0.01])
SYSTEMS = {
    "two unequal spins": lambda kind: between((1.0, 1.4), (1.5, 0.5), kind),
    "three spins, zz": lambda kind: between((1.0, 1.3, 0.8), (2.0, 0.5), kind, zz=0.4),
    "three equal spins": lambda kind: between((1.0, 1.0, 1.0), (1.5, 0.5), kind),
    "two spins, given spectrum": lambda kind: between((1.0, 1.3), (2.0, 0.5), kind, spectrum=GIVEN),
    "any real matrices": lambda kind: drawn(4, 5, kind, real=True),
}
# no element of A is between levels of one energy
ONLY_ENERGY = {"flat spectrum": lambda kind: between((1.0, 1.3), (2.0, 0.5), kind, spectrum=FLAT)}


def tensor(system, cutoff):
    """QuTiP's generator in the basis of H, in its order of elements.

    Real matrices alone: of complex ones QuTiP 5.3.1 gives a tensor that changes with the phases of the eigenvectors.
    """
    import qutip

    def spectrum(bath):
        def noise(w):
            if abs(w) < 1e-12:  # which QuTiP asks for where no element of A is
                return 0.0 if bath.spectrum is FLAT else float(bath.spectrum.noise(np.zeros(1), bath.temperature)[0])
            return float(bath.spectrum.noise(np.array([w]), bath.temperature)[0])

        return noise

    H = qutip.Qobj(system.hamiltonian)
    ops = [[qutip.Qobj(bath.operator), spectrum(bath)] for bath in system.baths]
    return qutip.bloch_redfield_tensor(H, ops, sec_cutoff=cutoff, fock_basis=True).full()


def ours(system):
    """𝓛 in the basis of H."""
    acts = acting(system)
    V = acts.whole.vectors
    return matrix_of(lambda rho: V @ acts.apply(V.conj().T @ rho @ V) @ V.conj().T, len(V))


def steady(generator):
    """The state that a generator on column-stacked ρ leaves as it is, by a route of its own: the null vector of an SVD."""
    left = np.linalg.svd(generator)[2][-1].conj()
    rho = left.reshape((int(np.sqrt(left.size)),) * 2, order="F")
    return rho / np.trace(rho)


@pytest.mark.parametrize("name", [*SYSTEMS, *ONLY_ENERGY])
@pytest.mark.parametrize(("kind", "cutoff"), [("redfield", -1), ("global", 1e-8)])
def test_bloch_redfield(name, kind, cutoff):
    system = {**SYSTEMS, **ONLY_ENERGY}[name](kind)
    theirs = tensor(system, cutoff)
    assert np.abs(ours(system) - theirs).max() < AGREE
    state = driven_state(system).certified()
    assert np.abs(state.state - steady(theirs)).max() < AGREE


@pytest.mark.parametrize("kind", ["redfield", "global", "universal"])
def test_complex_matrices_by_a_change_of_basis(kind):
    """A real system in another basis is a complex one; generator and state turn with it."""
    real = drawn(4, 5, kind, real=True)
    rng = np.random.default_rng(3)
    U = np.linalg.qr(rng.standard_normal((5, 5)) + 1j * rng.standard_normal((5, 5)))[0]
    baths = tuple(replace(bath, operator=U @ bath.operator @ U.conj().T) for bath in real.baths)
    turned = OpenSystem(U @ real.hamiltonian @ U.conj().T, baths)
    K = np.kron(U.conj(), U)
    assert np.abs(ours(turned) - K @ ours(real) @ K.conj().T).max() < 1e-13
    assert np.abs(driven_state(turned).state - U @ driven_state(real).state @ U.conj().T).max() < 1e-12


def jumps_by_hand(system):
    """Universal and local jumps from the formulas, one element after the other."""
    E, V = np.linalg.eigh(system.hamiltonian)
    found = []
    for bath in system.baths:

        def noise(w, bath=bath):
            return float(bath.spectrum.noise(np.array([w]), bath.temperature)[0])

        if bath.equation == "universal":
            A = V.conj().T @ bath.operator @ V
            L = np.zeros_like(A)
            for m, n in np.argwhere(np.abs(A) > 1e-12):
                w = E[n] - E[m]
                L[m, n] = np.sqrt(noise(w if abs(w) > 1e-12 else 0.0)) * A[m, n]
            found.append(V @ L @ V.conj().T)
        else:
            site = np.kron(np.array([[0, 1], [0, 0]]), np.eye(len(E) // 2))  # |up⟩⟨down| of the first spin
            up = site if bath.name == "first" else np.kron(np.eye(len(E) // 2), np.array([[0, 1], [0, 0]]))
            w = 2 * float(np.abs(np.linalg.eigvalsh(bath.local)).max())
            found += [np.sqrt(noise(w)) * up.conj().T, np.sqrt(noise(-w)) * up]
    return found


@pytest.mark.parametrize("kind", ["universal", "local", ("local", "universal")])
@pytest.mark.parametrize("name", [name for name in SYSTEMS if "spin" in name])
def test_jumps(name, kind):
    import qutip

    system = SYSTEMS[name](kind)
    L = [qutip.Qobj(one) for one in jumps_by_hand(system)]
    theirs = qutip.liouvillian(qutip.Qobj(system.hamiltonian), L).full()
    assert np.abs(ours(system) - theirs).max() < AGREE
    rho = qutip.steadystate(qutip.Qobj(system.hamiltonian), L).full()
    state = driven_state(system).certified()
    assert np.abs(state.state - rho).max() < AGREE
    for bath, heat in zip(system.baths, state.heat_currents, strict=True):
        own = OpenSystem(system.hamiltonian, (bath,))
        parts = [qutip.Qobj(one) for one in jumps_by_hand(own)]
        D = qutip.liouvillian(0 * qutip.Qobj(system.hamiltonian), parts).full()
        brought = np.trace(system.hamiltonian @ (D @ rho.ravel(order="F")).reshape(rho.shape, order="F")).real
        assert heat == pytest.approx(brought, abs=AGREE)


def test_every_equation_together():
    """Three sites, three baths, three equations; the generator is the sum of what each is alone."""
    import qutip

    H = spins((1.0, 1.3, 0.8), 0.3)
    kinds = ("global", "redfield", "universal")
    baths = tuple(ThermalBath(on(k, X, 3), 0.5 + k, OHMIC, kind, name=kind) for k, kind in enumerate(kinds))
    whole = ours(OpenSystem(H, baths))
    free = qutip.liouvillian(qutip.Qobj(H)).full()
    parts = sum(ours(OpenSystem(H, (bath,))) - free for bath in baths)
    assert np.abs(whole - free - parts).max() < 1e-13
    assert np.abs(driven_state(OpenSystem(H, baths)).certified().state - steady(whole)).max() < AGREE


def test_lamb_shift_of_a_spin_of_drudes_bath():
    """Shift of a two-level system from QuTiP-independent numbers: λ by quadrature with Cauchy's weight."""
    from scipy.integrate import quad

    from caloriq.steady.thermal.lamb import of_noise

    bath = ThermalBath(X, 0.7, OHMIC, "global", lamb_shift=True)

    def noise(v):
        return float(OHMIC.noise(np.array([v]), 0.7)[0])

    for w in (0.4, -1.0, 2.5):
        far = 60.0
        near = quad(noise, w - 3, w + 3, weight="cauchy", wvar=w, epsabs=1e-13)[0]
        rest = sum(
            quad(lambda v, w=w: noise(v) / (v - w), *ends, epsabs=1e-13, limit=400)[0]
            for ends in ((-np.inf, w - far), (w - far, w - 3), (w + 3, w + far), (w + far, np.inf))
        )
        assert of_noise(bath, np.array([w]))[0] == pytest.approx(-(near + rest) / (2 * np.pi), abs=1e-9)


def test_the_checker_sees_a_wrong_rate():
    """Broken on purpose: a hundredth more coupling in one bath is seen."""
    system = between((1.0, 1.4), (1.5, 0.5), "redfield")
    wrong = OHMIC.model_copy(update={"coupling": 1.01 * OHMIC.coupling})
    first, last = system.baths
    other = OpenSystem(system.hamiltonian, (first, ThermalBath(last.operator, 0.5, wrong, "redfield", name="last")))
    assert np.abs(ours(system) - tensor(other, -1)).max() > 1e-5
