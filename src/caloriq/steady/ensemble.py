"""Ensembles of disordered chains: small ones solved in batches of dense real systems, others one by one."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

from caloriq._checks import Real
from caloriq.errors import InvalidInput, NotConverged
from caloriq.models import sectors
from caloriq.models.disorder import DisorderedChain
from caloriq.models.random import PROBE, generator
from caloriq.models.spins import SpinChain
from caloriq.results import Certificate, Check, MethodReport, Progress, Solution, frozen
from caloriq.steady.result import SteadyState

BATCH_BYTES = 2.0e8
TWO_POINT_SITES = 8  # beyond, a batch of N² x N² systems costs more than one sample after the other
SECTOR_SITES = 5
TOL = 1e-9
CERTAIN = 1e-8  # error of a solution that the certificate lets pass


@dataclass(frozen=True)
class SteadyEnsemble(Solution):
    """Steady states of all samples of a disordered chain.

    Attributes
    ----------
    currents : array, shape (samples, B)
        Excitation current along every bond.
    heat_currents : array, shape (samples, baths)
        Energy per time from every bath into the chain.
    dephasing_currents : array, shape (samples,)
        Energy per time from the dephasing into the chain.
    excitation_currents : array, shape (samples, baths)
        Excitations per time from every bath.
    populations : array, shape (samples, N)
        ⟨n_k⟩.
    """

    currents: Real
    heat_currents: Real
    dephasing_currents: Real
    excitation_currents: Real
    populations: Real

    def mean(self, values: Real) -> tuple[Real, Real]:
        """Mean over the samples and its standard error."""
        spread = values.std(axis=0, ddof=1) if len(values) > 1 else np.full(values.shape[1:], np.nan)
        return values.mean(axis=0), spread / np.sqrt(len(values))


class Draws(NamedTuple):
    """Parameters of a batch of samples: (n, N), (n, B), (n, N) and rates (n, baths)."""

    frequency: Real
    hopping: Real
    dephasing: Real
    gain: Real
    loss: Real

    @property
    def scale(self) -> Real:
        """Largest rate of every sample, by which the equations are rounded."""
        rates = np.concatenate([np.abs(self.hopping), self.dephasing, self.gain + self.loss], axis=1)
        largest: Real = np.maximum(rates.max(axis=1), np.ptp(self.frequency, axis=1))
        return largest


def batched(model: DisorderedChain) -> str | None:
    """Which batch applies: "two-point", "sector", or None."""
    chain, names = model.chain, {d.quantity for d in model.disorder}
    free = not chain.interacting and "zz" not in names
    real = not np.iscomplexobj(chain.bonds.hopping)
    wire = chain.couplings is None and "couplings" not in names and np.ndim(chain.zz) == 0
    ends = set(chain.bath_sites) <= {0, chain.sites - 1}
    if free and real and wire and ends and chain.sites <= TWO_POINT_SITES:
        return "two-point"
    if free and real and chain.sites <= SECTOR_SITES:
        return "sector"
    return None


def admit_batched(model: DisorderedChain) -> float:
    """Bytes needed: the results of all samples, and a batch."""
    here = model.chain
    return 8.0 * model.samples * (2 * here.sites + 2 * len(here.baths) + 2 + len(pairs_of(model)[0])) + 4 * BATCH_BYTES


def solve_batched(model: DisorderedChain, kind: str, reason: str, progress: Progress | None) -> SteadyEnsemble:
    """All samples, in batches."""
    clock = time.perf_counter()
    chain = model.chain
    system: TwoPointSystem | SectorSystem = (
        TwoPointSystem(chain) if kind == "two-point" else SectorSystem(chain, pairs_of(model))
    )
    step = max(1, min(model.samples, int(BATCH_BYTES / (8.0 * system.dimension**2))))
    B = len(system.first)
    out = {
        "currents": np.empty((model.samples, B)),
        "heat": np.empty((model.samples, len(chain.baths) + 1)),
        "excitations": np.empty((model.samples, len(chain.baths))),
        "populations": np.empty((model.samples, chain.sites)),
    }
    residual, error, fastest = 0.0, 0.0, np.empty(model.samples)
    probe = generator(0, PROBE, system.dimension).standard_normal(system.dimension)
    probe *= np.finfo(float).eps / np.linalg.norm(probe)
    for start in range(0, model.samples, step):
        stop = min(model.samples, start + step)
        drawn = draw(model, start, stop)
        matrices, right = system.assemble(drawn)
        rounding = np.broadcast_to(probe, right.shape)
        try:
            x, moved = np.moveaxis(np.linalg.solve(matrices, np.stack([right, rounding], axis=-1)), -1, 0)
        except np.linalg.LinAlgError:
            raise NotConverged(
                f"`method` must find one steady state in every sample, but there are several (got a singular system among samples {start}..{stop - 1}); add a bath or dephasing where none reaches"
            ) from None
        change = np.linalg.norm(moved, axis=1) * drawn.scale / np.linalg.norm(x, axis=1)
        error = float(np.maximum(error, change.max()))
        misfit = np.linalg.norm(np.einsum("nij,nj->ni", matrices, x) - right, axis=1)
        residual = max(residual, float((misfit / np.linalg.norm(right, axis=1)).max()))
        fastest[start:stop] = (drawn.gain + drawn.loss).max(axis=1)
        populations, coherences = system.read(x)
        fill(model, system, drawn, populations, coherences, {k: v[start:stop] for k, v in out.items()})
        if progress is not None:
            progress(stop, model.samples)
    return finish(model, out, (residual, error), fastest, reason, f"batched {kind}", time.perf_counter() - clock)


def randomly_coupled(model: DisorderedChain) -> bool:
    """Whether all pairs are coupled at random."""
    return any(d.quantity == "couplings" for d in model.disorder)


def solve_each(
    model: DisorderedChain, solve: Callable[[SpinChain], SteadyState], progress: Progress | None
) -> SteadyEnsemble:
    """Sample after sample, each by `solve`."""
    clock = time.perf_counter()
    found = []
    for number in range(model.samples):
        found.append(solve(model.sample(number)))
        if progress is not None:
            progress(number + 1, model.samples)
    worst: dict[str, Check] = {}
    for one in found:
        for check in one.certificate:
            if check.name not in worst or not check.value <= worst[check.name].value:
                worst[check.name] = check
    methods = sorted({one.method.name for one in found})
    statistics = MappingProxyType({"samples": model.samples, "wall time in s": time.perf_counter() - clock})
    return SteadyEnsemble(
        model=model,
        method=MethodReport(", ".join(methods), f"one by one: {found[0].method.reason}", statistics),
        certificate=Certificate(tuple(worst.values())),
        currents=frozen(np.array([one.currents for one in found])),
        heat_currents=frozen(np.array([one.heat_currents for one in found])),
        dephasing_currents=frozen(np.array([one.dephasing_current for one in found])),
        excitation_currents=frozen(np.array([one.excitation_currents for one in found])),
        populations=frozen(np.array([one.populations for one in found])),
    )


def graph_of(model: DisorderedChain) -> SpinChain:
    """A chain with the couplings that all samples have, up to their values."""
    chain, N = model.chain, model.sites
    if randomly_coupled(model):
        return chain.model_copy(update={"hopping": None, "zz": 0.0, "couplings": np.ones((N, N)) - np.eye(N)})
    random = {d.quantity for d in model.disorder}
    return chain.model_copy(update={"hopping": 1.0}) if "hopping" in random else chain


def pairs_of(model: DisorderedChain) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Coupled pairs of every sample."""
    if randomly_coupled(model):
        first, second = np.triu_indices(model.sites, 1)
        return first, second
    if any(d.quantity == "hopping" for d in model.disorder):
        return np.arange(model.sites - 1), np.arange(1, model.sites)
    return model.chain.bonds.first, model.chain.bonds.second


