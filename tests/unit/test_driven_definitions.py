"""Definitions of driven models: files, digests, units, and the linear algebra under them."""

import json
import subprocess
import sys

import numpy as np
import pytest
import scipy
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from caloriq.linalg.gmres import combined, gmres
from caloriq.linalg.sylvester import Sylvester, pack, unpack
from caloriq.linalg.tridiagonal import eigenpairs, population_response
from caloriq.models import units
from caloriq.models.fmo import FmoComplex
from driven import REFERENCE, networks, uniform, wires
from testers import assert_close

DISORDERED = cq.DisorderedChain(
    chain=uniform(4, 0.5),
    disorder=(cq.Disorder(quantity="frequency", distribution="normal", width=0.1),),
    samples=5,
    seed=3,
)
CLASSICAL = cq.ClassicalChain(sites=3, rate=[1.0, 2.0], frequency=[1, 2, 3], baths=REFERENCE)


@pytest.mark.parametrize("model", [uniform(4, 0.5, 0.1), DISORDERED, CLASSICAL, cq.fmo()], ids=lambda m: m.kind)
def test_files_give_the_model_back(model, tmp_path):
    file = cq.write_model(model, tmp_path / "model.yaml")
    again = cq.read_model(file)
    assert again == model
    assert type(again) is type(model)
    assert again.digest == model.digest


@given(st.one_of(wires(), networks()))
@settings(max_examples=10)
def test_random_files_give_the_model_back(tmp_path_factory, model):
    file = cq.write_model(model, tmp_path_factory.mktemp("models") / "model.yaml")
    again = cq.read_model(file)
    assert again == model
    assert np.array_equal(again.bonds.hopping, model.bonds.hopping)


def test_digests_name_what_is_simulated():
    assert uniform(4).digest == uniform(4).digest
    others = [uniform(5), uniform(4, 0.1), uniform(4, 0.0, 0.1), uniform(4).model_copy(update={"hopping": 2.0})]
    assert len({m.digest for m in [uniform(4), *others]}) == 5


def test_numbers_and_lists_that_say_the_same():
    listed = uniform(3).model_copy(update={"hopping": [1.0, 1.0], "frequency": [1.0] * 3})
    assert cq.steady_state(listed).current == cq.steady_state(uniform(3)).current
    assert cq.choose("steady-state", listed).method == cq.ClosedForm()


def test_auto_says_what_it_takes():
    assert cq.choose("steady-state", uniform(4, 1.0)).method == cq.ClosedForm()
    bent = uniform(3).model_copy(update={"hopping": [1.0, 2.0]})
    chosen = cq.choose("steady-state", bent)
    assert chosen.method == cq.TwoPoint()
    assert "unequal hopping" in chosen.reason
    chosen = cq.choose("steady-state", uniform(4, zz=0.5))
    assert chosen.method == cq.Direct()
    assert "ZZ" in chosen.reason
    chosen = cq.choose("steady-state", uniform(6, zz=0.5))
    assert chosen.method == cq.Sector()
    assert "ZZ" in chosen.reason
    assert cq.choose("steady-state", CLASSICAL).method == cq.Occupations()


def test_results_are_saved_and_read_back(tmp_path):
    found = cq.steady_state(uniform(4, 0.5, 0.1))
    data = cq.load(cq.save(found, tmp_path / "state.zarr.zip"))
    assert_close(data.populations.values, found.populations, 0)
    assert data.attrs["baths"] == ["site 0", "site 3"]
    assert json.loads(data.attrs["certificate"])["error of the currents"]["holds"]
    assert_close(data.currents_bound.values, found.bounds["currents"], 0)
    many = cq.steady_state(DISORDERED)
    data = cq.load(cq.save(many, tmp_path / "states.zarr.zip"))
    assert data.currents.shape == (5, 3)


