"""Steady states of driven chains: one verb, several methods, each with its certificate."""
