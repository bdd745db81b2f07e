"""Where the integrals over frequency need nodes: panels between the chain's own frequencies, halved until four integrals agree.

The chain has N resonances, each at one of the frequencies of the undamped chain or, where baths hold their sites, of the
chain without them: panels begin there, and about a narrow one at distances of its width. In equilibrium every
site has the kinetic energy T/2, an integral over a positive density: what a resonance that was missed would have
brought is seen as missing there, and no number can be further off than that.

Gauss-Kronrod rule of 7 and 15 nodes: Piessens et al., QUADPACK (Springer 1983), doi:10.1007/978-3-642-61786-7.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from caloriq._checks import Real
from caloriq.models.harmonic import HarmonicChain

# nodes from the middle outwards, weights of 15 and of 7 nodes (0 where a node belongs to the 15 alone)
HALF = np.array(
    [
        [0.991455371120812639206854697526329, 0.022935322010529224963732008058970, 0.0],
        [0.949107912342758524526189684047851, 0.063092092629978553290700663189204, 0.129484966168869693270611432679082],
        [0.864864423359769072789712788640926, 0.104790010322250183839876322541518, 0.0],
        [0.741531185599394439863864773280788, 0.140653259715525918745189590510238, 0.279705391489276667901467771423780],
        [0.586087235467691130294144691693013, 0.169004726639267902826583426598550, 0.0],
        [0.405845151377397166906606412076961, 0.190350578064785409913256402421014, 0.381830050505118944950369775488975],
        [0.207784955007898467600689403773245, 0.204432940075298892414161999234649, 0.0],
        [0.0, 0.209482141084727828012999174891714, 0.417959183673469387755102040816327],
    ]
)
# 15 nodes, and one of no weight that fills the lanes of the kernels; (16, 3)
RULE = np.concatenate([HALF * [-1, 1, 1], HALF[-2::-1], [[0.0, 0.0, 0.0]]])

TOLERANCES = np.array(
    [1e-8, 1e-8, 1e-6, 1e-6]
)  # of the four integrals: transmission, sites of baths, all sites, positions
INNER = (
    1e-5  # of these with self-consistent baths: errors at every site add up along the chain, and few nodes are needed
)
DEEPEST = 2.0**-46  # share of a frequency below which a panel is not halved
ROUNDS = 60
NARROW = 1e-13  # width over frequency below which double precision does not find a resonance
FLANK = 8.0  # growth of the panels away from a narrow resonance
FLANKS = 4  # of these for every site at most, and 1000
BUDGET = 4e9  # sites times frequencies that are looked at, before what is left is told as an error
BEYOND = 64.0  # times the hottest bath: no quantum noise there
COLD = 2.0**-20  # of the hottest bath: temperature below which noise is not told apart


@dataclass(frozen=True)
class Grid:
    """Nodes of all panels with their weights."""

    frequencies: Real  # ω, shape (P, 16)
    wide: Real  # weights of the rule of 15 nodes
    narrow: Real  # of the rule of 7
    looked: int  # frequencies that were looked at to find them


def grid(chain: HarmonicChain) -> Grid:
    """Panels on which the transmission between the outermost baths and the energies of all sites are known."""
    from caloriq.steady.harmonic import _compiled

    fixed = sorted(chain.bath_sites)
    ends = fixed[0], fixed[-1]
    held, watched = chain.held, np.zeros(chain.sites)
    watched[fixed] = 1 / len(fixed)
    physics = chain.stiffness, chain.masses, chain.frictions, chain.springs
    panels = _first(chain)
    done = panels[:0]
    sums, errors = np.zeros((0, 4)), np.zeros((0, 4))
    looked, most = 0, BUDGET / chain.sites
    allowed = TOLERANCES * (INNER if chain.inner.any() else 1.0)
    for _ in range(ROUNDS):
        nodes = _nodes(panels)
        wide, narrow = _compiled.controls(*nodes, *physics, *ends, watched, held)
        looked += nodes[0].size
        done = np.concatenate([done, panels])
        sums, errors = np.concatenate([sums, wide]), np.concatenate([errors, _errors(wide, narrow)])
        total = np.array([sums[:, 0].sum(), 1.0, 1.0, sums[:, 3].sum()])
        share = errors / np.maximum(allowed * total, 1e-300)
        coarse = _worst(share.max(axis=1)) & _divisible(done)
        if not coarse.any() or looked > most:
            break
        panels = _halves(done[coarse])
        done, sums, errors = done[~coarse], sums[~coarse], errors[~coarse]
    return Grid(*_nodes(done[np.lexsort(done.T[:2])]), looked)


def _errors(wide: Real, narrow: Real) -> Real:
    """As `_compiled.panel_error`."""
    apart = np.abs(wide - narrow)
    return np.asarray(apart * np.sqrt(np.minimum(1.0, 200 * apart / np.maximum(np.abs(wide), 1e-300))))


def _worst(share: Real) -> NDArray[np.bool_]:
    """Panels that must be halved so that the errors of the rest stay below one tolerance together."""
    order = np.argsort(share)
    found = np.zeros(share.size, dtype=bool)
    found[order[np.cumsum(share[order]) > 1.0]] = True
    return found


def _first(chain: HarmonicChain) -> Real:
    """Panels to begin with, shape (P, 3): from, to, and whether 1/ω goes from there to there."""
    own, widths = _resonances(chain)
    # one site that nothing holds has no frequency of its own: its velocity decays at γ/m
    top = 1.05 * (float(own.max()) or float((chain.frictions / chain.masses).max()))
    clamped = _frequencies(chain, (chain.frictions == 0) | (chain.inner > 0))
    marks = np.concatenate([own, _flanks(own, widths), clamped])
    if chain.inner_friction > 0:  # every resonance is at least as wide as its own friction makes it
        width = chain.inner_friction / (4 * float(chain.masses.max()))
        marks = np.sort(marks)
        marks = marks[np.unique(np.floor(marks / width), return_index=True)[1]]
    inside = np.unique(np.concatenate([marks, thermal_edges(chain)]))
    inside = inside[inside > 1e-12 * top]
    inside = inside[np.diff(inside, prepend=0.0) > 1e-15 * top]
    edges = np.concatenate([[0.0], inside, [max(top, 1.05 * float(inside.max(initial=0.0)))]])
    bands = np.column_stack([edges[:-1], edges[1:], np.zeros(edges.size - 1)])
    return np.concatenate([bands, [[0.0, 1 / edges[-1], 1.0]]])


def thermal_edges(chain: HarmonicChain) -> Real:
    """Frequencies between which quantum noise of any temperature of the chain is a polynomial; none where it is classical.

    e(ω, T) has poles at 2πiT: from one to twice a frequency, and below twice the coldest temperature, polynomials of degree 15
    leave 1e-12 of it.
    """
    temperatures = [bath.temperature for bath in chain.baths]
    high = max(temperatures)
    if chain.noise == "classical" or high == 0:
        return np.zeros(0)
    least = 2 * max(min(temperatures), COLD * high)
    return np.asarray(least * 2.0 ** np.arange(math.ceil(math.log2(BEYOND * high / least)) + 1))


def _resonances(chain: HarmonicChain) -> tuple[Real, Real]:
    """Frequencies of the undamped chain, increasing, and the widths that its baths give them to first order."""
    m = chain.masses
    squares, modes = scipy.linalg.eigh_tridiagonal(chain.stiffness / m, -chain.springs / np.sqrt(m[1:] * m[:-1]))
    damped = np.flatnonzero(chain.frictions)
    return np.sqrt(np.maximum(squares, 0.0)), (chain.frictions / m)[damped] @ modes[damped] ** 2


def _flanks(frequencies: Real, widths: Real) -> Real:
    """Edges about narrow resonances, at distances that grow eightfold: no node of a wide panel would find them.

    The widest come first, as far as the budget goes; those beyond it, and those narrower than double precision, are
    what the sum rules miss.
    """
    nearest = np.diff(frequencies, prepend=-np.inf, append=np.inf)
    room = np.minimum(nearest[:-1], nearest[1:]) / 2
    apart = np.minimum(room, frequencies)
    seen = (widths > NARROW * frequencies) & (apart > widths)
    levels = np.zeros(frequencies.size)
    levels[seen] = np.floor(np.log(apart[seen] / widths[seen]) / np.log(FLANK))
    order = np.argsort(-widths)
    levels[order[np.cumsum(levels[order]) > FLANKS * frequencies.size + 1000]] = 0.0
    steps = np.arange(int(levels.max(initial=0.0)))
    mode, step = np.nonzero(steps < levels[:, None])
    away = widths[mode] * FLANK ** steps[step]
    return np.concatenate([frequencies[mode] - away, frequencies[mode] + away])


def _frequencies(chain: HarmonicChain, kept: NDArray[np.bool_]) -> Real:
    """Frequencies of the undamped chain with the other sites held fast."""
    if not kept.any():
        return np.zeros(0)
    m = chain.masses[kept]
    joined = np.flatnonzero(kept[:-1] & kept[1:])
    beside = np.zeros(m.size - 1)
    beside[np.cumsum(kept)[joined] - 1] = -chain.springs[joined]
    squares = scipy.linalg.eigvalsh_tridiagonal(chain.stiffness[kept] / m, beside / np.sqrt(m[1:] * m[:-1]))
    return np.asarray(np.sqrt(np.maximum(squares, 0.0)))


def _divisible(panels: Real) -> NDArray[np.bool_]:
    """Whether the halves of a panel are still told apart."""
    return np.asarray(panels[:, 1] - panels[:, 0] > DEEPEST * panels[:, 1])


def _halves(panels: Real) -> Real:
    middle = panels[:, :2].mean(axis=1)
    left, right = panels.copy(), panels.copy()
    left[:, 1] = right[:, 0] = middle
    return np.concatenate([left, right])


def _nodes(panels: Real) -> tuple[Real, Real, Real]:
    """Frequencies and weights of both rules, each of shape (P, 16)."""
    begin, end, tail = (one[:, None] for one in panels.T)
    at = (begin + end) / 2 + (end - begin) / 2 * RULE[:, 0]
    frequencies = np.where(tail > 0, 1 / at, at)
    scale = (end - begin) / 2 * np.where(tail > 0, frequencies**2, 1.0)
    return np.ascontiguousarray(frequencies), scale * RULE[:, 1], scale * RULE[:, 2]
