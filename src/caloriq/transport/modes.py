r"""How every wavelength decays in a modular chain: exactly, in second order, and by the rate equation.

The rate equation makes the cosine modes :math:`\cos(\pi k(\mu + \tfrac12)/N)` of the populations decay alone, as
:math:`e^{-\Lambda_k\gamma t}`, :math:`\Lambda_k = 2 - 2\cos(\pi k/N)`. In second order γt becomes the kernel f(t), which is quadratic
before the correlation time and grows again after the Heisenberg time: diffusion holds for wavelengths in between.

Source: R. Steinigeweg, H.-P. Breuer, J. Gemmer, PRL 99, 150601 (2007), doi:10.1103/PhysRevLett.99.150601.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from caloriq import _checks
from caloriq._checks import Real
from caloriq.closed import dense
from caloriq.closed.blocks import Meter
from caloriq.closed.certify import ROUNDING, check_span, proofs, rounding
from caloriq.errors import InvalidInput
from caloriq.models.modular import ModularChain
from caloriq.reduced.average.edge_rates import ROUNDED
from caloriq.reduced.average.ham import ham
from caloriq.reduced.average.theory import Theory
from caloriq.results import Certificate, Check, MethodReport, Progress, Solution, frozen
from caloriq.variables import INVERSE_GAP, Variable

BETWEEN = (0.2, 1.0)  # -ln of the mode's amplitude between which its exponent is read


@dataclass(frozen=True)
class ModeDecay(Solution):
    """Amplitudes of cosine modes of the populations over time, 1 at the start.

    Attributes
    ----------
    modes : array of int, shape (K,)
        k, from 1 (the longest) to N - 1.
    times : array, shape (K, T)
        Instants, scaled to every mode: 0 to `spans` decay times 1/(Λ_k γ).
    exact : array, shape (K, T)
        From the Schrödinger equation, for starts mixed inside every subunit's band.
    second_order : array, shape (K, T)
        exp(-Λ_k f(t)) with the kernel f of the actual matrices and levels, averaged over the bonds with the squared
        differences of the mode across them.
    exponential : array, shape (K, T)
        By the rate equation: exp(-Λ_k γ t), and for bonds of unequal rates, whose modes are no cosines, what the weighted
        Laplacian leaves of the cosine.
    wavelengths : array, shape (K,)
        2N/k, in subunits.
    """

    modes: NDArray[np.intp]
    times: Real
    exact: Real
    second_order: Real
    exponential: Real
    wavelengths: Real

    variables = (
        Variable("times", ("mode", "instant"), units=INVERSE_GAP, long_name="t"),
        Variable("exact", ("mode", "instant"), long_name="amplitude, Schrödinger equation"),
        Variable("second_order", ("mode", "instant"), long_name="amplitude, second order with the actual matrices"),
        Variable("exponential", ("mode", "instant"), long_name="amplitude, rate equation"),
        Variable("wavelengths", ("mode",), units="subunit", long_name="2N/k"),
        Variable(
            "exponent", ("mode",), long_name="p of -ln amplitude ~ t^p, exact", source=lambda found: found.exponents[0]
        ),
        Variable(
            "second_order_exponent",
            ("mode",),
            long_name="the same in second order",
            source=lambda found: found.exponents[1],
        ),
        Variable("deviation", ("mode",), long_name="root mean square of exact less second order"),
    )
    coordinates = (Variable("mode", ("mode",), kind="whole", units="", long_name="k", source="modes"),)

    @property
    def exponents(self) -> tuple[Real, Real]:
        """P of -ln amplitude ∝ t^p, exact and in second order: 1 where a mode diffuses, 2 where it is ballistic.

        Read where -ln amplitude lies between 0.2 and 1; NaN where fewer than three instants do, as where a mode stays.
        """
        return tuple(  # type: ignore[return-value]
            np.array([_exponent(t, a) for t, a in zip(self.times, every, strict=True)])
            for every in (self.exact, self.second_order)
        )

    @property
    def deviation(self) -> Real:
        """Root mean square of exact - second order over the times, shape (K,)."""
        return np.asarray(np.sqrt(np.mean((self.exact - self.second_order) ** 2, axis=1)))


def mode_decay(
    model: ModularChain,
    *,
    modes: Sequence[int] | None = None,
    spans: float = 3.0,
    points: int = 61,
    progress: Progress | None = None,
) -> ModeDecay:
    """Decay of cosine modes of the populations, exact beside second order and the rate equation.

    Parameters
    ----------
    model : ModularChain
        The chain.
    modes : sequence of int, optional
        k between 1 and N - 1; all of them by default.
    spans : float
        Decay times 1/(Λ_k γ) for which each mode is followed.
    points : int
        Instants of every mode.
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    ModeDecay
        Certified by the eigenvectors and the amplitude at time 0.

    Raises
    ------
    InvalidInput
        For modes outside 1..N-1, times beyond double precision, or a chain too large for an eigendecomposition.

    Notes
    -----
    Cost: one eigendecomposition of dimension d = N n, then one product of d³ and 8 d² for every time of a mode.
    """
    _checks.instance("model", model, ModularChain)
    N, n = model.subunits, model.levels
    chosen = np.arange(1, N) if modes is None else np.asarray(_checks.numbers("modes", modes))
    if (
        chosen.ndim != 1
        or not chosen.size
        or np.any(chosen != np.round(chosen))
        or chosen.min() < 1
        or chosen.max() >= N
    ):
        raise InvalidInput(f"`modes` must be whole numbers 1..{N - 1}, but they are not (got {_checks.shown(modes)})")
    spans = _checks.positive("spans", spans)
    points = _checks.whole("points", points, 3)
    _checks.memory("points", points, 60.0 * points * max(chosen.size, model.dimension), "take fewer points or modes")
    chosen = chosen.astype(np.intp)
    clock, meter, theory = time.perf_counter(), Meter(), ham(model)
    slow = 4 * np.sin(np.pi * chosen / (2 * N)) ** 2
    times = np.linspace(0, spans, points) / (slow[:, None] * theory.rate)
    operator = model.hamiltonian(with_gap=False)
    check_span(operator, np.sort(times.ravel()))
    spectrum = dense.decompose(operator).report(meter)
    exact, second = np.empty_like(times), np.empty_like(times)
    exponential = np.exp(-slow[:, None] * theory.rate * times)
    unequal = bool(np.any(np.abs(theory.relative_rates - 1) > ROUNDED))
    for row, k in enumerate(chosen.tolist()):
        c = np.repeat(_cosine(k, N), n)
        A = spectrum.turned(c)
        exact[row] = dense.trace((A.real**2 + A.imag**2) / (c @ c), spectrum.phases(times[row]))  # Tr{A U A U†} / Tr A²
        second[row] = np.exp(-slow[row] * _kernel(model, _mean_squares(model, k), times[row]))
        if unequal:
            exponential[row] = _left(theory, k, times[row])
        if progress is not None:
            progress(row + 1, len(chosen))
    checks = (
        *proofs(meter.notes, 0.0, float(times.max())),
        Check("amplitude at the start", float(np.abs(exact[:, 0] - 1).max()), 1e-9, "Tr A² of every mode"),
        Check("rounding", rounding(operator, np.sort(times.ravel())), ROUNDING, "double precision keeps the phases"),
    )
    statistics = {"dimension": model.dimension, "wall time in s": time.perf_counter() - clock}
    return ModeDecay(
        model=model,
        method=MethodReport("Exact()", "traces over whole bands", statistics),
        certificate=Certificate(checks),
        modes=frozen(chosen),
        times=frozen(times),
        exact=frozen(exact),
        second_order=frozen(second),
        exponential=frozen(exponential),
        wavelengths=frozen(2 * N / chosen),
    ).certified()


def _cosine(k: int, subunits: int) -> Real:
    """The k-th mode, shape (N,)."""
    return np.cos(np.pi * k * (np.arange(subunits) + 0.5) / subunits)


def _mean_squares(model: ModularChain, k: int) -> Real:
    """|v_ij|² averaged over the bonds with the squared differences of mode k across them, shape (n, n)."""
    weights = np.diff(_cosine(k, model.subunits)) ** 2
    total: Real = np.zeros((model.levels, model.levels))
    for bond, weight in enumerate((weights / weights.sum()).tolist()):
        total += weight * np.abs(model.interaction_matrix(bond)) ** 2
    return total


def _left(theory: Theory, k: int, times: Real) -> Real:
    """What the rate equation leaves of mode k, shape (T,): its part of a start that is uniform but for the mode."""
    N = theory.model.subunits
    c = _cosine(k, N)
    P = theory.solve(times, initial=(1 + c) / N).populations
    return np.asarray((P - 1 / N) @ c * N / (c @ c))


def _kernel(model: ModularChain, weights: Real, times: ArrayLike) -> Real:
    """f(t) = (2λ²/n) Σ |v_ij|² (1 - cos ω_ij t)/ω_ij² (PRL 9)."""
    omega = model.band_levels[:, None] - model.band_levels
    factor = 2 * model.coupling**2 / model.levels
    return np.array(
        [factor * np.sum(weights * t**2 / 2 * np.sinc(omega * t / (2 * np.pi)) ** 2) for t in np.asarray(times)]
    )


def _exponent(times: Real, amplitude: Real) -> float:
    lost = -np.log(np.clip(amplitude, 1e-300, None))
    end = int(np.argmax(lost > BETWEEN[1])) or len(lost)
    inside = np.flatnonzero((lost[:end] >= BETWEEN[0]) & (lost[:end] <= BETWEEN[1]))
    if inside.size < 3:
        return float("nan")
    return float(np.polyfit(np.log(times[inside]), np.log(lost[inside]), 1)[0])


def same_on_every_bond(model: ModularChain) -> ModularChain:
    """The chain with the matrix of its first bond on all of them: translation keeps it as it is."""
    return model.model_copy(update={"interaction": "given", "matrices": model.interaction_matrix(0)})
