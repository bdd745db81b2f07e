"""Coupled baths that cannot be: refused with the argument, the value and the remedy."""

import numpy as np
import pytest

from caloriq.errors import Unsupported
from caloriq.models.coupled_bath import CoupledBath
from caloriq.models.spectra import FlatSpectrum, GivenSpectrum, OhmicSpectrum
from caloriq.steady.thermal.levels import levels
from caloriq.steady.thermal.solve import driven_state
from caloriq.steady.thermal.system import OpenSystem, ThermalBath
from testers import refused
from thermal import FLAT, OHMIC, X, Z

OHMIC_WORDS = {"kind": "ohmic", "coupling": 0.1, "cutoff": 4.0}


@pytest.mark.parametrize(
    ("name", "change", "part"),
    [
        ("coupling", {"spectrum": {**OHMIC_WORDS, "coupling": 0}}, "0"),
        ("exponent", {"spectrum": {**OHMIC_WORDS, "exponent": 2, "form": "drude"}}, "2"),
        ("values", {"spectrum": {"kind": "given", "frequencies": [1, 2], "values": [1, -1]}}, "-1"),
        ("values", {"spectrum": {"kind": "given", "frequencies": [0, 2], "values": [1, 1]}}, "frequency 0"),
        ("values", {"spectrum": {"kind": "given", "frequencies": [1, 2], "values": [1]}}, "one for each"),
        ("frequencies", {"spectrum": {"kind": "given", "frequencies": [2, 1], "values": [1, 1]}}, "increase"),
        ("temperature", {"temperature": -1}, "at least 0"),
        ("equation", {"equation": "exact"}, "exact"),
        ("bath", {"sites": [1]}, "both"),
        ("bath", {"site": None}, "neither"),
        ("sites", {"site": None, "sites": [1, 1]}, "different"),
        ("operator", {"operator": [[0, 1], [2, 0]]}, "hermitian"),
        ("spectrum", {"spectrum": {"kind": "white"}}, "kind"),
    ],
)
def test_definitions(name, change, part):
    with refused(name, part):
        CoupledBath(**{"operator": "X", "site": 0, "temperature": 1.0, "spectrum": OHMIC_WORDS, **change})


def test_definitions_go_to_files_and_back():
    given = GivenSpectrum(frequencies=[0, 1, 2], values=[0, 0.1, 0])
    for operator in ("X", [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], {"terms": [["X", 1]]}):
        bath = CoupledBath(operator=operator, sites=[0, 1], temperature=0, spectrum=given, equation="universal")
        assert CoupledBath.from_mapping(bath.whole_mapping()) == bath
        assert bath.places == (0, 1)


def test_a_definition_becomes_a_bath():
    told = CoupledBath(operator="X", site=0, temperature=2.0, spectrum=OHMIC, equation="local", lamb_shift=True)
    bath = ThermalBath.of(told, X, local=Z, name="site 0")
    assert (bath.temperature, bath.spectrum, bath.equation, bath.lamb_shift) == (2.0, OHMIC, "local", True)
    assert bath.name == "site 0"
    other = told.model_copy(update={"equation": "global", "name": "hot"})
    assert ThermalBath.of(other, X, local=Z).local is None
    assert ThermalBath.of(other, X, name="site 0").name == "hot"


def test_systems():
    good = ThermalBath(X, 1.0, OHMIC)
    for name, part, make in (
        ("operator", "hermitian", lambda: ThermalBath(np.triu(X), 1.0, OHMIC)),
        ("temperature", "at least 0", lambda: ThermalBath(X, -1.0, OHMIC)),
        ("spectrum", "OhmicSpectrum", lambda: ThermalBath(X, 1.0, 0.1)),
        ("equation", "exact", lambda: ThermalBath(X, 1.0, OHMIC, "exact")),
        ("local", "local", lambda: ThermalBath(X, 1.0, OHMIC, "local")),
        ("local", "global", lambda: ThermalBath(X, 1.0, OHMIC, "global", Z)),
        ("baths", "at least one", lambda: OpenSystem(Z, ())),
        ("baths", "two are not told apart", lambda: OpenSystem(Z, (good, good))),
        ("operator", "shape", lambda: OpenSystem(np.eye(3), (good,))),
        ("baths", "ThermalBath", lambda: OpenSystem(Z, (1,))),
        ("system", "OpenSystem", lambda: driven_state(good)),
        ("tolerance", "lie in", lambda: driven_state(OpenSystem(Z, (good,)), tolerance=1.0)),
    ):
        with refused(name, part):
            make()


def test_noise_that_diverges_is_refused_where_it_is_needed():
    for kind in ("global", "redfield", "universal"):
        with refused("spectrum", "diverges"):
            driven_state(OpenSystem(Z, (ThermalBath(X + Z, 1.0, FLAT, kind),)))
        driven_state(OpenSystem(Z, (ThermalBath(X, 1.0, FLAT, kind),))).certified()
        with refused("frequencies", "2"):
            given = GivenSpectrum(frequencies=[0.5, 1.0], values=[1.0, 1.0])
            driven_state(OpenSystem(Z, (ThermalBath(X, 1.0, given, kind),)))


def test_shifts_that_do_not_exist_are_refused():
    for spectrum in (FlatSpectrum(rate=0.1), OhmicSpectrum(coupling=0.1, cutoff=1.0, exponent=0.5)):
        with pytest.raises(Unsupported, match="`lamb_shift` must be off"):
            driven_state(OpenSystem(Z, (ThermalBath(X, 1.0, spectrum, lamb_shift=True),)))


def test_frequencies_that_are_one_and_levels_that_are_not():
    """A chain of near frequencies, wider than a distance of levels, is no Bohr frequency."""
    E = np.array([0.0, 1.0, 1.006, 3.0, 4.003])  # 1, 1.003 and 1.006 in a row
    with refused("tolerance", "smaller"):
        levels(np.diag(E).astype(complex), tolerance=1e-3)
    assert levels(np.diag(E).astype(complex)).groups.max() == 10


def test_what_a_state_says_of_itself():
    """Work of local baths, negative populations of Redfield's, levels that rates overlap with."""
    from thermal import between

    local = driven_state(between((2.0, 1.0), (1.5, 1.0), "local", hopping=0.1))
    assert "second law" not in (local.broken_law or "")
    assert local.entropy_production < 0
    assert "local baths do not know" in (local.broken_law or "")
    assert any("work" in note for note in local.notes())
    near = driven_state(between((1.0, 1.0), (1.5, 1.0), "global", hopping=0.01))
    assert any("global equation holds where" in note for note in near.notes())
    assert near.expectation(np.eye(4)) == pytest.approx(1.0)
    strong = OhmicSpectrum(coupling=2.0, cutoff=4.0, form="drude")
    low = driven_state(between((1.0, 1.3), (0.3, 0.1), "redfield", spectrum=strong))
    assert low.lowest_population < 0
    assert any("negative population" in note for note in low.notes())
    assert not low.certificate["negative part"].holds
