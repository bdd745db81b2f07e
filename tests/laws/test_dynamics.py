"""Laws of the exact dynamics, on any small chain."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from strategies import chains, seeds, span
from testers import assert_close, assert_continuous, assert_physical, gauss_times

METHODS = [cq.Exact(), cq.Chebyshev(tol=1e-12), cq.Krylov(tol=1e-12)]
# 1e-12 in the norm of the state is 2e-12 in a population; rounding adds eps × gap × time, time below 1e4 here
AGREE = 1e-9
reaches = st.floats(0.01, 60.0)


@settings(max_examples=60)
@given(chains(), st.integers(0, 4), seeds, reaches)
def test_methods_agree(model, subunit, seed, reach):
    times = span(model, reach) * np.array([0.1, 0.35, 0.7, 1.0])
    start = cq.haar(subunit % model.subunits, seed=seed)
    runs = [cq.evolve(model, times, initial=start, method=method) for method in METHODS]
    for run in runs:
        assert_physical(run, tol=1e-10)
        assert_close(run.populations, runs[0].populations, AGREE)
        assert_close(run.local_energies, runs[0].local_energies, AGREE)
        # a current carries the unit of the coupling
        assert_close(run.currents, runs[0].currents, AGREE * max(1.0, np.abs(runs[0].currents).max()))
        assert_close(run.energy, runs[0].energy, AGREE * max(1.0, np.abs(runs[0].energy).max()))


@given(chains(levels=st.integers(1, 8)), st.integers(0, 4), reaches)
def test_methods_agree_on_the_mixed_start(model, subunit, reach):
    times = span(model, reach) * np.array([0.2, 0.6, 1.0])
    start = cq.starts.mixed(subunit % model.subunits)
    runs = [cq.evolve(model, times, initial=start, method=method) for method in METHODS]
    for run in runs:
        assert_physical(run, tol=1e-10)
        assert_close(run.populations, runs[0].populations, AGREE)
        assert_close(run.local_energies, runs[0].local_energies, AGREE)
        assert_close(run.currents, runs[0].currents, AGREE * max(1.0, np.abs(runs[0].currents).max()))
        assert_close(run.energy, runs[0].energy, AGREE * max(1.0, np.abs(runs[0].energy).max()))


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.kind)
@settings(max_examples=15)
@given(model=chains(), seed=seeds)
def test_continuity(method, model, seed):
    """P_µ(t) - P_µ(0) = ∫(J_µ-1 - J_µ): 60 Gauss nodes integrate 20 radians to rounding."""
    times, weights = gauss_times(span(model, 10.0), 60)
    run = cq.evolve(model, times, initial=cq.haar(seed=seed), method=method)
    assert_continuous(weights, run.populations, run.currents, 1e-10)


@settings(max_examples=15)
@given(chains(levels=st.integers(1, 6)), st.integers(0, 4))
def test_continuity_of_the_mixed_start(model, subunit):
    times, weights = gauss_times(span(model, 10.0), 60)
    run = cq.evolve(model, times, initial=cq.starts.mixed(subunit % model.subunits), method=cq.Exact())
    assert_continuous(weights, run.populations, run.currents, 1e-10)


@given(chains(), st.integers(0, 4), seeds)
def test_the_start_is_the_start(model, subunit, seed):
    subunit %= model.subunits
    for start in (cq.haar(subunit, seed=seed), cq.starts.level(subunit, -1), cq.starts.mixed(subunit)):
        run = cq.evolve(model, [0.0], initial=start)
        assert_close(run.populations[0], np.eye(model.subunits)[subunit], 1e-12)
        assert_close(run.currents[0], np.zeros(model.subunits - 1), 1e-12 * max(1.0, 100 * model.coupling))


@given(chains(), seeds, reaches, st.floats(1e-3, 1e3))
def test_scale_invariance(model, seed, reach, scale):
    """All energies times s and all times by 1/s: the same populations, currents times s."""
    times = span(model, reach) * np.array([0.3, 1.0])
    fields = {name: getattr(model, name) for name in type(model).model_fields}
    fields |= {name: scale * fields[name] for name in ("gap", "bandwidth", "coupling")}
    scaled = cq.ModularChain(**fields)
    start = cq.haar(seed=seed)
    one = cq.evolve(model, times, initial=start, method=cq.Exact())
    other = cq.evolve(scaled, times / scale, initial=start, method=cq.Exact())
    assert_close(other.populations, one.populations, AGREE)
    assert_close(other.currents / scale, one.currents, AGREE * max(1.0, np.abs(one.currents).max()))
    assert cq.ham(scaled).rate == pytest.approx(scale * cq.ham(model).rate, rel=1e-12)
    assert cq.ham(scaled).criteria[0].value == pytest.approx(cq.ham(model).criteria[0].value, rel=1e-12)
    assert cq.ham(scaled).criteria[1].value == pytest.approx(cq.ham(model).criteria[1].value, rel=1e-12)


def mirrored(model):
    """The chain read from its other end: bonds in reverse order, v to v†."""
    bonds = [model.interaction_matrix(b).conj().T for b in range(model.subunits - 1)]
    return cq.ModularChain(
        subunits=model.subunits,
        levels=model.levels,
        bandwidth=model.bandwidth,
        coupling=model.coupling,
        gap=model.gap,
        band=model.band,
        seed=model.seed,
        interaction="given",
        matrices=np.array(bonds[::-1]),
    )


@given(chains(), seeds, reaches)
def test_mirror(model, seed, reach):
    times = span(model, reach) * np.array([0.3, 1.0])
    here = cq.evolve(model, times, initial=cq.haar(0, seed=seed), method=cq.Exact())
    there = cq.evolve(mirrored(model), times, initial=cq.haar(-1, seed=seed), method=cq.Exact())
    assert_close(there.populations[:, ::-1], here.populations, AGREE)
    assert_close(-there.currents[:, ::-1], here.currents, AGREE * max(1.0, np.abs(here.currents).max()))


@given(chains(interactions=("real-gaussian",)), st.integers(0, 4), st.integers(0, 4), reaches)
def test_reciprocity(model, source, target, reach):
    """Real interaction: U is symmetric, so the mixed start of ν reaches µ as that of µ reaches ν."""
    source, target = source % model.subunits, target % model.subunits
    times = span(model, reach) * np.array([0.3, 1.0])
    there = cq.evolve(model, times, initial=cq.starts.mixed(source), method=cq.Exact()).populations[:, target]
    back = cq.evolve(model, times, initial=cq.starts.mixed(target), method=cq.Exact()).populations[:, source]
    assert_close(there, back, AGREE)


@given(chains(), reaches)
def test_mixed_starts_add_up(model, reach):
    """The mixed starts of all subunits together are the unit matrix, which does not move: Σ_ν P_µ←ν = 1."""
    times = span(model, reach) * np.array([0.5, 1.0])
    total = sum(
        cq.evolve(model, times, initial=cq.starts.mixed(nu), method=cq.Exact()).populations
        for nu in range(model.subunits)
    )
    assert_close(total, np.ones_like(total), 1e-10)


@settings(max_examples=15)
@given(chains(levels=st.integers(1, 5)), st.integers(0, 4), reaches)
def test_mixed_is_the_average_over_a_basis(model, subunit, reach):
    subunit %= model.subunits
    times = span(model, reach) * np.array([0.3, 1.0])
    mixed = cq.evolve(model, times, initial=cq.starts.mixed(subunit), method=cq.Exact())
    levels = [
        cq.evolve(model, times, initial=cq.starts.level(subunit, i), method=cq.Chebyshev(tol=1e-12))
        for i in range(model.levels)
    ]
    for name in ("populations", "local_energies", "currents", "energy"):
        average = np.mean([getattr(run, name) for run in levels], axis=0)
        assert_close(average, getattr(mixed, name), AGREE * max(1.0, np.abs(average).max()))


def test_mixed_is_the_mean_over_haar_starts():
    """Within five standard errors of 400 samples at every time and in every subunit."""
    model = cq.ModularChain(subunits=3, levels=10, bandwidth=0.4, coupling=0.01, seed=11)
    times = np.linspace(20, 400, 9)
    sample = cq.evolve(model, times, initial=cq.haar(seed=1, samples=400), observables=["populations"]).populations
    mixed = cq.evolve(model, times, initial=cq.starts.mixed()).populations
    error = sample.std(axis=0, ddof=1) / np.sqrt(400)
    assert np.all(error > 0)
    assert np.all(np.abs(sample.mean(axis=0) - mixed) <= 5 * error)


@given(chains(), seeds, reaches, st.floats(0, 2 * np.pi), st.floats(0.1, 10))
def test_phase_and_norm_of_the_start_do_not_matter(model, seed, reach, phase, norm):
    psi = np.zeros((model.subunits, model.levels), dtype=complex)
    psi[0] = cq.haar(seed=seed).amplitudes(model)[:, 0]
    times = [span(model, reach)]
    one = cq.evolve(model, times, initial=cq.haar(seed=seed), method=cq.Exact())
    other = cq.evolve(
        model, times, initial=cq.starts.vector(norm * np.exp(1j * phase) * psi.ravel()), method=cq.Exact()
    )
    assert_close(other.populations, one.populations, 1e-12)


@given(chains(), seeds, st.floats(0.1, 30.0), st.floats(0.05, 0.95))
def test_two_legs_are_one_journey(model, seed, reach, share):
    """Group property: evolve to t₁, hand the state over, evolve on to t₂ (the states from the propagator itself)."""
    from caloriq.closed.blocks import Meter
    from caloriq.closed.chebyshev import propagate
    from caloriq.closed.states import columns

    operator, total = model.hamiltonian(), span(model, reach)
    psi = columns(cq.haar(seed=seed), model)

    def arrive(start, time):
        block = next(propagate(operator, start, np.array([time]), cq.Chebyshev(tol=1e-12), Meter()))
        return block.states[0]

    direct = arrive(psi, total)
    by_stages = arrive(arrive(psi, share * total), (1 - share) * total)
    assert_close(by_stages, direct, 1e-10)


@given(chains(), seeds, st.floats(0.1, 30.0))
def test_time_reversal(model, seed, reach):
    """Forward, conjugate (H to H*), forward again, conjugate: back at the start."""
    from caloriq.closed.blocks import Meter
    from caloriq.closed.chebyshev import propagate
    from caloriq.closed.states import columns
    from caloriq.linalg.block_tridiagonal import BlockTridiagonal

    H = model.hamiltonian()
    conjugate = BlockTridiagonal(H.energies, H.re, None if H.im is None else -H.im)
    time, psi = np.array([span(model, reach)]), columns(cq.haar(seed=seed), model)
    away = next(propagate(H, psi, time, cq.Chebyshev(tol=1e-12), Meter())).states[0]
    back = next(propagate(conjugate, away.conj(), time, cq.Chebyshev(tol=1e-12), Meter())).states[0].conj()
    assert_close(back, psi, 1e-10)
