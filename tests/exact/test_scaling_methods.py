"""A scaling takes the method of each length, keeps its error, and lets the fits know both."""

import json

import numpy as np
import pytest

import caloriq as cq
from caloriq.transport.laws import evened, laws
from testers import assert_close

WARM = (cq.Bath(site=0, gain=0.6, loss=0.4), cq.Bath(site=-1, gain=0.4, loss=0.6))
CHAIN = cq.SpinChain(sites=4, hopping=1.0, zz=0.5, dephasing=1.0, baths=WARM)


@pytest.fixture(scope="module")
def found():
    return cq.scaling(CHAIN, [3, 4, 5, 6, 7], of="excitations")


def test_every_length_has_its_method_and_error(found):
    assert found.methods == (repr(cq.Direct()),) * 3 + (repr(cq.Sector()),) * 2
    assert found.method.name == f"{cq.Direct()!r} to N = 5, {cq.Sector()!r} to N = 7"
    for n, J, bound in zip(found.sizes, found.currents, found.currents_bound, strict=True):
        alone = cq.steady_state(CHAIN.model_copy(update={"sites": int(n)}))
        assert alone.current == J
        assert bound >= alone.bounds["currents"].mean() > 0
    assert np.all(found.errors == 0)  # bounds far below what a fit could see


def test_they_are_in_the_dataset_and_printed(found):
    data = found.to_dataset()
    assert data.attrs["methods"] == list(found.methods)
    assert_close(data.current_bound.values, found.currents_bound, 0.0)
    headings, *rows = found.listed()
    assert headings == ("N", "current of excitations, energy unit", "error", "method")
    assert [row[3] for row in rows] == ["direct solution"] * 3 + ["excitation-conserving sector"] * 2
    assert "direct solution" in found._repr_html_()


def test_one_method_keeps_its_name():
    free = cq.scaling(CHAIN.model_copy(update={"zz": 0.0}), [4, 8, 16])
    assert free.method.name == repr(cq.ClosedForm())


def test_ensembles_have_statistical_errors_alone():
    fields = cq.Disorder(quantity="frequency", width=1.0)
    model = cq.DisorderedChain(chain=CHAIN.model_copy(update={"zz": 0.0}), disorder=(fields,), samples=5, seed=1)
    some = cq.scaling(model, [3, 4, 5], of="excitations")
    assert some.currents_bound is None
    assert np.all(some.errors > 0)
    assert "current_bound" not in some.to_dataset()


def with_errors(monkeypatch, errors):
    """The same chain, its longest lengths solved with errors of their own."""
    from dataclasses import replace
    from types import MappingProxyType

    from caloriq.verdicts import scaling as room

    solve = room.steady_state

    def rough(model, **options):
        state = solve(model, **options)
        wide = errors.get(model.sites, 0.0) * state.currents
        return replace(
            state, bounds=MappingProxyType({**state.bounds, "currents": np.maximum(wide, state.bounds["currents"])})
        )

    with monkeypatch.context() as changed:
        changed.setattr(room, "steady_state", rough)
        return cq.scaling(CHAIN, [3, 4, 5, 6, 7], of="excitations")


def test_errors_of_estimates_count(monkeypatch, found):
    rough = with_errors(monkeypatch, {6: 0.002, 7: 0.005})
    assert_close(rough.errors / rough.currents, [0, 0, 0, 0.002, 0.005], 1e-15)
    assert rough.alpha_error > 0
    # the length that is known worst counts least
    assert rough.alpha != found.alpha
    nearly = with_errors(monkeypatch, {7: 1e-9})
    assert np.all(nearly.errors == 0)
    assert nearly.alpha == found.alpha


def test_lengths_known_too_badly_are_refused(monkeypatch):
    with pytest.raises(cq.NotEnoughData, match=r"known to a per cent, but it does not .* at N = 7"):
        with_errors(monkeypatch, {7: 0.02})


def test_exact_points_do_not_decide_alone():
    assert_close(evened(np.array([0.0, 0.3, 0.1, 0.0])), [0.1, 0.3, 0.1, 0.1], 0.0)
    assert_close(evened(np.zeros(3)), np.zeros(3), 0.0)
    N = np.array([4, 6, 8, 16, 32, 64])
    right = 1 / (2.0 + 0.5 * N)
    errors = right * np.array([0.0, 0.0, 0.0, 0.003, 0.005, 0.01])
    fitted = laws(N, right * (1 + np.array([0, 0, 0, 0.003, -0.005, 0.01])), errors)
    assert fitted.slope == pytest.approx(0.5, abs=3 * fitted.slope_error)
    assert 0 < fitted.slope_error < 0.01
    # short chains that miss the law by more than rounding: the long ones still count
    bent = laws(N, right * (1 + 0.2 / N**2), errors)
    assert bent.slope == pytest.approx(0.5, abs=3 * bent.slope_error)


@pytest.mark.slow
def test_tensor_networks_take_over_beyond_the_sector():
    long = cq.scaling(CHAIN, [4, 6, 8, 16], of="excitations")
    assert long.methods[-1] == repr(cq.TensorNetwork())
    assert long.errors[-1] > 0
    assert json.loads(long.to_dataset().attrs["evidence"])
    exact = cq.scaling(CHAIN, [4, 6, 8], of="excitations")
    assert 1 / long.currents[-1] == pytest.approx(exact.laws.intercept + 16 * exact.laws.slope, rel=0.01)
