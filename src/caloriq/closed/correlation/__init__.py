"""Correlation functions of sums of densities: by exact levels, by random states, and on the infinite chain."""
