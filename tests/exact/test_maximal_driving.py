"""The exact steady state of the maximally driven XXZ chain, beside solutions that know nothing of it."""

import math

import numpy as np
import pytest

import caloriq as cq
from caloriq.steady.maximal import memory_needed
from testers import assert_close

EXACT, SECTOR = cq.ClosedForm(), cq.Sector(tol=1e-13)
NUMBERS = (
    *("currents", "excitation_currents", "heat_currents", "populations", "population_differences", "coherences"),
    *("energy", "two_point", "pair_correlations"),
)


def driven(
    sites: int,
    zz: float,
    rate: float = 1.0,
    *,
    hopping: complex = 1.0,
    backward: bool = False,
    drain: float | None = None,
    **fields,
):
    """Gain on one end, as much loss on the other unless it is given."""
    first, last = (-1, 0) if backward else (0, -1)
    baths = cq.Bath(site=first, gain=rate, loss=0.0), cq.Bath(site=last, gain=0.0, loss=drain or rate)
    if not isinstance(hopping, complex):
        return cq.SpinChain(sites=sites, hopping=hopping, zz=zz, baths=baths, **fields)
    upper = np.diag([hopping] * (sites - 1), 1)
    return cq.SpinChain(sites=sites, couplings=upper + upper.conj().T, zz=zz, baths=baths, **fields)


CASES = [
    driven(2, 0.5),
    driven(3, 0.5, 0.3),
    driven(4, -0.8),
    driven(5, 3.0, 0.7, hopping=2.0, backward=True),
    driven(6, -1.5, 0.7, hopping=-1.3, frequency=0.3, backward=True),
    driven(5, 1.0, 0.4, hopping=0.3 + 0.6j, frequency=-2.0),
    driven(6, 0.3, 2.0, hopping=0.3 + 0.6j, backward=True),
    driven(7, 1.0, 3.0),
    driven(8, 0.5, 0.05),
    driven(4, 0.7, 1.0, drain=0.2),
    driven(6, -1.3, 0.3, drain=2.0, hopping=0.3 + 0.6j, backward=True),
    driven(7, 1.0, 3.0, drain=0.1),
]


@pytest.mark.parametrize("model", CASES, ids=lambda m: f"{m.sites} sites, zz {m.zz:g}")
def test_as_the_sector(model):
    exact, solved = cq.steady_state(model), cq.steady_state(model, method=SECTOR)
    assert exact.method.name == repr(EXACT)
    assert exact.certificate.holds
    for name in NUMBERS:
        assert_close(getattr(exact, name), getattr(solved, name), 1e-10)
    for rho, other in zip(exact.state, solved.state, strict=True):
        assert_close(rho, other, 1e-10)


@pytest.mark.slow
@pytest.mark.parametrize("zz", [0.5, 1.0, 1.5])
@pytest.mark.parametrize("sites", [9, 10])
def test_as_the_sector_of_long_chains(sites, zz):
    exact, solved = cq.steady_state(driven(sites, zz)), cq.steady_state(driven(sites, zz), method=SECTOR)
    for name in NUMBERS:
        assert_close(getattr(exact, name), getattr(solved, name), 1e-10)


@pytest.mark.parametrize("model", CASES[:4], ids=lambda m: f"{m.sites} sites, zz {m.zz:g}")
def test_within_bounds_of_a_proven_solution(model):
    exact, proven = cq.steady_state(model), cq.steady_state(model, method=cq.Direct(arithmetic="balls"))
    for name in NUMBERS[:-2]:
        room = exact.bounds[name] + proven.bounds[name]
        assert np.all(np.abs(getattr(exact, name) - getattr(proven, name)) <= room), name


@pytest.mark.parametrize("rate", [0.4, 1.0, 3.0])
def test_little_interaction_is_as_none(rate):
    free = cq.steady_state(driven(50, 0.0, rate))
    some = cq.steady_state(driven(50, 1e-9, rate))
    assert some.method.name == free.method.name
    assert some.current == pytest.approx(free.current, abs=1e-14)
    assert free.current == pytest.approx(2 * rate / (4 + rate**2), rel=1e-14)


def test_ballistic_below_one():
    currents = [cq.steady_state(driven(N, 0.5)).current for N in (50, 100, 200)]
    assert_close(np.array(currents), np.full(3, currents[-1]), 1e-13)


