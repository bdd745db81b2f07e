"""Random driven chains, and an independent construction of their Liouvillian for QuTiP."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

import caloriq as cq

REFERENCE = (cq.Bath(site=0, temperature=1.0, rate=1.0), cq.Bath(site=-1, temperature=0.0, rate=1.0))


def uniform(sites: int, dephasing: float = 0.0, zz: float = 0.0) -> cq.SpinChain:
    """The reference chain: g = ω = Γ = 1, T = 1 and 0."""
    return cq.SpinChain(sites=sites, hopping=1.0, zz=zz, dephasing=dephasing, baths=REFERENCE)


positive = st.floats(0.1, 2.0)
few = st.integers(2, 4)
three_or_four = st.integers(3, 4)


@st.composite
def bath_at(draw: Any, site: int, name: str | None = None) -> cq.Bath:
    """A bath in any of its forms."""
    form = draw(st.sampled_from(["temperature", "cold", "occupation", "rates", "gain", "loss"]))
    rate = draw(positive)
    if form == "temperature":
        return cq.Bath(site=site, temperature=draw(st.floats(0.2, 3.0)), rate=rate, name=name)
    if form == "cold":
        return cq.Bath(site=site, temperature=0.0, rate=rate, name=name)
    if form == "occupation":
        return cq.Bath(site=site, occupation=draw(st.just(0.0) | st.floats(1e-12, 2.0)), rate=rate, name=name)
    gain = rate if form == "gain" else draw(st.floats(0.1, 1.0))
    loss = rate if form == "loss" else draw(st.floats(0.1, 1.0))
    return cq.Bath(site=site, gain=0.0 if form == "loss" else gain, loss=0.0 if form == "gain" else loss, name=name)


@st.composite
def wires(draw: Any, *, sites: Any = few, zz: bool = True, ends: bool = True) -> cq.SpinChain:
    """Neighbour-coupled chains with everything random, baths at the ends (or on any sites too)."""
    N = draw(sites)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    baths = [draw(bath_at(0)), draw(bath_at(-1))]
    if not ends:
        baths.append(draw(bath_at(draw(st.integers(0, N - 1)), name="third")))
    return cq.SpinChain(
        sites=N,
        hopping=rng.uniform(0.2, 1.5, N - 1),
        zz=rng.uniform(-1, 1, N - 1) if zz else 0.0,
        frequency=rng.uniform(0.3, 2.0, N),
        dephasing=draw(st.sampled_from([0.0, 0.7])) * rng.random(N),
        baths=tuple(baths),
    )


@st.composite
def networks(draw: Any, *, sites: Any = three_or_four) -> cq.SpinChain:
    """All pairs coupled with complex amplitudes, ZZ on all pairs, a bath on site 0 and on another."""
    N = draw(sites)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    g = rng.uniform(0.2, 1, (N, N)) * np.exp(2j * np.pi * rng.random((N, N)))
    upper, zz = np.triu(g, 1), np.triu(rng.uniform(-1, 1, (N, N)), 1)
    return cq.SpinChain(
        sites=N,
        couplings=upper + upper.conj().T,
        zz=zz + zz.T,
        frequency=rng.uniform(0.3, 2.0, N),
        dephasing=rng.uniform(0.1, 1.0, N),
        baths=(draw(bath_at(0)), draw(bath_at(draw(st.integers(1, N - 1))))),
    )


def operators(model: cq.SpinChain) -> tuple[Any, list[Any], list[Any]]:
    """QuTiP's H, σ⁻ of every site and all collapse operators, built from the definition alone."""
    import qutip

    N = model.sites
    one = [qutip.qeye(2)] * N
    # basis(2, 0) is the excited state in QuTiP's convention of σz
    lower = [qutip.tensor([*one[:j], qutip.sigmam(), *one[j + 1 :]]) for j in range(N)]
    z = [qutip.tensor([*one[:j], qutip.sigmaz(), *one[j + 1 :]]) for j in range(N)]
    H = 0 * z[0]
    for w, s in zip(model.frequencies, z, strict=True):
        H += float(w) / 2 * s
    for k, l, g, zz in zip(*model.bonds, strict=True):
        hop = complex(g) * lower[k].dag() * lower[l]
        H += hop + hop.dag() + float(zz) / 2 * z[k] * z[l]
    jumps = []
    for rate, site in zip(model.bath_rates, model.bath_sites, strict=True):
        jumps += [np.sqrt(rate.gain) * lower[site].dag(), np.sqrt(rate.loss) * lower[site]]
    jumps += [np.sqrt(g) * a.dag() * a for g, a in zip(model.dephasing_rates, lower, strict=True)]
    return H, lower, [c for c in jumps if c.norm() > 0]
