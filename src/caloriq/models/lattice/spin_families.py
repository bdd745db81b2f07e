"""Spin Hamiltonians of the literature, as terms."""

from __future__ import annotations

from typing import Any, Self

from caloriq.models.definition import Definition
from caloriq.models.lattice.families import Parts

Number = float | complex | str
AXES = "xyz"


def _exchange(parts: Parts, along: dict[str, str], next_ratio: Number | None, on: str = "bonds") -> None:
    """Couplings of neighbours, and those of next neighbours times a ratio; `along` has an expression for every axis."""
    for axis, value in along.items():
        parts.add(f"S{axis} S{axis}", value, on=on)
    if next_ratio is not None:
        parts.named(next_ratio=next_ratio)
        for axis, value in along.items():
            parts.add(f"S{axis} S{axis}", f"next_ratio*{value}", on="second-neighbours")


def _fields(parts: Parts, hz: Any, staggered: Number | None, disorder: Number | None) -> None:
    """Fields along z: uniform or given, alternating, random in [-W, W]."""
    parts.field("Sz", "hz", hz)
    if staggered is not None:
        parts.named(staggered=staggered)
        parts.add("Sz", {"staggered": "staggered"})
    if disorder is not None:
        parts.named(disorder=disorder)
        parts.add("Sz", {"random": "uniform", "width": "2*disorder"})


