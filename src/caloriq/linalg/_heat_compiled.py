"""Numba kernels of the heat flow on a graph. Imported only through `heat`."""
# mypy: ignore-errors
# ruff: noqa: ANN001, ANN202

from numba import njit, prange

ROWS = 2048  # rows that one task takes


@njit(fastmath={"contract"}, cache=True)
def recurrence(indptr, indices, rates, scale, here, before, lo, hi):
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


@njit(parallel=True, cache=True)
def steps(indptr, indices, rates, scale, table, active, even, odd, out):
    """Add two orders at a time to the sums of all times that need them, then advance both by two orders."""
    N = even.size
    tasks = (N + ROWS - 1) // ROWS
    for k in range(0, table.shape[0], 2):
        for task in prange(tasks):
            lo, hi = task * ROWS, min((task + 1) * ROWS, N)
            for t in range(active[k], table.shape[1]):
                a, b = table[k, t], table[k + 1, t]
                for i in range(lo, hi):
                    out[t, i] += a * even[i] + b * odd[i]
            recurrence(indptr, indices, rates, scale, odd, even, lo, hi)
        for task in prange(tasks):
            recurrence(indptr, indices, rates, scale, even, odd, task * ROWS, min((task + 1) * ROWS, N))
