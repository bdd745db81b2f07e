"""One small result of every class that there is: what must hold of any result is asked of all of them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

import caloriq as cq
from caloriq.closed.lattice.equation_of_state import equation_of_state
from caloriq.closed.local_states import local_states
from caloriq.closed.reversal import reversal
from caloriq.known.uniform_chains import xxz
from caloriq.models.driven_modular import DrivenModularChain
from caloriq.models.harmonic import HarmonicChain, OhmicBath
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.terms import Term
from caloriq.reduced.grains.band_rates import energies_by_rates
from caloriq.results import Solution
from caloriq.steady.assisted import efficiency_curve
from caloriq.steady.harmonic.solve import harmonic_state
from caloriq.steady.thermal.solve import driven_state
from caloriq.transport.charges.conserved import conserved_charges
from caloriq.transport.charges.mazur import mazur
from caloriq.transport.charges.thermal import thermal_mazur
from caloriq.transport.green_kubo import green_kubo
from caloriq.transport.kubo.over_temperature import kubo_over_temperature
from caloriq.transport.spread import spread
from caloriq.verdicts.harmonic import harmonic_scaling
from thermal import between

CHAIN = cq.ModularChain(subunits=3, levels=6, bandwidth=0.4, coupling=0.02, seed=5)
FOLLOWED = cq.ModularChain(subunits=2, levels=60, bandwidth=0.05, coupling=1e-3, seed=5)
NETWORK = cq.ModularNetwork(graph=[[0, 1], [1, 2], [0, 2]], levels=4, bandwidth=0.4, coupling=0.02, seed=5)
PAIR = cq.BandedPair(levels=[1, 100], bandwidth=0.05, coupling=2e-4, seed=1)
BATHS = (cq.Bath(site=0, temperature=1.0, rate=1.0), cq.Bath(site=-1, temperature=0.5, rate=1.0))
DRIVEN = cq.SpinChain(sites=3, hopping=1.0, dephasing=0.5, baths=BATHS)
RANDOM = cq.DisorderedChain(chain=DRIVEN, disorder=[cq.Disorder(quantity="frequency", width=0.5)], samples=2, seed=1)


SPINS = cq.QuantumChain(sites=12, jx=1.0, jy=1.0, jz=0.5)
UNITS = cq.ExchangeChain(units=3, coupling=0.1)
OHMIC = (OhmicBath(site=0, temperature=1.0, friction=1.0), OhmicBath(site=-1, temperature=0.5, friction=1.0))
OSCILLATORS = HarmonicChain(sites=3, pinning=1.0, baths=OHMIC)
LATTICE = Lattice(sites=4, terms=(Term("X X"), Term("Y Y"), Term("Z", 0.5)))


def asked(kind: str, model: Any, **fields: Any) -> Any:
    """Answer of a question of the registry."""
    from caloriq.questions.registry import question_from

    return question_from({"kind": kind, **fields}).ask(model)


def _samples() -> Any:
    from caloriq.steady.samples import steady_samples

    return steady_samples(RANDOM, [1, 2])


def _followed() -> Any:
    """Exact dynamics that the rate equation is held against."""
    theory = cq.ham(FOLLOWED)
    return cq.evolve(FOLLOWED, np.linspace(0, 5 * theory.relaxation_time, 41)), theory


def _screened() -> Any:
    from caloriq.models.screening import Screening
    from caloriq.reduced.rates.screened import screened_conductivity

    return screened_conductivity([1.0, 2.0], Screening(strength=1.0), separation=0.5)


BATHS_OF_RATES = (cq.Bath(site=0, gain=0.4, loss=1.0), cq.Bath(site=-1, gain=0.1, loss=0.9))

RESULTS: dict[str, Callable[[], Any]] = {
    "closed.evolve.Evolution": lambda: cq.evolve(CHAIN, [0.0, 1.0]),
    "closed.banded.BandEvolution": lambda: cq.evolve(PAIR, [0.0, 1.0], initial=cq.thermal([1.0, 0.5])),
    "closed.lattice.result.LatticeEvolution": lambda: cq.evolve(LATTICE, [0.0, 1.0]),
    "closed.lattice.equation_of_state.EquationOfState": lambda: equation_of_state(LATTICE, [0.5, 2.0]),
    "closed.correlation.result.Correlation": lambda: cq.correlation(LATTICE, "energy current", times=[0.0, 1.0]),
    "transport.kubo.over_temperature.KuboOverTemperature": lambda: kubo_over_temperature(
        LATTICE, sizes=[6, 8], times=np.linspace(0, 1, 6), temperatures=[1.0, 4.0]
    ),
    "transport.kubo.result.Kubo": lambda: cq.kubo(LATTICE, sizes=[6, 8], times=np.linspace(0, 1, 6), lengths=[3, 4]),
    "transport.spread.Spread": lambda: spread(LATTICE, [0.0, 0.5, 1.0]),
    "closed.local_states.LocalStates": lambda: local_states(PAIR, [0.0, 1.0], initial=cq.thermal([1.0, 0.5])),
    "closed.reversal.Reversal": lambda: reversal(PAIR, [0.0, 1.0], initial=cq.thermal([1.0, 0.5])),
    "closed.typicality.Typicality": lambda: cq.typicality(CHAIN, [0.0, 1.0]),
    "reduced.average.theory.Theory": lambda: cq.ham(CHAIN),
    "reduced.average.theory.Theory of a network": lambda: cq.ham(NETWORK),
    "reduced.average.theory.Theory of several bands": lambda: cq.ham(PAIR),
    "transport.deviation.Deviation": lambda: cq.deviation(*_followed()),
    "verdicts.evolved.DynamicsVerdict": lambda: cq.verdict(*_followed()),
    "reduced.average.relaxation.Relaxation": lambda: cq.ham(CHAIN).solve([0.0, 1.0]),
    "reduced.average.relaxation.Relaxation of a network": lambda: cq.ham(NETWORK).solve([0.0, 1.0]),
    "reduced.average.relaxation.Relaxation of several bands": lambda: cq.ham(PAIR).solve(
        [0.0, 1.0], initial=cq.thermal([1.0, 0.5])
    ),
    "reduced.rates.continuum.Diffusion": lambda: cq.diffuse([1.0, 0.0, 0.0], [0.0, 1.0], rate=1.0),
    "reduced.rates.overlaps.Overlaps": lambda: cq.overlaps(separation=3.0, levels=3),
    "reduced.rates.screened.ScreenedConductivity": _screened,
    "reduced.grains.coarse.Grains": lambda: cq.coarse_grain(cq.QuantumChain(sites=6, jx=1.0, jy=1.0, jz=0.5), 3),
    "reduced.grains.energies.BlockEnergies": lambda: energies_by_rates(
        cq.QuantumChain.tilted_ising(6), 3, [0.0, 1.0], [2.0, np.inf], contact=0.5, bands=4
    ),
    "reduced.populations.solution.PopulationKernel": lambda: cq.population_kernel(CHAIN, [0.0, 0.5, 1.0]),
    "reduced.populations.equation.Populations": lambda: cq.population_kernel(CHAIN, [0.0, 0.5, 1.0]).solve(),
    "steady.result.SteadyState": lambda: cq.steady_state(DRIVEN),
    "steady.result.SteadyState of trajectories": lambda: cq.steady_state(
        DRIVEN, method=cq.Trajectories(samples=4, seed=1)
    ),
    "steady.ensemble.SteadyEnsemble": lambda: cq.steady_state(RANDOM),
    "steady.samples.SteadySamples": _samples,
    "steady.relax.DrivenEvolution": lambda: cq.evolve(DRIVEN, [0.0, 1.0]),
    "transport.green_kubo.GreenKubo": lambda: green_kubo(FOLLOWED.model_copy(update={"coupling": 2e-4})),
    "transport.green_kubo.GreenKubo of heat": lambda: green_kubo(
        PAIR.model_copy(update={"coupling": 1e-4}), temperatures=[0.5, 1.0]
    ),
    "steady.modular.DrivenModularState": lambda: cq.steady_state(
        DrivenModularChain(chain=CHAIN.model_copy(update={"subunits": 2}), baths=BATHS)
    ),
    "steady.efficiency.Efficiency": lambda: asked("efficiency", DRIVEN, trap={"site": -1, "rate": 1.0}),
    "steady.assisted.EfficiencyCurve": lambda: efficiency_curve(DRIVEN, [0.0, 1.0], start=0, trap="site 2"),
    "steady.assisted.BestDephasing": lambda: asked("best-dephasing", DRIVEN, start=0, trap="site 2"),
    "transport.heat.HeatResponse": lambda: cq.heat_response(PAIR, [1.0]),
    "transport.linear_response.result.LinearResponse": lambda: cq.linear_response(DRIVEN, sizes=[4, 5, 6]),
    "transport.modes.ModeDecay": lambda: cq.mode_decay(CHAIN, points=5),
    "steady.lattice.result.LatticeState": lambda: cq.steady_state(
        Lattice(sites=2, terms=(Term("Z Z"), Term("X", 0.9)), baths=BATHS_OF_RATES)
    ),
    "steady.lattice.result.LatticeState of trajectories": lambda: cq.steady_state(
        Lattice(sites=2, terms=(Term("Z Z"), Term("X", 0.9)), baths=BATHS_OF_RATES),
        method=cq.Trajectories(samples=4, seed=1),
    ),
    "steady.lattice.relaxation.LatticeRelaxation": lambda: cq.evolve(
        Lattice(sites=2, terms=(Term("Z Z"), Term("X", 0.9)), baths=BATHS_OF_RATES), [0.0, 1.0]
    ),
    "steady.lattice.under_drive.LatticeUnderDrive": lambda: cq.evolve(
        Lattice(sites=2, terms=(Term("Z Z"), Term("X", 0.9, drive="cos(t)")), baths=BATHS_OF_RATES), [0.0, 1.0]
    ),
    "steady.harmonic.result.HarmonicState": lambda: harmonic_state(OSCILLATORS),
    "steady.thermal.result.DrivenState": lambda: driven_state(between((1.0, 1.4), (1.5, 0.5), ("local", "global"))),
    "verdicts.harmonic.HarmonicScaling": lambda: harmonic_scaling(OSCILLATORS, [3, 4, 6, 8]),
    "verdicts.routes.result.Verdict": lambda: cq.verdict(FOLLOWED, workers=0),
    "verdicts.scaling.Scaling": lambda: cq.scaling(DRIVEN, [3, 4, 6, 8]),
    "transport.charges.conserved.ConservedCharges": lambda: conserved_charges(xxz(0.7), 3),
    "transport.charges.mazur.MazurBound": lambda: mazur(conserved_charges(xxz(0.7), 3)),
    "transport.charges.thermal.ThermalMazur": lambda: thermal_mazur(
        conserved_charges(xxz(0.7), 3), [0.5, 1.0], sizes=[4, 5]
    ),
    "questions.comparison.Comparison": lambda: asked("evolve", CHAIN),
    "questions.band_comparison.BandComparison": lambda: asked("bands", PAIR, temperatures=[1.0], response=True),
    "questions.grain_series.GrainSeries": lambda: asked("blocks", SPINS, block=[3, 4]),
    "questions.population_comparison.PopulationComparison": lambda: asked("kernel", UNITS, order="exact"),
}


@cache
def made(name: str) -> Any:
    """A result, which nothing changes: found once, whatever is asked of it."""
    return RESULTS[name]()


def subclasses() -> list[str]:
    """Names of all classes of results, wherever in the package they are."""
    for module in pkgutil.walk_packages(cq.__path__, "caloriq."):
        if not module.name.endswith("__main__") and "mpi" not in module.name:
            importlib.import_module(module.name)
    found, left = set(), [Solution]
    while left:
        for one in left.pop().__subclasses__():
            if one.__module__.startswith("caloriq."):
                found.add(f"{one.__module__.removeprefix('caloriq.')}.{one.__qualname__}")
            left.append(one)
    return sorted(found)


def same_arrays(a: Any, b: Any) -> bool:
    """Whether every array that two results hold by name is the same, bit by bit."""
    arrays = {name: value for name, value in vars(a).items() if isinstance(value, np.ndarray)}
    return all(np.array_equal(value, vars(b)[name], equal_nan=True) for name, value in arrays.items())
