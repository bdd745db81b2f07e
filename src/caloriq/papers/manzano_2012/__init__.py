"""Manzano, Tiersch, Asadian, Briegel, Quantum transport efficiency and Fourier's law, PRE 86, 061118 (2012)."""