def draw(model: DisorderedChain, start: int, stop: int) -> Draws:
    """Parameters of samples `start`..`stop`."""
    chain = model.chain
    frequency = model.draws("frequency", start, stop)
    dephasing = model.draws("dephasing", start, stop)
    if np.any(dephasing < 0):
        raise InvalidInput(
            f"`disorder` must keep dephasing at least 0, but it does not in some sample (got {dephasing.min():g}); narrow it"
        )
    if randomly_coupled(model):
        hopping = model.draws("couplings", start, stop)
    elif chain.couplings is None:
        hopping = model.draws("hopping", start, stop)
    else:
        hopping = np.broadcast_to(chain.bonds.hopping, (stop - start, len(chain.bonds.hopping)))
    gain = np.empty((stop - start, len(chain.baths)))
    loss = np.empty_like(gain)
    for b, (bath, site) in enumerate(zip(chain.baths, chain.bath_sites, strict=True)):
        if bath.temperature is None:
            gain[:, b], loss[:, b] = bath.rates(0.0)
            continue
        w = frequency[:, site]
        if np.any(w <= 0):
            raise InvalidInput(
                f"`disorder` must keep the frequency of sites with a heat bath above 0, but it does not on site {site} (got {w.min():g}); narrow it, or give the bath by gain and loss"
            )
        assert bath.rate is not None
        with np.errstate(over="ignore", divide="ignore"):
            occupation = 1 / np.expm1(w / bath.temperature) if bath.temperature > 0 else np.zeros_like(w)
        gain[:, b], loss[:, b] = bath.rate * occupation, bath.rate * (occupation + 1)
    return Draws(frequency, hopping, dephasing, gain, loss)


