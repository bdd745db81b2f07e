"""Samples by seeds against the verb on each of their chains, and against the full space."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.steady.batches import BOUNDED as FIELDS
from caloriq.steady.samples import steady_samples
from driven import REFERENCE, uniform
from testers import assert_close

FULL, TOL = cq.Full(), 1e-9
SEEDS = (3, 2**63, 0, 3)
INNER = (*REFERENCE, cq.Bath(site=1, occupation=0.2, rate=0.3))
RING = np.array([[0, 1, 0, 0.6], [1, 0, 0.8, 0], [0, 0.8, 0, 1.1], [0.6, 0, 1.1, 0]])


def some(quantity, width, **changes):
    return cq.Disorder(quantity=quantity, width=width, **changes)


CASES = {
    "two-point": ("batched two-point", {}, [some("frequency", 0.5), some("hopping", 0.5), some("dephasing", 0.5)]),
    "normal": ("batched two-point", {}, [some("frequency", 0.1, distribution="normal"), some("hopping", 0.2)]),
    "inner bath": ("batched sector", {"baths": INNER}, [some("frequency", 0.5), some("hopping", 0.5)]),
    "ring": ("batched sector", {"hopping": None, "couplings": RING}, [some("frequency", 0.5), some("dephasing", 0.3)]),
    "all pairs": ("batched sector", {"hopping": None, "couplings": RING}, [some("couplings", 0.5)]),
    "a bond without hopping": ("batched sector", {"hopping": [1.0, 0.0, 0.5], "zz": np.zeros((4, 4))}, [some("frequency", 0.5)]),
    "zz": ("Direct", {"zz": 0.4}, [some("zz", 1.0), some("hopping", 0.5)]),
    "longer": ("TwoPoint", {"sites": 9}, [some("frequency", 0.5), some("hopping", 0.5)]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_samples_by_seeds(case):
    name, changes, disorder = CASES[case]
    base = uniform(changes.get("sites", 4), 0.6)
    model = cq.DisorderedChain(chain=base.model_copy(update=changes), disorder=tuple(disorder), samples=5, seed=9)
    found = steady_samples(model, SEEDS)
    assert found.method.name.startswith(name)
    assert found.certificate.holds
    assert found.errors == (None,) * len(SEEDS)
    assert found.seeds == SEEDS
    for i, seed in enumerate(SEEDS):
        chain = model.model_copy(update={"samples": 1, "seed": seed}).sample(0)
        one = cq.steady_state(chain, method=FULL if chain.sites < 6 else cq.Sector(tol=1e-11))
        for field in FIELDS:
            expected = one.dephasing_current if field == "dephasing_currents" else getattr(one, field)
            assert_close(np.asarray(getattr(found, field)[i]), np.asarray(expected), TOL)
    assert all(np.array_equal(getattr(found, field)[0], getattr(found, field)[3]) for field in FIELDS)
    assert np.ptp(found.populations, axis=0).max() > 1e-4


def test_failures_one_by_one():
    """Interacting chains: draws out of the domain, and iterations that stop short, are errors of their samples."""
    chain = uniform(4, 0.6, zz=0.5)
    wide = cq.DisorderedChain(chain=chain, disorder=(some("frequency", 2.6),), samples=1, seed=0)
    seeds = range(24)
    found = steady_samples(wide, seeds, method=cq.Sector())
    values = wide.first_draws("frequency", seeds)
    assert np.array_equal(~found.solved, np.any(values[:, [0, -1]] <= 0, axis=1))
    assert 2 < found.solved.sum() < 24
    assert found.certificate["samples without a result"].value == 24 - found.solved.sum()
    for seed, error in zip(seeds, found.errors, strict=True):
        one = wide.model_copy(update={"seed": seed})
        if error is None:
            assert_close(found.populations[seed], cq.steady_state(one, method=cq.Sector()).populations[0], 0.0)
            continue
        with pytest.raises(cq.CaloriqError) as caught:
            cq.steady_state(one, method=cq.Sector())
        assert str(caught.value) == error
        assert np.isnan(found.populations[seed]).all()
    residual = next(proof for proof in found.proofs if proof.name == "residual")
    assert np.array_equal(np.isnan(residual.values), ~found.solved)
    short = steady_samples(wide, seeds, method=cq.Sector(max_products=3))
    assert not short.solved.any()
    residual = next(proof for proof in short.proofs if proof.name == "residual")
    assert np.all(residual.values[found.solved] > residual.limit)
    assert all("residual" in short.errors[i] for i in np.flatnonzero(found.solved))


def test_negative_dephasing_one_by_one():
    """A negative rate is no model, whatever solves it."""
    model = cq.DisorderedChain(chain=uniform(4, 0.3, zz=0.5), disorder=(some("dephasing", 0.8),), samples=1, seed=0)
    seeds = range(16)
    found = steady_samples(model, seeds)
    negative = np.any(model.first_draws("dephasing", seeds) < 0, axis=1)
    assert 0 < negative.sum() < 16
    assert np.array_equal(~found.solved, negative)
    assert all("dephasing" in error for error in found.errors if error is not None)
    first = int(np.flatnonzero(negative)[0])
    with pytest.raises(cq.InvalidInput, match="dephasing"):
        cq.steady_state(model.model_copy(update={"seed": first}))
