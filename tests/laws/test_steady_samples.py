"""Samples by seeds: a sample is the same to the last bit in any batch, and its failure is its own."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

import caloriq as cq
from caloriq.steady.batches import BOUNDED as FIELDS
from caloriq.steady.batches import PROOFS, solved, system_of
from caloriq.steady.samples import steady_samples
from driven import REFERENCE, bath_at, uniform

MANY = tuple(range(1000, 1256))
seeds = st.integers(0, 2**64 - 1)


def bits(found, row):
    """All numbers of one sample as bytes, and its error."""
    numbers = [np.asarray(getattr(found, name)[row]) for name in FIELDS]
    numbers += [proof.values[row] for proof in found.proofs]
    assert all(array.dtype == np.float64 for array in numbers)
    return b"".join(array.tobytes() for array in numbers), found.errors[row]


@st.composite
def ensembles(draw, *, quick=False):
    """Chains for either batch, some with draws that leave their domain."""
    kind = draw(st.sampled_from(["two-point", "inner bath", "ring", "all pairs"]))
    sites = draw(st.integers(2, 8) if kind == "two-point" and not quick else st.integers(3, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    baths = [draw(bath_at(0)), draw(bath_at(-1))] + ([draw(bath_at(1, "inner"))] if kind == "inner bath" else [])
    shared = {
        "sites": sites,
        "frequency": rng.uniform(0.5, 2.0, sites),
        "dephasing": draw(st.sampled_from([0.0, 0.4])) * rng.random(sites),
        "baths": tuple(baths),
    }
    if kind in ("ring", "all pairs"):
        g = np.diag(rng.uniform(0.3, 1.0, sites - 1), 1)
        g[0, -1] = rng.uniform(0.3, 1.0)
        chain = cq.SpinChain(couplings=g + g.T, **shared)
    else:
        chain = cq.SpinChain(hopping=rng.uniform(0.3, 1.0, sites - 1), **shared)
    names = ["frequency", "dephasing", *{"ring": [], "all pairs": ["couplings"]}.get(kind, ["hopping"])]
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
    disorder = [
        cq.Disorder(
            quantity=name,
            distribution=draw(st.sampled_from(["uniform", "normal"])),
            width=draw(st.floats(0.1, 1.5)),
            centre=draw(st.sampled_from([None, 0.8])),
        )
        for name in chosen
    ]
    return cq.DisorderedChain(chain=chain, disorder=tuple(disorder), samples=1, seed=0)


@given(ensembles(), st.lists(seeds, min_size=1, max_size=7), st.data())
@settings(max_examples=20)
def test_bits_do_not_depend_on_the_batch(model, some, data):
    """Alone, among a few, and anywhere among 256 others: the same bytes in every output and every proof."""
    alone = [bits(steady_samples(model, [seed]), 0) for seed in some]
    few = steady_samples(model, some)
    assert [bits(few, i) for i in range(len(some))] == alone
    order = data.draw(st.permutations(range(len(some))))
    turned = steady_samples(model, [some[i] for i in order])
    assert [bits(turned, k) for k in range(len(some))] == [alone[i] for i in order]
    at = sorted(data.draw(st.lists(st.integers(0, len(MANY)), min_size=len(some), max_size=len(some))))
    crowd = list(MANY)
    for shift, (place, seed) in enumerate(zip(at, some, strict=True)):
        crowd.insert(place + shift, seed)
    whole = steady_samples(model, crowd)
    assert [bits(whole, place + shift) for shift, place in enumerate(at)] == alone


def test_bits_of_many_of_them():
    """256 samples of every kind against themselves in reverse and one by one, more than one round of work each."""
    ring = np.roll(np.eye(4), 1, axis=0) + np.roll(np.eye(4), -1, axis=0)
    networks = cq.SpinChain(sites=4, couplings=ring, dephasing=0.3, baths=REFERENCE)
    pairs = (cq.Disorder(quantity="couplings", width=1.0), cq.Disorder(quantity="frequency", width=1.0))
    wire = (cq.Disorder(quantity="hopping", width=1.0), cq.Disorder(quantity="frequency", width=1.0))
    for chain, disorder in ((uniform(5, 0.3), wire), (uniform(8, 0.3), wire), (networks, pairs)):
        model = cq.DisorderedChain(chain=chain, disorder=disorder, samples=1, seed=0)
        found, turned = steady_samples(model, MANY), steady_samples(model, MANY[::-1])
        assert found.solved.all()
        assert found.certificate.holds
        for i, seed in enumerate(MANY):
            assert bits(found, i) == bits(turned, len(MANY) - 1 - i)
            if i % 16 == 5:
                assert bits(found, i) == bits(steady_samples(model, [seed]), 0)


def test_five_sites_of_a_network_on_any_number_of_threads():
    """252 equations: large enough for LAPACK to share them among threads, were it used."""
    g = np.ones((5, 5)) - np.eye(5)
    chain = cq.SpinChain(sites=5, couplings=g, dephasing=0.3, baths=REFERENCE)
    disorder = (cq.Disorder(quantity="couplings", width=1.0),)
    model = cq.DisorderedChain(chain=chain, disorder=disorder, samples=1, seed=0)
    found = []
    for threads in (1, 2):
        with threadpool_limits(limits=threads, user_api="blas"):
            found.append(steady_samples(model, MANY[: 2 * threads + 1]))
    assert found[0].method.name == "batched sector"
    assert [bits(found[0], i) for i in range(3)] == [bits(found[1], i) for i in range(3)]


def test_one_bit_is_seen():
    """The comparison that the laws above rest on."""
    model = cq.DisorderedChain(
        chain=uniform(3), disorder=(cq.Disorder(quantity="hopping", width=0.5),), samples=1, seed=0
    )
    found = steady_samples(model, [1, 2])
    before = bits(found, 1)
    for name in FIELDS:
        array = getattr(found, name)
        array.flags.writeable = True
        cell = (1,) + (0,) * (array.ndim - 1)
        kept = array[cell]
        array[cell] = np.nextafter(kept, np.inf)
        assert bits(found, 1) != before
        array[cell] = kept
    assert bits(found, 1) == before


@given(ensembles(quick=True), seeds)
@settings(max_examples=40)
def test_a_sample_is_the_first_of_its_seed(model, seed):
    """Draws to the last bit; numbers to the last bit of the ensemble of one, which is solved by the same code."""
    alone = model.model_copy(update={"seed": seed})
    for one in model.disorder:
        first = model.first_draws(one.quantity, [3, seed])
        assert first[1].tobytes() == alone.draws(one.quantity, 0, 1)[0].tobytes()
        later = alone.model_copy(update={"samples": 2000}).draws(one.quantity, 0, 2000)
        assert first[1].tobytes() == later[0].tobytes()
    found = steady_samples(model, [seed])
    if found.errors[0] is None:
        whole = cq.steady_state(alone)
        for name in FIELDS:
            assert getattr(whole, name).tobytes() == getattr(found, name).tobytes()
        for proof in found.proofs:
            assert whole.certificate[proof.name].value == proof.values[0]
    else:
        with pytest.raises(cq.CaloriqError) as caught:
            cq.steady_state(alone)
        assert str(caught.value) == found.errors[0]


def test_a_row_of_an_ensemble_does_not_depend_on_its_length():
    disorder = (cq.Disorder(quantity="frequency", width=0.5), cq.Disorder(quantity="hopping", width=0.5))
    long = cq.DisorderedChain(chain=uniform(5, 0.2), disorder=disorder, samples=2500, seed=5)
    whole = cq.steady_state(long)
    for few in (1, 7, 256, 1025):
        short = cq.steady_state(long.model_copy(update={"samples": few}))
        for name in FIELDS:
            assert getattr(whole, name)[:few].tobytes() == getattr(short, name).tobytes()


def mixed(chain, quantity, width, centre=None):
    disorder = (cq.Disorder(quantity=quantity, width=width, centre=centre),)
    return cq.DisorderedChain(chain=chain, disorder=disorder, samples=1, seed=0)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (mixed(uniform(4), "frequency", 2.5), "frequency of sites with a heat bath above 0"),
        (mixed(uniform(4, 0.5), "dephasing", 1.1), "dephasing at least 0"),
    ],
    ids=["frequency", "dephasing"],
)
def test_failures_are_their_own(model, words):
    """Some draws leave the domain: they say so, and the others are what they are alone."""
    found = steady_samples(model, MANY)
    bad = ~found.solved
    assert 10 < bad.sum() < 246
    assert not found.certificate.holds
    assert found.certificate["samples without a result"].value == bad.sum()
    quantity = model.disorder[0].quantity
    values = model.first_draws(quantity, MANY)
    outside = np.any(values < 0, axis=1) if quantity == "dephasing" else np.any(values[:, [0, -1]] <= 0, axis=1)
    assert np.array_equal(bad, outside)
    for name in FIELDS:
        array = getattr(found, name)
        assert np.all(np.isnan(array[bad]))
        assert np.all(np.isfinite(array[~bad]))
    assert all(words in error for error in found.errors if error is not None)
    good = [seed for seed, there in zip(MANY, found.solved, strict=True) if there]
    alone = steady_samples(model, good)
    assert alone.certificate.holds
    assert [bits(alone, i) for i in range(len(good))] == [bits(found, i) for i in np.flatnonzero(found.solved)]


def test_singular_systems_and_dark_modes_are_their_own(monkeypatch):
    """A star whose arms are equal in some samples and not in others: the equal ones alone are refused."""
    star = np.zeros((3, 3))
    star[0, 1:] = star[1:, 0] = 1.0
    chain = cq.SpinChain(sites=3, couplings=star, baths=(cq.Bath(site=0, gain=0.3, loss=1.0),))
    model = mixed(chain, "frequency", 0.5)
    drawn = type(model).first_draws

    def some_equal(self, quantity, seeds):
        values = np.array(drawn(self, quantity, seeds))
        if quantity == "frequency":
            values[[s % 2 == 1 for s in seeds]] = 1.0
        return values

    whole = steady_samples(model, MANY[:40])
    assert whole.solved.all()
    monkeypatch.setattr(type(model), "first_draws", some_equal)
    found = steady_samples(model, MANY[:40])
    odd = np.array([seed % 2 == 1 for seed in MANY[:40]])
    assert np.array_equal(~found.solved, odd)
    assert all("`method` must" in error for error in found.errors if error is not None)
    assert [bits(found, i) for i in np.flatnonzero(~odd)] == [bits(whole, i) for i in np.flatnonzero(~odd)]


def test_exactly_singular_systems_are_their_own(monkeypatch):
    """Two sites of three without coupling in some samples: zero columns."""
    model = mixed(uniform(3).model_copy(update={"baths": REFERENCE[:1]}), "hopping", 0.5)
    drawn = type(model).first_draws

    def some_cut(self, quantity, seeds):
        values = np.array(drawn(self, quantity, seeds))
        if quantity == "hopping":
            values[[s % 3 == 1 for s in seeds]] = 0.0
        return values

    whole = steady_samples(model, MANY[:40])
    monkeypatch.setattr(type(model), "first_draws", some_cut)
    found = steady_samples(model, MANY[:40])
    cut = np.array([seed % 3 == 1 for seed in MANY[:40]])
    assert whole.solved.all()
    assert np.array_equal(~found.solved, cut)
    assert all("there are several" in error for error in found.errors if error is not None)
    assert all(np.isnan(proof.values[cut]).all() for proof in found.proofs)
    assert [bits(found, i) for i in np.flatnonzero(~cut)] == [bits(whole, i) for i in np.flatnonzero(~cut)]


def test_proofs_are_those_of_every_sample():
    found = steady_samples(mixed(uniform(5, 0.2), "frequency", 0.8), MANY)
    assert [p.name for p in found.proofs] == [c.name for c in PROOFS]
    for proof in found.proofs:
        assert proof.values.shape == (len(MANY),)
        assert found.certificate[proof.name].value == proof.values.max()
        assert found.certificate[proof.name].limit == proof.limit
        assert np.all(proof.values <= proof.limit)
    assert found.proofs[0].values.max() > 0
    flow = np.abs(found.excitation_currents.sum(axis=1))
    gain = 2 / np.expm1(model_frequency(found)[:, 0]) + 1
    assert found.proofs[2].values == pytest.approx(flow / np.maximum(gain, 1), abs=1e-15)


def model_frequency(found):
    return found.model.first_draws("frequency", found.seeds)


def test_equations_are_made_once():
    """The sparse equations of a chain are kept from batch to batch: a batch of 256 must not pay for them."""
    model = mixed(uniform(5, 0.2), "frequency", 0.8)
    steady_samples(model, [1])
    before = system_of.cache_info()
    steady_samples(model, [2, 3])
    after = system_of.cache_info()
    assert after.misses == before.misses
    assert after.hits == before.hits + 1


@given(st.integers(1, 30), st.sampled_from([0.15, 0.5, 1.0]), st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_elimination(size, share, seed):
    """Against LAPACK on full and sparse matrices, which need their rows exchanged; and it stops at singular ones alone."""
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((6, size, size)) * (rng.random((6, size, size)) < share)
    A += 3 * np.eye(size)[rng.permutation(size)]
    A[2, :, size // 2] = 0.0
    right = rng.standard_normal((6, size, 2))
    solution, singular = solved(np.ascontiguousarray(A.reshape(6, -1)), right)
    assert singular == [2]
    assert np.isnan(solution[2]).all()
    for i in (0, 1, 3, 4, 5):
        bound = 1e-13 * np.linalg.cond(A[i]) * np.linalg.norm(solution[i])
        assert np.linalg.norm(solution[i] - np.linalg.solve(A[i], right[i])) <= bound


PROGRAM = """
import caloriq as cq, numpy as np
from caloriq.steady.batches import BOUNDED as FIELDS
from caloriq.steady.samples import steady_samples
ends = (cq.Bath(site=0, temperature=1.0, rate=1.0), cq.Bath(site=-1, temperature=0.0, rate=1.0))
for sites, quantity in ((8, "hopping"), (5, "couplings")):
    chain = cq.SpinChain(sites=sites, hopping=1.0, dephasing=0.3, baths=ends)
    model = cq.DisorderedChain(chain=chain, disorder=[{"quantity": quantity, "width": 0.8}], samples=1, seed=0)
    found = steady_samples(model, range(5))
    assert found.certificate.holds
    for name in FIELDS:
        print(name, getattr(found, name).tobytes().hex())
    for proof in found.proofs:
        print(proof.name, proof.values.tobytes().hex())
"""


def test_bits_do_not_depend_on_the_processor():
    """BLAS and NumPy told to use the kernels of an old processor: nothing of theirs is in the numbers."""

    def printed(**changes):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], env={**os.environ, **changes}, capture_output=True, text=True, check=True
        )
        return done.stdout

    here = printed()
    assert here.count("\n") == 2 * (len(FIELDS) + len(PROOFS))
    assert printed(OPENBLAS_CORETYPE="Nehalem", OMP_NUM_THREADS="2") == here
