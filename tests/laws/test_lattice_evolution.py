"""Laws of the exact dynamics and of thermal states of lattices, on random models."""

import numpy as np
import pytest
import scipy
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from caloriq.closed.lattice.columns import columns, space_of
from caloriq.closed.lattice.equation_of_state import equation_of_state
from caloriq.closed.methods import Typical
from caloriq.models.lattice import space
from caloriq.models.lattice.densities import density, known
from caloriq.models.lattice.space import sectors
from caloriq.spaces.strings import total
from lattices import evolved, lattices, profile, thermal
from strategies import seeds
from testers import assert_close, gauss_times

METHODS = [cq.Exact(), cq.Chebyshev(tol=1e-12), cq.Krylov(tol=1e-12)]
AGREE = 1e-9


def whole_state(model, start):
    """Vector of a start in the whole product space."""
    space = space_of(model, start)
    psi = np.zeros(model.dimension, dtype=complex)
    psi[space.basis.keys] = columns(space, start).states[:, 0]
    return psi


def starts(model, seed):
    """A wall, levels drawn at random, a random state, a random state of one sector."""
    rng = np.random.default_rng(seed)
    words = [int(rng.integers(d)) for d in model.levels]
    found = [cq.starts.site_states(words), cq.starts.random_state(seed=seed)]
    shared = found[0].totals(model)
    return [*found, cq.starts.random_state(seed=seed, numbers=shared)] if shared else found


def span(model):
    """Time in which the fastest phase turns by 20 rad."""
    values = np.linalg.eigvalsh(model.strings.sparse().toarray())
    return 20.0 / max(float(np.ptp(values)), 1e-3)


def bounded(run):
    """The certificate, but for modes that are cut off."""
    return all(c.holds for c in run.certificate if c.name != "boson cut-off")


def evolve(model, *arguments, **options):
    """As the verb; a cut-off that is reached is part of the model here."""
    try:
        return cq.evolve(model, *arguments, **options)
    except cq.NotConverged as error:
        if error.solution.certificate.failures[0].name != "boson cut-off":
            raise
        return error.solution


@settings(max_examples=25, deadline=None)
@given(lattices(), seeds)
def test_every_method_agrees_with_the_exponential_of_the_whole_matrix(model, seed):
    times = span(model) * np.array([0.0, 0.3, 1.0])
    for start in starts(model, seed):
        states = evolved(model, whole_state(model, start), times)
        H = model.strings.sparse()
        for method in METHODS:
            run = evolve(model, times, initial=start, method=method)
            assert bounded(run)
            assert_close(
                run.energy, np.array([np.vdot(psi, H @ psi).real for psi in states]), AGREE * model.strings.norm
            )
            for of in known(model):
                scale = model.strings.norm if of == "energy" else 1.0
                assert_close(run.profiles[of], profile(model, of, states), AGREE * scale)


@settings(max_examples=25, deadline=None)
@given(lattices(), seeds)
def test_every_density_changes_by_what_flows(model, seed):
    """a_x(t) - a_x(0) is the integral of what flows in: 60 Gauss nodes integrate 20 radians to rounding."""
    times, weights = gauss_times(span(model), 60)
    run = evolve(model, times, initial=starts(model, seed)[-1])
    assert "energy" in run.currents
    for of in ("energy", *model.symmetries.conserved):
        moved = weights @ run.currents[of]
        into = np.zeros(model.size)
        np.add.at(into, run.bonds[:, 1], moved)
        np.add.at(into, run.bonds[:, 0], -moved)
        a = run.profiles[of]
        assert_close(a[-1] - a[0], into, 1e-9 * max(1.0, model.strings.norm))
        assert np.ptp(a.sum(axis=1)) <= 1e-9 * max(1.0, model.strings.norm)


