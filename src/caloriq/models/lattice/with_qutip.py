"""Lattices, jump operators and states from and to QuTiP.

QuTiP's first site is the slowest and its spins begin with the highest level; here site 0 is the fastest and spins begin with the
lowest level. Levels of other sites, such as bosons, are in the same order in both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy
from numpy.typing import NDArray

from caloriq import _checks
from caloriq._checks import Complex
from caloriq.documents import within
from caloriq.errors import InvalidInput, Unsupported
from caloriq.models.lattice.making import Product
from caloriq.models.lattice.matrices import HERMITIAN, checked_matrix, decomposed, lattice_of, spaces_of
from caloriq.models.lattice.model import Lattice
from caloriq.spaces.local import LocalSpace, spin
from caloriq.spaces.strings import Strings

if TYPE_CHECKING:
    import qutip

PRODUCT = 1e-12  # of an operator that is no product of site operators: rounding, relative to its norm
WRITTEN = 48.0  # bytes of a state's element, with the copies that are made


def from_qutip(H: Any, jumps: Any = (), *, support: int = 4, geometry: Any = "chain", **fields: Any) -> Lattice:
    """Lattice of a Hamiltonian and jump operators of QuTiP.

    Parameters
    ----------
    H : qutip.Qobj
        Hermitian operator; its dims say the sites: two levels are spins 1/2, with QuTiP's level 0 up, others are levels without
        a meaning.
    jumps : Qobj or list of Qobj
        Jump operators with their rates in them, each a product of operators of sites.
    support : int
        Largest number of sites that a term or a jump operator may act on. Default 4.
    geometry : str, mapping or networkx.Graph
        What the sites are on. Default a chain.
    **fields
        Others of the lattice: `dephasing`, `seed`.

    Returns
    -------
    Lattice
        `to_qutip` gives the same operators again, hermitian jumps perhaps without their multiple of the identity, which does
        nothing.

    Raises
    ------
    InvalidInput
        For kets, superoperators, operators between different spaces or of a single site, H that is not hermitian or not
        local, and jump operators that are no products.
    """
    dims = _dims("H", H)
    spaces = spaces_of(dims)
    matrix = _read("H", H, spaces)
    off = abs(matrix - matrix.conj().T).max()
    if off > HERMITIAN * abs(matrix).max():
        raise InvalidInput(f"`H` must be hermitian, but |H - H†| reaches {off:.3g} (got an operator of dims {dims})")
    strings = decomposed("H", (matrix + matrix.conj().T) / 2, spaces, support)
    products = []
    for number, jump in enumerate(jumps if isinstance(jumps, list | tuple) else [jumps]):
        with within("jumps", number):
            if _dims("jumps", jump) != dims:
                raise InvalidInput(
                    f"`jumps` must have the dims of `H`, but one has others (got {_dims('jumps', jump)} beside {dims})"
                )
            products += _product(decomposed("jumps", _read("jumps", jump, spaces), spaces, support))
    return lattice_of(strings, geometry, products, **fields)


def to_qutip(model: Lattice) -> tuple[qutip.Qobj, list[qutip.Qobj]]:
    """H and jump operators, with their rates in them, for QuTiP.

    Raises
    ------
    Unsupported
        If QuTiP is not installed.
    InvalidInput
        If an operator does not fit in memory; says the need first.
    """
    order = _order(model.spaces)
    H = _operator(model.to_sparse(), order, model.levels)
    return H, [_operator(jump.sparse(), order, model.levels) for _, jump in model.jump_operators]


def state_to_qutip(model: Lattice, state: Any) -> qutip.Qobj:
    """A vector of shape (D,) as a ket, a density matrix of shape (D, D) as an operator.

    Raises
    ------
    InvalidInput
        For another shape.
    """
    model.check_memory(WRITTEN)
    array = _checks.numbers("state", state, complex)
    if array.shape not in ((model.dimension,), (model.dimension,) * 2):
        raise InvalidInput(
            f"`state` must have shape ({model.dimension},) or be a matrix of that size, but it has not (got shape {array.shape})"
        )
    back = np.argsort(_order(model.spaces))
    dims = list(model.levels)
    if array.ndim == 1:
        return _qutip().Qobj(array[back, None], dims=[dims, [1] * len(dims)])
    return _qutip().Qobj(array[np.ix_(back, back)], dims=[dims, dims])


def state_from_qutip(model: Lattice, state: Any) -> Complex:
    """A ket as a vector of shape (D,), a density matrix as one of shape (D, D), in the order of the lattice.

    Raises
    ------
    InvalidInput
        For what is neither, or has other dims than the lattice.
    """
    model.check_memory(WRITTEN)
    kind, dims = getattr(state, "type", None), list(model.levels)
    if kind not in ("ket", "oper"):
        raise InvalidInput(f"`state` must be a ket or a density matrix of QuTiP, but it is not (got {_told(state)})")
    if state.dims[0] != dims or (kind == "oper" and state.dims[1] != dims):
        raise InvalidInput(f"`state` must have the dims {dims} of the lattice, but it has others (got {state.dims})")
    order, array = _order(model.spaces), state.full()
    found: Complex = array[order, 0] if kind == "ket" else array[np.ix_(order, order)]
    return found


def _qutip() -> Any:
    try:
        import qutip
    except ImportError:
        raise Unsupported(
            "`model` must be handed to QuTiP where it is installed, but it is not (got no module qutip); pip install 'caloriq[qutip]'"
        ) from None
    return qutip


def _told(value: Any) -> str:
    """What an object of QuTiP is, or what else it is."""
    kinds = {"ket": "a ket", "bra": "a bra", "super": "a superoperator", "oper": "an operator"}
    kind = getattr(value, "type", None)
    if kind == "oper" and not hasattr(value, "data_as"):
        return "an operator that changes in time"
    return kinds.get(kind, str(kind)) if isinstance(kind, str) else type(value).__name__


def _dims(name: str, operator: Any) -> list[int]:
    """Levels of the sites of an operator."""
    if getattr(operator, "type", None) != "oper" or not hasattr(operator, "data_as"):
        raise InvalidInput(f"`{name}` must be an operator of QuTiP, a Qobj, but it is not (got {_told(operator)})")
    rows, columns = operator.dims
    if rows != columns or not all(isinstance(d, int) for d in rows):
        raise InvalidInput(
            f"`{name}` must map a product of sites to itself, but it does not (got dims {operator.dims})"
        )
    return list(rows)


def _is_spin(space: LocalSpace) -> bool:
    """Whether its levels are those of Sz, from below."""
    known = space.operators.get("Sz")
    return known is not None and np.array_equal(known, spin(space.levels - 1).operators["Sz"])


def _order(spaces: Sequence[LocalSpace]) -> NDArray[np.intp]:
    """QuTiP's number of every state of ours."""
    dims = [space.levels for space in spaces]
    places = np.arange(int(np.prod(dims))).reshape(dims)
    spins = tuple(axis for axis, space in enumerate(spaces) if _is_spin(space))
    found: NDArray[np.intp] = np.flip(places, spins).transpose().ravel()
    return found


