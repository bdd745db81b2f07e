r"""Subunits of several bands: the channels between pair states of one shell.

Populations of pair states (i, j) of one shell obey the golden-rule equation

.. math::
    \frac{dP(\mathcal E)}{dt} = -\sum_{\mathcal E'} k(\mathcal E, \mathcal E')\,[n(\mathcal E')P(\mathcal E) - n(\mathcal E)P(\mathcal E')],

k symmetric, which keeps the equilibrium P ∝ n. The printed PRE (44) has one rate κ for both directions and does so for
equal n alone.

Source: PRE 73, 016101 (2006), sect. VII and VIII, doi:10.1103/PhysRevE.73.016101.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput, Unsupported
from caloriq.models.banded import BandedChain
from caloriq.models.product_states import InBands, Thermal, started
from caloriq.reduced.average import thermal
from caloriq.reduced.average.channels import Channel, Form
from caloriq.reduced.average.criteria import Criterion, weak
from caloriq.reduced.average.pair_spectra import actual_overlap, channel_widths, uniform_channel_overlap
from caloriq.reduced.rates.closed_form import solve_balanced
from caloriq.reduced.rates.stepped import solve_steps
from caloriq.results import ByContent, Check, MethodReport, Progress, frozen
from caloriq.spaces import shells
from caloriq.spaces.shells import Shell
from caloriq.variables import GAP, INVERSE_GAP, Variable

DENSE = 1500  # configurations of a shell up to which eigenvectors are used


def _told(name: str) -> Callable[[Any], Real]:
    """One number of every channel."""
    return lambda found: np.array([getattr(channel, name) for channel in found.channels], dtype=float)


def _ends(found: Any) -> NDArray[np.intp]:
    """Bands of both pair states of every channel, shape (channels, 4)."""
    return np.array([(*c.first, *c.second) for c in found.channels], dtype=np.intp)


@dataclass(frozen=True)
class BandChannels(ByContent):
    """The channels of a banded chain, the same on every bond."""

    model: BandedChain
    channels: tuple[Channel, ...]

    variables = (
        Variable("channel_rate", ("channel",), units=GAP, long_name="rate of every exchange", source=_told("rate")),
        Variable("channel_energy", ("channel",), units=GAP, long_name="energy of the pair", source=_told("energy")),
        Variable("channel_overlap", ("channel",), units=INVERSE_GAP, long_name="S", source=_told("overlap")),
        Variable(
            "channel_bands", ("channel", "end"), kind="whole", units="1", long_name="bands i, j to k, l", source=_ends
        ),
        Variable("fastest_rate", units=GAP, long_name="largest rate out of a configuration"),
        Variable("correlation_time", units=INVERSE_GAP, long_name="rates are constant after it"),
    )
    coordinates: tuple[Variable, ...] = ()

    alike, uniform = True, True
    forms: ClassVar[tuple[Form, ...]] = ("golden-rule", "printed")

    @property
    def rate(self) -> float:
        """Of the fastest channel, in its faster direction."""
        return max(c.rate * max(c.levels) for c in self.channels)

    @property
    def relative_rates(self) -> Real:
        """1 on every bond."""
        return frozen(np.ones(self.model.subunits - 1))

    @property
    def relative_width(self) -> float:
        """The widest band over the mean energy of the levels above the lowest band."""
        n = np.asarray(self.model.levels[1:], dtype=float)
        return float(self.model.widths.max() / (n @ self.band_energies[1:] / n.sum()))

    scatter = 0.0
    rate_error, edge_rate_errors = math.nan, np.array(math.nan)  # not known; heat_response measures them

    @property
    def edge_criteria(self) -> tuple[Real, Real]:
        """c1 and c2, the same on every bond."""
        c1, c2 = _validity(self.model, self.channels)
        return c1 * self.relative_rates, c2 * self.relative_rates

    @cached_property
    def fastest_rate(self) -> float:
        """Largest rate out of a configuration."""
        return max(float(-self.sparse(shell).diagonal().min()) for shell in self.model.total_shells)

    @property
    def spans(self) -> tuple[float, float, float]:
        """Of all channels the largest 2π × overlap, the smallest 2πn × overlap, and the earliest time of levels in phase again."""
        correlation = 2 * np.pi * max(c.overlap for c in self.channels)
        heisenberg = 2 * np.pi * min(min(c.levels) * c.overlap for c in self.channels)
        return correlation, heisenberg, min(_rephasing(self.model, (c.first, c.second)) for c in self.channels)

    @property
    def band_energies(self) -> Real:
        """E_i above the lowest."""
        return np.asarray(self.model.band_energies - self.model.band_energies[0])

    def partition_function(self, temperature: ArrayLike) -> Real:
        """Z = Σ n_i e^{-(E_i - E_0)/T}."""
        T = _checks.temperatures(temperature)
        Z: Real = (np.asarray(self.model.levels) * np.exp(-self.band_energies / T[..., None])).sum(axis=-1)
        return Z

    def heat_capacity(self, temperature: ArrayLike, formula: str) -> Real:  # noqa: ARG002 - there is one
        """From the partition function (PRE 49)."""
        counts = np.asarray(self.model.levels, dtype=float)
        return thermal.band_heat_capacity(self.model.band_energies, counts, temperature)

    def conducted(self, temperature: ArrayLike, formula: str, rates: Real) -> Real:
        """κ_th of bonds that carry `rates`/γ times as much, shape (*T, *rates)."""
        if formula != "auto":
            _checks.among("formula", formula, "linear-response", "printed")
        T = _checks.temperatures(temperature)
        E = self.model.band_energies
        total = np.zeros(T.shape)
        for c in self.channels:
            (i, j), (k, l) = c.first, c.second
            a, b = (E[i] - E[j]) / 2, (E[k] - E[l]) / 2
            n, m = c.levels
            if formula == "printed":
                weight = c.rate * math.sqrt(n * m) * (n * a * a - m * a * b + m * b * b - n * a * b)
            else:
                weight = c.rate * n * m * (a - b) ** 2
            total += weight * np.exp(-(c.energy - 2 * E[0]) / T)
        kappa: Real = np.asarray(total / self.partition_function(T) ** 2 / T / T)  # one by one: T² may overflow
        return kappa.reshape(T.shape + (1,) * rates.ndim) * (rates / self.rate)

    def conductivity_spread(self, temperature: ArrayLike, kappa: Real) -> Real:  # noqa: ARG002 - as of edges
        """Not known."""
        return np.full_like(kappa, math.nan)

    @property
    def warmest(self) -> float:
        """Temperature at which κ_th peaks."""
        one, E = np.array(self.rate), self.band_energies.tolist()
        return thermal.largest(lambda T: self.conducted(T, "auto", one), E[1] / 50, 4 * E[-1])

    def generator(self, shell: Shell | None, form: Form) -> Real:
        """Of one shell, dense."""
        if shell is None:
            raise InvalidInput("`shell` must be one of `model.total_shells`, but it is left out (got None)")
        C = len(shell.configurations)
        _checks.memory("subunits", self.model.subunits, 40.0 * C**2, "take fewer subunits or bands")
        return self.sparse(shell, form).toarray()  # type: ignore[no-any-return]

    def sparse(self, shell: Shell, form: Form = "golden-rule") -> Any:
        """The generator, sparse."""
        t, C = shell.transfers, len(shell.configurations)
        gains = np.concatenate(self._rates(form)[:, t.channel])
        rows, columns = np.concatenate([t.second, t.first]), np.concatenate([t.first, t.second])
        W = scipy.sparse.coo_array((gains, (rows, columns)), shape=(C, C)).tocsr()
        return scipy.sparse.csr_array(W - scipy.sparse.diags_array(W.sum(axis=0)))

    def _rates(self, form: Form) -> Real:
        """Rates of every channel from its first to its second pair state, and back, shape (2, channels)."""
        sizes = np.array([c.levels for c in self.channels], dtype=float).T
        k = np.array([c.rate for c in self.channels])
        ends: Real = k * (
            sizes[::-1] if form == "golden-rule" else np.sqrt(sizes.prod(axis=0, keepdims=True).repeat(2, 0))
        )
        return ends

    @property
    def route(self) -> str:
        """Of every shell by itself: eigenvectors of small ones, steps in large ones."""
        largest = max(len(shell.configurations) for shell in self.model.total_shells)
        return "eigenbasis" if largest <= DENSE else "series"

    def relaxed(
        self,
        times: Real,
        initial: Thermal | InBands | None,
        method: str,
        tol: float,  # noqa: ARG002 - the steps are to rounding
        form: Form,
        progress: Progress | None,
    ) -> tuple[Real, MethodReport, float, tuple[Check, ...]]:
        """Populations of the configurations, shell by shell, and how."""
        if method == "transform":
            raise Unsupported(
                "`method` must be 'eigenbasis' or 'series' for several bands, but it is not (got 'transform')"
            )
        model = self.model
        start, shells = started(model, initial), model.total_shells
        parts, used = [], dict[str, None]()
        for number, shell in enumerate(shells):
            P = np.broadcast_to(start.weights(model, shell.configurations), (times.size, len(shell.configurations)))
            if np.any(P) and shell.transfers.bond.size:
                K = self.sparse(shell, form)
                sizes = (
                    model.sizes(shell.configurations).astype(float) if form == "golden-rule" else np.ones(K.shape[0])
                )
                by_steps = K.shape[0] > DENSE if method == "auto" else method == "series"
                P = solve_steps(K, P[0], times) if by_steps else solve_balanced(K, sizes, P[0], times)
                used["steps of a sparse exponential" if by_steps else "eigenbasis"] = None
            parts.append(P)
            if progress is not None:
                progress(number + 1, len(shells))
        reason = "by the configurations of every shell" if method == "auto" else "as asked for"
        return np.concatenate(parts, axis=1), MethodReport(", ".join(used) or "nothing moves", reason, {}), 0.0, ()

    def currents(self, P: Real, form: Form) -> Real:
        """Energy currents over every bond."""
        J, at = np.zeros((len(P), self.model.subunits - 1)), 0
        for shell in self.model.total_shells:
            here = P[:, at : at + len(shell.configurations)]
            at += len(shell.configurations)
            if np.any(here[:1]) and shell.transfers.bond.size:
                forth, back = self._rates(form)[:, shell.transfers.channel]
                a, b = shell.transfers.first, shell.transfers.second
                J += (forth * here[:, a] - back * here[:, b]) @ shell.carried(self.model.band_energies)
        return J

    def local_energies(self, P: Real) -> Real:
        """U_µ = Σ_i E_i P_µ(i)."""
        return self.band_populations(P) @ self.model.band_energies

    level_widths = np.array(math.nan)  # not known

    def current_variances(self, both: Real) -> Real:
        """Not known."""
        return np.full_like(both, math.nan)

    def fewest(self, initial: Any) -> int:  # noqa: ARG002
        """Typicality of several bands is not a matter of one number."""
        return 0

    def band_populations(self, P: Real) -> Real:
        """Of every band of every subunit."""
        return self.model.band_populations(P)


def _rephasing(model: BandedChain, channel: shells.Channel) -> float:
    """Common period of the levels of all bands of a channel, where they are equally spaced and equally wide."""
    bands = {i for pair in channel for i in pair if model.levels[i] > 1}
    widths = {float(model.widths[i]) for i in bands}
    if model.band == "random" or len(widths) != 1:
        return math.inf
    return 2 * np.pi * math.lcm(*(model.levels[i] for i in bands)) / widths.pop()


def _validity(model: BandedChain, channels: tuple[Channel, ...]) -> tuple[float, float]:
    """Smallest c1 and largest c2 of the channels; infinite or NaN beyond double precision."""
    c1, c2 = [], []
    for c in (c for c in channels if c.rate > 0):  # a matrix of zeros is a channel left out
        fewest, most = min(c.levels), max(c.levels)
        time = min(2 * np.pi * fewest * c.overlap, _rephasing(model, (c.first, c.second)))
        c1.append(math.sqrt(c.rate * fewest * time) / np.pi)
        c2.append(c.rate / (2 * np.pi) * most * c.overlap)
    return min(c1), max(c2)


def band_theory(model: BandedChain) -> tuple[tuple[Criterion, ...], BandChannels]:
    """Criteria and channels of a banded chain; see `caloriq.ham`."""
    if not 1e-100 < model.coupling / model.gap < 1e100:
        raise InvalidInput(
            f"`coupling` must give rates within double precision, but its square does not (got {model.coupling:g})"
        )
    channels = []
    for channel in model.channels:
        (i, j), (k, l) = channel
        E = model.band_energies
        if not any(channel_widths(model, channel)):
            raise InvalidInput(
                f"`levels` must spread over a width for a golden-rule rate, but all bands of {channel[0]}-{channel[1]} are single levels, which exchange coherently (got levels {list(model.levels)}); leave the channel out by given matrices or shells"
            )
        if model.band == "random":
            overlap, error = actual_overlap(model, channel)
        else:
            overlap, error = uniform_channel_overlap(model, channel), 0.0
        square = 1.0 if model.matrices is None else float(np.mean(np.abs(model.matrices[channel]) ** 2))
        rate = 2 * np.pi * model.coupling**2 * square * overlap
        sizes = (model.levels[i] * model.levels[j], model.levels[k] * model.levels[l])
        energy = float(E[i] + E[j] + (E[k] + E[l] - E[i] - E[j]) / 2)
        channels.append(Channel(*channel, energy, sizes, overlap, error, rate))
    if not channels or all(c.rate == 0 for c in channels):
        raise InvalidInput("`matrices` must couple pair states, but every element is zero (got no rate)")
    c1, c2 = _validity(model, tuple(channels))
    if not (0 <= c1 < math.inf and 0 < c2 < math.inf):
        raise InvalidInput(
            f"`bandwidth` must give criteria within double precision, but c1 is {c1:g} and c2 is {c2:g} (got {_checks.shown(model.bandwidth)}); take widths and a coupling that differ less"
        )
    ended = "at least 1: the decay ends before levels are resolved or in phase"
    return (Criterion.at_least("c1", "√(γτ)/π", ended, c1, 1.0), weak("λ²nS²", c2)), BandChannels(
        model, tuple(channels)
    )
