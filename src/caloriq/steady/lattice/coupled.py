"""Open lattices whose baths are coupled by operators: the same system as matrices, and its steady state."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from caloriq import _checks, wording
from caloriq._checks import Complex
from caloriq.errors import InvalidInput, Unsupported
from caloriq.models.coupled_bath import CoupledBath
from caloriq.models.lattice import densities
from caloriq.models.lattice.coupled import coupled_baths, name_of, operator_of, sites_of
from caloriq.models.lattice.environment import Environment
from caloriq.models.lattice.model import Lattice
from caloriq.results import Certificate, Check
from caloriq.spaces.strings import Strings, total
from caloriq.steady.methods import Full
from caloriq.steady.thermal.result import DrivenState
from caloriq.steady.thermal.solve import driven_state
from caloriq.steady.thermal.system import OpenSystem, OwnJumps, ThermalBath

LARGEST = 512  # levels
RESOLVED = 1.0  # rates over the smallest distance of levels up to which a global bath is taken
RATES = "global"  # equation whose density matrix is a few elements where no two transitions are alike


def check_coupled(model: Lattice, method: Any = "auto") -> str:
    """Refuse what the equations of coupled baths do not take; how they run, in words.

    Raises
    ------
    InvalidInput
        If there are too many levels.
    Unsupported
        If another method is asked for.
    """
    model.check_constant()
    if method not in ("auto", "full") and not isinstance(method, Full):
        raise Unsupported(
            f"`method` must be Full() or 'auto' for baths that are coupled by operators, but it is not (got {wording.spoken(method)})"
        )
    if model.dimension > LARGEST:
        raise InvalidInput(
            f"`sites` must keep the levels at {LARGEST} for baths that are coupled by operators, but they do not (got {model.dimension} levels for {model.size} sites); take fewer sites"
        )
    _checks.memory("sites", model.size, memory_of(model), "take fewer sites")
    beside = f", beside {', '.join(one.name for one in model.environments)}" if model.environments else ""
    return f"baths coupled by operators: the equations that they ask for, between the levels of H{beside}"


def memory_of(model: Lattice) -> float:
    """Bytes: some matrices of all levels, and where baths are not all global the equations of half of all elements."""
    D = float(model.dimension)
    jumps = 200.0 * D**2 * sum(len(one.jumps) for one in model.environments)
    return jumps + (400.0 * D**2 if _secular(model) else 10.0 * D**4)


def _secular(model: Lattice) -> bool:
    """Whether the state may be a few elements: nothing but global baths acts."""
    return not model.environments and all(bath.equation == RATES for bath in coupled_baths(model))


def seconds_of(model: Lattice) -> float:
    """Rough time on one core, good to a factor of a few."""
    D = float(model.dimension)
    return 0.02 + (100 * D**3 if _secular(model) else 0.3 * D**6 / 4) / 5e9


def system_of(model: Lattice) -> OpenSystem:
    """H, the operators of the baths and the jumps beside them as matrices."""
    H: Complex = model.to_sparse().toarray().astype(complex)
    baths = tuple(_bath(model, bath) for bath in coupled_baths(model))
    number = None
    if any(bath.chemical_potential is not None for bath in baths):
        number = total(model.spaces, densities.density(model, "particles")).sparse().toarray().astype(complex)
    return OpenSystem(H, baths, tuple(_own(one, H.shape) for one in model.environments), number)


def _own(one: Environment, shape: tuple[int, ...]) -> OwnJumps:
    L = np.array([jump.sparse().toarray() for jump in one.jumps], dtype=complex).reshape(-1, *shape)
    return OwnJumps(L, math.inf if one.mixes else one.temperature, one.name)


def _bath(model: Lattice, bath: CoupledBath) -> ThermalBath:
    A: Complex = operator_of(model, bath).sparse().toarray().astype(complex)
    local = None
    if bath.equation == "local":
        mine = set(sites_of(bath, model.size))
        terms = {
            string: c for string, c in model.strings.terms.items() if string and {site for site, _ in string} <= mine
        }
        local = np.asarray(Strings(model.spaces, terms).sparse().toarray(), dtype=complex)
    return ThermalBath.of(bath, A, local=local, name=name_of(bath, model.size))


def steady_coupled(model: Lattice, method: Any = "auto") -> DrivenState:
    """Steady state of a lattice between baths that are coupled by operators; what `caloriq.steady_state` calls.

    Where rates exceed the smallest distance of levels, a global bath is no approximation any more: the certificate fails, and the
    solution comes along with the error.
    """
    check_coupled(model, method)
    found = driven_state(system_of(model), model=model)
    if "global" in found.equations:
        resolved = Check(
            "overlap of levels",
            found.level_overlap,
            RESOLVED,
            "rates are below the distance of levels, as the global equation asks; another one does not",
        )
        found = replace(found, certificate=Certificate((*found.certificate, resolved)))
    return found.certified()
