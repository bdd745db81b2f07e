"""Steady states of long chains by tensor trains: the density matrix as a matrix product operator."""