class TwoPointSystem:
    """The two-point set as a real N² x N² system: dP/dt = h Pᵀ - Pᵀ h - W∘P + source, P = Re C + Im C, h real."""

    def __init__(self, chain: SpinChain) -> None:
        self.chain, self.dimension = chain, chain.sites**2
        self.first, self.second = chain.bonds.first, chain.bonds.second
        N = chain.sites
        transposition = np.arange(N * N).reshape(N, N).T.ravel()
        self._h: list[Real] = []
        for j, l in zip(self.first, self.second, strict=True):
            h = np.zeros((N, N))
            h[j, l] = h[l, j] = 1
            self._h.append((np.kron(h, np.eye(N)) - np.kron(np.eye(N), h))[:, transposition])
        self._w = []
        for j in range(N):
            h = np.zeros((N, N))
            h[j, j] = 1
            self._w.append((np.kron(h, np.eye(N)) - np.kron(np.eye(N), h))[:, transposition])

    def assemble(self, drawn: Draws) -> tuple[Real, Real]:
        """Matrices (n, N², N²) and right-hand sides (n, N²) of 𝓛 P = -source."""
        N, n = self.chain.sites, len(drawn.frequency)
        A = np.tensordot(drawn.hopping, np.array(self._h), 1) + np.tensordot(drawn.frequency, np.array(self._w), 1)
        site = drawn.dephasing.copy()
        source = np.zeros((n, N))
        for b, s in enumerate(self.chain.bath_sites):
            site[:, s] += drawn.gain[:, b] + drawn.loss[:, b]
            source[:, s] += drawn.gain[:, b]
        W = (site[:, :, None] + site[:, None, :]) / 2
        here = np.arange(N)
        W[:, here, here] -= drawn.dephasing
        diagonal = np.arange(N * N)
        A[:, diagonal, diagonal] -= W.reshape(n, -1)
        right = np.zeros((n, N * N))
        right[:, here * (N + 1)] = -source
        return A, right

    def read(self, x: Real) -> tuple[Real, NDArray[Any]]:
        """Populations (n, N) and bond coherences (n, B) of solutions."""
        N = self.chain.sites
        P = x.reshape(-1, N, N)
        j, l = self.first, self.second
        coherences = (P[:, j, l] + P[:, l, j]) / 2 + 1j * (P[:, j, l] - P[:, l, j]) / 2
        return P[:, np.arange(N), np.arange(N)], coherences


