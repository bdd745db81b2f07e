"""Figures of conductivities, decaying modes, packets and charges: what is in them, and that they keep the standard."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.known.uniform_chains import xxz
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.terms import Term
from caloriq.transport.charges.conserved import conserved_charges
from caloriq.transport.charges.mazur import mazur
from caloriq.transport.charges.thermal import thermal_mazur
from caloriq.transport.green_kubo import green_kubo
from caloriq.transport.spread import spread
from figures import assert_standard

CHAIN = cq.ModularChain(subunits=3, levels=40, bandwidth=0.05, coupling=2e-4, seed=5)
PAIR = cq.BandedPair(levels=[1, 60], bandwidth=0.05, coupling=1e-4, seed=1)
LATTICE = Lattice(sites=6, terms=(Term("X X"), Term("Y Y"), Term("Z Z", 0.8), Term("Z", 0.5)))


def drawn(found):
    fig = found.plot()
    assert_standard(fig, found.to_dataset())
    return fig


def line(ax, label):
    (one,) = (line for line in ax.get_lines() if line.get_label() == label)
    return one


def in_window(ax):
    """Ends of the shaded window."""
    (shade,) = (patch for patch in ax.patches if patch.get_facecolor()[:3] == (0.9, 0.9, 0.9))
    return shade.get_x(), shade.get_x() + shade.get_width()


def test_a_diffusivity_is_drawn_beside_the_rate_equation():
    found = green_kubo(CHAIN)
    fig = drawn(found)
    left, right = fig.axes
    np.testing.assert_array_equal(line(left, "correlation of the current").get_ydata(), found.running)
    assert left.get_ylabel() == "diffusivity of one excitation up to t  [ΔE unit]"
    assert left.get_xlabel() == "upper end t of the integral  [1/ΔE unit]"
    assert in_window(left) == in_window(right) == pytest.approx(found.window)
    assert line(right, "mean in the window").get_ydata()[0] == pytest.approx(found.value / found.theory)
    (band,) = right.collections
    low, high = band.get_datalim(right.transData).intervaly
    assert (high - low) / 2 == pytest.approx(found.error / found.theory)
    assert fig.get_suptitle().startswith(f"Green-Kubo conductivity: D = {found.value:.2g}"[:-1])
    assert f"by rates {found.theory:.4g}; certificate holds" in fig.get_suptitle()


def test_an_integral_of_samples_has_its_error_as_a_band():
    found = green_kubo(CHAIN, samples=3)
    left, _ = drawn(found).axes
    (band,) = left.collections
    assert band.get_datalim(left.transData).y1 == pytest.approx((found.running + found.running_error).max())


def test_heat_conductivity_has_an_axis_of_temperatures():
    found = green_kubo(PAIR, temperatures=[0.2, 0.5, 2.0])
    first, middle, _ = drawn(found).axes
    assert (first.get_xlabel(), first.get_ylabel()) == ("temperature T  [ΔE unit]", "heat conductivity  [ΔE unit]")
    assert first.get_xscale() == first.get_yscale() == middle.get_yscale() == "log"
    np.testing.assert_array_equal(line(first, "from the window").get_ydata(), found.value)
    assert len(first.collections) == 1, "error bars of the value"


def test_no_value_is_drawn_where_none_is_read():
    found = green_kubo(CHAIN.model_copy(update={"coupling": 5e-3}))
    assert np.isnan(found.value)
    fig = drawn(found)
    assert "no window to read it from" in fig.get_suptitle()
    assert [one.get_label() for one in fig.axes[1].get_lines() if one.get_label() == "mean in the window"] == []


def test_exact_heat_conductivities_stand_beside_theories_with_their_errors():
    found = cq.heat_response(PAIR, [0.2, 0.5, 1.0, 3.0])
    fig = drawn(found)
    left, right = fig.axes
    for label, values in (("exact, over the window", found.conductivity), ("linear response", found.theory)):
        np.testing.assert_array_equal(line(left, label).get_ydata(), values)
        np.testing.assert_allclose(line(right, label).get_ydata(), values / found.theory)
    assert left.get_ylabel() == "heat conductivity  [ΔE unit]"
    assert (left.get_yscale(), right.get_yscale()) == ("log", "linear")
    assert not any("printed" in text.get_text() for text in left.get_legend().get_texts())
    assert f"agree at {found.agrees.sum()} of 4 temperatures" in fig.get_suptitle()


def test_modes_decay_on_a_logarithmic_axis_beside_the_rate_equation():
    found = cq.mode_decay(cq.ModularChain(subunits=5, levels=30, bandwidth=0.05, coupling=5e-4, seed=5))
    fig = drawn(found)
    left, middle, right = fig.axes
    assert left.get_yscale() == "log"
    x, y = line(left, "rate equation").get_data()
    np.testing.assert_allclose(np.log(y), -np.asarray(x))
    for k, wave in enumerate(found.wavelengths):
        (one,) = (one for one in left.get_lines() if one.get_label().startswith(f"wavelength {wave:.3g},"))
        np.testing.assert_allclose(one.get_xdata(), -np.log(found.exponential[k]))
        seen = np.isfinite(one.get_ydata())
        np.testing.assert_array_equal(one.get_ydata()[seen], found.exact[k][seen])
        assert np.all(found.exact[k][~seen] < 0.01)
    np.testing.assert_array_equal(line(middle, "Schrödinger equation").get_ydata(), found.exponents[0])
    np.testing.assert_array_equal(right.get_lines()[0].get_ydata(), found.deviation)
    assert middle.get_xlabel() == right.get_xlabel() == "wavelength of the mode  [subunit]"
    assert f"exponent {found.exponents[0][0]:.3g} at wavelength 10" in fig.get_suptitle()


def test_a_packet_is_drawn_over_sites_and_time():
    found = spread(LATTICE, np.linspace(0, 2, 11))
    fig = drawn(found)
    profile, width, D, exponent, _ = fig.axes
    np.testing.assert_array_equal(profile.collections[0].get_array(), found.profile)
    assert profile.get_xlabel() == "site"
    assert width.get_ylabel() == "growth of the squared width  [site²]"
    assert D.get_ylabel() == "diffusivity of energy, D(t)  [site²·energy unit]"
    assert exponent.get_ylabel() == "dynamical exponent z"
    k = np.flatnonzero(found.times <= found.reached)[-1]
    assert f"D(t) = {found.diffusivity[k]:.6g} at t = {found.times[k]:.3g}" in fig.get_suptitle()


def test_an_autocorrelation_is_drawn_relative_to_its_start():
    found = cq.correlation(LATTICE, "energy current", times=np.linspace(0, 2, 11), temperature=1.0)
    (ax,) = drawn(found).axes
    np.testing.assert_allclose(line(ax, "real part").get_ydata(), found.values.real / found.values[0].real)
    assert ax.get_ylabel() == "correlation of energy current, C(t)/C(0)"


def test_charges_and_what_they_keep_are_counted():
    charges = conserved_charges(xxz(0.7), 3)
    fig = drawn(charges)
    left, right, _ = fig.axes
    assert [bar.get_height() for bar in left.patches] == charges.counts.tolist()
    assert [one.get_text() for one in right.get_xticklabels()][:2] == ["Z11", "XX1"]
    kept = mazur(charges)
    (ax,) = drawn(kept).axes
    assert sum(bar.get_height() for bar in ax.patches) == pytest.approx(kept.fraction)
    rings = thermal_mazur(charges, [0.5, 1.0, 2.0], sizes=[4, 5])
    left, right = drawn(rings).axes
    np.testing.assert_array_equal(line(left, "bound, largest ring").get_ydata(), rings.bound)
    assert (
        left.get_ylabel().replace("\n", "  ") == "squared current of energy per cell that stays  [energy unit⁴ cell²]"
    )


def test_what_baths_bring_is_no_line_between_them():
    from solutions import RESULTS

    fig = RESULTS["steady.modular.DrivenModularState"]().plot()
    bars = [ax for ax in fig.axes if ax.get_xlabel().startswith("heat currents")]
    assert len(bars) == 1
    assert len(bars[0].patches) == 2
