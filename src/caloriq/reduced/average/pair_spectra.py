"""Overlap of two pair spectra: what the golden rule needs of the levels.

Source: PRE 73, 016101 (2006), eqs. 25-27, doi:10.1103/PhysRevE.73.016101, for one band; here for any two pairs of bands.
"""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import numpy as np

from caloriq._checks import Real
from caloriq.errors import InvalidInput, NotEnoughData
from caloriq.models.banded import BandedChain
from caloriq.spaces.shells import Channel

POINTS = 4001
CANCELS = 1e-2  # product of widths, in units of the largest, below which doubles would lose digits


def uniform_overlap(widths: tuple[float, ...], offset: float = 0.0) -> float:
    r"""Overlap :math:`\int\rho_a\rho_b` of the densities of two pairs of uniform bands.

    Pair densities are convolutions of boxes, so the overlap is the convolution of all four at the distance of their
    centres: :math:`\frac{1}{(m-1)!\prod w}\sum_{s\in\{\pm1\}^m}\Big(\prod s\Big)\Big(x + \tfrac12\sum s w\Big)_+^{m-1}` for m bands
    of widths w > 0. Equal widths: 1/δε (one band on each side), 3/(4δε) (two and one), 2/(3δε) (two and two). Single levels have
    width 0; that no band has any is refused. `offset` is x.
    """
    wide = [w for w in widths if w > 0]
    m = len(wide)
    if m == 0:
        raise InvalidInput(
            "`levels` must spread over a width for a golden-rule rate, but all four bands of a channel are single levels (got 1 level each)"
        )
    unit = max(wide)
    sides = [w / unit for w in wide]
    if math.prod(sides) < CANCELS:  # the sum cancels down to the product of the widths: exact fractions
        return _as_float(_convolved([Fraction(w) for w in wide], Fraction(offset)), wide)
    return _as_float(_convolved(sides, offset / unit) / unit, wide)


def _convolved(wide: list[Any], offset: Any) -> Any:
    """The formula of `uniform_overlap`, in floats or in fractions."""
    m = len(wide)
    total = 0 * offset
    for signs in itertools.product((1, -1), repeat=m):
        x = offset + sum(s * w for s, w in zip(signs, wide, strict=True)) / 2
        power = max(x, 0) ** (m - 1) if m > 1 else int(x >= 0)
        total += math.prod(signs) * power
    return total / (math.factorial(m - 1) * math.prod(wide))


def _as_float(value: Any, wide: list[float]) -> float:
    """An overlap, not negative; refused beyond double precision."""
    try:
        overlap = max(0.0, float(value))
    except OverflowError:
        overlap = math.inf
    if not overlap < math.inf:
        raise InvalidInput(
            f"`bandwidth` must leave the overlap of two pair spectra within double precision, but it is {overlap:g} (got widths {wide}); take wider bands, or such as differ less"
        )
    return overlap


def uniform_channel_overlap(model: BandedChain, channel: Channel) -> float:
    """Overlap of the uniform bands of a channel at the distance of its pair states."""
    return uniform_overlap(channel_widths(model, channel), channel_offset(model, channel))


def channel_offset(model: BandedChain, channel: Channel) -> float:
    """Distance of the centres of a channel's pair spectra."""
    E = model.band_energies
    (i, j), (k, l) = channel
    return float(E[i] + E[j] - E[k] - E[l])


def channel_widths(model: BandedChain, channel: Channel) -> tuple[float, ...]:
    """Widths of the four bands of a channel."""
    return tuple(float(model.widths[i]) for pair in channel for i in pair)


def actual_overlap(model: BandedChain, channel: Channel) -> tuple[float, float]:
    r"""Overlap of the actual levels, :math:`\frac1\pi\int_0^\tau\mathrm{Re}[c_a(s)c_b^*(s)]ds`, c = ⟨e^{-iεs}⟩ of a pair, and its error.

    It settles after the correlation time 2π × overlap and before the levels are resolved; the mean over that window is
    returned, and how far its two halves differ. Bands of too few levels for a window are refused.
    """
    rough = uniform_overlap(channel_widths(model, channel))
    correlation = 2 * np.pi * rough
    most = max(math.prod(model.levels[i] for i in pair) for pair in channel)
    begin, end = 2 * correlation, min(20 * correlation, most * correlation / 2)
    if end < 2 * begin:
        raise NotEnoughData(
            f"`levels` must be at least 8 in a pair for its spectrum to have an overlap, but they are fewer (got {most})",
            estimate=rough,
        )
    s = np.linspace(0.0, end, POINTS)
    product = _characteristic(model, channel[0], s) * _characteristic(model, channel[1], s).conj()
    kernel = (product * np.exp(-1j * channel_offset(model, channel) * s)).real
    running = np.concatenate([[0.0], np.cumsum((kernel[1:] + kernel[:-1]) / 2 * np.diff(s))]) / np.pi
    inside = s >= begin
    half = s >= (begin + end) / 2
    first, second = float(running[inside & ~half].mean()), float(running[half].mean())
    return max(0.0, (first + second) / 2), abs(first - second) / 2


def _characteristic(model: BandedChain, pair: tuple[int, int], s: Real) -> np.ndarray:
    c = np.ones(s.size, dtype=complex)
    for band in pair:
        c *= np.exp(-1j * np.outer(model.band_levels(band), s)).mean(axis=0)
    return c