class SpinFamilies(Definition):
    """Constructors of spin lattices.

    All take `sites` and fields of the lattice beside their own arguments: `seed`, `jumps`, `dephasing`, another `geometry`
    or `local`, more `terms`. Their numbers are `parameters`, which a sweep varies.
    """

    @classmethod
    def xx(
        cls,
        sites: int | None = None,
        *,
        coupling: Number = 1.0,
        hz: Any = None,
        staggered: Number | None = None,
        disorder: Number | None = None,
        next_ratio: Number | None = None,
        periodic: bool = False,
        **fields: Any,
    ) -> Self:
        r"""XX chain, :math:`H = J \sum_j (S^x_j S^x_{j+1} + S^y_j S^y_{j+1})`, S = σ/2: free fermions.

        Source: E. Lieb, T. Schultz, D. Mattis, Ann. Phys. 16, 407 (1961), doi:10.1016/0003-4916(61)90115-4.

        Parameters
        ----------
        sites : int
            N.
        coupling : float
            J, in units of energy. Default 1.
        hz : float, list of N or expression, optional
            :math:`+\sum_j h_j S^z_j`.
        staggered : float, optional
            h of :math:`+h \sum_j (-1)^j S^z_j`.
        disorder : float, optional
            W: fields on Sᶻ, uniform in [-W, W].
        next_ratio : float, optional
            Couplings of next neighbours over those of neighbours.
        periodic : bool
            Whether the chain is closed.
        """
        parts = Parts()
        parts.named(coupling=coupling)
        _exchange(parts, {"x": "coupling", "y": "coupling"}, next_ratio)
        _fields(parts, hz, staggered, disorder)
        return cls(**parts.fields(sites, fields, periodic=periodic))

    @classmethod
    def xxz(
        cls,
        sites: int | None = None,
        *,
        anisotropy: Number,
        coupling: Number = 1.0,
        hz: Any = None,
        staggered: Number | None = None,
        disorder: Number | None = None,
        next_ratio: Number | None = None,
        periodic: bool = False,
        **fields: Any,
    ) -> Self:
        r"""XXZ chain, :math:`H = J \sum_j (S^x_j S^x_{j+1} + S^y_j S^y_{j+1} + \Delta S^z_j S^z_{j+1})`, S = σ/2.

        Source: R. Orbach, Phys. Rev. 112, 309 (1958), doi:10.1103/PhysRev.112.309.

        Parameters
        ----------
        sites : int
            N.
        anisotropy : float
            Δ.
        coupling : float
            J, in units of energy. Default 1.
        hz, staggered, disorder, next_ratio, periodic
            As in `xx`.
        """
        parts = Parts()
        parts.named(coupling=coupling, anisotropy=anisotropy)
        _exchange(parts, {"x": "coupling", "y": "coupling", "z": "coupling*anisotropy"}, next_ratio)
        _fields(parts, hz, staggered, disorder)
        return cls(**parts.fields(sites, fields, periodic=periodic))

    @classmethod
    def xyz(
        cls,
        sites: int | None = None,
        *,
        jx: Number,
        jy: Number,
        jz: Number,
        hz: Any = None,
        staggered: Number | None = None,
        disorder: Number | None = None,
        next_ratio: Number | None = None,
        periodic: bool = False,
        **fields: Any,
    ) -> Self:
        r"""XYZ chain, :math:`H = \sum_j \sum_a J_a S^a_j S^a_{j+1}`, S = σ/2.

        Source: R. J. Baxter, Ann. Phys. 70, 323 (1972), doi:10.1016/0003-4916(72)90270-9.

        Parameters
        ----------
        sites : int
            N.
        jx, jy, jz : float
            Couplings, in units of energy.
        hz, staggered, disorder, next_ratio, periodic
            As in `xx`.
        """
        parts = Parts()
        parts.named(jx=jx, jy=jy, jz=jz)
        _exchange(parts, {axis: f"j{axis}" for axis in AXES}, next_ratio)
        _fields(parts, hz, staggered, disorder)
        return cls(**parts.fields(sites, fields, periodic=periodic))

    @classmethod
    def heisenberg(
        cls,
        sites: int | None = None,
        *,
        coupling: Number = 1.0,
        hz: Any = None,
        staggered: Number | None = None,
        disorder: Number | None = None,
        next_ratio: Number | None = None,
        periodic: bool = False,
        **fields: Any,
    ) -> Self:
        r"""Heisenberg model, :math:`H = J \sum_{\langle jk \rangle} S_j \cdot S_k`, antiferromagnetic for J > 0.

        Sources: A. Pal, D. A. Huse, PRB 82, 174411 (2010), eq. 1, doi:10.1103/PhysRevB.82.174411 (disorder);
        C. K. Majumdar, D. K. Ghosh, J. Math. Phys. 10, 1388 (1969), doi:10.1063/1.1664978 (next neighbours).

        Parameters
        ----------
        sites : int
            N.
        coupling : float
            J, in units of energy. Default 1.
        hz, staggered, disorder, next_ratio, periodic
            As in `xx`.
        """
        parts = Parts()
        parts.named(coupling=coupling)
        _exchange(parts, dict.fromkeys(AXES, "coupling"), next_ratio)
        _fields(parts, hz, staggered, disorder)
        return cls(**parts.fields(sites, fields, periodic=periodic))

    @classmethod
    def tilted_ising(
        cls,
        sites: int | None = None,
        *,
        coupling: Number = 1.0,
        transverse: Any = -1.05,
        longitudinal: Any = 0.5,
        periodic: bool = False,
        **fields: Any,
    ) -> Self:
        r"""Ising chain in a tilted field, :math:`H = J \sum_j Z_j Z_{j+1} + g \sum_j X_j + h \sum_j Z_j`, Pauli matrices.

        Source: M. C. Bañuls, J. I. Cirac, M. B. Hastings, PRL 106, 050405 (2011), doi:10.1103/PhysRevLett.106.050405,
        whose point is the default.

        Parameters
        ----------
        sites : int
            N.
        coupling : float
            J, in units of energy. Default 1.
        transverse, longitudinal : float, list of N or expression
            g and h, in units of energy.
        periodic : bool
            Whether the chain is closed.
        """
        parts = Parts()
        parts.named(coupling=coupling)
        parts.add("Z Z", "coupling")
        parts.field("X", "transverse", transverse)
        parts.field("Z", "longitudinal", longitudinal)
        return cls(**parts.fields(sites, fields, periodic=periodic))

    @classmethod
    def transverse_ising(
        cls,
        sites: int | None = None,
        *,
        coupling: Number = 1.0,
        transverse: Any = 1.0,
        periodic: bool = False,
        **fields: Any,
    ) -> Self:
        r"""Ising chain in a transverse field, :math:`H = J \sum_j Z_j Z_{j+1} + g \sum_j X_j`, Pauli matrices: free fermions.

        It is critical at \|g\| = \|J\|, the default. Source: P. Pfeuty, Ann. Phys. 57, 79 (1970),
        doi:10.1016/0003-4916(70)90270-8, whose signs are J < 0 and g < 0; rotations of spins change both.

        Parameters
        ----------
        sites : int
            N.
        coupling : float
            J, in units of energy. Default 1.
        transverse : float, list of N or expression
            g, in units of energy. Default 1.
        periodic : bool
            Whether the chain is closed.
        """
        parts = Parts()
        parts.named(coupling=coupling)
        parts.add("Z Z", "coupling")
        parts.field("X", "transverse", transverse)
        return cls(**parts.fields(sites, fields, periodic=periodic))

    @classmethod
    def ladder(
        cls,
        sites: int | None = None,
        *,
        leg: Number = 1.0,
        rung: Number = 1.0,
        anisotropy: Number = 0.0,
        hz: Any = None,
        staggered: Number | None = None,
        disorder: Number | None = None,
        legs: int = 2,
        periodic: bool = False,
        **fields: Any,
    ) -> Self:
        r"""Spin ladder: :math:`J (S^x S^x + S^y S^y + \Delta S^z S^z)` on legs and rungs, S = σ/2.

        Sources: R. Steinigeweg, F. Heidrich-Meisner, J. Gemmer, K. Michielsen, H. De Raedt, PRB 90, 094417 (2014),
        doi:10.1103/PhysRevB.90.094417 (XX, Δ = 0); E. Dagotto, T. M. Rice, Science 271, 618 (1996),
        doi:10.1126/science.271.5249.618 (Heisenberg, Δ = 1).

        Parameters
        ----------
        sites : int
            N, a multiple of `legs`; site rung·legs + leg.
        leg, rung : float
            J along the legs and on the rungs, in units of energy. Default 1.
        anisotropy : float
            Δ. Default 0, the XX ladder.
        hz, staggered, disorder
            As in `xx`; sites are counted rung by rung.
        legs : int
            At least 2. Default 2.
        periodic : bool
            Whether the legs are closed.
        """
        parts = Parts()
        parts.named(leg=leg, rung=rung, anisotropy=anisotropy)
        for name in ("leg", "rung"):
            _exchange(parts, {"x": name, "y": name, "z": f"{name}*anisotropy"}, None, on=f"{name}s")
        _fields(parts, hz, staggered, disorder)
        geometry = {"kind": "ladder", "legs": legs, "periodic": periodic}
        return cls(**parts.fields(sites, fields, geometry=geometry))

    @classmethod
    def spin1(
        cls,
        sites: int | None = None,
        *,
        theta: Number = 0.0,
        coupling: Number = 1.0,
        periodic: bool = False,
        **fields: Any,
    ) -> Self:
        r"""Bilinear-biquadratic spin-1 chain, :math:`H = J \sum_j [\cos\theta\, S_j \cdot S_{j+1} + \sin\theta\, (S_j \cdot S_{j+1})^2]`.

        Heisenberg at θ = 0; solvable at ±π/4 and -3π/4; tan θ = 1/3 is the AKLT point. Source: A. Läuchli, G. Schmid,
        S. Trebst, PRB 74, 144426 (2006), eq. 1, doi:10.1103/PhysRevB.74.144426.

        Parameters
        ----------
        sites : int
            N.
        theta : float
            θ. Default 0.
        coupling : float
            J, in units of energy. Default 1.
        periodic : bool
            Whether the chain is closed.
        """
        parts = Parts()
        parts.named(coupling=coupling, theta=theta)
        for a in AXES:
            parts.add(f"S{a} S{a}", "coupling*cos(theta)")
        for a in AXES:
            for b in AXES:
                parts.add(f"S{a}*S{b} S{a}*S{b}", "coupling*sin(theta)")
        return cls(**parts.fields(sites, fields, periodic=periodic, local="spin-1"))
