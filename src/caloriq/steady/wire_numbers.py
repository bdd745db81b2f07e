"""Everything that a chain's steady state reports, out of what its two baths drive; every number with its bound.

A bath current Γ₊ - γ⟨n⟩ between large rates is a small difference of large numbers. What flows in flows on: the
excitation current is that of the bonds, and for a bath on the first site

    J_b = ω₁ j - γ₁ Re(g₁c₁) = ω₂ j - 2 g₁g₂ Im C₁₃ + (γ₂ + dephasing of sites 1 and 2) Re(g₁c₁),

by the equation of C₁₂. The form with the smaller bound is taken; for two sites the second has no large rate.
"""

from __future__ import annotations

import numpy as np

from caloriq._checks import Complex, Real
from caloriq.models.spins import SpinChain
from caloriq.steady.bounds import UNIT, Bounded, Numbers
from caloriq.steady.contacts import RELATIVE, Contacts
from caloriq.steady.correlators import Wire
from caloriq.steady.wire_error import SeenChain, better


def numbers(model: SpinChain, ends: Contacts, chain: Wire, driven: SeenChain) -> Numbers:
    """Numbers of a chain whose baths differ; `driven` counts the sites from the bath that fills, `chain` as the model does."""
    driven = driven if ends.drive > 0 else driven.mirrored()
    D = abs(ends.drive)
    low = min(ends.preferred)

    def scaled(number: Bounded) -> Bounded:
        value = D * np.asarray(number.value)
        return Bounded(value, D * np.asarray(number.bound) + (RELATIVE + UNIT) * np.abs(value))

    J, real, p = scaled(driven.current), scaled(driven.real), scaled(driven.populations)
    n = low + p.value
    populations = Bounded(n, p.bound + RELATIVE * low + UNIT * np.abs(n))
    sites = [_heat(chain, J, real, scaled(driven.beyond), last=last) for last in (False, True)]
    bonds = chain.sites - 1
    imaginary = J.value / (-2 * chain.hopping)
    turned = chain.phases.conj()[:-1] * chain.phases[1:]
    room = np.hypot(real.bound, J.bound / (2 * chain.hopping)) + 8 * UNIT * np.hypot(real.value, imaginary)
    return Numbers(
        currents=Bounded(np.full(bonds, float(J.value)), np.full(bonds, float(J.bound))),
        excitation_currents=_of_baths(model, ends, [(J.value, J.bound), (-J.value, J.bound)], energy=False),
        heat_currents=_of_baths(model, ends, sites, energy=True),
        dephasing_current=_dephasing(chain, real, sites),
        populations=populations,
        population_differences=scaled(driven.differences),
        coherences=Bounded((real.value + 1j * imaginary) * turned, room),
        energy=_energy(chain, populations, real),
    )


def resting(model: SpinChain, ends: Contacts, chain: Wire, populations: Real) -> Numbers:
    """Numbers of a chain in pieces that each are in equilibrium with one bath, or with baths that agree."""
    k, l, _, _ = model.bonds
    bonds = len(k)
    n = Bounded(populations, RELATIVE * np.abs(populations))
    zero, none = np.zeros(bonds), Bounded(np.zeros(max(chain.sites - 1, 0)), np.zeros(max(chain.sites - 1, 0)))
    piece = np.concatenate([[0], np.cumsum(chain.hopping == 0)])
    apart = np.where(piece[k] == piece[l], 0.0, populations[k] - populations[l])
    room = np.where(piece[k] == piece[l], 0.0, n.bound[k] + n.bound[l])
    still = [(0.0, 0.0), (0.0, 0.0)]
    return Numbers(
        currents=Bounded(zero, zero),
        excitation_currents=_of_baths(model, ends, still, energy=False),
        heat_currents=_of_baths(model, ends, still, energy=True),
        dephasing_current=Bounded(0.0, 0.0),
        populations=n,
        population_differences=Bounded(apart, room),
        coherences=Bounded(zero.astype(complex), zero),
        energy=_energy(chain, n, none),
    )