def test_isotropic_falls_as_the_square_with_a_cosine():
    # J N² tends to π²g²/Γ (Prosen 2011), the more slowly the weaker the baths: the next term is of relative order 1/N
    found = {N: cq.steady_state(driven(N, 1.0)) for N in (200, 400, 800)}
    scaled = [one.current * N**2 / math.pi**2 for N, one in found.items()]
    assert abs(2 * scaled[1] - scaled[0] - 1) < 3e-4
    assert abs(2 * scaled[2] - scaled[1] - 1) < abs(2 * scaled[1] - scaled[0] - 1) / 3
    site = (np.arange(800) + 0.5) / 800
    assert np.abs(2 * found[800].populations - 1 - np.cos(math.pi * site)).max() < 2e-3


def test_insulating_above_one():
    # every further site costs the same factor
    logs = np.log([cq.steady_state(driven(N, 1.5)).current for N in (40, 60, 80)])
    steps = np.diff(logs) / 20
    assert steps[0] == pytest.approx(-2 * math.acosh(1.5) / 2, rel=1e-6)
    assert steps[1] == pytest.approx(steps[0], rel=1e-9)


@pytest.mark.parametrize(
    ("sites", "zz", "rate"),
    [(4, 1e8, 1.0), (6, 1e3, 1e-8), (6, 1e-9, 1e9), (30, 0.5, 1e-12), (30, 1.0, 1e12), (60, 30.0, 1e-3)],
)
def test_decades_apart(sites, zz, rate):
    found = cq.steady_state(driven(sites, zz, rate))
    assert found.certificate.holds
    assert np.all(found.bounds["currents"] <= 1e-12 * found.currents)
    assert found.current > 0


@pytest.mark.parametrize(("fill", "drain"), [(1e-8, 1e8), (1e6, 1e-6), (1.0, 1e-12)])
def test_rates_decades_apart(fill, drain):
    exact = cq.steady_state(driven(5, 0.7, fill, drain=drain))
    proven = cq.steady_state(driven(5, 0.7, fill, drain=drain), method=cq.Direct())
    assert exact.certificate.holds
    for name in NUMBERS[:-2]:
        room = exact.bounds[name] + proven.bounds[name]
        assert np.all(np.abs(getattr(exact, name) - getattr(proven, name)) <= room), name


def test_a_current_below_every_double_is_an_upper_limit():
    found = cq.steady_state(driven(50, 1e6, 1e-6))
    assert found.certificate.holds
    assert 0 <= found.current + found.current_bound < 1e-300


def test_it_cites_its_source():
    assert "prosen2011" in cq.steady_state(driven(4, 1.0)).cite()
    assert "prosen2011" not in cq.steady_state(driven(4, 0.0)).cite()
    assert "prosen2011" not in cq.steady_state(driven(4, 1.0), method="direct").cite()


OTHERS = [
    driven(4, np.array([1.0, 1.0, 0.9])),
    driven(4, 1.0, dephasing=0.1),
    driven(4, 1.0, frequency=[1.0, 1.0, 1.0, 1.1]),
    cq.SpinChain(
        sites=4,
        hopping=1.0,
        zz=1.0,
        baths=(cq.Bath(site=0, gain=1.0, loss=1e-3), cq.Bath(site=-1, gain=1e-3, loss=1.0)),
    ),
    cq.SpinChain(
        sites=4, hopping=1.0, zz=1.0, baths=(cq.Bath(site=0, gain=1.0, loss=0.0), cq.Bath(site=-1, gain=1.0, loss=0.0))
    ),
    cq.SpinChain(
        sites=4, hopping=1.0, zz=1.0, baths=(cq.Bath(site=0, gain=1.0, loss=0.0), cq.Bath(site=2, gain=0.0, loss=1.0))
    ),
]


@pytest.mark.parametrize("model", OTHERS, ids=range(len(OTHERS)))
def test_other_chains_have_no_exact_state(model):
    assert cq.steady_state(model).method.name != repr(EXACT)
    with pytest.raises(cq.Unsupported, match="there is no closed form because of the ZZ interaction"):
        cq.steady_state(model, method=EXACT)


def test_too_long_for_the_memory(monkeypatch):
    monkeypatch.setattr("caloriq._checks.available_memory", lambda: memory_needed(1000))
    with pytest.raises(cq.InvalidInput, match=r"`sites` must .* \(got 2000\)"):
        cq.steady_state(driven(2000, 1.0), method=EXACT)
