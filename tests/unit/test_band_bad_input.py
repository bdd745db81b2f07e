"""Bad input of banded chains, their starts, heat response and modes: one sentence each."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.reduced.average.resolved import resolved_transfer
from testers import refused

NAN = float("nan")


def pair(**changes):
    return cq.BandedPair(**{"levels": [2, 3, 4], "bandwidth": 0.05, "coupling": 1e-3, "seed": 1, **changes})


def chain(**changes):
    return (
        pair(**changes)
        if changes.get("subunits", 2) == 2
        else cq.BandedChain(**{"levels": [2, 3], "bandwidth": 0.05, "coupling": 1e-3, "seed": 1, **changes})
    )


V = np.ones((6, 6))
MODELS = {
    "one band": (lambda: pair(levels=[5]), "levels"),
    "no levels in a band": (lambda: pair(levels=[2, 0, 4]), "levels.1", "0"),
    "half a level": (lambda: pair(levels=[2, 2.5]), "levels.1", "2.5"),
    "levels in words": (lambda: pair(levels="three"), "levels", "three"),
    "one subunit": (
        lambda: cq.BandedChain(subunits=1, levels=[1, 2], bandwidth=0.1, coupling=0.1, seed=0),
        "subunits",
        "1",
    ),
    "pair of three": (lambda: pair(subunits=3), "subunits", "3"),
    "bands that overlap": (lambda: pair(bandwidth=1.2), "bandwidth", "bands 0 and 1 overlap"),
    "bands that overlap a little": (lambda: pair(bandwidth=[0.5, 0.5, 1.5001]), "bandwidth", "bands 1 and 2 overlap"),
    "one cell": (lambda: cq.BandedChain.cells(1.0, 12, 1, coupling=1e-3, seed=1), "count", "1"),
    "half a cell": (lambda: cq.BandedChain.cells(1.0, 12, 2.5, coupling=1e-3, seed=1), "count", "2.5"),
    "cells that differ": (lambda: cq.BandedChain.cells(1.0, 14, 4, coupling=1e-3, seed=1), "levels", "take 12"),
    "more cells than levels": (lambda: cq.BandedChain.cells(1.0, 3, 4, coupling=1e-3, seed=1), "levels", "3"),
    "spectrum of no width": (lambda: cq.BandedChain.cells(0.0, 12, 3, coupling=1e-3, seed=1), "width", "0"),
    "bottom that is no number": (
        lambda: cq.BandedChain.cells(1.0, 12, 3, coupling=1e-3, seed=1, bottom=NAN),
        "bottom",
        "nan",
    ),
    "cells without a seed": (lambda: cq.BandedChain.cells(1.0, 12, 3, coupling=1e-3), "seed", "missing"),
    "pair of three subunits": (
        lambda: cq.BandedPair.cells(1.0, 12, 3, coupling=1e-3, seed=1, subunits=3),
        "subunits",
        "3",
    ),
    "widths of too few bands": (lambda: pair(bandwidth=[0.1, 0.1]), "bandwidth", "(3)"),
    "negative width": (lambda: pair(bandwidth=-0.1), "bandwidth"),
    "energies of too few bands": (lambda: pair(energies=[0, 1]), "energies", "(3)"),
    "energies that fall": (lambda: pair(energies=[0, 2, 1]), "energies", "ascend"),
    "energies not finite": (lambda: pair(energies=[0, 1, NAN]), "energies.2", "finite"),
    "no seed": (lambda: pair(seed=None), "seed", "missing"),
    "no coupling": (lambda: pair(coupling=0.0), "coupling", "0"),
    "shell without a partner": (lambda: pair(shells=[0.0]), "shells", "(0, 0) has no partner"),
    "shell that is none": (lambda: pair(shells=[1.5]), "shells", "1.5"),
    "matrices unasked": (lambda: pair(matrices={((0, 1), (1, 0)): V}), "matrices", "given"),
    "matrices missing": (lambda: pair(interaction="given"), "matrices", "given"),
    "matrices as an array": (lambda: pair(interaction="given", matrices=V), "matrices", "map channels"),
    "no matrices": (lambda: pair(interaction="given", matrices={}), "matrices", "empty"),
    "channel of one pair state": (
        lambda: pair(interaction="given", matrices={((0, 1), (0, 1)): V}),
        "matrices",
        "different",
    ),
    "channel of no bands": (lambda: pair(interaction="given", matrices={((0, 5), (5, 0)): V}), "matrices", "(0, 5)"),
    "channel that loses energy": (
        lambda: pair(interaction="given", matrices={((0, 1), (1, 1)): np.ones((6, 9))}),
        "matrices",
        "one energy",
    ),
    "matrix of wrong shape": (
        lambda: pair(interaction="given", matrices={((0, 1), (1, 0)): np.ones((2, 2))}),
        "matrices",
        "(6, 6)",
    ),
    "channel twice": (
        lambda: pair(interaction="given", matrices={((0, 1), (1, 0)): V, ((1, 0), (0, 1)): V}),
        "matrices",
        "twice",
    ),
    "no shells": (lambda: pair(shells=[]), "shells", "empty"),
    "matrix outside the shells": (
        lambda: pair(interaction="given", matrices={((0, 1), (1, 0)): V}, shells=[2.0]),
        "matrices",
        "given shells",
    ),
    "half a band": (lambda: pair(interaction="given", matrices={((0, 1.7), (1, 0)): V}), "matrices", "different"),
    "energies far from zero": (lambda: pair(energies=[1e14, 1e14 + 1, 1e14 + 2]), "energies", "subtract"),
    "table of levels": (lambda: pair(levels=[[1, 2]]), "levels.0", "whole"),
    "misspelt": (lambda: pair(bandwith=0.1), "bandwith", "bandwidth"),
}

STARTS = {
    "temperature of zero": (lambda: cq.thermal(0.0), "temperature", "0"),
    "one temperature of zero": (lambda: cq.thermal([1.0, 0.0]), "temperature", "0"),
    "difference of inverted ones": (lambda: cq.thermal(-1.0, difference=0.1), "temperature", "-1"),
    "difference beyond the temperature": (lambda: cq.thermal(1.0, difference=1.5), "difference", "1.5"),
    "difference of several": (lambda: cq.thermal([1.0, 2.0], difference=0.1), "difference", "one temperature"),
    "difference not finite": (lambda: cq.thermal(1.0, difference=NAN), "difference", "finite"),
    "drawn from nowhere": (lambda: cq.thermal(1.0, draw="gauss"), "draw", "gauss"),
    "samples of a mixture": (lambda: cq.thermal(1.0, draw="mixed", samples=3), "samples", "exact"),
    "no samples": (lambda: cq.thermal(1.0, samples=0), "samples", "0"),
    "table of temperatures in a start": (lambda: cq.thermal([[1, 2]]), "temperatures", "a list"),
    "temperatures of too many": (
        lambda: cq.evolve(pair(), [1.0], initial=cq.thermal([1, 2, 3.0])),
        "temperatures",
        "(2)",
    ),
    "difference in a chain": (
        lambda: cq.evolve(chain(subunits=3), [1.0], initial=cq.thermal(1.0, difference=0.5)),
        "temperatures",
        "(3)",
    ),
    "bands of too few": (lambda: cq.evolve(pair(), [1.0], initial=cq.in_bands([1])), "bands", "(2)"),
    "half a band in a start": (lambda: cq.in_bands([0.5, 1]), "bands", "0.5"),
    "band that is none": (lambda: cq.evolve(pair(), [1.0], initial=cq.in_bands([1, 3])), "bands", "3"),
    "start outside the shells": (
        lambda: cq.evolve(pair(shells=[2.0]), [1.0], initial=cq.in_bands([0, 1])),
        "initial",
        "coupled, 2",
    ),
    "start of another model": (lambda: cq.evolve(pair(), [1.0], initial=cq.haar()), "initial", "thermal()"),
    "method in words": (lambda: cq.evolve(pair(), [1.0], method="fast"), "method", "fast"),
    "negative time": (lambda: cq.evolve(pair(), [-1.0]), "times", "-1"),
    "times without end": (lambda: cq.evolve(pair(), [1e12]), "times", "rounding"),
    "too many subunits": (
        lambda: cq.evolve(cq.BandedChain(subunits=40, levels=[1, 2], bandwidth=0.1, coupling=0.1, seed=0), [1.0]),
        "subunits",
        "GB",
    ),
    "too many levels": (lambda: cq.evolve(pair(levels=[400, 400]), [1.0]), "levels", "GB"),
}

VERBS = {
    "single levels": (lambda: cq.ham(pair(levels=[1, 1])), "levels", "single levels"),
    "zero matrices": (
        lambda: cq.ham(pair(interaction="given", matrices={((0, 1), (1, 0)): 0 * V})),
        "matrices",
        "zero",
    ),
    "form": (lambda: cq.ham(pair()).solve([1.0], form="both"), "form", "both"),
    "start of rates": (lambda: cq.ham(pair()).solve([1.0], initial=cq.haar()), "initial", "thermal()"),
    "formula": (lambda: cq.ham(pair()).conductivity(1.0, formula="(47)"), "formula", "(47)"),
    "conductivity at zero": (lambda: cq.ham(pair()).conductivity([1.0, 0.0]), "temperature", "0"),
    "resolved rates of a chain": (
        lambda: resolved_transfer(cq.ham(chain(subunits=3)), chain(subunits=3).total_shells[1], [1.0]),
        "model",
        "3 subunits",
    ),
    "response of a chain": (lambda: cq.heat_response(chain(subunits=3), [1.0]), "model", "pair"),
    "response of a modular chain": (
        lambda: cq.heat_response(cq.ModularChain(subunits=2, levels=2, bandwidth=0.1, coupling=0.1, seed=0), [1.0]),
        "model",
    ),
    "response at zero": (lambda: cq.heat_response(pair(), [0.0]), "temperatures", "0"),
    "one sample": (lambda: cq.heat_response(pair(), [1.0], samples=1), "samples", "2"),
    "tolerance": (lambda: cq.heat_response(pair(), [1.0], tol=1.0), "tol", "1"),
    "start of rates outside the shells": (
        lambda: cq.ham(pair(shells=[2.0])).solve([1.0], initial=cq.in_bands([0, 1])),
        "initial",
        "coupled, 2",
    ),
    "a channel of single levels": (lambda: cq.ham(pair(levels=[1, 5, 1])), "levels", "(0, 2)-(2, 0)"),
    "no cells": (lambda: resolved_transfer(cq.ham(pair()), pair().total_shells[1], [1.0], cells=0), "cells", "0"),
    "no temperatures": (lambda: cq.heat_response(pair(), []), "temperatures"),
    "table of temperatures": (lambda: cq.heat_response(pair(), [[1.0, 2.0]]), "temperatures", "(1, 2)"),
    "negative seed": (lambda: cq.heat_response(pair(), [1.0], seed=-1), "seed", "-1"),
    "mode zero": (lambda: cq.mode_decay(modular(), modes=[0]), "modes", "1..2"),
    "mode of too many nodes": (lambda: cq.mode_decay(modular(), modes=[3]), "modes", "1..2"),
    "half a mode": (lambda: cq.mode_decay(modular(), modes=[1.5]), "modes", "1.5"),
    "no modes": (lambda: cq.mode_decay(modular(), modes=[]), "modes"),
    "no span": (lambda: cq.mode_decay(modular(), spans=0.0), "spans", "0"),
    "two points": (lambda: cq.mode_decay(modular(), points=2), "points", "2"),
    "modes of a pair": (lambda: cq.mode_decay(pair()), "model"),
}


def modular():
    return cq.ModularChain(subunits=3, levels=4, bandwidth=0.05, coupling=1e-3, seed=0)


@pytest.mark.parametrize("case", {**MODELS, **STARTS, **VERBS})
def test_refused(case):
    make, argument, *words = {**MODELS, **STARTS, **VERBS}[case]
    with refused(argument, *words):
        make()


def test_mixed_start_needs_eigenvectors():
    with pytest.raises(cq.Unsupported, match=r"`method` must be Exact\(\)"):
        cq.evolve(pair(), [1.0], initial=cq.thermal(1.0, draw="mixed"), method=cq.Chebyshev())


def test_no_window():
    """A coupling that decays within its correlation time has no rate to read."""
    with pytest.raises(cq.NotEnoughData, match=r"`model` must decay slowly .* \(got c2 = 0.75, ") as caught:
        cq.heat_response(pair(coupling=0.05 / (2 / 3 * 4)), [1.0])
    assert caught.value.estimate.criteria[1].value > 0.5


def test_difference_beyond_absolute_zero():
    response = cq.heat_response(cq.BandedPair(levels=[1, 100], bandwidth=0.05, coupling=2e-4, seed=1), [1.0])
    with refused("difference", "2"):
        response.current(1.0, [0.1, 2.0])


def test_definitions_survive_a_file(tmp_path):
    model = pair(bandwidth=[0.05, 0.1, 0.02], energies=[0, 1, 2.5], shells=[1.0])
    path = cq.write_model(model, tmp_path / "pair.yaml")
    assert cq.read_model(path) == model
    assert model != pair()


def test_vanishing_heat():
    """Temperatures at which nothing flows: refused before the work, and for the current."""
    one = cq.BandedPair(levels=[1, 100], bandwidth=0.05, coupling=2e-4, seed=1)
    with refused("temperatures", "0.001"):
        cq.heat_response(one, [1.0, 0.001])
    response = cq.heat_response(one, [1.0])
    with refused("temperature", "0.001"):
        response.first_nonlinearity(0.001)
