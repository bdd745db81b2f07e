"""Exact dynamics and thermal states of lattices of local terms."""
