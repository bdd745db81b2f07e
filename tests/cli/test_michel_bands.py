"""The tables of the reproductions on several bands, wavelengths and networks."""

import numpy as np
import pytest

from caloriq.papers.registry import RECIPES
from figures import assert_readable

# True: in accord with the paper; False: not; None: the paper says nothing
AGREES = {
    "michel-2006-multiband": [None, False, True, True, True, True, True],
    "michel-2006-linearity": [True, None, True, None, True, None],
    "michel-2006-conductivity-exact": [True, True, None, True] * 2 + [True, True, None, False],
    "michel-2006-crossover": [None, True, None, None, False, None, None, True, None],
    "michel-2006-temperature": [True, None, True, True, None, None, True, None],
    "michel-2006-without-gaps": [True, None, True, None, True, None],
    "michel-2006-entropy": [True, True, True, None, None, None],
    "michel-2006-network": [True] * 4 + [None] * 4 + [True] * 5,
}


@pytest.fixture(scope="module", params=AGREES)
def outcome(request):
    return request.param, RECIPES[request.param].run(True, None)


def test_tables(outcome):
    name, found = outcome
    assert [row.agrees for row in found.rows] == AGREES[name], [(r.quantity, r.ours) for r in found.rows]
    assert all(row.agrees is None or isinstance(row.agrees, bool) for row in found.rows)
    assert all(row.ours and row.quantity for row in found.rows)
    assert_readable(found.figure)
    assert found.definitions


def temperatures_meet(data):
    """Differences of temperature fall, of either sign, and distances fall with the size of subunits."""
    T, beta = data["temperature"].temperatures.values, 1 / data["inverted"].temperatures.values
    assert np.ptp(T[-1]) < 0.3 * np.ptp(T[0])
    assert np.all(beta < 0)
    assert np.ptp(beta[-1]) < 0.3 * np.ptp(beta[0])
    assert np.all(np.diff(data["sizes"].distance.mean("subunit")) < 0)
    assert np.all(data["sizes"].distance.mean("subunit") > data["sizes"].random)


def the_way_back_is_there(data):
    """Without a kick all entropies return, with stronger ones less and less."""
    way = data["reversal"]
    assert np.all(np.diff(way.overlaps) < 0)
    assert np.all(np.diff(way.returning.sum("subunit")[:, 0]) > 0)
    assert np.abs(way.returning[0] - way.entropies).max() < 1e-8
    assert np.all(data["mixed"].entropies.sum("subunit") > data["mixed"].total_entropy - 1e-9)


def gaps_are_dispensable(data):
    """Touching bands follow as narrow ones do, and bands of one density end evenly though their levels differ."""
    assert data["widths"].bandwidth[-1] == 1
    assert np.all(data["widths"].rms < 0.06)
    uneven = data["unequal"].isel(time=-1)
    assert np.abs(uneven.exact - uneven.resolved).max() < 0.03
    assert np.abs(uneven.exact - uneven.rates).sel(case=0).max() < 0.03
    assert np.abs(uneven.exact - uneven.rates).sel(case=1).max() > 0.08


LOCAL = {
    "michel-2006-temperature": temperatures_meet,
    "michel-2006-entropy": the_way_back_is_there,
    "michel-2006-without-gaps": gaps_are_dispensable,
}


def test_data_hold_what_the_tables_say(outcome):
    name, found = outcome
    data = found.data
    if name in LOCAL:
        LOCAL[name](data)
        return
    if name == "michel-2006-multiband":
        assert "both hold" in found.rows[0].note
        assert np.ptp(data["drift"].golden_rule.values, axis=0).max() < 1e-14
        assert np.ptp(data["drift"].printed.values, axis=0).max() > 1e-3
        assert np.all(np.diff(data["ensembles"].distance.values[:, ::2], axis=1) < 0)
    elif name == "michel-2006-conductivity-exact":
        one = data["conductivity"]
        assert float(one.temperature[-1] / one.temperature[0]) == pytest.approx(10)
        assert np.all(np.abs(one.early - one.theory) <= one.early_error + one.theory_error)
        assert np.all(np.abs(one.conductivity / one.resolved - 1) < 0.15)
        assert np.all(np.abs(one.conductivity - one.resolved) <= one.error + one.theory_error)
        assert all("both hold" in row.note for row in found.rows if "c1 =" in row.note)
        # theory is drawn over many temperatures, the exact dynamics at a few of them
        for ax in found.figure.axes:
            lines = {line.get_label(): line.get_xdata().size for line in ax.get_lines()}
            assert lines["linear response"] == one.sizes["temperature"] > 50
            dots = next(bars for bars in ax.containers if bars.get_label() == "exact, one decay time")
            assert dots[0].get_xdata().size == 7
        equal = np.abs(one.printed / one.theory - 1).values
        assert equal[:2].max() < 1e-12
        assert equal[2].max() > 0.01
    elif name == "michel-2006-linearity":
        first = data["linearity"].first_nonlinearity.values
        assert np.all((first > 0.05) & (first < 2))
    elif name == "michel-2006-crossover":
        left = data["crossover"].exact.values[:, 0, -1]
        assert left[1] > 0.5 > abs(left[0])
        named = [text.get_text() for text in found.figure.axes[0].get_xticklabels()]
        assert named == ["2", "4", "8", "16", "32"]
        assert not any(text.get_text() for text in found.figure.axes[0].get_xticklabels(minor=True))
    else:
        spread = data["diffusion"]
        spans = spread.span.values
        inside = spans < 20
        assert spread.spread.values[:2, inside] == pytest.approx(2 * np.array([[1], [2]]) * spans[inside], rel=1e-8)
        grid = found.figure.axes[2]
        assert grid.get_title() == "grid 2×3"
        (sketch,) = grid.child_axes
        places = np.asarray(sketch.collections[0].get_offsets())
        assert places[:3, 1] == pytest.approx(np.full(3, places[0, 1]))  # the first row of three
        assert places[3:, 0] == pytest.approx(places[:3, 0])  # the second right below it
        assert places[0, 1] > places[3, 1]
