"""Steady states: method against method, and against QuTiP, on random chains."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from caloriq._array import Library, library
from caloriq.linalg.gmres import gmres
from caloriq.steady.correlators import wire
from caloriq.steady.lindblad import Lindblad
from caloriq.steady.low_order import LowOrder
from caloriq.steady.preconditioner import Preconditioner
from caloriq.steady.sector import Iteration
from caloriq.steady.superoperator import Sectors
from driven import REFERENCE, networks, operators, uniform, wires
from liouville import Equation
from testers import assert_close
from whole_wires import dense, state

TOL = 1e-9
SECTOR, FULL, TWO = cq.Sector(tol=1e-13), cq.Full(), cq.TwoPoint()


def agree(one, other, scale=1.0):
    for name in ("currents", "heat_currents", "excitation_currents", "populations", "coherences"):
        assert_close(getattr(one, name), getattr(other, name), TOL * scale)
    assert abs(one.dephasing_current - other.dephasing_current) <= TOL * scale
    assert abs(one.energy - other.energy) <= TOL * scale
    if np.isfinite(other.entropy_production):
        assert abs(one.entropy_production - other.entropy_production) <= 1e-7 * max(1, abs(other.entropy_production))


@given(wires(ends=False))
@settings(max_examples=25)
def test_sector_and_full(model):
    agree(cq.steady_state(model, method=SECTOR), cq.steady_state(model, method=FULL))


@given(wires(sites=st.integers(2, 5)))
@settings(max_examples=15)
def test_mixed_precision_and_double(model):
    agree(cq.steady_state(model, method=cq.Sector(tol=1e-13, precision="mixed")), cq.steady_state(model, method=SECTOR))


@given(wires(zz=False))
@settings(max_examples=30)
def test_two_point_and_full(model):
    two, full = cq.steady_state(model, method=TWO), cq.steady_state(model, method=FULL)
    agree(two, full)
    near = np.arange(model.sites - 1)
    assert_close(two.two_point[near, near + 1], full.two_point[near, near + 1], TOL)
    if two.pair_correlations is not None:
        assert_close(two.pair_correlations, full.pair_correlations, TOL)


@given(networks())
@settings(max_examples=15)
def test_networks(model):
    agree(cq.steady_state(model, method=SECTOR), cq.steady_state(model, method=FULL))


@given(st.one_of(wires(sites=st.integers(2, 3), ends=False), networks(sites=st.just(3))))
@settings(max_examples=15)
def test_qutip(model):
    import qutip

    H, lower, jumps = operators(model)
    rho = qutip.steadystate(H, jumps, method="direct")
    found = cq.steady_state(model, method=SECTOR)
    n = [qutip.expect(a.dag() * a, rho) for a in lower]
    assert_close(found.populations, np.array(n).real, TOL)
    k, l, _, _ = model.bonds
    C = np.array([(lower[i].dag() * lower[j] * rho).tr() for i, j in zip(k, l, strict=True)])
    assert_close(found.coherences, C, TOL)
    # every heat current Tr(H 𝓛_b ρ) from the operators themselves
    for bath, (rate, site) in enumerate(zip(model.bath_rates, model.bath_sites, strict=True)):
        heat = 0.0
        for strength, c in ((rate.gain, lower[site].dag()), (rate.loss, lower[site])):
            change = c * rho * c.dag() - (c.dag() * c * rho + rho * c.dag() * c) / 2
            heat += strength * (H * change).tr().real
        assert found.heat_currents[bath] == pytest.approx(heat, abs=TOL)
    for i, j in ((0, 1), (1, 0), (0, model.sites - 1)):
        ours = found.pair(i, j)
        theirs = rho.ptrace([i, j] if i < j else [j, i]).full()[::-1, ::-1]  # QuTiP's first basis state is excited
        if i > j:
            theirs = theirs[np.ix_([0, 2, 1, 3], [0, 2, 1, 3])]
        assert_close(ours, theirs, TOL)


@given(wires(sites=st.integers(13, 30), zz=False))
@settings(max_examples=15)
def test_long_two_point_sets_against_their_dense_equations(model):
    """The O(N²) eigensolver and response against the N² equations written out, as far as these are good themselves.

    Localised chains make the dense equations ill-conditioned: a refinement changes their solution by up to 1e-4 where ours is
    proved to 1e-9.
    """
    chain = wire(model)
    expected, refined = dense(chain)
    assert_close(state(chain), expected, 1e-9 + 20 * refined)


@pytest.mark.parametrize("quantity", ["hopping", "couplings"])
def test_batches_and_samples(quantity):
    disorder = (
        cq.Disorder(quantity="frequency", width=1.0, centre=0.8),
        cq.Disorder(quantity=quantity, width=1.0, centre=0.5),
    )
    ensemble = cq.DisorderedChain(chain=uniform(4, 0.7), disorder=disorder, samples=7, seed=4)
    batch = cq.steady_state(ensemble)
    assert "batched" in batch.method.name
    each = cq.steady_state(ensemble, method=SECTOR)
    assert "Sector" in each.method.name
    for name in ("currents", "heat_currents", "excitation_currents", "populations", "dephasing_currents"):
        assert_close(getattr(batch, name), getattr(each, name), TOL)


class Standard:
    """NumPy without what the array API does not promise: any other library, as far as the code can tell."""

    def __getattr__(self, name):
        return getattr(np, name)


def test_array_api_path_is_the_compiled_one():
    other = Library(Standard(), np.float64, assigns=False)
    ours = Library(np, np.float64, assigns=True)
    assert not other.numpy
    for model in (uniform(4, 0.7, zz=0.5), uniform(5), _complex_network()):
        layout = Sectors(model)
        low = LowOrder(layout)
        one, two = Preconditioner(layout, low, ours), Preconditioner(layout, low, other)
        x = np.random.default_rng(0).standard_normal(layout.dimension)
        assert_close(two.lindblad(x), one.lindblad(x), 1e-12)
        assert_close(layout.lindblad(x), one.lindblad(x), 1e-12)
        assert_close(two.start(), one.start(), 1e-13)
        for theirs, mine in zip(two.apply(x), one.apply(x), strict=True):
            assert_close(theirs, mine, 1e-10)
        z, image = one.apply(x)
        assert_close(one.lindblad(z), image, 1e-10)


def _complex_network():
    g = np.array([[0, 1j, 0.3], [-1j, 0, 0.5 - 0.2j], [0.3, 0.5 + 0.2j, 0]])
    return cq.SpinChain(sites=3, couplings=g, zz=0.4, frequency=[1, 1.2, 0.7], dephasing=0.1, baths=REFERENCE)


def test_gpu_is_refused_where_there_is_none():
    pytest.importorskip("caloriq")
    try:
        import cupy  # noqa: F401
    except ImportError:
        with pytest.raises(cq.Unsupported, match="CuPy"):
            cq.steady_state(uniform(4, zz=0.5), method=cq.Sector(device="gpu"))


@given(wires(sites=st.integers(2, 4), zz=False))
@settings(max_examples=8)
def test_relaxation_by_two_methods(model):
    times = [0.5, 2.0]
    start = cq.starts.product(np.linspace(0.1, 0.9, model.sites))
    two = cq.evolve(model, times, initial=start, method=TWO)
    whole = cq.evolve(model, times, initial=start, method=SECTOR)
    for name in ("populations", "currents", "heat_currents", "energy"):
        assert_close(getattr(two, name), getattr(whole, name), 1e-8)
    if two.entropy is not None:
        assert_close(two.entropy, whole.entropy, 1e-7)


@given(
    st.one_of(
        wires(sites=st.integers(2, 3), ends=False), networks(sites=st.just(3)), wires(sites=st.integers(2, 3), zz=False)
    )
)
@settings(max_examples=25)
def test_everything_from_the_docstring_alone(model):
    """All moments and all currents from a dense Liouvillian that reads nothing but the fields of the definition."""
    there = Equation(model)
    rho = there.steady()
    found = cq.steady_state(model)
    k, l, g, _ = model.bonds
    assert_close(found.populations, [there.mean(n, rho).real for n in there.number], TOL)
    hops = [there.lower[i].conj().T @ there.lower[j] for i, j in zip(k, l, strict=True)]
    assert_close(found.coherences, [there.mean(h, rho) for h in hops], TOL)
    assert_close(found.currents, [-2 * (a * there.mean(h, rho)).imag for a, h in zip(g, hops, strict=True)], TOL)
    assert abs(found.energy - there.mean(there.H, rho).real) <= TOL
    heat = np.array([there.given(there.H, bath, rho) for bath in there.baths])
    assert_close(found.heat_currents, heat, TOL)
    number = sum(there.number)
    assert_close(found.excitation_currents, [there.given(number, bath, rho) for bath in there.baths], TOL)
    assert abs(found.dephasing_current - there.given(there.H, there.dephasing, rho)) <= TOL
    if found.pair_correlations is not None:
        pairs = np.array([[there.mean(a @ b, rho).real for b in there.number] for a in there.number])
        assert_close(found.pair_correlations, pairs, TOL)
    warm = [bath.temperature for bath in model.baths]
    if all(T is not None and T > 0 for T in warm):
        assert found.entropy_production == pytest.approx(-float((heat / np.array(warm)).sum()), abs=TOL)


@given(wires(sites=st.just(4), ends=False))
@settings(max_examples=3)
def test_qutip_with_four_sites(model):
    import qutip

    H, lower, jumps = operators(model)
    rho = qutip.steadystate(H, jumps, method="direct")
    found = cq.steady_state(model, method=SECTOR)
    assert_close(found.populations, np.array([qutip.expect(a.dag() * a, rho) for a in lower]), TOL)
    C = np.array([[(a.dag() * b * rho).tr() for b in lower] for a in lower])
    assert_close(found.two_point, C, TOL)


def test_two_named_baths_on_a_site_add_up():
    """Rates on a site add; every bath reports its own share."""
    parts = (
        cq.Bath(site=0, temperature=1.0, rate=0.3, name="hot"),
        cq.Bath(site=0, gain=0.1, loss=0.7, name="leak"),
        cq.Bath(site=-1, temperature=0.0, rate=1.0),
    )
    model = uniform(3, 0.4, zz=0.5).model_copy(update={"baths": parts})
    hot, leak, _ = model.bath_rates
    joined = (cq.Bath(site=0, gain=hot.gain + leak.gain, loss=hot.loss + leak.loss), parts[2])
    one, two = cq.steady_state(model), cq.steady_state(model.model_copy(update={"baths": joined}))
    assert one.bath_names == ("hot", "leak", "site 2")
    assert_close(one.populations, two.populations, 1e-11)
    assert one.heat_currents[:2].sum() == pytest.approx(two.heat_currents[0], abs=1e-11)
    assert one.heat_currents[0] > 0 > one.heat_currents[1]
    there = Equation(model)
    rho = there.steady()
    assert_close(one.heat_currents, [there.given(there.H, bath, rho) for bath in there.baths], 1e-10)


def some(quantity, width, **changes):
    return cq.Disorder(quantity=quantity, width=width, **changes)


INNER = (*REFERENCE, cq.Bath(site=1, occupation=0.2, rate=0.3))
PUMPED = (cq.Bath(site=0, gain=1.0, loss=0.0), cq.Bath(site=-1, gain=0.0, loss=1.0))
RING = np.array([[0, 1, 0, 0.6], [1, 0, 0.8, 0], [0, 0.8, 0, 1.1], [0.6, 0, 1.1, 0]])
ENSEMBLES = {
    "two-point, everything": ("two-point", {}, [some("frequency", 0.5), some("hopping", 0.5), some("dephasing", 0.5)]),
    "two-point, normal": ("two-point", {}, [some("frequency", 0.1, distribution="normal"), some("hopping", 0.2)]),
    "two-point, no bath at a temperature": ("two-point", {"baths": PUMPED}, [some("frequency", 9.0)]),
    "two-point, one bath": ("two-point", {"baths": REFERENCE[:1]}, [some("hopping", 0.4)]),
    "sector, inner bath": ("sector", {"baths": INNER}, [some("frequency", 0.5), some("hopping", 0.5)]),
    "sector, ring": ("sector", {"hopping": None, "couplings": RING}, [some("frequency", 0.5), some("dephasing", 0.3)]),
    "sector, all pairs": ("sector", {"hopping": None, "couplings": RING}, [some("couplings", 0.5)]),
    "one by one, zz": (None, {}, [some("zz", 1.0)]),
    "one by one, zz beside the rest": (None, {"zz": 0.4}, [some("frequency", 0.5), some("hopping", 0.5)]),
    "one by one, complex": (None, {"hopping": None, "couplings": RING + 0.3j * np.triu(RING) - 0.3j * np.tril(RING)},
                            [some("frequency", 0.5)]),
}  # fmt: skip


@pytest.mark.parametrize("case", ENSEMBLES)
def test_ensembles_sample_by_sample(case):
    """Every route of an ensemble against the verb on each of its chains, solved in the full space."""
    kind, changes, disorder = ENSEMBLES[case]
    chain = uniform(4, 0.6).model_copy(update=changes)
    model = cq.DisorderedChain(chain=chain, disorder=tuple(disorder), samples=3, seed=11)
    found = cq.steady_state(model)
    assert found.method.name.startswith(f"batched {kind}" if kind else "Direct")
    assert found.certificate.holds
    for i in range(model.samples):
        one = cq.steady_state(model.sample(i), method=FULL)
        for name in ("currents", "heat_currents", "excitation_currents", "populations"):
            assert_close(getattr(found, name)[i], getattr(one, name), TOL)
        assert abs(found.dephasing_currents[i] - one.dephasing_current) <= TOL
    spread = float(np.ptp(found.populations, axis=0).max())
    assert (spread < 1e-12) if case == "two-point, one bath" else (spread > 1e-4)  # thermal, or really random


def test_products_and_compiled_block_by_block():
    """The two families of kernels on every block: within 𝓛, smoother, rest of the splitting, and jumps."""
    other, ours = Library(Standard(), np.float64, assigns=False), Library(np, np.float64, assigns=True)
    rng = np.random.default_rng(4)
    for model in (uniform(4, 0.7, zz=0.5).model_copy(update={"frequency": [1, 1.3, 0.2, 2]}), _complex_network()):
        layout = Sectors(model)
        sizes = layout.space.sizes
        shifts = [rng.standard_normal(d) for d in sizes]
        mine, theirs = (Lindblad(layout, tools, shifts, damping=0.8) for tools in (ours, other))
        assert {type(b).__name__ for b in mine.blocks} == {"Compiled"}
        assert {type(b).__name__ for b in theirs.blocks} == {"Products"}
        for k, d in enumerate(sizes):
            P = rng.standard_normal((d, d))
            assert_close(theirs.blocks[k].lindblad(P), mine.blocks[k].lindblad(P), 1e-12)
            assert_close(theirs.blocks[k].smooth(P), mine.blocks[k].smooth(P), 1e-12)
            assert np.all(mine.blocks[k].smooth(P).diagonal() == 0)
            one, two = np.ones((d, d)), np.ones((d, d))
            mine.blocks[k].weigh(P, one)
            theirs.blocks[k].weigh(P, two)
            assert_close(two, one, 1e-12)
            for name, source in (("gains", k - 1), ("losses", k + 1)):
                for a, b in zip(getattr(mine, name)[k], getattr(theirs, name)[k], strict=True):
                    S = rng.standard_normal((sizes[source], sizes[source]))
                    one, two = np.zeros((d, d)), np.zeros((d, d))
                    a.add(S, one)
                    b.add(S, two)
                    assert_close(two, one, 1e-13)
                    assert np.any(one) or not np.any(S)


@pytest.mark.parametrize("single", [False, True], ids=["double", "single"])
def test_a_cycle_whose_corrections_are_kept(single):
    """The same step, for one product fewer, as by B of the combination, which is taken where memory holds no more."""
    layout, tools = Sectors(uniform(5, 0.3, zz=0.5), scaled=True), library("cpu", single=single)
    right = np.random.default_rng(3).standard_normal(layout.dimension)
    steps, products = [], []
    for directions in (60, 12):
        preconditioner = Preconditioner(layout, LowOrder(layout), tools)
        solver = Iteration(layout, preconditioner, tools, cq.Sector(), directions, None)
        right = solver.traceless(right)
        steps.append(solver._cycle(right / np.linalg.norm(right), 1e-6, 12))
        products.append(preconditioner.products)
    assert products[0] == products[1] - 1
    assert products[0] > 6  # more than the second one keeps
    assert_close(steps[0], steps[1], (1e-5 if single else 1e-13) * np.linalg.norm(steps[1]))


def test_strict_array_api():
    """Nothing outside the standard is asked of another library: the preconditioner and a whole cycle of GMRES."""
    import array_api_strict as strict

    layout = Sectors(uniform(4, 0.7, zz=0.5))
    low = LowOrder(layout)
    theirs = Library(strict, strict.float64, assigns=False)
    ours = Library(np, np.float64, assigns=True)
    one, two = Preconditioner(layout, low, ours), Preconditioner(layout, low, theirs)
    x = np.random.default_rng(0).standard_normal(layout.dimension)
    assert_close(theirs.host(two.start()), one.start(), 1e-13)
    for a, b in zip(two.apply(theirs.convert(x)), one.apply(x), strict=True):
        assert_close(theirs.host(a), b, 1e-10)
    right = one.lindblad(one.start())
    mine = gmres(lambda y: one.apply(y)[1], right, target=1e-10, size=30)
    other = gmres(lambda y: two.apply(y)[1], theirs.convert(right), target=1e-10, size=30, xp=strict)
    assert_close(np.array(other.residuals), np.array(mine.residuals), 1e-9)
    assert other.residuals[-1] <= 1e-10
