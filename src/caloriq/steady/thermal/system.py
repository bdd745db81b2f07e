"""What is solved: a Hamiltonian, baths with their coupling operators, and jumps beside them, all as matrices in one basis."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from caloriq import _checks
from caloriq._checks import Complex
from caloriq.errors import InvalidInput
from caloriq.models.baths import check_told_apart
from caloriq.models.coupled_bath import CoupledBath, Equation, check_lead
from caloriq.results import ByContent, frozen

EQUATIONS: tuple[Equation, ...] = ("local", "global", "redfield", "universal")


@dataclass(frozen=True)
class ThermalBath(ByContent):
    """A bath on a quantum system, in the basis of its Hamiltonian.

    Parameters
    ----------
    operator : array_like, shape (D, D)
        A, hermitian.
    temperature : float
        T ≥ 0, in units of energy (k_B = 1).
    spectrum : OhmicSpectrum, FlatSpectrum or GivenSpectrum
        J(ω).
    equation : {"local", "global", "redfield", "universal"}
        How it acts; see `CoupledBath`.
    local : array_like, shape (D, D), optional
        For a local bath the part of H on its own sites, as a matrix on the whole space.
    lamb_shift : bool
        Whether it also shifts the levels; needs an Ohmic spectrum, whose integrals over all frequencies exist.
    name : str
        What it is called in results.
    chemical_potential : float, optional
        μ of a lead: A then annihilates one fermion and is not hermitian.
    """

    operator: Complex
    temperature: float
    spectrum: Any
    equation: Equation = "global"
    local: Complex | None = None
    lamb_shift: bool = False
    name: str = "bath"
    chemical_potential: float | None = None

    def __post_init__(self) -> None:
        _checks.among("equation", self.equation, *EQUATIONS)
        if self.chemical_potential is None:
            A = _checks.hermitian("operator", self.operator)
        else:
            check_lead(self.chemical_potential, self.spectrum, lamb_shift=self.lamb_shift)
            A = np.asarray(_checks.numbers("operator", self.operator, complex))
        object.__setattr__(self, "operator", frozen(A.copy()))
        T = _checks.scalar("temperature", self.temperature)
        if T < 0:
            raise InvalidInput(f"`temperature` must be at least 0, but it is smaller (got {T:g})")
        object.__setattr__(self, "temperature", T)
        if not hasattr(self.spectrum, "noise"):
            raise InvalidInput(
                f"`spectrum` must be an OhmicSpectrum, FlatSpectrum or GivenSpectrum, but it is not (got {_checks.shown(self.spectrum)})"
            )
        if (self.local is None) == (self.equation == "local"):
            raise InvalidInput(
                f"`local` must be given exactly for local baths, but it is not (got equation {self.equation!r}); it is the part of H on the bath's own sites"
            )
        if self.local is not None:
            object.__setattr__(self, "local", frozen(_checks.hermitian("local", self.local).copy()))

    @classmethod
    def of(cls, bath: CoupledBath, operator: Any, *, local: Any = None, name: str | None = None) -> ThermalBath:
        """The bath of a definition, with the matrices that its model makes of operator and sites.

        Parameters
        ----------
        bath : CoupledBath
            Temperature, spectrum, equation and shift.
        operator, local : array_like, shape (D, D)
            A, and the part of H on the bath's sites; that is used by a local bath alone.
        name : str, optional
            Where the definition has none.
        """
        own = local if bath.equation == "local" else None
        called = bath.name or name or "bath"
        mu = bath.chemical_potential
        return cls(operator, bath.temperature, bath.spectrum, bath.equation, own, bath.lamb_shift, called, mu)

    def __repr__(self) -> str:
        return f"ThermalBath({self.name!r}, {self.equation}, temperature {self.temperature:g})"


@dataclass(frozen=True)
class OwnJumps(ByContent):
    """What acts by jump operators of its own, whatever the levels of H are: dephasing, or a bath by two rates.

    Parameters
    ----------
    operators : array_like, shape (K, D, D)
        Lindblad operators L in the basis of H, the root of their rate in them: Σ LρL† - ½{L†L, ρ}.
    temperature : float, optional
        T ≥ 0 of a bath that has one; infinite for what makes all states alike, as dephasing does. Without one its entropy
        is not known.
    name : str
        What it is called in results.
    """

    operators: Complex
    temperature: float | None = None
    name: str = "jumps"

    def __post_init__(self) -> None:
        L = np.array(self.operators, dtype=complex)
        if L.ndim != 3 or L.shape[1] != L.shape[2] or not np.all(np.isfinite(L)):
            raise InvalidInput(
                f"`operators` must be finite square matrices of shape (K, D, D), but they are not (got shape {L.shape})"
            )
        object.__setattr__(self, "operators", frozen(L))
        if self.temperature is not None and not self.temperature >= 0:
            raise InvalidInput(f"`temperature` must be at least 0, but it is smaller (got {self.temperature:g})")

    def __repr__(self) -> str:
        return f"OwnJumps({self.name!r}, {len(self.operators)} operators)"


@dataclass(frozen=True)
class OpenSystem(ByContent):
    """A Hamiltonian, its baths, and jumps beside them.

    Parameters
    ----------
    hamiltonian : array_like, shape (D, D)
        H, hermitian, in units of energy.
    baths : sequence of ThermalBath
        At least one, with different names; their equations may differ.
    environments : sequence of OwnJumps, optional
        What acts beside them, with names of its own.
    number : array_like, shape (D, D), optional
        Number of particles, that commutes with H; needed where baths have chemical potentials, and lowered by one by their
        operators.
    """

    hamiltonian: Complex
    baths: tuple[ThermalBath, ...]
    environments: tuple[OwnJumps, ...] = ()
    number: Complex | None = None

    kind = "matrices"

    def __post_init__(self) -> None:
        H = frozen(_checks.hermitian("hamiltonian", self.hamiltonian).copy())
        object.__setattr__(self, "hamiltonian", H)
        baths = (self.baths,) if isinstance(self.baths, ThermalBath) else tuple(self.baths)
        if not baths:
            raise InvalidInput("`baths` must hold at least one bath, but there is none (got an empty list)")
        for bath in baths:
            _checks.instance("baths", bath, ThermalBath)
            for name, A in (("operator", bath.operator), ("local", bath.local)):
                if A is not None and A.shape != H.shape:
                    raise InvalidInput(
                        f"`{name}` must have the shape of the Hamiltonian, {H.shape}, but that of {bath.name!r} has not (got shape {A.shape})"
                    )
        self._check_number([one for one in baths if one.chemical_potential is not None])
        others = tuple(self.environments)
        for one in others:
            _checks.instance("environments", one, OwnJumps)
            if one.operators.shape[1:] != H.shape:
                raise InvalidInput(
                    f"`operators` must have the shape of the Hamiltonian, {H.shape}, but those of {one.name!r} have not (got shape {one.operators.shape[1:]})"
                )
        names = [*(one.name for one in baths), *(one.name for one in others)]
        for number in range(len(names)):
            check_told_apart(names, number)
        object.__setattr__(self, "baths", baths)
        object.__setattr__(self, "environments", others)

    def _check_number(self, leads: list[ThermalBath]) -> None:
        """Refuse leads without a number of particles, and one that H or they do not keep."""
        if not leads:
            return
        if self.number is None:
            raise InvalidInput(
                f"`number` must be given where baths have chemical potentials, but it is missing (got {leads[0].name!r} with {leads[0].chemical_potential:g})"
            )
        H, N = self.hamiltonian, _checks.hermitian("number", self.number)
        object.__setattr__(self, "number", frozen(N.copy()))
        steps = [("hamiltonian", H, 0.0), *((one.name, one.operator, -1.0) for one in leads)]
        for name, A, step in steps:
            if N.shape != A.shape or np.abs(N @ A - A @ N - step * A).max() > 1e-10 * max(
                float(np.abs(A).max()), 1e-300
            ):
                raise InvalidInput(
                    f"`number` must be kept by H and lowered by one by every lead's operator, but it is not (got {name!r})"
                )

    def __repr__(self) -> str:
        beside = f", {len(self.environments)} beside them" if self.environments else ""
        return f"OpenSystem({self.levels} levels, {len(self.baths)} baths{beside})"

    @property
    def levels(self) -> int:
        """Dimension D of the space."""
        return len(self.hamiltonian)

    def whole_mapping(self) -> dict[str, Any]:
        """Numbers and words, matrices by shape and hash."""
        told = {"kind": self.kind, "hamiltonian": _named(self.hamiltonian), "baths": [_told(one) for one in self.baths]}
        beside = [
            {"name": one.name, "operators": _named(one.operators), "temperature": one.temperature}
            for one in self.environments
        ]
        return {**told, "environments": beside} if beside else told


def _named(A: Complex) -> dict[str, Any]:
    return {"shape": list(A.shape), "sha256": hashlib.sha256(np.ascontiguousarray(A).tobytes()).hexdigest()}


def _told(bath: ThermalBath) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": bath.name,
        "operator": _named(bath.operator),
        "temperature": bath.temperature,
        "spectrum": bath.spectrum.to_mapping(),
        "equation": bath.equation,
        "lamb_shift": bath.lamb_shift,
    }
    if bath.chemical_potential is not None:
        told["chemical_potential"] = bath.chemical_potential
    return told if bath.local is None else {**told, "local": _named(bath.local)}
