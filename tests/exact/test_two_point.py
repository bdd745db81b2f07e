"""The two-point set against the closed form of the current, and localised chains against their transmission."""

from __future__ import annotations

import numpy as np
import pytest

import caloriq as cq

TWO = cq.TwoPoint()


def closed_form(sites, dephasing, left, right, hopping):
    """4g²γ₁γ_N(s₁ - s_N)/[(γ₁ + γ_N)(4g² + γ₁γ_N) + 2γ(N-1)γ₁γ_N], baths given by gain and loss."""
    a, b = sum(left), sum(right)
    drop = left[0] / a - right[0] / b
    return 4 * hopping**2 * a * b * drop / ((a + b) * (4 * hopping**2 + a * b) + 2 * dephasing * (sites - 1) * a * b)


def between(left, right):
    return [cq.Bath(site=0, gain=left[0], loss=left[1]), cq.Bath(site=-1, gain=right[0], loss=right[1])]


@pytest.mark.parametrize("dephasing", [0.0, 1e-6, 0.01, 0.3, 5.0, 100.0])
@pytest.mark.parametrize(("left", "right"), [((0.6, 1.6), (0.0, 1.0)), ((0.1, 0.2), (3.0, 0.5))])
def test_current_of_the_uniform_chain(dephasing, left, right):
    for sites in (*range(2, 16), 26, 39, 50):
        chain = cq.SpinChain(sites=sites, hopping=0.7, dephasing=dephasing, baths=between(left, right))
        found = cq.steady_state(chain, method=TWO)
        np.testing.assert_allclose(found.currents, closed_form(sites, dephasing, left, right, 0.7), rtol=1e-12)


class Long:
    """Complex numbers with 800 bits behind the point, as two integers."""

    BITS = 800

    def __init__(self, real: int, imaginary: int) -> None:
        self.real, self.imaginary = real, imaginary

    @classmethod
    def of(cls, value: complex) -> Long:
        parts = (float(part).as_integer_ratio() for part in (complex(value).real, complex(value).imag))
        return cls(*((top << cls.BITS) // bottom for top, bottom in parts))

    def __add__(self, other: Long) -> Long:
        return Long(self.real + other.real, self.imaginary + other.imaginary)

    def __sub__(self, other: Long) -> Long:
        return Long(self.real - other.real, self.imaginary - other.imaginary)

    def __mul__(self, other: Long) -> Long:
        a, b, c, d = self.real, self.imaginary, other.real, other.imaginary
        return Long((a * c - b * d) >> self.BITS, (a * d + b * c) >> self.BITS)

    def __truediv__(self, other: Long) -> Long:
        a, b, c, d = self.real, self.imaginary, other.real, other.imaginary
        size = c * c + d * d
        return Long(((a * c + b * d) << self.BITS) // size, ((b * c - a * d) << self.BITS) // size)

    def conj(self) -> Long:
        return Long(self.real, -self.imaginary)


def characteristic(E, energies, squares):
    """det(E - h + iG/2) and its derivative by the three-term recurrence."""
    p, slope = E - energies[0], Long.of(1)
    before, slope_before = Long.of(1), Long.of(0)
    for energy, square in zip(energies[1:], squares, strict=True):
        p, before, slope, slope_before = (
            (E - energy) * p - square * before,
            p,
            p + (E - energy) * slope - square * slope_before,
            slope,
        )
    return p, slope


def landauer(frequencies, hopping, left, right):
    """(s₁ - s_N) ∫dE/2π T(E), T = γ₁γ_N |⟨1|(E - h + iG/2)⁻¹|N⟩|², by residues: a sum over the resonances."""
    a, b = sum(left), sum(right)
    effective = frequencies.astype(complex)
    effective[0] -= 0.5j * a
    effective[-1] -= 0.5j * b
    roots = np.linalg.eigvals(np.diag(effective) + np.diag(hopping, 1) + np.diag(hopping, -1))
    energies, squares = [Long.of(e) for e in effective], [Long.of(g) * Long.of(g) for g in hopping]
    total = Long.of(0)
    for root in roots:
        E = Long.of(root)
        for _ in range(9):  # from 1e-13 to beyond 200 digits
            p, slope = characteristic(E, energies, squares)
            E = E - p / slope
        slope = characteristic(E, energies, squares)[1]
        mirrored = characteristic(E.conj(), energies, squares)[0].conj()
        total += Long.of(-1j) / (slope * mirrored)
    for square in squares:
        total = total * square
    weight = a * b * (left[0] / a - right[0] / b)
    return weight * (total.real / 2**Long.BITS)


@pytest.mark.parametrize(("sites", "width"), [(5, 1.0), (40, 1.0), (40, 5.0), (60, 20.0)])
@pytest.mark.parametrize(("left", "right"), [((0.6, 1.6), (0.0, 1.0)), ((0.1, 1.2), (3.0, 0.5))])
def test_localised_currents_keep_their_digits(sites, width, left, right):
    """Down to 1e-70 of the bath rates."""
    rng = np.random.default_rng(sites)
    frequencies, hopping = 1 + width * rng.random(sites), rng.uniform(0.5, 1.0, sites - 1)
    expected = landauer(frequencies, hopping, left, right)
    chain = cq.SpinChain(sites=sites, hopping=hopping, frequency=frequencies, baths=between(left, right))
    found = cq.steady_state(chain, method=TWO)
    np.testing.assert_allclose(found.currents, expected, rtol=1e-10)


def test_localised_chain_of_many_sites():
    """Without dephasing J falls by 30 orders from 200 to 1600 sites; the certificate holds, and J does not fall into noise."""
    rng = np.random.default_rng(7)
    frequencies, hopping = rng.uniform(0.5, 1.5, 1600), rng.uniform(0.5, 1.0, 1599)
    logs = []
    for sites in (200, 400, 800, 1600):
        chain = cq.SpinChain(
            sites=sites,
            hopping=hopping[: sites - 1],
            frequency=frequencies[:sites],
            baths=between((1.0, 1.0), (0.0, 1.0)),
        )
        found = cq.steady_state(chain, method=TWO)
        assert np.ptp(found.currents) <= 1e-12 * abs(found.current)
        logs.append(np.log(found.current))
    slopes = np.diff(logs) / np.diff([200, 400, 800, 1600])
    assert np.all(slopes < -0.01)
    np.testing.assert_allclose(slopes, slopes[-1], rtol=0.5)
