"""Operators of a lattice as sparse matrices on product states."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

from caloriq._checks import Real
from caloriq.spaces.basis import WORD, Basis, each_of, images, weights
from caloriq.spaces.strings import Strings
from caloriq.spaces.terms import Term

X, Z = 1, 3  # letters of two levels
ZERO = 1e-15  # of an element that is rounding, relative to what was added up to it


class Parts(NamedTuple):
    """A hermitian operator: what is diagonal in the product states, and the rest."""

    diagonal: Real | None
    rest: scipy.sparse.csr_array | None

    def times(self, x: NDArray[Any]) -> NDArray[Any]:
        """A x for x of shape (D,) or (D, k)."""
        y: NDArray[Any] = np.zeros_like(x) if self.rest is None else self.rest @ x
        if self.diagonal is not None:
            y += (self.diagonal if x.ndim == 1 else self.diagonal[:, None]) * x
        return y

    @property
    def nbytes(self) -> int:
        """Bytes that it takes."""
        own = 0 if self.diagonal is None else self.diagonal.nbytes
        return own + (0 if self.rest is None else self.rest.data.nbytes + self.rest.indices.nbytes)

    @property
    def real(self) -> bool:
        """Whether all elements are."""
        return self.rest is None or not np.iscomplexobj(self.rest.data)


def parts_of(operator: Strings, basis: Basis) -> Parts:
    """An operator on the states; what leads out of a sector has no expectation value there and is left out."""
    if set(each_of(basis.levels, basis.sites)) == {2} and basis.sites < WORD:
        return _pauli_parts(basis, operator)
    diagonal, terms, still = np.zeros(basis.dimension), [], False
    for sites, local in operator.local_terms():
        own = local.diagonal().real
        if np.any(own):
            diagonal += own[_local(basis, sites)]
            still = True
        off = (local - scipy.sparse.diags_array(local.diagonal())).tocsc()
        off.eliminate_zeros()
        if off.nnz:
            terms.append(Term(sites, off))
    return Parts(diagonal if still else None, _matrix(basis, terms) if terms else None)


def _pauli_parts(basis: Basis, operator: Strings) -> Parts:
    """The same of two-level sites, by the sites that strings flip: none of them has a matrix of its own, however long it is."""
    flip, sign, value = pauli_strings(operator)
    y = np.bitwise_count(flip & sign).astype(int)
    keys, D = basis.keys, basis.dimension
    diagonal, entries = None, []
    for one in np.unique(flip).tolist():
        strings = np.flatnonzero(flip == one)
        image = keys ^ one
        rows = np.searchsorted(keys, image)
        columns = np.flatnonzero(keys.take(rows, mode="clip") == image)
        amplitude = np.zeros(columns.size, dtype=complex)
        for k in strings.tolist():  # P = i^y X^flip Z^sign, and Z = -1 where the site is down
            odd = np.bitwise_count(~keys[columns] & sign[k]) % 2
            amplitude += 1j ** y[k] * value[k] * (1.0 - 2.0 * odd)
        if not one:
            diagonal = amplitude.real
            continue
        large = np.abs(amplitude) > ZERO * np.abs(value[strings]).sum()
        entries.append((amplitude[large], rows[columns][large], columns[large]))
    if not entries:
        return Parts(diagonal, None)
    values, rows, columns = (np.concatenate([entry[k] for entry in entries]) for k in range(3))
    values = values if np.any(y % 2) else values.real
    places = rows.astype(np.int32), columns.astype(np.int32)
    return Parts(diagonal, scipy.sparse.coo_array((values, places), shape=(D, D)).tocsr())


def between(operator: Strings, source: Basis, target: Basis) -> scipy.sparse.csr_array:
    """Elements of any operator from states to states, shape (D', D); what leads elsewhere is left out."""
    if set(each_of(source.levels, source.sites)) == {2} and source.sites < WORD:
        keys, columns, values = _pauli_images(operator, source.keys)
    else:
        keys, columns, values = images(source.keys, source.levels, source.sites, operator.local_terms())
    rows = np.searchsorted(target.keys, keys)
    inside = target.keys.take(rows, mode="clip") == keys
    places = rows[inside].astype(np.int32), columns[inside].astype(np.int32)
    shape = target.dimension, source.dimension
    found = scipy.sparse.coo_array((values[inside], places), shape=shape).tocsr()
    found.sum_duplicates()
    found.eliminate_zeros()
    return found


def _pauli_images(operator: Strings, keys: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.intp], NDArray[Any]]:
    """Where two-level states are led to by the flips of Pauli strings, from which of them, and with what amplitudes."""
    flip, sign, _ = pauli_strings(operator)
    value = np.array([complex(c) for c in operator.terms.values()])
    y = np.bitwise_count(flip & sign).astype(int)
    rows, columns, values = [keys[:0]], [np.empty(0, np.intp)], [np.empty(0, complex)]
    for one in np.unique(flip).tolist():
        amplitude = np.zeros(keys.size, dtype=complex)
        for k in np.flatnonzero(flip == one).tolist():  # P = i^y X^flip Z^sign, and Z = -1 where the site is down
            odd = np.bitwise_count(~keys & sign[k]) % 2
            amplitude += 1j ** y[k] * value[k] * (1.0 - 2.0 * odd)
        led = np.flatnonzero(np.abs(amplitude) > ZERO * np.abs(value[flip == one]).sum())
        rows.append(keys[led] ^ one)
        columns.append(led)
        values.append(amplitude[led])
    return np.concatenate(rows), np.concatenate(columns), np.concatenate(values)


def _local(basis: Basis, sites: tuple[int, ...]) -> NDArray[np.intp]:
    """Number of the state of some sites in every product state, the first of them the slowest."""
    keys, w = basis.keys, weights(basis.levels, basis.sites)
    found = np.zeros(len(keys), dtype=np.intp)
    for x in sites:
        d = each_of(basis.levels, basis.sites)[x]
        found = found * d + ((keys // w[x]) % d).astype(np.intp, copy=False)
    return found


def pauli_strings(operator: Strings) -> tuple[NDArray[np.int64], NDArray[np.int64], Real]:
    """Bits of the sites with X or Y, and with Z or Y, of every string of two-level sites, and its coefficient."""
    flip, sign = np.zeros((2, len(operator.terms)), dtype=np.int64)
    for k, string in enumerate(operator.terms):
        for site, letter in string:
            flip[k] |= int(letter != Z) << site
            sign[k] |= int(letter != X) << site
    return flip, sign, np.array([complex(c).real for c in operator.terms.values()])


def _matrix(basis: Basis, terms: list[Term]) -> scipy.sparse.csr_array:
    """Sum of terms on a basis, what leads out of it left out."""
    rows, columns, values = images(basis.keys, basis.levels, basis.sites, terms)
    if basis.dimension < basis.whole_size:
        place = np.searchsorted(basis.keys, rows)
        inside = basis.keys.take(place, mode="clip") == rows
        rows, columns, values = place[inside], columns[inside], values[inside]
    found = scipy.sparse.coo_array(
        (values, (rows.astype(np.int32), columns.astype(np.int32))), shape=(basis.dimension,) * 2
    ).tocsr()
    found.sum_duplicates()
    return found
