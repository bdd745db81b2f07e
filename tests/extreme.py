"""Driven models whose numbers span many decades: random ones, and named ones that have gone wrong somewhere."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

import caloriq as cq
from oracle import NotUnique, truth

SEED = 20051
DECADES = 6.0  # to both sides of 1

# --- random models ----------------------------------------------------------------------------------------------------


def random_models(count: int, *, seed: int = SEED) -> Iterator[cq.SpinChain]:
    """Driven models of 2 to 5 sites; the first ones do not depend on how many are asked for."""
    for child in np.random.SeedSequence(seed).spawn(count):
        yield random_model(np.random.default_rng(child))


def random_model(rng: np.random.Generator) -> cq.SpinChain:
    """One driven model over twelve decades of everything it is made of."""
    N = int(rng.choice([2, 3, 4, 5], p=[0.3, 0.37, 0.3, 0.03]))
    draw = STYLES[int(rng.choice(len(STYLES), p=[0.45, 0.25, 0.3]))](rng)
    frequency = draw("frequency", N) if rng.random() < 0.6 else np.full(N, draw("frequency", 1)[0])
    dephasing = draw("dephasing", N) * _which(rng, N)
    baths = _baths(rng, draw, frequency)
    if rng.random() < 0.85 or N == 2:
        zz = draw("zz", N - 1) * rng.choice([-1, 1], N - 1) * (rng.random() < 0.7)
        return cq.SpinChain(
            sites=N,
            hopping=draw("hopping", N - 1) * rng.choice([-1, 1], N - 1),
            zz=zz,
            frequency=frequency,
            dephasing=dephasing,
            baths=baths,
        )
    pairs = N * (N - 1) // 2
    return cq.SpinChain(
        sites=N,
        couplings=_hermitian(N, draw("hopping", pairs) * _phases(rng, pairs)),
        zz=_hermitian(N, draw("zz", pairs) * (rng.random() < 0.5)).real,
        frequency=frequency,
        dephasing=dephasing,
        baths=baths,
    )


def _hermitian(sites: int, upper: NDArray[Any]) -> NDArray[Any]:
    out = np.zeros((sites, sites), dtype=upper.dtype)
    out[np.triu_indices(sites, 1)] = upper
    return out + out.conj().T


def _phases(rng: np.random.Generator, size: int) -> NDArray[Any]:
    return np.exp(2j * np.pi * rng.random(size)) if rng.random() < 0.5 else np.ones(size)


def _which(rng: np.random.Generator, sites: int) -> NDArray[Any]:
    """Sites with dephasing: none, all, or some."""
    how = rng.random()
    return np.zeros(sites) if how < 0.35 else np.ones(sites) if how < 0.7 else rng.integers(0, 2, sites).astype(float)


Draw = Callable[[str, int], NDArray[Any]]


def _wild(rng: np.random.Generator) -> Draw:
    """Every number on its own."""
    return lambda name, size: 10.0 ** rng.uniform(-DECADES, DECADES, size)


def _uniform(rng: np.random.Generator) -> Draw:
    """Every quantity on its own scale, the same number everywhere."""
    return lambda name, size: np.full(size, 10.0 ** rng.uniform(-DECADES, DECADES))


def _one_extreme(rng: np.random.Generator) -> Draw:
    """Ordinary numbers but for one quantity, or one number of one quantity, which may be far off."""
    chosen = str(rng.choice(["hopping", "zz", "frequency", "dephasing", "rate", "none"]))

    def draw(name: str, size: int) -> NDArray[Any]:
        out = rng.uniform(0.3, 1.5, size)
        if name == chosen:
            far = 10.0 ** (rng.choice([-1, 1]) * rng.uniform(3, 2 * DECADES))
            if rng.random() < 0.5:
                out[rng.integers(size)] *= far
            else:
                out *= far
        return out

    return draw


STYLES = (_wild, _uniform, _one_extreme)


def _baths(rng: np.random.Generator, draw: Draw, frequency: NDArray[Any]) -> tuple[cq.Bath, ...]:
    N, how = len(frequency), rng.random()
    if how < 0.2:
        return _nearly_equal(rng, draw, frequency)
    sites = [0, N - 1]
    if how > 0.85:
        sites.append(int(rng.integers(N)))
    return tuple(_bath(rng, draw, s, float(frequency[s]), name=f"bath {i}") for i, s in enumerate(sites))


def _bath(rng: np.random.Generator, draw: Draw, site: int, frequency: float, *, name: str) -> cq.Bath:
    form, (rate, other) = int(rng.integers(6)), draw("rate", 2).tolist()
    if form == 0:
        return cq.Bath(site=site, temperature=0.0, rate=rate, name=name)
    if form <= 2:
        lowest = -2.5 if rng.random() < 0.2 else -1.0
        ratio = 10.0 ** rng.uniform(lowest, 8.0 if rng.random() < 0.5 else 1.0)
        return cq.Bath(site=site, temperature=frequency * ratio, rate=rate, name=name)
    if form == 3:
        return cq.Bath(site=site, occupation=10.0 ** rng.uniform(-10, 6), rate=rate, name=name)
    gain, loss = [(rate, other), (rate, 0.0), (0.0, rate), (rate, rate)][int(rng.choice(4, p=[0.4, 0.2, 0.2, 0.2]))]
    return cq.Bath(site=site, gain=gain, loss=loss, name=name)


def _nearly_equal(rng: np.random.Generator, draw: Draw, frequency: NDArray[Any]) -> tuple[cq.Bath, ...]:
    """Two baths at the ends that differ in little."""
    bias, (rate, other) = 10.0 ** rng.uniform(-14, -3), draw("rate", 2).tolist()
    if rng.random() < 0.5:
        first, last = float(frequency[0]), float(frequency[-1])
        beta = 10.0 ** -rng.uniform(-1.0, 4.0) / first
        return (
            cq.Bath(site=0, temperature=(1 + bias) / beta, rate=rate, name="hot"),
            cq.Bath(site=-1, temperature=last / first / beta, rate=other, name="cold"),
        )
    gain, loss = rng.uniform(0.1, 1, 2).tolist()
    return (
        cq.Bath(site=0, gain=rate * gain * (1 + bias), loss=rate * loss, name="more"),
        cq.Bath(site=-1, gain=other * gain, loss=other * loss, name="less"),
    )


# --- named models -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A model, and numbers of it that are known from elsewhere (relative to 1e-4 or as they were printed)."""

    model: cq.SpinChain | cq.ClassicalChain
    known: Mapping[str, Any] = field(default_factory=dict)


