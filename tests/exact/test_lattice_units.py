"""Lattices in lab units: numbers by hand from CODATA, what is refused, and results in W, ps and W/K."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.models import units
from caloriq.models.lattice.lab import Scale, heat_conductivity, in_lab_units
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.terms import Jump, Term
from testers import refused

KELVIN = 0.08617333262  # meV: k_B
INVERSE_PICOSECOND = 0.6582119569  # meV: ħ/ps
WAVENUMBER = 0.1239841984  # meV: hc/cm
HOPPING = {"operator": "S+ S-", "value": "J", "plus": "hermitian-conjugate"}


def wire(**fields):
    own = {
        "kind": "lattice",
        "sites": 4,
        "unit": "meV",
        "parameters": {"J": "2 meV"},
        "terms": [HOPPING, {"operator": "Sz", "value": "100 cm^-1"}, {"operator": "X", "value": 0.7}],
        "jumps": [{"operator": "S-", "rate": "1/ps", "on": [1]}],
        "dephasing": "0.5 meV",
        "baths": [{"site": 0, "gain": "0.5/ps", "loss": "1/ps"}, {"site": -1, "gain": 0.1, "loss": 0.9}],
    }
    return {**own, **fields}


def test_texts_are_numbers_in_the_unit_of_the_model():
    model = Lattice.from_mapping(wire())
    assert model.numbers["J"] == 2.0
    assert model.terms[1].value == pytest.approx(100 * WAVENUMBER, rel=1e-9)
    assert model.jumps[0].rate == pytest.approx(INVERSE_PICOSECOND, rel=1e-9)
    assert model.dephasing == 0.5
    assert model.baths[0].gain == pytest.approx(0.5 * INVERSE_PICOSECOND, rel=1e-9)
    assert Lattice.from_mapping(model.to_mapping()) == model
    assert model.at(0.0).unit == "meV"


def test_python_objects_patterns_and_families_too():
    random = {"random": "uniform", "width": "10 meV", "mean": "1 eV"}
    model = Lattice(
        sites=3, unit="meV", terms=[Term("Z", ["1 meV", 2.0, "300 K"]), Term("X", random)], jumps=[Jump("S-", "2 /ps")]
    )
    np.testing.assert_allclose(model.placed[0].values, [1.0, 2.0, 300 * KELVIN], rtol=1e-9)
    assert (model.terms[1].value.width, model.terms[1].value.mean) == (10.0, pytest.approx(1000.0))
    assert model.jumps[0].rate == pytest.approx(2 * INVERSE_PICOSECOND, rel=1e-9)
    family = Lattice(sites=3, unit="K", family={"kind": "heisenberg", "coupling": "1 meV"})
    plain = Lattice(
        sites=3, unit="K", family={"kind": "heisenberg", "coupling": units.energy("c", "1 meV", of="energy", unit="K")}
    )
    assert family == plain
    two = [{"site": 0, "temperature": "300 K", "rate": "1/ps"}, {"site": -1, "temperature": "20 meV", "rate": "1/ps"}]
    baths = Lattice(sites=3, unit="meV", terms=[Term("Sz", "5 meV")], baths=two).baths
    assert baths[0].temperature == pytest.approx(300 * KELVIN, rel=1e-9)
    assert baths[1].temperature == 20.0
    ohmic = {"kind": "ohmic", "coupling": 0.01, "cutoff": "100 cm^-1"}
    coupled = [{"operator": "X", "site": 0, "temperature": "77 K", "spectrum": ohmic}]
    bath = Lattice(sites=2, unit="meV", terms=[Term("Z Z", "5 meV")], baths=coupled).baths[0]
    assert bath.temperature == pytest.approx(77 * KELVIN, rel=1e-9)
    assert bath.spectrum.cutoff == pytest.approx(100 * WAVENUMBER, rel=1e-9)


def test_every_unit_of_energy_by_hand():
    """From CODATA: what 1 meV is in each."""
    by_hand = {"meV": 1.0, "eV": 1e-3, "cm^-1": 8.065543937, "K": 11.604518122, "THz": 0.2417989242, "GHz": 241.7989242}
    for unit, number in by_hand.items():
        assert units.energy("value", "1 meV", of="energy", unit=unit) == pytest.approx(number, rel=1e-9)
    assert units.energy("value", "1 meV", of="energy", unit="J") == pytest.approx(1.602176634e-22, rel=1e-9)


@pytest.mark.parametrize(
    ("fields", "argument", "word"),
    [
        ({"unit": None}, "unit", "meV"),
        ({"unit": "metre"}, "unit", "metre"),
        ({"unit": "ps"}, "unit", "ps"),
        ({"terms": [{"operator": "Z", "value": "1/ps"}]}, "value", "1/ps"),
        ({"terms": [{"operator": "Z", "value": "5 parsec"}]}, "value", "parsec"),
        ({"jumps": [{"operator": "S-", "rate": "3 K"}]}, "rate", "3 K"),
        ({"dephasing": "3 K"}, "dephasing", "3 K"),
        ({"baths": [{"site": 0, "temperature": "1/ps", "rate": 1.0}]}, "temperature", "1/ps"),
        ({"baths": [{"site": 0, "gain": "300 K", "loss": 1.0}]}, "gain", "300 K"),
    ],
)
def test_a_unit_of_the_wrong_dimension_is_refused(fields, argument, word):
    with refused(argument, word):
        Lattice.from_mapping(wire(**fields))


def test_results_in_lab_units():
    """ε = 1 meV: ε²/ħ = 2.4341348e-10 W, ħ/ε = 0.6582120 ps, k_B ε/ħ = 2.0975751e-11 W/K."""
    model = Lattice.from_mapping(wire())
    found = cq.steady_state(model, method="full")
    data, plain = in_lab_units(found), found.to_dataset()
    np.testing.assert_allclose(data.energy_inflows, plain.energy_inflows * 2.4341348e-10, rtol=1e-7)
    np.testing.assert_allclose(data.energy_inflows_bound, plain.energy_inflows_bound * 2.4341348e-10, rtol=1e-7)
    np.testing.assert_allclose(data.magnetisation_inflows, plain.magnetisation_inflows / 0.6582119569, rtol=1e-8)
    np.testing.assert_array_equal(data.energy, plain.energy)
    told = {
        name: data[name].attrs["units"]
        for name in ("energy_inflows", "magnetisation_inflows", "energy", "magnetisation")
    }
    assert told == {"energy_inflows": "W", "magnetisation_inflows": "1/ps", "energy": "meV", "magnetisation": "1"}
    path = in_lab_units(cq.evolve(model, [0.0, 1.0]))
    np.testing.assert_allclose(path.time, [0.0, 0.6582119569], rtol=1e-9)
    assert path.time.attrs["units"] == "ps"
    assert path.entropy_production.attrs["units"] == "W/K"
    pure = model.model_copy(update={"unit": None})
    with refused("unit", "give unit="):
        in_lab_units(cq.steady_state(pure, method="full"))
    again = in_lab_units(cq.steady_state(pure, method="full"), unit="meV")
    np.testing.assert_array_equal(again.energy_inflows, data.energy_inflows)
    assert Scale("meV").watt_per_kelvin == pytest.approx(2.0975751e-11, rel=1e-7)


def test_heat_conductivity_by_hand():
    """J = 0.01 meV²/ħ over 4 bonds at ΔT = 2 meV: 0.02 k_B meV/ħ; with 5 Å and 25 Å², a/A = 0.2/Å."""
    per_bond = heat_conductivity(0.01, 6.0, 4.0, 5, unit="meV")
    assert per_bond == pytest.approx(0.02 * 2.0975751e-11, rel=1e-7)
    bulk = heat_conductivity(0.01, 6.0, 4.0, 5, unit="meV", spacing=5.0, cross_section=25.0)
    assert bulk == pytest.approx(0.02 * 2.0975751e-11 * 0.2e10, rel=1e-7)
    with refused("hot"):
        heat_conductivity(0.01, 4.0, 4.0, 5, unit="meV")
    with refused("cross_section"):
        heat_conductivity(0.01, 6.0, 4.0, 5, unit="meV", spacing=5.0)
    with refused("unit"):
        heat_conductivity(0.01, 6.0, 4.0, 5, unit="kg")
