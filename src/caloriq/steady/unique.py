"""Whether a model has one steady state: what is refused before the work, and what is certified after it."""

from __future__ import annotations

import numpy as np

from caloriq import _checks
from caloriq.errors import InvalidInput
from caloriq.models.classical import ClassicalChain
from caloriq.models.graphs import named, pieces, unreached
from caloriq.models.spins import SpinChain
from caloriq.results import Check
from caloriq.steady.declared import bonds_of

BYTES = 400.0  # a site, for its values and those of its bonds, whatever the method


def check_reach(model: SpinChain | ClassicalChain) -> None:
    """Refuse models without baths, or with a piece that no bath reaches; sites apart, each with a bath, have one state."""
    if not model.baths:
        raise InvalidInput(
            "`baths` must hold at least one bath for a steady state, but there is none (got an empty list); add Bath(site=0, temperature=1.0, rate=1.0)"
        )
    _checks.memory("sites", model.sites, BYTES * model.sites, "take fewer sites")
    if isinstance(model, ClassicalChain):
        name, coupled = "rate", model.rates != 0
    else:
        name, coupled = "hopping" if model.couplings is None else "couplings", model.bonds.hopping != 0
    first, second = bonds_of(model).T
    if not np.any(coupled) and len(set(model.bath_sites)) < model.sites:
        raise InvalidInput(
            f"`{name}` must couple the sites that have no bath, but all of it is zero (got 0 on {len(first)} bonds)"
        )
    for piece in pieces(model.sites, first[coupled], second[coupled]):
        if not set(piece.tolist()) & set(model.bath_sites):
            raise InvalidInput(
                f"`baths` must reach every site, but the steady state of the piece without a bath is not unique (got sites {named(piece)} decoupled); add a bath there, or couple it"
            )


def reached_check(model: SpinChain) -> Check:
    """How many sites escape the operators that baths, dephasing and Hamiltonian generate."""
    return Check(
        "unreached sites",
        float(len(left_out(model))),
        0.0,
        "nothing but multiples of 1 commutes with H and all jumps: a full-rank steady state is unique (Frigerio 1978)",
    )


def left_out(model: SpinChain) -> list[int]:
    """Sites that zero forcing from the baths does not reach."""
    first, second, hopping, _ = model.bonds
    there = hopping != 0
    dephased = set(np.flatnonzero(model.dephasing_rates > 0).tolist())
    missing = unreached(model.sites, first[there], second[there], set(model.bath_sites), dephased)
    return [int(site) for site in missing]
