"""Hamiltonians of particles on lattices, as terms."""

from __future__ import annotations

from typing import Any, Self

from caloriq.models.definition import Definition
from caloriq.models.lattice.families import Parts

Number = float | complex | str
PLUS: dict[str, Any] = {"plus": "hermitian-conjugate"}


def _hopping(hopping: Number, interaction: Number | None, sign: str = "-") -> Parts:
    """Spinless fermions that hop, and repel each other on neighbouring sites."""
    parts = Parts()
    parts.named(hopping=hopping)
    parts.add("c+ c-", f"{sign}hopping", **PLUS)
    if interaction is not None:
        parts.named(interaction=interaction)
        parts.add("P P", "interaction/4")  # P = 1 - 2n
    return parts


class ParticleFamilies(Definition):
    """Constructors of lattices of fermions; what they share is told in `SpinFamilies`."""

    @classmethod
    def t_v(
        cls,
        sites: int | None = None,
        *,
        interaction: Number,
        hopping: Number = 1.0,
        next_hopping: Number | None = None,
        next_interaction: Number | None = None,
        potential: Any = None,
        periodic: bool = False,
        **fields: Any,
    ) -> Self:
        r"""Spinless fermions, :math:`H = \sum_j [-t (c^\dagger_j c_{j+1} + h.c.) + V (n_j - \frac12)(n_{j+1} - \frac12)]`.

        On an open chain it is the XXZ chain with J = 2t, Δ = V/2t. Source: L. F. Santos, M. Rigol, PRE 81, 036206 (2010),
        doi:10.1103/PhysRevE.81.036206, with t' and V' between next neighbours.

        Parameters
        ----------
        sites : int
            N.
        interaction : float
            V, in units of energy.
        hopping : float
            t, in units of energy. Default 1.
        next_hopping, next_interaction : float, optional
            t' and V' between next neighbours, with the same signs.
        potential : float, list of N or expression, optional
            Energy of a fermion on a site.
        periodic : bool
            Whether the chain is closed.
        """
        parts = _hopping(hopping, interaction)
        if next_hopping is not None:
            parts.named(next_hopping=next_hopping)
            parts.add("c+ c-", "-next_hopping", on="second-neighbours", **PLUS)
        if next_interaction is not None:
            parts.named(next_interaction=next_interaction)
            parts.add("P P", "next_interaction/4", on="second-neighbours")
        parts.field("n", "potential", potential)
        return cls(**parts.fields(sites, fields, periodic=periodic, local="fermion"))

    @classmethod
    def hubbard(
        cls,
        sites: int | None = None,
        *,
        interaction: Number,
        hopping: Number = 1.0,
        potential: Any = None,
        periodic: bool = False,
        **fields: Any,
    ) -> Self:
        r"""Hubbard chain, :math:`H = -t \sum_{j\sigma} (c^\dagger_{j\sigma} c_{j+1,\sigma} + h.c.) + U \sum_j n_{j\uparrow} n_{j\downarrow}`.

        Source: J. Hubbard, Proc. R. Soc. A 276, 238 (1963), doi:10.1098/rspa.1963.0204.

        Parameters
        ----------
        sites : int
            N.
        interaction : float
            U, in units of energy.
        hopping : float
            t, in units of energy. Default 1.
        potential : float, list of N or expression, optional
            Energy of an electron on a site.
        periodic : bool
            Whether the chain is closed.
        """
        parts = Parts()
        parts.named(hopping=hopping, interaction=interaction)
        for spin in ("up", "down"):
            parts.add(f"c+{spin} c-{spin}", "-hopping", **PLUS)
        parts.add("n-up*n-down", "interaction")
        parts.field("n", "potential", potential)
        return cls(**parts.fields(sites, fields, periodic=periodic, local="spinful-fermion"))

    @classmethod
    def aubry_andre(
        cls,
        sites: int | None = None,
        *,
        potential: Number,
        hopping: Number = 1.0,
        frequency: Number = "1/golden",
        phase: Number = 0.0,
        interaction: Number | None = None,
        periodic: bool = False,
        **fields: Any,
    ) -> Self:
        r"""Fermions in a quasiperiodic potential, :math:`H = \sum_j [t (c^\dagger_j c_{j+1} + h.c.) + \lambda \cos(2\pi\beta j + \varphi)\, n_j]`.

        All states are extended for \|λ\| < 2\|t\| and localised beyond. Sources: S. Aubry, G. André, Ann. Israel Phys. Soc.
        3, 133 (1980); G. Roati et al., Nature 453, 895 (2008), doi:10.1038/nature07071; with V (n - ½)(n - ½) between
        neighbours: S. Iyer, V. Oganesyan, G. Refael, D. A. Huse, PRB 87, 134202 (2013), doi:10.1103/PhysRevB.87.134202.

        Parameters
        ----------
        sites : int
            N, counted from 0.
        potential : float
            λ, in units of energy.
        hopping : float
            t, in units of energy. Default 1.
        frequency : float or expression
            β. Default (√5 - 1)/2.
        phase : float
            φ. Default 0.
        interaction : float, optional
            V, in units of energy.
        periodic : bool
            Whether the chain is closed.
        """
        parts = _hopping(hopping, interaction, sign="+")
        parts.named(potential=potential, frequency=frequency, phase=phase)
        parts.add("n", "potential*cos(2*pi*frequency*j + phase)")
        return cls(**parts.fields(sites, fields, periodic=periodic, local="fermion"))

    @classmethod
    def fibonacci(
        cls,
        sites: int | None = None,
        *,
        potential: Number,
        hopping: Number = 1.0,
        interaction: Number | None = None,
        periodic: bool = False,
        **fields: Any,
    ) -> Self:
        r"""Fermions on a Fibonacci chain, :math:`H = \sum_j [t (c^\dagger_j c_{j+1} + h.c.) + \lambda v_j n_j]`.

        :math:`v_j = \lfloor (j+2)/\phi \rfloor - \lfloor (j+1)/\phi \rfloor` = 1, 0, 1, 1, 0, 1, 0, 1, ... with the golden
        mean φ, the Fibonacci word from site 0. All states are critical. Source: M. Kohmoto, L. P. Kadanoff, C. Tang,
        PRL 50, 1870 (1983), doi:10.1103/PhysRevLett.50.1870.

        Parameters
        ----------
        sites : int
            N.
        potential : float
            λ, in units of energy.
        hopping : float
            t, in units of energy. Default 1.
        interaction : float, optional
            V of (n - ½)(n - ½) between neighbours, in units of energy.
        periodic : bool
            Whether the chain is closed.
        """
        parts = _hopping(hopping, interaction, sign="+")
        parts.named(potential=potential)
        parts.add("n", "potential*(floor((j + 2)/golden) - floor((j + 1)/golden))")
        return cls(**parts.fields(sites, fields, periodic=periodic, local="fermion"))

    @classmethod
    def random_dimer(
        cls,
        sites: int | None = None,
        *,
        potential: Number,
        hopping: Number = 1.0,
        interaction: Number | None = None,
        periodic: bool = False,
        **fields: Any,
    ) -> Self:
        r"""Fermions on random dimers, :math:`H = \sum_j [t (c^\dagger_j c_{j+1} + h.c.) + \varepsilon_j n_j]`.

        Sites 2m and 2m + 1 have both the energy ε or both 0, each as likely. For \|ε\| < 2\|t\| about √N states are
        extended. Source: D. H. Dunlap, H.-L. Wu, P. W. Phillips, PRL 65, 88 (1990), doi:10.1103/PhysRevLett.65.88.

        Parameters
        ----------
        sites : int
            N.
        potential : float
            ε, in units of energy.
        hopping : float
            t, in units of energy. Default 1.
        interaction : float, optional
            V of (n - ½)(n - ½) between neighbours, in units of energy.
        periodic : bool
            Whether the chain is closed.
        """
        parts = _hopping(hopping, interaction, sign="+")
        parts.named(potential=potential)
        parts.add("n", {"random": "choice", "choices": [0.0, "potential"], "repeat": 2})
        return cls(**parts.fields(sites, fields, periodic=periodic, local="fermion"))