@settings(max_examples=20, deadline=None)
@given(lattices(), st.floats(0.3, 20.0), seeds)
def test_thermal_states_are_those_of_the_exponential(model, T, seed):
    """The mixture of any temperatures, and every typical state on its own."""
    temperatures = T * np.linspace(1.0, 2.0, model.size)
    h = density(model)
    K = total(model.spaces, [(0.5 / t) * one for t, one in zip(temperatures, h, strict=True)]).sparse().toarray()
    root = scipy.linalg.expm(-(K - np.linalg.eigvalsh(K)[0] * np.eye(len(K))))
    rho = root @ root / np.trace(root @ root).real
    mixed = evolve(model, [0.0], initial=cq.starts.gibbs(temperatures, draw="mixed"))
    expected = [np.trace(one.sparse() @ rho).real for one in h]
    assert_close(mixed.profiles["energy"][0], np.array(expected), 1e-9 * model.strings.norm)
    start = cq.starts.gibbs(temperatures, seed=seed, samples=2)
    space = space_of(model, start)
    raw = columns(space, cq.starts.random_state(seed=seed, samples=2)).states
    cooled = root @ raw
    cooled /= np.linalg.norm(cooled, axis=0)
    assert_close(columns(space, start).states, cooled, 1e-9)


@settings(max_examples=20, deadline=None)
@given(lattices(), st.floats(0.2, 20.0))
def test_the_equation_of_state_is_that_of_the_exponential(model, T):
    run = equation_of_state(model, [T])
    rho, N = thermal(model, T), model.size
    H = model.strings.sparse().toarray()
    p = np.linalg.eigvalsh(rho)
    p = p[p > 0]
    U, width = np.trace(H @ rho).real, np.ptp(np.linalg.eigvalsh(H))
    variance = np.trace(H @ H @ rho).real - U**2
    S = -float(p @ np.log(p))
    rounding = 1e-10 * max(1.0, width, width**2)
    assert_close(run.energy, np.array([U]) / N, rounding)
    assert_close(run.entropy, np.array([S]) / N, rounding / T)
    assert_close(run.free_energy, np.array([U - T * S]) / N, rounding)
    assert_close(run.heat_capacity, np.array([variance]) / T**2 / N, rounding / T**2)
    for of in model.symmetries.conserved:
        Q = sum(a.sparse().toarray() for a in density(model, of))
        mean = np.trace(Q @ rho).real
        assert_close(run.values[f"{of}_mean"], np.array([mean]) / N, 1e-10)
        assert_close(run.susceptibility(of), np.array([np.trace(Q @ Q @ rho).real - mean**2]) / N, 1e-9)


@pytest.mark.parametrize("words", [("X", "Z Z", "Z"), ("S+ S-", "Sz Sz")])
def test_bounds_of_samples_hold(words):
    """At 99.7 %: of 20 seeds, each over temperatures and numbers, next to none is beyond; every one within twice the bound."""
    from caloriq.models.lattice.model import Lattice
    from caloriq.models.lattice.terms import Term

    terms = tuple(
        Term(word, value, plus="hermitian-conjugate") for word, value in zip(words, (0.5, 0.4, 0.3), strict=False)
    )
    model, T = Lattice(sites=10, terms=terms), np.geomspace(0.2, 10, 6)
    exact = equation_of_state(model, T, method=cq.Exact())
    apart = []
    for seed in range(20):
        run = equation_of_state(model, T, method=Typical(samples=5, seed=seed))
        apart.append([np.abs(run.values[n] - exact.values[n]) / run.bounds[n] for n in exact.values if n != "states"])
    share = float((np.array(apart) > 1).mean())
    assert share <= 0.01
    assert np.median(apart) >= 0.02  # and they are not far too wide


@settings(max_examples=20, deadline=None)
@given(lattices(breaking=False, kinds=("spin-1/2", "fermion")), seeds)
def test_products_without_a_matrix_are_those_of_the_matrix(model, seed):
    rng = np.random.default_rng(seed)
    for one in sectors(model):
        x = rng.standard_normal((one.dimension, 2)) @ [1, 1j]
        expected = one.parts(model.strings).times(x)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(space, "LARGE", 1)
            assert one.sites_up() is not None or one.by_strings or len(one.totals) > 1
            assert_close(one.products(model.strings).mv(x), expected, 1e-12 * max(1.0, np.abs(expected).max()))


@pytest.mark.parametrize("unit", [1e-300, 1e-170, 1e-160, 1e170])
def test_krylov_spaces_are_the_same_in_any_unit_of_energy(unit):
    """No coupling is taken for 0 because its square is: a wall would stand still, with a bound of 0."""

    def end(unit):
        model = cq.Lattice(sites=7, terms=(cq.Term("X X", unit), cq.Term("Z", unit, on="sites")))
        return cq.evolve(model, [0.0, 1 / unit], method=cq.Krylov()).profiles["magnetisation"][-1]

    assert_close(end(unit), end(1.0), 1e-12)
