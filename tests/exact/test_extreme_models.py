"""The models of the scan: what they span, and the named ones against numbers known from elsewhere."""

import numpy as np
import pytest

from extreme import cases, random_models
from oracle import truth

NAMED = cases()
KNOWN = {name: case for name, case in NAMED.items() if case.known}


@pytest.mark.parametrize("name", KNOWN)
def test_known_numbers(name):
    case = KNOWN[name]
    found = truth(case.model)
    for quantity, values in case.known.items():
        assert found.floats(quantity) == pytest.approx(np.asarray(values, dtype=float), rel=2e-4, abs=0)


def test_models_span_twelve_decades():
    models = list(random_models(400))
    spans = {
        "hopping": np.concatenate([np.abs(m.bonds.hopping) for m in models]),
        "zz": np.concatenate([np.abs(m.bonds.zz) for m in models]),
        "frequency": np.concatenate([m.frequencies for m in models]),
        "dephasing": np.concatenate([m.dephasing_rates for m in models]),
        "rate": np.array([max(r.gain, r.loss) for m in models for r in m.bath_rates]),
    }
    for name, values in spans.items():
        there = values[values > 0]
        assert np.log10(there.max() / there.min()) >= 11.9, name
    temperatures = [b.temperature for m in models for b in m.baths if b.temperature is not None]
    assert 0 in temperatures
    assert max(temperatures) > 1e8
    assert {m.sites for m in models} == {2, 3, 4, 5}
    some = [np.count_nonzero(m.dephasing_rates) / m.sites for m in models]
    assert {0.0, 1.0} < set(some)
    assert 0.05 < np.mean([not m.neighbours_only for m in models]) < 0.2
    assert 0.5 < np.mean([m.interacting for m in models]) < 0.8
    near = [m for m in models if {b.name for b in m.baths} <= {"hot", "cold", "more", "less"}]
    assert len(near) > 40


def test_models_do_not_depend_on_how_many_are_asked_for():
    for one, other in zip(random_models(5), random_models(9), strict=False):
        assert one.to_mapping() == other.to_mapping()
