"""The boundary-driven chain of two-level systems: hopping, ZZ interaction, dephasing, baths.

Source: D. Manzano, M. Tiersch, A. Asadian, H. J. Briegel, PRE 86, 061118 (2012),
doi:10.1103/PhysRevE.86.061118 (MT).
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import PlainSerializer, WithJsonSchema, model_validator

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput
from caloriq.models.driven import NUMBERS, Driven, Values, listed, per_site, sites_of
from caloriq.models.fields import FILE
from caloriq.results import frozen

if TYPE_CHECKING:
    from caloriq.models.lattice.model import Lattice

Matrix = Annotated[
    Any,
    PlainSerializer(listed, when_used="json-unless-none"),
    WithJsonSchema({"anyOf": [{"type": "array", "items": NUMBERS}, FILE, {"type": "null"}]}),
]


class Bonds(NamedTuple):
    """Coupled pairs k < l, in order.

    Attributes
    ----------
    first, second : array of int, shape (B,)
        k and l.
    hopping : array, shape (B,)
        g_kl of g σ⁺_kσ⁻_l + h.c.; complex if any is.
    zz : array, shape (B,)
        Δ_kl of ½ Δ σᶻ_kσᶻ_l.
    """

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    hopping: NDArray[Any]
    zz: Real


class SpinChain(Driven):
    r"""Two-level systems coupled by hopping and ZZ interaction, with baths on any site and dephasing on every site.

    .. math::
        H = \sum_k \frac{\omega_k}{2}\sigma^z_k + \sum_{k<l} \big(g_{kl}\,\sigma^+_k\sigma^-_l + h.c.\big)
            + \frac12 \sum_{k<l} \Delta_{kl}\,\sigma^z_k\sigma^z_l

    (MT 3, and beyond it), baths as in `Bath` (MT 5) and dephasing
    :math:`\gamma(\sigma^+\sigma^-\rho\,\sigma^+\sigma^- - \frac12\{\sigma^+\sigma^-,\rho\})` (MT 13). Excitations are
    conserved but for the baths. The anisotropy of the XXZ chain is `zz`/`hopping`.

    Parameters
    ----------
    sites : int
        N, at least 2.
    hopping : float or sequence of N - 1
        g between neighbours, on every bond or bond by bond. Left out where `couplings` is given.
    zz : float, sequence of N - 1, or matrix
        Δ, on every coupled pair, bond by bond along the chain, or a symmetric (N, N) matrix. Default 0.
    frequency : float or sequence of N
        ω, level splitting, in units of energy. Default 1.
    dephasing : float or sequence of N
        γ ≥ 0. Default 0.
    baths : sequence of Bath
        None (a closed chain, or one with dephasing alone), or any number on any sites.
    couplings : matrix or networkx.Graph, optional
        Hermitian (N, N) matrix g_kl with zero diagonal, or a graph on the nodes 0..N-1 whose edges carry `hopping` or
        `weight`. In a YAML file: nested lists, or the path of a .npy file beside it.

    Raises
    ------
    InvalidInput
        For values outside their domain, wrong lengths, a matrix that is not hermitian, or a bath on a missing site.
    """

    kind: Literal["spin-chain"] = "spin-chain"
    hopping: Values = None
    zz: Values = 0.0
    dephasing: Values = 0.0
    couplings: Matrix | None = None

    array_files: ClassVar[tuple[str, ...]] = ("couplings", "hopping", "zz", "frequency", "dephasing")

    @model_validator(mode="before")
    @classmethod
    def _arrays(cls, data: Any) -> Any:
        """Every number, sequence and matrix checked and made an array, once the number of sites is known."""
        N = sites_of(data)
        if N is None:
            return data
        out = dict(data)
        if out.get("couplings") is not None:
            if out.get("hopping") is not None and not hasattr(out["couplings"], "edges"):
                raise InvalidInput(
                    f"`hopping` must be left out where `couplings` is given, but both are given (got hopping {_checks.shown(out['hopping'])})"
                )
            out["couplings"] = coupling_matrix(out["couplings"], N, out.pop("hopping", None))
        elif out.get("hopping") is not None:
            out["hopping"] = per_site("hopping", out["hopping"], N - 1, "bonds")
        out["zz"] = _zz(out.get("zz", 0.0), N, chain=out.get("couplings") is None)
        out["frequency"] = per_site("frequency", out.get("frequency", 1.0), N, "sites")
        out["dephasing"] = per_site("dephasing", out.get("dephasing", 0.0), N, "sites")
        lowest = float(np.min(out["dephasing"]))
        if lowest < 0:
            raise InvalidInput(f"`dephasing` must be at least 0, but it is smaller (got {lowest:g})")
        return out

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.hopping is None and self.couplings is None:
            raise InvalidInput(
                "`hopping` must be given, but it is missing (got nothing); add hopping=1.0 or `couplings`"
            )
        self.check_baths()
        return self

    @cached_property
    def dephasing_rates(self) -> Real:
        """γ_k, shape (N,)."""
        return frozen(np.broadcast_to(np.asarray(self.dephasing, dtype=float), (self.sites,)).copy())

    @cached_property
    def bonds(self) -> Bonds:
        """All pairs with hopping or ZZ interaction."""
        N = self.sites
        if self.couplings is None:
            first = np.arange(N - 1)
            hopping = np.broadcast_to(np.asarray(self.hopping), (N - 1,)).astype(float)
            if np.ndim(self.zz) == 2:
                return _matrix_bonds(_banded(hopping), np.asarray(self.zz))
            return Bonds(first, first + 1, hopping, np.broadcast_to(np.asarray(self.zz, float), (N - 1,)).copy())
        g = np.asarray(self.couplings)
        zz = np.where(g != 0, float(self.zz), 0.0) if np.ndim(self.zz) == 0 else np.asarray(self.zz)
        return _matrix_bonds(g, zz)

    @property
    def neighbours_only(self) -> bool:
        """Whether only neighbours k, k+1 are coupled."""
        return bool(np.all(self.bonds.second == self.bonds.first + 1))

    @property
    def interacting(self) -> bool:
        """Whether any ZZ interaction is present."""
        return bool(np.any(self.bonds.zz))

    def one_excitation(self, *, frame: float = 0.0) -> NDArray[Any]:
        """One-excitation matrix h, shape (N, N): ω_k - `frame` on the diagonal, g_kl beside it; without ZZ terms."""
        N, (k, l, g, _) = self.sites, self.bonds
        _checks.memory("sites", N, 16.0 * N * N, "take fewer sites")
        h = np.zeros((N, N), dtype=g.dtype)
        h[k, l] = g
        h[l, k] = g.conj()
        h[np.diag_indices(N)] = self.frequencies - frame
        return h

    def lattice(self) -> Lattice:
        """The same Hamiltonian, dephasing and baths as a lattice of local terms and jump operators."""
        from caloriq.models.lattice.of_models import of_spin_chain

        return of_spin_chain(self)


def _zz(value: Any, sites: int, *, chain: bool) -> Any:
    if np.ndim(value) == 2 if not isinstance(value, str) else False:
        matrix = _checks.hermitian("zz", value)
        if np.any(matrix.imag) or np.any(np.diag(matrix)) or matrix.shape != (sites, sites):
            raise InvalidInput(
                f"`zz` must be a real symmetric matrix of shape {(sites, sites)} with zero diagonal, but it is not (got shape {matrix.shape})"
            )
        return frozen(np.array(matrix.real, order="C"))
    zz = per_site("zz", value, sites - 1, "bonds")
    if not chain and np.ndim(zz) == 1:
        raise InvalidInput(
            f"`zz` must be one number or a matrix where `couplings` is given, but it is a list (got length {len(zz)})"
        )
    return zz


def coupling_matrix(value: Any, sites: int, default: Any, *, name: str = "couplings") -> NDArray[Any]:
    """Hermitian matrix of couplings out of a matrix or a graph."""
    if hasattr(value, "edges") and hasattr(value, "nodes"):
        value = _graph_matrix(value, sites, default, name)
    if isinstance(value, str):
        raise InvalidInput(
            f"`{name}` must be a matrix or a graph in Python, but it is a path (got {value!r}); load it with numpy.load"
        )
    g: NDArray[Any] = _checks.hermitian(name, value)
    if g.shape != (sites, sites):
        raise InvalidInput(f"`{name}` must have shape {(sites, sites)}, but they have another (got shape {g.shape})")
    diagonal = np.diag(g)
    if np.any(diagonal):
        raise InvalidInput(
            f"`{name}` must have a zero diagonal, but site {int(np.argmax(diagonal != 0))} has an entry (got {diagonal[diagonal != 0][0].real:g}); energies go into `frequency`"
        )
    return frozen(np.array(g if np.any(g.imag) else g.real, order="C"))


def _graph_matrix(graph: Any, sites: int, default: Any, name: str) -> NDArray[Any]:
    """Matrix of a NetworkX graph with nodes 0..N-1."""
    if getattr(graph, "is_directed", lambda: False)() or getattr(graph, "is_multigraph", lambda: False)():
        raise InvalidInput(
            f"`{name}` must be an undirected graph with one edge a pair, but it is not (got {type(graph).__name__})"
        )
    if set(graph.nodes) != set(range(sites)):
        raise InvalidInput(
            f"`{name}` must be a graph on the nodes 0..{sites - 1}, but it is not (got {graph.number_of_nodes()} nodes); relabel it with networkx.convert_node_labels_to_integers"
        )
    g = np.zeros((sites, sites), dtype=complex)
    for k, l, data in graph.edges(data=True):
        weight = data.get("hopping", data.get("weight", default))
        if weight is None:
            raise InvalidInput(
                f"`{name}` must have `hopping` or `weight` on every edge, but edge {(k, l)} has none (got {data}); or give `hopping` as the default"
            )
        number = _checks.numbers(name, weight, complex)
        if number.ndim:
            raise InvalidInput(
                f"`{name}` must have one number on every edge, but edge {(k, l)} has several (got {_checks.shown(weight)})"
            )
        entry = complex(number)
        low, high = min(k, l), max(k, l)
        g[low, high], g[high, low] = entry, entry.conjugate()
    return g


def _banded(hopping: Real) -> Real:
    return np.diag(hopping, 1) + np.diag(hopping, -1)


def _matrix_bonds(g: NDArray[Any], zz: Real) -> Bonds:
    first, second = np.nonzero(np.triu((g != 0) | (zz != 0), 1))
    return Bonds(first, second, g[first, second], zz[first, second].astype(float))
