"""Bases of lattices of local levels, their conserved numbers and symmetries, and sparse operators from local terms."""