class SectorSystem:
    """𝓛 in the sector as a real C(2N,N)-dimensional system, a sum of parameters times fixed matrices."""

    def __init__(self, chain: SpinChain, pairs: tuple[NDArray[np.intp], NDArray[np.intp]]) -> None:
        self.chain, (self.first, self.second) = chain, pairs
        space = self.space = sectors.basis(chain.sites)
        self.dimension = space.dimension
        N = chain.sites
        bare = SpinChain(sites=N, couplings=np.zeros((N, N)), frequency=0.0)
        self._frequency = self._stack([bare.model_copy(update={"frequency": np.eye(N)[j]}) for j in range(N)])
        unit = []
        for j, l in zip(*pairs, strict=True):
            g = np.zeros((N, N))
            g[j, l] = g[l, j] = 1
            unit.append(bare.model_copy(update={"couplings": g}))
        self._hopping = self._stack(unit)
        occupied = [[space.occupation[k][:, j] for k in range(N + 1)] for j in range(N)]
        self._dephasing = np.array([self._elementwise(n, self._dephase) for n in occupied])
        self._gain = np.array([self._jump(j, up=True) for j in chain.bath_sites])
        self._loss = np.array([self._jump(j, up=False) for j in chain.bath_sites])
        offsets = np.concatenate([[0], np.cumsum([d * d for d in space.sizes])])
        self._offsets = offsets
        self._diagonal = np.concatenate([offsets[k] + np.arange(d) * (d + 1) for k, d in enumerate(space.sizes)])
        self._occupation = np.concatenate(space.occupation)

    def _stack(self, models: list[SpinChain]) -> Real:
        return np.array([self._commutator(m).toarray() for m in models])

    def _commutator(self, model: SpinChain) -> scipy.sparse.csr_array:
        """-i[H, ·] on packings: -(H ⊗ 1 - 1 ⊗ H) after transposition, block by block."""
        parts = []
        for k, d in enumerate(self.space.sizes):
            H, one = sectors.hamiltonian(model, self.space, k), scipy.sparse.eye_array(d)
            transposition = np.arange(d * d).reshape(d, d).T.ravel()
            parts.append(-(scipy.sparse.kron(H, one) - scipy.sparse.kron(one, H)).tocsr()[:, transposition])
        return scipy.sparse.csr_array(scipy.sparse.block_diag(parts))

    @staticmethod
    def _dephase(n: Real) -> Real:
        return np.outer(n, n) - (n[:, None] + n) / 2

    def _elementwise(self, per_block: list[Real], weight: Any) -> Real:
        return np.diag(np.concatenate([weight(n).ravel() for n in per_block]))

    def _jump(self, site: int, *, up: bool) -> Real:
        """𝓛 of one bath of unit gain or loss."""
        occupied = [n[:, site] for n in self.space.occupation]
        out = self._elementwise(occupied, lambda n: -((1 - n)[:, None] + (1 - n)) / 2 if up else -(n[:, None] + n) / 2)
        offsets = np.concatenate([[0], np.cumsum([d * d for d in self.space.sizes])])
        for k in range(self.chain.sites):
            empty, filled = self.space.raised(k, site)
            low = offsets[k] + (empty[:, None] * self.space.sizes[k] + empty).ravel()
            high = offsets[k + 1] + (filled[:, None] * self.space.sizes[k + 1] + filled).ravel()
            if up:
                out[high, low] += 1
            else:
                out[low, high] += 1
        return out

    def assemble(self, drawn: Draws) -> tuple[Real, Real]:
        """Matrices (n, D, D) and right-hand sides: the first equation replaced by the trace."""
        n = len(drawn.frequency)
        parameters = np.concatenate([drawn.frequency, drawn.hopping, drawn.dephasing, drawn.gain, drawn.loss], axis=1)
        fixed = np.concatenate([self._frequency, self._hopping, self._dephasing, self._gain, self._loss])
        A = (parameters @ fixed.reshape(len(fixed), -1)).reshape(n, self.dimension, self.dimension)
        A[:, 0] = 0
        A[:, 0, self._diagonal] = 1
        right = np.zeros((n, self.dimension))
        right[:, 0] = 1
        return A, right

    def read(self, x: Real) -> tuple[Real, NDArray[Any]]:
        """Populations (n, N) and coherences of the pairs (n, B) of solutions."""
        populations = x[:, self._diagonal] @ self._occupation
        coherences = np.zeros((len(x), len(self.first)), dtype=complex)
        for b, (j, l) in enumerate(zip(self.first.tolist(), self.second.tolist(), strict=True)):
            for k, d in enumerate(self.space.sizes):
                before, after = self.space.moved(k, l, j)
                up = x[:, self._offsets[k] + before * d + after]
                down = x[:, self._offsets[k] + after * d + before]
                coherences[:, b] += ((up + down) / 2 + 1j * (up - down) / 2).sum(axis=1)
        return populations, coherences


