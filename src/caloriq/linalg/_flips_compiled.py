"""Numba kernel of the product with spin flips. Imported only where such a product is made.

Columns lie together in a row, real and imaginary parts of a complex one as two of them. Rows go in chunks that stay in the
first-level cache: a flip of a high bit reads another chunk from end to end, one of a low bit stays within its own.
"""
# mypy: ignore-errors
# ruff: noqa: ANN001

from caloriq.linalg.jit import njit

CHUNK = 512  # rows


@njit(fastmath=True, cache=True)
def product(diagonal, masks, alike, unlike, x, y, k) -> None:
    """Y = diagonal x + Σ amplitude x[i ^ mask], x and y of shape (D k,); `unlike` where exactly one bit of a mask is set."""
    D = diagonal.size
    chunk = min(CHUNK, D)
    for begin in range(0, D, chunk):
        for i in range(begin, begin + chunk):
            d = diagonal[i]
            for c in range(i * k, i * k + k):
                y[c] = d * x[c]
        for m in range(masks.size):
            mask, a = masks[m], alike[m]
            if mask & (mask - 1):
                for i in range(begin, begin + chunk):
                    both = i & mask
                    amplitude = a if both in (0, mask) else unlike[m]
                    j = (i ^ mask) * k
                    for c in range(k):
                        y[i * k + c] += amplitude * x[j + c]
            elif mask >= chunk:
                own, other = begin * k, (begin ^ mask) * k
                for c in range(chunk * k):
                    y[own + c] += a * x[other + c]
            else:
                half = mask * k
                for base in range(begin * k, (begin + chunk) * k, 2 * half):
                    for c in range(base, base + half):
                        y[c] += a * x[c + half]
                        y[c + half] += a * x[c]
