"""Open lattices whose decay is many times faster than what it leaves: implicit steps against 400-bit exponentials and others."""

import flint
import numpy as np
import pytest
import scipy
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from caloriq.linalg import collocation
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.terms import Jump, Term
from caloriq.starts import domain_wall, gibbs
from caloriq.steady.lattice.blocks import by_numbers, single
from caloriq.steady.lattice.coupled_generator import CoupledGenerator
from caloriq.steady.lattice.generator import Generator
from caloriq.steady.lattice.relax import planned, trace_norm
from caloriq.steady.lattice.starts import density_matrix
from open_lattices import open_lattices
from testers import refused

HOPPING = Term("S+ S-", plus="hermitian-conjugate")
ENDS = [cq.Bath(site=0, gain=0.4, loss=1.0), cq.Bath(site=-1, gain=0.1, loss=0.9)]
OHMIC = {"kind": "ohmic", "coupling": 0.02, "cutoff": 10.0}


def stiff(sites=3, dephasing=1e4, **fields):
    terms = [HOPPING, Term("Z Z", 0.3), Term("Z", 0.5)]
    return Lattice(sites=sites, **{"terms": terms, "dephasing": dephasing, "baths": ENDS, **fields})


def exponential(L, t, y):
    """e^{Lt}y by ball arithmetic of 400 bits, of the doubles that L is made of."""
    before, flint.ctx.prec = flint.ctx.prec, 400
    try:
        A = flint.acb_mat([[flint.acb(v.real, v.imag) for v in row] for row in L.tolist()])
        column = flint.acb_mat([[flint.acb(v.real, v.imag)] for v in y.tolist()])
        found = (A * flint.acb(t)).exp() * column
        return np.array([complex(found[k, 0]) for k in range(len(y))])
    finally:
        flint.ctx.prec = before


@pytest.mark.parametrize("rate", [30.0, 1e4, 1e7])
def test_the_error_is_within_its_bound(rate):
    """Through the layer in which coherences decay, and 100 hoppings beyond."""
    model = stiff(dephasing=rate)
    blocks = by_numbers(model)
    L = Generator(blocks).matrix()
    y = blocks.vector(density_matrix(blocks, domain_wall()))
    times = np.array([0.0, 1e-5, 1e-3, 1.0, 3.3, 100.0])
    for t, one in zip(times, collocation.followed(L, y, times, lambda v: trace_norm(blocks, v), 1e-11), strict=True):
        apart = trace_norm(blocks, one.state - exponential(L.toarray(), t, y))
        assert apart <= one.error + 1e-15
        assert one.error < 1e-10


@settings(max_examples=10, deadline=None)
@given(open_lattices(), st.floats(0.01, 20.0))
def test_any_lattice_by_implicit_steps(model, t):
    """Against the exponential of its generator, whose own rounding is small at these norms; the trace stays."""
    blocks = single(model)
    L = Generator(blocks).matrix()
    y = blocks.vector(density_matrix(blocks, gibbs(0.7)))
    (one,) = collocation.followed(L, y, np.array([t]), lambda v: trace_norm(blocks, v), 1e-11)
    rho = scipy.linalg.expm(t * L.toarray()) @ y
    assert trace_norm(blocks, one.state - rho) <= one.error + 1e-12 * max(1.0, t)
    assert abs(np.trace(blocks.matrices(one.state)[0]) - 1) < 1e-12
    assert one.error < 1e-9


def test_the_rule_is_radau():
    """Order 2m - 1: the last row of the inverse of the derivatives are weights that integrate t^k up to k = 2m - 2."""
    R = collocation.rule()
    weights = np.linalg.inv(R.slopes)[-1]
    k = np.arange(2 * collocation.STAGES - 1)
    np.testing.assert_allclose(weights @ R.nodes[:, None] ** k, 1 / (k + 1), rtol=1e-12)
    for power in (1, 5, collocation.STAGES):
        np.testing.assert_allclose(R.slopes @ R.nodes**power, power * R.nodes ** (power - 1), atol=1e-11)
    assert R.leading @ R.nodes**collocation.STAGES == pytest.approx(1.0, rel=1e-7)


def test_strong_dephasing_is_answered_and_gives_rates():
    """Populations between which the hopping jumps at 4g²/γ; t = 100 took 10⁸ products of explicit steps."""
    model = stiff(sites=2, terms=[HOPPING], baths=[], dephasing=1e4)
    found = cq.evolve(model, [0.0, 1.0, 100.0], initial=domain_wall())
    assert "implicit steps" in found.method.reason
    assert found.method.statistics["products"] < 10_000
    g, gamma = 1.0, 1e4  # the coherence decays at γ/2 + γ/2 over 2 sites of √γ Sz, γ/2 in all
    rate = 4 * g**2 / (gamma / 2 * 2)
    m = found.profiles["magnetisation"][:, 0]
    np.testing.assert_allclose(m, 0.5 * np.exp(-rate * found.times), rtol=0, atol=1e-6)


def test_both_steps_agree_and_the_balance_holds():
    model = stiff(dephasing=40.0)
    times = [0.0, 0.5, 30.0]
    t = np.array(times)
    assert not planned(model, t).implicit
    explicit = cq.evolve(model, times)
    late = cq.evolve(model, [*times, 3000.0])
    assert "implicit steps" in late.method.reason
    for name in ("energy", "entropy"):
        room = explicit.bounds[name] + late.bounds[name][:3] + 1e-13
        assert np.all(np.abs(getattr(explicit, name) - getattr(late, name)[:3]) <= room)
    steady = cq.steady_state(model, method=cq.Full())
    np.testing.assert_allclose(late.inflows["energy"][-1], steady.inflows["energy"], rtol=0, atol=1e-9)
    assert abs(late.inflows["energy"][-1].sum()) < 1e-9


def test_coupled_baths_beside_strong_dephasing():
    bath = {"operator": "X", "site": 0, "temperature": 2.0, "spectrum": OHMIC, "equation": "universal"}
    model = Lattice(sites=2, terms=[Term("Z Z"), Term("X", 0.9)], dephasing=1e4, baths=[bath])
    found, steady = cq.evolve(model, [0.0, 1e4]), cq.steady_state(model)
    assert "implicit steps" in found.method.reason
    assert found.energy[-1] == pytest.approx(steady.energy, abs=1e-8)
    made = CoupledGenerator(model)
    rho = np.random.default_rng(1).standard_normal(16) + 0j
    np.testing.assert_allclose(made.matrix() @ rho, made.rate * made.drift()(rho), rtol=0, atol=1e-9)


def test_jumps_as_fast_as_they_like():
    """A site that is emptied 10⁹ times faster than it fills stays empty, and its neighbour decays at 4g²/γ."""
    model = stiff(sites=2, terms=[HOPPING], dephasing=0.0, baths=[], jumps=[Jump("S-", 1e9, on=[[0]])])
    found = cq.evolve(model, [0.0, 1e7], initial=domain_wall())
    assert found.profiles["magnetisation"][-1, 0] == pytest.approx(-0.5, abs=1e-8)


def test_what_still_takes_days_is_refused():
    free = stiff(dephasing=0.0, baths=[cq.Bath(site=0, gain=1e9, loss=1.0)])
    with refused("times", "a day"):
        cq.evolve(free, [1e13])