def fill(
    model: DisorderedChain, system: Any, drawn: Draws, n: Real, coherences: NDArray[Any], out: dict[str, Real]
) -> None:
    """Currents of a batch (the formulas of `moments`, for many samples at once and without ZZ terms)."""
    exchange = (drawn.hopping * coherences).real
    out["populations"][:] = n
    out["currents"][:] = -2 * (drawn.hopping * coherences).imag
    total = drawn.gain + drawn.loss
    sites = list(model.chain.bath_sites)
    out["excitations"][:] = drawn.gain - total * n[:, sites]
    for b, s in enumerate(sites):
        here = (system.first == s) | (system.second == s)
        out["heat"][:, b] = drawn.frequency[:, s] * out["excitations"][:, b] - total[:, b] * exchange[:, here].sum(
            axis=1
        )
    decay = drawn.dephasing[:, system.first] + drawn.dephasing[:, system.second]
    out["heat"][:, -1] = -(decay * exchange).sum(axis=1)


def finish(
    model: DisorderedChain,
    out: dict[str, Real],
    proofs: tuple[float, float],
    fastest: Real,
    reason: str,
    name: str,
    seconds: float,
) -> SteadyEnsemble:
    """Result with the worst of every proof over the samples."""
    heat, n = out["heat"], out["populations"]
    unsteady, unbalanced = np.abs(out["excitations"].sum(axis=1)) / fastest, np.abs(heat.sum(axis=1)) / fastest
    checks = (
        Check("residual", proofs[0], TOL, "worst sample: misfit of the linear system over its right-hand side"),
        Check(
            "error of the solution",
            proofs[1],
            CERTAIN,
            "worst sample: what rounding of the equations would change; without bound where there are several steady states",
        ),
        Check(
            "sum of excitation currents",
            float(unsteady.max()),
            TOL,
            "worst sample: what flows in flows out; in units of its largest bath rate",
        ),
        Check(
            "sum of heat currents",
            float(unbalanced.max()),
            TOL,
            "worst sample: the energy is steady; in units of its largest bath rate",
        ),
        Check("populations outside [0, 1]", float(max(0.0, -n.min(), n.max() - 1)), TOL, "positivity of every site"),
    )
    statistics = MappingProxyType({"samples": model.samples, "wall time in s": seconds})
    return SteadyEnsemble(
        model=model,
        method=MethodReport(name, reason, statistics),
        certificate=Certificate(checks),
        currents=frozen(out["currents"]),
        heat_currents=frozen(heat[:, :-1].copy()),
        dephasing_currents=frozen(heat[:, -1].copy()),
        excitation_currents=frozen(out["excitations"]),
        populations=frozen(n),
    )
