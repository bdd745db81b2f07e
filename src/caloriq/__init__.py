"""Fourier's law in quantum lattice models: does it hold, how large is the conductivity, how do we know?"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # for what reads code: names are loaded when they are first asked for
    from caloriq import starts
    from caloriq.closed.correlation.solve import correlation
    from caloriq.closed.evolve import Evolution
    from caloriq.closed.methods import Chebyshev, Exact, Krylov
    from caloriq.closed.states import haar
    from caloriq.closed.typicality import typicality
    from caloriq.dynamics import evolve
    from caloriq.errors import CaloriqError, Incomplete, InvalidInput, NotConverged, NotEnoughData, Unsupported
    from caloriq.models.banded import BandedChain, BandedPair
    from caloriq.models.baths import Bath
    from caloriq.models.classical import ClassicalChain, exclusion_limit
    from caloriq.models.correlations import Ohmic, PureDephasing, Sampled
    from caloriq.models.coupled import CoupledUnits, ExchangeChain
    from caloriq.models.coupled_bath import CoupledBath
    from caloriq.models.disorder import Disorder, DisorderedChain
    from caloriq.models.files import read_model, write_model
    from caloriq.models.fmo import fmo
    from caloriq.models.lattice.model import Lattice
    from caloriq.models.lattice.terms import Jump, Term
    from caloriq.models.modular import ModularChain
    from caloriq.models.network import ModularNetwork
    from caloriq.models.product_states import in_bands, thermal
    from caloriq.models.quantum import QuantumChain
    from caloriq.models.spins import SpinChain
    from caloriq.questions.choose import choose
    from caloriq.reduced.average.ham import ham
    from caloriq.reduced.average.theory import Theory
    from caloriq.reduced.grains.coarse import coarse_grain
    from caloriq.reduced.populations.kernel import markov_kernel, population_kernel
    from caloriq.reduced.rates.continuum import diffuse
    from caloriq.reduced.rates.overlaps import overlaps
    from caloriq.results import Certificate, Check, Solution
    from caloriq.steady.methods import (
        ClosedForm,
        Direct,
        Full,
        Occupations,
        OneExcitation,
        Sector,
        TensorNetwork,
        Trajectories,
        TwoPoint,
    )
    from caloriq.steady.result import SteadyState
    from caloriq.steady.solve import steady_state
    from caloriq.store import load, save
    from caloriq.sweep.definition import Ensemble, Sweep, read_sweep
    from caloriq.sweep.run import run_sweep
    from caloriq.transport.deviation import deviation
    from caloriq.transport.heat import heat_response
    from caloriq.transport.kubo.solve import kubo
    from caloriq.transport.linear_response.solve import linear_response
    from caloriq.transport.modes import mode_decay
    from caloriq.verdicts.judges import verdict
    from caloriq.verdicts.scaling import scaling

__version__ = "0.1.0"

# where every public name lives; a room is loaded, with what it needs, when one of its names is first asked for
_ROOMS = {
    "closed.correlation.solve": ("correlation",),
    "closed.evolve": ("Evolution",),
    "closed.methods": ("Chebyshev", "Exact", "Krylov"),
    "closed.states": ("haar",),
    "closed.typicality": ("typicality",),
    "dynamics": ("evolve",),
    "errors": ("CaloriqError", "Incomplete", "InvalidInput", "NotConverged", "NotEnoughData", "Unsupported"),
    "models.banded": ("BandedChain", "BandedPair"),
    "models.baths": ("Bath",),
    "models.classical": ("ClassicalChain", "exclusion_limit"),
    "models.correlations": ("Ohmic", "PureDephasing", "Sampled"),
    "models.coupled": ("CoupledUnits", "ExchangeChain"),
    "models.coupled_bath": ("CoupledBath",),
    "models.disorder": ("Disorder", "DisorderedChain"),
    "models.files": ("read_model", "write_model"),
    "models.fmo": ("fmo",),
    "models.lattice.model": ("Lattice",),
    "models.lattice.terms": ("Jump", "Term"),
    "models.modular": ("ModularChain",),
    "models.network": ("ModularNetwork",),
    "models.product_states": ("in_bands", "thermal"),
    "models.quantum": ("QuantumChain",),
    "models.spins": ("SpinChain",),
    "questions.choose": ("choose",),
    "reduced.rates.continuum": ("diffuse",),
    "reduced.grains.coarse": ("coarse_grain",),
    "reduced.average.ham": ("ham",),
    "reduced.average.theory": ("Theory",),
    "reduced.rates.overlaps": ("overlaps",),
    "reduced.populations.kernel": ("markov_kernel", "population_kernel"),
    "results": ("Certificate", "Check", "Solution"),
    "starts": ("starts",),  # a room of names
    "steady.methods": (
        "Occupations",
        "ClosedForm",
        "Direct",
        "Full",
        "OneExcitation",
        "Sector",
        "TensorNetwork",
        "Trajectories",
        "TwoPoint",
    ),
    "steady.result": ("SteadyState",),
    "steady.solve": ("steady_state",),
    "store": ("load", "save"),
    "sweep.definition": ("Ensemble", "Sweep", "read_sweep"),
    "sweep.run": ("run_sweep",),
    "transport.deviation": ("deviation",),
    "transport.heat": ("heat_response",),
    "transport.kubo.solve": ("kubo",),
    "transport.linear_response.solve": ("linear_response",),
    "transport.modes": ("mode_decay",),
    "verdicts.scaling": ("scaling",),
    "verdicts.judges": ("verdict",),
}
_WHERE = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = [
    "BandedChain",
    "BandedPair",
    "Bath",
    "CaloriqError",
    "Certificate",
    "Chebyshev",
    "Check",
    "ClassicalChain",
    "ClosedForm",
    "CoupledBath",
    "CoupledUnits",
    "Direct",
    "Disorder",
    "DisorderedChain",
    "Ensemble",
    "Evolution",
    "Exact",
    "ExchangeChain",
    "Full",
    "Incomplete",
    "InvalidInput",
    "Jump",
    "Krylov",
    "Lattice",
    "ModularChain",
    "ModularNetwork",
    "NotConverged",
    "NotEnoughData",
    "Occupations",
    "Ohmic",
    "OneExcitation",
    "PureDephasing",
    "QuantumChain",
    "Sampled",
    "Sector",
    "Solution",
    "SpinChain",
    "SteadyState",
    "Sweep",
    "TensorNetwork",
    "Term",
    "Theory",
    "Trajectories",
    "TwoPoint",
    "Unsupported",
    "choose",
    "coarse_grain",
    "correlation",
    "deviation",
    "diffuse",
    "evolve",
    "exclusion_limit",
    "fmo",
    "haar",
    "ham",
    "heat_response",
    "in_bands",
    "kubo",
    "linear_response",
    "load",
    "markov_kernel",
    "mode_decay",
    "overlaps",
    "population_kernel",
    "read_model",
    "read_sweep",
    "run_sweep",
    "save",
    "scaling",
    "starts",
    "steady_state",
    "thermal",
    "typicality",
    "verdict",
    "write_model",
]


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    room = _import_module(f"{__name__}.{_WHERE[name]}")
    value: object = room if name == _WHERE[name] else getattr(room, name)
    globals()[name] = value  # asked for once
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_WHERE})


del TYPE_CHECKING
