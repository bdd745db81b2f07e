"""What comparing laws of R(N) must do with any currents."""

import hypothesis.strategies as st
import numpy as np
from hypothesis import given, settings

from caloriq.transport.likelihood import compared

N = np.array([5.0, 9, 18, 40, 90])
noise = st.sampled_from([0.0, 1e-3, 1e-2])
contacts = st.floats(0.01, 100)
exponents = st.floats(0.0, 2.5)
logs = st.lists(st.floats(-0.1, 0.1), min_size=5, max_size=5)


@settings(max_examples=20, deadline=None)
@given(contact=contacts, b=exponents, bent=logs, e=noise, unit=st.floats(-12, 12))
def test_a_unit_changes_no_factor(contact, b, bent, e, unit):
    R = (contact + N**b) * np.exp(bent)
    one, other = compared(N, R, np.full(5, e)), compared(N, R * 10**unit, np.full(5, e))
    for law in one.evidence:
        assert abs(one.evidence[law] - other.evidence[law]) < 1e-6 * max(1, abs(one.evidence[law]))
    np.testing.assert_allclose(np.array(other.resistivity.two) / 10**unit, one.resistivity.two, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(other.alpha.two, one.alpha.two, atol=1e-6)


@settings(max_examples=20, deadline=None)
@given(contact=contacts, b=exponents, bent=logs, e=noise)
def test_intervals_are_nested_and_hold_their_median(contact, b, bent, e):
    found = compared(N, (contact + N**b) * np.exp(bent), np.full(5, e))
    for one in (found.resistivity, found.contact, found.alpha):
        assert one.two[0] <= one.one[0] <= one.value <= one.one[1] <= one.two[1]


@settings(max_examples=20, deadline=None)
@given(contact=st.floats(0.01, 10), e=st.sampled_from([1e-3, 3e-3, 1e-2]))
def test_more_never_tells_less(contact, e):
    """On a straight line smaller errors and a longer chain narrow the interval of r and prefer the line more."""
    R = contact + N
    rough, fine = compared(N, R, np.full(5, e)), compared(N, R, np.full(5, e / 3))
    longer = np.append(N, 200.0)
    further = compared(longer, contact + longer, np.full(6, e))
    for better in (fine, further):
        assert np.ptp(better.resistivity.two) < np.ptp(rough.resistivity.two)
        assert np.ptp(better.alpha.two) < np.ptp(rough.alpha.two)
        assert better.factor > rough.factor
