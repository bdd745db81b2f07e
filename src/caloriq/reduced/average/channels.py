"""What the coupling carries between two subunits: one channel for subunits of one band, several for more.

Source: PRE 73, 016101 (2006), sect. VII, doi:10.1103/PhysRevE.73.016101.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Form = Literal["golden-rule", "printed", "resolved"]


class Channel(NamedTuple):
    """Exchange between two pair states of one energy.

    Attributes
    ----------
    first, second : tuple of int
        The bands (i, j) and (i', j').
    energy : float
        E = E_i + E_j; the mean of both pairs' where they are resonant within their widths alone.
    levels : tuple of int
        n_i n_j and n_i' n_j'.
    overlap : float
        ∫ρρ' of the two pair spectra, in inverse energy.
    error : float
        Of the overlap, where it was read off the actual levels; 0 for the closed form.
    rate : float
        k = 2πλ²⟨|v|²⟩ × overlap: the rate out of `first` is k n_i' n_j'.
    """

    first: tuple[int, int]
    second: tuple[int, int]
    energy: float
    levels: tuple[int, int]
    overlap: float
    error: float
    rate: float