def _read(name: str, operator: Any, spaces: Sequence[LocalSpace]) -> scipy.sparse.csr_array:
    matrix = scipy.sparse.csr_array(operator.to("CSR").data_as("csr_matrix"))
    order = _order(spaces)
    return checked_matrix(name, matrix[order][:, order], spaces)


def _operator(matrix: scipy.sparse.csr_array, order: NDArray[np.intp], levels: Sequence[int]) -> Any:
    back = np.argsort(order)
    moved = scipy.sparse.csr_matrix(matrix[back][:, back].astype(complex))
    return _qutip().Qobj(moved, dims=[list(levels)] * 2)


def _product(strings: Strings) -> list[Product]:
    """A jump operator as a product of site operators; none for a multiple of the identity, which does nothing."""
    sites = strings.sites
    if not sites:
        return []
    rest, factors = strings.matrix(sites), []
    for site in sites[:-1]:
        d = strings.spaces[site].levels
        R = len(rest) // d
        cut = rest.reshape(d, R, d, R).transpose(0, 2, 1, 3).reshape(d * d, R * R)
        U, s, V = np.linalg.svd(cut, full_matrices=False)
        if s[1] > PRODUCT * s[0]:
            raise InvalidInput(
                f"`jumps` must be products of operators of sites, but one is a sum of them (got one on sites {', '.join(map(str, sites))}); give its parts as jumps where they are independent"
            )
        factors.append(U[:, 0].reshape(d, d) * s[0])
        rest = V[0].reshape(R, R)
    return [(sites, [*factors, rest])]
