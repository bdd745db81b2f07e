"""The steady state of a driven chain, with its proofs."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import numpy as np

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.errors import InvalidInput, Unsupported
from caloriq.models.classical import ClassicalChain
from caloriq.models.spins import SpinChain
from caloriq.results import Certificate, Check, MethodReport, Solution, frozen
from caloriq.steady import moments
from caloriq.steady.methods import Chosen
from caloriq.steady.moments import Moments


@dataclass(frozen=True)
class SteadyState(Solution):
    """Steady state of a chain between baths.

    Attributes
    ----------
    bath_names : tuple of str
        The baths, in the model's order.
    heat_currents : array, shape (baths,)
        Energy per time from every bath into the chain, Tr(H 𝓛_b ρ) (MT 7), in energy².
    dephasing_current : float
        Energy per time from the dephasing into the chain; not zero for unequal frequencies or with ZZ terms.
    excitation_currents : array, shape (baths,)
        Excitations per time from every bath into its site.
    currents : array, shape (B,)
        Excitations per time along every bond k < l, positive from k to l.
    populations : array, shape (N,)
        ⟨n_k⟩.
    temperatures : array, shape (N,)
        Effective temperature of every site, ω/ln((1-n)/n).
    coherences : array, shape (B,)
        ⟨σ⁺_kσ⁻_l⟩ on every bond; imaginary parts carry the current.
    energy : float
        ⟨H⟩.
    entropy_production : float
        -Σ J_b/T_b; infinite where heat flows into a bath at T = 0. Negative values are reported, not hidden: for
        unequal frequencies local baths can break the second law (Levy, Kosloff, EPL 107, 20004 (2014)).
    jump_entropy_production : float
        Σ j_b ln(Γ₊/Γ₋) of the jumps alone; never negative (Spohn).
    two_point : array, shape (N, N), or None
        ⟨σ⁺_kσ⁻_l⟩, with the string Π(-σᶻ) between k and l where `two_point_kind` is "fermion" (Jordan-Wigner): the
        same for neighbours, another quantity beyond them.
    two_point_kind : {"spin", "fermion"}
        Which of the two.
    pair_correlations : array, shape (N, N), or None
        ⟨n_kn_l⟩, where the method gives them.
    state : tuple of array, or None
        Density matrix in blocks of 0..N excitations, from `Sector` and `Full`.
    """

    bath_names: tuple[str, ...]
    heat_currents: Real
    dephasing_current: float
    excitation_currents: Real
    currents: Real
    populations: Real
    temperatures: Real
    coherences: Complex
    energy: float
    entropy_production: float
    jump_entropy_production: float
    two_point: Complex | None = None
    two_point_kind: Literal["spin", "fermion"] = "spin"
    pair_correlations: Real | None = None
    state: tuple[Complex, ...] | None = field(default=None, repr=False)

    @property
    def current(self) -> float:
        """Excitation current through the chain: the mean over its bonds, where it is one chain."""
        return float(self.currents.mean())

    @property
    def second_law(self) -> bool:
        """Whether the entropy production is not negative, to rounding."""
        scale = float(np.abs(self.heat_currents).max(initial=0.0))
        return not self.entropy_production < -1e-10 * scale

    def pair(self, first: int, second: int) -> Complex:
        """Reduced density matrix of two sites, shape (4, 4), basis 00, 01, 10, 11 (1 is excited).

        Raises
        ------
        Unsupported
            If the method does not give the correlators of that pair.
        """
        k = _checks.index("first", first, self.model.sites)
        l = _checks.index("second", second, self.model.sites)
        if k == l:
            raise InvalidInput(f"`second` must be another site than `first`, but it is not (got {second})")
        near = abs(k - l) == 1
        if self.two_point is None or self.pair_correlations is None:
            raise Unsupported(
                f"`method` must give the two-site correlators, but it does not (got {self.method.name}); use Sector()"
            )
        if self.two_point_kind == "fermion" and not near:
            raise Unsupported(
                f"`second` must be a neighbour of `first` with this method, but the string between them is not known (got {first} and {second}); use Sector()"
            )
        n, m = self.populations[k], self.populations[l]
        both, coherence = self.pair_correlations[k, l], self.two_point[k, l]
        rho = np.zeros((4, 4), dtype=complex)
        rho[np.diag_indices(4)] = [1 - n - m + both, m - both, n - both, both]
        # ⟨σ⁺_kσ⁻_l⟩ = Tr(|10⟩⟨01| ρ) = ⟨01|ρ|10⟩
        rho[1, 2], rho[2, 1] = coherence, np.conj(coherence)
        return rho


def assemble(
    model: SpinChain,
    method: Chosen,
    reason: str,
    state: Moments,
    checks: list[Check],
    statistics: dict[str, float | int | str],
    *,
    two_point: Complex | None = None,
    kind: Literal["spin", "fermion"] = "spin",
    correlations: Real | None = None,
    blocks: tuple[Complex, ...] | None = None,
    tol: float = 1e-10,
) -> SteadyState:
    """The result out of the moments, with the checks that every method shares."""
    heat = moments.heat_currents(model, state)
    scale = max(moments_scale(model), float(np.abs(heat).max()))
    currents = moments.bond_currents(model, state)
    drift = moments.balance(model, state)
    rates = max(r.total for r in model.bath_rates)
    shared = [
        Check(
            "excitation balance",
            float(np.abs(drift).max()) / rates,
            tol,
            "what flows into every site flows out; in units of the largest bath rate",
        ),
        Check(
            "sum of heat currents",
            abs(float(heat.sum())) / scale,
            tol,
            "the energy is steady: all baths together, dephasing included, bring none",
        ),
    ]
    if one_wire(model):
        shared.insert(
            0,
            Check("spread of currents", float(np.ptp(currents)) / rates, tol, "every bond carries the same current"),
        )
    temperatures = [
        bath.effective_temperature(float(model.frequencies[s]))
        for bath, s in zip(model.baths, model.bath_sites, strict=True)
    ]
    return SteadyState(
        model=model,
        method=MethodReport(repr(method), reason, MappingProxyType(statistics)),
        certificate=Certificate((*checks, *shared)),
        bath_names=model.bath_names,
        heat_currents=frozen(heat[:-1]),
        dephasing_current=float(heat[-1]),
        excitation_currents=frozen(moments.excitation_currents(model, state)),
        currents=frozen(currents),
        populations=frozen(state.populations),
        temperatures=frozen(moments.site_temperatures(model.frequencies, state.populations)),
        coherences=frozen(state.coherences),
        energy=moments.energy(model, state),
        entropy_production=moments.entropy_production(heat[:-1], temperatures, 1e-13 * scale),
        jump_entropy_production=moments.jump_entropy_production(model, state),
        two_point=None if two_point is None else frozen(two_point),
        two_point_kind=kind,
        pair_correlations=None if correlations is None else frozen(correlations),
        state=None if blocks is None else tuple(frozen(b) for b in blocks),
    )


def moments_scale(model: SpinChain) -> float:
    """Energy per time that the largest bath could move: its rate times the largest energy of a site or bond."""
    rates = max(r.total for r in model.bath_rates)
    energies = [np.abs(model.frequencies).max(), np.abs(model.bonds.hopping).max(), np.abs(model.bonds.zz).max()]
    return float(rates * max(energies))


def rate_scale(model: SpinChain) -> float:
    """The largest rate or coupling of the model: the unit of residuals."""
    rates = [max(r.total for r in model.bath_rates), model.dephasing_rates.max()]
    return float(max(*rates, np.abs(model.bonds.hopping).max(), np.abs(model.bonds.zz).max()))


def one_wire(model: SpinChain | ClassicalChain) -> bool:
    """Whether the model is one chain with baths at its ends only, so that every bond carries the same current."""
    ends = set(model.bath_sites) <= {0, model.sites - 1}
    if isinstance(model, ClassicalChain):
        return ends
    return ends and model.neighbours_only and len(model.bonds.first) == model.sites - 1
