r"""The Green-Kubo integral of closed chains of subunits: what the correlation of the current says of its diffusion.

With the dipole X = Σ_µ µ e_µ of what is carried and its current J = i[H, X], the integral of the autocorrelation needs no
quadrature: :math:`\int_0^t \mathrm{Re}\langle J(s) J\rangle ds = \mathrm{Re}\langle (X(t) - X) J\rangle`. In a chain of finite length it
returns to zero, since X is bounded; so it is held beside the same quantity of the rate equation, and their ratio is read between the
correlation time and the decay time.

Sources: R. Kubo, J. Phys. Soc. Jpn. 12, 570 (1957), doi:10.1143/JPSJ.12.570; J. Gemmer, R. Steinigeweg, M. Michel, Phys. Rev. B 73,
104302 (2006), doi:10.1103/PhysRevB.73.104302, on where it holds in such chains; PRE 73, 016101 (2006), doi:10.1103/PhysRevE.73.016101.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import scipy
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.closed import dense, table
from caloriq.closed.blocks import Meter, worst
from caloriq.closed.certify import ROUNDING, check_span, proofs, rounding
from caloriq.closed.methods import Chebyshev
from caloriq.closed.shells import hamiltonian
from caloriq.errors import InvalidInput
from caloriq.linalg.block_sparse import BlockSparse
from caloriq.models.banded import BandedChain
from caloriq.models.modular import ModularChain
from caloriq.models.random import START, gaussian, generator
from caloriq.reduced.average.ham import ham
from caloriq.reduced.average.theory import Theory
from caloriq.results import Certificate, Check, MethodReport, Progress, Solution, frozen
from caloriq.transport.heat import check_told
from caloriq.variables import GAP, TIME, Variable

LARGEST = 3000  # dimension up to which traces are exact
PARTS = 3  # into which the window is cut for its error
LEAST = 6  # times in the window
KELVIN = ("temperature",)


@dataclass(frozen=True)
class GreenKubo(Solution):
    """Running Green-Kubo integral, the same of the rate equation, and the value that is read from the two.

    Attributes
    ----------
    times : array, shape (T,)
        Upper ends of the integral, in 1/ΔE.
    temperatures : array, shape (P,), or None
        Of a banded chain: where its heat conductivity is asked; None for one excitation, whose diffusivity is told.
    running : array, shape (T,) or (P, T)
        ∫₀ᵗ Re⟨J(s)J⟩ds per bond: the diffusivity of one excitation, in subunits² times ΔE; or κ_th(T) of heat.
    running_error : array, same shape
        Standard error over samples; 0 where traces are exact.
    by_rates : array, same shape
        That of the rate equation.
    value, error : float, or array of shape (P,)
        The theory's value times the mean ratio of the two over the window; spread of the ratio over thirds of the window and
        standard error over samples, in quadrature. Not a number where fewer than six times lie in the window: where the memory
        of the current is as long as the decay, no time is in between, and the integral is no conductivity.
    theory : float, or array of shape (P,)
        What the rate equation starts with: γ, or κ_th in linear response.
    window : tuple of float
        Between twice the correlation time and the decay time of the fastest rate.
    """

    times: Real
    temperatures: Real | None
    running: Real
    running_error: Real
    by_rates: Real
    value: float | Real
    error: float | Real
    theory: float | Real
    window: tuple[float, float]

    @property
    def heat(self) -> bool:
        """Whether it is of heat at temperatures."""
        return self.temperatures is not None

    def declared(self) -> tuple[Variable, ...]:
        """Of heat over temperatures, or of one excitation."""
        here = KELVIN if self.heat else ()
        carried = "heat" if self.heat else "probability"
        return tuple(
            Variable(name, (*here, *dims), units=GAP, long_name=told, carries=carried)
            for name, dims, told in (
                ("value", (), "read from the window"),
                ("error", (), "its error"),
                ("theory", (), "by the rates"),
                ("running", ("time",), "∫₀ᵗ⟨J(s)J⟩ds"),
                ("running_error", ("time",), "standard error over samples"),
                ("by_rates", ("time",), "the same of the rate equation"),
            )
        )

    def placed(self) -> tuple[Variable, ...]:
        """Times, and temperatures where there are any."""
        return (TIME, Variable("temperature", KELVIN, units=GAP, source="temperatures")) if self.heat else (TIME,)

    headlines = ("value", "error", "theory")

    def notes(self) -> tuple[str, ...]:
        """That there is no window, where there is none."""
        if np.all(np.isfinite(self.value)):
            return ()
        return (
            f"No value is read: between twice the correlation time, {self.window[0]:.4g}, and the decay time, {self.window[1]:.4g}, there are fewer than {LEAST} times.",
        )

    def facts(self) -> dict[str, Any]:
        """The window."""
        return {"window": list(self.window)}


class _Part(NamedTuple):
    """A space that the dynamics does not leave."""

    operator: BlockSparse
    dipole: Real  # X of every block, shape (C,)
    generator: Real  # of the rate equation between its blocks, shape (C, C)
    energy: float  # above that of all subunits in their lowest band


def green_kubo(
    model: ModularChain | BandedChain,
    times: ArrayLike | None = None,
    *,
    temperatures: ArrayLike | None = None,
    samples: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> GreenKubo:
    """Diffusivity of one excitation, or heat conductivity of a chain with bands, from the autocorrelation of the current.

    Parameters
    ----------
    model : ModularChain or BandedChain
        An open chain. One excitation, maximally mixed; or all bands, with weights e^{-E/T} of the shells.
    times : array_like, shape (T,), optional
        Upper ends of the integral; by default 61 from 0 to the decay time of the fastest rate.
    temperatures : array_like, shape (P,), optional
        Of a banded chain; by default its gap.
    samples : int, optional
        Haar-random states in the place of exact traces, at least 2; the error falls as the root of their number times the
        dimension (quantum typicality).
    seed : int
        Of the samples.
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    GreenKubo
        The running integral, and the value read from it.

    Raises
    ------
    InvalidInput
        For arguments outside their domain, and spaces too large for exact traces.

    Notes
    -----
    Cost: one eigendecomposition per space and D² per time, or two evolutions per sample. The value is that of the window:
    it says nothing of times beyond the decay time, at which a localised chain stops to diffuse.
    """
    _checks.instance("model", model, ModularChain, BandedChain)
    theory = ham(model)
    window = _window(theory)
    t = np.linspace(0.0, window[1], 61) if times is None else _checks.times(times)
    check_spaces(model, t, temperatures, samples)
    T, K = _temperatures(model, temperatures), samples
    _checks.whole("seed", seed, 0)
    inside = (t >= window[0]) & (t <= window[1])
    clock, meter = time.perf_counter(), Meter()
    weights = _weights(model, T)  # (P,) per part, a function of its energy
    shape = (K or 1, 1 if T is None else T.size, t.size)
    found, expected = np.zeros(shape), np.zeros(shape[1:])
    notes, spent, phases, largest = dict[str, float](), 0, 0.0, 0
    parts = list(_parts(model, theory))
    for number, part in enumerate(parts):
        check_span(part.operator, t)
        D = part.operator.shape[0]
        own = _exact(part, t, meter)[None] if K is None else _sampled(part, t, K, seed, number, meter)
        weight = weights(part.energy)[None, :, None]
        found += weight * own[:, None, :]
        expected += weight[0] * _by_rates(part, t)
        notes, spent, phases = (
            worst(notes, meter.notes),
            spent + meter.products,
            max(phases, rounding(part.operator, t)),
        )
        largest, meter = max(largest, D), Meter()
        if progress is not None:
            progress(number + 1, len(parts))
    spread = np.zeros(shape[1:]) if K is None else found.std(axis=0, ddof=1) / np.sqrt(K)
    started = np.array([float(row[0]) for row in expected])
    value, error = _read(found, expected, inside, started)
    heat, one = T is not None, slice(None) if T is not None else 0
    tol = 0.0 if K is None else Chebyshev().tol
    running = found.mean(axis=0)
    checks = (
        *proofs(notes, tol, float(t[-1])),
        Check("rounding", phases, ROUNDING, "double precision keeps the phases"),
        Check(
            "start",
            float(np.abs(running[:, t == 0] / started[:, None]).max(initial=0.0)),
            1e-9,
            "the integral begins at 0",
        ),
    )
    statistics = {
        "spaces": len(parts),
        "largest": largest,
        "products": spent,
        "wall time in s": time.perf_counter() - clock,
    }
    name = "Exact()" if K is None else f"{Chebyshev()!r} of {K} samples"
    return GreenKubo(
        model=model,
        method=MethodReport(name, "exact traces" if K is None else "as asked for", statistics),
        certificate=Certificate(checks),
        times=frozen(t.copy()),
        temperatures=frozen(T.copy()) if heat and T is not None else None,
        running=frozen(running[one]),
        running_error=frozen(spread[one]),
        by_rates=frozen(expected[one]),
        value=frozen(value) if heat else float(value[0]),
        error=frozen(error) if heat else float(error[0]),
        theory=frozen(started) if heat else float(started[0]),
        window=window,
    ).certified()


def check_spaces(model: Any, times: Real, temperatures: ArrayLike | None, samples: int | None) -> None:
    """Refuse temperatures that do not fit, and spaces too large for exact traces or for the memory; before the work."""
    _temperatures(model, temperatures)
    if samples is not None:
        _checks.whole("samples", samples, 2)
    sizes = space_sizes(model)
    if not sizes:
        raise InvalidInput(
            "`model` must couple bands for a current, but nothing is coupled (got no shell with two configurations)"
        )
    if samples is None and max(sizes) > LARGEST:
        raise InvalidInput(
            f"`samples` must be given where a space has more than {LARGEST} states, but they are not (got {max(sizes)}); take samples=4"
        )
    _checks.memory(
        "times",
        f"{times.size} of {max(sizes)} states",
        100.0 * max(sizes) ** 2 if samples is None else 64.0 * max(sizes) * times.size,
        "take fewer times or levels",
    )


def space_sizes(model: ModularChain | BandedChain) -> list[int]:
    """Dimensions of the spaces in which something is carried."""
    if isinstance(model, ModularChain):
        return [model.dimension]
    return [int(model.sizes(s.configurations).sum()) for s in model.total_shells if s.transfers.bond.size]


def _window(theory: Theory) -> tuple[float, float]:
    return 2 * theory.correlation_time, 1 / theory.fastest_rate


def _temperatures(model: Any, temperatures: ArrayLike | None) -> Real | None:
    if isinstance(model, ModularChain):
        if temperatures is not None:
            raise InvalidInput(
                f"`temperatures` must be left out for one excitation, but they are given (got {_checks.shown(temperatures)}); its conductivity is the diffusivity times the heat capacity"
            )
        return None
    T = np.atleast_1d(_checks.temperatures(model.gap if temperatures is None else temperatures, "temperatures"))
    if T.ndim != 1 or T.size == 0:
        raise InvalidInput(f"`temperatures` must be a list, but they are not (got shape {T.shape})")
    check_told(model, T.tolist())
    return T


def _weights(model: Any, T: Real | None) -> Any:
    """What a trace over a space counts, by its energy: over all states and bonds, times 1/T² for heat."""
    bonds = model.subunits - 1
    if T is None:
        return lambda _: np.array([1 / (model.levels * bonds)])
    E = model.band_energies - model.band_energies[0]
    Z = (np.asarray(model.levels) * np.exp(-E / T[:, None])).sum(axis=1)
    return lambda energy: np.exp(-energy / T) / Z**model.subunits / (bonds * T**2)


def _parts(model: Any, theory: Theory) -> Iterator[_Part]:
    """The spaces in which something is carried."""
    if isinstance(model, ModularChain):
        N = model.subunits
        yield _Part(model.hamiltonian(with_gap=False), np.arange(N, dtype=float), theory.generator(), 0.0)
        return
    E = model.band_energies
    for shell in model.total_shells:
        if shell.transfers.bond.size:
            dipole = E[shell.configurations] @ np.arange(model.subunits, dtype=float)
            lowest = model.subunits * float(E[0])
            yield _Part(hamiltonian(model, shell), dipole, theory.generator(shell), float(shell.energy) - lowest)


def _exact(part: _Part, t: Real, meter: Meter) -> Real:
    """Tr Re (X(t) - X) J = Σ_kl |X_kl|² ω_kl sin ω_kl t, ω_kl = E_k - E_l, shape (T,)."""
    spectrum = dense.decompose(part.operator).report(meter)
    E = spectrum.energies
    M = np.abs(spectrum.turned(np.repeat(part.dipole, part.operator.sizes))) ** 2 * (E[:, None] - E)
    s, c = np.sin(np.outer(t, E)), np.cos(np.outer(t, E))
    return np.asarray(2 * np.einsum("tk,tk->t", s @ M, c))


def _sampled(part: _Part, t: Real, samples: int, seed: int, number: int, meter: Meter) -> Real:
    """The same trace from every random state, shape (samples, T)."""
    H, D = part.operator, part.operator.shape[0]
    X: Complex = np.repeat(part.dipole, H.sizes).astype(complex)[:, None]
    psi = np.empty((D, samples), dtype=complex)
    for k in range(samples):
        one = gaussian(generator(seed, START, number, k), (D,))
        psi[:, k] = one / np.linalg.norm(one)
    phi = 1j * (H.mv(X * psi) - X * H.mv(psi))
    scale = np.linalg.norm(phi, axis=0)
    found, method = np.empty((samples, t.size)), Chebyshev()
    for k in range(samples):
        pair = np.stack([psi[:, k], phi[:, k] / scale[k]], axis=1)
        states = np.empty((t.size, D, 2), dtype=complex)
        for block in table.propagate(H, pair, t, method, meter):
            states[block.times, :, block.columns] = block.states
        now = np.einsum("td,d,td->t", states[..., 0].conj(), X[:, 0], states[..., 1]).real
        first = float(np.vdot(psi[:, k], X[:, 0] * phi[:, k]).real)
        found[k] = D * (scale[k] * now - first)
    return found


def _by_rates(part: _Part, t: Real) -> Real:
    """½ d/dt Σ (X_c - X_c')² [e^{Kt}]_cc' n_c', shape (T,)."""
    apart = np.subtract.outer(part.dipole, part.dipole) ** 2 * np.asarray(part.operator.sizes, dtype=float)
    K = part.generator
    return np.array([0.5 * float(np.sum(apart * (K @ scipy.linalg.expm(K * s)))) for s in t.tolist()])


def _read(found: Real, expected: Real, inside: Any, started: Real) -> tuple[Real, Real]:
    """Theory times the mean ratio over the window, and its error, shape (P,) each; not a number without a window."""
    if inside.sum() < LEAST:
        return np.full(started.shape, np.nan), np.full(started.shape, np.nan)
    ratio = found[..., inside] / expected[:, inside]  # (samples, P, times)
    mean = ratio.mean(axis=(0, 2))
    parts = np.array([part.mean(axis=1) for part in np.array_split(ratio.mean(axis=0), PARTS, axis=1)])
    spread = np.ptp(parts, axis=0) / 2
    if len(found) > 1:
        spread = np.hypot(spread, ratio.mean(axis=2).std(axis=0, ddof=1) / np.sqrt(len(found)))
    return started * mean, started * spread
