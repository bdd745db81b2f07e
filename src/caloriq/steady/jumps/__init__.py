"""Quantum jumps: pure states of an open lattice, drawn at random, whose means in time are those of its steady state."""
