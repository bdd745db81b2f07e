"""Subunits with several bands, coupled to their neighbours inside energy shells.

Source: PRE 73, 016101 (2006), sect. VII, doi:10.1103/PhysRevE.73.016101 (PRE).
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray
from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, field_validator, model_validator

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.errors import InvalidInput
from caloriq.models.definition import Definition
from caloriq.models.fields import Count, Number, Positive, Seed, Several, plain
from caloriq.models.random import COUPLING, LEVELS, check_drawn, generator
from caloriq.results import frozen
from caloriq.spaces.shells import Channel, Pair, Shell

SAME = 1e-9  # pair energies closer than that, relative to the range of the bands, are one shell
EDGE = 1e-3  # of the reach of two pair spectra: what still overlaps beyond counts as apart
RESOLVED = 1e-3  # largest share of the smallest gap that rounding may be


def _connected(count: int, links: ArrayLike) -> NDArray[np.intp]:
    """Number of the component of each of `count` nodes."""
    a, b = np.array(links, dtype=np.intp).reshape(-1, 2).T
    graph = scipy.sparse.coo_array((np.ones(a.size), (a, b)), shape=(count, count))
    labels: NDArray[np.intp] = scipy.sparse.csgraph.connected_components(graph, directed=False)[1].astype(np.intp)
    return labels


def _one_or_list(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    return tuple(value) if isinstance(value, list | tuple) else value


def _by_hash(matrices: dict[Channel, Complex]) -> dict[str, str]:
    return {f"{a}-{b}": hashlib.sha256(np.ascontiguousarray(v).tobytes()).hexdigest() for (a, b), v in matrices.items()}


def _widths(value: Any) -> Any:
    """One width or a tuple of them, all greater than 0."""
    array = _checks.numbers("bandwidth", value)
    if isinstance(value, str | bool) or array.ndim > 1 or not np.all(array > 0):
        raise InvalidInput(
            f"`bandwidth` must be greater than 0, one number or one for each band, but it is not (got {_checks.shown(value)})"
        )
    return float(array) if array.ndim == 0 else tuple(array.tolist())


Widths = Annotated[float | tuple[float, ...], BeforeValidator(_widths)]
Counts = Annotated[tuple[Count, ...], BeforeValidator(_one_or_list), Field(min_length=2, max_length=64)]
Energies = Annotated[tuple[Annotated[Number, BeforeValidator(plain)], ...], BeforeValidator(_one_or_list)]


class BandedChain(Definition):
    r"""N identical subunits with several bands each, coupled to their neighbours inside energy shells.

    Band i of a subunit lies around :math:`E_i` (by default :math:`i\,\Delta E`) and holds :math:`n_i` levels spread over
    δε (PRE, fig. 6). Neighbours exchange energy: λ v couples the pair states (i, j) and (i', j') of the same band energy
    :math:`E_i + E_j = E_{i'} + E_{j'}`, each pair of them by its own matrix with :math:`\langle|v|^2\rangle = 1`. Band energies
    that differ by less than the widths of the two pair spectra are coupled alike, one subunit going up and the other
    down: their levels overlap. Shells so connected are one; different shells never mix.

    Parameters
    ----------
    subunits : int
        N, at least 2.
    levels : sequence of int
        n_i of every band, from the lowest; at least two bands. [1, n] is the modular chain.
    bandwidth : float or sequence of float
        δε, of all bands or of each, in the unit of `gap`; levels are the midpoints of n_i equal parts. Bands may touch,
        but not overlap.
    coupling : float
        λ > 0, in the unit of `gap`.
    gap : float
        ΔE > 0. Default 1.
    energies : sequence of float, optional
        E_i, ascending; by default i ΔE.
    seed : int
        Seed of the random matrices and levels. Needed unless nothing is random.
    interaction : {"complex-gaussian", "real-gaussian", "given"}
        Distribution of the entries of v; "given" with `matrices`.
    band : {"uniform", "random"}
        Equally spaced levels, or independent uniform ones (the same in every subunit).
    matrices : mapping, optional
        v handed in, the same on every bond: from channels ((i, j), (i', j')) to arrays of shape (n_i n_j, n_i' n_j');
        channels left out are not coupled.
    shells : sequence of float, optional
        Pair energies E in which couplings act, with all that is resonant with them; by default all that hold two or more
        pair states.

    Notes
    -----
    Matrices are drawn on demand, one seed child per bond and channel.
    """

    kind: Literal["banded-chain"] = "banded-chain"
    subunits: Several = 2
    levels: Counts
    bandwidth: Widths
    coupling: Positive
    gap: Positive = 1.0
    energies: Energies | None = None
    seed: Seed | None = None
    interaction: Literal["complex-gaussian", "real-gaussian", "given"] = "complex-gaussian"
    band: Literal["uniform", "random"] = "uniform"
    matrices: (
        Annotated[
            Any,
            PlainSerializer(_by_hash, when_used="json-unless-none"),
            WithJsonSchema({"type": "object", "description": "arrays by channel; in Python only"}),
        ]
        | None
    ) = None
    shells: Energies | None = None

    array_files: ClassVar[tuple[str, ...]] = ()  # matrices come by channel, in Python only

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        B = len(self.levels)
        for name, value in (("bandwidth", self.bandwidth), ("energies", self.energies)):
            if isinstance(value, tuple) and len(value) != B:
                raise InvalidInput(f"`{name}` must have one number per band ({B}), but it has not (got {len(value)})")
        centres, half = self.band_energies, self.widths / 2
        if np.any(np.diff(centres) <= 0):
            raise InvalidInput(f"`energies` must ascend, but they do not (got {_checks.shown(centres.tolist())})")
        # bands may touch: the spectrum is then continuous, cut into the cells of the golden rule (docs/design/0033)
        rounding = 16 * float(np.spacing(np.abs(centres).max() + half.max()))
        overlapping = np.flatnonzero(centres[1:] - half[1:] < centres[:-1] + half[:-1] - rounding)
        if overlapping.size:
            i = int(overlapping[0])
            raise InvalidInput(
                f"`bandwidth` must let bands touch at most, but bands {i} and {i + 1} overlap (got {self.widths[i + 1]:g} at a distance of {centres[i + 1] - centres[i]:g})"
            )
        check_drawn(self.interaction, self.matrices, self.seed, self.band)
        if self._same > RESOLVED * float(np.diff(centres).min()):
            raise InvalidInput(
                f"`energies` must lie near zero for shells to be told apart, but rounding is {self._same:.1e} of their unit (got {centres[0]:g} to {centres[-1]:g}); subtract the lowest"
            )
        self._check_shells()
        return self

    def _check_shells(self) -> None:
        if self.shells == ():
            raise InvalidInput("`shells` must name at least one pair energy, but they do not (got an empty list)")
        for E in self.shells or ():
            named = [pair for pair, own in self._pair_energies.items() if self._key(own) == self._key(E)]
            if not named:
                raise InvalidInput(f"`shells` must be energies of pair states, but one is not (got {E:g})")
            if sum(cluster == self._clusters[named[0]] for cluster in self._clusters.values()) == 1:
                raise InvalidInput(
                    f"`shells` must hold at least two pair states each, but {named[0]} has no partner (got {E:g})"
                )
        for (a, b), v in (self.matrices or {}).items():
            expected = tuple(int(np.prod([self.levels[i] for i in pair])) for pair in (a, b))
            if v.shape != expected:
                raise InvalidInput(
                    f"`matrices` must have shape {expected} for {a}-{b}, but one has another (got {v.shape})"
                )
            if not self._allowed(a):
                raise InvalidInput(f"`matrices` must lie in the given shells, but {a}-{b} does not (got {self.shells})")
            if not self._resonant(a, b):
                raise InvalidInput(
                    f"`matrices` must couple pair states of one energy within their widths, {self._reach(a, b):g}, but {a} and {b} differ (got {self._pair_energies[a]:g} and {self._pair_energies[b]:g})"
                )

    @field_validator("matrices", mode="before")
    @classmethod
    def _channels(cls, value: Any, info: Any) -> Any:
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise InvalidInput(
                f"`matrices` must map channels ((i, j), (i', j')) to arrays, but it does not (got {_checks.shown(value)})"
            )
        bands = len(info.data.get("levels", ()))
        found: dict[Channel, Complex] = {}
        for key, v in value.items():
            try:
                a, b = (tuple(int(i) for i in pair if int(i) == i) for pair in key)
                right = len(a) == len(b) == 2 and all(0 <= i < bands for i in (*a, *b)) and a != b
            except (TypeError, ValueError):
                right = False
            if not right:
                raise InvalidInput(
                    f"`matrices` must have keys ((i, j), (i', j')) of different pair states, but one is not (got {_checks.shown(key)})"
                )
            array = _checks.numbers("matrices", v, complex)
            channel = (a, b) if a < b else (b, a)
            if channel in found:
                raise InvalidInput(f"`matrices` must hold every channel once, but one is given twice (got {key})")
            found[channel] = frozen(array.copy() if a < b else array.conj().T.copy())  # type: ignore[index]
        if not found:
            raise InvalidInput("`matrices` must couple at least one channel, but there is none (got an empty mapping)")
        return found

    @classmethod
    def cells(
        cls,
        width: float,
        levels: int,
        count: int,
        *,
        coupling: float,
        subunits: int = 2,
        bottom: float = 0.0,
        gap: float = 1.0,
        seed: int | None = None,
        interaction: Literal["complex-gaussian", "real-gaussian"] = "complex-gaussian",
    ) -> Self:
        """A continuous spectrum of equally spaced levels, cut into equal cells: bands that touch (PRL, last paragraphs).

        The levels of a subunit do not depend on how many cells there are; the couplings of every pair of cells are drawn by
        themselves, and what stays within its two cells is left out.

        Parameters
        ----------
        width : float
            Of the whole spectrum, in the unit of `gap`.
        levels : int
            Of the whole spectrum, a multiple of `count`.
        count : int
            Cells, at least 2.
        coupling, subunits, gap, seed, interaction
            As of the class.
        bottom : float
            Lower edge of the spectrum.

        Raises
        ------
        InvalidInput
            For values outside their domain, or levels that cannot be shared out evenly.
        """
        wide = _checks.positive("width", width)
        cells = _checks.whole("count", count, 2)
        whole = _checks.whole("levels", levels, cells)
        if whole % cells:
            raise InvalidInput(
                f"`levels` must be a multiple of the {cells} cells, but they are not (got {levels}); take {whole - whole % cells}"
            )
        each = wide / cells
        centres = _checks.scalar("bottom", bottom) + each * (np.arange(cells) + 0.5)
        return cls(
            subunits=subunits,  # a pair has two
            levels=(whole // cells,) * cells,
            bandwidth=each,
            energies=tuple(centres.tolist()),
            coupling=coupling,
            gap=gap,
            seed=seed,
            interaction=interaction,
        )

    # -- the subunit

    @cached_property
    def band_energies(self) -> Real:
        """E_i, shape (B,)."""
        if self.energies is not None:
            return frozen(np.asarray(self.energies, dtype=float))
        return frozen(self.gap * np.arange(len(self.levels)))

    @cached_property
    def widths(self) -> Real:
        """Width of every band, shape (B,); 0 for a single level."""
        widths = np.broadcast_to(np.asarray(self.bandwidth, dtype=float), (len(self.levels),))
        return frozen(np.where(np.asarray(self.levels) == 1, 0.0, widths))

    def band_levels(self, band: int) -> Real:
        """Levels ε of a band relative to E_i, ascending, shape (n_i,)."""
        n = self.levels[band]
        if self.band == "random" and n > 1:
            assert self.seed is not None
            places = np.sort(generator(self.seed, LEVELS, band).random(n))
        else:
            places = (np.arange(n) + 0.5) / n
        levels: Real = self.widths[band] * (places - 0.5)
        return levels

    # -- shells

    @cached_property
    def _same(self) -> float:
        """Band energies above the lowest that differ by less are equal: what rounding leaves of large energies."""
        E = self.band_energies
        return max(SAME * float(E[-1] - E[0]), 16 * self.subunits * float(np.spacing(np.abs(E).max())))

    def _key(self, energy: float, bands: int = 2) -> int:
        return round((energy - bands * float(self.band_energies[0])) / self._same)

    @cached_property
    def _pair_energies(self) -> dict[Pair, float]:
        E = self.band_energies
        return {(i, j): float(E[i] + E[j]) for i, j in itertools.product(range(len(E)), repeat=2)}

    def _reach(self, a: Pair, b: Pair) -> float:
        """Distance of the centres of two pair spectra at which they cease to overlap."""
        return float(self.widths[[*a, *b]].sum() / 2)

    def _resonant(self, a: Pair, b: Pair) -> bool:
        """Whether a coupling can carry one pair state into the other, one subunit going up and the other down."""
        apart = abs(self._pair_energies[a] - self._pair_energies[b])
        crossing = (b[0] - a[0]) * (b[1] - a[1]) < 0
        same = self._key(self._pair_energies[a]) == self._key(self._pair_energies[b])
        return same or (crossing and apart < self._reach(a, b) * (1 - EDGE))

    @cached_property
    def _clusters(self) -> dict[Pair, int]:
        """Number of the cluster of every pair state: those that resonances connect."""
        pairs = list(self._pair_energies)
        links = [(p, q) for p, q in itertools.combinations(range(len(pairs)), 2) if self._resonant(pairs[p], pairs[q])]
        return dict(zip(pairs, _connected(len(pairs), links).tolist(), strict=True))

    def _allowed(self, pair: Pair) -> bool:
        """Whether the pair state lies in a shell that is asked for."""
        if self.shells is None:
            return True
        keys = {self._key(E) for E in self.shells}
        wanted = {self._clusters[p] for p, E in self._pair_energies.items() if self._key(E) in keys}
        return self._clusters[pair] in wanted

    @cached_property
    def channels(self) -> tuple[Channel, ...]:
        """Coupled pair states ((i, j), (i', j')), (i, j) < (i', j')."""
        pairs = [pair for pair in self._pair_energies if self._allowed(pair)]
        return tuple(
            (a, b)
            for a, b in itertools.combinations(pairs, 2)
            if self._resonant(a, b) and (self.matrices is None or (a, b) in self.matrices)
        )

    @cached_property
    def total_shells(self) -> tuple[Shell, ...]:
        """All shells of the whole chain, by energy; product states of bands in lexical order."""
        B, N = len(self.levels), self.subunits
        _checks.memory("subunits", N, 8.0 * N * float(B) ** N, "take fewer subunits or bands")
        every = np.stack(np.unravel_index(np.arange(B**N), (B,) * N), axis=1)
        total = self.band_energies[every].sum(axis=1)
        keys = np.round((total - N * self.band_energies[0]) / self._same).astype(np.int64)
        shells, place = np.unique(keys, return_inverse=True)
        labels = self._merged(every, place, shells.size)[place]
        first = np.sort(np.unique(labels, return_index=True)[1])
        order = first[np.argsort(place[first], kind="stable")]
        return tuple(Shell(float(total[k]), every[labels == labels[k]], B, self.channels) for k in order.tolist())

    def _merged(self, every: NDArray[np.intp], place: NDArray[np.intp], count: int) -> NDArray[np.intp]:
        """Number of the shell of every total energy, shape (count,): those that channels connect within widths are one."""
        E = self._pair_energies
        near = tuple((a, b) for a, b in self.channels if self._key(E[a]) != self._key(E[b]))
        t = Shell(0.0, every, len(self.levels), near).transfers
        return _connected(count, np.stack([place[t.first], place[t.second]], axis=1))

    @cached_property
    def configurations(self) -> NDArray[np.intp]:
        """Bands of every subunit in all configurations, shell by shell, shape (C, N)."""
        return np.concatenate([shell.configurations for shell in self.total_shells])

    def band_populations(self, populations: Real) -> Real:
        """Populations of the bands of every subunit, shape (..., N, B), from those of all configurations, (..., C)."""
        bands = np.zeros((*populations.shape[:-1], self.subunits, len(self.levels)))
        for mu, i in np.ndindex(*bands.shape[-2:]):
            bands[..., mu, i] = populations[..., self.configurations[:, mu] == i].sum(axis=-1)
        return bands

    def occupations(self, temperature: ArrayLike) -> Real:
        """Thermal occupations n_i e^{-E_i/T}/Z of the bands (PRE 37), shape (..., B); T may be negative."""
        E, T = self.band_energies, np.asarray(temperature, dtype=float)[..., None]
        E = np.where(T > 0, E - E[0], E - E[-1])  # so that the largest factor is 1
        p = np.asarray(self.levels) * np.exp(-E / T)
        normalised: Real = p / p.sum(axis=-1, keepdims=True)
        return normalised

    def sizes(self, configurations: NDArray[np.intp]) -> NDArray[np.intp]:
        """Number of product levels of configurations of bands, shape (C,)."""
        found: NDArray[np.intp] = np.asarray(self.levels)[configurations].prod(axis=1)
        return found

    @cached_property
    def dimension(self) -> int:
        """Dimension (Σ n_i)^N of the whole product space, which is never built."""
        dimension: int = sum(self.levels) ** self.subunits
        return dimension

    def interaction_matrix(self, bond: int, channel: Channel) -> Complex | Real:
        """Matrix v of one bond and channel, shape (n_i n_j, n_i' n_j'), without λ; real for the real Gaussian interaction."""
        if self.matrices is not None:
            return np.asarray(self.matrices[channel])
        (i, j), (k, l) = channel
        shape = (self.levels[i] * self.levels[j], self.levels[k] * self.levels[l])
        re = np.empty(shape)
        if self.real:
            return self.draw(bond, channel, re, None)[0]
        im = np.empty(shape)
        self.draw(bond, channel, re, im)
        return re + 1j * im

    def draw(self, bond: int, channel: Channel, re: Real, im: Real | None) -> tuple[Real, Real | None]:
        """Write v of one bond and channel into real and imaginary part, given as arrays of its shape."""
        if self.matrices is not None:
            v = self.matrices[channel]
            re[...] = v.real
            if im is not None:
                im[...] = v.imag
            return re, im
        assert self.seed is not None
        (i, j), (k, l) = channel
        rng = generator(self.seed, COUPLING, bond, i, j, k, l)
        rng.standard_normal(out=re)
        if im is not None:
            rng.standard_normal(out=im)
            re *= np.sqrt(0.5)
            im *= np.sqrt(0.5)
        return re, im

    @property
    def real(self) -> bool:
        """Whether the interaction matrices are real."""
        if self.matrices is not None:
            return not any(np.any(v.imag) for v in self.matrices.values())
        return self.interaction == "real-gaussian"


class BandedPair(BandedChain):
    """Two subunits with several narrow bands each: the `BandedChain` of N = 2 (PRE, fig. 6)."""

    kind: Literal["banded-pair"] = "banded-pair"  # type: ignore[assignment]
    subunits: Literal[2] = 2
