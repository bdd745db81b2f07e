"""Fourier's law in quantum lattice models."""
