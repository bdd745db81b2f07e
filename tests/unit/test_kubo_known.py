"""A diffusivity from elsewhere beside ours: shown and told, without a say in what is found."""

from dataclasses import replace

import numpy as np
import pytest

import caloriq as cq
from caloriq.plots.kubo import kubo as drawn
from caloriq.transport.kubo.literature import KnownDiffusivity
from testers import refused

CHAIN = cq.Lattice.tilted_ising(6, transverse=1.4, longitudinal=0.9045)
ASKED = {"sizes": [6, 8], "times": np.linspace(0, 1, 11), "lengths": [3, 4], "method": "exact"}
KNOWN = {"low": 1.40, "high": 1.446, "source": "Phys. Rev. $X$"}


@pytest.fixture(scope="module")
def both():
    return cq.kubo(CHAIN, **ASKED), cq.kubo(CHAIN, known=KNOWN, **ASKED)


def test_it_changes_nothing_that_is_found(both):
    without, beside = both
    assert beside.reading == without.reading
    assert beside.rungs.found == without.rungs.found
    assert (beside.rungs.low, beside.rungs.high) == (without.rungs.low, without.rungs.high)
    assert np.array_equal(beside.diffusivity, without.diffusivity)
    assert set(beside.facts()) - set(without.facts()) == {"known low", "known high", "known source"}
    assert len(beside.notes()) == len(without.notes()) + 1


def test_a_stored_result_is_drawn_with_it(both, tmp_path):
    without, beside = both
    data = cq.load(cq.save(beside, tmp_path / "a.zarr.zip"))
    axes = drawn(data).axes
    for ax in axes[1:]:
        at = next(i for i, one in enumerate(ax.get_legend_handles_labels()[1]) if one.startswith("known"))
        band, label = ax.get_legend_handles_labels()[0][at], ax.get_legend_handles_labels()[1][at]
        assert label == r"known: Phys. Rev. \$X\$"
        assert (band.get_y(), band.get_y() + band.get_height()) == pytest.approx((1.40, 1.446))
        assert ax.get_ylim()[1] > 1.446
        assert label in [one.get_text() for one in ax.get_legend().get_texts()]
    for ax in drawn(without.to_dataset()).axes:
        assert not any("known" in one for one in ax.get_legend_handles_labels()[1])


def test_the_sentence_holds_it_against_strings_then_the_plateau(both):
    _, found = both
    assert "There is no interval to hold against [1.4, 1.446] of Phys. Rev." in " ".join(found.notes())
    reading = replace(found.reading, rule="plateau", value=1.3, statistical=0.05, finite_size=0, window=0, quadrature=0)
    flat = replace(found, reading=replace(reading, susceptibility=0.0))
    assert "of the plateau, [1.25, 1.35], does not meet [1.4, 1.446]" in " ".join(flat.notes())
    strings = replace(flat, rungs=replace(found.rungs, found="converged", low=1.38, high=1.40))
    assert "of strings, [1.38, 1.4], meets [1.4, 1.446]" in " ".join(strings.notes())
    ballistic = replace(flat, charges=flat.charges._replace(kept=0.5))
    assert "There is no interval" in " ".join(ballistic.notes())


def test_intervals_meet_at_their_ends():
    known = KnownDiffusivity(low=1.0, high=2.0, source="a book")
    assert known.meets(2.0, 3.0)
    assert known.meets(0.0, 1.0)
    assert known.meets(1.2, 1.3)
    assert not known.meets(2.1, 3.0)
    assert not known.meets(0.0, 0.9)


def test_it_is_refused_by_what_is_wrong():
    with refused("known", "low", "got 2 and 1"):
        cq.kubo(CHAIN, known={"low": 2, "high": 1, "source": "a book"}, **ASKED)
    with refused("source", "missing"):
        cq.kubo(CHAIN, known={"low": 1, "high": 1}, **ASKED)
    with refused("source", "at least 1 character"):
        cq.kubo(CHAIN, known={"low": 1, "high": 1, "source": ""}, **ASKED)
    with refused("KnownDiffusivity", "mapping"):
        cq.kubo(CHAIN, known=1.4, **ASKED)
