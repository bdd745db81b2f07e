r"""Steady state of a modular chain between baths, with at most one excitation, or in the whole product space.

With at most one excitation the state is the weight p₀ of the ground state and a matrix C of one excitation, which obey
:math:`XC + CX^\dagger + p_0 S = 0`, :math:`X = -ih - \mathrm{diag}(\text{losses})/2`, S = diag(gains): one eigendecomposition of X.

Sources: PRE 86, 061118 (2012), doi:10.1103/PhysRevE.86.061118, eqs. 3-7, for baths and currents; PRE 73, 016101 (2006),
doi:10.1103/PhysRevE.73.016101, eqs. 3-7, for the chain.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import scipy

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.errors import InvalidInput, NotConverged
from caloriq.models.baths import at_their_mean
from caloriq.models.driven_modular import DrivenModularChain
from caloriq.results import Certificate, Check, MethodReport, Solution, frozen
from caloriq.steady.bounds import Bounded, ratio
from caloriq.steady.entropy import by_temperatures
from caloriq.steady.methods import Full, OneExcitation
from caloriq.variables import BONDS, ENERGY, POWER, SUBUNIT, Variable

LARGEST = 3000  # dimension of one excitation: eigenvectors of 144 MB, a few minutes
WHOLE = 64  # product states up to which the Liouvillian is factorised
SAFETY, UNIT = 4.0, float(np.finfo(float).eps)
DEFECT = 0.01  # share of the currents from which what flows without a difference is told
WITHIN = "what flows into {} flows out, to within the bounds"


@dataclass(frozen=True)
class DrivenModularState(Solution):
    """Steady state of a modular chain between baths.

    Attributes
    ----------
    bath_names : tuple of str
        The baths, in the model's order.
    cut : bool
        Whether a second excitation was left out.
    populations : array, shape (N,)
        P_µ, the probability of subunit µ to be in its band.
    currents : array, shape (N-1,)
        Excitations per time from subunit µ to µ+1.
    excitation_currents : array, shape (baths,)
        Excitations per time from every bath.
    heat_currents : array, shape (baths,)
        Energy per time from every bath, Tr(H 𝓛_b ρ).
    entropy_production, entropy_production_bound : float
        -Σ J_b/T_b; not a number where a bath has no temperature, infinite where heat flows into one at T = 0. Never set to zero:
        local baths can break the second law by what their detailed balance lacks.
    currents_at_mean : array, shape (N-1,)
        Currents of the same chain with all baths at their mean temperature: what flows without a difference, since local baths do
        not obey detailed balance for the coupled chain. Not numbers where a bath has no temperature.
    transfer_rates : array, shape (N-1,)
        (J_µ - J_µ⁰)/(D_µ - D_µ⁰), D_µ = P_µ - P_µ+1, with ⁰ for all baths at their mean temperature: the response, what the rate
        equation calls γ. Not a number where the difference is below its error, and where a bath has no temperature.
    temperatures : array, shape (N,)
        ΔE/ln(n (1 - P_µ)/P_µ).
    probability : float
        Σ_µ P_µ.
    populations_bound, currents_bound, excitation_currents_bound, heat_currents_bound, transfer_rates_bound : arrays
        What a further step of refinement changes, four times, and rounding: estimates of the error of the equations' solution. What
        leaving out a second excitation costs is not in them; see `probability`.
    """

    bath_names: tuple[str, ...]
    cut: bool
    populations: Real
    currents: Real
    excitation_currents: Real
    heat_currents: Real
    entropy_production: float
    entropy_production_bound: float
    currents_at_mean: Real
    transfer_rates: Real
    temperatures: Real
    probability: float
    populations_bound: Real
    currents_bound: Real
    excitation_currents_bound: Real
    heat_currents_bound: Real
    transfer_rates_bound: Real

    variables = (
        Variable("populations", ("subunit",), long_name="P_µ"),
        Variable("temperatures", ("subunit",), units=ENERGY, long_name="of P_µ over the ground level"),
        Variable("currents", ("bond",), units=ENERGY, long_name="from bond_from to bond_to", carries="excitations"),
        Variable(
            "currents_at_mean",
            ("bond",),
            units=ENERGY,
            long_name="the same with all baths at their mean temperature",
            carries="excitations",
        ),
        Variable(
            "transfer_rates", ("bond",), units=ENERGY, long_name="current over difference of populations, response"
        ),
        Variable("excitation_currents", ("bath",), units=ENERGY, long_name="from every bath", carries="excitations"),
        Variable("heat_currents", ("bath",), units=POWER, long_name="from every bath", carries="heat"),
        Variable("entropy_production", units=ENERGY, long_name="-Σ J_b/T_b"),
        Variable("probability", long_name="of an excitation"),
    )
    coordinates = (SUBUNIT, *BONDS)
    headlines = ("populations", "currents", "transfer_rates", "heat_currents", "entropy_production", "probability")

    @property
    def bonds(self) -> Any:
        """Neighbours (µ, µ+1), shape (N-1, 2)."""
        return self.model.chain.bonds

    def facts(self) -> dict[str, Any]:
        """Names of the baths."""
        return {"baths": list(self.bath_names)}

    def notes(self) -> tuple[str, ...]:
        """What cutting at one excitation leaves out, and what flows without a difference."""
        found = []
        if self.cut:
            found.append(
                f"Cut at one excitation, whose probability is {self.probability:.3g}: what a second one would change is not in the bounds."
            )
        alone, whole = (float(np.abs(J).max(initial=0.0)) for J in (self.currents_at_mean, self.currents))
        if alone > DEFECT * whole + float(self.currents_bound.max(initial=0.0)):
            found.append(
                f"With all baths at their mean temperature the same chain still carries {alone:.3g} (the largest current is {whole:.3g}): local baths do not obey detailed balance for the coupled chain."
            )
        return tuple(found)

    @property
    def broken_law(self) -> str | None:
        """That the second law is broken, where it is beyond the bound."""
        if not self.entropy_production < -self.entropy_production_bound:
            return None
        return f"The entropy production is negative ({self.entropy_production:.3g}): local baths lack that much detailed balance here."


class _Numbers(NamedTuple):
    populations: Real
    currents: Real
    excitation_currents: Real
    heat_currents: Real


def steady_modular(model: DrivenModularChain, method: Any = "auto") -> DrivenModularState:
    """Steady state of a modular chain between baths; what `caloriq.steady_state` calls.

    Parameters
    ----------
    model : DrivenModularChain
        Chain and baths.
    method : OneExcitation, Full or "auto"
        At most one excitation, refused where its probability exceeds `most`; or all product states of ground level and band,
        (n + 1)^N of them up to 64, without another approximation, which "auto" takes where they are that few.

    Returns
    -------
    DrivenModularState
        Certified by the residual, the balance of excitations and of energy, a positive state, and with at most one excitation
        by its probability.

    Raises
    ------
    InvalidInput
        If the space is too large, or no bath loses anything, so that nothing is steady.
    NotConverged
        If a check fails.
    """
    asked, reason = check_driven(model, method)
    clock = time.perf_counter()
    numbers, bounds, residual, lowest, size = _solved(model, asked)
    even = at_their_mean(model.baths)
    flat, room0 = (None, None) if even is None else _solved(model.model_copy(update={"baths": even}), asked)[:2]
    P, J, into, heat = numbers
    places = list(model.bath_sites)
    inflow, allowed = np.zeros(model.subunits), np.zeros(model.subunits)
    np.add.at(inflow, places, into)
    np.add.at(allowed, places, bounds.excitation_currents)
    for where, sign in ((slice(1, None), 1.0), (slice(None, -1), -1.0)):
        inflow[where] += sign * J
        allowed[where] += bounds.currents
    checks: tuple[Check, ...] = (
        Check("residual", residual, 1e-10, "‖𝓛ρ‖ over ‖𝓛‖‖ρ‖"),
        Check(
            "excitation balance",
            max(map(ratio, np.abs(inflow).tolist(), allowed.tolist())),
            1.0,
            WITHIN.format("every subunit"),
        ),
        Check(
            "heat balance",
            ratio(abs(float(heat.sum())), float(bounds.heat_currents.sum())),
            1.0,
            WITHIN.format("the chain as heat"),
        ),
        Check("negative part", max(0.0, -lowest), 1e-10, "ρ is positive"),
    )
    if isinstance(asked, OneExcitation):
        rare = Check("probability of an excitation", float(P.sum()), asked.most, "a second one is rarer still")
        checks = (*checks, rare)
    rates, off = _responses(numbers, bounds, flat, room0)
    with np.errstate(divide="ignore", invalid="ignore"):
        T = model.chain.gap / np.log(model.chain.levels * (1 - P) / P)
    produced = by_temperatures(
        [bath.temperature for bath in model.baths],
        Bounded(heat, bounds.heat_currents),
        stationary=not np.any(model.gains),
    )
    return DrivenModularState(
        model=model,
        method=MethodReport(repr(asked), reason, {"dimension": size, "wall time in s": time.perf_counter() - clock}),
        certificate=Certificate(checks),
        bath_names=model.bath_names,
        cut=isinstance(asked, OneExcitation),
        entropy_production=float(produced.value),
        entropy_production_bound=float(produced.bound),
        currents_at_mean=frozen(np.full(J.shape, np.nan) if flat is None else np.array(flat.currents)),
        transfer_rates=frozen(rates),
        transfer_rates_bound=frozen(off),
        temperatures=frozen(T),
        probability=float(P.sum()),
        **{field: frozen(np.array(value)) for field, value in numbers._asdict().items()},
        **{f"{field}_bound": frozen(np.array(value)) for field, value in bounds._asdict().items()},
    ).certified()


def check_driven(model: Any, method: Any = "auto") -> tuple[OneExcitation | Full, str]:
    """The method that runs, and why; refused is what cannot be solved, before the work."""
    _checks.instance("model", model, DrivenModularChain)
    asked = _checks.method(method, (OneExcitation, Full))
    if not np.any(model.losses):
        raise InvalidInput("`baths` must lose excitations for a steady state, but none does (got loss 0 everywhere)")
    states, D = float(model.chain.levels + 1) ** model.subunits, model.chain.dimension
    if isinstance(asked, Full) and states > WHOLE:
        raise InvalidInput(
            f"`levels` must keep (levels + 1)^subunits at {WHOLE} for all product states, but they do not (got {states:.0f}); use OneExcitation()"
        )
    small = asked == "auto" and states <= WHOLE
    if not isinstance(asked, Full) and not small and D > LARGEST:
        raise InvalidInput(
            f"`levels` must keep subunits times levels at {LARGEST} for a steady state, but they do not (got {D}); take fewer levels or subunits"
        )
    if isinstance(asked, Full | OneExcitation):
        return asked, "as asked for"
    if small:
        return Full(), f"auto: {states:.0f} product states are solved whole"
    return OneExcitation(), f"auto: {states:.3g} product states are too many, at most one excitation closes"


def _solved(model: DrivenModularChain, method: OneExcitation | Full) -> tuple[_Numbers, _Numbers, float, float, int]:
    return _whole(model) if isinstance(method, Full) else _one(model)


def _responses(numbers: _Numbers, bounds: _Numbers, flat: _Numbers | None, room: _Numbers | None) -> tuple[Real, Real]:
    """Currents over differences of populations, both less what they are at the mean temperature, and bounds."""
    if flat is None or room is None:
        return np.full(numbers.currents.shape, np.nan), np.full(numbers.currents.shape, np.inf)

    def apart(P: Real) -> Real:
        return np.asarray(P[:-1] - P[1:])

    J, D = numbers.currents - flat.currents, apart(numbers.populations) - apart(flat.populations)
    each = bounds.populations + room.populations
    off, wide = bounds.currents + room.currents, each[:-1] + each[1:]
    known = np.abs(D) > wide
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = np.where(known, J / D, np.nan)
        return rates, np.where(known, (off + np.abs(rates) * wide) / (np.abs(D) - wide), np.inf)


def _spread(model: DrivenModularChain, values: Real) -> Real:
    """Rates of baths on the levels of their subunits, summed, shape (N n,)."""
    found = np.zeros((model.subunits, model.chain.levels))
    np.add.at(found, list(model.bath_sites), values)
    return found.ravel()


def _one(model: DrivenModularChain) -> tuple[_Numbers, _Numbers, float, float, int]:
    """At most one excitation: numbers, bounds, residual, lowest eigenvalue, dimension."""
    chain = model.chain
    D = chain.dimension
    _checks.memory("levels", D, 160.0 * D**2, "take fewer levels or subunits")
    h = chain.hamiltonian(with_gap=False).as_matrix().astype(complex)
    gain, loss = _spread(model, model.gains), _spread(model, model.losses)
    X = -1j * h - np.diag(loss) / 2
    values, V = scipy.linalg.eig(X)
    inverse = np.linalg.inv(V)
    decay = values[:, None] + values.conj()
    if np.any(decay.real > -UNIT * float(np.abs(values).max())):
        raise NotConverged(
            "`model` must have one steady state that its equations determine, but a state of the chain is reached by no bath to working precision (got a mode without decay)"
        )

    def answered(R: Complex) -> Complex:
        C = V @ (-(inverse @ R @ inverse.conj().T) / decay) @ V.conj().T
        return np.asarray((C + C.conj().T) / 2)

    source = np.diag(gain).astype(complex)
    C = answered(source)
    C = C + answered(X @ C + C @ X.conj().T + source)
    left = X @ C + C @ X.conj().T + source
    change = answered(left)
    C = C + change
    norm = 1 / (1 + float(np.trace(C).real))
    full = h + chain.gap * np.eye(D)
    numbers = _read(model, full, C * norm, norm)
    # of the change alone, and of rounding of a matrix of this size
    moved = _read(model, full, change * norm, -float(np.trace(change).real) * norm**2)
    scale = _read(model, np.abs(full), np.abs(C) * norm, norm, whole=True)
    bounds = _Numbers(*(SAFETY * np.abs(a) + 64 * UNIT * np.abs(b) for a, b in zip(moved, scale, strict=True)))
    residual = float(np.linalg.norm(left) / (np.linalg.norm(X) * np.linalg.norm(C))) if np.any(C) else 0.0
    return numbers, bounds, residual, float(np.linalg.eigvalsh(C * norm)[0]), D


def _read(
    model: DrivenModularChain, h: Complex | Real, C: Complex | Real, empty: float, *, whole: bool = False
) -> _Numbers:
    """Numbers of p₀ and C; with `whole` the sums of the moduli of what they are made of."""
    N, n = model.subunits, model.chain.levels
    sign = 1.0 if whole else -1.0
    blocks, matrix = C.reshape(N, n, N, n), h.reshape(N, n, N, n)
    P = np.einsum("mimi->m", blocks).real
    z = np.array([np.sum(matrix[m, :, m + 1, :] * blocks[m + 1, :, m, :].T) for m in range(N - 1)])
    held = np.einsum("ij,ji->i", h, C).real.reshape(N, n)
    own, energies = np.einsum("mimi->mi", blocks).real, np.real(np.diag(h)).reshape(N, n)
    into, heat = [], []
    for site, gain, loss in zip(model.bath_sites, model.gains, model.losses, strict=True):
        into.append(empty * gain.sum() + sign * loss @ own[site])
        heat.append(empty * (gain @ energies[site]) + sign * loss @ held[site])
    J = np.abs(z) * 2 if whole else -2 * z.imag
    return _Numbers(P, np.asarray(J, dtype=float), np.array(into), np.array(heat))


def product_operators(model: DrivenModularChain) -> tuple[Any, list[Any], list[Any]]:
    """H of all product states, the bonds' couplings in it, and the number of excitations of every subunit; sparse."""
    chain = model.chain
    N, n = chain.subunits, chain.levels
    d = n + 1

    def placed(small: Any, first: int, width: int) -> Any:
        left, right = d**first, d ** (N - first - width)
        return scipy.sparse.kron(
            scipy.sparse.kron(scipy.sparse.eye_array(left), small), scipy.sparse.eye_array(right)
        ).tocsr()

    local = scipy.sparse.diags_array(np.concatenate([[0.0], model.frequencies]))
    numbers = [placed(scipy.sparse.diags_array(np.r_[0.0, np.ones(n)]), mu, 1) for mu in range(N)]
    couplings = []
    for bond in range(N - 1):
        v = chain.coupling * np.asarray(chain.interaction_matrix(bond))
        pair = np.zeros((d * d, d * d), dtype=complex)
        up = [(1 + i) * d for i in range(n)]  # |i⟩|g⟩
        pair[np.ix_(up, range(1, d))] = v
        pair[np.ix_(range(1, d), up)] = v.conj().T
        couplings.append(placed(scipy.sparse.csr_array(pair), bond, 2))
    H = sum(placed(local, mu, 1) for mu in range(N)) + sum(couplings)
    return H, couplings, numbers


