"""Fourier's law in quantum lattice models: does it hold, how large is the conductivity, how do we know?"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # for what reads code: names are loaded when they are first asked for
    from caloriq.closed.banded import BandEvolution
    from caloriq.closed.evolve import Evolution
    from caloriq.closed.methods import Chebyshev, Exact, Krylov
    from caloriq.closed.states import haar, level, mixed, vector
    from caloriq.closed.typicality import Typicality, typicality
    from caloriq.dynamics import evolve
    from caloriq.errors import CaloriqError, Incomplete, InvalidInput, NotConverged, NotEnoughData, Unsupported
    from caloriq.models.banded import BandedChain, BandedPair
    from caloriq.models.baths import Bath
    from caloriq.models.classical import ClassicalChain, classical
    from caloriq.models.correlations import Ohmic, PureDephasing, Sampled
    from caloriq.models.coupled import CoupledUnits, ExchangeChain
    from caloriq.models.disorder import Disorder, DisorderedChain
    from caloriq.models.files import read_model, write_model
    from caloriq.models.fmo import fmo
    from caloriq.models.modular import ModularChain
    from caloriq.models.network import ModularNetwork
    from caloriq.models.product_states import in_bands, thermal
    from caloriq.models.quantum import QuantumChain
    from caloriq.models.spins import SpinChain
    from caloriq.models.wells import FiniteWell, HarmonicWell, InfiniteWell, PotentialWell
    from caloriq.questions.choose import choose
    from caloriq.reduced.average.averages import hilbert_average
    from caloriq.reduced.average.ham import ham
    from caloriq.reduced.average.relaxation import Relaxation
    from caloriq.reduced.average.theory import Theory
    from caloriq.reduced.grains.coarse import Grains, coarse_grain
    from caloriq.reduced.populations.equation import Populations
    from caloriq.reduced.populations.kernel import markov_kernel, population_kernel, singular_time
    from caloriq.reduced.populations.solution import PopulationKernel
    from caloriq.reduced.rates.continuum import Diffusion, diffuse, steady_diffusion
    from caloriq.reduced.rates.overlaps import Overlaps, overlaps
    from caloriq.results import Certificate, Check, Solution
    from caloriq.steady.ensemble import SteadyEnsemble
    from caloriq.steady.methods import Classical, ClosedForm, Direct, Full, OneExcitation, Sector, TwoPoint
    from caloriq.steady.relax import DrivenEvolution
    from caloriq.steady.result import SteadyState
    from caloriq.steady.solve import steady_state
    from caloriq.steady.starts import product
    from caloriq.store import load, save
    from caloriq.sweep.axes import Span
    from caloriq.sweep.definition import Ensemble, Sweep, Until, read_sweep
    from caloriq.sweep.run import run_sweep
    from caloriq.sweep.workers import Dask, Mpi
    from caloriq.transport.deviation import Deviation, deviation
    from caloriq.transport.entanglement import concurrence
    from caloriq.transport.heat import HeatResponse, heat_response
    from caloriq.transport.modes import ModeDecay, mode_decay
    from caloriq.transport.scaling import Scaling, scaling
    from caloriq.transport.verdict import Verdict, verdict

__version__ = "0.1.0"

# where every public name lives; a room is loaded, with what it needs, when one of its names is first asked for
_ROOMS = {
    "closed.banded": ("BandEvolution",),
    "closed.evolve": ("Evolution",),
    "closed.methods": (
        "Chebyshev",
        "Exact",
        "Krylov",
    ),
    "closed.states": (
        "haar",
        "level",
        "mixed",
        "vector",
    ),
    "closed.typicality": (
        "Typicality",
        "typicality",
    ),
    "dynamics": ("evolve",),
    "errors": (
        "CaloriqError",
        "Incomplete",
        "InvalidInput",
        "NotConverged",
        "NotEnoughData",
        "Unsupported",
    ),
    "models.banded": (
        "BandedChain",
        "BandedPair",
    ),
    "models.baths": ("Bath",),
    "models.classical": (
        "ClassicalChain",
        "classical",
    ),
    "models.correlations": (
        "Ohmic",
        "PureDephasing",
        "Sampled",
    ),
    "models.coupled": (
        "CoupledUnits",
        "ExchangeChain",
    ),
    "models.disorder": (
        "Disorder",
        "DisorderedChain",
    ),
    "models.files": (
        "read_model",
        "write_model",
    ),
    "models.fmo": ("fmo",),
    "models.modular": ("ModularChain",),
    "models.network": ("ModularNetwork",),
    "models.product_states": (
        "in_bands",
        "thermal",
    ),
    "models.quantum": ("QuantumChain",),
    "models.spins": ("SpinChain",),
    "models.wells": (
        "FiniteWell",
        "HarmonicWell",
        "InfiniteWell",
        "PotentialWell",
    ),
    "questions.choose": ("choose",),
    "reduced.average.averages": ("hilbert_average",),
    "reduced.rates.continuum": (
        "Diffusion",
        "diffuse",
        "steady_diffusion",
    ),
    "reduced.grains.coarse": (
        "Grains",
        "coarse_grain",
    ),
    "reduced.average.ham": ("ham",),
    "reduced.average.relaxation": ("Relaxation",),
    "reduced.average.theory": ("Theory",),
    "reduced.rates.overlaps": (
        "Overlaps",
        "overlaps",
    ),
    "reduced.populations.equation": ("Populations",),
    "reduced.populations.kernel": (
        "markov_kernel",
        "population_kernel",
        "singular_time",
    ),
    "reduced.populations.solution": ("PopulationKernel",),
    "results": (
        "Certificate",
        "Check",
        "Solution",
    ),
    "steady.ensemble": ("SteadyEnsemble",),
    "steady.methods": (
        "Classical",
        "ClosedForm",
        "Direct",
        "Full",
        "OneExcitation",
        "Sector",
        "TwoPoint",
    ),
    "steady.relax": ("DrivenEvolution",),
    "steady.result": ("SteadyState",),
    "steady.solve": ("steady_state",),
    "steady.starts": ("product",),
    "store": (
        "load",
        "save",
    ),
    "sweep.axes": ("Span",),
    "sweep.definition": (
        "Ensemble",
        "Sweep",
        "Until",
        "read_sweep",
    ),
    "sweep.run": ("run_sweep",),
    "sweep.workers": (
        "Dask",
        "Mpi",
    ),
    "transport.deviation": (
        "Deviation",
        "deviation",
    ),
    "transport.entanglement": ("concurrence",),
    "transport.heat": (
        "HeatResponse",
        "heat_response",
    ),
    "transport.modes": (
        "ModeDecay",
        "mode_decay",
    ),
    "transport.scaling": (
        "Scaling",
        "scaling",
    ),
    "transport.verdict": (
        "Verdict",
        "verdict",
    ),
}
_WHERE = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = [
    "BandEvolution",
    "BandedChain",
    "BandedPair",
    "Bath",
    "CaloriqError",
    "Certificate",
    "Chebyshev",
    "Check",
    "Classical",
    "ClassicalChain",
    "ClosedForm",
    "CoupledUnits",
    "Dask",
    "Deviation",
    "Diffusion",
    "Direct",
    "Disorder",
    "DisorderedChain",
    "DrivenEvolution",
    "Ensemble",
    "Evolution",
    "Exact",
    "ExchangeChain",
    "FiniteWell",
    "Full",
    "Grains",
    "HarmonicWell",
    "HeatResponse",
    "Incomplete",
    "InfiniteWell",
    "InvalidInput",
    "Krylov",
    "ModeDecay",
    "ModularChain",
    "ModularNetwork",
    "Mpi",
    "NotConverged",
    "NotEnoughData",
    "Ohmic",
    "OneExcitation",
    "Overlaps",
    "PopulationKernel",
    "Populations",
    "PotentialWell",
    "PureDephasing",
    "QuantumChain",
    "Relaxation",
    "Sampled",
    "Scaling",
    "Sector",
    "Solution",
    "Span",
    "SpinChain",
    "SteadyEnsemble",
    "SteadyState",
    "Sweep",
    "Theory",
    "TwoPoint",
    "Typicality",
    "Unsupported",
    "Until",
    "Verdict",
    "choose",
    "classical",
    "coarse_grain",
    "concurrence",
    "deviation",
    "diffuse",
    "evolve",
    "fmo",
    "haar",
    "ham",
    "heat_response",
    "hilbert_average",
    "in_bands",
    "level",
    "load",
    "markov_kernel",
    "mixed",
    "mode_decay",
    "overlaps",
    "population_kernel",
    "product",
    "read_model",
    "read_sweep",
    "run_sweep",
    "save",
    "scaling",
    "singular_time",
    "steady_diffusion",
    "steady_state",
    "thermal",
    "typicality",
    "vector",
    "verdict",
    "write_model",
]


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(_import_module(f"{__name__}.{_WHERE[name]}"), name)
    globals()[name] = value  # asked for once
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_WHERE})


del TYPE_CHECKING
