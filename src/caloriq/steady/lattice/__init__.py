"""Steady states of any lattice that is open: blocks of its density matrix, its generator, what is read of it."""