def _whole(model: DrivenModularChain) -> tuple[_Numbers, _Numbers, float, float, int]:
    """All product states, by sparse factorisation of the Liouvillian."""
    N, n = model.subunits, model.chain.levels
    d, M = n + 1, (n + 1) ** N
    H, couplings, count = product_operators(model)
    one = scipy.sparse.eye_array(M, format="csr")
    drains, jumps, K = [], [], -1j * H
    for site, gains, losses in zip(model.bath_sites, model.gains, model.losses, strict=True):
        own: list[tuple[Any, float]] = []
        for i in range(n):
            raised = scipy.sparse.csr_array(([1.0], ([1 + i], [0])), shape=(d, d))
            L = scipy.sparse.kron(
                scipy.sparse.kron(scipy.sparse.eye_array(d**site), raised), scipy.sparse.eye_array(d ** (N - 1 - site))
            ).tocsr()
            own += [(L, float(gains[i])), (L.T.tocsr(), float(losses[i]))]
        drains.append(own)
        jumps += own
    for L, rate in jumps:
        K = K - rate / 2 * (L.T @ L)
    liouvillian = scipy.sparse.kron(K, one) + scipy.sparse.kron(one, K.conj())
    for L, rate in jumps:
        liouvillian = liouvillian + rate * scipy.sparse.kron(L, L)
    system = scipy.sparse.csr_array(liouvillian)
    trace = scipy.sparse.csr_array((np.ones(M), (np.zeros(M, dtype=int), np.arange(M) * (M + 1))), shape=(1, M * M))
    square = scipy.sparse.vstack([trace, system[1:]]).tocsc()
    factor = scipy.sparse.linalg.splu(square)
    right = np.zeros(M * M, dtype=complex)
    right[0] = 1
    x = factor.solve(right)
    x += factor.solve(right - square @ x)
    change = factor.solve(right - square @ x)
    x += change
    rho, off = (y.reshape(M, M) for y in (x, change))
    dense, pieces = H.toarray(), [c.toarray() for c in couplings]

    def read(state: Complex) -> _Numbers:
        P = np.array([float(np.real((c.diagonal() * state.diagonal()).sum())) for c in count])
        J = []
        for b, V in enumerate(pieces):
            right_number = count[b + 1].toarray()
            J.append(float(np.trace(state @ (1j * (V @ right_number - right_number @ V))).real))
        into, heat = [], []
        for own, site in zip(drains, model.bath_sites, strict=True):
            change_of = sum(
                rate * (L @ state @ L.T.toarray() - (L.T @ L @ state + state @ (L.T @ L).toarray()) / 2)
                for L, rate in own
            )
            into.append(float(np.real(np.trace(count[site] @ change_of))))
            heat.append(float(np.real(np.trace(dense @ change_of))))
        return _Numbers(P, np.array(J), np.array(into), np.array(heat))

    numbers, moved = read(rho), read(off)
    size = 64 * UNIT * M * float(np.abs(dense).max() + max(rate for _, rate in jumps))
    bounds = _Numbers(*(SAFETY * np.abs(a) + size for a in moved))
    residual = float(np.linalg.norm(system @ x) / np.linalg.norm(x)) / float(abs(system).max())
    return numbers, bounds, residual, float(np.linalg.eigvalsh((rho + rho.conj().T) / 2)[0]), M * M
