"""Samples by seeds: what is refused for all of them, in one sentence."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.steady.samples import steady_samples
from driven import REFERENCE, uniform
from testers import assert_sentence

DISORDER = (cq.Disorder(quantity="frequency", width=0.3),)
MODEL = cq.DisorderedChain(chain=uniform(3), disorder=DISORDER, samples=1, seed=0)
APART = cq.SpinChain(sites=3, hopping=[1.0, 0.0], baths=REFERENCE[:1])
CASES = {
    "no seeds": (MODEL, [], {}, "seeds", "at least one"),
    "one number": (MODEL, 3, {}, "seeds", "got 3"),
    "text": (MODEL, "12", {}, "seeds", "got '12'"),
    "a truth": (MODEL, [1, True], {}, "seeds", "True"),
    "a fraction": (MODEL, [1, 2.0], {}, "seeds", "2.0"),
    "negative": (MODEL, [0, -4], {}, "seeds", "-4"),
    "no ensemble": (uniform(3), [1], {}, "model", "DisorderedChain"),
    "no method": (MODEL, [1], {"method": "quick"}, "method", "quick"),
    "no bath": (MODEL.model_copy(update={"chain": uniform(3).model_copy(update={"baths": ()})}), [1], {}, "baths"),
    "apart": (MODEL.model_copy(update={"chain": APART}), [1], {}, "baths", "2 decoupled"),
}


@pytest.mark.parametrize("case", CASES)
def test_refused(case):
    model, seeds, options, argument, *words = CASES[case]
    with pytest.raises(cq.InvalidInput) as caught:
        steady_samples(model, seeds, **options)
    assert_sentence(str(caught.value), argument, *words)


def test_more_than_memory(monkeypatch):
    monkeypatch.setattr("caloriq._checks.available_memory", lambda: 1e6)
    with pytest.raises(cq.InvalidInput) as caught:
        steady_samples(MODEL, range(10))
    assert_sentence(str(caught.value), "seeds", "memory")


def test_a_method_that_does_not_apply_is_an_error_of_every_sample():
    found = steady_samples(MODEL, [1, 2], method=cq.ClosedForm())
    assert not found.solved.any()
    assert all("unequal frequencies" in error for error in found.errors)
    with pytest.raises(cq.NotConverged):
        found.certified()


def test_a_bath_hotter_than_numbers():
    """Γ n̄ = 10³⁰⁸/ω passes the largest number at small frequencies only."""
    hot = uniform(3).model_copy(update={"baths": (cq.Bath(site=0, temperature=1e300, rate=1e8), REFERENCE[1])})
    wide = cq.DisorderedChain(chain=hot, disorder=(cq.Disorder(quantity="frequency", width=1.0),), samples=1, seed=0)
    found = steady_samples(wide, range(200))
    beyond = wide.first_draws("frequency", range(200))[:, 0] < 1e308 / np.finfo(float).max
    assert 2 < beyond.sum() < 30
    said = ["`temperature` must give a finite occupation" in (error or "") for error in found.errors]
    assert np.array_equal(said, beyond)