def thermal(first: float, last: float, rates: Any = 1.0) -> tuple[cq.Bath, ...]:
    """Baths of two temperatures at the ends."""
    one, two = np.broadcast_to(rates, (2,)).tolist()
    return (cq.Bath(site=0, temperature=first, rate=one), cq.Bath(site=-1, temperature=last, rate=two))


def bare(*site_gain_loss: tuple[int, float, float]) -> tuple[cq.Bath, ...]:
    """Baths given by site, gain and loss."""
    return tuple(cq.Bath(site=s, gain=up, loss=down) for s, up, down in site_gain_loss)


def chain(sites: int, baths: Any, **fields: Any) -> cq.SpinChain:
    """A chain of unit hopping."""
    return cq.SpinChain(**({"sites": sites, "hopping": 1.0, "baths": baths} | fields))


ENDS = ((0, 0.3, 0.7), (-1, 0.1, 0.9))


def cases() -> dict[str, Case]:
    """Every named model."""
    return dict(itertools.chain(_hot(), _slow_and_fast(), _small(), _entropy(), _weak_links(), _huge(), _classical()))


def _both_ways(J: float) -> dict[str, Any]:
    return {"heat_currents": [J, -J]}


def _hot() -> Iterator[tuple[str, Case]]:
    for T, J in ((1e5, 3.5533e-6), (1e6, 3.553e-7), (1e12, 3.5534e-13)):
        yield f"hot {T:g}, zz", Case(chain(4, thermal(T, 1.0), zz=0.5), _both_ways(J))
    for cold in (1.0, 0.0, 1e8):
        model = chain(4, thermal(1e8, cold), frequency=[1.0, 1.2, 0.9, 1.1])
        yield f"hot 1e8 beside {cold:g}, unequal frequencies", Case(model)
    yield "hot 1e8 beside 0, dephasing", Case(chain(3, thermal(1e8, 0.0), dephasing=0.1), _both_ways(1.0e-8))


def _slow_and_fast() -> Iterator[tuple[str, Case]]:
    yield "rates 1e-6 and 1e5", Case(chain(3, thermal(1.0, 0.0, (1e-6, 1e5)), zz=0.5), _both_ways(2.66266e-7))
    yield "rates 1e5", Case(chain(4, thermal(1.0, 0.5, 1e5), zz=0.5), _both_ways(6.6277e-7))
    yield "rates 1e8, no zz", Case(chain(2, thermal(1.0, 0.5, 1e8)), _both_ways(1.72262e-9))
    for rate in (1e-3, 1e-4, 1e-5, 1e-6):
        yield f"weak baths {rate:g}", Case(chain(4, thermal(1.0, 0.0, rate), zz=0.5))
    for rate in (1e9, 1e12):
        yield f"rate {rate:g} at one end", Case(chain(4, bare((0, 0.3 * rate, 0.7 * rate), ENDS[1]), zz=0.5))
        both = bare((0, 0.3 * rate, 0.7 * rate), (-1, 0.1 * rate, 0.9 * rate))
        yield f"rate {rate:g} at both ends", Case(chain(4, both, zz=0.5))
    yield "rate 1e-14 beside 1", Case(chain(4, bare((0, 0.3e-14, 0.7e-14), ENDS[1]), zz=0.5))


