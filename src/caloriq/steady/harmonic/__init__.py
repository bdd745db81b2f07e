"""Steady states of harmonic chains between Ohmic baths, at any bias, by integrals over frequency with errors of their own."""
