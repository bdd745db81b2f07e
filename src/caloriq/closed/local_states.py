r"""States of the single subunits of a closed chain in time: temperatures, distance from Gibbs states, entropies.

The chain as a whole keeps its entropy; its parts do not. The temperature of a subunit is that of the Gibbs state of the same energy,
:math:`\mathrm{Tr}\,h_\mu\rho_\mu = \mathrm{Tr}\,h_\mu e^{-\beta h_\mu}/Z`, and how far the two states are apart says what it is worth.

Source: PRE 73, 016101 (2006), sects. VII-IX, doi:10.1103/PhysRevE.73.016101.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.closed import table
from caloriq.closed.certify import ROUNDING, proofs
from caloriq.closed.gibbs import NUMBERS, entropy, told
from caloriq.closed.methods import Chebyshev
from caloriq.closed.states import Haar, Level, Mixed, Vector
from caloriq.closed.wholes import Start, Whole, check_states, whole
from caloriq.errors import InvalidInput
from caloriq.models.banded import BandedChain
from caloriq.models.modular import ModularChain
from caloriq.models.network import ModularNetwork
from caloriq.models.product_states import started
from caloriq.results import Certificate, Check, MethodReport, Progress, Solution, frozen
from caloriq.variables import GAP, SUBUNIT, TIME, Variable

EXACT = 1e-10  # of norms, traces and probabilities
FAR = 0.25  # distance from the Gibbs state beyond which a temperature is no more than another name of the energy
WHOLES = (BandedChain, ModularChain, ModularNetwork)


@dataclass(frozen=True)
class LocalStates(Solution):
    """What every subunit is in, over time.

    Attributes
    ----------
    initial : Thermal, InBands, Haar, Level, Mixed or Vector
        The start.
    times : array, shape (T,)
        Instants, in 1/ΔE.
    energies : array, shape (T, N); an ensemble's (samples, T, N)
        U_µ = Tr h_µ ρ_µ, levels within the bands included, in the unit of the gap.
    temperatures : array, same shape
        Of the Gibbs state of the same energy: negative above the mean of all levels, infinite at it, zero at either end.
    temperature_widths : array, same shape
        Typicality: standard deviation of T_µ over all pure states with the same weights of the shells, to first
        order; 0 of a mixture.
    band_temperatures : array, same shape
        From the populations p_i of the bands alone: the slope of ln(p_i/n_i) over E_i, every band weighted with p_i. Not a
        number where less than two bands are occupied.
    distances : array, same shape
        Trace distance ½‖ρ_µ - g_µ‖₁ of the reduced state from that Gibbs state, between 0 and 1.
    band_distances : array, same shape
        ½Σ_i |p_i - p_i(g)|, of the populations of the bands alone; not larger.
    entropies : array, same shape
        -Tr ρ_µ ln ρ_µ, in k_B.
    gibbs_entropies : array, same shape
        That of the Gibbs state: the largest at this energy. What is missing is the relative entropy of ρ_µ to it.
    total_entropy : float
        Of the whole, which no closed chain changes: 0 of a pure start.
    """

    initial: Start
    times: Real
    energies: Real
    temperatures: Real
    temperature_widths: Real
    band_temperatures: Real
    distances: Real
    band_distances: Real
    entropies: Real
    gibbs_entropies: Real
    total_entropy: float

    variables = (
        Variable(
            "temperatures", ("time", "subunit"), units=GAP, long_name="T_µ, of the Gibbs state of the same energy"
        ),
        Variable("temperature_widths", ("time", "subunit"), units=GAP, long_name="typicality width of T_µ"),
        Variable(
            "band_temperatures", ("time", "subunit"), units=GAP, long_name="T_µ from the populations of the bands"
        ),
        Variable("energies", ("time", "subunit"), units=GAP, long_name="U_µ"),
        Variable("distances", ("time", "subunit"), long_name="trace distance from the Gibbs state"),
        Variable("band_distances", ("time", "subunit"), long_name="the same of the bands' populations"),
        Variable("entropies", ("time", "subunit"), long_name="-Tr ρ_µ ln ρ_µ"),
        Variable("gibbs_entropies", ("time", "subunit"), long_name="entropy of the Gibbs state of the same energy"),
        Variable("correlations", ("time",), long_name="Σ_µ S_µ - S: entropy that the parts have and the whole has not"),
        Variable("produced", ("time",), long_name="Σ_µ∫dU_µ/T_µ since the first time: entropy of local equilibrium"),
        Variable("total_entropy", long_name="entropy of the whole, the same at all times"),
    )
    headlines = ("temperatures", "distances", "entropies", "total_entropy")
    coordinates = (TIME, SUBUNIT)

    @property
    def correlations(self) -> Real:
        """Σ_µ S_µ - S, shape (T,) or (samples, T): 0 of a product state, and what the growth of local entropies consists of."""
        total: Real = self.entropies.sum(axis=-1) - self.total_entropy
        return total

    @property
    def produced(self) -> Real:
        """Entropy that local equilibrium has gained since the first time, shape (T,) or (samples, T): Σ_µ∫dU_µ/T_µ.

        The integral of the entropy production Σ_µ (dU_µ/dt)/T_µ, exactly, since dS = dU/T along Gibbs states; not negative on
        the whole where heat runs from hot to cold.
        """
        total = self.gibbs_entropies.sum(axis=-1)
        gained: Real = total - total[..., :1]
        return gained

    def facts(self) -> dict[str, str]:
        """The start."""
        return {"initial": json.dumps(self.initial.to_mapping())}

    def notes(self) -> tuple[str, ...]:
        """Subunits whose last state is no Gibbs state."""
        last = self.distances[..., -1, :].reshape(-1, self.distances.shape[-1]).mean(axis=0)
        far = np.flatnonzero(last > FAR).tolist()
        if not far:
            return ()
        which = ", ".join(f"{mu} ({last[mu]:.2f})" for mu in far[:8]) + (", …" if len(far) > 8 else "")
        return (
            f"At the last time the state of subunit {which} is no Gibbs state, by that trace distance: its temperature there is another name of its energy, no more.",
        )


def local_states(
    model: BandedChain | ModularChain | ModularNetwork,
    times: ArrayLike,
    *,
    initial: Start | None = None,
    method: table.Chosen | str = "auto",
    progress: Progress | None = None,
) -> LocalStates:
    """Temperature, distance from equilibrium and entropy of every subunit of a closed chain or network, in time.

    Parameters
    ----------
    model : BandedChain, ModularChain or ModularNetwork
        What is simulated; modular ones with one excitation.
    times : array_like, shape (T,)
        Instants, not negative, strictly increasing, in 1/ΔE.
    initial : Thermal, InBands, Haar, Level, Mixed or Vector, optional
        A start of the model's kind, pure, `samples` of them, or mixed; by default as for `evolve`.
    method : Exact, Chebyshev, Krylov or "auto"
        As for `evolve`.
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    LocalStates
        Certified by the evolution, the traces, by no Gibbs state having less entropy than the state it is compared with, and
        by the parts having together no less entropy than the whole.

    Raises
    ------
    InvalidInput
        For arguments outside their domain, or states that do not fit in memory.

    Notes
    -----
    Memory: 40 bytes for every time, column and amplitude, beside what `evolve` needs: (Σ n_i)^N amplitudes of a banded chain,
    N n of one excitation; one column per pure state, a mixture as many as levels are occupied. Cost: the evolution, and per
    time and subunit a reduction of all columns and one eigendecomposition of the subunit's dimension.
    """
    _checks.instance("model", model, *WHOLES)
    t = _checks.times(times)
    start = begun(model, initial)
    asked = _checks.method(method, table.FILES)
    clock = time.perf_counter()
    here = whole(model, asked)
    check_states(here, start, t.size)
    columns, weights = here.columns(start)
    states = here.run(columns, t, progress=progress)
    if weights is not None:
        states *= np.sqrt(weights).reshape(-1, *(1,) * (states.ndim - 1))
        states = states[None]  # one mixture of all columns
    else:
        states = states[:, None]
    shape = (len(states), t.size, model.subunits)
    found: dict[str, Real] = {name: np.empty(shape) for name in NUMBERS}
    trace, gap = 0.0, 0.0
    widths = here.energy_widths(start)
    for k, at, mu in np.ndindex(*shape):
        rho = here.reduced(states[k, :, at], mu)
        one = told(here.levels, here.counts, here.energies, rho, float(widths[mu]))
        trace = max(trace, abs(float(np.trace(rho).real) - 1))
        gap = max(gap, one["entropies"] - one["gibbs_entropies"])
        for name, value in one.items():
            found[name][k, at, mu] = value
    total = 0.0 if weights is None else entropy(weights)
    lack = total - float(found["entropies"].sum(axis=-1).min())
    single: Any = 0 if start.samples is None else slice(None)
    statistics = {
        "amplitudes": here.dimension,
        "columns": len(columns),
        "products": here.ran.products,
        "wall time in s": time.perf_counter() - clock,
    }
    checks = (
        *evolved(here, states, t),
        Check("trace", trace, EXACT, "reduced states are normalised"),
        Check("entropy beyond Gibbs", gap, 1e-9, "at its energy no state has more entropy than the Gibbs state"),
        Check("entropy below the whole", lack, 1e-9, "the parts have together no less entropy than the whole"),
    )
    return LocalStates(
        model=model,
        method=MethodReport(here.ran.name, here.ran.reason, statistics),
        certificate=Certificate(checks),
        initial=start,
        times=frozen(t.copy()),
        total_entropy=total,
        **{name: frozen(array[single]) for name, array in found.items()},
    ).certified()


def begun(model: Any, initial: Any) -> Start:
    """The start that is meant, checked against the model's kind."""
    if isinstance(model, BandedChain):
        return started(model, initial)
    start = Haar() if initial is None else initial
    if not isinstance(start, Haar | Level | Mixed | Vector):
        raise InvalidInput(
            f"`initial` must be a start such as haar(), level(), mixed() or vector(), but it is not (got {_checks.shown(start)})"
        )
    return start


def evolved(here: Whole, states: Complex, times: Real) -> tuple[Check, ...]:
    """Proofs of the evolution, for states of shape (samples, columns, T, ...)."""
    tol = Chebyshev().tol if here.method == "auto" else float(getattr(here.method, "tol", 0.0))
    norms = (np.abs(states) ** 2).sum(axis=(1, *range(3, states.ndim)))
    return (
        Check("norm drift", float(np.abs(norms - 1).max()), max(EXACT, 2 * tol), "the evolution is unitary"),
        *proofs(here.ran.notes, tol, float(times[-1])),
        Check("rounding", here.ran.rounding, ROUNDING, "double precision keeps the phases"),
    )
