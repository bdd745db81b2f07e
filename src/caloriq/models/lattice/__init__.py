"""Lattices of any sites with any local terms: geometry, words for operators, values, families."""
