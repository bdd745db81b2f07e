"""Numerics without physics: block-tridiagonal products, Lanczos, Chebyshev."""
