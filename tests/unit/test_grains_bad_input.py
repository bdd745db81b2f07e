"""Bad input of quantum chains and of their coarse-graining: one sentence that names the argument, the value and the remedy."""

from contextlib import suppress

import numpy as np
import pytest

import caloriq as cq
from testers import refused

NAN = float("nan")
CHAIN = cq.QuantumChain.xxz(12, anisotropy=1.5)
ISING = cq.QuantumChain.tilted_ising(8)


def grain(model=CHAIN, block=4, **changes):
    return cq.coarse_grain(model, block, **{"carries": "spin", **changes})


MODELS = {
    "one site": (lambda: cq.QuantumChain.xx(1), "sites", "1"),
    "half a site": (lambda: cq.QuantumChain(sites=4.5, jx=1.0), "sites", "4.5"),
    "no coupling": (lambda: cq.QuantumChain(sites=4, hz=1.0), "jx", "all three"),
    "coupling not finite": (lambda: cq.QuantumChain(sites=4, jx=NAN), "jx", "finite"),
    "coupling in words": (lambda: cq.QuantumChain(sites=4, jx="strong"), "jx", "strong"),
    "fields of wrong length": (lambda: cq.QuantumChain(sites=4, jx=1.0, hz=[1.0, 2.0]), "hz", "list of 4"),
    "field in words": (lambda: cq.QuantumChain(sites=4, jx=1.0, hx="up"), "hx", "up"),
    "field not finite": (lambda: cq.QuantumChain(sites=2, jx=1.0, hx=[1.0, NAN]), "hx", "finite"),
    "negative disorder": (lambda: cq.QuantumChain.heisenberg(4, disorder=-1.0), "disorder", "-1"),
    "negative seed": (lambda: cq.QuantumChain.heisenberg(4, disorder=1.0, seed=-1), "seed", "-1"),
    "anisotropy in words": (lambda: cq.QuantumChain.xxz(4, anisotropy="easy"), "anisotropy", "easy"),
    "misspelt": (lambda: cq.QuantumChain(sites=4, jx=1.0, disorders=1.0), "disorders", "did you mean `disorder`"),
    "bond beyond the end": (lambda: CHAIN.bond(11), "site", "11"),
    "block beyond the end": (lambda: CHAIN.hamiltonian(first=8, sites=6), "sites", "6 from 8"),
    "whole space": (lambda: cq.QuantumChain.xx(60).hamiltonian(), "sites", "memory"),
}


@pytest.mark.parametrize("case", MODELS)
def test_models(case):
    make, argument, *words = MODELS[case]
    with refused(argument, *words):
        make()


GRAINS = {
    "does not divide": (lambda: grain(block=5), "block", "12 sites", "got 5", "1, 2, 3, 4, 6"),
    "one block": (lambda: grain(block=12), "block", "at least two blocks", "12"),
    "longer than the chain": (lambda: grain(block=24), "block", "24"),
    "no sites": (lambda: grain(block=0), "block", "at least 1", "0"),
    "negative": (lambda: grain(block=-2), "block", "-2"),
    "half a site": (lambda: grain(block=2.5), "block", "whole number", "2.5"),
    "truth value": (lambda: grain(block=True), "block", "True"),
    "prime chain": (lambda: grain(cq.QuantumChain.xx(7), 2), "block", "take one of 1"),
    "unknown quantity": (lambda: grain(carries="heat"), "carries", "'energy' or 'spin'", "heat"),
    "quantity as a number": (lambda: grain(carries=1), "carries", "1"),
    "quantities": (lambda: grain(carries=np.array(["spin", "energy"])), "carries", "array"),
    "cold": (lambda: grain(temperature=0.0), "temperature", "0.0"),
    "negative temperature": (lambda: grain(temperature=-1.0), "temperature", "-1"),
    "temperature not a number": (lambda: grain(temperature=NAN), "temperature", "nan"),
    "temperature in words": (lambda: grain(temperature="hot"), "temperature", "hot"),
    "frozen": (lambda: grain(carries="energy", temperature=1e-3), "temperature", "fluctuate", "0.001"),
    "no bands": (lambda: grain(bands=0), "bands", "0"),
    "too many bands": (lambda: grain(bands=17), "bands", "16", "17"),
    "bands in words": (lambda: grain(bands="few"), "bands", "few"),
    "no contact": (lambda: grain(contact=0.0), "contact", "0.0"),
    "contact not finite": (lambda: grain(contact=NAN), "contact", "finite"),
    "no energy in a block": (lambda: grain(block=1, carries="energy"), "block", "fields"),
    "too large": (lambda: grain(cq.QuantumChain.xxz(60, anisotropy=1.5), 30), "block", "memory", "30"),
    "far too large": (lambda: grain(cq.QuantumChain.tilted_ising(4000), 2000, carries="energy"), "block", "memory"),
    "another model": (lambda: grain(cq.ExchangeChain(units=4)), "model", "QuantumChain"),
    "one sample": (lambda: grain(block=2).exact([1.0], samples=1), "samples", "1"),
    "no times": (lambda: grain(block=2).exact([]), "times", "non-empty"),
    "negative time": (lambda: grain(block=2).decay([-1.0]), "times", "-1"),
}