def _small() -> Iterator[tuple[str, Case]]:
    # two temperatures 1 and 1/2: the current of zz = 0 would be 0.17226 hopping²
    weak = chain(4, thermal(1.0, 0.5), hopping=1e-6, zz=5e-7)
    yield "hopping 1e-6", Case(weak, {"currents": [0.171418e-12] * 3})
    for bias in (1e-12, 1e-16):
        near = bare((0, 0.5, 0.5), (-1, 0.5 - bias, 0.5 + bias))
        yield f"bias {bias:g}", Case(chain(3, near, zz=0.5))
        yield f"bias {bias:g}, dephasing, no zz", Case(chain(3, near, dephasing=0.3))


def _entropy() -> Iterator[tuple[str, Case]]:
    yield "cold 0.03 beside 0", Case(chain(3, thermal(0.03, 0.0), dephasing=0.1), {"entropy_production": np.inf})
    near = chain(3, thermal(1 + 1e-8, 1.0), dephasing=0.1)
    yield "temperatures 1 + 1e-8 and 1", Case(near, {"entropy_production": 9.3349e-18})
    yield "temperatures 1 + 1e-8 and 1, zz", Case(chain(3, thermal(1 + 1e-8, 1.0), zz=0.5))
    yield "all baths at 0", Case(chain(3, thermal(0.0, 0.0), zz=0.5), {"populations": [0.0] * 3})
    yield "equal baths", Case(chain(3, thermal(1.0, 1.0), zz=0.5, dephasing=0.3))


def _weak_links() -> Iterator[tuple[str, Case]]:
    for s in (1e-8, 1e-10, 1e-12, 1e-14):
        for zz in (0.5, 0.0):
            name = f"{s:g}" if zz else f"{s:g}, no zz"
            middle = chain(4, bare(*ENDS), hopping=[1.0, s, 1.0], zz=[zz, zz * s, zz])
            yield f"weak middle bond {name}", Case(middle)
            yield f"weak inner site {name}", Case(chain(3, bare(*ENDS), hopping=[s, s], zz=zz))
            pair = bare((0, 0.3, 0.7), (1, 0.1, 0.9))
            yield f"dangling site {name}", Case(chain(3, pair, hopping=[1.0, s], zz=zz))
            dephased = chain(3, pair, hopping=[1.0, s], zz=zz, dephasing=[0.0, 0.0, 0.5])
            yield f"dangling dephased site {name}", Case(dephased)


def _huge() -> Iterator[tuple[str, Case]]:
    driven = bare((0, 1.0, 0.0), (-1, 0.0, 1.0))
    yield "maximal driving, zz 100", Case(chain(4, driven, zz=100.0), _both_ways(5.00337e-9))
    yield "zz 1e6", Case(chain(4, bare(*ENDS), zz=1e6))
    yield "zz 1e6, three sites", Case(chain(3, bare(*ENDS), zz=1e6))
    for bond in range(3):
        hopping = [1.0, 1.0, 1.0]
        hopping[bond] = 1e9
        yield f"hopping 1e9 on bond {bond}", Case(chain(4, bare(*ENDS), hopping=hopping, zz=0.5))


def _classical() -> Iterator[tuple[str, Case]]:
    baths = thermal(1.0, 0.0)
    n = 1 / np.expm1(1.0)
    first, s = 2 * n + 1, n / (2 * n + 1)
    for V in (1e-12, 1e12):
        J = first * V * s / (V * (first + 1) + 3 * first)
        yield f"classical, rate {V:g}", Case(cq.ClassicalChain(sites=4, rate=V, baths=baths), _both_ways(J))
    island = cq.ClassicalChain(sites=5, rate=[1.0, 1e-14, 1.0, 1.0], baths=bare(*ENDS))
    yield "classical, island by 1e-14", Case(island)
    dangling = cq.ClassicalChain(sites=3, rate=[1.0, 1e-14], baths=bare((0, 0.3, 0.7), (1, 0.1, 0.9)))
    yield "classical, dangling by 1e-14", Case(dangling)
    for rate in (1e-14, 1e-100, 1e-300):
        slow = bare((0, 0.3 * rate, 0.7 * rate), ENDS[1])
        yield f"classical, one bath {rate:g}", Case(cq.ClassicalChain(sites=4, rate=1.0, baths=slow))
    for scale in (1e-300, 1e-100, 1e100, 1e300):
        both = bare((0, 0.3 * scale, 0.7 * scale), (-1, 0.1 * scale, 0.9 * scale))
        yield f"classical, all {scale:g}", Case(cq.ClassicalChain(sites=4, rate=scale, baths=both))
        yield f"classical, baths {scale:g}", Case(cq.ClassicalChain(sites=4, rate=1.0, baths=both))


