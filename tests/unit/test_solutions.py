"""What every result can do, whatever it is of: a dataset, a file, a figure, a line at the prompt, a table in a notebook."""

import html.parser
import json

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr

import caloriq as cq
from caloriq.results import Certificate, Check, Solution
from caloriq.variables import Variable
from figures import assert_standard
from solutions import RESULTS, made
from testers import refused

mpl.use("agg")


@pytest.mark.parametrize("name", RESULTS)
def test_it_goes_to_disk_and_comes_back(name, tmp_path):
    found = made(name)
    data = found.to_dataset()
    again = cq.load(cq.save(found, tmp_path / "a.zarr.zip"))
    xr.testing.assert_identical(again, data)
    assert list(again) == list(data)
    assert found.save(tmp_path / "b.zarr.zip").read_bytes() == (tmp_path / "a.zarr.zip").read_bytes()
    assert Certificate.from_mapping(json.loads(again.attrs["certificate"])) == found.certificate
    assert again.attrs["result"] == type(found).__name__
    model = json.loads(again.attrs["model"])
    if hasattr(found.model, "digest"):
        assert type(found.model).from_mapping(model).digest == again.attrs["digest"] == found.model.digest


@pytest.mark.parametrize("name", RESULTS)
def test_every_variable_says_what_it_is(name):
    """Each is of the result's own numbers, with unit and meaning; a current says what it carries; bounds stand beside."""
    found = made(name)
    data = found.to_dataset()
    assert data.data_vars
    for one in found.declared():
        there = [key for key in (one.name, f"{one.name}_real") if key in data]
        if one.of(found) is None:
            assert not there
            continue
        stored = data[there[0]]
        assert stored.attrs["units"], one.name
        assert stored.attrs["long_name"], one.name
        values = np.asarray(one.of(found))
        np.testing.assert_array_equal(stored.values, values.real if one.kind == "complex" else values)
        if one.name.startswith("current") and not one.name.endswith(("errors", "widths")):
            assert stored.attrs.get("carries"), one.name
        if one.attribute in getattr(found, "bounds", {}):
            assert data[f"{one.name}_bound"].dims == stored.dims
    for dim in data.sizes:
        assert isinstance(dim, str)


@pytest.mark.parametrize("name", RESULTS)
def test_it_is_shown_in_one_line_and_as_a_table(name):
    found = made(name)
    line = repr(found)
    assert "\n" not in line
    assert len(line) < 700
    assert line.startswith(f"<{type(found).__name__} of ")
    parser = Balanced()
    parser.feed(found._repr_html_())
    assert parser.open == []
    for one in found.to_dataset().data_vars:
        if not str(one).endswith(("_bound", "_standard_error")):
            assert str(one) in parser.text


@pytest.mark.parametrize("name", RESULTS)
def test_it_is_drawn(name):
    found = made(name)
    fig = found.plot()
    assert fig.axes
    assert_standard(fig, found.to_dataset())


class Balanced(html.parser.HTMLParser):
    """Tags that are open, and the text."""

    def __init__(self):
        super().__init__()
        self.open, self.text = [], ""

    def handle_starttag(self, tag, attrs):
        del attrs
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_a_text_from_outside_does_not_become_markup():
    state = cq.steady_state(
        cq.SpinChain(
            sites=2,
            hopping=1.0,
            baths=(
                cq.Bath(site=0, temperature=1.0, rate=1.0, name="<script>"),
                cq.Bath(site=1, temperature=0.5, rate=1.0),
            ),
        )
    )
    assert "<script>" not in state._repr_html_()


def test_variables_are_found_by_name():
    assert cq.SteadyState.variable("heat_currents").carries == "heat"
    with refused("name", "heat_currents"):
        cq.SteadyState.variable("heat")


def test_a_variable_of_the_wrong_shape_is_noticed():
    """Broken on purpose: a declaration that does not fit the numbers ends the dataset, not silently another one."""

    class Wrong(Solution):
        variables = (Variable("numbers", ("site", "bond")),)
        numbers = np.zeros(3)

    state = cq.steady_state(cq.SpinChain(sites=2, hopping=1.0, baths=BATHS))
    wrong = Wrong(state.model, state.method, state.certificate)
    with pytest.raises(ValueError, match="dimension"):
        wrong.to_dataset()


BATHS = (cq.Bath(site=0, temperature=1.0, rate=1.0), cq.Bath(site=1, temperature=0.5, rate=1.0))


def test_certificates_of_files_from_before_checks_had_meanings():
    old = {"residual": {"value": 1e-12, "limit": 1e-11, "holds": True}}
    assert Certificate.from_mapping(old) == Certificate((Check("residual", 1e-12, 1e-11, ""),))


def test_a_medium_is_told_in_numbers():
    def told(**given):
        return json.loads(cq.diffuse([1.0, 0.0, 0.0], [0.0, 1.0], **given).to_dataset().attrs["model"])

    assert told(rate=2.0, spacing=0.5)["rate"] == 2.0
    assert told(rate=2.0, sides=(1.0, 0.0))["sides"] == [[1.0, 0.0]]
    several, others = told(rate=[1.0, 2.0, 3.0])["rate"], told(rate=[1.0, 2.5, 3.0])["rate"]
    assert (several["least"], several["most"]) == (1.0, 3.0)
    assert several["sha256"] != others["sha256"]

    def rate_of(x, t):
        return 1.0 + 0 * x * t

    assert "rate_of" in told(rate=rate_of)["rate"]
