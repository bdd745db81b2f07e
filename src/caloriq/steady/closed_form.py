"""The uniform chain in closed form, any length and any dephasing; with ZZ interaction at maximal driving (`maximal`).

Source: MT eqs. 9-12 (PRE 86, 061118 (2012), doi:10.1103/PhysRevE.86.061118) without dephasing. With dephasing the
same equations close: equal currents make all coherences beyond neighbours vanish, and every bond is a resistance.
"""

from __future__ import annotations

import numpy as np

from caloriq import wording
from caloriq.errors import Unsupported
from caloriq.models.spins import SpinChain
from caloriq.results import Check, Progress
from caloriq.steady import maximal, unique, wire_numbers
from caloriq.steady.bounds import Bounded, Numbers
from caloriq.steady.contacts import contacts
from caloriq.steady.correlators import between, pieces, seen
from caloriq.steady.methods import ClosedForm
from caloriq.steady.resistances import uniform
from caloriq.steady.result import SteadyState, assemble

MATRIX = 2000  # sites up to which C is made


def obstacle(model: SpinChain) -> str | None:
    """What keeps the formulas from applying, in words; None if nothing does."""
    stands = _uneven(model)
    if model.interacting:
        return None if stands is None and maximal.obstacle(model) is None else "the ZZ interaction"
    return stands


def _uneven(model: SpinChain) -> str | None:
    """What keeps a chain from being uniform with a bath at each end."""
    g = model.bonds.hopping
    if not model.neighbours_only or len(g) < model.sites - 1:
        return "couplings beyond neighbours"
    if g[0] == 0 or np.any(g != g[0]):
        return "unequal hopping" if np.any(g) else "vanishing hopping"
    if np.any(model.frequencies != model.frequencies[0]):
        return "unequal frequencies"
    if sorted(model.bath_sites) != [0, model.sites - 1]:
        return "baths other than one at each end"
    return None


def _numbers(model: SpinChain) -> Numbers:
    r"""Everything, by resistances in series: the contacts' 1/γ₁ + 1/γ_N and the bonds' Γ_k/2g², Γ_k their coherence's decay.

    .. math::
        J = \frac{4g^2\gamma_1\gamma_N(s_1-s_N)}{(\gamma_1+\gamma_N)(4g^2+\gamma_1\gamma_N)+2\gamma(N-1)\gamma_1\gamma_N}

    for uniform dephasing; MT 11 for γ = 0.
    """
    ends = contacts(model)
    chain = between(model, ends)
    if ends.drive == 0:
        return wire_numbers.resting(model, ends, chain, pieces(chain, *ends.preferred))
    return wire_numbers.numbers(model, ends, chain, uniform(seen(chain, 1 if ends.drive > 0 else -1)))


def admit(model: SpinChain, method: ClosedForm) -> float:
    """Bytes needed; refuses a chain that is not uniform, and names the term."""
    stands = obstacle(model)
    if stands is not None:
        raise Unsupported(
            f"`method` must apply to the model, but there is no closed form because of {stands} (got {wording.spoken(method)}); use TwoPoint() or Sector()"
        )
    if model.interacting:
        return maximal.memory_needed(model.sites)
    return unique.BYTES * model.sites + (32.0 * model.sites**2 if _with_matrix(model) else 0.0)


def _with_matrix(model: SpinChain) -> bool:
    """Whether C is given: it has N² entries, and is Gaussian without dephasing alone."""
    return model.sites <= MATRIX and not np.any(model.dephasing_rates)


def seconds(model: SpinChain, method: ClosedForm) -> float:  # noqa: ARG001 - the choice is the type
    """Rough time on one core; measured, good to a factor of 3."""
    return maximal.seconds(model.sites) if model.interacting else 1e-3 + 1e-8 * model.sites**2


def solve(model: SpinChain, method: ClosedForm, reason: str, progress: Progress | None = None) -> SteadyState:  # noqa: ARG001 - it is short
    """Steady state of a uniform chain."""
    if model.interacting:
        return maximal.solve(model, method, reason)
    values = _numbers(model)
    n, coherences = np.asarray(values.populations.value), np.asarray(values.coherences.value)
    outside = float(max(0.0, -n.min(), n.max() - 1))
    checks = [Check("populations outside [0, 1]", outside, 1e-12, "positivity of every site")]
    two_point = correlations = None
    proven = {}
    if _with_matrix(model):  # beyond neighbours nothing
        two_point = (np.diag(n) + np.diag(coherences, 1) + np.diag(coherences.conj(), -1)).astype(complex)
        near = np.asarray(values.coherences.bound)
        room = np.diag(values.populations.bound) + np.diag(near, 1) + np.diag(near, -1)
        proven["two_point"] = Bounded(two_point, room)
        pairs = wire_numbers.wick(values.populations, proven["two_point"])
        correlations, proven["pair_correlations"] = pairs.value, pairs
    return assemble(
        model,
        method,
        reason,
        values,
        checks,
        {"sites": model.sites},
        two_point=two_point,
        kind="fermion",
        correlations=correlations,
        proven=proven,
    )
