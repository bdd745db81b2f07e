"""Numba kernels of the heat flow on a graph. Imported only through `heat`.

Where the degrees are alike, the neighbours are stored in columns, as many as the largest degree, a node itself standing
for a neighbour it has not: the inner loop then has no branch and is vectorised with gathers, twice as fast as row by row.
"""
# mypy: ignore-errors
# ruff: noqa: ANN001, ANN202

from numba import prange

from caloriq.linalg.jit import njit

ROWS = 2048  # rows that one task takes: its part of a vector stays in the first-level cache


@njit(fastmath={"contract"}, cache=True)
def by_rows(indptr, indices, rates, scale, here, before, lo, hi):
    """Overwrite T_{k-1} by T_{k+1} = 2 Y T_k - T_{k-1} in rows lo..hi-1."""
    if rates.size == 1:
        factor = 2.0 * scale * rates[0]
        for i in range(lo, hi):
            x, s = here[i], 0.0
            for e in range(indptr[i], indptr[i + 1]):
                s += here[indices[e]] - x
            before[i] = 2.0 * x + factor * s - before[i]
    else:
        for i in range(lo, hi):
            x, s = here[i], 0.0
            for e in range(indptr[i], indptr[i + 1]):
                s += rates[e] * (here[indices[e]] - x)
            before[i] = 2.0 * x + 2.0 * scale * s - before[i]


@njit(fastmath={"contract"}, cache=True)
def by_columns(columns, rates, scale, here, before, lo, hi):
    """The same from columns of neighbours, four at a time."""
    x, y = here[lo:hi], before[lo:hi]
    equal = rates.shape[1] == 1
    factor = 2.0 * scale * (rates[0, 0] if equal else 1.0)
    for i in range(hi - lo):
        y[i] = 2.0 * x[i] - y[i]
    w = 0
    while w + 4 <= columns.shape[0]:
        a, b, c, d = columns[w, lo:hi], columns[w + 1, lo:hi], columns[w + 2, lo:hi], columns[w + 3, lo:hi]
        if equal:
            for i in range(hi - lo):
                v = x[i]
                y[i] += factor * (((here[a[i]] - v) + (here[b[i]] - v)) + ((here[c[i]] - v) + (here[d[i]] - v)))
        else:
            p, q, r, s = rates[w, lo:hi], rates[w + 1, lo:hi], rates[w + 2, lo:hi], rates[w + 3, lo:hi]
            for i in range(hi - lo):
                v = x[i]
                flow = p[i] * (here[a[i]] - v) + q[i] * (here[b[i]] - v)
                y[i] += factor * (flow + (r[i] * (here[c[i]] - v) + s[i] * (here[d[i]] - v)))
        w += 4
    while w < columns.shape[0]:
        a = columns[w, lo:hi]
        if equal:
            for i in range(hi - lo):
                y[i] += factor * (here[a[i]] - x[i])
        else:
            p = rates[w, lo:hi]
            for i in range(hi - lo):
                y[i] += factor * (p[i] * (here[a[i]] - x[i]))
        w += 1


@njit(fastmath={"contract"}, cache=True)
def add(table, k, first, even, odd, out, lo, hi):
    """Add orders k and k + 1 to the sums of the times that need them."""
    x, y = even[lo:hi], odd[lo:hi]
    for t in range(first, table.shape[1]):
        a, b, target = table[k, t], table[k + 1, t], out[t, lo:hi]
        for i in range(hi - lo):
            target[i] += a * x[i] + b * y[i]


@njit(parallel=True, cache=True)
def steps_by_rows(indptr, indices, rates, scale, table, active, even, odd, out):
    """Add two orders at a time, then advance both by two orders."""
    N = even.size
    tasks = (N + ROWS - 1) // ROWS
    for k in range(0, table.shape[0], 2):
        for task in prange(tasks):
            lo, hi = task * ROWS, min((task + 1) * ROWS, N)
            add(table, k, active[k], even, odd, out, lo, hi)
            by_rows(indptr, indices, rates, scale, odd, even, lo, hi)
        for task in prange(tasks):
            by_rows(indptr, indices, rates, scale, even, odd, task * ROWS, min((task + 1) * ROWS, N))


@njit(parallel=True, cache=True)
def steps_by_columns(columns, rates, scale, table, active, even, odd, out):
    """`steps_by_rows` with the neighbours in columns."""
    N = even.size
    tasks = (N + ROWS - 1) // ROWS
    for k in range(0, table.shape[0], 2):
        for task in prange(tasks):
            lo, hi = task * ROWS, min((task + 1) * ROWS, N)
            add(table, k, active[k], even, odd, out, lo, hi)
            by_columns(columns, rates, scale, odd, even, lo, hi)
        for task in prange(tasks):
            by_columns(columns, rates, scale, even, odd, task * ROWS, min((task + 1) * ROWS, N))
