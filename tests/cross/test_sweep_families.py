"""Sweeps over arguments of a family: each point is the lattice of that argument, and what does not fit is refused."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.documents import yaml_text
from caloriq.models.lattice.model import Lattice
from caloriq.sweep.definition import read_sweep
from caloriq.sweep.plan import Plan
from command_line import call
from command_line import refused as refused_there
from testers import refused

BATHS = [{"site": 0, "gain": 0.8, "loss": 0.2}, {"site": -1, "gain": 0.3, "loss": 0.7}]
XXZ = {"kind": "lattice", "sites": 3, "family": {"kind": "xxz", "anisotropy": 1.0}, "baths": BATHS}
XX = {**XXZ, "family": "xx"}
DISORDERED = {**XXZ, "family": {**XXZ["family"], "disorder": 1.0}}


def written(folder, vary, model=XXZ, **more):
    path = folder / "study.yaml"
    path.write_text(yaml_text({"model": model, "question": "lattice-steady-state", "vary": vary, **more}))
    return path


def test_points_are_the_lattices_of_the_arguments(tmp_path):
    path = written(tmp_path, {"family.anisotropy": [0.5, 2.0], "family.coupling": [1.0, 3.0]})
    data = cq.run_sweep(read_sweep(path))
    assert data.current.dims == ("anisotropy", "coupling")
    for anisotropy in (0.5, 2.0):
        for coupling in (1.0, 3.0):
            baths = tuple(cq.Bath(**one) for one in BATHS)
            model = Lattice.xxz(3, anisotropy=anisotropy, coupling=coupling, baths=baths)
            state = cq.steady_state(model).to_dataset()
            here = data.sel(anisotropy=anisotropy, coupling=coupling)
            for name in ("current", "populations", "energy"):
                np.testing.assert_allclose(here[name].values, state[name].values, rtol=1e-12, atol=1e-15)
    assert len(np.unique(data.current.values.round(6))) == 4


@pytest.mark.parametrize("name", ["coupling", "anisotropy", "disorder"])
def test_an_argument_is_the_parameter_of_its_name(tmp_path, name):
    one, other = (
        Plan(read_sweep(written(tmp_path, {f"{where}.{name}": [0.5, 2.0]}, DISORDERED)))
        for where in ("family", "parameters")
    )
    assert one.names == {f"family.{name}": name}
    assert [one.digest(k) for k in range(2)] == [other.digest(k) for k in range(2)]
    assert one.digest(0) != one.digest(1)


def test_families_and_what_makes_other_terms_vary_too(tmp_path):
    families = ["xx", {"kind": "xxz", "anisotropy": 2.0}]
    plan = Plan(read_sweep(written(tmp_path, {"family": families})))
    assert [len(plan.cell(k).model.terms) for k in range(2)] == [2, 3]
    plan = Plan(read_sweep(written(tmp_path, {"family.kind": ["xx", "heisenberg"], "family.coupling": [2.0]}, XX)))
    assert [plan.cell(k).model for k in range(2)] == [
        Lattice.from_mapping({"sites": 3, "baths": BATHS, "family": {"kind": kind, "coupling": 2.0}})
        for kind in ("xx", "heisenberg")
    ]
    plan = Plan(read_sweep(written(tmp_path, {"family.hz": [[0.1, 0.2, 0.3], 0.5]})))
    assert [plan.cell(k).model.parameters.get("hz") for k in range(2)] == [None, 0.5]
    plan = Plan(read_sweep(written(tmp_path, {"family.coupling": ["1 meV", "11.604518 K"]}, {**XX, "unit": "K"})))
    np.testing.assert_allclose([plan.cell(k).model.numbers["coupling"] for k in range(2)], 11.604518, rtol=1e-7)


def test_samples_are_the_same_for_all_values_of_an_argument(tmp_path):
    vary, ensemble = {"family.disorder": [0.5, 2.0]}, {"samples": 3, "seed": 1}
    paired = Plan(read_sweep(written(tmp_path, vary, DISORDERED, ensemble={**ensemble, "same_for": list(vary)})))
    apart = Plan(read_sweep(written(tmp_path, vary, DISORDERED, ensemble=ensemble)))
    assert paired.seeds(paired.cell(0), 1) == paired.seeds(paired.cell(1), 1)
    assert apart.seeds(apart.cell(0), 1) != apart.seeds(apart.cell(1), 1)


def test_the_plan_names_arguments_and_refuses_others(tmp_path):
    written(tmp_path, {"family.anisotropy": [0.5, 2.0]})
    told = call("sweep", "plan", "study.yaml", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    assert "  anisotropy: 2 values, 0.5 to 2.0 (family.anisotropy)" in told.stdout.splitlines()
    written(tmp_path, {"family.anisotropi": [0.5, 2.0]})
    refused_there(
        call("sweep", "plan", "study.yaml", cwd=tmp_path), "'anisotropi'", "did you mean anisotropy?", "line 17"
    )


BAD = {
    "delta": ({"family.delta": [1.0]}, XXZ, "family", ["arguments of xxz", "'delta'", "known are anisotropy"]),
    "kind": ({"family.kind": ["xx", "heisenber"]}, XX, "family", ["did you mean heisenberg?"]),
    "none": ({"family.coupling": [1.0]}, {**XX, "family": None}, "vary", ["has no family", "got family.coupling"]),
    "kept": (
        {"family.coupling": [1.0]},
        {**XX, "family": None, "parameters": {"coupling": 1.0}, "terms": [{"operator": "X", "value": "coupling"}]},
        "vary",
        ["take parameters.coupling"],
    ),
    "beside": ({"family.coupling": [1.0]}, {**XX, "parameters": {"coupling": 2}}, "vary", ["beside the family"]),
    "twice": ({"family.coupling": [1.0], "parameters.coupling": [2.0]}, XX, "vary", ["and parameters.coupling"]),
    "within": ({"family.coupling": [1.0], "family": ["xx"]}, XX, "vary", ["got family and family.coupling"]),
    "value": ({"family.coupling": [1.0, "a+"]}, XX, "coupling", ["'a+'", "line 16"]),
    "nowhere": ({"family.coupling.x": [1.0]}, {**XX, "family": {"kind": "xx", "coupling": 1}}, "vary", ["at x"]),
}


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_fit_is_refused(tmp_path, case):
    vary, model, name, words = BAD[case]
    path = written(tmp_path, vary, model)
    with refused(name, *words, "study.yaml"):
        Plan(read_sweep(path)).admit()


@pytest.mark.parametrize("name", ["hz", "periodic"])
def test_samples_cannot_be_the_same_for_other_terms(tmp_path, name):
    vary = {f"family.{name}": {"hz": [[1, 2, 3], [3, 2, 1]], "periodic": [True, False]}[name]}
    path = written(tmp_path, vary, DISORDERED, ensemble={"samples": 2, "same_for": list(vary)})
    with refused("same_for", f"got family.{name}", "family.anisotropy"):
        Plan(read_sweep(path)).admit()
