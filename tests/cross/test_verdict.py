"""What the verdict on a modular chain may say: judged against typicality, no more than its evidence."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.results import Check
from caloriq.verdicts.evolved import exceeded
from testers import refused


def chain(n, **fields):
    plain = {"subunits": 3, "levels": n, "bandwidth": 0.05, "coupling": 0.05 / (2 * n), "seed": 1}
    return cq.ModularChain(**{**plain, **fields})


def judged(model, start, **options):
    theory = cq.ham(model)
    return cq.verdict(cq.evolve(model, np.linspace(0, 5 / theory.rate, 81), initial=start, **options), theory)


def coherent(model):
    """A quarter in the second subunit, in phase with the first along the strongest coupling: a current from the start."""
    u, _, vh = np.linalg.svd(model.interaction_matrix(0))
    psi = np.zeros((3, model.levels), dtype=complex)
    psi[0], psi[1] = np.sqrt(0.75) * u[:, 0], -1j * np.sqrt(0.25) * vh[0].conj()
    return cq.starts.vector(psi.ravel())


@pytest.fixture(scope="module")
def paper():
    return chain(300)


@pytest.mark.parametrize("start", [cq.starts.level(0, 0), cq.starts.level(0, 150)], ids=repr)
def test_an_atypical_level_does_not_decide(paper, start):
    found = judged(paper, start)
    assert found.diffusive
    assert found.sentence.startswith("Fourier's law holds for typical starts")
    assert "This start is atypical: largest D² = " in found.sentence
    assert [c.name for c in found.atypical] == ["largest D²"]
    assert found.deviation.values.max() == found.atypical[0].value > found.evidence["largest D²"].limit
    assert found.evidence.holds


def test_a_coherent_start_is_told_by_its_current(paper):
    start = coherent(paper)
    exact = cq.evolve(paper, [0.0], initial=start)
    assert abs(exact.currents[0, 0]) > 1e-3
    found = judged(paper, start)
    assert found.deviation.values.max() <= found.evidence["largest D²"].limit  # populations alone tell nothing
    assert [c.name for c in found.atypical] == ["largest current over that allowed"]
    assert "This start is atypical: largest current over that allowed = " in found.sentence


def test_a_level_that_follows_speaks_for_itself_alone():
    found = judged(chain(120), cq.starts.level(0, 40))
    if found.atypical:
        assert "for typical starts" in found.sentence
    else:
        assert found.sentence.startswith("Fourier's law is seen from this start")
    assert found.diffusive


def test_mixed_starts_have_no_fluctuations_to_allow():
    """Their allowance does not depend on n: a tenth of what moves."""
    limits = {n: judged(chain(n), cq.starts.mixed()).evidence["largest D²"].limit for n in (1, 3, 60)}
    assert limits[1] == pytest.approx(limits[60], rel=1e-9)
    assert limits[60] == pytest.approx((0.1 * (2 / 3)) ** 2, rel=0.02)


@pytest.mark.parametrize("n", [1, 2])
def test_few_levels_fluctuate_too_much(n):
    """A start in one subunit is not told to start in one subunit."""
    with refused("levels", f"got {n}", error=cq.NotEnoughData) as caught:
        judged(chain(n), cq.haar())
    assert "start in one subunit" not in str(caught.value)
    found = judged(chain(n), cq.starts.mixed())
    assert not found.diffusive
    assert "c2 = " in found.sentence


def test_equal_as_printed_is_not_exceeded():
    """Given matrices whose mean |v|² is 1 - 4e-4: 1/c1 = 1.0002."""
    n = 60
    rng = np.random.default_rng(1)
    v = rng.standard_normal((2, n, n)) + 1j * rng.standard_normal((2, n, n))
    v *= np.sqrt((1 - 4e-4) / np.mean(np.abs(v) ** 2, axis=(1, 2), keepdims=True))
    model = chain(n, interaction="given", seed=None, matrices=v)
    assert cq.ham(model).criteria[0].value == pytest.approx(1 - 2e-4, abs=1e-6)
    assert cq.ham(model).holds
    found = judged(model, cq.starts.mixed())
    assert found.evidence["1/c1"].holds
    assert found.diffusive


@pytest.mark.parametrize(("value", "limit"), [(1.001, 1.0005), (0.0100001, 0.01), (2.0, 1.0), (np.inf, 1.0)])
def test_numbers_that_differ_are_printed_so(value, limit):
    words = exceeded(Check("x", value, limit, "")).split()
    assert float(words[2]) > float(words[4])
    assert len(words[2]) < 12


def test_every_criterion_that_fails_is_named():
    """A band as wide as the gap: neither c1 nor c2 fails, and the law is not assured."""
    wide = chain(100, bandwidth=0.5, coupling=0.5 / 200)
    found = judged(wide, cq.starts.mixed())
    failing = [c.name for c in cq.ham(wide).criteria if not c.holds]
    assert failing
    assert all(f"{name} = " in found.sentence for name in failing)
    assert found.sentence.startswith("Fourier's law is not assured: the dynamics follows the rate equation over 5/γ")
    assert not found.diffusive


@pytest.mark.parametrize("kind", ["ones", "diagonal"])
@pytest.mark.parametrize("start", [cq.starts.mixed(), cq.haar(), cq.starts.level(0, 30), cq.haar(samples=3)], ids=repr)
def test_structured_matrices_are_not_said_to_diffuse(kind, start):
    """They meet every criterion of the means and never diffuse; no random start helps them."""
    n = 80
    v = np.ones((n, n)) if kind == "ones" else np.sqrt(n) * np.eye(n)
    model = chain(n, interaction="given", seed=None, matrices=v)
    assert cq.ham(model).holds
    found = judged(model, start)
    assert not found.diffusive
    assert found.sentence.startswith("Fourier's law is not seen: the criteria are met, but largest D² = ")


def test_populations_alone_can_be_judged():
    found = judged(chain(60), cq.starts.mixed(), observables=["populations"])
    assert [c.name for c in found.evidence][-1] == "largest D²"
    assert found.diffusive
