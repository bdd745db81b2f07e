r"""The Hilbert space average method for subunits with several bands.

Populations of pair states (i, j) of one shell obey the golden-rule equation

.. math::
    \frac{dP(\mathcal E)}{dt} = -\sum_{\mathcal E'} k(\mathcal E, \mathcal E')\,[n(\mathcal E')P(\mathcal E) - n(\mathcal E)P(\mathcal E')],

k symmetric, which keeps the equilibrium P ∝ n. The printed PRE (44) has one rate κ for both directions and does so for
equal n alone.

Source: PRE 73, 016101 (2006), sect. VII and VIII, doi:10.1103/PhysRevE.73.016101.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput
from caloriq.files import plain
from caloriq.models.banded import BandedChain, Channel, Shell
from caloriq.models.product_states import InBands, Thermal, started
from caloriq.reduced.average import thermal
from caloriq.reduced.average.pair_spectra import (
    actual_overlap,
    channel_offset,
    channel_widths,
    uniform_channel_overlap,
    uniform_overlap,
)
from caloriq.reduced.average.theory import GOLDEN, Criterion, weak
from caloriq.results import Certificate, Check, MethodReport, Solution, frozen
from caloriq.variables import BANDED, BANDED_PLACES, GAP, INVERSE_GAP, Variable

Form = Literal["golden-rule", "printed"]
Formula = Literal["linear-response", "printed"]
DENSE = 1500  # configurations of a shell up to which eigenvectors are used
MOST = 1e5  # fastest rate times time beyond it
COLD, HOT = (80.0, 40.0), (30.0, 60.0)  # gap/T and T/E of the ends of the windows in which laws are fitted


class BandChannel(NamedTuple):
    """Exchange between two pair states of one energy.

    Attributes
    ----------
    first, second : tuple of int
        The bands (i, j) and (i', j').
    energy : float
        E = E_i + E_j; the mean of both pairs' where they are resonant within their widths alone.
    levels : tuple of int
        n_i n_j and n_i' n_j'.
    overlap : float
        ∫ρρ' of the two pair spectra, in inverse energy.
    error : float
        Of the overlap, where it was read off the actual levels; 0 for the closed form.
    rate : float
        k = 2πλ²⟨|v|²⟩ × overlap: the rate out of `first` is k n_i' n_j'.
    """

    first: tuple[int, int]
    second: tuple[int, int]
    energy: float
    levels: tuple[int, int]
    overlap: float
    error: float
    rate: float


class Law(NamedTuple):
    """A fitted law of κ_th(T).

    Attributes
    ----------
    name : str
        What the number is.
    value : float
        The fit.
    error : float
        How far extrapolation moved it.
    """

    name: str
    value: float
    error: float


@dataclass(frozen=True)
class BandRelaxation(Solution):
    """Solution of the rate equation of a banded chain.

    Attributes
    ----------
    times : array, shape (T,)
        Instants, in 1/ΔE.
    configurations : array of int, shape (C, N)
        Bands of every subunit, shell by shell.
    populations : array, shape (T, C)
        P of every configuration.
    band_populations : array, shape (T, N, B)
        Of every band of every subunit.
    local_energies : array, shape (T, N)
        U_µ = Σ_i E_i P_µ(i).
    currents : array, shape (T, N-1)
        Energy currents from subunit µ to µ+1.
    """

    times: Real
    configurations: NDArray[np.intp]
    populations: Real
    band_populations: Real
    local_energies: Real
    currents: Real

    variables = BANDED
    coordinates = BANDED_PLACES


def _told(name: str) -> Callable[[BandTheory], Real]:
    """One number of every channel."""
    return lambda found: np.array([getattr(channel, name) for channel in found.channels], dtype=float)


def _ends(found: BandTheory) -> NDArray[np.intp]:
    """Bands of both pair states of every channel, shape (channels, 4)."""
    return np.array([(*c.first, *c.second) for c in found.channels], dtype=np.intp)


@dataclass(frozen=True)
class BandTheory(Solution):
    """What the Hilbert space average method says of a banded chain.

    Attributes
    ----------
    model : BandedChain
        The chain.
    channels : tuple of BandChannel
        Its exchanges with their rates.
    criteria : tuple of Criterion
        c1 = √(γτ)/π and c2 = λ²n S², S the overlap in place of 1/δε, n the levels of the final pair, γ = 2πλ²nS: the smallest
        c1 and the largest c2 of the channels. τ is the Heisenberg time 2πnS, or the rephasing time if that is earlier; for
        one band c1 is 2λn/δε.
    """

    model: BandedChain
    channels: tuple[BandChannel, ...]
    criteria: tuple[Criterion, Criterion]

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

    def facts(self) -> dict[str, str]:
        """The criteria of validity."""
        return {"criteria": json.dumps({c.name: c.to_mapping() for c in self.criteria}, default=plain)}

    @property
    def holds(self) -> bool:
        """Whether both criteria are met in every channel."""
        return all(c.holds for c in self.criteria)

    @cached_property
    def fastest_rate(self) -> float:
        """Largest rate out of a configuration, in the unit of the gap."""
        return max(float(-self._sparse(shell).diagonal().min()) for shell in self.model.total_shells)

    @property
    def correlation_time(self) -> float:
        """Largest 2π × overlap of the channels: rates are constant after it."""
        return 2 * np.pi * max(c.overlap for c in self.channels)

    @property
    def heisenberg_time(self) -> float:
        """Smallest 2πn × overlap of the channels: levels are resolved from then on."""
        return 2 * np.pi * min(min(c.levels) * c.overlap for c in self.channels)

    @property
    def rephasing_time(self) -> float:
        """Earliest time at which the equally spaced levels of all bands of a channel are in phase again, in 1/ΔE.

        2π n/δε for equal bands: their pair spectra are n-fold degenerate, and repeat long before the Heisenberg time of n²
        levels. Of unequal bands the least common multiple counts. Infinite for random levels.
        """
        return min(_rephasing(self.model, (c.first, c.second)) for c in self.channels)

    def generator(self, shell: Shell, *, form: Form = "golden-rule") -> Real:
        """Generator of dP/dt in one shell, shape (C, C); columns sum to zero.

        Parameters
        ----------
        shell : Shell
            One of `model.total_shells`.
        form : {"golden-rule", "printed"}
            As above, or PRE 44 with κ = k √(n n'), which agrees for equal n.
        """
        C = len(shell.configurations)
        _checks.memory("subunits", self.model.subunits, 40.0 * C**2, "take fewer subunits or bands")
        return self._sparse(shell, form).toarray()  # type: ignore[no-any-return]

    def _sparse(self, shell: Shell, form: Form = "golden-rule") -> Any:
        """The generator, sparse."""
        t, C = shell.transfers, len(shell.configurations)
        gains = np.concatenate(self._rates(form)[:, t.channel])
        rows, columns = np.concatenate([t.second, t.first]), np.concatenate([t.first, t.second])
        W = scipy.sparse.coo_array((gains, (rows, columns)), shape=(C, C)).tocsr()
        return scipy.sparse.csr_array(W - scipy.sparse.diags_array(W.sum(axis=0)))

    def _rates(self, form: Form = "golden-rule") -> Real:
        """Rates of every channel from its first to its second pair state, and back, shape (2, channels)."""
        sizes = np.array([c.levels for c in self.channels], dtype=float).T
        k = np.array([c.rate for c in self.channels])
        ends: Real = k * (
            sizes[::-1] if form == "golden-rule" else np.sqrt(sizes.prod(axis=0, keepdims=True).repeat(2, 0))
        )
        return ends

    def solve(
        self, times: ArrayLike, *, initial: Thermal | InBands | None = None, form: Form = "golden-rule"
    ) -> BandRelaxation:
        """Rate equation, shell by shell, in the eigenbasis of its symmetrised generator.

        Parameters
        ----------
        times : array_like, shape (T,)
            Instants, not negative, strictly increasing, in 1/ΔE.
        initial : Thermal or InBands, optional
            Start; its populations of bands alone count. By default subunit 0 in its second band, the others in the lowest.
        form : {"golden-rule", "printed"}
            See `generator`.

        Returns
        -------
        BandRelaxation
            Certified by conservation and positivity.
        """
        t = _checks.times(times)
        if form not in ("golden-rule", "printed"):
            raise InvalidInput(f"`form` must be 'golden-rule' or 'printed', but it is not (got {_checks.shown(form)})")
        model = self.model
        start = started(model, initial)
        parts, J, used = [], np.zeros((t.size, model.subunits - 1)), dict[str, None]()
        for shell in model.total_shells:
            P = np.broadcast_to(start.weights(model, shell.configurations), (t.size, len(shell.configurations)))
            if np.any(P) and shell.transfers.bond.size:
                K = self._sparse(shell, form)
                route = _stepped if K.shape[0] > DENSE else _exponential
                sizes = (
                    model.sizes(shell.configurations).astype(float) if form == "golden-rule" else np.ones(K.shape[0])
                )
                P = route(K, sizes, P[0], t)
                a, b = shell.transfers.first, shell.transfers.second
                forth, back = self._rates(form)[:, shell.transfers.channel]
                J += (forth * P[:, a] - back * P[:, b]) @ shell.carried(model.band_energies)
                used["steps of a sparse exponential" if route is _stepped else "eigenbasis"] = None
            parts.append(P)
        P = np.concatenate(parts, axis=1)
        bands = model.band_populations(P)
        checks = (
            Check("probability drift", float(np.abs(P.sum(axis=1) - 1).max()), 1e-11, "the equation conserves it"),
            Check("negative population", float(max(0.0, -P.min())), 1e-12, "rates keep populations positive"),
        )
        return BandRelaxation(
            model=model,
            method=MethodReport(", ".join(used) or "nothing moves", "by the configurations of every shell", {}),
            certificate=Certificate(checks),
            times=frozen(t.copy()),
            configurations=frozen(model.configurations.copy()),
            populations=frozen(P),
            band_populations=frozen(bands),
            local_energies=frozen(bands @ model.band_energies),
            currents=frozen(J),
        ).certified()

    def resolved_transfer(self, shell: Shell, times: ArrayLike, *, cells: int = 400) -> Real:
        r"""Transfer matrices T_ab(t) of a shell when every energy inside it has its own rates, shape (T, C, C).

        The coupling conserves the energy to within its own rates, so a level at ε goes over at
        :math:`2\pi\lambda^2\,\nu_b(\varepsilon)`, ν the density of pair levels there; the golden rule's k n is its mean over the levels
        that are occupied at the start. Where pair spectra are no boxes, the middle of a shell empties before its edges, and
        the mean rate falls in time: the rate equation of whole pair states holds up to about its decay time only. The papers
        do not say so; for one band both are the same.

        Parameters
        ----------
        shell : Shell
            One of `model.total_shells`, of a pair.
        times : array_like, shape (T,)
            Instants.
        cells : int
            Energies at which rates are taken.
        """
        model = self.model
        if model.subunits != 2:
            raise InvalidInput(
                f"`model` must be a pair for resolved rates, but it is not (got {model.subunits} subunits)"
            )
        t = _checks.times(times)
        if isinstance(cells, bool) or not isinstance(cells, int) or cells < 1:
            raise InvalidInput(
                f"`cells` must be a whole number of at least 1, but it is not (got {_checks.shown(cells)})"
            )
        places = model.band_energies[shell.configurations].sum(axis=1) - shell.energy
        half = float((np.abs(places) + model.widths[shell.configurations].sum(axis=1) / 2).max())
        step = 2 * half / cells
        energies = -half + step * (np.arange(cells) + 0.5)
        parts = np.array(
            [_share(model.widths[c], energies - x) for c, x in zip(shell.configurations, places, strict=True)]
        )  # (C, cells)
        n = model.sizes(shell.configurations)
        # random levels: their own overlap at the start, the shape of the mean density
        own = np.array([c.rate / _expected(model, (c.first, c.second)) for c in self.channels])
        strengths = np.zeros((len(n), len(n)))
        t_ab = shell.transfers
        strengths[t_ab.first, t_ab.second] = strengths[t_ab.second, t_ab.first] = own[t_ab.channel]
        density = n[:, None] * parts / step
        out = np.zeros((t.size, len(n), len(n)))
        for g in range(cells):
            nu = density[:, g]
            K = strengths * nu[:, None]
            K[np.diag_indices(len(n))] -= K.sum(axis=0)
            out += np.array([scipy.linalg.expm(K * s) for s in t]) * parts[:, g]
        return out

    def partition_function(self, temperature: ArrayLike) -> Real:
        """Z = Σ n_i e^{-(E_i - E_0)/T} of one subunit, any shape of T."""
        T = _checks.temperatures(temperature)
        E = self.model.band_energies - self.model.band_energies[0]
        Z: Real = (np.asarray(self.model.levels) * np.exp(-E / T[..., None])).sum(axis=-1)
        return Z

    def heat_capacity(self, temperature: ArrayLike) -> Real:
        """Heat capacity of one subunit from its partition function (PRE 49), in k_B; T of any shape."""
        counts = np.asarray(self.model.levels, dtype=float)
        return thermal.band_heat_capacity(self.model.band_energies, counts, temperature)

    def conductivity(self, temperature: ArrayLike, *, formula: Formula = "linear-response") -> Real:
        r"""Conductivity κ_th(T): energy current per temperature difference of neighbours, in k_B ΔE; T of any shape.

        Parameters
        ----------
        temperature : array_like
            T > 0, in the unit of the gap.
        formula : {"linear-response", "printed"}
            Of the golden-rule equation, :math:`\frac{1}{T^2Z^2}\sum k\,n n' e^{-E/T}(\mathcal E - \mathcal E')^2` over the channels;
            or PRE 47 with κ = k √(n n'). They agree for equal n; for one band both are γc (PRE 48, 51).
        """
        if formula not in ("linear-response", "printed"):
            raise InvalidInput(
                f"`formula` must be 'linear-response' or 'printed', but it is not (got {_checks.shown(formula)})"
            )
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
        kappa: Real = total / self.partition_function(T) ** 2 / T / T  # one by one: T² may overflow
        return kappa

    def laws(self) -> tuple[Law, Law]:
        """Low- and high-temperature laws of κ_th: the energy A of e^{-A/T}/T², and the exponent p of T^p.

        A is the slope of ln(κT²) against -1/T where the gap is 40 to 80 times T. p is that of ln κ against ln T where T is 30
        to 60 times the highest band, and again at twice these temperatures, extrapolated to 1/T = 0; A likewise.
        """
        E = self.model.band_energies - self.model.band_energies[0]
        cold = float(E[1]) / np.linspace(*COLD, 9)
        hot = float(E[-1]) * np.geomspace(*HOT, 9)

        def low(T: Real) -> float:
            return float(np.polyfit(-1 / T, np.log(self.conductivity(T)) + 2 * np.log(T), 1)[0])

        def high(T: Real) -> float:
            return float(np.polyfit(np.log(T), np.log(self.conductivity(T)), 1)[0])

        return (
            _law("activation energy", low(2 * cold), low(cold)),
            _law("high-temperature exponent", high(hot), high(2 * hot)),
        )


def _expected(model: BandedChain, channel: Channel) -> float:
    """Overlap of the mean densities of a channel's pairs."""
    return uniform_overlap(channel_widths(model, channel), channel_offset(model, channel))


def _share(widths: Real, energies: Real) -> Real:
    """Share of the levels of a pair of uniform bands in every cell of energy, shape (cells,)."""
    wide = tuple(float(w) for w in widths if w > 0)
    if not wide:
        share = np.zeros(energies.size)
        share[np.argmin(np.abs(energies))] = 1.0
        return share
    density = np.array([uniform_overlap(wide, float(x)) for x in energies])
    found: Real = density / density.sum()
    return found


def _rephasing(model: BandedChain, channel: Channel) -> float:
    """Common period of the levels of all bands of a channel, where they are equally spaced and equally wide."""
    bands = {i for pair in channel for i in pair if model.levels[i] > 1}
    widths = {float(model.widths[i]) for i in bands}
    if model.band == "random" or len(widths) != 1:
        return math.inf
    return 2 * np.pi * math.lcm(*(model.levels[i] for i in bands)) / widths.pop()


def _law(name: str, near: float, far: float) -> Law:
    """Limit of a slope whose correction halves from one window to the next."""
    limit = 2 * far - near
    return Law(name, limit, abs(limit - far))


def _stepped(K: Any, _: Real, start: Real, times: Real) -> Real:
    """e^(Kt) P for a shell too large for eigenvectors, from one time to the next, shape (T, C)."""
    steps = np.diff(times, prepend=0.0)
    work = float(-K.diagonal().min()) * float(times[-1])
    if work > MOST:
        raise InvalidInput(
            f"`times` must end before {times[-1] * MOST / work:.3g} for a shell of {start.size} configurations, but they do not (got {times[-1]:g}); take earlier times or fewer subunits"
        )
    out = np.empty((times.size, start.size))
    P = start
    for k, step in enumerate(steps.tolist()):
        P = scipy.sparse.linalg.expm_multiply(K * step, P) if step > 0 else P
        out[k] = P
    return out


def _exponential(K: Any, sizes: Real, start: Real, times: Real) -> Real:
    """e^(Kt) P for K that is symmetric between P/√n, shape (T, C)."""
    root = np.sqrt(sizes)
    values, vectors = np.linalg.eigh(K.toarray() * root / root[:, None])
    modes = vectors.T @ (start / root)
    found: Real = (np.exp(np.outer(times, np.minimum(values, 0.0))) * modes) @ vectors.T * root
    return found


def _validity(model: BandedChain, channels: list[BandChannel]) -> tuple[float, float]:
    """Smallest c1 and largest c2 of the channels; infinite or NaN beyond double precision."""
    c1, c2 = [], []
    for c in (c for c in channels if c.rate > 0):  # a matrix of zeros is a channel left out
        fewest, most = min(c.levels), max(c.levels)
        time = min(2 * np.pi * fewest * c.overlap, _rephasing(model, (c.first, c.second)))
        c1.append(math.sqrt(c.rate * fewest * time) / np.pi)
        c2.append(c.rate / (2 * np.pi) * most * c.overlap)
    return min(c1), max(c2)


def band_theory(model: BandedChain) -> BandTheory:
    """Rates and criteria of a banded chain; see `caloriq.ham`."""
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
        channels.append(BandChannel(*channel, energy, sizes, overlap, error, rate))
    if not channels or all(c.rate == 0 for c in channels):
        raise InvalidInput("`matrices` must couple pair states, but every element is zero (got no rate)")
    c1, c2 = _validity(model, channels)
    if not (0 <= c1 < math.inf and 0 < c2 < math.inf):
        raise InvalidInput(
            f"`bandwidth` must give criteria within double precision, but c1 is {c1:g} and c2 is {c2:g} (got {_checks.shown(model.bandwidth)}); take widths and a coupling that differ less"
        )
    return BandTheory(
        model,
        GOLDEN,
        Certificate(),
        tuple(channels),
        (
            Criterion(
                "c1", "√(γτ)/π", "at least 1: the decay ends before levels are resolved or in phase", c1, 1.0, c1
            ),
            weak("λ²nS²", c2),
        ),
    )
