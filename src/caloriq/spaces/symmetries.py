"""Symmetries that exchange sites: the combinations of product states that they leave alone, or turn into their negatives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy

from caloriq.spaces.basis import Basis, Keys, weights


def spans(basis: Basis, order: Sequence[int] | None) -> list[scipy.sparse.csc_array]:
    """Even and, where there are any, odd states of a basis under an exchange of sites; all of them without one.

    Orthonormal columns in the whole product space, shape (d^N, n). `order` is the site that takes the place of every
    site: it maps the basis onto itself, and done twice changes nothing.
    """
    keys = basis.keys
    if order is None:
        return [_columns(basis, [(keys, 1.0)])]
    image = basis.states[:, list(order)] @ weights(basis.levels, basis.sites)
    fixed, lower, upper = keys[image == keys], keys[image > keys], image[image > keys]
    half = 0.5**0.5
    even = _columns(basis, [(fixed, 1.0)]), _columns(basis, [(lower, half), (upper, half)])
    odd = [_columns(basis, [(lower, half), (upper, -half)])] if lower.size else []
    return [scipy.sparse.hstack(even, format="csc"), *odd]


def _columns(basis: Basis, parts: Sequence[tuple[Keys, float]]) -> scipy.sparse.csc_array:
    """Sparse columns: column c has `value` at `keys[c]` for every part."""
    size = parts[0][0].size
    row = np.concatenate([keys for keys, _ in parts])
    value = np.concatenate([np.full(size, v) for _, v in parts])
    entries = (value, (row, np.tile(np.arange(size), len(parts))))
    return scipy.sparse.coo_array(entries, shape=(basis.whole_size, size)).tocsc()
