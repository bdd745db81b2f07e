"""Fourier's law in quantum lattice models: does it hold, how large is the conductivity, how do we know?"""

from caloriq.closed.evolve import Evolution, choose_method, evolve
from caloriq.closed.methods import Chebyshev, Exact, Krylov
from caloriq.closed.states import haar, level, mixed, vector
from caloriq.closed.typicality import Typicality, typicality
from caloriq.errors import CaloriqError, InvalidInput, NotConverged, NotEnoughData, Unsupported
from caloriq.models.files import read_model, write_model
from caloriq.models.modular import ModularChain
from caloriq.reduced.averages import hilbert_average
from caloriq.reduced.ham import Theory, ham
from caloriq.results import Certificate, Check, Solution
from caloriq.store import load, save
from caloriq.transport.deviation import Deviation, deviation
from caloriq.transport.verdict import Verdict, verdict

__version__ = "0.1.0"

__all__ = [
    "CaloriqError",
    "Certificate",
    "Chebyshev",
    "Check",
    "Deviation",
    "Evolution",
    "Exact",
    "InvalidInput",
    "Krylov",
    "ModularChain",
    "NotConverged",
    "NotEnoughData",
    "Solution",
    "Theory",
    "Typicality",
    "Unsupported",
    "Verdict",
    "choose_method",
    "deviation",
    "evolve",
    "haar",
    "ham",
    "hilbert_average",
    "level",
    "load",
    "mixed",
    "read_model",
    "save",
    "typicality",
    "vector",
    "verdict",
    "write_model",
]