@pytest.mark.parametrize("case", GRAINS)
def test_grains(case):
    make, argument, *words = GRAINS[case]
    with refused(argument, *words):
        make()


NOT_CONSERVED = {
    "field": (ISING, "hx Sx", "-2.1"),
    "field on one site": (cq.QuantumChain(sites=4, jx=1.0, jy=1.0, hx=[0, 0, 0.3, 0]), "site 2", "0.3"),
    "coupling": (cq.QuantumChain(sites=4, jx=1.0, jy=0.5), "jx = 1, jy = 0.5"),
}


@pytest.mark.parametrize("case", NOT_CONSERVED)
def test_spin_that_is_not_conserved(case):
    """The term that changes ΣSz is named."""
    model, *words = NOT_CONSERVED[case]
    with refused("carries", *words, error=cq.Unsupported):
        cq.coarse_grain(model, 2, carries="spin")
    with refused("carries", *words, error=cq.Unsupported):
        model.density("spin")


def test_exact_pair_at_a_temperature():
    grains = cq.coarse_grain(ISING, 2, temperature=2.0)
    with refused("temperature", "2", error=cq.Unsupported):
        grains.exact([1.0])


def test_decay_without_a_rate():
    grains = cq.coarse_grain(cq.QuantumChain.heisenberg(8, disorder=8.0, seed=1), 4, carries="spin")
    assert grains.rate is None
    with refused("block", "plateau", error=cq.Unsupported):
        grains.decay([1.0])


@pytest.mark.parametrize("carries", ["spin", "energy"])
def test_what_is_not_exchanged(carries):
    """A chain of SzSz alone exchanges neither spin nor energy: the kernel is zero, and there is no rate."""
    grains = cq.coarse_grain(cq.QuantumChain(sites=6, jz=1.0, hz=0.3), 3, carries=carries)
    assert not np.any(grains.kernel.values)
    assert grains.rate is None
    assert not grains.holds


def test_units_of_energy_do_not_matter():
    """Couplings of 1e8 or 1e-8: the same rate in their unit, for spin and for energy."""
    for carries, make in (
        ("spin", lambda J: cq.QuantumChain.xxz(6, anisotropy=1.5, coupling=J)),
        ("energy", lambda J: cq.QuantumChain.tilted_ising(6, coupling=J, transverse=-1.05 * J, longitudinal=0.5 * J)),
    ):
        one = cq.coarse_grain(make(1.0), 3, carries=carries)
        for J in (1e8, 1e-8):
            other = cq.coarse_grain(make(J), 3, carries=carries)
            assert (other.rate is None) == (one.rate is None)
            if one.rate is not None:
                assert other.rate / J == pytest.approx(one.rate, rel=1e-9)


def test_many_distinct_blocks_are_counted(monkeypatch):
    """Disordered blocks are all kept: memory is asked for all of them, before the second is made."""
    monkeypatch.setattr("caloriq._checks.available_memory", lambda: 6e6)
    chain = cq.QuantumChain.heisenberg(80, disorder=8.0, seed=1)
    with refused("block", "distinct blocks"):
        cq.coarse_grain(chain, 8, carries="energy")


@pytest.mark.parametrize("scale", [1e90, 1e-90])
def test_energies_beyond_double_precision(scale):
    """Fourth powers overflowed, or vanished: it was said that the contact moves nothing."""
    chain = cq.QuantumChain.tilted_ising(4, coupling=scale, transverse=-1.05 * scale, longitudinal=0.5 * scale)
    with refused("model", "another unit of energy"):
        cq.coarse_grain(chain, 2)


def test_fields_that_dwarf_what_moves():
    """Rounding left a second moment below zero, and its root a ValueError; what is below rounding gives no rate.

    Whether the rounding of the eigenvectors shows as a contact that moves nothing or as a correlation that no step resolves
    depends on the processor.
    """
    chain = cq.QuantumChain(sites=6, jx=1e20, jy=1e12, hx=1e20, hz=1e12)
    with suppress(cq.NotConverged):
        found = cq.coarse_grain(chain, 3, contact=0.1)
        assert found.rate is None
        assert "to rounding" in found.why