def test_results_are_read_only():
    found = cq.steady_state(uniform(4, 0.5, 0.1))
    for name in ("populations", "currents", "heat_currents", "two_point"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(found, name)[0] = 1


def test_run_writes_everything(tmp_path):
    file = tmp_path / "wire.yaml"
    file.write_text(
        "model: {kind: spin-chain, sites: 4, hopping: 1.0, dephasing: 5.0,"
        " baths: [{site: 0, temperature: 1.0, rate: 1.0}, {site: -1, temperature: 0.0, rate: 1.0}]}\n"
        "sizes: [2, 4, 8]\nmethod: two-point\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-W", "error", "-m", "caloriq", "run", str(file), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=True)
    summary = json.loads(done.stdout)
    assert summary["heat_currents"]["site 0"] == pytest.approx(0.0275749525190, abs=1e-13)
    assert summary["verdict"].startswith("Fourier's law holds")
    names = {p.name for p in (tmp_path / "results" / "wire").iterdir()}
    assert {"wire.png", "wire-scaling.png", "wire.zarr.zip", "wire-verdict.json", "wire-model.yaml"} <= names
    check = [sys.executable, "-m", "caloriq", "check", str(file), "--json"]
    told = json.loads(subprocess.run(check, capture_output=True, text=True, cwd=tmp_path, check=True).stdout)
    assert "TwoPoint" in told["method"]


def test_lab_units():
    """CODATA: 1 cm⁻¹ is 0.123984198 meV and 1.438777 K; ħ/(1 ps) is 0.6582120 meV."""
    assert units.to_mev(1.0) == pytest.approx(0.123984198, rel=1e-8)
    assert 1 / units.from_kelvin(1.0) == pytest.approx(1.438776877, rel=1e-9)
    assert units.to_kelvin(units.from_kelvin(300.0)) == pytest.approx(300.0)
    assert units.to_mev(units.from_per_picosecond(1.0)) == pytest.approx(0.6582119569, rel=1e-9)
    assert units.to_per_picosecond(units.from_per_picosecond(2.0)) == pytest.approx(2.0)
    # one quantum of 1 cm⁻¹ per picosecond
    assert units.to_watt(units.from_per_picosecond(1.0)) == pytest.approx(1.986445857e-23 * 1e12, rel=1e-9)


def test_fmo_matrix():
    model = cq.fmo()
    assert model.couplings[0, 1] == -87.7
    assert model.couplings[4, 5] == 81.1
    assert model.couplings[6, 5] == 39.7
    assert np.count_nonzero(model.couplings) == 42
    assert model.frequencies[2] == 12210


def test_fmo_reads_lab_units():
    """The same complex in numbers and in words; 300 K is 57.6/ps by hand: 2π · 208.510 cm⁻¹ · 35/150."""
    told = {"kind": "fmo", "trapping": "1/ps", "recombination": "1 ns^-1", "temperature": "300 K", "cutoff": "150 cm⁻¹"}
    model = FmoComplex.from_mapping({key: value for key, value in told.items() if key != "kind"})
    assert model == cq.fmo(temperature=300.0)
    assert FmoComplex.from_mapping(model.to_mapping()) == model
    assert model.dephasing_rates == pytest.approx(2 * np.pi * 208.510 * 35 / 150, rel=1e-5)
    assert units.to_per_picosecond(model.dephasing_rates[0]) == pytest.approx(57.582, rel=1e-4)
    assert cq.fmo(dephasing="2/ps").dephasing_rates[0] == 2 * cq.fmo().dephasing_rates[0]
    in_energies = cq.fmo(dephasing="5.308837458876146 cm^-1", injection="6.582119569e-4 meV")
    assert in_energies.dephasing == pytest.approx(1.0, rel=1e-12)
    assert in_energies.injection == pytest.approx(1e-3, rel=1e-9)
    assert units.quantity("cutoff", "18.597629 meV", of="energy") == pytest.approx(150.0, rel=1e-6)
    assert units.to_picosecond(1 / units.from_per_picosecond(0.25)) == pytest.approx(4.0)


def test_fmo_is_a_spin_chain_of_its_own_kind():
    """A copy with a field of the chain is a plain chain with the same matrix and rates."""
    model = cq.fmo(temperature=77.0)
    plain = model.chain()
    assert type(plain) is cq.SpinChain
    assert np.array_equal(plain.one_excitation(), model.one_excitation())
    assert np.array_equal(plain.dephasing_rates, model.dephasing_rates)
    assert plain.baths == model.baths
    assert model.model_copy(update={"temperature": "154 K"}).dephasing_rates == pytest.approx(2 * model.dephasing_rates)
    assert model.model_copy(update={"baths": ()}) == plain.model_copy(update={"baths": ()})
    assert cq.fmo(recombination=0.0).bath_names == ("antenna", "reaction centre")
    assert not any(name in model.to_mapping() for name in ("couplings", "baths", "frequency", "sites"))


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("size", [1, 2, 7, 40])
@pytest.mark.parametrize("shift", [0.0, -0.3, 0.05])
def test_sylvester(size, symmetric, shift):
    rng = np.random.default_rng(size)
    H = rng.standard_normal((size, size)) + (0 if symmetric else 1j) * rng.standard_normal((size, size))
    H = H + (H.T if symmetric else H.conj().T)
    K = -1j * H - np.diag(0.2 + rng.random(size))
    R = rng.standard_normal((size, size)) + 1j * rng.standard_normal((size, size))
    R = R + R.conj().T
    inverse = Sylvester(K)
    inverse.shift(shift)
    moved = K + shift / 2 * np.eye(size)
    expected = scipy.linalg.solve_sylvester(moved, moved.conj().T, R)
    found = unpack(inverse.solve(pack(R)))
    assert_close(found, expected, 1e-10 * np.abs(expected).max())


def test_packing_keeps_the_norm():
    rng = np.random.default_rng(0)
    R = rng.standard_normal((6, 6)) + 1j * rng.standard_normal((6, 6))
    R = R + R.conj().T
    assert_close(unpack(pack(R)), R, 1e-15)
    assert np.linalg.norm(pack(R)) == pytest.approx(np.linalg.norm(R))


def test_gmres_on_regular_and_singular_systems():
    rng = np.random.default_rng(1)
    A = np.eye(30) + 0.1 * rng.standard_normal((30, 30))
    b = rng.standard_normal(30)
    found = gmres(lambda x: A @ x, b, target=1e-12, size=30)
    assert_close(A @ found.combination, b, 1e-11)
    assert found.residuals[-1] <= 1e-12
    assert np.all(np.diff(found.residuals) <= 1e-14)
    tried = []
    kept = gmres(lambda x: A @ (tried.append(2 * x) or 2 * x), b, target=1e-12, size=30)  # B = 2
    assert_close(combined(kept.weights, tried, np.zeros(30)), 2 * kept.combination, 1e-13)
    # a generator: columns sum to zero, right-hand side in its range
    L = rng.random((20, 20))
    L -= np.diag(L.sum(axis=0))
    b = L @ rng.standard_normal(20)
    found = gmres(lambda x: L @ x, b, target=1e-12, size=20)
    assert_close(L @ found.combination, b, 1e-11)
    short = gmres(lambda x: A @ x, rng.standard_normal(30), target=1e-12, size=3)
    assert len(short.residuals) == 4
    assert gmres(lambda x: A @ x, np.zeros(30), target=0.0, size=3).combination.tolist() == [0.0] * 30
    assert gmres(lambda x: A @ x, np.zeros(30), target=0.0, size=3).weights == []


@pytest.mark.parametrize("size", [2, 3, 17, 48, 49, 60, 97])
def test_tridiagonal_eigenpairs_and_response(size):
    rng = np.random.default_rng(size)
    energies, hopping, loss = rng.random(size), 0.5 + rng.random(size - 1), 0.05 + rng.random(size)
    pairs = eigenpairs(energies, hopping, loss)
    X = 1j * (np.diag(energies) + np.diag(hopping, 1) + np.diag(hopping, -1)) - np.diag(loss) / 2
    V, values = pairs.vectors, pairs.values
    assert_close(X @ V, V * values, 1e-10)
    assert_close(V.T @ V, np.eye(size).astype(complex), 1e-9)
    P = population_response(pairs, hopping)
    expected = np.empty((size, size))
    for k in range(size):
        unit = np.zeros((size, size))
        unit[k, k] = 1
        expected[:, k] = np.diag(scipy.linalg.solve_continuous_lyapunov(X, -unit.astype(complex))).real
    assert_close(P, expected, 1e-9)
    assert_close(P @ loss, np.ones(size), 1e-10)


@pytest.mark.parametrize("dephasing", [0.0, 1e-9, 0.05, 5.0])
@pytest.mark.parametrize("offset", [0.0, 1e-9, 1e-4])
def test_next_to_exceptional_points(dephasing, offset):
    """|γ₁ - γ₂| = 4g makes K defective for two sites; long chains have such points too."""
    for sites in (2, 5, 14, 40):
        baths = (cq.Bath(site=0, gain=1.0, loss=3.5 + offset), cq.Bath(site=-1, gain=0.1, loss=0.4))
        chain = cq.SpinChain(sites=sites, hopping=1.0, dephasing=dephasing, baths=baths)
        exact = cq.steady_state(chain)
        assert cq.steady_state(chain, method=cq.TwoPoint()).current == pytest.approx(exact.current, rel=1e-9)
        if sites <= 5:
            assert cq.steady_state(chain, method=cq.Sector()).current == pytest.approx(exact.current, rel=1e-9)


def test_localised_chains():
    """Without dephasing the current is below rounding; with it bonds agree to all digits."""
    rng = np.random.default_rng(5)
    chain = cq.SpinChain(sites=300, hopping=0.5, frequency=rng.uniform(1, 3, 300), baths=REFERENCE)
    still = cq.steady_state(chain)
    assert still.certificate.holds
    assert np.abs(still.currents).max() < 1e-12
    moved = cq.steady_state(chain.model_copy(update={"dephasing": 0.01}))
    assert np.ptp(moved.currents) < 1e-9 * moved.current
    assert moved.current > 1e-8


PHASES = 1j * (np.triu(np.ones((4, 4)), 1) - np.tril(np.ones((4, 4)), -1))
GIVEN = {
    "hopping": np.ones(3),
    "frequency": np.ones(4),
    "dephasing": np.ones(4),
    "zz": np.ones(3),
    "couplings": PHASES,
    "real couplings": np.abs(PHASES),
    "zz matrix": np.abs(PHASES),
}


@pytest.mark.parametrize("case", GIVEN)
def test_definitions_own_their_arrays(case):
    """What is given stays the caller's, to change as he likes; what is kept does not change with it."""
    name = {"real couplings": "couplings", "zz matrix": "zz"}.get(case, case)
    given = GIVEN[case].copy()
    fields = {"sites": 4, "baths": (cq.Bath(site=0, gain=0.3, loss=1.0),), name: given}
    if name != "couplings":
        fields.setdefault("hopping", 1.0)
    chain = cq.SpinChain(**fields)
    kept, digest = np.array(getattr(chain, name)), chain.digest
    given[...] = 7.0
    assert np.array_equal(getattr(chain, name), kept)
    assert chain.model_copy().digest == digest
    with pytest.raises(ValueError, match="read-only"):
        getattr(chain, name)[0] = 7.0


UNITS = {
    "exchange": cq.ExchangeChain(units=3, levels=3, exchange=[1.0, 0.5], spectrum=[0, 1, 1.7], detuning=[0, 0.1, 0.3]),
    "graph": cq.ExchangeChain(units=3, exchange=[[0, 1.0, 0], [1.0, 0, 0.3], [0, 0.3, 0]], diagonal=False),
    "complex": cq.CoupledUnits(units=2, levels=[0, 1], interaction=np.kron([[0, 1j], [-1j, 0]], [[0, 1], [1, 0]])),
    "bath": cq.ExchangeChain(units=2, bath=cq.Ohmic(strength=0.1, cutoff=2.0, temperature=0.5)),
    "complex samples": cq.ExchangeChain(units=2, bath=cq.Sampled(times=[0, 1, 2, 3], values=[1, 0.5 - 0.2j, 0.2j, 0])),
    "samples": cq.ExchangeChain(units=2, bath=cq.Sampled(times=[0, 1, 2, 3], values=[1, 0.5, 0.2, 0])),
}


@pytest.mark.parametrize("name", UNITS)
def test_units_to_a_file_and_back(name, tmp_path):
    model = UNITS[name]
    again = cq.read_model(cq.write_model(model, tmp_path / "units.yaml"))
    assert again == model
    kernels = [cq.population_kernel(m, [0.4], order=2).generator(0).toarray() for m in (model, again)]
    assert np.array_equal(*kernels)


@pytest.mark.parametrize(
    ("name", "method"), [("direct", cq.Direct()), ("sector", cq.Sector()), ("two-point", cq.TwoPoint())]
)
def test_verbs_take_a_method_by_its_name_too(name, method):
    chain = uniform(3, 1.0)
    named, made = cq.steady_state(chain, method=name), cq.steady_state(chain, method=method)
    assert (named.method.name, named.method.reason) == (repr(method), "as asked for")
    assert named == made


def test_a_method_of_another_kind_is_refused_by_its_name():
    chain = uniform(3, 1.0)
    with pytest.raises(cq.InvalidInput, match=r"`method` must be .*Sector\(\).* or 'auto'.*got 'krylov'"):
        cq.steady_state(chain, method="krylov")
    assert cq.evolve(chain, [1.0], method="sector").certificate.holds


def test_a_question_that_a_chain_cannot_be_asked_names_those_that_it_can():
    with pytest.raises(cq.InvalidInput, match=r"got evolve of a SpinChain.*steady-state, scaling, relaxation"):
        cq.choose("evolve", uniform(3, 1.0))