def _heat(chain: Wire, J: Bounded, real: Bounded, beyond: Bounded, *, last: bool) -> tuple[float, float]:
    """Energy per time that all baths of an end bring, and its bound."""
    w, g, loss, dephasing = chain.frequencies, chain.hopping, chain.loss, chain.dephasing
    end, next_one, sign = (-1, -2, -1.0) if last else (0, 1, 1.0)
    j, doubt = sign * float(J.value), float(J.bound)
    exchange, unsure = float(g[end] * real.value[end]), float(g[end] * real.bound[end])
    other = loss[next_one] + dephasing[end] + dephasing[next_one]
    parts = [np.array([w[end] * j, -loss[end] * exchange]), np.array([w[next_one] * j, other * exchange])]
    rooms = [abs(w[end]) * doubt + loss[end] * unsure, abs(w[next_one]) * doubt + other * unsure]
    if chain.sites > 2:
        beside = sign * 2 * g[end] * g[next_one]
        parts[1] = np.append(parts[1], -beside * beyond.value[end])
        rooms[1] += abs(beside) * beyond.bound[end]
    forms = [(float(p.sum()), float(room + 16 * UNIT * np.abs(p).sum())) for p, room in zip(parts, rooms, strict=True)]
    return min(forms, key=lambda form: form[1] if form[1] == form[1] else np.inf)


def _of_baths(model: SpinChain, ends: Contacts, sites: list[tuple[float, float]], *, energy: bool) -> Bounded:
    """What every bath brings: its share of the site's flow, and what baths on one site exchange."""
    values, bounds = [], []
    for b, site in enumerate(model.bath_sites):
        value, bound = sites[0] if site == 0 else sites[1]
        own = ends.offsets[b] * (model.frequencies[site] if energy else 1.0)
        values.append(own + ends.shares[b] * float(value))
        bounds.append(ends.shares[b] * float(bound) + 2 * RELATIVE * (abs(own) + ends.shares[b] * abs(float(value))))
        if ends.shares[b] == 1.0:
            bounds[-1] = float(bound)
    return Bounded(np.array(values), np.array(bounds))


def _dephasing(chain: Wire, real: Bounded, sites: list[tuple[float, float]]) -> Bounded:
    """-Σ (γ_k + γ_k+1) Re(g c), or what the ends bring less than nothing."""
    rate = (chain.dephasing[:-1] + chain.dephasing[1:]) * chain.hopping
    value = -float(rate @ real.value)
    bound = float(rate @ real.bound + (8 + len(rate)) * UNIT * (rate @ np.abs(real.value)))
    if not np.any(rate):
        return Bounded(0.0, 0.0)
    total = -(sites[0][0] + sites[1][0])
    room = sites[0][1] + sites[1][1] + UNIT * abs(total)
    found = better(Bounded(value, bound), Bounded(total, room))
    return Bounded(float(found.value), float(found.bound))


def _energy(chain: Wire, n: Bounded, real: Bounded) -> Bounded:
    """⟨H⟩ = Σ ω (n - ½) + 2 Σ Re(g c)."""
    w, g = chain.frequencies, chain.hopping
    parts = np.concatenate([w * (n.value - 0.5), 2 * g * real.value])
    room = np.abs(w) @ n.bound + 2 * (g @ real.bound) + (4 + len(parts)) * UNIT * np.abs(parts).sum()
    return Bounded(float(parts.sum()), float(room))


def wick(n: Bounded, C: Bounded) -> Bounded:
    """⟨n_kn_l⟩ = n_k n_l - |C_kl|² of a Gaussian state, shape (N, N); ⟨n_k⟩ on the diagonal."""
    p, room, size = np.abs(n.value), np.asarray(n.bound), np.abs(C.value)
    value = np.outer(n.value, n.value) - size**2
    far = np.outer(p, room)
    bound = far + far.T + np.outer(room, room) + (2 * size + C.bound) * C.bound
    bound += 8 * UNIT * (np.outer(p, p) + size**2)
    here = np.diag_indices(len(p))
    value[here], bound[here] = n.value, room + UNIT * p
    return Bounded(value, bound)


def turned(chain: Wire, C: Complex) -> Complex:
    """C with the phases of the hopping."""
    found: Complex = chain.phases.conj()[:, None] * C * chain.phases
    return found