# --- the comparison ---------------------------------------------------------------------------------------------------

BOUNDED = (
    "currents",
    "heat_currents",
    "excitation_currents",
    "dephasing_current",
    "populations",
    "population_differences",
    "temperatures",
    "coherences",
    "energy",
    "entropy_production",
    "jump_entropy_production",
)
UNBOUNDED = ("pair_correlations", "two_point")  # by most methods without a bound: probabilities, held to LOOSE of 1
LOOSE = 1e-6  # a bound above this share of its number is an upper limit rather than a value


def _claimed(state: cq.SteadyState, name: str) -> Any:
    """The bounds of a number; none beyond neighbours where the correlator is another one there."""
    if name != "two_point" or state.two_point_kind == "spin":
        return state.bounds[name]
    place = np.arange(state.model.sites)
    return np.where(np.abs(place[:, None] - place) <= 1, state.bounds[name], np.inf)


def _room(state: cq.SteadyState, name: str) -> NDArray[Any]:
    """What correlators may be off; none is promised beyond neighbours where strings lie between."""
    far = np.abs(np.subtract.outer(np.arange(state.model.sites), np.arange(state.model.sites))) > 1
    other = name == "two_point" and state.two_point_kind == "fermion"
    return np.where(far & other, np.inf, LOOSE)


@dataclass
class Tally:
    """What became of many models."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def refused(self) -> float:
        """Share of the models with a unique steady state that were not solved."""
        return self.counts["refused"] / max(1, self.counts["refused"] + self.counts["solved"])

    def add(self, model: Any, label: str, *, method: Any = "auto") -> None:
        """Solve a model, and compare every number with the truth."""
        try:
            state = cq.steady_state(model, method=method)
        except cq.Unsupported:
            self.counts["does not apply"] += 1
        except (cq.NotConverged, cq.InvalidInput) as refusal:
            self._refuse(model, refusal)
        except Exception as crash:  # a finding, not the end of the scan
            self.counts["crashed"] += 1
            self.wrong.append(f"{label}: {type(crash).__name__}: {crash}")
        else:
            self.compare(state, label)

    def _refuse(self, model: Any, refusal: Exception) -> None:
        """A model whose steady state is not unique must be refused; any other counts."""
        try:
            truth(model)
        except NotUnique:
            self.counts["not unique"] += 1
            return
        self.counts["refused"] += 1
        self.counts["refused: " + str(refusal).split(", but")[0]] += 1

    def compare(self, state: cq.SteadyState, label: str) -> None:
        self.counts["solved"] += 1
        try:
            exact, bounds = truth(state.model), state.bounds
        except NotUnique as none:
            self.counts["wrong"] += 1
            self.wrong.append(f"{label}, {state.method.name}: {none}")
            return
        missing = [name for name in BOUNDED if name in exact.numbers and name not in bounds]
        wrong = [f"no bound of {name}" for name in missing]
        for name in exact:
            if name in bounds and getattr(state, name) is not None:
                wrong += exact.outside(name, getattr(state, name), _claimed(state, name))
                if name not in UNBOUNDED:
                    self._looseness(getattr(state, name), bounds[name])
        for name in UNBOUNDED:
            if name in exact.numbers and name not in bounds and getattr(state, name) is not None:
                wrong += exact.outside(name, getattr(state, name), _room(state, name))
        if wrong:
            self.counts["wrong"] += 1
            self.wrong.append(f"{label}, {state.method.name}: " + "; ".join(wrong))

    def _looseness(self, values: Any, bounds: Any) -> None:
        size, room = np.abs(np.asarray(values)), np.asarray(bounds)
        self.counts["numbers"] += size.size
        self.counts["upper limits"] += int(np.sum(~(room <= LOOSE * size)))

    def __str__(self) -> str:
        return ", ".join(f"{count} {name}" for name, count in sorted(self.counts.items()))
