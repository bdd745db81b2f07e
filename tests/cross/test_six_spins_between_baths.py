"""Random spins between baths that know their levels: heat currents to 1e-9 of the coupling, by QuTiP's levels and operators."""

from typing import Any

import numpy as np
import pytest
import qutip
from hypothesis import given, reject, settings
from hypothesis import strategies as st

import caloriq as cq
from six_sites import Both, alone, six_sites
from testers import assert_close

COUPLING, CUTOFF = 1e-4, 8.0
AGREE = 1e-9 * COUPLING
seeds = st.integers(0, 2**20)


@pytest.fixture(autouse=True, scope="module")
def _nothing_small_is_dropped():
    with qutip.CoreOptions(auto_tidyup=False):
        yield


def noise(w: np.ndarray, T: float) -> np.ndarray:
    """S(ω) of an Ohmic bath: J (n + 1) of what it takes, J n of what it gives, αT where it does neither."""
    safe = np.where(w == 0, 1.0, w)
    return np.where(w == 0, COUPLING * T, COUPLING * safe * np.exp(-np.abs(w) / CUTOFF) / -np.expm1(-safe / T))


def between(both: Both, seed: int, equation: str) -> tuple[Any, list[tuple[Any, float]]]:
    """The lattice with two baths on random sites, and their operators in QuTiP with their temperatures."""
    rng = np.random.default_rng(seed)
    words, T = rng.choice(["X", "Y", "Z"], 2).tolist(), rng.uniform(0.5, 3.0, 2).tolist()
    sites = rng.permutation(both.model.size)[:2].tolist()
    spectrum = {"kind": "ohmic", "coupling": COUPLING, "cutoff": CUTOFF}
    baths = [
        {"operator": word, "site": x, "temperature": t, "spectrum": spectrum, "equation": equation}
        for word, x, t in zip(words, sites, T, strict=True)
    ]
    operators = [(alone(word, x, both.kinds), t) for word, x, t in zip(words, sites, T, strict=True)]
    return both.model.model_copy(update={"baths": baths}), operators


def steady(model: Any) -> Any:
    """The steady state; of levels that lie closer than the rates too, where the numbers are those of the equation."""
    try:
        return cq.steady_state(model)
    except cq.NotConverged as error:
        if error.solution is None:
            raise
        return error.solution


@settings(max_examples=8)
@given(six_sites(), seeds)
def test_global_baths_are_rates_between_levels(both, seed):
    """Pauli's equation on 64 populations, as random fields leave no two levels alike; where it falls apart that is said."""
    model, baths = between(both, seed, "global")
    E, kets = both.H.eigenstates()
    assert np.diff(E).min() > 1e-6
    W = [noise(E[None, :] - E[:, None], T) * np.abs(A.transform(kets).full()) ** 2 for A, T in baths]
    flow = [one - np.diag(one.sum(axis=0)) for one in W]
    _, size, rows = np.linalg.svd(sum(flow) / COUPLING)
    if size[-2] < 1e-12:
        with pytest.raises(cq.NotConverged, match="one steady state"):
            steady(model)
        return
    p = rows[-1] / rows[-1].sum()
    found = steady(model)
    assert_close(found.heat_currents, [E @ one @ p for one in flow], AGREE)
    assert_close(found.populations, p, 1e-9)
    assert found.second_law


def dissipated(equation: str, A: Any, T: float, E: np.ndarray, kets: Any, rho: Any) -> Any:
    """D(ρ) of one bath in the basis of H, from the definition of its equation."""
    A = A.transform(kets)
    S = noise(E[None, :] - E[:, None], T)
    if equation == "universal":
        return qutip.lindblad_dissipator(qutip.Qobj(np.sqrt(S) * A.full(), dims=A.dims))(rho)
    K = qutip.Qobj(S / 2 * A.full(), dims=A.dims)
    moved = K * rho * A - A * K * rho
    return moved + moved.dag()


@pytest.mark.parametrize("equation", ["universal", "redfield"])
@settings(max_examples=5)
@given(both=six_sites(N=4), seed=seeds)
def test_jumps_of_all_frequencies_together(equation, both, seed):
    """The state rests under the generator put together from QuTiP's operators, which carry the heat."""
    model, baths = between(both, seed, equation)
    try:
        found = steady(model)
    except cq.NotConverged:  # more than one state
        reject()
    E, kets = both.H.eigenstates()
    order = both.matrix(qutip.Qobj(np.arange(16.0)[:, None] * np.eye(16), dims=both.H.dims)).diagonal().real
    back = np.argsort(order)
    rho = qutip.Qobj(found.state[np.ix_(back, back)], dims=both.H.dims).transform(kets)
    parts = [dissipated(equation, A, T, E, kets, rho) for A, T in baths]
    levels = qutip.Qobj(np.diag(E), dims=both.H.dims)
    left = -1j * qutip.commutator(levels, rho) + sum(parts)
    assert np.abs(left.full()).max() <= AGREE
    assert_close(found.heat_currents, [(levels * one).tr().real for one in parts], AGREE)
