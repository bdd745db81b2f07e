"""Diffusion from linear response: correlations of the current on rings, and on the chain without ends."""
